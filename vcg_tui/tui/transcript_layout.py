"""A turn as lines of a given width, each character knowing which word of the turn it belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells

from vcg_tui.models.role import Role
from vcg_tui.tui.session import TurnPhase

if TYPE_CHECKING:
    from vcg_tui.tui.session import ShownTurn

NARROW = 58
"""Below this many columns the speaker stands above the text instead of beside it."""
_LABEL_WIDTH = 18
_MARKS = {TurnPhase.WRITING: "…", TurnPhase.WAITING: "○", TurnPhase.HEARD: "♪", TurnPhase.PAST: " "}
"""How far a turn is, for whoever sees no difference between the colours."""
_INDENT = 2


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters of one kind; ``word`` counts the turn's words from 0, -1: no word."""

    text: str
    kind: str
    """``bar``, ``name``, ``time``, ``mark``, ``word`` or ``space``."""
    word: int = -1


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the transcript; its turn's number, 0 for the blank between turns."""

    turn: int
    pieces: tuple[Piece, ...]

    @property
    def plain(self) -> str:
        """The line's characters."""
        return "".join(piece.text for piece in self.pieces)

    def said(self, start: int, end: int) -> str:
        """From one character to another, without what only draws: the bar, and the room beside and between words."""
        parts: list[str] = []
        at = 0
        for piece in self.pieces:
            first, last = max(0, start - at), min(len(piece.text), end - at)
            at += len(piece.text)
            if piece.kind in {"name", "time", "word"} and first < last:
                parts.append(piece.text[first:last].strip())
        return " ".join(parts)


def lay_out(shown: ShownTurn, width: int, *, beside: bool | None = None) -> list[Line]:
    """The lines of a turn, a blank one after it; never none.

    Args:
        shown: the turn.
        width: columns for a line.
        beside: whether the speaker stands beside the text; None: as the width says.
    """
    name = "CUSTOMER" if shown.speaker is Role.CUSTOMER else "SUPPORT"
    time = "--:--" if shown.start_s is None else f"{int(shown.start_s // 60):02}:{int(shown.start_s % 60):02}"
    head = (Piece("▌", "bar"), Piece(f"{name:<8}", "name"), Piece(" ", "space"), Piece(time, "time"))
    head = (*head, Piece(" ", "space"), Piece(_MARKS[shown.phase], "mark"))
    beside = width >= NARROW if beside is None else beside
    room = max(8, width - (_LABEL_WIDTH if beside else _INDENT) - 1)
    rows = _wrap(shown.text, room)
    if not beside:
        body = [Line(shown.turn, (Piece("▌", "bar"), Piece(" ", "space"), *row)) for row in rows]
        return [Line(shown.turn, head), *body, Line(0, ())]
    pad = " " * (_LABEL_WIDTH - sum(cell_len(piece.text) for piece in head))
    lines = [Line(shown.turn, (*head, Piece(pad, "space"), *rows[0]))]
    blank = Piece(" " * (_LABEL_WIDTH - 1), "space")
    lines.extend(Line(shown.turn, (Piece("▌", "bar"), blank, *row)) for row in rows[1:])
    return [*lines, Line(0, ())]


def _wrap(text: str, room: int) -> list[tuple[Piece, ...]]:
    rows: list[tuple[Piece, ...]] = []
    row: list[Piece] = []
    used = 0
    for index, match in enumerate(re.finditer(r"\S+", text)):
        # A word longer than a line is cut where the line ends.
        for part in chop_cells(match.group(0), room):
            size = cell_len(part)
            if row and used + 1 + size > room:
                rows.append(tuple(row))
                row, used = [], 0
            if row:
                row.append(Piece(" ", "space", index))
                used += 1
            row.append(Piece(part, "word", index))
            used += size
    rows.append(tuple(row))
    return rows
