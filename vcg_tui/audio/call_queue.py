"""The sound of one call: what there is of it, what was handed over, and what comes next."""

from __future__ import annotations

import bisect
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(slots=True)
class Block:
    """A piece of a turn at its place in the call, in samples."""

    start: int
    turn: int
    pcm: NDArray[np.int16]
    heard: int = 0
    """Samples handed over; they are not played again when the cursor goes back for a late block."""

    @property
    def end(self) -> int:
        """The sample after its last."""
        return self.start + len(self.pcm)


@dataclass(slots=True)
class TurnSound:
    """Where a turn lies in the call, so far."""

    start: int
    end: int
    complete: bool = False


@dataclass(slots=True)
class CallQueue:
    """The state of one call's playing. All that was fed is kept, so that it can be heard again."""

    turns: dict[int, TurnSound] = field(default_factory=dict[int, TurnSound])
    pending: list[Block] = field(default_factory=list[Block])
    """Blocks not wholly handed over, by start."""
    cursor: int = 0
    """The call's sample to be handed over next."""
    from_turn: int = 0
    """Turns before this one were skipped."""
    skip_waits: bool = False
    """A skip waits for its turn to come."""
    paused: bool = False
    started: bool = False
    finished: bool = False
    stopped: bool = False
    _blocks: list[Block] = field(default_factory=list[Block])
    """All there is, by start."""
    _longest: int = 0
    """The length of the longest block."""
    _waited: int = 0
    """Samples of the call's time that were silent since the queue ran dry."""
    _starved: int = 0
    _excused_to: int = -1
    """How much of the call there was when it was last sought in; waiting at or before it is the listener's doing."""

    # ------------------------------------------------------------------ what comes in

    def feed(self, block: Block) -> None:
        """Add a block; after a stop it is dropped."""
        if self.stopped or not len(block.pcm):
            return
        bisect.insort(self._blocks, block, key=_start_of)
        self._longest = max(self._longest, len(block.pcm))
        turn = self.turns.setdefault(block.turn, TurnSound(block.start, block.start))
        turn.start, turn.end = min(turn.start, block.start), max(turn.end, block.end)
        if block.turn < self.from_turn:
            if self.skip_waits:
                # The call moves past what is skipped, so that who writes ahead of the listener goes on writing.
                self.cursor = max(self.cursor, block.end)
            return
        if self.skip_waits:
            self.skip_waits = False
            self.cursor = block.start
        elif not self.pending and self.started:
            credit = min(max(0, block.start - self.cursor), self._waited)
            self._settle(credit)
            self.cursor += credit
        self._waited = 0
        self.cursor = min(self.cursor, block.start)
        bisect.insort(self.pending, block, key=_start_of)

    def discard(self, turn: int) -> list[Block]:
        """Forget a turn; returns what of it was still to come."""
        self.turns.pop(turn, None)
        self._blocks = [block for block in self._blocks if block.turn != turn]
        return self.remove(lambda other: other == turn)

    def finish(self) -> None:
        """Nothing more comes."""
        self.finished = True
        self._settle(0)

    # ------------------------------------------------------------------ where the call is

    def turn_at(self, sample: int) -> int:
        """The latest turn begun at a sample; 0: none."""
        return max((turn for turn, sound in self.turns.items() if sound.start <= sample), default=0)

    def remove(self, turns: Callable[[int], bool]) -> list[Block]:
        """Take the pending blocks of some turns out of the queue."""
        removed = [block for block in self.pending if turns(block.turn)]
        self.pending = [block for block in self.pending if not turns(block.turn)]
        return removed

    def seek(self, sample: int) -> None:
        """Go on from a sample, or from the end of what there is where that comes first; skipped turns are heard."""
        end = max((turn.end for turn in self.turns.values()), default=0)
        self.cursor = min(max(0, sample), end)
        self.pending = [block for block in self._blocks if block.end > self.cursor]
        for block in self.pending:
            block.heard = max(0, self.cursor - block.start)
        self.from_turn, self.skip_waits = 0, False
        self._excused_to, self._waited = end, 0

    # ------------------------------------------------------------------ what goes out

    def playable(self, frames: int) -> int:
        """How many of the next frames hold the call: sound, or silence of the timeline before sound."""
        if not self.pending:
            return 0
        if self.pending[-1].end >= self.cursor + frames:
            return frames
        return min(frames, max(block.end for block in self.pending) - self.cursor)

    def advance(self, end: int) -> None:
        """What lies before the sample ``end`` was handed over."""
        for block in self.pending:
            if block.start >= end:
                break
            block.heard = max(block.heard, min(end, block.end) - block.start)
            self.started = True
        self.cursor = end
        while self.pending and self.pending[0].end <= end:
            del self.pending[0]

    def wait(self, samples: int) -> None:
        """So much of the call's time went by in silence, because nothing was there."""
        if self.started and not self.finished and not self.skip_waits:
            self._waited += samples

    @property
    def starved(self) -> int:
        """How long speech that was due was waited for, in samples of the call's time."""
        return self._starved + (self._waited if self._counts else 0)

    @property
    def _counts(self) -> bool:
        return self.cursor > self._excused_to

    def _settle(self, credit: int) -> None:
        """The waiting is over; ``credit`` of it was the timeline's own silence."""
        if self._counts:
            self._starved += self._waited - credit
        self._waited = 0

    def sound(self, begin: int, frames: int, turns: Callable[[int], bool] | None = None) -> NDArray[np.int32]:
        """Any part of the call, heard or not, as int32 of shape (frames,).

        Args:
            begin: the first sample; there is silence before 0.
            frames: how many.
            turns: which turns sound; None: all that were not skipped.
        """
        first = bisect.bisect_left(self._blocks, begin - self._longest, key=_start_of)
        out = np.zeros(frames, np.int32)
        for index in range(first, len(self._blocks)):
            block = self._blocks[index]
            if block.start >= begin + frames:
                break
            if turns(block.turn) if turns else block.turn >= self.from_turn:
                _add(out, begin, block, 0)
        return out


def mix_unheard(blocks: list[Block], begin: int, frames: int) -> NDArray[np.int32]:
    """The sum of what blocks, sorted by start, still have to be heard from ``begin`` on."""
    out = np.zeros(frames, np.int32)
    for block in blocks:
        if block.start >= begin + frames:
            break
        _add(out, begin, block, block.heard)
    return out


def _add(out: NDArray[np.int32], begin: int, block: Block, heard: int) -> None:
    low, high = max(begin, block.start + heard), min(begin + len(out), block.end)
    if low < high:
        out[low - begin : high - begin] += block.pcm[low - block.start : high - block.start]


def _start_of(block: Block) -> int:
    return block.start
