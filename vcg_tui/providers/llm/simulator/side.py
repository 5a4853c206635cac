"""What both sides' policies share: the case, how far the call is, and finding words for an act."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from vcg_tui.models.persona import Intent
from vcg_tui.providers.llm.simulator.acts import Act, Move
from vcg_tui.providers.llm.simulator.phrases import PhraseBook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vcg_tui.models.role import Role
    from vcg_tui.providers.llm.simulator.case_file import CaseFile
    from vcg_tui.providers.llm.simulator.progress import Progress


_ROOMY = 24
"""From so many turns on, a call has room for small talk and for one more question."""
_WITHOUT_END = 1_000


class Side:
    """One side about to speak: gathers the moves of its turn."""

    def __init__(self, role: Role, case: CaseFile, progress: Progress, said: Sequence[str], max_turns: int) -> None:
        turn = len(said) + 1
        self.case = case
        enough = max_turns >= case.shortest
        self.left = max_turns - len(said) if enough else _WITHOUT_END
        """How many turns may still be said, this one counted.

        A call that can't come to an end within its turns is made as any other, and is cut where they are over.
        """
        self.brief = enough and max_turns < _ROOMY
        """Whether there is only room for what a call can't do without."""
        self.progress = progress
        self.rng = random.Random(f"{case.seed}/{case.customer.id}/{case.support.id}/{role}/{turn}")
        self.book = PhraseBook(role.value if role.value == "customer" else "agent", self.rng, said)
        self.manner = case.manner
        self.moves: list[Move] = []

    def chance(self, probability: float) -> bool:
        """True that often."""
        return self.rng.random() < probability

    def say(self, act: Act, text: str | None, *, ref: int = -1, fact: str = "") -> bool:
        """Do an act in these words; False where there are none."""
        if not text:
            return False
        self.moves.append(Move(act, text, ref, fact))
        return True

    def draw(
        self,
        act: Act,
        bank: str,
        key: str = "any",
        *,
        own: Sequence[str] = (),
        ref: int = -1,
        fact: str = "",
        **slots: str,
    ) -> bool:
        """Do an act in a phrase not said before: one of the persona's own, else one of a bank."""
        every: Mapping[str, str] = {**self.slots, **slots}
        text = self.book.choose(own, every) if own else None
        return self.say(act, text or self.book.draw(bank, every, key), ref=ref, fact=fact)

    @property
    def slots(self) -> dict[str, str]:
        """Values that any phrase may name."""
        support = self.case.support
        known = {"company": support.company_name, "agent": support.agent_name}
        if self.case.intent is Intent.WRONG_PERSON:
            return known
        return known | {"customer": self.case.customer.name}


def label(fact: str) -> str:
    """A fact's name as people say it."""
    if fact in _SAID_ALONE:
        return _SAID_ALONE[fact]
    return " ".join(_SAID.get(word, word) for word in fact.split("_"))


_SAID_ALONE = {"dob": "date of birth", "zip": "zip code", "id": "ID", "mrn": "record number", "iban": "IBAN"}
_SAID = {"id": "ID", "ref": "reference", "no": "number", "imei": "IMEI", "iban": "IBAN", "pin": "PIN"}
