"""The stereo sound of a call, laid out from its turns without holding it in memory."""

from __future__ import annotations

import contextlib
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vcg_tui.audio.files import open_wav, write_wav_blocks
from vcg_tui.errors import StorageError

if TYPE_CHECKING:
    import wave
    from collections.abc import Generator, Iterable
    from pathlib import Path

    from numpy.typing import NDArray

LEFT = 0
"""The customer's channel."""
RIGHT = 1
"""The support agent's channel."""

_LIMITS = np.iinfo(np.int16)


@dataclass(frozen=True, slots=True)
class PlacedWav:
    """A mono WAV file and where in the call it is heard, in samples."""

    path: Path
    channel: int
    """`LEFT` or `RIGHT`."""
    start: int
    """Index of its first sample in the call, from 0."""
    frames: int
    """Its length."""

    @property
    def end(self) -> int:
        """Index of the first sample after it."""
        return self.start + self.frames


def write_stereo(path: Path, pieces: Iterable[PlacedWav], rate: int) -> int:
    """Write the call as a stereo WAV file (atomically), customer left, support right, silence where nobody speaks.

    Pieces of one channel that overlap are summed and clipped. Works in blocks of a second, whatever the call's length.

    Returns:
        The call's length in samples of a channel: the end of the last piece.

    Raises:
        OSError: a file could not be read or written.
        StorageError: a piece is not mono at this rate, or shorter than told.
    """
    placed = sorted((piece for piece in pieces if piece.frames > 0), key=lambda piece: piece.start)
    frames = max((piece.end for piece in placed), default=0)
    with contextlib.closing(_blocks(placed, frames, rate)) as blocks:
        write_wav_blocks(path, blocks, rate, channels=2, frames=frames)
    return frames


def to_mono(stereo: NDArray[np.int16]) -> NDArray[np.int16]:
    """What a listener hears: both channels of an int16 array of shape (n, 2) summed and clipped to shape (n,)."""
    return _clipped(stereo[:, LEFT].astype(np.int32) + stereo[:, RIGHT])


@dataclass(frozen=True, slots=True)
class _Open:
    """A piece that is heard in the current block; its file is read in step with the call."""

    piece: PlacedWav
    reader: wave.Wave_read
    files: contextlib.ExitStack


def _blocks(placed: list[PlacedWav], frames: int, rate: int) -> Generator[NDArray[np.int16]]:
    waiting = deque(placed)
    heard: list[_Open] = []
    try:
        for begin in range(0, frames, rate):
            end = min(begin + rate, frames)
            while waiting and waiting[0].start < end:
                heard.append(_opened(waiting.popleft(), rate))
            block = np.zeros((end - begin, 2), np.int32)
            for one in heard:
                first, last = max(begin, one.piece.start), min(end, one.piece.end)
                block[first - begin : last - begin, one.piece.channel] += _read(one, last - first)
                if one.piece.end <= end:
                    one.files.close()
            heard = [one for one in heard if one.piece.end > end]
            yield _clipped(block)
    finally:
        for one in heard:
            one.files.close()


def _opened(piece: PlacedWav, rate: int) -> _Open:
    with contextlib.ExitStack() as stack:
        reader, _ = stack.enter_context(open_wav(piece.path))
        channels, own_rate = reader.getnchannels(), reader.getframerate()
        if channels != 1 or own_rate != rate:
            raise StorageError(
                f"{piece.path} has {channels} channel(s) at {own_rate} Hz; the call's sound is mono at {rate} Hz."
            )
        return _Open(piece, reader, stack.pop_all())


def _read(one: _Open, frames: int) -> NDArray[np.int16]:
    data = one.reader.readframes(frames)
    if len(data) != 2 * frames:
        raise StorageError(f"{one.piece.path} is shorter than the {one.piece.frames} samples of its turn.")
    pcm = np.frombuffer(data, dtype="<i2")
    return pcm.astype(np.int16, copy=False)


def _clipped(summed: NDArray[np.int32]) -> NDArray[np.int16]:
    return np.clip(summed, _LIMITS.min, _LIMITS.max).astype(np.int16)
