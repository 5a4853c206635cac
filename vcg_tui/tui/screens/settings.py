"""The settings: what each is, where it comes from, and another value for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Button, ContentSwitcher, OptionList, Static
from textual.widgets.option_list import Option

from vcg_tui.audio.player import list_devices
from vcg_tui.config import AudioSettings
from vcg_tui.errors import AudioDeviceError, ConfigError, VcgError
from vcg_tui.services.preview import play
from vcg_tui.tui.actions import bindings_for
from vcg_tui.tui.keymap import keymap_problems, usable_keymap
from vcg_tui.tui.screens.key_capture import KeyCaptureScreen
from vcg_tui.tui.settings_draft import (
    KEYMAP,
    SECTIONS,
    Change,
    changed,
    hidden_by,
    read,
    shown_file,
    shown_value,
    to_default,
)
from vcg_tui.tui.sound_check import device_choices, tone
from vcg_tui.tui.widgets.form_field import ChoiceField, FormField, SettableField
from vcg_tui.tui.widgets.key_footer import KeyFooter
from vcg_tui.tui.widgets.keymap_list import KeymapList
from vcg_tui.tui.widgets.settings_section import BY_KEY, section_id, section_of, show_field, show_section
from vcg_tui.tui.widgets.theme_list import ThemeList

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from vcg_tui.config import Settings
    from vcg_tui.tui.backstage import Backstage

_WAIT_S = 0.2
_SECTIONS_TOLD = "enter opens a section; leaving a field saves it"
_TO_READ = "nothing to set here: keys come from the environment"


class SettingsScreen(Screen[None]):
    """Sections on the left, their settings on the right; a value is written as soon as one is done with it."""

    PLACE: ClassVar = "settings"
    CSS_PATH = "settings.tcss"
    AUTO_FOCUS = "#sections"
    BINDINGS: ClassVar = bindings_for("settings")
    TITLE = "Settings"
    HORIZONTAL_BREAKPOINTS: ClassVar = [(0, "-tiny"), (60, "-narrow"), (100, "-wide")]
    HELP = (
        "enter, or leaving a field, writes it to your own file; {leave-settings} brings back what was there; "
        "{reset-setting} goes back to the default. Beside each value stands where it comes from."
    )

    def __init__(
        self, backstage: Backstage, *, busy: Callable[[], bool] = lambda: False, section: str = SECTIONS[0]
    ) -> None:
        """Prepare.

        Args:
            backstage: whose settings they are.
            busy: whether a call is being made in this app; then providers and device stay as they are until it ends.
            section: which one is shown first; another than the first of all has the focus, too.
        """
        super().__init__()
        self._backstage = backstage
        self._busy = busy
        self._settings = backstage.own
        self._theme_before = ""
        self._begin_with = section
        self._sections: dict[str, Widget] = {}
        """Those that were shown already."""
        self._showing = asyncio.Lock()

    def compose(self) -> ComposeResult:
        """Header, sections, their settings, what happened, the keys."""
        yield Static(f" vcg ▸ Settings ▸ {shown_file()}", id="settings--header", markup=False)
        with Horizontal(id="settings--body"):
            yield OptionList(*(Option(name, id=section_id(name)) for name in SECTIONS), id="sections", compact=True)
            yield ContentSwitcher(id="section")
        yield Static(id="settings--state", markup=False)
        yield KeyFooter()

    async def on_mount(self) -> None:
        """Show the first section; the others come when they are wanted."""
        self.query_one("#sections").border_title = "1 Sections"
        self._theme_before = self.app.theme
        if self._begin_with == SECTIONS[0]:
            await self._show_section(self._begin_with)
        else:
            await self.go_to(self._begin_with)

    # ------------------------------------------------------------------ showing

    def _show_all(self) -> None:
        for section in self._sections.values():
            show_section(section, self._settings)

    def _say(self, text: str, *, wrong: bool = False) -> None:
        for line in self.query("#settings--state").results(Static):  # none: left while a change was written
            line.update(f" {text}")
            line.set_class(wrong, "-wrong")

    @property
    def _sections_told(self) -> str:
        section = SECTIONS[self.query_one("#sections", OptionList).highlighted or 0]
        return _TO_READ if section == "Service keys" else _SECTIONS_TOLD

    def on_descendant_focus(self) -> None:
        """Say what the setting is."""
        # a class, set when it changes: `:focus-within` restyles every field at every step from one to the next
        pane = self.query_one("#section")
        pane.set_class(self.focused is not None and pane in self.focused.ancestors, "-active")
        field = self._focused_field
        if field is not None:
            by = hidden_by(self._settings, field.key)
            self._say(f"⚑ {by} is stronger than your own file. {field.hint}" if by else field.hint)
        elif self.focused is not None and self.focused.id == "sections":
            self._say(self._sections_told)
        elif self.focused is not None:
            about = (node.HELP for node in self.focused.ancestors_with_self if isinstance(node, Widget))
            told = "" if isinstance(self.focused, Button) else next(filter(None, about), "")
            self._say(self._backstage.told(told))

    @property
    def _focused_field(self) -> SettableField | None:
        focused = self.focused
        return next((each for each in focused.ancestors if isinstance(each, SettableField)), None) if focused else None

    # ------------------------------------------------------------------ sections

    async def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show the section under the cursor."""
        if event.option_list.id == "sections" and event.option_id:
            # what was said belongs to the section before
            self._say(self._sections_told if self.focused is event.option_list else "")
            await self._show_section(str(event.option.prompt))

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter, or a click, goes into the section."""
        if event.option_list.id == "sections":
            await self.action_focus_section()

    async def go_to(self, section: str) -> None:
        """Show a section, and go into it."""
        self.query_one("#sections", OptionList).highlighted = SECTIONS.index(section)
        await self.action_focus_section()

    async def _show_section(self, name: str) -> Widget:
        """Show a section; its fields are mounted when it is first wanted, since all of them at once are dear."""
        async with self._showing:
            section = self._sections.get(name)
            switcher = self.query_one("#section", ContentSwitcher)
            if section is None:
                section = section_of(name, self._settings)
                section.display = False
                await switcher.mount(section)
                show_section(section, self._settings)
                self._sections[name] = section
                if name == "Theme":
                    self.query_one(ThemeList).show(sorted(self.app.available_themes), self._theme_before)
                elif name == "Sound":
                    self.run_worker(self._find_devices(), group="devices")
            switcher.current = section.id
            switcher.border_title = f"2 {name}"
            self.refresh_bindings()
            return section

    def action_focus_sections(self) -> None:
        """Go to the sections."""
        self.query_one("#sections").focus()

    async def action_focus_section(self) -> None:
        """Go to the first setting of the section under the cursor."""
        section = await self._show_section(SECTIONS[self.query_one("#sections", OptionList).highlighted or 0])
        first = next((each for each in section.query("*") if each.focusable), None)
        if first is not None:
            first.focus()

    def action_leave_settings(self) -> None:
        """Bring back what was there; then to the sections; then out."""
        field = self._focused_field
        if field is not None and field.value != shown_value(self._settings, BY_KEY[field.key]):
            show_field(field, self._settings)
        elif self.focused is not None and self.focused.id != "sections":
            self.action_focus_sections()
        else:
            self.dismiss()

    # ------------------------------------------------------------------ setting

    def on_form_field_changed(self, message: FormField.Changed) -> None:
        """Check it while it is typed."""
        message.stop()
        try:
            read(self._settings, BY_KEY[message.field.key], message.value)
        except ConfigError as error:
            message.field.problem = error.message
        else:
            message.field.problem = ""

    async def on_form_field_entered(self, message: FormField.Entered) -> None:
        """Write it, if it is right and another."""
        message.stop()
        field, setting = message.field, BY_KEY[message.field.key]
        if field.value == shown_value(self._settings, setting) or field.disabled:
            return
        try:
            change = read(self._settings, setting, field.value)
        except ConfigError as error:
            field.problem = error.message
            return
        await self._take(change, setting.label)

    @property
    def _resettable(self) -> str | None:
        """The focused setting, or the one that holds the highlighted action's key."""
        field = self._focused_field
        around = self.focused.ancestors if self.focused is not None else ()
        keymap = next((each for each in around if isinstance(each, KeymapList)), None)
        if keymap is not None and keymap.highlighted is not None:
            return f"{KEYMAP}{keymap.highlighted.id}"
        return field.key if field is not None else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The tone belongs to its section; without a setting there is no default to go back to."""
        if action == "test_tone":
            switcher = self.query(ContentSwitcher)
            return bool(switcher) and switcher.first().current == section_id("Sound")
        if action == "reset_setting":
            return None if self._resettable is None else True
        return super().check_action(action, parameters)

    async def action_reset_setting(self) -> None:
        """Take the focused setting, or the highlighted action's key, out of the person's file."""
        key = self._resettable
        if key is None:
            return
        try:
            await self._take(to_default(self._settings, key), "The default")
        except ConfigError as error:
            self._say(f"▲ {error.message}", wrong=True)

    async def _take(self, change: Change, what: str) -> None:
        """Write a change and go on with it; where it can't be written, nothing changes."""
        try:
            await asyncio.to_thread(change.write)
        except VcgError as error:
            self._say("▲ not saved", wrong=True)
            self.notify(str(error), title="Not saved", severity="error", timeout=15)
            self._show_all()
            return
        for_later = await self._use(change)
        self._show_all()
        said = f"● {what} saved in {shown_file()}"
        if change.hidden:
            by = ", ".join(dict.fromkeys(change.hidden.values()))
            self._say(f"{said}, but {by} hides it", wrong=True)
            self.notify(f"Saved, but {by} is stronger and hides it.", severity="warning")
        else:
            self._say(f"{said}; it applies to the next call" if for_later else said)

    async def _use(self, change: Change) -> bool:
        """Go on with changed settings; returns whether only later, after the running call."""
        settings, before = change.settings, self._settings
        self._settings = settings
        # the look applies at once, also where a call is being made: no provider and no device is touched
        self._backstage.keep(self._backstage.own.model_copy(update={"tui": settings.tui}))
        if settings.model_dump(exclude={"tui"}) == before.model_dump(exclude={"tui"}):
            if not self._busy():
                self._backstage.keep(settings)
            self.app.set_keymap(usable_keymap(settings.tui.keymap))
        elif not self._busy():
            await self._use_now(settings)
            return False
        elif (player := self._backstage.player) is not None:
            player.volume = settings.audio.volume
        if self._busy():
            self.app.run_worker(self._use_when_free(), group="settings", exclusive=True)
        return self._busy()

    async def _use_when_free(self) -> None:
        while self._busy():  # noqa: ASYNC110 - a call's end is told to the screen that shows it, not to this one
            await asyncio.sleep(_WAIT_S)
        await self._use_now(self._settings)

    async def _use_now(self, settings: Settings) -> None:
        try:
            await self._backstage.use(settings)
        except VcgError as error:
            self.app.notify(str(error), title="Settings", severity="error", timeout=15)

    # ------------------------------------------------------------------ theme and keys

    def on_theme_list_shown(self, message: ThemeList.Shown) -> None:
        """Show a theme for now."""
        message.stop()
        self.app.theme = message.name or self._theme_before

    async def on_theme_list_kept(self, message: ThemeList.Kept) -> None:
        """Keep a theme."""
        message.stop()
        self._theme_before = self.app.theme = message.name
        await self._take(changed(self._settings, {"tui.theme": message.name}), "The theme")
        self.query_one(ThemeList).show(sorted(self.app.available_themes), message.name)

    def on_keymap_list_chosen(self, message: KeymapList.Chosen) -> None:
        """Ask for another key."""
        message.stop()
        action = message.action

        def problem(key: str) -> str:
            return keymap_problems({**self._settings.tui.keymap, action.id: key}).get(action.id, "")

        async def set_key(key: str | None) -> None:
            if key is not None:
                await self._take(changed(self._settings, {f"{KEYMAP}{action.id}": key}), f"{action.text}: {key}")

        self.app.push_screen(KeyCaptureScreen(action.text, problem), set_key)

    # ------------------------------------------------------------------ sound

    async def _find_devices(self) -> None:
        told = self.query_one("#devices", Static)
        try:
            devices = await asyncio.to_thread(list_devices)
        except AudioDeviceError as error:
            told.update(str(error))
            return
        for field in self.query("#field-audio--device").results(ChoiceField):  # none: left while devices were asked
            field.offer([("the system's choice", ""), *device_choices(devices)])
        if not devices:
            told.update("There is no output device here. Calls are made and kept without being heard.")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """The button for the tone."""
        event.stop()
        self.action_test_tone()

    def action_test_tone(self) -> None:
        """Play a short tone on the chosen device."""
        if self._busy():
            self._say("A call is being heard; the tone waits until it is stopped.")
            return
        self.run_worker(self._tone(), exclusive=True, group="tone")

    async def _tone(self) -> None:
        audio: AudioSettings = self._settings.audio
        rate = self._settings.call.sample_rate
        # the app's own player may hold the device
        await self._backstage.aclose()
        self._say("♪ test tone")
        try:
            await play(tone(rate), rate, audio)
        except AudioDeviceError as error:
            self._say("▲ no sound", wrong=True)
            self.notify(str(error), title="No sound", severity="error", timeout=10)
            return
        if self.query_one("#section", ContentSwitcher).current == section_id("Sound"):
            self._say("● the tone was played; heard nothing? Choose another device, or look at the volume")
