"""Mono int16 sound as arrays and bytes: levels, silence, edges."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.int16]
"""Mono sound, shape (n,)."""

FULL_SCALE = 32_768.0
"""The int16 value of 0 dBFS, one above the largest sample."""


def dbfs(pcm: Pcm) -> float:
    """The RMS level in dBFS, where a full-scale square wave is 0; -inf for digital silence or no samples."""
    if not pcm.size:
        return -math.inf
    return _decibels(float(np.sqrt(np.mean(np.square(pcm, dtype=np.float64)))))


def peak_dbfs(pcm: Pcm) -> float:
    """The largest sample's level in dBFS; -inf for digital silence or no samples."""
    if not pcm.size:
        return -math.inf
    return _decibels(float(np.max(np.abs(pcm.astype(np.int32)))))


def _decibels(value: float) -> float:
    return 20 * math.log10(value / FULL_SCALE) if value > 0 else -math.inf


def silence(samples: int) -> Pcm:
    """Digital silence, ``samples`` long."""
    return np.zeros(samples, np.int16)


def to_bytes(pcm: Pcm) -> bytes:
    """Little-endian 16-bit bytes, as WAV files and sound devices take them."""
    return pcm.astype("<i2", copy=False).tobytes()


def from_bytes(raw: bytes) -> Pcm:
    """The samples of little-endian 16-bit bytes, as an array of its own.

    Raises:
        ValueError: the number of bytes is odd.
    """
    if len(raw) % 2:
        raise ValueError(f"{len(raw)} bytes are no whole number of 16-bit samples")
    return np.frombuffer(raw, "<i2").astype(np.int16)


def fade(pcm: Pcm, samples_in: int = 0, samples_out: int = 0) -> Pcm:
    """A copy with linear ramps from silence at its start and to silence at its end, in samples.

    Ramps longer than the sound are cut to its length.
    """
    faded = pcm.astype(np.float32)
    begin, end = min(samples_in, pcm.size), min(samples_out, pcm.size)
    if begin:
        faded[:begin] *= np.arange(begin, dtype=np.float32) / begin
    if end:
        faded[-end:] *= np.arange(end - 1, -1, -1, dtype=np.float32) / end
    return np.rint(faded).astype(np.int16)


class SampleReader:
    """Bytes as they come from a stream, to whole samples: an odd byte waits for the next piece."""

    def __init__(self) -> None:
        self._carry = b""

    def feed(self, raw: bytes) -> Pcm:
        """The samples that are complete with these bytes (little-endian 16 bit)."""
        joined = self._carry + raw
        whole = len(joined) - len(joined) % 2
        self._carry = joined[whole:]
        return from_bytes(joined[:whole])

    @property
    def odd(self) -> bool:
        """Whether half a sample is waiting: true at the end of a stream that was cut."""
        return bool(self._carry)
