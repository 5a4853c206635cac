"""What a file system's refusals mean to the person at the terminal."""

from __future__ import annotations

import contextlib
import errno
from typing import TYPE_CHECKING

from vcg_tui.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_ELSEWHERE = "set another folder (storage.local.base_path or STORAGE_BASE_PATH)"
_NO_ACCESS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextlib.contextmanager
def faults_named(folder: Path, doing: str) -> Generator[None]:
    """Turn an `OSError` of the block into a `StorageError` that names the folder and the remedy.

    Args:
        folder: what the person knows: the call's folder, or the folder of all calls.
        doing: what could not be done, as in "store turn 3".

    Raises:
        StorageError: the block met an `OSError`.
    """
    try:
        yield
    except OSError as error:
        raise storage_fault(folder, doing, error) from error


def storage_fault(folder: Path, doing: str, error: OSError) -> StorageError:
    """The `StorageError`, in one line with its remedy, for what the file system said."""
    if error.errno in _FULL:
        return StorageError(f"Can't {doing}: no space left for {folder}.", f"Free some space, or {_ELSEWHERE}.")
    if error.errno in _NO_ACCESS:
        return StorageError(f"Can't {doing}: access to {folder} is denied.", f"Change permissions, or {_ELSEWHERE}.")
    if isinstance(error, FileExistsError | NotADirectoryError):
        return StorageError(f"Can't {doing}: {folder} is, or lies below, a file.", f"Remove it, or {_ELSEWHERE}.")
    if isinstance(error, FileNotFoundError):
        return StorageError(
            f"Can't {doing}: {folder} has vanished while it was in use.",
            f"Put the folder or its drive back, or {_ELSEWHERE}.",
        )
    said = (error.strerror or str(error)).replace("\n", " ")
    return StorageError(f"Can't {doing} in {folder}: {said}.", f"Check the folder and its drive, or {_ELSEWHERE}.")
