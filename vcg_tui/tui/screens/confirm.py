"""A question that is answered with yes or no."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult


class ConfirmScreen(ModalScreen[bool]):
    """Asks once; gives True for yes, and False for no, Escape, or a click beside the dialog.

    The focus is on "no" where yes would destroy something, so that a hasty Enter does no harm.
    """

    CSS_PATH: ClassVar = ["buttons.tcss", "confirm.tcss"]
    AUTO_FOCUS = "Button.-default-answer"
    BINDINGS: ClassVar = [
        Binding("y", "answer(True)", "Yes", show=False),
        Binding("n,escape", "answer(False)", "No", show=False),
        Binding("left,up", "app.focus_previous", "Previous", show=False),
        Binding("right,down", "app.focus_next", "Next", show=False),
    ]

    def __init__(
        self, question: str, detail: str = "", *, yes: str = "Yes", no: str = "Cancel", danger: bool = False
    ) -> None:
        """Prepare.

        Args:
            question: in one line.
            detail: what a yes does, in a sentence or two.
            yes: what the button for yes says.
            no: what the button for no says.
            danger: whether a yes destroys something.
        """
        super().__init__()
        self._question, self._detail = question, detail
        self._yes, self._no, self._danger = yes, no, danger

    def compose(self) -> ComposeResult:
        """The question, and two buttons."""
        with Vertical(id="confirm") as box:
            box.border_title = "Please confirm"
            yield Static(self._question, id="confirm--question", markup=False)
            if self._detail:
                yield Static(self._detail, id="confirm--detail", markup=False)
            with Horizontal(classes="dialog--buttons"):
                yes = Button(f"{self._yes}  y", variant="error" if self._danger else "primary", id="yes", compact=True)
                no = Button(f"{self._no}  esc", id="no", compact=True)
                (no if self._danger else yes).add_class("-default-answer")
                yield yes
                yield no

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """A button is an answer."""
        event.stop()
        self.dismiss(event.button.id == "yes")

    def on_click(self, event: events.Click) -> None:
        """A click beside the dialog is a no."""
        if event.widget is self:
            self.dismiss(False)

    def action_answer(self, yes: bool) -> None:
        """A key is an answer."""
        self.dismiss(yes)
