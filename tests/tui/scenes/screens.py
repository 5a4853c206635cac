"""The personas' and the settings' states."""

from __future__ import annotations

from textual.widgets import ContentSwitcher, Input, OptionList

from tests.tui.scenes.stage import Scenes, Shown
from vcg_tui.tui.screens.key_capture import KeyCaptureScreen
from vcg_tui.tui.screens.persona_form import PersonaFormScreen
from vcg_tui.tui.screens.personas import PersonasScreen
from vcg_tui.tui.screens.settings import SettingsScreen
from vcg_tui.tui.widgets.form_field import FormField
from vcg_tui.tui.widgets.persona_shelf import PersonaShelf

SCENES = Scenes()
scene = SCENES.scene
SMALL = ((58, 14),)
_ONE = ((120, 36),)
"""Of sections that differ from each other in their rows alone."""


async def find(shown: Shown, words: str, file: str) -> None:
    """Highlight the persona, or the broken file, that a search finds."""
    await shown.press("slash")
    shown.app.screen.query_one("#shelf--search", Input).value = words
    shelf = shown.app.screen.query_one(PersonaShelf)

    def found() -> bool:
        item = shelf.highlighted
        return item is not None and item.path.stem == file

    await shown.until(found)
    await shown.press("enter")


async def form(shown: Shown) -> None:
    await shown.until(lambda: isinstance(shown.app.screen, PersonaFormScreen) and shown.app.screen.query(FormField))


@scene(own=True, sizes=((80, 24), (120, 36), (160, 48), *SMALL))
async def personas(shown: Shown) -> None:
    shown.app.clear_notifications()  # that a file of theirs is broken was told at the start
    await shown.press("f4")
    await shown.until(
        lambda: isinstance(shown.app.screen, PersonasScreen) and shown.app.screen.query_one(PersonaShelf).highlighted
    )


@scene(after="personas", sizes=((80, 24), (120, 36), (160, 48), *SMALL))
async def personas_agent(shown: Shown) -> None:
    await find(shown, "tier1", "tier1-support")
    await shown.press("2")


@scene(after="personas-agent")
async def personas_broken(shown: Shown) -> None:
    await find(shown, "my-broken", "my-broken")


@scene(after="personas-broken")
async def persona_form(shown: Shown) -> None:
    await find(shown, "yours kettle", "my-caller")
    await shown.press("e")
    await form(shown)


@scene(after="persona-form")
async def persona_form_wrong(shown: Shown) -> None:
    await shown.press("escape", "n")
    await form(shown)
    await shown.press(*"My Caller")


async def section(shown: Shown, name: str) -> None:
    """Go into a section, out of whatever was open or typed."""
    sections = shown.app.screen.query_one("#sections", OptionList)
    while not sections.has_focus:
        await shown.press("escape")
    sections.highlighted = sections.get_option_index(f"section-{name}")
    await shown.until(lambda: shown.app.screen.query_one("#section", ContentSwitcher).current == f"section-{name}")
    await shown.press("enter")


@scene(sizes=((80, 24), (120, 36), (160, 48), *SMALL))
async def settings_text(shown: Shown) -> None:
    await shown.press("f6")
    await shown.until(lambda: isinstance(shown.app.screen, SettingsScreen) and shown.app.screen.query(FormField))


@scene(after="settings-text", sizes=_ONE)
async def settings_customer_text(shown: Shown) -> None:
    await section(shown, "customer-text")


@scene(after="settings-customer-text", sizes=_ONE)
async def settings_speech(shown: Shown) -> None:
    await section(shown, "speech")
    await shown.press("tab", "end", "s")  # "60s"
    await shown.shows("▲")


@scene(after="settings-speech", sizes=_ONE)
async def settings_service_keys(shown: Shown) -> None:
    await section(shown, "service-keys")


@scene(after="settings-service-keys", sizes=_ONE)
async def settings_sound(shown: Shown) -> None:
    await section(shown, "sound")


@scene(after="settings-sound", sizes=_ONE)
async def settings_devices(shown: Shown) -> None:
    await shown.press("tab", "enter")


@scene(after="settings-devices", sizes=_ONE)
async def settings_calls(shown: Shown) -> None:
    await section(shown, "calls")


@scene(after="settings-calls", sizes=_ONE)
async def settings_cache(shown: Shown) -> None:
    await section(shown, "cache")


@scene(after="settings-cache")
async def settings_theme(shown: Shown) -> None:
    await section(shown, "theme")


@scene(after="settings-theme")
async def settings_keymap(shown: Shown) -> None:
    await section(shown, "keymap")
    await shown.press("down", "down")


@scene(after="settings-keymap")
async def key_capture(shown: Shown) -> None:
    await shown.press("enter")
    await shown.until(lambda: isinstance(shown.app.screen, KeyCaptureScreen))
    await shown.press("space")
    await shown.shows("▲")


@scene(after="key-capture")
async def help_settings(shown: Shown) -> None:
    await shown.press("escape", "f1")
    await shown.shows("esc closes")
