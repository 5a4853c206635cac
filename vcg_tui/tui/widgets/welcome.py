"""What an empty transcript says: what this is, and which key to press."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Static

_FIRST = (
    "VCG makes support calls: one model plays the customer, one the agent, "
    "and you hear them while they are being written.\n\n"
    "It runs offline as it is: no key, no network. Real models and voices are set with F6.\n"
)
_KEYS = (
    ("F5", "make a call with the two picked personas"),
    ("r", "pick two by chance"),
    ("v", "hear a voice first"),
    ("F3", "calls made before"),
    ("F1", "all keys"),
)


class Welcome(Static):
    """A card in the middle of the pane; the longer one at the first start."""

    def __init__(self, *, first_run: bool, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._first_run = first_run

    def on_mount(self) -> None:
        """Write the card."""
        text = Text()
        if self._first_run:
            text.append("Welcome\n\n", style="bold")
            text.append(f"{_FIRST}\n")
        for key, what in _KEYS:
            text.append(f"{key:>4}", style="bold")
            text.append(f"  {what}\n")
        self.update(text)
