"""How an agent takes up what the customer just said: the answer, the detail, the question."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vcg_tui.models.persona import Role
from vcg_tui.providers.llm.simulator.acts import Act
from vcg_tui.providers.llm.simulator.phrases import join
from vcg_tui.providers.llm.simulator.side import Side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vcg_tui.providers.llm.simulator.acts import Move
    from vcg_tui.providers.llm.simulator.case_file import CaseFile
    from vcg_tui.providers.llm.simulator.progress import Progress

CALLER = Role.CUSTOMER
_WHAT_NOW: Final = re.compile(r"\b(?:what (?:are|can|will|do|happens)|do about it|what now|what next)\b", re.IGNORECASE)


class Replying(Side):
    """An agent who listens."""

    def __init__(self, case: CaseFile, progress: Progress, said: Sequence[str], max_turns: int) -> None:
        super().__init__(Role.SUPPORT, case, progress, said, max_turns)
        self._says = case.support.says

    def _react(self) -> None:
        """Take up what the customer just said."""
        progress, case = self.progress, self.case
        answer = progress.did(CALLER, Act.ANSWER)
        if answer is not None:
            then = case.questions[answer.ref].then if 0 <= answer.ref < len(case.questions) else None
            if then is None or not self.say(Act.RECEIPT, then):
                self.draw(Act.RECEIPT, "got_it")
        detail = progress.did(CALLER, Act.DETAIL)
        if detail is not None:
            reply = case.details[detail.ref].reply if 0 <= detail.ref < len(case.details) else None
            if reply:
                self.say(Act.REPLY, reply)
            elif detail.fact:
                self.draw(Act.REPLY, "fact_noted", value=case.spoken_facts[detail.fact])
            elif answer is None:
                self.draw(Act.REPLY, "reply_generic")
        ask = progress.did(CALLER, Act.ASK)
        if ask is not None:
            self._answer(ask)
        if progress.did(CALLER, Act.IMPATIENCE):
            self.draw(Act.REASSURE, "reassure", progress.tone)

    def _answer(self, ask: Move) -> None:
        asks = self.case.customer_asks
        known = asks[ask.ref].answer if 0 <= ask.ref < len(asks) else None
        if known is None:
            self._answer_unforeseen(ask)
            return
        if self.moves and self.chance(0.35):
            known = join(self.book.draw("to_your_question", self.slots) or "", known)
        self.say(Act.ANSWER_ASK, known)

    def _answer_unforeseen(self, ask: Move) -> None:
        if self.progress.did(Role.SUPPORT, Act.ASK_FACT):
            self.draw(Act.ANSWER_ASK, "why_identity")
        elif _WHAT_NOW.search(ask.text):
            self.draw(Act.GENERIC, "coming_to_that")
        else:
            self.draw(Act.ANSWER_ASK, "answer_unknown")
