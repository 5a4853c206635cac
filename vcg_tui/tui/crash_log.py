"""What nobody expected, written down where a report of it can begin."""

from __future__ import annotations

import datetime as dt
import traceback
from typing import TYPE_CHECKING

from vcg_tui.paths import log_dir

if TYPE_CHECKING:
    from pathlib import Path


def write_crash(error: BaseException) -> Path | None:
    """Add an error's traceback to the app's log file.

    Returns:
        The file; None where it can't be written.
    """
    path = log_dir() / "app.log"
    told = "".join(traceback.format_exception(error))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as log:
            log.write(f"--- {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S} UTC\n{told}\n")
    except OSError:  # a full or read-only disk must not hide the error itself
        return None
    return path


def where_told(path: Path | None) -> str:
    """The sentence that names the log."""
    return f"What happened is in {path}." if path else "No log could be written."
