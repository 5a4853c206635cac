"""Where a text stands in a turn: also across the lines that the turn is wrapped into."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vcg_tui.tui.transcript_layout import Line


@dataclass(frozen=True, slots=True)
class Match:
    """One place.

    ``start`` counts the characters of the turn's text before it: it stays the same while the text grows or is wrapped
    anew. Each of ``spans`` is a line of the turn (from 0) and the columns, from and to, that are to be marked on it.
    """

    start: int
    spans: tuple[tuple[int, int, int], ...]


def search_pattern(text: str) -> re.Pattern[str] | None:
    """What to look for: in any case, and with any white space between words. None: nothing."""
    words = text.split()
    return re.compile(r"\s+".join(map(re.escape, words)), re.IGNORECASE) if words else None


def matches_in(lines: Sequence[Line], pattern: re.Pattern[str]) -> list[Match]:
    """Every place in a turn's text, in order; speaker and time are no part of it."""
    placed: list[tuple[int, str, int, int]] = []
    """Each piece of text: its place in the text, itself, its line, its first column."""
    text: list[str] = []
    size = 0
    word = -1
    for number, line in enumerate(lines):
        column = 0
        for piece in line.pieces:
            if piece.word >= 0:
                if piece.kind == "word" and piece.word != word >= 0 and text[-1] != " ":
                    text.append(" ")  # where a line ends
                    size += 1
                word = piece.word if piece.kind == "word" else word
                placed.append((size, piece.text, number, column))
                text.append(piece.text)
                size += len(piece.text)
            column += cell_len(piece.text)
    return [Match(found.start(), _spans(placed, *found.span())) for found in pattern.finditer("".join(text))]


def _spans(placed: Sequence[tuple[int, str, int, int]], first: int, end: int) -> tuple[tuple[int, int, int], ...]:
    spans: list[tuple[int, int, int]] = []
    for at, text, line, column in placed:
        if at + len(text) <= first or at >= end:
            continue
        left = column + cell_len(text[: max(0, first - at)])
        right = column + cell_len(text[: end - at])
        if spans and spans[-1][0] == line and spans[-1][2] == left:
            spans[-1] = (line, spans[-1][1], right)
        else:
            spans.append((line, left, right))
    return tuple(spans)
