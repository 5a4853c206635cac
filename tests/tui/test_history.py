from __future__ import annotations

import datetime as dt
import shutil
import threading
from pathlib import Path

import pytest
from rich.segment import Segment
from textual.color import Color
from textual.widgets import Input

from tests.tui.contrast import contrast
from tests.tui.history_steps import (
    DAY,
    calls_of,
    highlighted,
    opened,
    preview_of,
    search,
    shows,
    text_of,
    until,
)
from tests.tui.proofs import proves
from tests.tui.saved_calls import Shell, break_off, plan_of, save
from vcg_tui.models.conversation import CallNotes, CallState, CallSummary, Outcome
from vcg_tui.providers.storage.local import LocalStorage
from vcg_tui.tui.call_search import SearchedCall
from vcg_tui.tui.themes import load_themes
from vcg_tui.tui.widgets.call_list import CallList


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "calls")


async def test_an_empty_history_tells_how_to_make_the_first_call(tmp_path: Path) -> None:
    async with opened(tmp_path) as (pilot, app):
        await until(pilot, lambda: "No calls saved yet. Press f2, then f5, to make one." in text_of(app))
        await pilot.press("enter", "s", "d", "x", "c", "o", "r", "R", "2", "3", "space", "n", "f5")
        await until(pilot, lambda: "No call is highlighted" in app.told)


async def test_calls_stand_newest_first_and_the_highlighted_one_is_shown(tmp_path: Path, storage: LocalStorage) -> None:
    ids = [save(storage, number, DAY) for number in (2, 0, 1)]
    async with opened(tmp_path) as (pilot, app):
        assert highlighted(app).call_id == ids[1]
        await until(pilot, lambda: "My line drops every evening" in text_of(app))
        await pilot.press("down", "down")
        await shows(pilot, app, ids[0])
        assert highlighted(app).call_id == ids[0]
        await pilot.press("home", "end", "j", "k", "up")
        assert highlighted(app).call_id == ids[1]
        assert await pilot.click(CallList, offset=(20, 1))
        await shows(pilot, app, ids[2])


async def test_a_call_made_by_another_program_appears_and_ends_by_itself(
    tmp_path: Path, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vcg_tui.tui.screens.history._LOOK_AGAIN_S", 0.05)
    save(storage, 1, DAY)
    writer = storage.open_call(plan_of(0, DAY))
    try:
        async with opened(tmp_path) as (pilot, app):
            assert highlighted(app).state is CallState.BEING_MADE
            await until(pilot, lambda: "being made" in text_of(app))
            await until(pilot, lambda: "This call is being made" in text_of(app))
            await pilot.press("d")
            await until(pilot, lambda: "stop it before you delete it" in app.told)
            writer.close()
            await until(pilot, lambda: highlighted(app).state is CallState.INTERRUPTED)
    finally:
        writer.close()


async def test_a_long_call_is_shown_from_its_start(tmp_path: Path, storage: LocalStorage) -> None:
    save(storage, 3, DAY)
    async with opened(tmp_path, (80, 24)) as (pilot, app):
        await until(pilot, lambda: preview_of(app).transcript.max_scroll_y > 1)
        await until(pilot, lambda: "Thank you for calling" in text_of(app))
        assert preview_of(app).transcript.scroll_offset.y == 0


async def test_a_broken_call_tells_its_problem(tmp_path: Path, storage: LocalStorage) -> None:
    call_id = save(storage, 0, DAY)
    (tmp_path / "calls" / call_id / "conversation.json").write_text("{")
    async with opened(tmp_path) as (pilot, app):
        assert highlighted(app).state is CallState.BROKEN
        await until(pilot, lambda: "This call can't be read:" in text_of(app))


@proves("history", "key", "reload")
async def test_a_call_that_vanishes_is_a_sentence_and_the_app_goes_on(tmp_path: Path, storage: LocalStorage) -> None:
    gone, kept = save(storage, 0, DAY), save(storage, 1, DAY)
    async with opened(tmp_path) as (pilot, app):
        await pilot.press("down")
        await shows(pilot, app, kept)
        shutil.rmtree(tmp_path / "calls" / gone)
        await pilot.press("up")
        await until(pilot, lambda: "There is no" in text_of(app))
        await pilot.press("f5")
        await until(pilot, lambda: highlighted(app).call_id == kept)


async def test_five_thousand_calls_are_moved_and_searched_through_at_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as (pilot, app):
        calls = [
            SearchedCall.of(
                CallSummary(
                    call_id=f"20261122-120000-anna-{number:06}",
                    state=CallState.BROKEN,
                    created_at=DAY - dt.timedelta(minutes=number),
                    customer="Anna" if number % 2 else "Bela",
                )
            )
            for number in range(5_000)
        ]
        app.history._known.take(calls, all_read=True)
        app.history._fill()
        await pilot.press("end")
        await until(pilot, lambda: highlighted(app).call_id.endswith("004999"))
        assert calls_of(app).scroll_offset.y > 4_900
        await search(pilot, app, "customer:anna -id:0001")
        await until(pilot, lambda: "of 5,000" in str(app.history.query_one("#history--calls").border_subtitle))
        found = sum(number % 2 == 1 and "0001" not in f"-{number:06}" for number in range(5_000))
        assert str(app.history.query_one("#history--calls").border_subtitle) == f"{found:,} of 5,000"
        assert len(calls_of(app).children) == 0, "rows are drawn, not mounted"


@pytest.mark.parametrize("size", [(80, 24), (160, 48), (59, 20), (40, 12), (20, 5)])
async def test_every_size_shows_the_highlighted_call_in_the_list(
    tmp_path: Path, storage: LocalStorage, size: tuple[int, int]
) -> None:
    for number in range(12):
        save(storage, number, DAY)
    async with opened(tmp_path, size) as (pilot, app):
        await pilot.press("end")
        call = highlighted(app)
        await until(pilot, lambda: call.customer[:3] in text_of(app))
        await pilot.resize_terminal(120, 36)
        await pilot.resize_terminal(*size)
        await until(pilot, lambda: call.customer[:3] in text_of(app))


async def test_searching_filters_while_typing_and_escape_empties_it(tmp_path: Path, storage: LocalStorage) -> None:
    anna, bela = save(storage, 0, DAY), save(storage, 1, DAY, Outcome.ESCALATED)
    async with opened(tmp_path) as (pilot, app):
        assert await pilot.click("#history--search")
        await pilot.press(*"bela")
        await shows(pilot, app, bela)
        assert "1 of 2" in str(app.history.query_one("#history--calls").border_subtitle)
        await pilot.press("enter", "escape")
        await until(pilot, lambda: not app.history.query_one("#history--calls").border_subtitle)
        await search(pilot, app, "zebra")
        await until(pilot, lambda: "No call fits this search" in text_of(app))
        await search(pilot, app, "outcome:resolved")
        await shows(pilot, app, anna)
        await pilot.press("slash")
        app.history.query_one(Input).value = "on:soon"
        await until(pilot, lambda: "▲ on: takes a date like 2026-11-01" in text_of(app))
        app.history.query_one(Input).value = "foo:bar anna"
        await until(pilot, lambda: 'No filter "foo" (f1 lists all)' in text_of(app))
        assert highlighted(app).call_id == anna, "the rest of the search holds"
        app.history.query_one(Input).value = "is:star"
        await until(pilot, lambda: "▲" not in text_of(app))


async def test_a_search_keeps_the_highlighted_call_where_it_finds_it_and_else_goes_to_the_first(
    tmp_path: Path, storage: LocalStorage
) -> None:
    outcomes = (Outcome.ESCALATED, Outcome.ESCALATED, Outcome.ESCALATED, Outcome.RESOLVED)
    ids = [save(storage, number, DAY, outcome) for number, outcome in enumerate(outcomes)]
    async with opened(tmp_path) as (pilot, app):
        box = app.history.query_one(Input)

        async def type_in(text: str, found: int) -> str:
            box.value = text
            told = f"{found} of 4" if text else ""
            await until(pilot, lambda: str(app.history.query_one("#history--calls").border_subtitle or "") == told)
            return highlighted(app).call_id

        await pilot.press("down", "slash")
        assert await type_in("escalated", 3) == ids[1]
        assert await type_in("resolved", 1) == ids[3], "the first that is found"
        assert await type_in("escalated", 3) == ids[1], "it was only lost on the way"
        assert await type_in("", 4) == ids[1]
        await pilot.press("enter", "end", "slash")
        assert await type_in("escalated", 3) == ids[0]
        await pilot.press("enter")
        assert await type_in("", 4) == ids[0], "what a search was for stays"


def _segments(app: Shell, call: CallSummary) -> list[Segment]:
    """How the row of a call is drawn."""
    calls = calls_of(app)
    at = next(y for y, each in enumerate(calls._calls) if each.call_id == call.call_id)
    return list(calls.render_line(at))


@pytest.mark.parametrize("theme", sorted(load_themes().themes))
async def test_the_highlighted_call_and_the_one_being_heard_can_be_read(
    theme: str, tmp_path: Path, storage: LocalStorage
) -> None:
    for number in range(3):
        save(storage, number, DAY)
    storage.annotate(break_off(storage, 3, DAY), CallNotes(title="Broken off", tags=["demo"], starred=True))
    async with opened(tmp_path) as (pilot, app):
        app.register_theme(load_themes().themes[theme])
        app.theme = theme
        await pilot.press("end")
        call = highlighted(app)
        app.history._list.mark(playing=call.call_id, marked=call.call_id)
        ground = Color.parse(app.current_theme.to_color_system().generate()["background"])
        for keys in (("1",), ("slash",), ("enter", "home")):
            await pilot.press(*keys)
            await pilot.pause()
            for segment in _segments(app, call):
                style = segment.style
                assert style is not None
                assert style.color is not None
                behind = ground if style.bgcolor is None else Color.from_rich_color(style.bgcolor)
                if highlighted(app) == call:
                    assert not style.dim
                elif "♪" not in segment.text:
                    continue
                assert contrast(Color.from_rich_color(style.color), behind) >= 4.5, segment


@pytest.mark.parametrize("width", [60, 80, 110, 120, 160])
async def test_every_row_tells_day_and_time_and_no_hint_is_cut(
    width: int, tmp_path: Path, storage: LocalStorage
) -> None:
    for number in range(0, 50, 12):
        save(storage, number, DAY)
    async with opened(tmp_path, (width, 30)) as (_pilot, app):
        for call in app.history._known.calls:
            row = "".join(segment.text for segment in _segments(app, call))
            assert call.created_at is not None
            assert f"{call.created_at.astimezone():%d %b %H:%M}" in row
        box = app.history.query_one(Input)
        assert 0 < len(box.placeholder) < box.size.width


async def test_the_top_line_says_less_before_it_cuts_what_is_marked(tmp_path: Path, storage: LocalStorage) -> None:
    call_id = save(storage, 0, DAY)
    storage.annotate(call_id, CallNotes(title="The one for the demo"))
    break_off(storage, 1, DAY)
    async with opened(tmp_path, (120, 30)) as (pilot, app):
        await pilot.press("x")
        await until(
            pilot, lambda: "! 1 interrupted (R recovers all) · ◆ The one for the demo (c compares)" in text_of(app)
        )
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "! 1 interrupted · ◆ The one for the demo " in text_of(app))


@proves("history", "key", "back")
async def test_escape_at_rest_leaves_for_the_live_screen(tmp_path: Path, storage: LocalStorage) -> None:
    save(storage, 0, DAY)
    async with opened(tmp_path) as (pilot, app):
        await pilot.press("2", "escape")
        assert not app.went_live
        assert app.focused is calls_of(app)
        await pilot.press("escape")
        await until(pilot, lambda: app.went_live)


async def test_the_newest_are_there_before_the_others_are_read(
    tmp_path: Path, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [save(storage, number, DAY) for number in range(3)]
    may_go_on = threading.Event()
    read_all = LocalStorage.list_conversations

    def slow(self: LocalStorage) -> list[CallSummary]:
        calls = read_all(self)
        assert may_go_on.wait(30)
        return calls

    monkeypatch.setattr("vcg_tui.tui.screens.history._SCREENFUL", 2)
    monkeypatch.setattr(LocalStorage, "list_conversations", slow)
    async with opened(tmp_path) as (pilot, app):
        pane = app.history.query_one("#history--calls")
        assert "reading the older ones" in str(pane.border_subtitle)
        await pilot.press("end")
        assert highlighted(app).call_id == ids[1]
        await pilot.press("s")  # what is done meanwhile is not undone by a list that was read before
        await until(pilot, lambda: highlighted(app).starred)
        may_go_on.set()
        await until(pilot, lambda: not pane.border_subtitle)
        assert highlighted(app).call_id == ids[1]
        assert highlighted(app).starred


async def test_who_leaves_while_the_calls_are_read_is_out(
    tmp_path: Path, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(storage, 0, DAY)
    async with opened(tmp_path) as (pilot, app):
        screen = app.history
        await screen.query("*").remove()  # as it is for a moment while the screen is taken away
        await screen._read_list()
        await pilot.pause()
        assert app.is_running
