"""What is said in a call and may be asked about again: numbers, dates, amounts, names, addresses to write to.

Found by form, in the languages that are spoken most: figures, spelled numbers, days and months, what follows "my name
is". Too much is better than too little here: what is found is kept a little longer, and nothing else happens.
"""

from __future__ import annotations

import re
from typing import Final

_LONGEST: Final = 110
"""Characters of what is kept around a fact."""

# One of these alone says little ("that one", "once", "un"); two in a row are a number that somebody gave.
_NUMBERS: Final = (
    "zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    "|seventeen|eighteen|nineteen|hundred|thousand|million|double|triple|point|dash|and"
    "|null|eins|zwei|zwo|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|und|komma"
    "|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|cien|ciento|mil|y"
    "|zéro|deux|trois|quatre|cinq|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingts?|cents?|mille|et"
    "|due|tre|quattro|cinque|sei|sette|otto|nove|dieci|undici|dodici|cento|zero"
    "|dois|duas|três|quatro|sete|oito|dez|doze|cem|meia"
    "|een|twee|drie|vijf|zes|zeven|negen|tien|twaalf|honderd|duizend"
)
# These say enough by themselves.
_TENS: Final = (
    "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
    r"|\w*(?:zwanzig|dreißig|vierzig|fünfzig|sechzig|siebzig|achtzig|neunzig|hundert|tausend)\w*"
    "|veinte|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa"
    "|trente|quarante|cinquante|soixante|venti|trenta|quaranta|cinquanta|sessanta|settanta|ottanta|novanta"
    "|vinte|trinta|quarenta|cinquenta|sessenta|oitenta"
)
_UNITS: Final = (
    "dollars?|cents?|euros?|pounds?|percent|per cent|days?|weeks?|months?|years?|hours?|o'clock|a\\.?m|p\\.?m|thirty"
    "|tage?n?|wochen?|monate?n?|uhr|prozent|días?|semanas?|meses|horas?|jours?|semaines?|mois|heures?"
)
_DAYS: Final = (
    "(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow"
    "|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag"
    "|lunes|martes|miércoles|jueves|viernes|sábado|domingo|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
    "|lunedì|martedì|mercoledì|giovedì|venerdì|domenica|segunda-feira|terça-feira|quarta-feira|quinta-feira"
    "|sexta-feira|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag"
    "|january|february|(?-i:March|May)|april|june|july|august|september|october|november|december"
    "|januar|februar|märz|juni|juli|oktober|dezember|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre"
    "|octubre|noviembre|diciembre|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre"
)
_NAMED: Final = (
    "my name is|name's|this is|i'm|mein name ist|ich heiße|me llamo|mi nombre es|je m'appelle|mon nom est|mi chiamo"
    "|meu nome é|me chamo|mijn naam is"
)
_FACT: Final = re.compile(
    r"[^\s,;:.!?]*\d(?:[\d\s.,:/-]*\d)?[^\s,;:.!?]*"
    r"|[零〇一二三四五六七八九十百千两]{2,}"
    rf"|\b(?:{_NUMBERS}|{_TENS})(?:[\s,-]+(?:{_NUMBERS}|{_TENS}))+\b"
    rf"|\b(?:{_NUMBERS})\s+(?:{_UNITS})\b|\b(?:{_TENS})\b"
    rf"|\b(?:{_DAYS})\b"
    rf"|\b(?:{_NAMED})\s+(?-i:[^\W\d_a-z]\w+)(?:\s+(?-i:[^\W\d_a-z]\w+))*"
    r"|\S+@\S+|\b\w+\s+(?:at|arroba|arobase|klammeraffe)\s+\w+\s+(?:dot|punkt|punto|point|ponto|punt)\s+\w+",
    re.IGNORECASE,
)
_CLAUSE_END: Final = re.compile(r"(?<=[,;:.!?…])\s+|(?<=[。！？।])|\s+[—–]\s+")
_SPACES: Final = re.compile(r"[\s,.-]+")


def clauses_of(text: str) -> list[str]:
    """The clauses of a text, without the white space around them."""
    return [clause.strip() for clause in _CLAUSE_END.split(text) if clause.strip()]


def holds_fact(text: str) -> bool:
    """Whether there is something in a text that may be asked about again."""
    return _FACT.search(text) is not None


def facts_in(text: str) -> dict[str, str]:
    """The clauses with facts in them, cut to what is around the fact where they are long.

    By what was given, so that the same number said twice is one fact: what is said around it may differ.
    """
    found: dict[str, str] = {}
    for clause in clauses_of(text):
        given = [match[0] for match in _FACT.finditer(clause)]
        if given:
            key = _SPACES.sub(" ", " ".join(given)).casefold().strip()
            found.setdefault(key, _around(clause))
    return found


def _around(clause: str) -> str:
    if len(clause) <= _LONGEST:
        return clause
    matches = list(_FACT.finditer(clause))
    begin, end = matches[0].start(), min(matches[-1].end(), matches[0].start() + _LONGEST)
    before = clause[max(0, begin - max(0, _LONGEST - (end - begin))) : begin]
    # whole words
    return before[before.find(" ") + 1 :] + clause[begin:end]
