"""What a listener hears right now of what was handed to a device that plays it a little later."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SILENCE_DBFS = -96.0
"""What a level says of silence: the floor of 16 bits."""

_METER_S = 0.02
_FULL_SCALE = 32768.0


@dataclass(frozen=True, slots=True)
class Level:
    """How loud it is, in dB below full scale; `SILENCE_DBFS` at the lowest."""

    rms_dbfs: float
    peak_dbfs: float


class Span(NamedTuple):
    """A part of a pull: from its frame ``offset`` on, the call from sample ``call`` on.

    ``pace``: the call's samples in a frame: 0 where it stands still, 1 where it moves as it is.
    """

    offset: int
    call: int
    pace: float


class _Handed(NamedTuple):
    out: int
    pcm: NDArray[np.int16]
    spans: tuple[Span, ...]


class HeardLog:
    """Remembers what was handed over until it is heard, and tells by the clock how far that is.

    Not locked: its owner sees to that.
    """

    def __init__(self, sample_rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.latency_s = 0.0
        """Seconds from a hand-over to its first sample being heard."""
        self.out = 0
        """Frames handed over since the beginning."""
        self._sample_rate = sample_rate
        self._clock = clock
        self._handed: deque[_Handed] = deque()
        self._last_began = (0, 0.0)
        self._heard = 0

    def record(self, pcm: NDArray[np.int16], spans: tuple[Span, ...], at: float | None) -> None:
        """Note what is handed over at the time ``at`` (now, if None)."""
        heard = self.heard()
        while self._handed and self._handed[0].out + len(self._handed[0].pcm) < heard - self._window:
            self._handed.popleft()
        self._last_began = (self.out, self._clock() if at is None else at)
        self._handed.append(_Handed(self.out, pcm, spans))
        self.out += len(pcm)

    @property
    def _window(self) -> int:
        return round(_METER_S * self._sample_rate)

    def heard(self) -> int:
        """How many of the frames handed over were heard by now; never goes back."""
        began, when = self._last_began
        by_clock = began + round((self._clock() - when - self.latency_s) * self._sample_rate)
        self._heard = max(self._heard, min(by_clock, self.out))
        return self._heard

    def call_position(self) -> int | None:
        """The call's sample that is heard now; None while nothing was heard."""
        heard = self.heard()
        position: int | None = None
        for handed in self._handed:
            for span in handed.spans:
                at = heard - handed.out - span.offset
                if at >= 0:
                    position = span.call + int(min(at, self._length(handed, span)) * span.pace)
        return position

    @staticmethod
    def _length(handed: _Handed, span: Span) -> int:
        later = [other.offset for other in handed.spans if other.offset > span.offset]
        return min(later, default=len(handed.pcm)) - span.offset

    def level(self) -> Level:
        """How loud the last 20 ms heard were."""
        end = self.heard()
        begin = end - self._window
        pieces = [
            handed.pcm[max(0, begin - handed.out) : max(0, end - handed.out)]
            for handed in self._handed
            if handed.out < end and handed.out + len(handed.pcm) > begin
        ]
        sound = np.concatenate(pieces).astype(np.float64) / _FULL_SCALE if pieces else np.zeros(1)
        return Level(_dbfs(math.sqrt(float(np.mean(sound**2)))), _dbfs(float(np.max(np.abs(sound)))))


def _dbfs(amplitude: float) -> float:
    return max(SILENCE_DBFS, 20 * math.log10(amplitude)) if amplitude > 0 else SILENCE_DBFS
