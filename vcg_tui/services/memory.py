"""What of a long call is still sent to a model: the latest turns word for word, what came before in short.

No model is asked for the summary, so that it costs nothing and the same turns always give the same words.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Final

from vcg_tui.models.role import Role
from vcg_tui.services.said_facts import clauses_of, facts_in, holds_fact

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
_LEAST_CLAUSE: Final = 12
_FACTS_SHARE: Final = 0.6
"""Of the digest: what facts may take of it, before the ones in the middle of the call go."""
_WIDE: Final = re.compile("[^\\x00-\\u058f\\u1e00-\\u20ff]")
"""Letters that models count as a token or nearly: scripts other than Latin, Greek, Cyrillic and Armenian."""
_WHO: Final = {Role.CUSTOMER: "customer", Role.SUPPORT: "agent"}


class CallMemory:
    """Remembers one call within a budget.

    What came before the latest turns becomes a note a turn; where there is no room for all notes, those in the middle
    go, and the facts that were said in them (`said_facts`) stay.

    Turns leave the verbatim part several at a time, so that from one request to the next the messages mostly only
    grow, which services that keep prompts can make use of.
    """

    def __init__(self, budget_tokens: int, instructions: str = "") -> None:
        """Begin to remember.

        Args:
            budget_tokens: for everything that is sent, estimated at four characters a token.
            instructions: what is always sent whole, with the facts of the case in it; counted, never shortened.
        """
        room = max(_LEAST_ROOM, budget_tokens - _length(instructions) // CHARS_PER_TOKEN) * CHARS_PER_TOKEN
        self._digest_room = round(room * _DIGEST_SHARE)
        self._room = room - self._digest_room
        self._size = 0
        self._recent: deque[SaidTurn] = deque()
        self._opening: list[str] = []
        self._later: deque[tuple[str, dict[str, str]]] = deque()
        self._facts: dict[str, str] = {}
        self._notes_size = 0
        self._facts_size = 0
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
        later = [note for note, _ in self._later]
        return "\n".join(["Earlier in this call:", *self._opening, *self._facts.values(), *gap, *later])

    def _note(self, turn: SaidTurn) -> None:
        note = f"- {_WHO[turn.speaker]}: {in_short(turn.text)}"
        self._notes_size += _length(note) + 1
        facts = {key: f"- {_WHO[turn.speaker]}: {said}" for key, said in facts_in(turn.text).items()}
        told = {key: said for key, said in facts.items() if said.partition(": ")[2] in note}
        self._keep({key: said for key, said in facts.items() if key not in told})
        if len(self._opening) < _OPENING_NOTES:
            self._opening.append(note)
        else:
            self._later.append((note, told))
        while self._notes_size + self._facts_size > self._digest_room and self._later:
            note, facts = self._later.popleft()
            self._notes_size -= _length(note) + 1
            self._forgot = True
            self._keep(facts)

    def _keep(self, facts: dict[str, str]) -> None:
        """Keep what no note tells any more."""
        for key, said in facts.items():
            if key not in self._facts:
                self._facts[key] = said
                self._facts_size += _length(said) + 1
        while self._facts_size > self._digest_room * _FACTS_SHARE:
            # The first ones say who is calling and about what, the last ones what is being agreed.
            key = list(self._facts)[len(self._facts) // 2]
            self._facts_size -= _length(self._facts.pop(key)) + 1


def in_short(text: str) -> str:
    """A turn's first clause, and every other clause with a fact in it: those are asked about again."""
    clauses = clauses_of(text)
    kept: list[str] = []
    first = ""
    while clauses and len(first) < _LEAST_CLAUSE:
        first = f"{first} {clauses.pop(0)}".strip()
    if first:
        kept.append(first)
    for clause in clauses:
        if holds_fact(clause) and sum(map(len, kept)) + len(clause) <= _LONGEST_NOTE:
            kept.append(clause)
    short = " ... ".join(kept)
    return short if len(short) <= _LONGEST_NOTE else short[:_LONGEST_NOTE].rsplit(" ", 1)[0] + " ..."


def _length(text: str) -> int:
    """In letters that models take four of for a token."""
    return len(text) + (CHARS_PER_TOKEN - 1) * len(_WIDE.findall(text))


def _cost(turn: SaidTurn) -> int:
    return _length(turn.text) + _PER_MESSAGE
