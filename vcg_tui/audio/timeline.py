"""The call as it sounds: every turn's place, length and words, counted in samples.

Everything that has a time derives from here; no other code computes a start. A turn begins a gap after the end of the
one before; the gap is drawn, seeded, from a log-normal distribution around the gap people leave on the phone.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from vcg_tui.models.conversation import Word

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from vcg_tui.models.role import Role

_GAP_MEDIAN_S = 0.3
_GAP_SPREAD = 0.45
# Somebody confused or careful takes about twice as long, and less evenly.
_SLOW_GAP_MEDIAN_S = 0.6
_SLOW_GAP_SPREAD = 0.55
_GAP_LIMITS_S = (0.06, 2.5)


@dataclass(slots=True)
class PlacedTurn:
    """A turn on the timeline; ``start`` and ``length`` are in samples."""

    turn: int
    speaker: Role
    start: int
    length: int = 0
    words: list[Word] = field(default_factory=list["Word"])
    closed: bool = False

    @property
    def end(self) -> int:
        """The sample after the last one."""
        return self.start + self.length


class Timeline:
    """Where everything of one call is.

    Turns are placed in order; one is begun when the one before is closed.
    """

    def __init__(self, sample_rate: int, seed: int, *, slow: Collection[Role] = ()) -> None:
        """Begin an empty call.

        Args:
            sample_rate: Hz.
            seed: the call's; the same seed draws the same gaps.
            slow: the sides that take their time before they answer.
        """
        self.sample_rate = sample_rate
        self._seed = seed
        self._slow = frozenset(slow)
        self._turns: list[PlacedTurn] = []

    @property
    def turns(self) -> tuple[PlacedTurn, ...]:
        """All turns placed so far, the last perhaps still open."""
        return tuple(self._turns)

    @property
    def end(self) -> int:
        """The sample after the last sound placed."""
        return self._turns[-1].end if self._turns else 0

    @property
    def end_s(self) -> float:
        """The same in seconds."""
        return self.end / self.sample_rate

    def begin(self, turn: int, speaker: Role) -> PlacedTurn:
        """Open a turn, a gap after the end of the one before (the first one at 0)."""
        if self._turns and not self._turns[-1].closed:
            msg = f"turn {self._turns[-1].turn} is still open"
            raise ValueError(msg)
        start = self._turns[-1].end + self._gap(turn, speaker) if self._turns else 0
        placed = PlacedTurn(turn, speaker, start)
        self._turns.append(placed)
        return placed

    def extend(self, placed: PlacedTurn, samples: int) -> int:
        """Lay sound at the end of an open turn; returns the index in the call of its first sample."""
        if placed.closed:
            msg = f"turn {placed.turn} is closed"
            raise ValueError(msg)
        start = placed.end
        placed.length += samples
        return start

    def add_words(self, placed: PlacedTurn, words: Iterable[Word], at: int) -> tuple[Word, ...]:
        """Give words of an utterance their times in the call.

        Args:
            placed: their turn.
            words: with times in seconds from the start of the utterance.
            at: the index in the call of the utterance's first sample.
        """
        offset, earliest = at / self.sample_rate, placed.start / self.sample_rate
        # To the microsecond: sums of floats would let neighbours overlap by less than anything that exists.
        timed = tuple(
            Word(
                text=word.text,
                start_s=max(earliest, round(word.start_s + offset, 6)),
                end_s=max(earliest, round(word.end_s + offset, 6)),
                estimated=word.estimated,
            )
            for word in words
        )
        placed.words.extend(timed)
        return timed

    def restart(self, placed: PlacedTurn) -> None:
        """Forget an open turn's sound and words; its start stays."""
        placed.length = 0
        placed.words.clear()

    def close(self, placed: PlacedTurn) -> None:
        """The turn is whole: nothing can be added, and no word lasts beyond its end."""
        placed.closed = True
        end_s = placed.end / self.sample_rate
        placed.words[:] = [
            word if word.end_s <= end_s else replace(word, start_s=min(word.start_s, end_s), end_s=end_s)
            for word in placed.words
        ]

    def drop(self, placed: PlacedTurn) -> None:
        """Take the last turn off the timeline: it never became whole."""
        self._turns.remove(placed)

    def _gap(self, turn: int, speaker: Role) -> int:
        draw = random.Random(f"{self._seed}/gap/{turn}")
        slow = speaker in self._slow
        median, spread = (_SLOW_GAP_MEDIAN_S, _SLOW_GAP_SPREAD) if slow else (_GAP_MEDIAN_S, _GAP_SPREAD)
        low, high = _GAP_LIMITS_S
        return round(min(max(draw.lognormvariate(math.log(median), spread), low), high) * self.sample_rate)
