"""The box in which the list of saved calls is searched."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding
from textual.widgets import Input

from vcg_tui.tui.call_search import SYNTAX

# a line each: two columns of this width run into each other in the help of a narrow screen
_FORMS = "\n".join(f"{form}\n    {meaning}" for form, meaning in SYNTAX)
_HINTS = (
    "/ search   outcome:escalated customer:anna after:2026-11-01 #demo star",
    "/ search   outcome:escalated customer:anna #demo star",
    "/ search   outcome:escalated #demo star",
    "/ search   #demo",
    "/ search",
)
"""From the longest to the shortest: none is cut."""


class CallSearchBox(Input):
    """Words and filters; its tooltip and its help tell the language."""

    HELP = f"Words find a call by what is told of it, filters narrow it down:\n\n{_FORMS}"
    BINDINGS: ClassVar = [Binding("enter", "submit", "List")]

    def __init__(self, *, id: str) -> None:
        super().__init__(placeholder=_HINTS[-1], compact=True, tooltip=_FORMS, id=id)

    def on_resize(self) -> None:
        """Another width: as much of a hint as there is room for."""
        room = self.scrollable_content_region.width
        self.placeholder = next((hint for hint in _HINTS if len(hint) < room), _HINTS[-1])
