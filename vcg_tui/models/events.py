"""What a call being made tells the world: one stream of frozen events.

Every event carries the call's id and ``at``, seconds since the call began being made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vcg_tui.models.conversation import CallPlan, Conversation, Turn, Word
    from vcg_tui.models.metrics import CallMetrics, MetricsSnapshot
    from vcg_tui.models.role import Role


@dataclass(frozen=True, slots=True)
class CallEvent:
    """Something that happened in a call."""

    call_id: str
    at: float


@dataclass(frozen=True, slots=True)
class CallStarted(CallEvent):
    """The call begins being made."""

    plan: CallPlan


@dataclass(frozen=True, slots=True)
class TurnStarted(CallEvent):
    """A side begins to write its turn."""

    turn: int
    speaker: Role


@dataclass(frozen=True, slots=True)
class TextDelta(CallEvent):
    """A piece of a turn's text; the pieces joined are the text."""

    turn: int
    speaker: Role
    text: str


@dataclass(frozen=True, slots=True)
class TurnRestarted(CallEvent):
    """A turn's stream broke: forget its text and sound, it comes again."""

    turn: int
    speaker: Role
    reason: str


@dataclass(frozen=True, slots=True)
class SpeechChunk(CallEvent):
    """A piece of a turn's sound and its place in the call.

    ``pcm`` is mono int16 of shape (n,) at ``sample_rate`` Hz; ``start`` is its first sample's index in the call.
    """

    turn: int
    speaker: Role
    pcm: NDArray[np.int16]
    start: int
    sample_rate: int


@dataclass(frozen=True, slots=True)
class WordsTimed(CallEvent):
    """When words of a turn are heard, in seconds from the start of the call."""

    turn: int
    speaker: Role
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class TurnCompleted(CallEvent):
    """A turn is whole: its text, its sound, its times."""

    turn: Turn


@dataclass(frozen=True, slots=True)
class MetricsChanged(CallEvent):
    """The metrics as of now; at most four a second."""

    snapshot: MetricsSnapshot


@dataclass(frozen=True, slots=True)
class Notice(CallEvent):
    """Something a person should know, and what to do about it."""

    level: Literal["info", "warning", "error"]
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class CallEnded(CallEvent):
    """The last event of every call."""

    conversation: Conversation
    metrics: CallMetrics
