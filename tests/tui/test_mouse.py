"""What a person does with the mouse alone."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from tests.fake_providers import ScriptedLLM, said
from tests.tui import live_steps, saved_calls
from tests.tui.history_steps import DAY, calls_of, highlighted, opened, preview_of, text_of, until
from tests.tui.live_steps import live
from tests.tui.mouse_steps import click_footer, click_text, wheel
from tests.tui.proofs import proves
from tests.tui.saved_calls import GAP_S, TURN_S, break_off, save
from tests.tui.stage import until as stage_until
from tests.tui.test_personas_screen import stage as personas_stage
from tests.tui.test_settings_screen import stage as settings_stage
from vcg_tui.models.conversation import CallState
from vcg_tui.paths import user_config_file
from vcg_tui.providers.storage.local import LocalStorage
from vcg_tui.services.pairing import choose_pair
from vcg_tui.tui.palette import Palette
from vcg_tui.tui.screens.call_dialog import CallDialog
from vcg_tui.tui.screens.call_notes import CallNotesScreen
from vcg_tui.tui.screens.compare import CompareScreen
from vcg_tui.tui.screens.confirm import ConfirmScreen
from vcg_tui.tui.screens.persona_form import PersonaFormScreen
from vcg_tui.tui.widgets.metrics_pane import MetricsPane
from vcg_tui.tui.widgets.persona_picker import PersonaPicker
from vcg_tui.tui.widgets.player_bar import PlayerBar
from vcg_tui.tui.widgets.transcript_search import TranscriptSearch

Heard = live_steps.HandPlayer | saved_calls.HandPlayer
PLAYING = ("pause", "skip-turn", "restart-turn", "mute", "louder", "softer", "faster", "slower")


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "calls")


async def use_the_bar(pilot: Pilot[Any], player: Heard, wait: Callable[[Callable[[], object]], Any]) -> None:
    """Everything on the player's line, while a call of several turns is at the start of its first."""
    bar = pilot.app.screen.query_one(PlayerBar)

    def shows(text: str) -> Any:
        return wait(lambda: text in bar.render().plain)

    await shows(" ▶ ")
    await click_text(pilot, "▶", within=bar)
    await wait(lambda: player.paused)
    await shows(" ❚❚ ")
    await click_text(pilot, "❚❚", within=bar)
    await wait(lambda: not player.paused)
    await click_text(pilot, "»", within=bar)
    player.hear(0.5)
    assert player.heard_turn is not None
    assert player.heard_turn.turn == 2
    await click_text(pilot, "«", within=bar)
    assert player.heard_turn.turn == 2
    assert player.heard_turn.elapsed_s < 0.01
    await click_text(pilot, "vol 100", within=bar)
    await wait(lambda: player.muted)
    await shows("muted")
    await click_text(pilot, "muted", within=bar)
    await wait(lambda: not player.muted)
    await shows("vol 100")
    await wheel(pilot, "vol", up=False, within=bar)
    await wheel(pilot, "vol", up=False, within=bar)
    await wheel(pilot, "vol", up=True, within=bar)
    assert player.volume == pytest.approx(0.9)
    await wheel(pilot, "1x", up=True, within=bar)
    assert player.speed == 1.25
    await shows("1.25x")
    await wheel(pilot, "1.25x", up=False, within=bar)
    await shows(" 1x")
    for speed in (1.25, 1.5, 1.75, 2.0, 0.75, 1.0):
        await click_text(pilot, f"{player.speed:g}x", within=bar)
        assert player.speed == speed
        await shows(f" {speed:g}x")


# ------------------------------------------------------------------ the live screen


@proves("live", "mouse", *PLAYING)
@proves("live", "mouse", "replay", dispatched=False)
async def test_the_players_line_on_the_live_screen(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.run_to_end()
        bar = shown.screen.query_one(PlayerBar)
        # heard to its end: the mark begins again
        await click_text(shown, "■", within=bar)
        await shown.until(lambda: shown.player.position_s == 0 and not shown.player.drained)
        shown.player.hear(0.5)
        await use_the_bar(shown.pilot, shown.player, shown.until)
        await wheel(shown, "─", up=True, within=bar)
        assert shown.player.position_s > 5
        await shown.pilot.click(bar, offset=(bar.line.start, 0))
        await shown.until(lambda: shown.player.position_s == 0)


@proves("live", "mouse", "toggle-sidebar", "call-settings")
@proves("app", "mouse", "command-palette")
async def test_the_top_line(tmp_path: Path) -> None:
    async with live(tmp_path, (70, 24)) as shown:
        assert shown.screen.customer is not None
        await click_text(shown, shown.screen.customer.name)
        await shown.until(lambda: "1 Customers" in shown.text)
        await click_text(shown, shown.screen.customer.name)
        await shown.until(lambda: "1 Customers" not in shown.text)
        await click_text(shown, "scripted · tone")
        await shown.until(lambda: isinstance(shown.app.screen, CallDialog))
        await shown.pilot.click("#cancel")
        await shown.until(lambda: shown.app.screen is shown.screen)
        await click_text(shown, "vcg ▸")
        await shown.until(lambda: isinstance(shown.app.screen, Palette))


@proves("live", "mouse", "preview", "random-pair")
async def test_the_card_has_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with live(tmp_path) as shown:
        monkeypatch.setattr("vcg_tui.services.pairing.new_seed", lambda: 3)
        pair = choose_pair(shown.screen.backstage.personas, 3, None, None)
        assert pair != (shown.screen.customer, shown.screen.support)
        await click_text(shown, "random pair")
        await shown.until(lambda: (shown.screen.customer, shown.screen.support) == pair)
        await click_text(shown, "hear", last=True)
        await shown.until(lambda: shown.tts.asked and shown.tts.asked[-1] in shown.said)


@proves("live", "mouse", "run-call", "stop-call", "search")
@proves("live", "mouse", "focus-customers", "focus-support", "focus-transcript", "focus-metrics", dispatched=False)
async def test_panes_and_footer(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with live(tmp_path, llm=ScriptedLLM({2: [["Never ", gate, *said("whole.")]]})) as shown:
        await click_footer(shown, "Run")
        await shown.until(lambda: "Never" in shown.text)
        pickers = {name: shown.screen.query_one(f"#{name}", PersonaPicker) for name in ("customers", "support")}
        for picker in pickers.values():
            await shown.pilot.click(picker.query_one(OptionList), offset=(3, 0))
            assert picker.query_one(OptionList).has_focus
        await shown.pilot.click(MetricsPane, offset=(3, 3))
        assert shown.screen.query_one(MetricsPane).has_focus
        await shown.pilot.click(shown.transcript, offset=(3, 12))
        assert shown.transcript.has_focus
        await click_footer(shown, "Search")
        await shown.until(lambda: shown.screen.query_one(TranscriptSearch).has_focus)
        await shown.pilot.click(shown.transcript, offset=(3, 12))
        await click_footer(shown, "Stop")
        await shown.until(lambda: not shown.screen.busy)


# ------------------------------------------------------------------ saved calls


@proves("history", "mouse", *PLAYING, "play-call", "seek-back", "seek-on", "stop-listening", "back")
@proves("history", "mouse", "replay", dispatched=False)
async def test_the_players_line_on_the_history_screen(tmp_path: Path, storage: LocalStorage) -> None:
    save(storage, 4, DAY)
    async with opened(tmp_path) as (pilot, app):

        async def wait(condition: Callable[[], object]) -> None:
            await until(pilot, condition)

        await click_footer(pilot, "Listen")
        await wait(lambda: app.history.listening.player is not None and app.history.listening._feeding)
        await wait(lambda: app.history.listening._feeding and app.history.listening._feeding.done())
        hand, bar = app.backstage.hand, app.history.query_one(PlayerBar)
        hand.hear(0.5)
        await use_the_bar(pilot, hand, wait)
        hand.seek_s(2 * (TURN_S + GAP_S))
        await wheel(pilot, "─", up=True, within=bar)
        assert hand.position_s == pytest.approx(2 * (TURN_S + GAP_S) + 5, abs=0.1)
        await wheel(pilot, "─", up=False, within=bar)
        assert hand.position_s == pytest.approx(2 * (TURN_S + GAP_S), abs=0.1)
        await pilot.click(bar, offset=(bar.line.start, 0))
        await wait(lambda: hand.position_s == 0)
        await click_footer(pilot, "Stop")
        await wait(lambda: app.history.listening.call_id is None)
        assert not app.went_live
        await click_footer(pilot, "Back")
        await wait(lambda: app.went_live)


@pytest.mark.skipif(sys.platform != "linux", reason="another program opens folders there")
@proves("history", "mouse", "rename-call", "tag-call", "mark-call", "compare-calls", "open-folder", "delete-call")
@proves("history", "mouse", "search", "focus-call-transcript", "focus-call-metrics")
@proves("history", "mouse", "focus-calls", dispatched=False)
async def test_links_and_panes_of_the_history_screen(
    tmp_path: Path, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    first, second = save(storage, 0, DAY), save(storage, 1, DAY)
    async with opened(tmp_path) as (pilot, app):
        links = app.history.query_one("#history--links")
        for word, screen in (("Title", CallNotesScreen), ("Tags", CallNotesScreen)):
            await click_text(pilot, word, within=links)
            await until(pilot, lambda screen=screen: isinstance(app.screen, screen))
            await pilot.click("#cancel")
            await until(pilot, lambda: app.screen is app.history)
        await click_text(pilot, "Mark", within=links)
        await until(pilot, lambda: app.history.marked is not None)
        await pilot.click(calls_of(app), offset=(20, 1))
        assert app.focused is calls_of(app)
        assert highlighted(app).call_id == second
        await click_text(pilot, "Compare", within=links)
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.history)
        await click_text(pilot, "Folder", within=links)
        await until(pilot, lambda: app.copied.endswith(second))
        await pilot.click(preview_of(app).transcript, offset=(3, 12))
        assert app.focused is preview_of(app).transcript
        await click_text(pilot, "3 Metrics")  # where there is room for one of them, it is one of them
        await until(pilot, lambda: app.focused is preview_of(app).figures)
        await click_text(pilot, "2 Transcript", last=True)
        await until(pilot, lambda: app.focused is preview_of(app).transcript)
        await click_footer(pilot, "Search")
        await until(pilot, lambda: app.focused is not None and app.focused.id == "history--search")
        await click_text(pilot, "Delete", within=links)
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.click("#yes")
        await until(pilot, lambda: [call.call_id for call in storage.list_conversations()] == [first])


@proves("history", "mouse", "recover-call", "recover-all-calls")
async def test_interrupted_calls_are_recovered_by_clicks(tmp_path: Path, storage: LocalStorage) -> None:
    for number in range(3):
        break_off(storage, number, DAY)
    async with opened(tmp_path) as (pilot, app):
        await until(pilot, lambda: "! 3 interrupted" in text_of(app))
        await click_text(pilot, "Recover", within=app.history.query_one("#history--links"))
        await until(pilot, lambda: "! 2 interrupted" in text_of(app))
        await click_text(pilot, "! 2 interrupted")
        await until(pilot, lambda: "recovers all" not in text_of(app))
        assert {call.state for call in storage.list_conversations()} == {CallState.WHOLE}


# ------------------------------------------------------------------ personas, settings


@proves("personas", "mouse", "new-customer", "new-agent", "copy-persona", "edit-persona", "delete-persona")
@proves("personas", "mouse", "hear-voice", "open-persona-file", "leave-personas")
@proves("personas", "mouse", "focus-sheet", dispatched=False)
@proves("persona-form", "mouse", "leave-form", "save-persona")
async def test_links_of_the_personas_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "true")
    async with personas_stage() as (app, pilot, backstage):
        monkeypatch.setattr(app, "suspend", nullcontext)
        links = app.shown.query_one("#personas--links")
        for word in ("New agent", "New customer"):
            await click_text(pilot, word, within=links)
            await stage_until(pilot, lambda: isinstance(app.screen, PersonaFormScreen))
            await click_footer(pilot, "Leave")
            await stage_until(pilot, lambda: app.screen is app.shown)
        await click_text(pilot, "Copy", within=links)
        await stage_until(pilot, lambda: isinstance(app.screen, PersonaFormScreen))
        await click_footer(pilot, "Save")
        await stage_until(pilot, lambda: app.screen is app.shown and app.changes == 1)
        await click_text(pilot, "Edit", within=links)
        await stage_until(pilot, lambda: isinstance(app.screen, PersonaFormScreen))
        await click_footer(pilot, "Leave")
        await stage_until(pilot, lambda: app.screen is app.shown)
        await click_text(pilot, "Hear", within=links)
        await stage_until(pilot, lambda: backstage.quiet.fed)
        await click_text(pilot, "Open file", within=links)
        await stage_until(pilot, lambda: app.changes == 2)
        await pilot.click("#sheet", offset=(3, 3))
        assert app.focused is not None
        assert app.focused.id == "sheet"
        own = len(backstage.personas.entries())
        await click_text(pilot, "Delete", within=links)
        await stage_until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.click("#yes")
        await stage_until(pilot, lambda: len(backstage.personas.entries()) == own - 1)
        await click_footer(pilot, "Back")
        await stage_until(pilot, lambda: app.screen is not app.shown)


@proves("settings", "mouse", "reset-setting", "leave-settings")
@proves("settings", "mouse", "focus-sections", "focus-section", dispatched=False)
async def test_sections_and_footer_of_the_settings(tmp_path: Path) -> None:
    user_config_file().write_text("call:\n  max_turns: 7\n")
    async with settings_stage(tmp_path) as (app, pilot, _):
        await click_text(pilot, "Calls")
        await stage_until(pilot, lambda: app.shown.query("#field-call--max_turns"))
        row = app.shown.query_one("#field-call--max_turns")
        await stage_until(pilot, lambda: row.region)
        assert app.focused in row.walk_children()
        await click_text(pilot, "Text")
        await stage_until(pilot, lambda: not row.region)
        await click_text(pilot, "Calls")
        await stage_until(pilot, lambda: row.region)
        await pilot.click(row.query_one(Input))
        assert app.focused in row.walk_children()
        await click_footer(pilot, "Default")
        await stage_until(pilot, lambda: "max_turns" not in user_config_file().read_text())
        await click_footer(pilot, "Back")  # to the sections
        await stage_until(pilot, lambda: app.shown.query_one("#sections").has_focus)
        await click_footer(pilot, "Back")
        await stage_until(pilot, lambda: app.screen is not app.shown)
