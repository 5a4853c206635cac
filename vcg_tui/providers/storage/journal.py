"""The journal of a call: what is complete is in it, whatever happens next."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from vcg_tui.models.conversation import SCHEMA_VERSION, CallPlan, Turn

if TYPE_CHECKING:
    from pathlib import Path

NAME = "journal.jsonl"


@dataclass(frozen=True, slots=True)
class JournalTurn:
    """A turn as journalled, and the length of its WAV in samples (0: it has none)."""

    turn: Turn
    frames: int


@dataclass(frozen=True, slots=True)
class JournalContent:
    """What a journal holds; ``plan`` is None where even its first line was lost."""

    plan: CallPlan | None
    turns: list[JournalTurn]


class Journal:
    """Appends to a call's journal; a line is on the disk when its method returns.

    All methods raise OSError where the disk refuses; the lines before are intact then.
    """

    def __init__(self, path: Path, plan: CallPlan) -> None:
        self._file = path.open("xb", buffering=0)
        try:
            self._append("call", plan, {"schema_version": SCHEMA_VERSION})
        except BaseException:
            self._file.close()
            raise

    def append(self, turn: Turn, frames: int) -> None:
        """Add a completed turn, whose WAV of ``frames`` samples is in place."""
        self._append("turn", turn, {"frames": frames})

    def close(self) -> None:
        """Let go of the file; safe to call twice."""
        self._file.close()

    def _append(self, kind: str, model: BaseModel, more: dict[str, Any]) -> None:
        line = json.dumps({"kind": kind, **more, **model.model_dump(mode="json")}, ensure_ascii=False) + "\n"
        data = memoryview(line.encode())
        size = os.fstat(self._file.fileno()).st_size
        try:
            while data:
                data = data[self._file.write(data) or 0 :]
            # On journalling file systems this also makes the rename of the turn's WAV permanent, which came before.
            os.fsync(self._file.fileno())
        except BaseException:
            with contextlib.suppress(OSError):  # readers step over a torn line; this only keeps the file tidy
                self._file.truncate(size)
                self._file.seek(size)
            raise
        if os.fstat(self._file.fileno()).st_nlink == 0:
            raise FileNotFoundError(errno.ENOENT, "the journal was removed while it was being written")


def read_journal(path: Path) -> JournalContent:
    """What was journalled; lines that a crash tore are stepped over, of a turn written twice the last one counts.

    Raises:
        OSError: the journal can't be read.
    """
    plan: CallPlan | None = None
    turns: dict[int, JournalTurn] = {}
    for line in path.read_bytes().splitlines():
        with contextlib.suppress(ValueError, ValidationError):
            entry: object = from_json(line)
            if not isinstance(entry, dict):
                continue
            fields = cast("dict[str, Any]", entry)
            if fields.get("kind") == "call":
                plan = CallPlan.model_validate(fields)
            elif fields.get("kind") == "turn":
                turn = Turn.model_validate(fields)
                frames = fields.get("frames")
                if isinstance(frames, int) and frames >= 0 <= turn.start_s <= turn.end_s:
                    turns[turn.turn] = JournalTurn(turn, frames)
    return JournalContent(plan, [turns[number] for number in sorted(turns)])
