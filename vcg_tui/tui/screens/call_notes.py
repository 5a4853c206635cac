"""A call's title and tags, to be written by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label, Static

from vcg_tui.models.conversation import CallNotes
from vcg_tui.tui.screens.dialog import Dialog

if TYPE_CHECKING:
    from textual.app import ComposeResult


class CallNotesScreen(Dialog[CallNotes | None]):
    """Gives the notes as they are to be; None where nothing is to change."""

    CSS_PATH: ClassVar = ["buttons.tcss", "call_notes.tcss"]
    BINDINGS: ClassVar = [Binding("escape", "cancel", "Cancel", show=False)]

    def __init__(self, notes: CallNotes, *, begin_with: Literal["title", "tags"]) -> None:
        """Prepare.

        Args:
            notes: as they are.
            begin_with: the field that has the focus.
        """
        super().__init__()
        self._notes = notes
        self._begin_with = begin_with

    def compose(self) -> ComposeResult:
        """Two fields, two buttons."""
        with Vertical(id="notes") as box:
            box.border_title = "Title and tags"
            yield Label("title")
            yield Input(self._notes.title, placeholder="what to call it", compact=True, id="title", max_length=80)
            yield Label("tags, separated by spaces or commas", id="tags--label")
            yield Input(" ".join(self._notes.tags), placeholder="e.g. demo needs-a-look", compact=True, id="tags")
            yield Static(id="notes--tags", markup=False)
            with Horizontal(classes="dialog--buttons"):
                yield Button("Save  enter", variant="primary", compact=True, id="save")
                yield Button("Cancel  esc", compact=True, id="cancel")

    def on_mount(self) -> None:
        """Go to the field that was asked for."""
        self.query_one(f"#{self._begin_with}", Input).focus()
        self._tell_tags()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show which tags will be saved: a blank ends one."""
        event.stop()
        self._tell_tags()

    def _tell_tags(self) -> None:
        tags = self._written.tags
        told = " ".join(f"#{tag}" for tag in tags)
        self.query_one("#notes--tags", Static).update(f"{told}  ({len(tags)} tags)" if len(tags) > 1 else told)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter saves, in either field."""
        event.stop()
        self._save()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """A button was pressed."""
        event.stop()
        if event.button.id == "save":
            self._save()
        else:
            self.dismiss(None)

    def action_cancel(self) -> None:
        """Change nothing."""
        self.dismiss(None)

    @property
    def _written(self) -> CallNotes:
        tags = [tag.lstrip("#") for tag in self.query_one("#tags", Input).value.replace(",", " ").split()]
        return CallNotes(title=self.query_one("#title", Input).value, tags=tags, starred=self._notes.starred)

    def _save(self) -> None:
        notes = self._written
        self.dismiss(None if notes == self._notes else notes)
