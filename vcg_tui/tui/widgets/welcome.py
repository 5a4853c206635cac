"""What an empty transcript says: what this is, and which key to press."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual.containers import VerticalScroll
from textual.widgets import Static

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

_FIRST = (
    "VCG makes support calls: one model plays the customer, one the agent, "
    "and you hear the call while it is being made.\n",
    "\nIt runs offline as it is: no key, no network. {settings} sets real models and voices.",
)
_KEYS = (
    ("{run-call}", "make a call with the two marked ●"),
    ("enter", "pick the highlighted one"),
    ("{random-pair}", "pick two at random"),
    ("{preview}", "hear the highlighted voice"),
    ("{call-settings}", "set up the next call"),
    ("{history}", "saved calls"),
    ("{help}", "help, and all keys"),
)


class Welcome(VerticalScroll, can_focus=False):
    """A card in the middle of the pane; the longer one at the first start. ``told`` fills a text with the keys."""

    def __init__(self, told: Callable[[str], str], *, first_run: bool, id: str | None = None) -> None:
        super().__init__(id=id)
        self._told = told
        self._first_run = first_run

    def compose(self) -> ComposeResult:
        """The text, which scrolls where there is little room."""
        yield Static(markup=False)

    def on_mount(self) -> None:
        """Write the card."""
        self.write()

    def write(self) -> None:
        """Write it with the keys of now."""
        keys = Table.grid(padding=(0, 2, 0, 0))
        keys.add_column(justify="right", style="bold", no_wrap=True)
        keys.add_column()
        for key, what in _KEYS:
            keys.add_row(self._told(key), what)
        text = self.query_one(Static)
        if self._first_run:
            what, offline = (Text(self._told(part)) for part in _FIRST)
            text.update(Group(Text("Welcome\n", style="bold"), what, keys, offline))
        else:
            text.update(Group(Text("Ready\n", style="bold"), keys))
