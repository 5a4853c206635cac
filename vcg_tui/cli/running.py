"""Running a command: every error a person can make or meet is one line on standard error, and an exit code."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, cast

import typer

from vcg_tui.errors import VcgError

if TYPE_CHECKING:
    from collections.abc import Sequence

# What a shell reports of a process that was interrupted.
_INTERRUPTED = 130


def run(app: typer.Typer, args: Sequence[str] | None = None) -> int:
    """Run the app; returns the exit code."""
    _spare_the_encoding(sys.stdout)
    try:
        result = app(args=args, standalone_mode=False)
        sys.stdout.flush()  # here, where a reader who has gone is understood; at exit it would be a traceback
    except VcgError as error:
        return _say(str(error), error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return _say("Interrupted.", _INTERRUPTED)
    except BrokenPipeError:
        _say_no_more()
        return 1
    except OSError as error:
        # What is read and written is told where it is; this is the output on a full disk, or a folder that vanished.
        _say_no_more()
        return _say(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}.", 1)
    except typer.Exit as leaving:
        return leaving.exit_code
    except Exception as error:
        # The command line parser's own errors know their exit code and how to tell themselves.
        if (tell := getattr(error, "format_message", None)) and (code := getattr(error, "exit_code", None)):
            told = str(tell()).rstrip(".")
            return _say(f"{told}{'' if told.endswith('?') else '.'} See: vcg --help", int(code))
        raise
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
