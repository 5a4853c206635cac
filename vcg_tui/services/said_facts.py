"""What is said in a call and may be asked about again: numbers, dates, amounts, names, addresses to write to.

Found by form, in the languages that are spoken most: figures, spelled numbers, days and months, what follows "my name
is". Too much is better than too little here: what is found is kept a little longer, and nothing else happens.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST: Final = 110
"""Characters of what is kept around a fact."""


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


# One of these alone says little ("that one", "once", "un"); two in a row are a number that somebody gave.
_NUMBERS: Final = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen",
    "eighteen nineteen hundred thousand million double triple",
    "null eins zwei zwo drei vier fünf sechs sieben acht neun zehn elf zwölf",
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince cien ciento mil",
    "zéro deux trois quatre cinq sept huit neuf dix onze douze treize quatorze quinze seize vingt vingts cent mille",
    "due tre quattro cinque sei sette otto nove dieci undici dodici cento",
    "dois duas três quatro sete oito dez doze cem meia",
    "een twee drie vijf zes zeven negen tien twaalf honderd duizend",
)
_BETWEEN: Final = _words("and und y et oh point dash komma")
# These say enough by themselves.
_ALONE: Final = _words(
    "twenty thirty forty fifty sixty seventy eighty ninety",
    "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "trente quarante cinquante soixante venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
    "vinte trinta quarenta cinquenta sessenta oitenta",
    "monday tuesday wednesday thursday friday saturday sunday tomorrow",
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag",
    "lunes martes miércoles jueves viernes sábado domingo lundi mardi mercredi jeudi vendredi samedi dimanche",
    "lunedì martedì mercoledì giovedì venerdì domenica segunda-feira terça-feira quarta-feira quinta-feira",
    "sexta-feira maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    "january february april june july august september october november december",
    "januar februar märz juni juli oktober dezember enero febrero marzo abril mayo junio julio agosto septiembre",
    "octubre noviembre diciembre janvier février avril juin juillet août septembre octobre novembre décembre",
)
_CAPITAL: Final = _words("March May")
_COMPOUND: Final = ("zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig", "hundert")
_UNITS: Final = _words(
    "dollar dollars cents euro euros pound pounds percent day days week weeks month months year years hour hours",
    "o'clock a.m p.m am pm tage tagen woche wochen monate monaten uhr prozent",
    "día días semana semanas mes meses hora horas jour jours semaine semaines mois heure heures",
)
_NAMED: Final = (
    *("my name is", "name's", "this is", "i'm", "mein name ist", "ich heiße", "me llamo", "mi nombre es"),
    *("je m'appelle", "mon nom est", "mi chiamo", "meu nome é", "me chamo", "mijn naam is"),
)
_AT: Final = _words("at arroba arobase klammeraffe")
_DOT: Final = _words("dot punkt punto point ponto punt")
_WORD: Final = re.compile(r"[^\s,;:!?…()\"“”]+")
_DIGIT: Final = re.compile(r"\d")
_HAN_NUMBER: Final = re.compile("[零〇一二三四五六七八九十百千两]{2,}")
_CLAUSE_END: Final = re.compile(r"(?<=[,;:.!?…])\s+|(?<=[。！？।])|\s+[—–]\s+")


def clauses_of(text: str) -> list[str]:
    """The clauses of a text, without the white space around them."""
    return [clause.strip() for clause in _CLAUSE_END.split(text) if clause.strip()]


def holds_fact(text: str) -> bool:
    """Whether there is something in a text that may be asked about again."""
    return bool(_given(text))


def facts_in(text: str) -> dict[str, str]:
    """The clauses with facts in them, cut to what is around the fact where they are long.

    By what was given, so that the same number said twice is one fact: what is said around it may differ.
    """
    found: dict[str, str] = {}
    for clause in clauses_of(text):
        if given := _given(clause):
            found.setdefault(" ".join(word[0].rstrip(".") for word in given).casefold(), _around(clause, given))
    return found


@lru_cache(maxsize=64)  # a turn is asked twice: for its note, and for its facts
def _given(clause: str) -> tuple[re.Match[str], ...]:
    """The words of a clause that are facts. By the word: one pattern for all of it takes twenty times as long."""
    words = list(_WORD.finditer(clause))
    plain = [word[0].rstrip(".'’").replace("’", "'").lower() for word in words]
    given: list[re.Match[str]] = []
    run: list[re.Match[str]] = []
    named = False
    for at, (word, said) in enumerate(zip(words, plain, strict=True)):
        named = _is_named(clause, word, plain[at - 1] if at else "", named)
        if said in _NUMBERS:
            run.append(word)
            if len(run) == 1 and at + 1 < len(plain) and plain[at + 1] in _UNITS:
                given.extend(words[at : at + 2])
            elif len(run) > 1:
                given.extend(run if len(run) == 2 and run[0] not in given else [word])
            continue
        if said in _BETWEEN and run:
            continue
        run = []
        if named or _is_fact(word[0], said) or (said in _AT and at + 2 < len(plain) and plain[at + 2] in _DOT):
            # of an address the words around it too
            given.extend(words[max(0, at - 1) : at + 4] if said in _AT else [word])
    return tuple(given)


def _is_fact(word: str, said: str) -> bool:
    if said in _ALONE or word.rstrip(".") in _CAPITAL or "@" in word or _DIGIT.search(word):
        return True
    if "-" in said:
        return sum(part in _NUMBERS or part in _ALONE for part in said.split("-")) > 1
    return said.endswith(_COMPOUND) or (max(word) >= "\u4e00" and _HAN_NUMBER.search(word) is not None)


def _is_named(clause: str, word: re.Match[str], before: str, named: bool) -> bool:
    """Whether a word is a name, or goes on with one: after "my name is", as long as words have capitals."""
    if not word[0][0].isupper():
        return False
    return named or (before in _BEFORE_NAMES and clause[: word.start()].rstrip().lower().endswith(_NAMED))


_BEFORE_NAMES: Final = frozenset(phrase.rpartition(" ")[2] for phrase in _NAMED)


def _around(clause: str, given: Sequence[re.Match[str]]) -> str:
    if len(clause) <= _LONGEST:
        return clause
    begin, end = given[0].start(), min(given[-1].end(), given[0].start() + _LONGEST)
    before = clause[max(0, begin - max(0, _LONGEST - (end - begin))) : begin]
    # whole words
    return before[before.find(" ") + 1 :] + clause[begin:end]
