"""What an empty transcript says: what this is, and which key to press."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual.widgets import Static

if TYPE_CHECKING:
    from collections.abc import Callable

_FIRST = (
    "VCG makes support calls: one model plays the customer, one the agent, "
    "and you hear them while they are being written.\n\n"
    "It runs offline as it is: no key, no network. Real models and voices are set with {settings}.\n"
)
_KEYS = (
    ("{run-call}", "make a call with the two picked ●"),
    ("Enter", "pick the highlighted one"),
    ("{random-pair}", "pick two by chance"),
    ("{preview}", "hear the highlighted one's voice"),
    ("{call-settings}", "set turns, seed, language, providers"),
    ("{history}", "calls made before"),
    ("{help}", "help, and all keys"),
)


class Welcome(Static):
    """A card in the middle of the pane; the longer one at the first start. ``told`` fills a text with the keys."""

    def __init__(self, told: Callable[[str], str], *, first_run: bool, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._told = told
        self._first_run = first_run

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
        if self._first_run:
            self.update(Group(Text("Welcome\n", style="bold"), Text(self._told(_FIRST)), keys))
        else:
            self.update(Group(Text("Ready\n", style="bold"), keys))
