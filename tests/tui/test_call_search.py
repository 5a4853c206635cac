from __future__ import annotations

import datetime as dt

import pytest

from vcg_tui.models.conversation import CallState, CallSummary, EndReason, Outcome
from vcg_tui.tui.call_search import CallSearch, SearchedCall
from vcg_tui.tui.comparison import _clock
from vcg_tui.tui.widgets.metrics_pane import clock


def _summary(**about: object) -> SearchedCall:
    fields: dict[str, object] = {
        "call_id": "20261122-120000-anna-abc234",
        "state": CallState.WHOLE,
        "created_at": dt.datetime(2026, 11, 22, 12).astimezone(),
        "customer": "Anna Ångström",
        "customer_id": "anna",
        "support": "Tier-1 support",
        "support_id": "tier1",
        "outcome": Outcome.WRONG_PERSON,
        "llm": "openai gpt-6",
        "tts": "espeak",
        "title": "A fine one",
        "tags": ["Needs a look"],
        "starred": True,
    }
    return SearchedCall.of(CallSummary.model_validate(fields | about))


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("fine tier-1", {"title": "", "support": "Retention"}),
        ("customer:ång", {"customer": "Bela", "customer_id": "bela"}),
        ("SUPPORT:tier1", {"support_id": "retention", "support": "Retention"}),
        ("agent:tier", {"support_id": "retention", "support": "Retention"}),
        ("outcome:wrong_person", {"outcome": None}),
        ('outcome:"wrong person"', {"outcome": Outcome.RESOLVED}),
        ("-outcome:none", {"outcome": None}),
        ("provider:openai", {"llm": "offline"}),
        ("provider:espeak", {"tts": "elevenlabs"}),
        ("llm:gpt", {"llm": "offline"}),
        ("tts:espeak", {"tts": "elevenlabs"}),
        ("tag:look", {"tags": ["demo"]}),
        ("#needs", {"tags": []}),
        ("star", {"starred": False}),
        ("is:star", {"starred": False}),
        ("outcome:wrong", {"outcome": None, "end_reason": EndReason.STOPPED}),
        ("-outcome:stopped", {"outcome": None, "end_reason": EndReason.STOPPED}),
        ("-tag:demo", {"tags": ["demo"]}),
        ("after:2026-11-22", {"created_at": dt.datetime(2026, 11, 21, 23, 59).astimezone()}),
        ("since:2d", {"created_at": dt.datetime(2026, 11, 20, 12).astimezone()}),
        ("before:2026-12", {"created_at": dt.datetime(2026, 12, 1).astimezone()}),
        ("on:2026-11", {"created_at": dt.datetime(2026, 10, 31).astimezone()}),
        ("on:2026", {"created_at": None}),
        ("on:yesterday", {"created_at": dt.datetime(2026, 11, 23).astimezone()}),
        ("state:whole", {"state": CallState.INTERRUPTED}),
        ('"tier-1 support"', {"support": "Tier-1"}),
    ],
)
def test_each_form_of_the_search_finds_what_it_names_and_nothing_else(text: str, other: dict[str, object]) -> None:
    search = CallSearch.parse(text, dt.date(2026, 11, 23))
    assert search.problems == []
    fits, not_so = _summary(), _summary(**other)
    assert search.find([fits, not_so]) == [fits.call]


@pytest.mark.parametrize("text", ["customer:", "after:", 'tag:""', "foo:", "", "   "])
def test_a_filter_still_being_typed_hides_nothing(text: str) -> None:
    assert CallSearch.parse(text, dt.date(2026, 11, 23)).find([_summary()])


def test_what_cannot_be_understood_is_told_and_left_out() -> None:
    search = CallSearch.parse("after:soon anna", dt.date(2026, 11, 23))
    assert len(search.find([_summary()])) == 1
    assert search.problems == ["after: takes a date like 2026-11-01, 2026-11, today or 7d, not 'soon'"]
    assert CallSearch.parse("on:2026-13-01", dt.date(2026, 11, 23)).problems


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("outcom:bar", 'No filter "outcom". Did you mean outcome? ({help} lists all)'),
        ('foo:"bar baz"', 'No filter "foo" ({help} lists all)'),
        ("outcome:fine", "outcome: takes resolved, unresolved,"),
        ("ended:resolved", "ended: takes completed,"),
        ("state:done", "state: takes whole, interrupted, being made, broken, not 'done'"),
        ("is:fine", "is: takes starred,"),
    ],
)
def test_a_wrong_filter_says_what_is_right(text: str, told: str) -> None:
    search = CallSearch.parse(f"{text} anna", dt.date(2026, 11, 23))
    (problem,) = search.problems
    assert problem.startswith(told)
    assert len(search.find([_summary()])) == 1
    assert CallSearch.parse('"foo:bar"', dt.date(2026, 11, 23)).problems == []


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(128.96, ("02:09", "02:09.0")), (59.97, ("01:00", "01:00.0")), (0.0, ("00:00", "00:00.0"))],
)
def test_a_length_is_rounded_and_never_cut(seconds: float, told: tuple[str, str]) -> None:
    assert (clock(seconds), _clock(seconds)) == told
