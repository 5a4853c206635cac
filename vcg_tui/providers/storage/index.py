"""What was read of many calls, kept so that a list of thousands need not open every one again."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from vcg_tui.audio.files import atomic_file
from vcg_tui.models.conversation import CallState, CallSummary
from vcg_tui.providers.storage.listing import summarise_folder
from vcg_tui.providers.storage.notes import NAME as NOTES
from vcg_tui.providers.storage.writer import CONVERSATION

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NAME = ".index.json"
_WORTH_WRITING = 64
"""So many calls at once that the index did not know; fewer are read sooner than it is written."""
_LAYOUT = ",".join(CallSummary.model_fields)
"""An index written by a program that tells other things of a call is of no use."""

_Stamp = tuple[int, int, int, int, int, int]
"""Time of the last change (ns), size and file number of a call's conversation.json and notes.json."""


class _Entry(BaseModel):
    stamp: _Stamp
    summary: CallSummary


class _Index(BaseModel):
    layout: str = _LAYOUT
    calls: dict[str, _Entry] = {}


def summarise_folders(base: Path, folders: Iterable[Path]) -> list[CallSummary]:
    """The calls in these folders of ``base``, in no order, each as its files are now.

    A whole call whose files have not changed since the index in ``base`` was written is not opened. The index is
    written anew when it lacks many; that it can't be read or written is no loss but of time.
    """
    known = _read(base)
    entries: dict[str, _Entry] = {}
    summaries: list[CallSummary] = []
    fresh = 0
    for folder in folders:
        stamp = _stamp(folder)
        entry = known.get(folder.name)
        if entry is None or stamp is None or entry.stamp != stamp:
            summary = summarise_folder(folder)
            if summary is None:
                continue
            entry = None
            # A file that was written while it was read has another stamp now, and is read again the next time.
            if stamp is not None and summary.state is CallState.WHOLE and _stamp(folder) == stamp:
                entry = _Entry(stamp=stamp, summary=summary)
                fresh += 1
        else:
            summary = entry.summary
            if summary.path != (path := str(folder)):  # the folder of all calls was moved, with its index
                summary = summary.model_copy(update={"path": path})
        if entry is not None:
            entries[folder.name] = entry
        summaries.append(summary)
    if fresh >= _WORTH_WRITING:
        _write(base, _Index(calls=entries))
    return summaries


def _stamp(folder: Path) -> _Stamp | None:
    """What tells whether a whole call's files are still the same; None where it is not whole."""
    try:
        made = os.stat(f"{folder}{os.sep}{CONVERSATION}")  # noqa: PTH116  a path object costs more than the question
    except OSError:
        return None
    try:
        noted = os.stat(f"{folder}{os.sep}{NOTES}")  # noqa: PTH116
    except OSError:
        return (made.st_mtime_ns, made.st_size, made.st_ino, 0, 0, 0)
    return (made.st_mtime_ns, made.st_size, made.st_ino, noted.st_mtime_ns, noted.st_size, noted.st_ino)


def _read(base: Path) -> dict[str, _Entry]:
    try:
        index = _Index.model_validate_json((base / NAME).read_bytes())
    except (OSError, ValidationError):
        return {}
    return index.calls if index.layout == _LAYOUT else {}


def _write(base: Path, index: _Index) -> None:
    # The calls are all there without it: in a folder that can only be read, or on a full disk, a list is still a list.
    with contextlib.suppress(OSError), atomic_file(base / NAME) as file:
        file.write(index.model_dump_json().encode())
