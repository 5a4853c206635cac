"""A call as the screen knows it: events folded into turns and figures. No widget, no clock of its own."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from vcg_tui.models.events import (
    CallEnded,
    CallStarted,
    MetricsChanged,
    SpeechChunk,
    TextDelta,
    TurnCompleted,
    TurnRestarted,
    TurnStarted,
    WordsTimed,
)
from vcg_tui.models.metrics import MetricsSnapshot

if TYPE_CHECKING:
    from vcg_tui.models.conversation import CallPlan, Conversation, Turn, Word
    from vcg_tui.models.events import CallEvent
    from vcg_tui.models.metrics import CallMetrics
    from vcg_tui.models.role import Role


class CallPhase(Enum):
    """What the screen's call is doing."""

    NONE = auto()
    """There is no call yet."""
    MAKING = auto()
    ENDED = auto()


class TurnPhase(Enum):
    """How far a turn is; each looks different."""

    WRITING = auto()
    """Its text is still coming."""
    WAITING = auto()
    """Its text is whole, its sound has not been reached."""
    HEARD = auto()
    """It is being heard now."""
    PAST = auto()
    """It has been heard; or nobody listens, and it is complete."""


@dataclass(slots=True)
class ShownTurn:
    """A turn as it is shown; times in seconds from the start of the call."""

    turn: int
    speaker: Role
    text: str = ""
    start_s: float | None = None
    end_s: float | None = None
    words: list[Word] = field(default_factory=list["Word"])
    phase: TurnPhase = TurnPhase.WRITING
    heard_words: int = 0
    """How many of its words have begun to be heard; the last of them is lit while it is HEARD."""


class CallSession:
    """The call on the screen: made now, or stored and played again."""

    def __init__(self) -> None:
        self.phase = CallPhase.NONE
        self.plan: CallPlan | None = None
        self.turns: list[ShownTurn] = []
        self.snapshot = MetricsSnapshot()
        self.conversation: Conversation | None = None
        self.metrics: CallMetrics | None = None
        self.listening = False
        """Whether the call is being heard; then turns wait for their sound."""
        self._by_number: dict[int, ShownTurn] = {}

    @classmethod
    def stored(cls, conversation: Conversation, metrics: CallMetrics) -> CallSession:
        """A stored call, every turn complete."""
        session = cls()
        session.phase = CallPhase.ENDED
        session.conversation, session.metrics = conversation, metrics
        for turn in conversation.turns:
            shown = session._turn(turn.turn, turn.speaker)
            session._complete(shown, turn)
            shown.phase = TurnPhase.PAST
        return session

    def apply(self, event: CallEvent) -> ShownTurn | None:
        """Take an event in; returns the turn that looks different now, if one does."""
        match event:
            case CallStarted():
                self.phase, self.plan = CallPhase.MAKING, event.plan
            case TurnStarted():
                for shown in self.turns:
                    if shown.phase is TurnPhase.WRITING:
                        shown.phase = TurnPhase.WAITING if self.listening else TurnPhase.PAST
                return self._turn(event.turn, event.speaker)
            case TextDelta():
                shown = self._turn(event.turn, event.speaker)
                shown.text += event.text
                return shown
            case TurnRestarted():
                shown = self._turn(event.turn, event.speaker)
                shown.text, shown.words, shown.heard_words = "", [], 0
                shown.phase = TurnPhase.WRITING
                return shown
            case SpeechChunk():
                shown = self._turn(event.turn, event.speaker)
                if shown.start_s is None:
                    shown.start_s = event.start / event.sample_rate
                    return shown
            case WordsTimed():
                shown = self._turn(event.turn, event.speaker)
                shown.words.extend(event.words)
                return shown
            case TurnCompleted():
                shown = self._turn(event.turn.turn, event.turn.speaker)
                self._complete(shown, event.turn)
                if not self.listening:
                    shown.phase = TurnPhase.PAST
                return shown
            case MetricsChanged():
                self.snapshot = event.snapshot
            case CallEnded():
                self._end(event)
            case _:
                pass
        return None

    def heard_until(self, position_s: float, *, playing: bool) -> list[ShownTurn]:
        """The listener is here; returns the turns that look different now."""
        changed: list[ShownTurn] = []
        for shown in self.turns:
            if shown.start_s is None:
                continue
            before = shown.phase, shown.heard_words
            if position_s < shown.start_s:
                reached = TurnPhase.WAITING if shown.phase is not TurnPhase.WRITING else TurnPhase.WRITING
                shown.heard_words = 0
            elif shown.end_s is not None and position_s >= shown.end_s:
                reached, shown.heard_words = TurnPhase.PAST, len(shown.words)
            else:
                reached = TurnPhase.HEARD if playing else TurnPhase.PAST
                shown.heard_words = bisect_right(shown.words, position_s, key=lambda word: word.start_s)
            shown.phase = reached
            if before != (shown.phase, shown.heard_words):
                changed.append(shown)
        return changed

    def all_heard(self) -> list[ShownTurn]:
        """Nobody listens any more; returns the turns that look different now."""
        changed = [shown for shown in self.turns if shown.phase is not TurnPhase.PAST]
        for shown in changed:
            shown.phase = TurnPhase.PAST
        return changed

    def _turn(self, number: int, speaker: Role) -> ShownTurn:
        shown = self._by_number.get(number)
        if shown is None:
            shown = self._by_number[number] = ShownTurn(number, speaker)
            self.turns.append(shown)
        return shown

    def _complete(self, shown: ShownTurn, turn: Turn) -> None:
        shown.text, shown.start_s, shown.end_s = turn.text, turn.start_s, turn.end_s
        shown.words = list(turn.words)
        if shown.phase is TurnPhase.WRITING:
            shown.phase = TurnPhase.WAITING

    def _end(self, event: CallEnded) -> None:
        self.phase = CallPhase.ENDED
        self.conversation, self.metrics = event.conversation, event.metrics
        kept = {turn.turn for turn in event.conversation.turns}
        # What never became whole is no part of the call, and does not stay on the screen.
        self.turns = [shown for shown in self.turns if shown.turn in kept]
        self._by_number = {shown.turn: shown for shown in self.turns}
        self.all_heard()
