"""Hearing a sound faster or slower, at the pitch that it has."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Source = Callable[[int, int], NDArray[np.int32]]
"""Any part of a sound: ``source(begin, frames)`` is int32 of shape (frames,), zeros where there is no sound."""

_HOP_S = 0.012
_REACH_S = 0.008
"""To both sides of the place that is due; together more than a period of a deep voice."""


class Stretcher:
    """Reads a sound at a speed other than 1, by overlapping pieces of it where they are most alike (WSOLA).

    Every 12 ms the sound is followed as it is while it stays within 8 ms of the place that is due; else the next 12 ms
    go over, smoothly, to the place near the due one whose sound is most like what would have come. What is read lies
    never further than about 20 ms from the place that is told. Not locked: its owner sees to that.
    """

    def __init__(self, sample_rate: int) -> None:
        """``sample_rate``: Hz."""
        self._hop = max(1, round(_HOP_S * sample_rate))
        self._reach = max(1, round(_REACH_S * sample_rate))
        self._rise: NDArray[np.float64] = 0.5 - 0.5 * np.cos(np.pi * (np.arange(self._hop) + 0.5) / self._hop)
        self._place = -1
        """The sound's sample that is due next, as told to the owner."""
        self._due = 0.0
        """The place at which the next hop begins."""
        self._began, self._pace = 0.0, 1.0
        """Where the hop in hand began, and how many samples of the sound go by in one that is read."""
        self._old = self._new = 0
        """The hop in hand goes over from the sound at ``old`` to the sound at ``new``."""
        self._done = self._hop
        """How much of the hop in hand was read."""

    def reset(self) -> None:
        """Forget where it was: the sound goes on somewhere else."""
        self._place = -1

    def busy(self, place: int) -> bool:
        """Whether what was read up to here can't go on with the sound at ``place`` as it is, without a jump."""
        return place == self._place and (self._done < self._hop or self._new + self._hop != place)

    def read(self, source: Source, begin: int, end: int, frames: int, speed: float) -> tuple[NDArray[np.int32], int]:
        """The next samples at this speed.

        Args:
            source: the sound.
            begin: the place to go on from; where it is not the one that the last call returned, it begins anew there.
            end: the sound's end as far as it may be heard now.
            frames: how many samples are wanted.
            speed: samples of the sound in one that is read; at 1 it only goes on until it is not `busy`.

        Returns:
            int32 of shape (at most ``frames``,), and the place that is due next, at most ``end``.
        """
        if begin != self._place:
            self._place, self._due = begin, float(begin)
            self._new, self._done = begin - self._hop, self._hop
        pieces: list[NDArray[np.int32]] = []
        while frames > 0 and self._place < end and (speed != 1.0 or self.busy(self._place)):
            if self._done == self._hop:
                self._next_hop(source, speed)
            there = self._began + self._done * self._pace
            count = min(frames, self._hop - self._done, max(1, math.ceil((end - there) / self._pace)))
            pieces.append(self._part(source, count))
            self._done += count
            frames -= count
            self._place = min(end, int(self._began + self._done * self._pace))
        return np.concatenate(pieces) if pieces else np.zeros(0, np.int32), self._place

    def continuation(self, source: Source, place: int, frames: int) -> NDArray[np.int32]:
        """What would be read next from ``place`` on, for a moment; nothing changes."""
        if not self.busy(place):
            return source(place, frames)
        part = self._part(source, min(frames, self._hop - self._done))
        return np.concatenate((part, source(self._new + self._done + len(part), frames - len(part))))

    def _next_hop(self, source: Source, speed: float) -> None:
        self._old = self._new + self._hop
        if speed == 1.0:
            # Back onto the sound itself, to the sample.
            self._began = float(self._place)
            self._new = self._place
        else:
            self._began = self._due
            self._new = self._most_alike(source, self._old, round(self._due))
        self._done, self._pace = 0, speed
        self._due = self._began + self._hop * speed

    def _most_alike(self, source: Source, old: int, due: int) -> int:
        low, high = max(0, due - self._reach), due + self._reach
        if low <= old <= high:
            return old
        expected = source(old, self._hop).astype(np.float64)
        if not expected.any():
            return due
        near = source(low, high - low + self._hop).astype(np.float64)
        energy = np.cumsum(np.concatenate(((0.0,), near**2)))
        energies = energy[self._hop :] - energy[: -self._hop]
        # One step of 16 bits a sample is added: silence is like nothing.
        alike = np.correlate(near, expected, "valid") / np.sqrt(energies + self._hop)
        return low + int(np.argmax(alike))

    def _part(self, source: Source, frames: int) -> NDArray[np.int32]:
        new = source(self._new + self._done, frames)
        if self._new == self._old:
            return new
        rise = self._rise[self._done : self._done + frames]
        old = source(self._old + self._done, frames)
        return np.rint(old * (1 - rise) + new * rise).astype(np.int32)
