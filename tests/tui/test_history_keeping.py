from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.tui.history_steps import (
    DAY,
    begin_to_listen,
    calls_of,
    highlighted,
    opened,
    preview_of,
    search,
    text_of,
    until,
)
from tests.tui.proofs import proves
from tests.tui.saved_calls import break_off, save
from vcg_tui.models.conversation import CallNotes, CallState, Outcome
from vcg_tui.providers.storage.local import LocalStorage
from vcg_tui.tui.comparison import compare
from vcg_tui.tui.screens.compare import CompareScreen
from vcg_tui.tui.screens.confirm import ConfirmScreen
from vcg_tui.tui.widgets.call_list import CallList


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "calls")


@proves("history", "key", "star-call")
@proves("history", "mouse", "star-call")
async def test_a_star_by_key_and_by_mouse(tmp_path: Path, storage: LocalStorage) -> None:
    call_id = save(storage, 0, DAY)
    async with opened(tmp_path) as (pilot, app):
        await pilot.press("s")
        await until(pilot, lambda: highlighted(app).starred)
        assert storage.load_conversation(call_id).notes.starred
        await until(pilot, lambda: "★" in text_of(app))
        assert await pilot.click(CallList, offset=(1, 0))
        await until(pilot, lambda: not highlighted(app).starred)
        links = app.history.query_one("#history--links")
        assert await pilot.click(links, offset=(2, 0))
        await until(pilot, lambda: highlighted(app).starred)


@proves("history", "key", "rename-call", "tag-call", "search")
async def test_a_title_and_tags_are_kept_and_found(tmp_path: Path, storage: LocalStorage) -> None:
    call_id = save(storage, 0, DAY)
    save(storage, 1, DAY)
    async with opened(tmp_path) as (pilot, app):
        await pilot.press("e", *"Router", "enter")
        await until(pilot, lambda: highlighted(app).title == "Router")
        await pilot.press("t", *"demo, #long one")
        await until(pilot, lambda: "#demo #long #one  (3 tags)" in text_of(app))
        assert await pilot.click("#save")
        await until(pilot, lambda: highlighted(app).tags == ["demo", "long", "one"])
        assert storage.load_conversation(call_id).notes == CallNotes(title="Router", tags=["demo", "long", "one"])
        await until(pilot, lambda: "Router" in text_of(app) and "#demo" in text_of(app))
        await pilot.press("e", *" not kept")
        assert await pilot.click("#cancel")
        await until(pilot, lambda: app.screen is app.history)
        assert highlighted(app).title == "Router"
        await search(pilot, app, "#demo")
        assert "1 of 2" in str(app.history.query_one("#history--calls").border_subtitle)


@proves("history", "key", "delete-call")
async def test_deleting_asks_first(tmp_path: Path, storage: LocalStorage) -> None:
    first, second, third = (save(storage, number, DAY) for number in range(3))
    async with opened(tmp_path) as (pilot, app):
        await begin_to_listen(pilot, app)
        for answer in ("escape", "n", "enter"):
            await pilot.press("d")
            await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
            await pilot.press(answer)
            await until(pilot, lambda: app.screen is app.history)
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        assert await pilot.click(offset=(2, 2))
        await until(pilot, lambda: app.screen is app.history)
        assert len(storage.list_conversations()) == 3
        await pilot.press("delete", "y")
        await until(pilot, lambda: highlighted(app).call_id == second)
        assert app.history.listening.call_id is None
        await pilot.press("down", "d")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        assert await pilot.click("#yes")
        await until(pilot, lambda: highlighted(app).call_id == second)
        assert [call.call_id for call in storage.list_conversations()] == [second]
        assert {first, third}.isdisjoint(path.name for path in (tmp_path / "calls").iterdir())


@proves("history", "key", "recover-call", "recover-all-calls")
async def test_interrupted_calls_are_marked_and_recovered(tmp_path: Path, storage: LocalStorage) -> None:
    for number in range(3):
        break_off(storage, number, DAY)
    break_off(storage, 3, DAY, turns=0)
    whole = save(storage, 4, DAY)
    async with opened(tmp_path) as (pilot, app):
        await until(pilot, lambda: "! 4 interrupted" in text_of(app))
        await until(pilot, lambda: "vcg was closed during this call." in text_of(app))
        await until(pilot, lambda: "2 finished turns." in text_of(app))
        await pilot.press("r")
        await until(pilot, lambda: highlighted(app).state is CallState.WHOLE)
        assert "1 call is recovered" in app.told
        await pilot.press("r")
        await until(pilot, lambda: "Only an interrupted call" in app.told)
        await pilot.press("R")
        await until(pilot, lambda: "! 1 interrupted" in text_of(app))
        assert "2 calls are recovered" in app.told
        assert "Nothing of call" in app.told
        states = {call.call_id: call.state for call in storage.list_conversations()}
        assert list(states.values()).count(CallState.WHOLE) == 4
        assert states[whole] is CallState.WHOLE


@proves("history", "key", "mark-call", "compare-calls")
async def test_two_calls_are_compared(tmp_path: Path, storage: LocalStorage) -> None:
    first, second = save(storage, 0, DAY), save(storage, 3, DAY, Outcome.ESCALATED)
    async with opened(tmp_path) as (pilot, app):
        await pilot.press("c")
        await until(pilot, lambda: "Mark a call with x first" in app.told)
        await pilot.press("x", "c")
        await until(pilot, lambda: "This is the marked call" in app.told)
        await until(pilot, lambda: "◆" in text_of(app))
        await pilot.press("down", "c")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await until(pilot, lambda: "escalated" in text_of(app))
        await until(pilot, lambda: "differs" in text_of(app))
        await until(pilot, lambda: "▴ +0.30 s (+75%)" in text_of(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.history)
        await pilot.press("up", "x")
        assert app.history.marked is None
    rows = {row.name: row for row in compare(storage.load_conversation(second), storage.load_conversation(first))}
    assert rows["first audio"].difference == "−0.30 s (−43%)"
    assert rows["first audio"].verdict == "better"
    length = rows["length"]
    assert (length.first, length.second, length.difference) == ("00:11.0", "00:04.2", "−00:06.8 (−62%)")
    assert (rows["turns"].first, rows["turns"].second, rows["turns"].difference) == ("5", "2", "−3 (−60%)")
    assert (rows["customer"].difference, rows["support"].difference) == ("differs", "")
    assert rows["cost"].first == "–"


@pytest.mark.skipif(sys.platform != "linux", reason="another program opens folders there")
@proves("history", "key", "open-folder")
async def test_the_folder_opens_and_its_path_is_copied(
    tmp_path: Path, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_id = save(storage, 0, DAY)
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    path = tmp_path / "calls" / call_id
    async with opened(tmp_path) as (pilot, app):
        await pilot.press("o")
        await until(pilot, lambda: "No program xdg-open is here" in app.told)
        assert app.copied == str(path)
        opener = programs / "xdg-open"
        opener.write_text(f'#!/bin/sh\necho "$1" > "{tmp_path}/opened"\nexit 0\n')
        opener.chmod(0o755)
        await pilot.press("o")
        await until(pilot, lambda: f"Opened {path}" in app.told)
        assert (tmp_path / "opened").read_text().strip() == str(path)
        opener.write_text("#!/bin/sh\nexit 3\n")
        await pilot.press("o")
        await until(pilot, lambda: "xdg-open could not open" in app.told)


@proves("history", "key", "focus-calls", "focus-call-transcript", "focus-call-metrics")
async def test_the_panes_are_reached_by_keys(tmp_path: Path, storage: LocalStorage) -> None:
    save(storage, 0, DAY)
    async with opened(tmp_path, (80, 24)) as (pilot, app):
        preview = preview_of(app)
        await pilot.press("3")
        assert app.focused is preview.figures
        await until(pilot, lambda: "─ 3 Metrics" in text_of(app) and "─ 2 Transcript ───" not in text_of(app))
        await pilot.press("2")
        assert app.focused is preview.transcript
        await until(pilot, lambda: "─ 2 Transcript ───" in text_of(app) and "─ 3 Metrics ───" not in text_of(app))
        await pilot.press("1")
        assert app.focused is calls_of(app)
