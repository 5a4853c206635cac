"""Sound files and files that appear only when they are complete."""

from __future__ import annotations

import contextlib
import os
import secrets
import wave
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from vcg_tui.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path

    from numpy.typing import NDArray

PART_SUFFIX = ".part"
"""What a file is called while it is written: ``.<name>.<random>.part``, in the folder of the file itself."""

_WAV_LIMIT = 0xFFFFFFFF - 36
"""Bytes of sound that a WAV's 32-bit sizes can tell of."""


@contextlib.contextmanager
def atomic_file(path: Path) -> Generator[BinaryIO]:
    """A file that appears under its name, synced to the disk, when the block ends well, and not at all otherwise.

    Raises:
        OSError: the file could not be written; what was there before is untouched.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}{PART_SUFFIX}")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):  # the error that brought us here says more than a failed cleaning
            temporary.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically, as UTF-8 with plain newlines.

    Raises:
        OSError: it could not be written; what was there before is untouched.
    """
    with atomic_file(path) as file:
        file.write(text.encode("utf-8"))


def write_wav(path: Path, pcm: NDArray[np.int16], rate: int) -> None:
    """Write a WAV file atomically.

    Args:
        path: where; its folder must exist.
        pcm: int16 of shape (n,) for mono, (n, 2) for stereo.
        rate: Hz.

    Raises:
        OSError: it could not be written; what was there before is untouched.
        StorageError: more sound than a WAV can hold (4 GiB).
    """
    channels = 1 if pcm.ndim == 1 else pcm.shape[1]
    write_wav_blocks(path, [pcm], rate, channels=channels, frames=len(pcm))


def write_wav_blocks(path: Path, blocks: Iterable[NDArray[np.int16]], rate: int, *, channels: int, frames: int) -> None:
    """Write a WAV file atomically from blocks as they come, in the memory of one block.

    Args:
        path: where; its folder must exist.
        blocks: int16 of shape (n,) or (n, channels), together ``frames`` long.
        rate: Hz.
        channels: 1 or 2.
        frames: samples of one channel, over all blocks.

    Raises:
        OSError: it could not be written; what was there before is untouched.
        StorageError: more sound than a WAV can hold (4 GiB).
    """
    if frames * channels * 2 > _WAV_LIMIT:
        raise StorageError(f"{path.name} would be longer than a WAV file can be (4 GiB).", "Make the call shorter.")
    with atomic_file(path) as file:
        writer = wave.open(file, "wb")  # noqa: SIM115  closed below, once quietly and once not
        try:
            writer.setnchannels(channels)
            writer.setsampwidth(2)
            writer.setframerate(rate)
            writer.setnframes(frames)
            for block in blocks:
                writer.writeframesraw(np.ascontiguousarray(block, dtype="<i2").tobytes())
        except BaseException:
            with contextlib.suppress(OSError):  # it would patch its header on the same full disk
                writer.close()
            raise
        writer.close()


def read_wav(path: Path) -> tuple[NDArray[np.int16], int]:
    """Read a WAV file of 16-bit samples.

    Returns:
        The sound, int16 of shape (n,) for mono or (n, 2) for stereo, and its rate in Hz. A file that was cut off
        gives what is there.

    Raises:
        OSError: it can't be opened.
        StorageError: it is no WAV of 16-bit samples.
    """
    with open_wav(path) as (reader, _):
        channels = reader.getnchannels()
        data = reader.readframes(reader.getnframes())
        whole = len(data) // (2 * channels) * channels
        pcm = np.frombuffer(data, dtype="<i2", count=whole).astype(np.int16)
        return pcm if channels == 1 else pcm.reshape(-1, channels), reader.getframerate()


def wav_frames(path: Path) -> int:
    """How many samples of a channel a WAV file really holds, whatever its header promises.

    Raises:
        OSError: it can't be opened.
        StorageError: it is no WAV of 16-bit samples.
    """
    with open_wav(path) as (reader, file):
        # The file stands at its first sample now: the reader stops there when it has read the headers.
        present = (path.stat().st_size - file.tell()) // (2 * reader.getnchannels())
        return min(reader.getnframes(), present)


@contextlib.contextmanager
def open_wav(path: Path) -> Generator[tuple[wave.Wave_read, BinaryIO]]:
    """A WAV file of 16-bit samples, opened for reading: its reader, and the file behind it at the first sample.

    Raises:
        OSError: it can't be opened.
        StorageError: it is no WAV of 16-bit samples.
    """
    with path.open("rb") as file:
        try:
            reader = wave.open(file, "rb")  # noqa: SIM115  closed below, with the file
        except (wave.Error, EOFError) as error:
            raise StorageError(f"{path} is no WAV file that can be read ({error or 'it ends too early'}).") from error
        with reader:
            if reader.getsampwidth() != 2:
                raise StorageError(f"{path} holds {8 * reader.getsampwidth()}-bit samples, not 16-bit ones.")
            yield reader, file
