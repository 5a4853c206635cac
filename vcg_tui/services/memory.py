"""What of a long call is still sent to a model: the latest turns word for word, what came before in short.

No model is asked for the summary, so that it costs nothing and the same turns always give the same words.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Final

from vcg_tui.models.role import Role

if TYPE_CHECKING:
    from vcg_tui.providers.base import SaidTurn

CHARS_PER_TOKEN: Final = 4
"""About what models count for English text; the budget is an estimate, not a promise."""
_LEAST_ROOM: Final = 400
"""Tokens: however long the instructions are, a side remembers the last things that were said."""
_DIGEST_SHARE: Final = 0.25
_LATEST_KEPT: Final = 2
"""What is answered now is never shortened."""
_PER_MESSAGE: Final = 16
"""Characters: what a message costs besides its text."""
_OPENING_NOTES: Final = 4
"""The first notes stay: they say what the call is about."""
_LONGEST_NOTE: Final = 160
_CLAUSE_END: Final = re.compile(r"(?<=[,;:.!?…])\s+|(?<=[。！？।])|\s+[—–]\s+")
_LEAST_CLAUSE: Final = 12
_FIGURE: Final = re.compile(
    r"\d|\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|hundred|thousand|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b",
    re.IGNORECASE,
)
_WHO: Final = {Role.CUSTOMER: "customer", Role.SUPPORT: "agent"}


class CallMemory:
    """Remembers one call within a budget.

    Turns leave the verbatim part several at a time, so that from one request to the next the messages mostly only
    grow, which services that keep prompts can make use of.
    """

    def __init__(self, budget_tokens: int, instructions: str = "") -> None:
        """Begin to remember.

        Args:
            budget_tokens: for everything that is sent, estimated at four characters a token.
            instructions: what is always sent whole, with the facts of the case in it; counted, never shortened.
        """
        room = max(_LEAST_ROOM, budget_tokens - len(instructions) // CHARS_PER_TOKEN) * CHARS_PER_TOKEN
        self._digest_room = round(room * _DIGEST_SHARE)
        self._room = room - self._digest_room
        self._size = 0
        self._recent: deque[SaidTurn] = deque()
        self._opening: list[str] = []
        self._later: deque[str] = deque()
        self._notes_size = 0
        self._forgot = False

    def add(self, turn: SaidTurn) -> None:
        """One more turn was said."""
        self._recent.append(turn)
        self._size += _cost(turn)
        if self._size <= self._room:
            return
        while self._size > self._room // 2 and len(self._recent) > _LATEST_KEPT:
            oldest = self._recent.popleft()
            self._size -= _cost(oldest)
            self._note(oldest)

    @property
    def recent(self) -> list[SaidTurn]:
        """The latest turns, word for word, oldest first."""
        return list(self._recent)

    @property
    def earlier(self) -> str:
        """What was said before them, in short; empty while nothing was dropped."""
        if not self._opening:
            return ""
        gap = ["..."] if self._forgot else []
        return "\n".join(["Earlier in this call:", *self._opening, *gap, *self._later])

    def _note(self, turn: SaidTurn) -> None:
        note = f"- {_WHO[turn.speaker]}: {in_short(turn.text)}"
        self._notes_size += len(note) + 1
        if len(self._opening) < _OPENING_NOTES:
            self._opening.append(note)
        else:
            self._later.append(note)
        while self._notes_size > self._digest_room and self._later:
            self._notes_size -= len(self._later.popleft()) + 1
            self._forgot = True


def in_short(text: str) -> str:
    """A turn's first clause, and every other clause with a number or a day in it: those are asked about again."""
    clauses = [clause.strip() for clause in _CLAUSE_END.split(text) if clause.strip()]
    kept: list[str] = []
    first = ""
    while clauses and len(first) < _LEAST_CLAUSE:
        first = f"{first} {clauses.pop(0)}".strip()
    if first:
        kept.append(first)
    for clause in clauses:
        if _FIGURE.search(clause) and sum(map(len, kept)) + len(clause) <= _LONGEST_NOTE:
            kept.append(clause)
    short = " ... ".join(kept)
    return short if len(short) <= _LONGEST_NOTE else short[:_LONGEST_NOTE].rsplit(" ", 1)[0] + " ..."


def _cost(turn: SaidTurn) -> int:
    return len(turn.text) + _PER_MESSAGE
