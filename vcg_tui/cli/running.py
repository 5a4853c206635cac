"""Running the app or a command: an error that a person can make or meet is one line on standard error, and a code."""

from __future__ import annotations

import gc
import os
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, cast

from vcg_tui.errors import VcgError

if TYPE_CHECKING:
    from collections.abc import Callable

    from vcg_tui.config import Settings

# What a shell reports of a process that was interrupted.
_INTERRUPTED = 130


def in_a_terminal() -> bool:
    """Whether somebody sits before a terminal who can use the app."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def run_app(settings: Settings | None = None) -> None:
    """Run the app.

    Args:
        settings: None: those of the files and variables.
    """
    # What a start brings into memory stays there: looking for garbage in it takes an eighth of the time to the
    # first paint. The app turns the collector on again.
    gc.disable()
    from vcg_tui.config import load_settings
    from vcg_tui.tui import app

    app.run_app(load_settings() if settings is None else settings)


def guarded(work: Callable[[], object]) -> int:
    """Do some work; returns the exit code, which is the work's own where it returns one."""
    _spare_the_encoding(sys.stdout)
    try:
        result = work()
        sys.stdout.flush()  # here, where a reader who has gone is understood; at exit it would be a traceback
    except VcgError as error:
        return _say(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _say("Interrupted.", _INTERRUPTED)
    except BrokenPipeError:
        _say_no_more()
        return 1
    except OSError as error:
        # What is read and written is told where it is; this is the output on a full disk, or a folder that vanished.
        _say_no_more()
        return _say(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}.", 1)
    return result if isinstance(result, int) else 0


def _spare_the_encoding(stream: object) -> None:
    """Names have letters that some terminals' encodings lack: a question mark is better than no output."""
    if isinstance(stream, TextIOWrapper):
        cast("TextIOWrapper", stream).reconfigure(errors="replace")


def _say_no_more() -> None:
    """Nothing more can be printed: let go of what is still to be written, which would fail again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(line: str, code: int) -> int:
    print(f"vcg: {line}", file=sys.stderr)
    return code
