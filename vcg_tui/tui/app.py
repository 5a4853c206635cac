"""The terminal app: screens, themes, keys, and leaving in good order."""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.filter import DimFilter
from textual.widget import Widget

from vcg_tui.errors import VcgError
from vcg_tui.paths import screenshots_dir
from vcg_tui.tui.actions import bindings_for
from vcg_tui.tui.backstage import Backstage
from vcg_tui.tui.crash_log import where_told, write_crash
from vcg_tui.tui.keymap import keymap_problems, shown_key, usable_keymap
from vcg_tui.tui.leaving import AsksBeforeLeaving
from vcg_tui.tui.messages import PersonasChanged, SoundLost
from vcg_tui.tui.palette import ActionCommands, Palette
from vcg_tui.tui.screens.live import LiveScreen
from vcg_tui.tui.signals import on_leave_signals
from vcg_tui.tui.themes import DEFAULT_THEME, load_themes, user_theme_times

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from textual.binding import Binding
    from textual.filter import LineFilter
    from textual.notifications import SeverityLevel
    from textual.screen import Screen

    from vcg_tui.config import Settings
    from vcg_tui.tui.actions import Place

_LOOK_FOR_THEMES_S = 2.0
_SEVERITIES = {"warning": ("▲", "Warning"), "error": ("✗", "Error")}
DIM_FACTOR = 0.66
"""So much of its colour is left of what is dim."""
_DIM = DimFilter(DIM_FACTOR)


class VcgApp(App[None]):
    """Voice Conversation Generator."""

    TITLE = "vcg"
    DEFAULT_MODE = "live"
    BINDINGS: ClassVar = bindings_for("app")
    COMMANDS: ClassVar = {ActionCommands}  # none of the framework's: they pass by what is asked and kept here
    # notices above the player and the keys, on a ground of their own; a palette whose edges are the theme's
    CSS = """
    ToastRack { margin-bottom: 2; }
    Toast { background: $panel; }
    CommandPalette #--input { border: hkey $foreground 25%; }
    CommandPalette #--input.--list-visible { border-bottom: none; }
    CommandPalette CommandList { border-bottom: hkey $foreground 25%; }
    CommandPalette > .command-palette--highlight { color: $accent; }
    CommandPalette SearchIcon { color: $text-muted; }
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._backstage = Backstage(settings)
        self._live = LiveScreen(self._backstage)
        # The first screen there is: Textual's own empty one would be laid out and drawn before it.
        self.add_mode(self.DEFAULT_MODE, lambda: self._live)
        self._theme_times: dict[Path, float] = user_theme_times()
        self._forget_signals: Callable[[], None] = lambda: None
        # The theme before anything is drawn, the others when there is something to see.
        wanted = settings.tui.theme
        for theme in load_themes(shipped={wanted, DEFAULT_THEME}).themes.values():
            self.register_theme(theme)
        self.theme = wanted if wanted in self.available_themes else DEFAULT_THEME

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own colours, for themes that don't name them."""
        return {"customer": "#6cc5dd", "support": "#e8b45a", "speaking": "#9fe0a8", "speaking-text": "#000000"}

    def get_line_filters(self) -> Sequence[LineFilter]:
        """As Textual's own, but what is dim can still be read: half of the way to the ground is too far on white."""
        return [_DIM if isinstance(each, DimFilter) else each for each in super().get_line_filters()]

    def notify(self, message: str, *, title: str = "", severity: SeverityLevel = "information", **rest: Any) -> None:
        """As Textual's own; how bad it is is told by a mark too, and not by colour alone.

        Texts are no markup, whatever is asked for: names, paths and messages of others have brackets in them.
        """
        mark, word = _SEVERITIES.get(severity, ("", ""))
        rest["markup"] = False
        super().notify(message, title=f"{mark} {title or word}".strip(), severity=severity, **rest)

    def get_key_display(self, binding: Binding) -> str:
        """Keys have the same names below the screen as in every text."""
        return binding.key_display or shown_key(binding.key)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The way to the screen that is seen already leads nowhere."""
        here = next((place for each in reversed(self.screen_stack) if (place := getattr(each, "PLACE", None))), None)
        return super().check_action(action, parameters) and action != here

    def on_mount(self) -> None:
        """Keys, then what the first screen does not need."""
        self._set_keys()
        self._forget_signals = on_leave_signals(self._told_to_leave)
        # told from a thread of the device's, where nothing but a message is safe
        self._backstage.on_sound_lost = lambda text: self.post_message(SoundLost(text))
        # Not before there is something to see.
        self.call_after_refresh(self._warm)
        self.set_interval(_LOOK_FOR_THEMES_S, self._reload_themes)

    def on_app_focus(self) -> None:
        """Back from another window, where the terminal tells."""
        self._live.keep_warm()

    def _warm(self) -> None:
        self._load_themes()
        wanted = self._backstage.settings.tui.theme
        if self.theme != wanted:
            self.notify(f"There is no theme {wanted!r}; this is {self.theme}.", severity="warning")
        self.run_worker(self._warm_backstage(), group="warm", exclusive=True)

    async def _warm_backstage(self) -> None:
        try:
            await self._backstage.warm()
        finally:
            if not gc.isenabled():  # as whoever started the app left it, for a quick start
                # What is loaded by now stays: a walk through all of it takes longer than a key may wait.
                gc.freeze()
                gc.enable()

    async def on_unmount(self) -> None:
        """However the app is left: keep the call, give back providers and device."""
        self._forget_signals()
        await self._live.leave_call()
        await self._backstage.aclose()

    # ------------------------------------------------------------------ screens

    def action_live(self) -> None:
        """To the first screen."""
        self._leave_screens(self._to_live)

    def _leave_screens(self, leave: Callable[[], object]) -> None:
        """Go elsewhere; a screen on which something was typed may ask first."""
        asking = next((screen for screen in self.screen_stack if isinstance(screen, AsksBeforeLeaving)), None)
        if asking is None:
            leave()
        else:
            # later, and as the app: the answer is told to a widget of a screen that is going to be left
            asking.ask_to_leave(lambda: self.call_later(leave))

    def _to_live(self) -> None:
        while self.screen is not self._live and len(self.screen_stack) > 1:
            self.pop_screen()

    def action_history(self) -> None:
        """To the saved calls."""
        # Imported at first use, here and below: the first screen should not wait for the others.
        from vcg_tui.tui.screens.history import HistoryScreen

        self._open(HistoryScreen(self._backstage, busy=lambda: self._live.busy))

    def action_personas(self) -> None:
        """To the personas."""
        from vcg_tui.tui.screens.personas import PersonasScreen

        self._open(PersonasScreen(self._backstage, busy=lambda: self._live.busy))

    def action_settings(self) -> None:
        """To the settings."""
        from vcg_tui.tui.screens.settings import SettingsScreen

        self._open(SettingsScreen(self._backstage, busy=lambda: self._live.busy))

    async def action_choose_theme(self) -> None:
        """To the settings' list of themes."""
        from vcg_tui.tui.screens.settings import SettingsScreen

        if isinstance(self.screen, SettingsScreen):
            await self.screen.go_to("Theme")
        else:
            self._open(SettingsScreen(self._backstage, busy=lambda: self._live.busy, section="Theme"))

    def _open(self, screen: Screen[Any]) -> None:
        def leave() -> None:
            if self._live.busy:
                self.notify(self._backstage.told("A call is being made; it goes on. {live} comes back to it."))
            self._to_live()
            self.push_screen(screen)

        self._leave_screens(leave)

    def on_personas_changed(self, message: PersonasChanged) -> None:
        """Persona files changed: the lists follow."""
        del message
        self._live.show_personas()

    def on_sound_lost(self, message: SoundLost) -> None:
        """The call goes on in silence; say why."""
        self.notify(message.text, title="No sound", severity="warning", timeout=12)
        self._live.show_player()

    def copy_to_clipboard(self, text: str) -> None:
        """Copy, and say so: a terminal shows nothing of it."""
        super().copy_to_clipboard(text)
        words = len(text.split())
        self.notify(f"{words} word{'' if words == 1 else 's'} copied.", timeout=3)

    # ------------------------------------------------------------------ help, jump, quit

    def action_help(self) -> None:
        """Explain the focused pane, and tell the keys."""
        from vcg_tui.tui.screens.help import HelpScreen

        if isinstance(self.screen, HelpScreen):
            return
        pane, about = self.screen.title or "", self.screen.HELP or ""
        around = [each for each in self.focused.ancestors_with_self if isinstance(each, Widget)] if self.focused else []
        for at, node in enumerate(around):
            if node.HELP:
                about = node.HELP
                pane = next((str(each.border_title) for each in around[at:] if each.border_title), pane)
                break
        place: Place = getattr(self.screen, "PLACE", "app")
        self.push_screen(HelpScreen(pane, about, place, usable_keymap(self._backstage.settings.tui.keymap)))

    def action_command_palette(self) -> None:
        """Offer everything that can be done now, by name."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def action_jump(self) -> None:
        """Put a letter on every pane."""
        from vcg_tui.tui.screens.jump import JumpScreen

        panes = [widget for widget in self.screen.focus_chain if widget.region.area]

        def go(pane: Widget | None) -> None:
            if pane is not None:
                pane.focus()

        self.push_screen(JumpScreen(panes), go)

    def action_save_screenshot(self) -> None:
        """Keep the screen as a picture, and say where."""
        # the palette, from which it may have been asked for, has to be gone from it
        self.call_after_refresh(self._save_screenshot)

    async def _save_screenshot(self) -> None:
        from vcg_tui.services.yaml_editing import write_text

        file = screenshots_dir() / f"vcg-{dt.datetime.now().astimezone():%Y%m%d-%H%M%S}.svg"
        picture = self.export_screenshot()
        try:
            await asyncio.to_thread(write_text, file, picture)
        except VcgError as error:
            self.notify(str(error), title="No screenshot", severity="error", timeout=15)
        else:
            self.notify(str(file), title="Screenshot saved", timeout=10)

    async def action_quit_app(self) -> None:
        """Leave; during a call, ask once and keep it."""
        from vcg_tui.tui.screens.confirm import ConfirmScreen

        if not isinstance(self.screen, ConfirmScreen):  # else it was asked already
            self._leave_screens(self._ask_to_stop if self._live.busy else self.exit)

    def _ask_to_stop(self) -> None:
        from vcg_tui.tui.screens.confirm import ConfirmScreen

        def leave(answer: bool | None) -> None:
            if answer:
                self.exit()

        question = "A call is being made. Stop it and quit?"
        self.push_screen(ConfirmScreen(question, "Its finished turns are kept.", yes="Quit", no="Stay"), leave)

    def _told_to_leave(self, number: int) -> None:
        """A signal asks for the end."""
        self.exit(return_code=128 + number)  # as a shell counts them

    # ------------------------------------------------------------------ themes and keys

    def _load_themes(self) -> None:
        shelf = load_themes()
        for theme in shelf.themes.values():
            self.register_theme(theme)
        if shelf.problems:
            text = "\n".join(shelf.problems)
            self.notify(text, title="Themes left out", severity="warning", timeout=10)

    def _reload_themes(self) -> None:
        """A theme file of the person's own was saved: use it as it is now."""
        times = user_theme_times()
        if times != self._theme_times:
            self._theme_times = times
            self._load_themes()
            self.refresh_css()

    def _set_keys(self) -> None:
        keymap = self._backstage.settings.tui.keymap
        self.set_keymap(usable_keymap(keymap))
        if problems := keymap_problems(keymap):
            text = "\n".join(f"{name}: {problem.removesuffix('.')}" for name, problem in problems.items())
            self.notify(text, title="Keys left out", severity="warning", timeout=10)

    # ------------------------------------------------------------------ the end

    @property
    def failure(self) -> Exception | None:
        """What ended the app though nobody wanted it to."""
        return self._exception

    def _fatal_error(self) -> None:
        """End because of an error that nobody expected; its traceback goes to the log, see `run_app`.

        Textual's own would draw it with the values of all variables, keys of services among them, for the terminal.
        """
        self.bell()
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        """What else was to be printed at the end is in the log as well."""
        self._exit_renderables.clear()


def run_app(settings: Settings) -> None:
    """Run the app until it is left; the terminal is as it was afterwards.

    Raises:
        VcgError: the app came to an end that nobody wanted; the log file is named.
        SystemExit: a signal ended it; its code is the one of the signal.
    """
    from vcg_tui.audio.stderr_guard import guard_stderr
    from vcg_tui.paths import log_dir

    with guard_stderr(log_dir() / "audio.log"):
        app = VcgApp(settings)
        try:
            app.run()
        finally:
            gc.unfreeze()  # libraries tell, at the end, of what was never let go
    if app.failure is not None:
        kind = type(app.failure).__name__
        raise VcgError(f"The app had to end ({kind}).", where_told(write_crash(app.failure))) from app.failure
    if app.return_code:
        raise SystemExit(app.return_code)
