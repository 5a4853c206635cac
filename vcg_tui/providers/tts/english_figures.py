"""Figures in an English text as a person says them: amounts, times, dates, numbers of telephones and orders, addresses.

Each word of the text keeps its place: what is said for it may be several words, and is timed as one.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vcg_tui.providers.llm.simulator.spoken import cardinal, say_fact

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORD: Final = re.compile(r"(?P<before>[(\[\"'“‘]*)(?P<core>.*?)(?P<after>(?:['’]s)?[)\]\"'”’.,;:!?…]*)", re.DOTALL)
_FIGURED: Final = re.compile(r"\d|@|\w\.\w")
_SPELT_A: Final = "A"
_CAPITAL: Final = re.compile(r"[A-HJ-Z],?")

_MONEY: Final = re.compile(
    r"(?P<sign>[-−+]?)(?P<unit>[$£€₹])(?P<amount>\d[\d,]*(?:\.\d+)?)(?P<scale>k|K|m|M|bn|B)?"
    r"(?P<per>/(?:mo|month|yr|year|wk|week|day|hr|hour))?"
)
_UNITS: Final = {"$": "dollars", "£": "pounds", "€": "euros", "₹": "rupees"}
_SCALES: Final = {"k": "thousand", "m": "million", "b": "billion", "bn": "billion"}
_SCALE_WORDS: Final = ("hundred", "thousand", "million", "billion")
_PER: Final = {"mo": "month", "yr": "year", "wk": "week", "hr": "hour"}
_PERCENT: Final = re.compile(r"(?P<sign>[-−+]?)(?P<number>\d[\d,]*(?:\.\d+)?)%")

_TIME: Final = re.compile(r"(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?P<half>[ap]\.?m\.?)?", re.IGNORECASE)
_HOUR: Final = re.compile(r"(?P<hour>1[0-2]|[1-9])(?P<half>[ap]\.?m\.?)", re.IGNORECASE)
_O_CLOCK: Final = "o'clock"
_HALF_WORD: Final = re.compile(r"[ap]\.?m\b", re.IGNORECASE)
_ISO_DATE: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_DATE: Final = re.compile(r"(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}|\d{2}))?")
_MONTHS: Final = (
    r"(?:jan|febr)uary|march|april|may|june|july|august|(?:septem|octo|novem|decem)ber|"
    r"(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?"
)
_MONTH: Final = re.compile(_MONTHS, re.IGNORECASE)
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_BEFORE_YEAR: Final = re.compile(
    rf"(?:in|of|since|until|till|by|from|before|after|year|during|{_MONTHS}|\d{{1,2}}(?:st|nd|rd|th)?),?", re.IGNORECASE
)

_NUMBER: Final = re.compile(r"\d+|\d{1,3}(?:,\d{3})+|\d+\.\d+")
_ORDINAL: Final = re.compile(r"\d{1,3}(?:st|nd|rd|th)")
_FIXED: Final = {
    "1/2": "one half",
    "1/3": "one third",
    "2/3": "two thirds",
    "1/4": "one quarter",
    "3/4": "three quarters",
    "24/7": "twenty-four seven",
}
_RANGE: Final = re.compile(r"(?<=[\d%mMkK])[-–](?=[$£€₹\d])")

_CODE: Final = re.compile(r"#?(?=[A-Z0-9/-]*\d)[A-Z0-9]+(?:[-/][A-Z0-9]+)*")
_NAMES_A_CODE: Final = re.compile(
    r"(?:number|code|pin|reference|ref|id|extension|ext|zip|digits|(?:ending|ends) (?:in|with)|(?:number|code|pin) is)"
    r"[:.]?"
)
_COUNTED_OR_NAMED: Final = re.compile(r"(?:account|order|ticket|case|invoice|flight|policy|booking)[:.]?")
"""What stands before a count as often as before a number: "order 300", "order 4471"."""
_PHONE: Final = re.compile(
    r"(?<![\w.,$£€₹/:-])(?:\+\d{1,3}(?:[ .-]|(?=\()))?(?:\(\d{2,5}\)[ .-]?)?\d{2,5}(?:[ .-]\d{2,5}){0,4}"
    r"(?![\w%/:]|[.,]\d)"
)
_EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SITE: Final = re.compile(
    r"(?:https?://)?((?:[\w-]+\.)+(?:com|org|net|edu|gov|io|co|uk|us|in|de|fr|eu|info|example|app|dev))((?:/[\w.-]*)*)",
    re.IGNORECASE,
)
_MARKS: Final = {".": " dot ", "/": " slash ", "-": " dash ", "_": " underscore "}


def said_words(words: Sequence[str], *, american: bool) -> list[str]:
    """What to say for each word of a text.

    Args:
        words: the text, split at white space.
        american: months come first in 3/4/2026, and cents have an "and".
    """
    said = list(words)
    if _SPELT_A in said:
        said = [_letter(words, index) for index in range(len(words))]
    if not _FIGURED.search(" ".join(words)):
        return said
    phone = _phone_words(words)
    for index, word in enumerate(words):
        if index in phone:
            said[index] = _digits(word)
        elif _FIGURED.search(word):
            said[index] = _figure(words, index, "en-US" if american else "en-GB")
        elif index:
            said[index] = _scale_after(words[index - 1], said[index])
    return said


def _letter(words: Sequence[str], index: int) -> str:
    """An A that is spelled, in a spelling that is no article for the engine."""
    near = [words[at] for at in (index - 1, index + 1) if 0 <= at < len(words)]
    return "eh" if words[index] == _SPELT_A and any(map(_CAPITAL.fullmatch, near)) else words[index]


def _scale_after(before: str, word: str) -> str:
    """What is said for a "million" after "$5": the unit comes behind it."""
    plain = word.rstrip(".,;:!?")
    money = _MONEY.fullmatch(before.lstrip("([\"'“‘")) if plain.lower() in _SCALE_WORDS else None
    if money is None or money["scale"] or money["per"]:
        return word
    return f"{plain} {_UNITS[money['unit']]}{word[len(plain) :]}"


# ------------------------------------------------------------------ one word


@dataclass(frozen=True, slots=True)
class _Figure:
    """A word without its punctuation, and what stands around it."""

    core: str
    before: str
    """The word before, in lower case."""
    two_before: str
    """The two words before."""
    after: str
    """The word after; empty where punctuation comes between."""
    accent: str


def _figure(words: Sequence[str], index: int, accent: str) -> str:
    """What is said for a word with figures in it; the word itself where nothing better is known."""
    match = _WORD.fullmatch(words[index])
    if match is None or not match["core"]:
        return words[index]
    core, end = match["core"], match["after"]
    if re.search(r"\d[ap]\.m$", core, re.IGNORECASE) and end.startswith("."):
        core, end = f"{core}.", end[1:]
    leading = [word.lower() for word in words[max(0, index - 2) : index]]
    after = words[index + 1] if index + 1 < len(words) and not end else ""
    figure = _Figure(core, leading[-1] if leading else "", " ".join(leading), after, accent)
    for way in (_address, _fixed, _day, _amount, _range, _year, _code):
        if (said := way(figure)) is not None:
            return f"{match['before']}{said}{end}"
    return words[index]


def _address(figure: _Figure) -> str | None:
    if _EMAIL.fullmatch(figure.core):
        return say_fact("email", figure.core)
    site = _SITE.fullmatch(figure.core)
    if site is None:
        return None
    text = re.sub(r"\bwww\b", "w w w", site[1] + site[2].rstrip("/"))
    said = re.sub(r"[./_-]", lambda mark: _MARKS[mark[0]], text)
    return " ".join(re.sub(r"\d+", lambda run: f" {' '.join(map(cardinal, map(int, run[0])))} ", said).split())


def _fixed(figure: _Figure) -> str | None:
    if _ORDINAL.fullmatch(figure.core):
        return say_fact("", figure.core)
    said = _FIXED.get(figure.core)
    return said.removeprefix("one ") if said and figure.before in {"a", "an"} else said


def _day(figure: _Figure) -> str | None:
    """A date in figures, or the day after a month's name."""
    american = figure.accent == "en-US"
    if iso := _ISO_DATE.fullmatch(figure.core):
        return _date(int(iso[1]), int(iso[2]), int(iso[3]), figure.accent)
    if _MONTH.fullmatch(figure.before) and figure.core.isdigit() and 1 <= int(figure.core) <= 31:
        return f"{'' if american else 'the '}{say_fact('', f'{int(figure.core)}th')}"
    match = _DATE.fullmatch(figure.core)
    if match is None:
        return None
    first, second, year = int(match[1]), int(match[2]), match[3]
    if not year and ("." in match[0] or max(first, second) <= 12):
        return None  # 3.5 is a number, 5/6 a fraction
    month_first = first <= 12 and (american or second > 12)
    month, day = (first, second) if month_first else (second, first)
    return _date(int(year) + (2000 if len(year) == 2 else 0) if year else None, month, day, figure.accent)


def _date(year: int | None, month: int, day: int, accent: str) -> str | None:
    try:
        # a name with "birth" in it is what has the year said
        return say_fact("day" if year is None else "birth", dt.date(year or 2024, month, day), accent)
    except ValueError:
        return None  # no day of any calendar


def _year(figure: _Figure) -> str | None:
    return _said_year(figure.core) if _YEAR.fullmatch(figure.core) and _BEFORE_YEAR.fullmatch(figure.before) else None


def _said_year(text: str) -> str:
    return say_fact("birth", dt.date(int(text), 1, 1)).rpartition(", ")[2]


# ------------------------------------------------------------------ amounts


def _amount(figure: _Figure) -> str | None:
    """Money, a percentage or a time."""
    core = figure.core
    if money := _MONEY.fullmatch(core):
        return _money(money, figure)
    if percent := _PERCENT.fullmatch(core):
        return f"{_sign(percent['sign'])}{_number(percent['number'])} percent"
    if time := _TIME.fullmatch(core):
        return _time(int(time["hour"]), int(time["minute"]), time["half"] or "", figure.after)
    if hour := _HOUR.fullmatch(core):
        return f"{cardinal(int(hour['hour']))} {_half(hour['half'])}"
    return None


def _range(figure: _Figure) -> str | None:
    """Two amounts, years or small numbers with a dash between them."""
    sides = _RANGE.split(figure.core)
    if len(sides) != 2:
        return None
    first, second = sides
    unit = next((mark for mark in _UNITS if first.startswith(mark)), "")
    if unit and second[0].isdigit():
        first, second = first[1:], f"{unit}{second}"
    years = bool(_YEAR.fullmatch(first) and _YEAR.fullmatch(second))
    said: list[str] = []
    for side in (first, second):
        amount = _amount(_Figure(side, "", "", figure.after, figure.accent))
        if amount is None and _NUMBER.fullmatch(side) and len(side) <= 4:
            amount = _said_year(side) if years else _number(side)
        if amount is None:
            return None
        said.append(amount)
    return f" {'and' if figure.before == 'between' else 'to'} ".join(said)


def _money(money: re.Match[str], figure: _Figure) -> str:
    unit, amount, per = money["unit"], money["amount"], (money["per"] or "").lstrip("/")
    each = f" a {_PER.get(per, per)}" if per else ""
    sign = _sign(money["sign"])
    if money["scale"]:
        return f"{sign}{_number(amount)} {_SCALES[money['scale'].lower()]} {_UNITS[unit]}{each}"
    if figure.after.strip(".,;:!?").lower() in _SCALE_WORDS:
        return f"{sign}{_number(amount)}"
    if len(amount.partition(".")[2]) > 2:
        return f"{sign}{_number(amount)} {_UNITS[unit]}{each}"
    return f"{sign}{say_fact('amount', f'{unit}{amount}', figure.accent)}{each}"


def _time(hour: int, minute: int, half: str, after: str) -> str:
    bare = not half and not _HALF_WORD.match(after)
    said = cardinal(hour) if hour else "zero" if bare else "twelve"
    if minute:
        said = f"{said} {'oh ' if minute < 10 else ''}{cardinal(minute)}"
    elif bare:
        said = f"{said} {'hundred' if hour > 12 or not hour else _O_CLOCK}"
    return f"{said} {_half(half)}" if half else said


def _half(half: str) -> str:
    return "AM" if half[0] in "aA" else "PM"


def _number(text: str) -> str:
    return say_fact("", text) if "." in text or "," in text else cardinal(int(text))


def _sign(mark: str) -> str:
    return {"": "", "+": "plus "}.get(mark, "minus ")


# ------------------------------------------------------------------ codes and telephones


def _code(figure: _Figure) -> str | None:
    """A code of letters and digits, or a number that is none to count with."""
    core = figure.core
    if re.fullmatch(r"\+\d{1,3}", core):
        return f"plus {cardinal(int(core[1:]))}"
    if not _CODE.fullmatch(core):
        return None
    code = core.removeprefix("#")
    lead = "number " if core != code else ""
    digits = sum(character.isdigit() for character in code)
    named = bool(_NAMES_A_CODE.fullmatch(figure.before) or _NAMES_A_CODE.fullmatch(figure.two_before))
    named = named or (digits > 3 and bool(_COUNTED_OR_NAMED.fullmatch(figure.before)))
    long = digits > 4 or (digits > 1 and code[0] == "0")
    spelled = long or (digits > 2 and (named or not code.isdigit()))
    if spelled and not re.fullmatch(r"[1-9]\d*000", code):
        return lead + re.sub(r"\bA (?=[A-Z]\b)", "eh ", say_fact("number", code))
    return f"{lead}{cardinal(int(code))}" if lead and code.isdigit() else None


def _phone_words(words: Sequence[str]) -> set[int]:
    """Which words belong to a telephone number: what has one's digits, and a sign of one."""
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word) + 1)
    found: set[int] = set()
    for match in _PHONE.finditer(" ".join(words)):
        if _is_phone(match[0]):
            found.update(
                index
                for index in range(len(words))
                if starts[index] < match.end() and starts[index + 1] - 1 > match.start()
            )
    return found


def _is_phone(number: str) -> bool:
    groups = re.findall(r"\d+", number)
    if not 7 <= sum(map(len, groups)) <= 15 or _ISO_DATE.fullmatch(number):
        return False
    if number[0] in "+(" or any(group[0] == "0" for group in groups):
        return True
    # 1990-2000 is a range
    even = len(groups) == 2 and len(groups[0]) == len(groups[1])
    return not even and ("-" in number or "." in number)


def _digits(word: str) -> str:
    """A part of a telephone number, digit by digit; a dash is a short stop."""
    said = re.sub(r"\d+", lambda run: f" {' '.join(cardinal(int(digit)) for digit in run[0])} ", word)
    said = re.sub(r"(?<=\s)[-.](?=\s)", ",", said.replace("+", "plus "))
    said = re.sub(r"[()]", " ", said)
    return re.sub(r"\s+(?=[,.;:!?])", "", " ".join(said.split()))
