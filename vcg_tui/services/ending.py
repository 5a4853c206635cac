"""When a call ends, and what became of it.

Each role ends its part by its own signal; no keyword ever ends a call. The rest are guards against models that never
come to an end.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from typing import TYPE_CHECKING, Final

from vcg_tui.models.conversation import EndReason, Outcome
from vcg_tui.models.role import Role

if TYPE_CHECKING:
    from vcg_tui.services.spoken_text import EndSignal

_FAREWELL: Final = re.compile(
    r"\b(?:good ?bye|bye|take care|have a (?:good|great|nice|lovely)|good (?:day|night|evening)|see you|talk soon"
    r"|cheers)\b",
    re.IGNORECASE,
)
_LOOP_TURNS: Final = 4
_LOOP_WORDS: Final = 14
_SHORTEST_REPEAT: Final = 5


class CallEnding:
    """Watches the turns of one call and says when it is over."""

    def __init__(self) -> None:
        self._signals: dict[Role, EndSignal] = {}
        self._last: deque[str] = deque(maxlen=_LOOP_TURNS)
        self._before: dict[Role, str] = {}
        self._said: Counter[tuple[Role, str]] = Counter()

    def after(self, speaker: Role, text: str, signal: EndSignal | None) -> EndReason | None:
        """Take note of a turn; returns why the call ends with it, or None."""
        was_closing = bool(self._signals)
        if signal is not None:
            self._signals[speaker] = signal
        if was_closing:
            # The other side has ended its part, and this was the last word.
            return EndReason.COMPLETED
        if text:
            line = _normal(text)
            self._last.append(line)
            if self._repeats(speaker, line):
                return EndReason.REPEATED_LINE
            if self._loops(text):
                return EndReason.GOODBYE_LOOP
        return None

    @property
    def signalled(self) -> bool:
        """Whether a side has ended its part."""
        return bool(self._signals)

    @property
    def outcome(self) -> Outcome | None:
        """What the sides said became of the problem.

        The agent knows what was done and has the say; the customer's word counts where the agent gave none.
        """
        for role in (Role.SUPPORT, Role.CUSTOMER):
            signal = self._signals.get(role)
            if signal is not None and signal.outcome is not None:
                return signal.outcome
        return None

    def _repeats(self, speaker: Role, line: str) -> bool:
        """Whether a side is stuck: the same line twice running, or for the third time."""
        before, self._before[speaker] = self._before.get(speaker), line
        self._said[speaker, line] += 1
        if len(line.split()) < _SHORTEST_REPEAT:
            return False
        return before == line or self._said[speaker, line] > 2

    def _loops(self, text: str) -> bool:
        if not _FAREWELL.search(text):
            return False
        return len(self._last) == _LOOP_TURNS and all(
            len(line.split()) <= _LOOP_WORDS and _FAREWELL.search(line) for line in self._last
        )


def _normal(text: str) -> str:
    return " ".join(re.findall(r"[\w']+", text.lower()))
