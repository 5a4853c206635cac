"""What an empty transcript says: what this is, and which key to press."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual.widgets import Static

_FIRST = (
    "VCG makes support calls: one model plays the customer, one the agent, "
    "and you hear them while they are being written.\n\n"
    "It runs offline as it is: no key, no network. Real models and voices are set with F6.\n"
)
_KEYS = (
    ("F5", "make a call with the two picked ●"),
    ("Enter", "pick the highlighted one"),
    ("r", "pick two by chance"),
    ("v", "hear the highlighted one's voice"),
    ("s", "set turns, seed, providers"),
    ("F3", "calls made before"),
    ("F1", "help, and all keys"),
)


class Welcome(Static):
    """A card in the middle of the pane; the longer one at the first start."""

    def __init__(self, *, first_run: bool, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._first_run = first_run

    def on_mount(self) -> None:
        """Write the card."""
        keys = Table.grid(padding=(0, 2, 0, 0))
        keys.add_column(justify="right", style="bold", no_wrap=True)
        keys.add_column()
        for key, what in _KEYS:
            keys.add_row(key, what)
        if self._first_run:
            self.update(Group(Text("Welcome\n", style="bold"), Text(_FIRST), keys))
        else:
            self.update(Group(Text("Ready\n", style="bold"), keys))
