"""Cutting a stream of text into pieces to be spoken, as early as is safe."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

# These end a sentence whatever follows; a Latin full stop may belong to an abbreviation, a number or an address.
_HARD: Final = "。！？．।؟۔\n"
_LIST_MARKER: Final = re.compile(r"^\s*(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,4}|[Ss]tep \d+)[.)]\s*$")
_TITLE: Final = re.compile(r"(?:^|\s)(?:Mrs?|Ms|Mx|Dr|Prof|St|No|Nr|Sr|Jr|vs|approx|ext|Rd|Ave)\.\s*$", re.IGNORECASE)
_CLAUSE: Final = re.compile(r"[,;:—–]\s+|、|，")


class SentenceSplitter:
    """Takes text as it is written and hands out pieces to speak; joined, they are the text.

    A piece is one sentence, or several short ones; after the first piece, which leaves as soon as it is sure, pieces
    shorter than ``min_chars`` wait for company, because every piece is a request. A sentence longer than ``max_chars``
    is cut at a clause.
    """

    def __init__(self, language: str = "en", *, min_chars: int = 20, max_chars: int = 280) -> None:
        self._language = language
        self._min_chars = min_chars
        self._max_chars = max_chars
        self._buffer = ""
        self._short = ""
        self._first = True

    def feed(self, text: str) -> list[str]:
        """Add text; returns the pieces that are certainly complete."""
        self._buffer += text
        pieces: list[str] = []
        while cut := self._boundary() or self._cap():
            sentence, self._buffer = self._buffer[:cut], self._buffer[cut:]
            self._short += sentence
            if self._first or len(self._short.strip()) >= self._min_chars:
                pieces.append(self._short)
                self._short = ""
                self._first = False
        return pieces

    def finish(self) -> list[str]:
        """The text has ended; returns what is left."""
        rest, self._short, self._buffer = self._short + self._buffer, "", ""
        return [rest] if rest.strip() else []

    def _boundary(self) -> int:
        """Where the first certain sentence of the buffer ends, its white space included; 0: nowhere yet."""
        if not any(mark in self._buffer for mark in ".!?" + _HARD):
            return 0
        end = 0
        for sentence in _segment(self._language, self._buffer)[:-1]:
            end += len(sentence)
            if self._is_certain(end):
                return end
        # The last segment is complete only if a terminator that needs no look-ahead closes it.
        stripped = self._buffer.rstrip()
        if stripped and stripped[-1] in _HARD:
            return len(self._buffer)
        return 0

    def _is_certain(self, end: int) -> bool:
        before, after = self._buffer[:end], self._buffer[end:]
        stripped = before.rstrip()
        if not stripped:
            return False
        if stripped[-1] in _HARD:
            return True
        if len(stripped) == len(before) or not after.strip():
            return False
        follower = after.lstrip()[0]
        return not (follower.islower() or _LIST_MARKER.match(stripped) or _TITLE.search(stripped))

    def _cap(self) -> int:
        if len(self._buffer) <= self._max_chars:
            return 0
        window = self._buffer[: self._max_chars]
        clauses = [match.end() for match in _CLAUSE.finditer(window)]
        if clauses and clauses[-1] >= self._max_chars // 4:
            return clauses[-1]
        return window.rfind(" ") + 1 or self._max_chars


def first_clause(text: str, *, at_least: int = 12) -> int:
    """Where the first clause of a text ends, white space included; 0: nowhere.

    For the one case in which a listener waits in silence, and the first words should not wait for a whole sentence.
    """
    for match in _CLAUSE.finditer(text):
        if match.start() >= at_least and match.end() < len(text):
            return match.end()
    return 0


def _segment(language: str, text: str) -> list[str]:
    # Loaded at first use: most commands never split a sentence.
    import sentencex

    # Compiled code without types of its own.
    split: Callable[[str, str], list[str]] = sentencex.segment  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
    return split(language, text)
