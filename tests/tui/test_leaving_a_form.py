"""Keys that go to another screen, pressed in a form in which something was typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.screen import Screen
from textual.widgets import Input

from tests.tui.live_steps import Live, live
from vcg_tui.tui.screens.confirm import ConfirmScreen
from vcg_tui.tui.screens.history import HistoryScreen
from vcg_tui.tui.screens.live import LiveScreen
from vcg_tui.tui.screens.persona_form import PersonaFormScreen
from vcg_tui.tui.screens.personas import PersonasScreen
from vcg_tui.tui.screens.settings import SettingsScreen


async def in_a_form(shown: Live) -> Input:
    """Begin a new customer; returns the box for the name."""
    await shown.press("f4")
    await shown.until(lambda: isinstance(shown.app.screen, PersonasScreen) and shown.app.screen.is_mounted)
    await shown.until(lambda: shown.app.focused is not None)
    await shown.press("n")
    await shown.until(lambda: isinstance(shown.app.screen, PersonaFormScreen) and shown.app.screen.whole)
    return shown.app.screen.query_one("#field-name Input", Input)


@pytest.mark.parametrize(
    ("key", "screen"),
    [
        ("f2", LiveScreen),
        ("f3", HistoryScreen),
        ("f4", PersonasScreen),
        ("f6", SettingsScreen),
        ("f7", SettingsScreen),
    ],
)
async def test_what_was_typed_is_left_only_after_a_yes(tmp_path: Path, key: str, screen: type[Screen[None]]) -> None:
    async with live(tmp_path) as shown:
        name = await in_a_form(shown)
        form = shown.app.screen
        name.value = "Someone Else"
        await shown.press(key)
        await shown.until(lambda: isinstance(shown.app.screen, ConfirmScreen))
        assert "Leave without saving?" in shown.text
        await shown.press("n")
        await shown.until(lambda: shown.app.screen is form)
        assert name.value == "Someone Else"
        await shown.press(key)
        await shown.until(lambda: isinstance(shown.app.screen, ConfirmScreen))
        await shown.press("y")
        await shown.until(lambda: isinstance(shown.app.screen, screen) and shown.app.screen.is_mounted)
        assert form not in shown.app.screen_stack
        assert len(shown.app.screen_stack) == (1 if screen is LiveScreen else 2)


async def test_a_form_as_it_was_is_left_at_once(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await in_a_form(shown)
        await shown.press("f3")
        await shown.until(lambda: isinstance(shown.app.screen, HistoryScreen))
        assert len(shown.app.screen_stack) == 2


async def test_quitting_asks_too(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        name = await in_a_form(shown)
        name.value = "Someone Else"
        await shown.press("ctrl+q")
        await shown.until(lambda: isinstance(shown.app.screen, ConfirmScreen))
        await shown.press("n")
        await shown.until(lambda: isinstance(shown.app.screen, PersonaFormScreen))
        assert shown.app.is_running
        await shown.press("ctrl+q")
        await shown.until(lambda: isinstance(shown.app.screen, ConfirmScreen))
        await shown.press("y")
        await shown.until(lambda: shown.app._exit)
