"""Help: what the focused pane is for, and every key there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.table import Table
from rich.text import Text
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Static

from vcg_tui.tui.actions import actions_for
from vcg_tui.tui.keymap import shown_keys, with_keys
from vcg_tui.tui.screens.dialog import Dialog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult

    from vcg_tui.tui.actions import Action, Place


class HelpScreen(Dialog[None]):
    """Leaves with Escape, F1 or q."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar = [Binding("escape,f1,q", "dismiss", "Close", show=False)]

    def __init__(self, pane: str, about: str, place: Place, keymap: Mapping[str, str]) -> None:
        """Prepare.

        Args:
            pane: the focused pane's title.
            about: what it is for.
            place: the screen below, whose keys are told.
            keymap: keys that the person has changed, by action id.
        """
        super().__init__()
        self._pane, self._about = pane, about
        self._place: Place = place
        self._keymap = keymap

    def compose(self) -> ComposeResult:
        """The pane's text, then the keys by group."""
        with VerticalScroll(id="help") as box:
            box.border_title = "Help"
            box.border_subtitle = "esc closes"
            if self._about:
                yield Static(Text(self._pane, style="bold"), classes="help--heading")
                yield Static(with_keys(self._about, self._keymap), markup=False)
            groups: dict[str, list[Action]] = {}
            # the screen's own first, then what is there everywhere
            places: tuple[Place, ...] = (self._place, "app")
            for place in dict.fromkeys(places):
                for action in actions_for(place):
                    groups.setdefault(action.group, []).append(action)
            for group, members in groups.items():
                yield Static(Text(group, style="bold"), classes="help--heading")
                yield Static(self._table(members))

    def _table(self, actions: list[Action]) -> Table:
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(width=14)
        table.add_column()
        for action in actions:
            keys = self._keymap.get(action.id, action.keys)
            shown = shown_keys(keys)
            line = Text(action.text)
            if action.tip:
                line.append(f"  {action.tip}", style="dim")
            table.add_row(Text(shown, style="bold"), line)
        return table
