"""Folders and files as people know them: named in short, opened in whatever shows them on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from vcg_tui.errors import VcgError

_SETTLED_S = 3.0
"""An opener that has not failed by then is showing the folder."""


def open_folder(path: str) -> None:
    """Open a folder in the desktop's file manager, without touching the terminal. May block for a few seconds.

    Raises:
        VcgError: there is no such folder, or nothing to show it with.
    """
    if not os.path.isdir(path):  # noqa: PTH112 - the path stays as it was given, for the sentence
        raise VcgError(f"There is no folder {path}.", "It may have been removed by another program.")
    if sys.platform == "win32":
        os.startfile(path)
        return
    program = "open" if sys.platform == "darwin" else "xdg-open"
    found = shutil.which(program)
    if found is None:
        raise VcgError(f"No program {program} is here to open {path}.", "Open it by hand.")
    quiet = subprocess.DEVNULL
    opener = subprocess.Popen([found, path], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
    try:
        code = opener.wait(_SETTLED_S)
    except subprocess.TimeoutExpired:
        return
    if code:
        raise VcgError(f"{program} could not open {path}.", "Open it by hand.")


def shown_path(path: Path) -> str:
    """A path as people write it: below the working folder without it, below their home with ``~``."""
    for base, sign in ((Path.cwd(), ""), (Path.home(), "~/")):
        if path.is_relative_to(base):
            return sign + path.relative_to(base).as_posix()
    return str(path)
