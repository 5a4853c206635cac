"""The box below the transcript in which it is searched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.message import Message
from textual.widgets import Input

if TYPE_CHECKING:
    from textual import events


class TranscriptSearch(Input):
    """Comes when it is asked for; Escape empties and closes it."""

    HELP = "Searches the transcript while you type. enter or ↓ goes to the next place, ↑ back, esc closes the search."
    BINDINGS: ClassVar = [
        Binding("enter", "submit", "Next"),
        Binding("down", "step(1)", "Next", show=False),
        # where the terminal tells shift+enter from enter
        Binding("up,shift+enter", "step(-1)", "Back"),
        Binding("escape", "close", "Close"),
    ]

    @dataclass
    class Wanted(Message):
        """Show where this text stands; ``step``: 1: at the next place, -1: at the one before."""

        text: str
        step: int = 0

    @dataclass
    class Left(Message):
        """The box was closed."""

    def __init__(self, *, id: str) -> None:
        super().__init__(placeholder="search the transcript", compact=True, id=id)

    def begin(self) -> None:
        """Show the box and type into it."""
        self.add_class("-shown")
        self.focus()

    def action_close(self) -> None:
        """Search for nothing any more."""
        self.value = ""
        self.remove_class("-shown")
        self.post_message(self.Left())

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search while typing."""
        event.stop()
        self.post_message(self.Wanted(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """On to the next place; with nothing typed, away."""
        event.stop()
        if event.value:
            self.action_step(1)
        else:
            self.action_close()

    def action_step(self, step: int) -> None:
        """To the next place, or back."""
        if self.value:
            self.post_message(self.Wanted(self.value, step))

    def on_blur(self, event: events.Blur) -> None:
        """An empty box does not stay."""
        del event
        if not self.value:
            self.remove_class("-shown")
