"""A turn between its first letter and its last sound, shared by the stages of a call."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vcg_tui.models.role import Role
    from vcg_tui.services.turn_speaker import SpokenSentence
    from vcg_tui.services.turn_writer import Written

# Speech runs at about this rate; for sound that is not there yet.
_CHARS_PER_S = 15.0


@dataclass(slots=True)
class Draft:
    """What is known of a turn being made.

    The writing stage adds, the placing stage reads and waits on `changed`. ``generation`` grows when the text was
    begun again; everything of an earlier generation is void. ``started_at`` is of ``time.perf_counter``.
    """

    turn: int
    speaker: Role
    started_at: float
    text: str = ""
    sentences: list[SpokenSentence] = field(default_factory=list["SpokenSentence"])
    written: Written | None = None
    generation: int = 0
    abandoned: bool = False
    placed_s: float = 0.0
    """Seconds of its sound already on the timeline."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _speaking: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])

    def add(self, sentence: SpokenSentence, speaking: asyncio.Task[None]) -> None:
        """One more sentence, being spoken by this task."""
        self.sentences.append(sentence)
        self._speaking.append(speaking)
        self.changed.set()

    def restart(self) -> None:
        """The text comes again: what was spoken of it is void."""
        self.generation += 1
        self._void()

    def abandon(self) -> None:
        """The turn will never be whole."""
        self.abandoned = True
        self._void()

    def complete(self, written: Written) -> None:
        """The text is whole."""
        self.written = written
        self.changed.set()

    @property
    def to_come_s(self) -> float:
        """About how many seconds of it are not on the timeline yet."""
        return max(0.0, len(self.text) / _CHARS_PER_S - self.placed_s)

    def _void(self) -> None:
        for task in self._speaking:
            task.cancel()
        for sentence in self.sentences:
            sentence.changed.set()
        self.text, self.sentences, self._speaking, self.written = "", [], [], None
        self.changed.set()
