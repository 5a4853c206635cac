"""Facts as people say them on the phone: numbers digit by digit, amounts, dates and times in words."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from vcg_tui.models.persona import FactValue

_SPELLED_NAME: Final = re.compile(
    r"(?:_|^)(?:number|id|reference|ref|code|postcode|zip|pin|digits|policy_no|mrn|iban)$"
)
_MONEY: Final = re.compile(r"^(?:([$£€₹])|(USD|GBP|EUR|INR)\s*)\s*(\d[\d,]*)(?:\.(\d{1,2}))?$")
_DATE: Final = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_TIME: Final = re.compile(r"^([01]?\d|2[0-3]):([0-5]\d)\s*([ap])?\.?(?:m\.?)?$", re.IGNORECASE)
_EMAIL: Final = re.compile(r"^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$")

_UNITS: Final = {
    "$": ("dollar", "cent"),
    "USD": ("dollar", "cent"),
    "£": ("pound", "penny"),
    "GBP": ("pound", "penny"),
    "€": ("euro", "cent"),
    "EUR": ("euro", "cent"),
    "₹": ("rupee", "paisa"),
    "INR": ("rupee", "paisa"),
}
_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def say_fact(name: str, value: FactValue, accent: str = "en-US") -> str:
    """A fact as somebody with this accent says it.

    Args:
        name: the fact's name; ``..._number``, ``..._id``, ``..._reference``, ``..._code`` are spelled out.
        value: as the persona file has it.
        accent: ``en-US`` says "November third", the others "the third of November".
    """
    american = accent.startswith("en-US")
    if isinstance(value, dt.date):
        return _date(value, with_year="birth" in name, american=american)
    text = str(value).strip()
    if money := _MONEY.match(text):
        return _money(money.group(1) or money.group(2), money.group(3), money.group(4), american=american)
    if _DATE.match(text):
        try:
            return _date(dt.date.fromisoformat(text), with_year="birth" in name, american=american)
        except ValueError:
            # No day of any calendar: it is said as it stands.
            return _plain(text, american=american)
    if time := _TIME.match(text):
        half = f" {time.group(3).lower()}m" if time.group(3) else ""
        return _time(int(time.group(1)), int(time.group(2)), american=american) + half
    if _EMAIL.match(text):
        return _email(text)
    if _SPELLED_NAME.search(name) and any(char.isdigit() for char in text):
        return _spelled(text)
    return _plain(text, american=american)


def is_money(value: FactValue) -> bool:
    """Whether a fact is an amount of money."""
    return _MONEY.match(str(value).strip()) is not None


def cardinal(number: int) -> str:
    """A number in words, without the commas of writing."""
    return _words(number)


def _words(number: int, *, to: str = "cardinal", lang: str = "en") -> str:
    # Loaded at first use: it brings every language it knows. It has no types of its own.
    from num2words import num2words  # pyright: ignore[reportUnknownVariableType]

    return str(num2words(number, to=to, lang=lang)).replace(",", "")


def _money(unit: str, whole: str, cents: str | None, *, american: bool) -> str:
    big, small = _UNITS[unit]
    amount = int(whole.replace(",", ""))
    pennies = int((cents or "0").ljust(2, "0"))
    said = f"{_words(amount, lang='en_IN') if big == 'rupee' else cardinal(amount)} {big}{'' if amount == 1 else 's'}"
    rest = f"{cardinal(pennies)} {small if pennies == 1 else _MANY.get(small, f'{small}s')}"
    if not pennies:
        return said
    if not amount:
        return rest
    # "Four pounds five" could be four pounds fifty.
    return f"{said} and {rest}" if american or pennies < 10 else f"{said} {cardinal(pennies)}"


_MANY: Final = {"penny": "pence", "paisa": "paise"}


def _date(date: dt.date, *, with_year: bool, american: bool) -> str:
    month, day = _MONTHS[date.month - 1], _words(date.day, to="ordinal")
    said = f"{month} {day}" if american else f"the {day} of {month}"
    return f"{said}, {_year(date.year)}" if with_year else said


def _year(year: int) -> str:
    century, rest = divmod(year, 100)
    if 2000 <= year < 2010 or year % 1000 == 0:
        return cardinal(year)
    if not rest:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {'oh ' if rest < 10 else ''}{cardinal(rest)}"


def _time(hour: int, minute: int, *, american: bool) -> str:
    twelve = cardinal(hour % 12 or 12) if hour or american else "midnight"
    after = cardinal((hour + 1) % 12 or 12) if hour != 23 else "midnight"
    match minute:
        case 0:
            return f"{twelve} o'clock" if hour else "midnight"
        case 15:
            return f"quarter past {twelve}"
        case 30:
            return f"{twelve} thirty" if american else f"half past {twelve}"
        case 45:
            return f"quarter to {after}"
        case _ if american:
            return f"{twelve} {'oh ' if minute < 10 else ''}{cardinal(minute)}"
        case _ if minute % 5:
            return f"{cardinal(hour % 12 or 12)} {'oh ' if minute < 10 else ''}{cardinal(minute)}"
        case _ if minute < 30:
            return f"{cardinal(minute)} past {twelve}"
        case _:
            return f"{cardinal(60 - minute)} to {after}"


def _email(text: str) -> str:
    name, host = text.split("@", 1)
    parts = re.sub(r"([._+-])", lambda mark: _MARKS[mark.group(1)], f"{name} at {host}")
    return _tidy(re.sub(r"\d+", lambda run: f" {_one_by_one(run.group())} ", parts))


_MARKS: Final = {".": " dot ", "_": " underscore ", "+": " plus ", "-": " dash "}


def _spelled(text: str) -> str:
    """Letters and digits one by one, in the groups people make."""
    groups: list[str] = []
    for run in re.findall(r"[A-Za-z]+|\d+|\+", text):
        if run == "+":
            groups.append("plus")
        elif run.isdigit():
            groups.extend(" ".join(_DIGITS[int(digit)] for digit in part) for part in _grouped(run))
        elif len(run) > 3 and not run.isupper():
            groups.append(run)
        else:
            groups.append(" ".join(run.upper()))
    return ", ".join(groups).replace("plus, ", "plus ")


def _grouped(digits: str) -> list[str]:
    sizes = {1: (1,), 2: (2,), 3: (3,), 4: (4,), 5: (3, 2), 6: (3, 3), 7: (3, 4), 8: (4, 4), 10: (3, 3, 4)}
    cuts = sizes.get(len(digits)) or (3,) * (len(digits) // 3) + ((len(digits) % 3,) if len(digits) % 3 else ())
    parts: list[str] = []
    for size in cuts:
        parts.append(digits[:size])
        digits = digits[size:]
    return parts


def _plain(text: str, *, american: bool) -> str:
    """Plain text with its amounts, numbers and codes in words."""

    def money(match: re.Match[str]) -> str:
        unit, whole, cents = match.groups()
        return _money(unit, whole, cents, american=american)

    text = re.sub(r"([$£€₹])\s?(\d[\d,]*)(?:\.(\d{1,2}))?(?!\d)", money, text)
    text = re.sub(r"(\d)[-/](?=\d)", r"\1 ", text)
    text = re.sub(r"(?<=\d)\s?%", " percent", text)
    text = re.sub(r"#\s?(?=\d)", "number ", text)
    text = re.sub(r"(?<![\w-])-(?=\d)", "minus ", text)
    text = re.sub(r"\d+(?:,\d{3})+|\d+\.\d+|[A-Za-z\d]*\d[A-Za-z\d]*", _number, text)
    return _tidy(text)


def _number(match: re.Match[str]) -> str:
    run = match.group()
    if "," in run:
        return cardinal(int(run.replace(",", "")))
    if "." in run:
        whole, part = run.split(".")
        return f"{cardinal(int(whole))} point {_one_by_one(part)}"
    if ordinal := re.fullmatch(r"(\d{1,3})(?:st|nd|rd|th)", run):
        return _words(int(ordinal.group(1)), to="ordinal")
    if hour := re.fullmatch(r"(\d{1,2})([ap]m)", run, re.IGNORECASE):
        return f"{cardinal(int(hour.group(1)))} {hour.group(2).lower()}"
    if not run.isdecimal():
        return _spelled(run)
    return _one_by_one(run) if len(run) > 4 or run.startswith("0") else cardinal(int(run))


def _one_by_one(digits: str) -> str:
    return " ".join(_DIGITS[int(digit)] for digit in digits)


def _tidy(text: str) -> str:
    return re.sub(r"[\s{}<>\[\]_]+", " ", text).strip()
