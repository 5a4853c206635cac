"""Keeps what C libraries write to the terminal's standard error out of the picture."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_GONE = (errno.EIO, errno.ENXIO)
"""What a terminal answers whose window was closed."""


@contextlib.contextmanager
def guard_stderr(log: Path) -> Generator[None]:
    """Send file descriptor 2 to a log file; Python's own standard error keeps the terminal.

    ALSA, PortAudio and JACK write to descriptor 2 directly, in the middle of a full-screen app that draws on
    `sys.__stderr__`. Child processes write to the log as well. All is as before on leaving, however it is left. Where
    the process has no standard error, nothing happens.

    Args:
        log: appended to; its folder is made. What C libraries write is thrown away where it can't be written.
    """
    try:
        terminal_fd = os.dup(2)
    except OSError:  # started without a standard error: nobody could see anything either
        yield
        return
    before = sys.stderr, sys.__stderr__
    old = sys.__stderr__
    terminal = io.TextIOWrapper(
        io.BufferedWriter(_Terminal(terminal_fd, "w")),
        encoding=old.encoding if old else "utf-8",
        errors=old.errors if old else "backslashreplace",
        line_buffering=True,
    )
    with contextlib.ExitStack() as stack:
        stack.callback(terminal.close)
        log_fd = _open_log(log)
        try:
            _flush(*before)
            os.dup2(log_fd, 2)
        finally:
            os.close(log_fd)
        stack.callback(os.dup2, terminal_fd, 2)
        # A standard error that was replaced already, by a test runner or an app, stays what it is.
        if sys.stderr is sys.__stderr__:
            sys.stderr = terminal
        sys.__stderr__ = terminal
        try:
            yield
        finally:
            _flush(terminal, *before)
            sys.stderr, sys.__stderr__ = (before[0] if sys.stderr is terminal else sys.stderr), before[1]


class _Terminal(io.FileIO):
    """A terminal that may be gone: then what is written goes nowhere, and whoever writes can still leave in order."""

    def write(self, data: ReadableBuffer, /) -> int | None:
        try:
            return super().write(data)
        except OSError as error:
            if error.errno not in _GONE:
                raise
            return memoryview(data).nbytes


def _open_log(log: Path) -> int:
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        return os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:  # a full or read-only disk must not keep the app from starting, nor spoil its picture
        return os.open(os.devnull, os.O_WRONLY)


def _flush(*streams: object) -> None:
    for stream in streams:
        flush = getattr(stream, "flush", None)
        if flush is not None and not getattr(stream, "closed", False):
            flush()
