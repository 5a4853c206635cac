"""What the parts of the app tell each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from vcg_tui.models.events import CallEvent
    from vcg_tui.models.persona import AnyPersona


@dataclass
class CallEventArrived(Message):
    """The call being made said something."""

    event: CallEvent


@dataclass
class CallFailed(Message):
    """The call could not be made, or broke; one line and the remedy."""

    text: str


@dataclass
class PersonaHighlighted(Message):
    """The cursor is on a persona."""

    persona: AnyPersona


@dataclass
class PersonaPicked(Message):
    """A persona was chosen for the next call."""

    persona: AnyPersona


@dataclass
class PersonasChanged(Message):
    """Persona files were written or removed."""


@dataclass
class SoundLost(Message):
    """The sound device is gone; one line and the remedy."""

    text: str


@dataclass
class SeekWanted(Message):
    """Somebody wants to hear the call from here on, in seconds from its start."""

    position_s: float
