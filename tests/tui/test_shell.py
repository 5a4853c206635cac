"""The app around the live screen: help, palette, jump, keys, sizes, leaving, trouble."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from textual.command import CommandInput, CommandList
from textual.widgets import Input, OptionList, Static

from tests.fake_providers import ScriptedLLM, said
from tests.tui.live_steps import Live, kept_calls, live
from tests.tui.mouse_steps import click_footer
from tests.tui.proofs import proves
from vcg_tui.tui.palette import Palette
from vcg_tui.tui.screens.call_dialog import CallDialog
from vcg_tui.tui.screens.confirm import ConfirmScreen
from vcg_tui.tui.screens.dialog import Dialog
from vcg_tui.tui.screens.help import HelpScreen
from vcg_tui.tui.screens.history import HistoryScreen
from vcg_tui.tui.screens.jump import JumpScreen
from vcg_tui.tui.widgets.key_footer import KeyFooter
from vcg_tui.tui.widgets.metrics_pane import MetricsPane
from vcg_tui.tui.widgets.persona_picker import PersonaPicker


async def palette(shown: Live, typed: str) -> list[str]:
    """What the palette offers for some words."""
    await shown.press("ctrl+p")
    await shown.until(lambda: shown.app.screen.query(CommandInput))
    await shown.press(*typed)
    commands = shown.app.screen.query_one(CommandList)
    await shown.until(lambda: typed[:4].lower() in str([option.prompt for option in commands.options]).lower())
    return [str(option.prompt) for option in commands.options]


# ------------------------------------------------------------------ help, palette, jump


@pytest.mark.parametrize(
    ("key", "about"), [("1", "enter picks"), ("3", "Drag to select"), ("4", "The call in figures")]
)
@proves("app", "key", "help")
async def test_f1_explains_the_focused_pane_and_lists_keys(tmp_path: Path, key: str, about: str) -> None:
    async with live(tmp_path) as shown:
        if key == "3":
            await shown.run()
        await shown.press(key, "f1")
        await shown.until(lambda: isinstance(shown.app.screen, HelpScreen) and "esc closes" in shown.text)
        assert about in " ".join(str(each.visual) for each in shown.app.screen.query(Static))
        assert "f5" in shown.text.lower()
        await shown.press("escape")
        await shown.until(lambda: shown.app.screen is shown.screen)


@proves("app", "key", "command-palette")
async def test_the_palette_offers_what_applies_now_and_runs_it(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        assert not any("Call: Stop" in each for each in await palette(shown, "Call:"))
        await shown.press("escape")
        await shown.until(lambda: shown.app.screen is shown.screen)
        assert any("Call: Run" in each for each in await palette(shown, "Call: Run"))
        await shown.press("enter")
        await shown.until(lambda: shown.turn(1) is not None)
        assert any("Call: Stop" in each for each in await palette(shown, "Call: Stop"))
        await shown.press("enter")
        await shown.until(lambda: not shown.screen.busy)


@proves("app", "key", "jump")
async def test_jump_goes_by_letter_and_by_click(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.press("ctrl+o")
        await shown.until(lambda: isinstance(shown.app.screen, JumpScreen))
        letters = shown.app.screen._by_letter
        letter = next(key for key, pane in letters.items() if isinstance(pane, MetricsPane))
        await shown.press(letter)
        await shown.until(lambda: shown.screen.query_one(MetricsPane).has_focus)
        await shown.press("ctrl+o")
        await shown.until(lambda: isinstance(shown.app.screen, JumpScreen))
        support = shown.screen.query_one("#support", PersonaPicker).query_one(OptionList)
        letter = next(key for key, pane in letters.items() if pane is support)
        label = next(each for each in shown.app.screen.query("Label") if str(each.render()).strip() == letter)
        await shown.pilot.click(label)
        await shown.until(lambda: support.has_focus)
        await shown.press("ctrl+o", "escape")
        await shown.until(lambda: shown.app.screen is shown.screen)


async def test_the_letters_of_jump_follow_the_panes_when_the_terminal_changes(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.press("ctrl+o")
        await shown.until(lambda: isinstance(shown.app.screen, JumpScreen))
        for size in ((80, 24), (160, 48), (90, 20)):
            await shown.pilot.resize_terminal(*size)
            panes = shown.app.screen._by_letter
            labels = {str(label.render()).strip(): label for label in shown.app.screen.query("Label")}

            def right(panes: dict[str, Any] = panes, labels: dict[str, Any] = labels) -> bool:
                shown_now = {letter for letter, pane in panes.items() if pane.region.area}
                where = {letter: (pane.region.x + 1, pane.region.y) for letter, pane in panes.items()}
                return {each for each, label in labels.items() if label.display} == shown_now and all(
                    (labels[each].region.x, labels[each].region.y) == where[each] for each in shown_now
                )

            await shown.until(right)


async def test_before_the_first_call_a_terminal_that_was_tiny_gives_the_focus_back(tmp_path: Path) -> None:
    async with live(tmp_path, tui={}) as shown:
        await shown.pilot.resize_terminal(20, 5)
        await shown.until(lambda: shown.app.focused is None)
        await shown.pilot.resize_terminal(120, 36)
        await shown.until(lambda: shown.app.focused is shown.screen.query_one("#customers", PersonaPicker).list)


async def test_the_call_is_kept_before_providers_and_device_are_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[int] = []
    async with live(tmp_path) as shown:
        close = shown.screen.backstage.aclose

        async def closing() -> None:
            kept.append(len(kept_calls(tmp_path)))
            await close()

        monkeypatch.setattr(shown.screen.backstage, "aclose", closing)
        await shown.run_to_third()
        shown.app.exit()
    assert kept
    assert kept[0] == 1


async def test_the_footer_tells_what_can_be_done_now(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with live(tmp_path, llm=ScriptedLLM({2: [[gate, *said("never")]]})) as shown:

        def footer() -> str:
            return shown.text.splitlines()[-1]

        assert "f5 Run" in footer()
        assert not any(key in footer() for key in ("Stop", "Pause", "Live"))
        assert "f3 History" in footer()
        await shown.run()
        await shown.until(lambda: "esc Stop" in footer() and "space Pause" in footer())
        await shown.press("f3")
        await shown.until(lambda: isinstance(shown.app.screen, HistoryScreen) and "f2 Live" in footer())
        assert "History" not in footer()


async def test_the_footer_has_at_most_seven_keys_and_a_click_runs_one(tmp_path: Path) -> None:
    async with live(tmp_path, (80, 24)) as shown:
        await shown.until(lambda: 0 < len(shown.screen.query_one(KeyFooter).entries) <= 7)
        last = shown.text.splitlines()[-1]
        assert "Run" in last
        assert "History" in last
        await click_footer(shown, "Run")
        await shown.until(lambda: shown.turn(1) is not None)


async def test_the_footer_shows_whole_keys_alone_and_tells_what_they_do(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        footer = shown.screen.query_one(KeyFooter)
        for width in (80, 50, 31, 20, 120):
            await shown.pilot.resize_terminal(width, 24)
            await shown.until(lambda expected=width: footer.outer_size.width == expected and footer.entries)
            line = shown.text.splitlines()[-1].split("  ")
            words = [part.strip() for part in line if part.strip()]
            assert words == [f"{entry.shown} {entry.word}" for entry in footer.entries]
        await shown.pilot.hover(footer, offset=(3, 0))
        assert footer.tooltip == "Makes a call with the two picked personas."


@proves("live", "key", "focus-transcript", "focus-metrics")
async def test_every_pane_shows_its_key(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        for title in ("1 Customers", "2 Support", "3 Transcript", "4 Metrics"):
            assert title in shown.text
            await shown.press(title[0])
        assert shown.screen.query_one(MetricsPane).has_focus


# ------------------------------------------------------------------ keys from the settings


async def test_a_keymap_from_the_settings_applies_and_a_wrong_one_is_told(tmp_path: Path) -> None:
    keymap = {"run-call": "f8", "mute": "notakey", "nonsense": "f9", "pause": "m"}
    async with live(tmp_path, tui={"keymap": keymap, "first_run_done": True}) as shown:
        await shown.until(lambda: "nonsense: there is no such action" in shown.said)
        assert "'notakey' is no key" in shown.said
        assert "m is the key of Mute" in shown.said
        await shown.press("f5")
        await shown.pilot.pause()
        assert not shown.screen.busy
        await shown.press("f8")
        await shown.until(lambda: shown.turn(1) is not None)
        await shown.press("m")
        await shown.until(lambda: shown.player.muted)


# ------------------------------------------------------------------ sizes


@proves("live", "key", "toggle-sidebar")
async def test_the_sidebar_lies_over_the_transcript_on_a_narrow_screen(tmp_path: Path) -> None:
    async with live(tmp_path, (70, 24)) as shown:
        sidebar = shown.screen.query_one("#sidebar")
        assert not sidebar.display
        await shown.press("ctrl+b")
        await shown.until(lambda: "1 Customers" in shown.text)
        assert shown.screen.query_one("#middle").region.width == 70
        await shown.press("home", "enter")
        await shown.until(lambda: shown.screen.customer == shown.screen.backstage.personas.customers[0])
        await shown.press("escape")
        await shown.until(lambda: not sidebar.display)
        await shown.press("2")
        await shown.until(lambda: sidebar.display)
        await shown.press("ctrl+b")
        await shown.until(lambda: not sidebar.display)


async def test_the_sidebar_can_be_put_away_on_a_wide_screen(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.press("ctrl+b")
        await shown.until(lambda: "1 Customers" not in shown.text)
        await shown.press("ctrl+b")
        await shown.until(lambda: "1 Customers" in shown.text)


async def test_a_tiny_screen_has_transcript_and_player_only(tmp_path: Path) -> None:
    async with live(tmp_path, (50, 14)) as shown:
        await shown.run()
        assert "3 Transcript" in shown.text
        for gone in ("Customers", "Support ─", "Metrics", "first audio"):
            assert gone not in shown.text
        assert "/00:" in shown.text


async def test_a_resize_to_almost_nothing_and_back_while_a_call_runs(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.run()
        for size in ((20, 5), (1, 1), (60, 16), (20, 5), (160, 48), (120, 36)):
            await shown.pilot.resize_terminal(*size)
            shown.player.hear(0.3)
            await shown.pilot.pause()
        await shown.until(lambda: (shown.player.hear_all(), not shown.screen.busy)[1])
        assert "This is what turn number 4" in " ".join(turn.text for turn in shown.session.turns)
        assert "1 Customers" in shown.text


# ------------------------------------------------------------------ leaving


async def test_quitting_during_a_call_asks_once_and_keeps_the_call(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with live(tmp_path, llm=ScriptedLLM({3: [[gate, *said("never")]]})) as shown:
        await shown.run()
        await shown.hear_until(lambda: shown.bar.turn == 2)
        await shown.press("ctrl+q", "ctrl+q")
        await shown.until(lambda: isinstance(shown.app.screen, ConfirmScreen))
        assert len(shown.app.screen_stack) == 2
        await shown.press("n")
        await shown.until(lambda: shown.app.screen is shown.screen)
        assert shown.screen.busy
        await shown.press("ctrl+q")
        await shown.until(lambda: isinstance(shown.app.screen, ConfirmScreen))
        await shown.pilot.click("#yes")
        await shown.until(lambda: not shown.app.is_running or shown.app._exit)
    (folder,) = kept_calls(tmp_path)
    assert json.loads((folder / "conversation.json").read_text())["end_reason"] == "stopped"
    assert shown.player.closed


async def test_however_the_app_ends_the_call_is_kept(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with live(tmp_path, llm=ScriptedLLM({3: [[gate, *said("never")]]})) as shown:
        await shown.run()
        await shown.until(lambda: shown.turn(2) and shown.turn(2).end_s is not None)
        shown.app.exit()
    (folder,) = kept_calls(tmp_path)
    kept = json.loads((folder / "conversation.json").read_text())
    assert kept["end_reason"] == "stopped"
    assert len(kept["turns"]) == 2


async def test_quitting_without_a_call_just_leaves(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.press("ctrl+q")
        await shown.until(lambda: shown.app._exit)


async def test_quitting_from_a_dialog_with_a_field_in_it(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.press("s")
        await shown.until(lambda: isinstance(shown.app.screen, CallDialog) and isinstance(shown.app.focused, Input))
        await shown.press("ctrl+q")
        await shown.until(lambda: shown.app._exit)


@pytest.mark.parametrize("opens", ["f1", "ctrl+o", "ctrl+p"])
async def test_quitting_from_a_dialog_asks_over_it(tmp_path: Path, opens: str) -> None:
    async with live(tmp_path, llm=ScriptedLLM({3: [[asyncio.Event(), *said("never")]]})) as shown:
        await shown.run()
        await shown.press(opens)
        await shown.until(lambda: isinstance(shown.app.screen, Dialog | Palette))
        dialog = shown.app.screen
        await shown.press("ctrl+q")
        await shown.until(lambda: isinstance(shown.app.screen, ConfirmScreen))
        await shown.press("n")
        await shown.until(lambda: shown.app.screen is dialog)
        await shown.press("ctrl+q")
        await shown.until(lambda: isinstance(shown.app.screen, ConfirmScreen))
        await shown.press("y")
        await shown.until(lambda: shown.app._exit)


async def test_a_call_goes_on_while_another_screen_is_looked_at(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.run()
        await shown.press("f3")
        await shown.until(lambda: isinstance(shown.app.screen, HistoryScreen))
        assert "f2 comes back" in shown.said
        await shown.until(lambda: (shown.player.hear_all(), not shown.screen.busy)[1])
        await shown.press("f2")
        await shown.until(lambda: shown.app.screen is shown.screen and "turn number 4" in shown.text)


def test_animations_can_be_switched_off(tmp_path: Path) -> None:
    snippet = (
        "from pathlib import Path\nfrom vcg_tui.config import load_settings\nfrom vcg_tui.tui.app import VcgApp\n"
        "print(VcgApp(load_settings(cwd=Path('.'))).animation_level)"
    )
    import os

    def level(value: str) -> str:
        environment = {**os.environ, "TEXTUAL_ANIMATIONS": value, "PYTHONPATH": str(Path(__file__).parents[2])}
        done = subprocess.run(
            [sys.executable, "-c", snippet], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    assert (level("none"), level("full")) == ("none", "full")
