"""Asks for the new key of an action."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult


class KeyCaptureScreen(ModalScreen[str | None]):
    """Gives the key that was pressed; None for Escape or a click. A key that can't be had is told, and asked again."""

    DEFAULT_CSS = """
    KeyCaptureScreen {
        align: center middle;
        background: $background 60%;
        #capture {
            width: 56;
            max-width: 94%;
            height: auto;
            border: round $primary;
            border-title-color: $primary;
            background: $surface;
            padding: 1 2;
        }
        #capture Static { height: auto; }
        #capture--problem { color: $text-error; margin-top: 1; display: none; }
        #capture--problem.-shown { display: block; }
        #capture--how { color: $text-muted; margin-top: 1; }
    }
    """

    def __init__(self, action: str, problem: Callable[[str], str]) -> None:
        """Prepare.

        Args:
            action: what the key is for, short.
            problem: why a key can't be had; empty: it can.
        """
        super().__init__()
        self._action, self._problem = action, problem

    def compose(self) -> ComposeResult:
        """What to do."""
        with Vertical(id="capture") as box:
            box.border_title = "Keymap"
            yield Static(f"Press the key for: {self._action}", markup=False)
            yield Static(id="capture--problem", markup=False)
            yield Static("esc leaves it as it is.", id="capture--how", markup=False)

    def on_key(self, event: events.Key) -> None:
        """This one, if it can be had."""
        event.stop()
        event.prevent_default()
        if event.key == "escape":
            self.dismiss(None)
            return
        problem = self._problem(event.key)
        if not problem:
            self.dismiss(event.key)
            return
        told = self.query_one("#capture--problem", Static)
        told.update(f"▲ {problem}")
        told.add_class("-shown")

    def on_click(self) -> None:
        """A click leaves it as it is."""
        self.dismiss(None)
