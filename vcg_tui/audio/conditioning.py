"""A voice's raw sound to the call's rate and loudness, as a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vcg_tui.audio.pcm import FULL_SCALE, Pcm

if TYPE_CHECKING:
    from numpy.typing import NDArray

CEILING_DBFS = -1.0
"""No sample that leaves here is as loud as this."""
_KNEE = 0.6
"""Up to this value, of 1, the limiter leaves a sample alone."""
_CEILING = 0.89
"""What the limiter tends to: a little under -1 dBFS."""


def soft_limit(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Samples (1.0 is full scale) with their peaks bent to stay below -1 dBFS; a function of each sample alone."""
    size = np.abs(samples)
    over = size > _KNEE
    if not over.any():
        return samples
    room = _CEILING - _KNEE
    bent = samples.copy()
    bent[over] = np.copysign(_KNEE + room * np.tanh((size[over] - _KNEE) / room), samples[over])
    return bent


def resampled_length(samples: int, source_rate: int, target_rate: int) -> int:
    """How many samples at ``target_rate`` stand for so many at ``source_rate``: the nearest number, halves up."""
    return (2 * samples * target_rate + source_rate) // (2 * source_rate)


class SpeechConditioner:
    """Resamples (soxr HQ), applies one constant gain, and limits softly; any chunking gives the same sound.

    Args:
        source_rate: Hz of what is fed.
        target_rate: Hz of what is returned.
        gain_db: the voice's gain.
    """

    def __init__(self, source_rate: int, target_rate: int, gain_db: float = 0.0) -> None:
        self._source_rate = source_rate
        self._target_rate = target_rate
        self._gain = np.float32(10 ** (gain_db / 20) / FULL_SCALE)
        # What is neither resampled nor amplified nor loud leaves as it came.
        self._untouched = int(_KNEE * FULL_SCALE) if source_rate == target_rate and gain_db == 0 else -1
        self._fed = 0
        self._given = 0
        self._finished = False
        self._stream = None
        if source_rate != target_rate:
            import soxr

            self._stream = soxr.ResampleStream(source_rate, target_rate, 1, dtype="float32", quality="HQ")

    def feed(self, pcm: Pcm) -> Pcm:
        """Take sound at the source rate, shape (n,); returns what is ready at the target rate, maybe nothing.

        Raises:
            ValueError: `finish` was called before.
        """
        self._fed += pcm.size
        return self._next(pcm, last=False)

    def finish(self) -> Pcm:
        """The tail. With it, all that was returned is exactly `resampled_length` of all that was fed.

        Raises:
            ValueError: it was called before.
        """
        length = resampled_length(self._fed, self._source_rate, self._target_rate)
        due = length - self._given
        tail = self._next(np.zeros(0, np.int16), last=True)
        return tail[:due] if due <= tail.size else np.pad(tail, (0, due - tail.size))

    def _next(self, pcm: Pcm, *, last: bool) -> Pcm:
        if self._finished:
            raise ValueError("this stream of sound is finished")
        self._finished = last
        if self._untouched >= 0 and (not pcm.size or -self._untouched <= pcm.min() <= pcm.max() <= self._untouched):
            self._given += pcm.size
            return pcm
        samples = pcm.astype(np.float32)
        if self._stream is not None:
            samples = self._stream.resample_chunk(samples, last=last)
        limited = soft_limit(samples * self._gain)
        self._given += limited.size
        return np.rint(limited * np.float32(FULL_SCALE)).astype(np.int16)
