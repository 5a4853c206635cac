"""Jump mode: a letter on every pane; press it to go there."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.widgets import Label, Static

from vcg_tui.tui.screens.dialog import Dialog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.widget import Widget

_LETTERS = "asdfghjklqwertyuiop"


class JumpScreen(Dialog["Widget | None"]):
    """Shows letters over the focusable panes of the screen below; gives the chosen one, or None."""

    CSS_PATH = "jump.tcss"
    BINDINGS: ClassVar = [Binding("escape,ctrl+o", "dismiss(None)", "Close", show=False)]

    def __init__(self, panes: Sequence[Widget]) -> None:
        super().__init__()
        self._by_letter = dict(zip(_LETTERS, panes, strict=False))

    def compose(self) -> ComposeResult:
        """A label over each pane's top left corner."""
        for letter in self._by_letter:
            yield Label(f" {letter} ", classes="jump--letter", markup=False)
        yield Static("A letter goes to its pane; esc closes.", id="jump--told")

    def on_mount(self) -> None:
        """Put the letters where the panes are."""
        self._place()

    def on_resize(self) -> None:
        """The panes below have moved; where to is known once their own screen has laid them out."""
        below = self.app.screen_stack[-2]
        below.call_after_refresh(self.call_after_refresh, self._place)

    def _place(self) -> None:
        for label, pane in zip(self.query(Label), self._by_letter.values(), strict=True):
            label.styles.offset = (pane.region.x + 1, pane.region.y)
            label.display = bool(pane.region.area)

    def on_key(self, event: events.Key) -> None:
        """A letter goes to its pane."""
        if event.character in self._by_letter:
            event.stop()
            self.dismiss(self._by_letter[event.character])

    def on_click(self, event: events.Click) -> None:
        """A click on a letter, or beside all of them."""
        text = str(event.widget.render()).strip() if isinstance(event.widget, Label) else ""
        self.dismiss(self._by_letter.get(text))
