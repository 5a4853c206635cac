"""Every action of the table is shown by key and by mouse, and the palette offers it where it applies."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from rich.table import Table
from textual.command import CommandInput, CommandList
from textual.widgets import Static

from tests.tui.live_steps import Live, live
from tests.tui.mouse_steps import click_footer, click_text
from tests.tui.proofs import PROVEN, proves
from vcg_tui.tui.actions import ACTIONS, Action, actions_for
from vcg_tui.tui.screens.help import HelpScreen
from vcg_tui.tui.screens.history import HistoryScreen
from vcg_tui.tui.screens.jump import JumpScreen
from vcg_tui.tui.screens.persona_form import PersonaFormScreen
from vcg_tui.tui.screens.personas import PersonasScreen
from vcg_tui.tui.screens.settings import SettingsScreen
from vcg_tui.tui.widgets.theme_list import ThemeList

SCREENS = {"history": HistoryScreen, "personas": PersonasScreen, "settings": SettingsScreen}


@pytest.mark.parametrize("way", ["key", "mouse"])
def test_every_action_is_shown_by_a_test(way: str) -> None:
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        importlib.import_module(f"tests.tui.{path.stem}")
    missing = [f"{action.place} {action.id}" for action in ACTIONS if (action.place, action.id, way) not in PROVEN]
    assert not missing, f"no test does this by {way}: {', '.join(missing)}"


async def offered(shown: Live) -> list[str]:
    """What the palette lists, opened by a click."""
    await click_footer(shown, "Palette")
    await shown.until(lambda: shown.app.screen.query(CommandList))
    commands = shown.app.screen.query_one(CommandList)
    await shown.until(lambda: any("General: Quit" in str(option.prompt) for option in commands.options))
    return [str(option.prompt).splitlines()[0] for option in commands.options]


async def choose(shown: Live, name: str) -> None:
    """Open the palette and click on one of its entries."""
    await click_footer(shown, "Palette")
    await shown.until(lambda: shown.app.screen.query(CommandList))
    shown.app.screen.query_one(CommandInput).value = name
    commands = shown.app.screen.query_one(CommandList)
    await shown.until(lambda: commands.option_count and str(commands.options[0].prompt).startswith(name))
    await shown.until(lambda: name in shown.text)
    await shown.pilot.click(commands, offset=(6, 1))


def applies_at_once(action: Action) -> bool:
    """Whether it can be done on a screen that has just been opened, with nothing saved, heard or typed."""
    return action.id not in {
        "command-palette",
        *(
            "stop-call",
            "stop-listening",
            "pause",
            "skip-turn",
            "restart-turn",
            "replay",
            "play-call",
            *("star-call", "rename-call", "tag-call", "delete-call", "mark-call", "compare-calls", "open-folder"),
            *("recover-call", "recover-all-calls"),
            "edit-persona",
            "delete-persona",
        ),
        *("save-persona", "hear-voice", "open-persona-file", "reset-setting", "test-tone"),
    }


@pytest.mark.parametrize("place", ["live", "history", "personas", "settings"])
async def test_palette_and_help_tell_what_can_be_done_here(tmp_path: Path, place: str) -> None:
    async with live(tmp_path) as shown:
        if place != "live":
            await shown.app.run_action(place)
            await shown.until(lambda: isinstance(shown.app.screen, SCREENS[place]))
        names = await offered(shown)
        for action in (*actions_for("app"), *(each for each in ACTIONS if each.place == place)):
            if applies_at_once(action) and action.id != place:
                assert f"{action.group}: {action.text}" in names
        elsewhere = {f"{each.group}: {each.text}" for each in ACTIONS if each.place not in {"app", place}}
        here = {f"{each.group}: {each.text}" for each in ACTIONS if each.place in {"app", place}}
        assert not set(names) & (elsewhere - here)
        await shown.press("escape", "f1")
        await shown.until(lambda: isinstance(shown.app.screen, HelpScreen))
        tables = [static.content for static in shown.app.screen.query(Static) if isinstance(static.content, Table)]
        told = {str(cell).split("  ")[0] for table in tables for cell in table.columns[1].cells}
        assert told == {each.text for each in ACTIONS if each.place in {"app", place}}


@proves("app", "key", "history", "personas", "settings", "live", "quit-app")
async def test_screens_by_keys(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        for key, screen in (("f3", HistoryScreen), ("p", PersonasScreen), ("f6", SettingsScreen)):
            await shown.press(key)
            await shown.until(lambda screen=screen: isinstance(shown.app.screen, screen))
            await shown.press("f2")
            await shown.until(lambda: shown.app.screen is shown.screen)
        await shown.press("ctrl+q")
        await shown.until(lambda: shown.app._exit)


@proves("app", "mouse", "live", "personas", "settings", "quit-app", "command-palette")
@proves("app", "mouse", "choose-theme", "save-screenshot")
async def test_screens_by_clicks_in_the_palette(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await choose(shown, "Screens: Personas")
        await shown.until(lambda: isinstance(shown.app.screen, PersonasScreen))
        await shown.until(lambda: "New customer" in shown.text)
        await click_text(shown, "New agent")
        await shown.until(lambda: isinstance(shown.app.screen, PersonaFormScreen))
        await choose(shown, "Form: Leave")
        await shown.until(lambda: isinstance(shown.app.screen, PersonasScreen))
        await choose(shown, "Screens: Live")
        await shown.until(lambda: shown.app.screen is shown.screen)
        await choose(shown, "Screens: Settings")
        await shown.until(lambda: isinstance(shown.app.screen, SettingsScreen))
        await choose(shown, "General: Theme")
        await shown.until(lambda: isinstance(shown.app.focused, ThemeList))
        await choose(shown, "General: Screenshot")
        await shown.until(lambda: "Screenshot saved" in shown.said)
        await choose(shown, "General: Quit")
        await shown.until(lambda: shown.app._exit)


@proves("app", "mouse", "help", "jump", "history")
@proves("history", "mouse", "reload")
async def test_the_footer_by_clicks(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await click_footer(shown, "Help")
        await shown.until(lambda: isinstance(shown.app.screen, HelpScreen))
        await shown.press("escape")
        await shown.until(lambda: shown.app.screen is shown.screen)
        await choose(shown, "General: Jump")
        await shown.until(lambda: isinstance(shown.app.screen, JumpScreen))
        await shown.press("escape")
        await shown.until(lambda: shown.app.screen is shown.screen)
        await click_footer(shown, "History")
        await shown.until(lambda: isinstance(shown.app.screen, HistoryScreen) and "No calls saved" in shown.text)
        (tmp_path / "calls" / "a-call").mkdir(parents=True)
        (tmp_path / "calls" / "a-call" / "journal.jsonl").touch()
        await choose(shown, "Calls: Read again")
        await shown.until(lambda: "a-call" in shown.text)
