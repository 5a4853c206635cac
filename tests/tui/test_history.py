from __future__ import annotations

import datetime as dt
import shutil
import threading
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.tui.history_steps import (
    DAY,
    calls_of,
    highlighted,
    opened,
    search,
    shows,
    text_of,
    until,
)
from tests.tui.proofs import proves
from tests.tui.saved_calls import plan_of, save
from vcg_tui.models.conversation import CallState, CallSummary, Outcome
from vcg_tui.providers.storage.local import LocalStorage
from vcg_tui.tui.call_search import SearchedCall
from vcg_tui.tui.widgets.call_list import CallList


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "calls")


async def test_an_empty_history_tells_how_to_make_the_first_call(tmp_path: Path) -> None:
    async with opened(tmp_path) as (pilot, app):
        await until(pilot, lambda: "No call is saved yet. Press f2" in text_of(app))
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
            await until(pilot, lambda: "can be heard when it has ended" in text_of(app))
            await pilot.press("d", "enter")
            await until(pilot, lambda: "stop it before you delete it" in app.told and "can't be heard" in app.told)
            writer.close()
            await until(pilot, lambda: highlighted(app).state is CallState.INTERRUPTED)
    finally:
        writer.close()


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
        await until(pilot, lambda: "There is no call" in text_of(app))
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
        await until(pilot, lambda: str(app.history.query_one("#history--calls").border_subtitle) == "2")
        await search(pilot, app, "zebra")
        await until(pilot, lambda: "No call fits this search" in text_of(app))
        await search(pilot, app, "outcome:resolved")
        await shows(pilot, app, anna)
        await pilot.press("slash")
        app.history.query_one(Input).value = "on:soon"
        await until(pilot, lambda: "▲ on: takes a date like 2026-11-01" in text_of(app))
        app.history.query_one(Input).value = "foo:bar anna"
        await until(pilot, lambda: "there is no filter 'foo'; there are customer," in text_of(app))
        assert highlighted(app).call_id == anna, "the rest of the search holds"
        app.history.query_one(Input).value = "is:star"
        await until(pilot, lambda: "▲" not in text_of(app))


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
        await until(pilot, lambda: str(pane.border_subtitle) == "3")
        assert highlighted(app).call_id == ids[1]
        assert highlighted(app).starred
