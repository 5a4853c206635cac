"""What is typed into the search box of the saved calls: words anywhere in a call, and ``key:value`` filters."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vcg_tui.models.conversation import CallState, EndReason, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vcg_tui.models.conversation import CallSummary

    _Test = Callable[["SearchedCall"], bool]

SYNTAX = (
    ("anna billing", "calls with both words in names, title, tags, outcome or id"),
    ("customer:anna  support:tier", "one side, by its name or id"),
    ("outcome:escalated  ended:stopped", "how it turned out, how it ended"),
    ("outcome:none", "calls for which no outcome is known"),
    ("provider:openai  llm:gpt  tts:espeak", "what wrote or spoke it"),
    ("after:2026-11-01  before:2026-12  on:today", "when it was made"),
    ("after:7d", "made in the last seven days"),
    ("star  is:star  tag:demo  #demo", "what you starred or tagged"),
    ("state:interrupted", "whole, interrupted, being made or broken"),
    ("-outcome:resolved", "all but these: a minus in front"),
    ('"tier 1"', "words with a space between them: in quotes"),
)
"""The language, with what each form finds."""

_TOKEN = re.compile(r'(?P<minus>-?)(?:(?P<key>[a-z]+):)?(?:"(?P<quoted>[^"]*)"?|(?P<plain>\S+))', re.IGNORECASE)
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_DAYS_AGO = re.compile(r"(\d{1,4})d")


@dataclass(frozen=True, slots=True)
class SearchedCall:
    """A call of the list with its text ready for searching."""

    call: CallSummary
    text: str
    day: dt.date | None
    """On which day it was made, where the person is."""

    @classmethod
    def of(cls, call: CallSummary) -> SearchedCall:
        """Prepare a call."""
        parts = [call.title, call.customer, call.support, call.customer_id, call.support_id, *call.tags]
        parts += [call.outcome or "", call.end_reason or "", call.state, call.llm, call.tts, call.call_id]
        day = call.created_at.astimezone().date() if call.created_at else None
        return cls(call, " ".join(parts).replace("_", " ").lower(), day)


@dataclass(slots=True)
class CallSearch:
    """A search, understood: all its tests must hold. ``problems`` tells what of it can't be understood.

    A problem may name a key, as ``{help}``.
    """

    tests: list[_Test] = field(default_factory=list["_Test"])
    problems: list[str] = field(default_factory=list[str])

    @classmethod
    def parse(cls, text: str, today: dt.date) -> CallSearch:
        """Understand a search; a filter that makes no sense is left out, and told."""
        search = cls()
        for match in _TOKEN.finditer(text):
            value = match["plain"] if match["quoted"] is None else match["quoted"]
            key, minus = (match["key"] or "").lower(), match["minus"] == "-"
            if not value or (match["quoted"] is None and not key and value.endswith(":")):
                continue  # still being typed
            try:
                if key:
                    test = _filtered(key, value.lower(), today)
                else:
                    test = _contains(value.lower()) if match["quoted"] is not None else _word(value)
            except ValueError as problem:
                search.problems.append(str(problem))
            else:
                search.tests.append(_negated(test) if minus else test)
        return search

    def find(self, calls: Iterable[SearchedCall]) -> list[CallSummary]:
        """The calls that fit, in their order."""
        tests = self.tests
        return [searched.call for searched in calls if all(test(searched) for test in tests)]


_FIELDS: dict[str, Callable[[CallSummary], tuple[str, ...]]] = {
    "customer": lambda call: (call.customer, call.customer_id),
    "support": lambda call: (call.support, call.support_id),
    "agent": lambda call: (call.support, call.support_id),
    "outcome": lambda call: (call.outcome or "none", call.became),
    "ended": lambda call: (call.end_reason or "none",),
    "provider": lambda call: (call.llm, call.tts),
    "llm": lambda call: (call.llm,),
    "tts": lambda call: (call.tts,),
    "state": lambda call: (call.state,),
    "is": lambda call: (call.state, "starred" if call.starred else ""),
    "tag": lambda call: tuple(call.tags),
    "title": lambda call: (call.title,),
    "id": lambda call: (call.call_id,),
}
_DATES = ("after", "since", "before", "on")
_VALUES: dict[str, tuple[str, ...]] = {
    "outcome": (*Outcome, "none", *EndReason, *(state for state in CallState if state is not CallState.WHOLE)),
    "ended": (*EndReason, "none"),
    "state": tuple(CallState),
    "is": ("starred", *CallState),
}
"""What a filter can find at all, where that is known."""


def _filtered(key: str, value: str, today: dt.date) -> _Test:
    """The test for ``key:value``; raises ValueError, which says what is right, where it makes no sense."""
    if key in _DATES:
        try:
            return _dated(key, value, today)
        except ValueError:
            raise ValueError(f"{key}: takes a date like 2026-11-01, 2026-11, today or 7d, not {value!r}") from None
    if key not in _FIELDS:
        near = difflib.get_close_matches(key, [*_FIELDS, *_DATES], n=1)
        meant = f". Did you mean {near[0]}?" if near else ""
        raise ValueError(f'No filter "{key}"{meant} ' + "({help} lists all)")
    values = list(dict.fromkeys(each.replace("_", " ") for each in _VALUES.get(key, ())))
    if values and not any(value.replace("_", " ") in each for each in values):
        raise ValueError(f"{key}: takes {', '.join(values)}, not {value!r}")
    return _filter(key, value)


def _word(word: str) -> _Test:
    lowered = word.lower()
    if lowered in {"star", "starred"}:
        return lambda searched: searched.call.starred
    if lowered.startswith("#") and len(lowered) > 1:
        return _filter("tag", lowered[1:])
    return _contains(lowered)


def _contains(text: str) -> _Test:
    return lambda searched: text in searched.text


def _filter(key: str, value: str) -> _Test:
    field_of = _FIELDS[key]
    wanted = value.replace("_", " ")
    return lambda searched: any(wanted in part.replace("_", " ").lower() for part in field_of(searched.call))


def _dated(key: str, value: str, today: dt.date) -> _Test:
    first, behind = _span(value.lower(), today)
    if key == "before":
        return lambda searched: searched.day is not None and searched.day < first
    if key == "on":
        return lambda searched: searched.day is not None and first <= searched.day < behind
    return lambda searched: searched.day is not None and searched.day >= first


def _span(value: str, today: dt.date) -> tuple[dt.date, dt.date]:
    """The first day that is meant, and the first one behind it."""
    day = dt.timedelta(days=1)
    if value in {"today", "yesterday"}:
        first = today if value == "today" else today - day
        return first, first + day
    if match := _DAYS_AGO.fullmatch(value):
        first = today - int(match[1]) * day
        return first, first + day
    match = _DATE.fullmatch(value)
    if match is None:
        raise ValueError(value)
    year, month = int(match[1]), int(match[2] or 1)
    first = dt.date(year, month, int(match[3] or 1))
    if match[3]:
        return first, first + day
    if match[2]:
        return first, dt.date(year + month // 12, month % 12 + 1, 1)
    return first, dt.date(year + 1, 1, 1)


def _negated(test: _Test) -> _Test:
    return lambda searched: not test(searched)


def today() -> dt.date:
    """The day it is here: what `CallSearch.parse` takes where nobody says another."""
    return dt.datetime.now().astimezone().date()
