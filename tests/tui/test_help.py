"""Help, palette and the keys that texts name."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from textual.command import CommandInput, CommandList
from textual.widget import Widget
from textual.widgets import OptionList, Static

from tests.fake_providers import ScriptedLLM
from tests.tui.live_steps import Live, live
from tests.tui.proofs import proves
from vcg_tui.paths import screenshots_dir, user_config_file
from vcg_tui.tui.actions import ACTIONS
from vcg_tui.tui.keymap import with_keys
from vcg_tui.tui.screens.confirm import ConfirmScreen
from vcg_tui.tui.screens.help import HelpScreen
from vcg_tui.tui.screens.settings import SettingsScreen
from vcg_tui.tui.widgets.theme_list import ThemeList

_OF_THE_FRAMEWORK = ("as soon as possible", "Maximize", "Minimize", "Save an SVG", "Change the current theme")


async def _opened(shown: Live, *keys: str) -> None:
    """The screen that keys lead to."""
    for key in keys:
        before = shown.app.screen
        await shown.press(key)
        await shown.until(lambda before=before: shown.app.screen is not before and shown.app.screen.focused)


def _panes(shown: Live) -> list[Widget]:
    """One widget for each explanation there is on this screen."""
    explained: dict[object, Widget] = {}
    for widget in shown.app.screen.focus_chain:
        around = [node for node in widget.ancestors_with_self if isinstance(node, Widget) and node.HELP]
        explained.setdefault(around[0] if around else widget, widget)
    return list(explained.values())


async def _help_for(shown: Live, pane: Widget) -> list[str]:
    """The lines that F1 shows while a pane has the focus; its title first."""
    below = shown.app.screen
    pane.focus()
    await shown.until(lambda: shown.app.focused is pane)
    await shown.press("f1")
    await shown.until(lambda: isinstance(shown.app.screen, HelpScreen) and shown.app.screen.query(Static))
    lines = [str(each.visual) for each in shown.app.screen.query(Static)]
    await shown.press("escape")
    await shown.until(lambda: shown.app.screen is below)
    return lines


@pytest.mark.parametrize(
    ("keys", "groups"),
    [
        ((), {"Call", "Listening", "Panes"}),
        (("f3",), {"Calls", "Listening", "Panes"}),
        (("f4",), {"Personas", "Panes"}),
        (("f4", "n"), {"Form"}),
        (("f6",), {"Settings", "Panes"}),
    ],
    ids=["live", "history", "personas", "persona form", "settings"],
)
async def test_f1_explains_every_pane_and_lists_each_group_once(
    keys: tuple[str, ...], groups: set[str], tmp_path: Path
) -> None:
    known = {action.group for action in ACTIONS}
    async with live(tmp_path) as shown:
        await _opened(shown, *keys)
        panes = _panes(shown)
        assert panes
        for pane in panes:
            title, about, *rest = await _help_for(shown, pane)
            assert title
            assert not re.search(r"[a-z][A-Z]", title), "a name of the program's own"
            assert len(about) > 20, f"{pane} is not explained"
            assert not re.search(r"\{[a-z]", about), "a key that was not filled in"
            told = Counter(line for line in rest if line in known)
            assert groups | {"General", "Screens"} <= set(told)
            assert set(told.values()) == {1}


async def _palette(shown: Live, typed: str) -> list[str]:
    await shown.press("ctrl+p")
    await shown.until(lambda: shown.app.screen.query(CommandInput))
    await shown.press(*typed)
    commands = shown.app.screen.query_one(CommandList)
    await shown.until(lambda: commands.option_count and commands.display)
    await shown.until(lambda: not typed or typed.lower() in str(commands.get_option_at_index(0).prompt).lower())
    return [str(option.prompt) for option in commands.options]


async def test_the_palette_offers_our_own_commands_alone_and_its_quit_asks(tmp_path: Path) -> None:
    async with live(tmp_path, llm=ScriptedLLM()) as shown:
        await shown.run()
        offered = await _palette(shown, "")
        assert not [each for each in offered for other in _OF_THE_FRAMEWORK if other in each]
        assert not any("Screens: Live" in each for each in offered), "it is shown already"
        await shown.press("escape")
        await shown.until(lambda: shown.app.screen is shown.screen)
        assert len(await _palette(shown, "Quit")) == 1
        await shown.press("enter")
        await shown.until(lambda: isinstance(shown.app.screen, ConfirmScreen))
        await shown.press("y")
        await shown.until(lambda: shown.app._exit)


@proves("app", "key", "choose-theme")
async def test_the_palettes_theme_shows_and_keeps(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await _palette(shown, "Theme")
        await shown.press("enter")
        await shown.until(lambda: isinstance(shown.app.screen, SettingsScreen))
        await shown.until(lambda: isinstance(shown.app.focused, ThemeList))
        before = shown.app.theme
        await shown.press("down")
        await shown.until(lambda: shown.app.theme != before)
        wanted = shown.app.theme
        await shown.press("enter")
        await shown.until(lambda: user_config_file().exists())
        assert yaml.safe_load(user_config_file().read_text()) == {"tui": {"theme": wanted}}


@proves("app", "key", "save-screenshot")
async def test_a_screenshot_is_a_file_whose_place_is_told(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await _palette(shown, "Screenshot")
        await shown.press("enter")
        await shown.until(lambda: "Screenshot saved" in shown.said)
        (file,) = screenshots_dir().iterdir()
        assert str(file) in shown.said
        picture = file.read_text()
        assert picture.startswith("<svg")
        assert "3&#160;Transcript" in picture
        assert "Screenshot" not in picture, "the palette is gone from it"


async def test_texts_name_the_keys_of_now(tmp_path: Path) -> None:
    keymap = {"live": "f9", "run-call": "f8", "search": "ctrl+f", "copy-persona": "k"}
    async with live(tmp_path, tui={"keymap": keymap, "first_run_done": True}) as shown:
        assert " f8  make a call" in shown.text
        about = (await _help_for(shown, shown.app.focused or shown.screen))[1]
        assert "Type ctrl+f to search" in about
        await shown.press("f8")
        await shown.until(lambda: shown.screen.busy)
        await _opened(shown, "f4")
        await shown.until(lambda: "f9 comes back to it" in shown.said)
        await shown.until(lambda: "k Copy" in shown.text)


def test_a_text_keeps_braces_that_are_no_action() -> None:
    assert with_keys("{help} {nothing} {}", {"help": "f8,f10"}) == "f8 {nothing} {}"
    assert with_keys("{louder}", {}) == "+"


async def test_the_keymap_tells_each_place_once(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await _opened(shown, "f6")
        await shown.press("end")
        await shown.until(lambda: shown.app.screen.query("#keymap--list"))
        actions = shown.app.screen.query_one("#keymap--list", OptionList)
        await shown.until(lambda: actions.options)
        options = actions.options
        headings = [str(option.prompt) for option in options if option.disabled]
        assert headings == ["Everywhere", "Live", "History", "Personas", "Persona form", "Settings"]
        (pause,) = [str(option.prompt) for option in options if option.id == "pause"]
        assert "also in History" in pause
