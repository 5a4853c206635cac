"""Which program a person edits a file with."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_ANY_UNIX = ("sensible-editor", "nano", "vim", "vi")


def editor(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> list[str]:
    """The command, to which a file is added: VISUAL, EDITOR, or one that is there; empty where there is none.

    Raises:
        ValueError: what is named is no command line, as with a quote that does not end.
    """
    for variable in ("VISUAL", "EDITOR"):
        if named := environ.get(variable, "").strip():
            return shlex.split(named)
    if platform == "win32":
        return ["notepad"]
    there = next((name for name in _ANY_UNIX if shutil.which(name, path=environ.get("PATH"))), None)
    if there is not None:
        return [there]
    return ["open", "-t"] if platform == "darwin" else []
