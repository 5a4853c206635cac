"""Running a command: every error a person can make or meet is one line on standard error, and an exit code."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import typer

from vcg_tui.errors import VcgError

if TYPE_CHECKING:
    from collections.abc import Sequence

# What a shell reports of a process that was interrupted.
_INTERRUPTED = 130


def run(app: typer.Typer, args: Sequence[str] | None = None) -> int:
    """Run the app; returns the exit code."""
    try:
        result = app(args=args, standalone_mode=False)
    except VcgError as error:
        return _say(str(error), error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return _say("Interrupted.", _INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has gone; nothing more can be said, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except typer.Exit as leaving:
        return leaving.exit_code
    except Exception as error:
        # The command line parser's own errors know their exit code and how to tell themselves.
        if (tell := getattr(error, "format_message", None)) and (code := getattr(error, "exit_code", None)):
            return _say(f"{tell()} See: vcg --help", int(code))
        raise
    return result if isinstance(result, int) else 0


def _say(line: str, code: int) -> int:
    print(f"vcg: {line}", file=sys.stderr)
    return code
