"""WAV bytes as they come from a stream, to samples."""

from __future__ import annotations

import struct

import numpy as np

from vcg_tui.audio.pcm import Pcm, from_bytes, silence

_CHUNK = struct.Struct("<4sI")
_FORMAT = struct.Struct("<HHIIHH")
_PCM, _EXTENSIBLE = 1, 0xFFFE
_LONGEST_HEADER = 1 << 16
_ENDLESS = 0x7FFFFF00
"""Sizes from here on, and 0, stand in the header of a stream whose length was not known when it began."""


class WavError(ValueError):
    """What came is no WAV, or none of 16 bits."""


class WavStream:
    """Takes the bytes of a 16-bit WAV in pieces of any size, and gives its sound as one channel.

    Attributes:
        sample_rate: Hz, or None until the header is whole.
    """

    def __init__(self) -> None:
        self.sample_rate: int | None = None
        self._rest = b""
        self._channels = 1
        self._begun = False
        self._left = 0
        """Bytes of sound that are still to come, once it has begun; negative where nobody knows."""

    def feed(self, raw: bytes) -> Pcm:
        """The samples that are complete with these bytes, shape (n,); what follows the sound is left out.

        Raises:
            WavError: it is no WAV, or one of another kind.
        """
        self._rest += raw
        if not self._begun and not self._header():
            return silence(0)
        frame = 2 * self._channels
        size = len(self._rest) if self._left < 0 else min(len(self._rest), self._left)
        size -= size % frame
        sound, self._rest = self._rest[:size], self._rest[size:]
        if self._left >= 0:
            self._left -= size
            if self._left < frame:
                self._left, self._rest = 0, b""
        samples = from_bytes(sound)
        if self._channels == 1:
            return samples
        mixed = samples.reshape(-1, self._channels).astype(np.int32).sum(axis=1)
        return np.rint(mixed / self._channels).astype(np.int16)

    @property
    def broken(self) -> bool:
        """Whether something is missing: true at the end of a stream that was cut."""
        return not self._begun or self._left > 0 or bool(self._rest)

    def _header(self) -> bool:
        """Read up to the sound; False where more bytes are needed."""
        if len(self._rest) < 12:
            return False
        if self._rest[:4] != b"RIFF" or self._rest[8:12] != b"WAVE":
            raise WavError("it is no WAV")
        at = 12
        while at + _CHUNK.size <= len(self._rest):
            name, size = _CHUNK.unpack_from(self._rest, at)
            at += _CHUNK.size
            if name == b"data":
                if self.sample_rate is None:
                    raise WavError("it does not say what its sound is")
                self._begun = True
                self._left = -1 if size == 0 or size >= _ENDLESS else size
                self._rest = self._rest[at:]
                return True
            if at + size > _LONGEST_HEADER:
                raise WavError("its header has no end")
            if name == b"fmt " and at + size <= len(self._rest):
                self._format(self._rest[at : at + size])
            at += size + size % 2
        return False

    def _format(self, raw: bytes) -> None:
        if len(raw) < _FORMAT.size:
            raise WavError("its format is cut off")
        kind, channels, rate, _, _, bits = _FORMAT.unpack_from(raw)
        if kind not in {_PCM, _EXTENSIBLE} or bits != 16 or not 1 <= channels <= 8 or not 4_000 <= rate <= 192_000:
            raise WavError(f"it has {bits} bits in format {kind}, {channels} channels at {rate} Hz, not 16-bit PCM")
        self.sample_rate, self._channels = rate, channels
