"""What a person wrote to a call, kept beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError
from pydantic_core import from_json

from vcg_tui.audio.files import write_text
from vcg_tui.models.conversation import CallNotes

if TYPE_CHECKING:
    from pathlib import Path

NAME = "notes.json"


def read_notes(folder: Path) -> CallNotes:
    """The notes in a call's folder; empty ones where there are none, or they can't be read.

    A list of calls must not fail, and no call be hidden, for the sake of a note.
    """
    try:
        return CallNotes.model_validate(from_json((folder / NAME).read_bytes()))
    except (OSError, ValueError, ValidationError):
        return CallNotes()


def write_notes(folder: Path, notes: CallNotes) -> None:
    """Write the notes into a call's folder, in place of those that are there.

    Raises:
        OSError: they could not be written; what was there before is untouched.
    """
    # Whoever made a copy without validation must not get a control character onto a terminal either.
    checked = CallNotes.model_validate(notes.model_dump())
    write_text(folder / NAME, checked.model_dump_json(indent=2) + "\n")
