"""A text as a speech service takes it: whether there is anything to say, and pieces that are short enough."""

from __future__ import annotations

import re

_SENTENCE_END = re.compile(r"[.!?…。！？]['\"’”)\]]*\s+")
_CLAUSE_END = re.compile(r"[,;:—–]\s+")
_SPACE = re.compile(r"\s+")

# Nobody speaks faster than this; sound shorter than its text needs has lost something.
_MOST_LETTERS_PER_S = 60.0


def speakable(text: str) -> bool:
    """Whether there is anything to say in a text."""
    return any(character.isalnum() for character in text)


def text_pieces(text: str, longest: int) -> list[str]:
    """The text in pieces of at most ``longest`` characters, cut after a sentence, a clause or a word.

    No piece begins or ends with white space, and the pieces' words are the text's: only a word that is longer by
    itself is cut.

    Raises:
        ValueError: ``longest`` is less than 1.
    """
    if longest < 1:
        raise ValueError("a piece needs room for a character")
    pieces: list[str] = []
    rest = text.strip()
    while len(rest) > longest:
        cut = _cut(rest, longest)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    pieces.append(rest)
    return pieces


def _cut(text: str, longest: int) -> int:
    """Where to cut a text that is too long: as late as possible, if that leaves not less than half."""
    # One more character, so that a piece may end exactly where the white space begins.
    window = text[: longest + 1]
    for pattern in (_SENTENCE_END, _CLAUSE_END):
        cuts = [match.end() for match in pattern.finditer(window) if len(window[: match.end()].rstrip()) <= longest]
        if cuts and cuts[-1] >= longest // 2:
            return cuts[-1]
    spaces = [match.start() for match in _SPACE.finditer(window) if 0 < match.start() <= longest]
    return spaces[-1] if spaces else longest


def too_short(text: str, seconds: float) -> bool:
    """Whether so much sound can't be the whole text, however fast it is spoken."""
    return seconds < sum(map(str.isalnum, text)) / _MOST_LETTERS_PER_S
