"""How an agent takes up what the customer just said: the answer, the detail, the question."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vcg_tui.models.role import Role
from vcg_tui.providers.llm.simulator.acts import Act
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
        """Take up what the customer said last: "You do." is an answer only right after its question."""
        progress = self.progress
        answer, detail = progress.did(CALLER, Act.ANSWER), progress.did(CALLER, Act.DETAIL)
        if ask := progress.did(CALLER, Act.ASK):
            self._answer(ask)
        elif detail is not None:
            self._reply(detail)
        elif answer is not None:
            self._receive(answer)
        if progress.did(CALLER, Act.IMPATIENCE):
            self.draw(Act.REASSURE, "reassure", progress.tone)

    def _receive(self, answer: Move) -> None:
        questions = self.case.questions
        then = questions[answer.ref].then if 0 <= answer.ref < len(questions) else None
        if then is None or not self.say(Act.RECEIPT, then):
            self.draw(Act.RECEIPT, "got_it")

    def _reply(self, detail: Move) -> None:
        details = self.case.details
        reply = details[detail.ref].reply if 0 <= detail.ref < len(details) else None
        # Only the desk whose case it is sees what such a reply may speak of.
        if reply and self.case.right_desk:
            self.say(Act.REPLY, reply)
        elif detail.fact:
            self.draw(Act.REPLY, "fact_noted", value=self.case.spoken_facts[detail.fact])
        else:
            self.draw(Act.REPLY, "reply_generic")

    def _answer(self, ask: Move) -> None:
        asks = self.case.customer_asks
        known = asks[ask.ref].answer if 0 <= ask.ref < len(asks) else None
        if known is None:
            self._answer_unforeseen(ask)
        else:
            self.say(Act.ANSWER_ASK, known)

    def _answer_unforeseen(self, ask: Move) -> None:
        if self.progress.did(Role.SUPPORT, Act.ASK_FACT):
            self.draw(Act.ANSWER_ASK, "why_identity")
        elif _WHAT_NOW.search(ask.text):
            self.draw(Act.GENERIC, "coming_to_that")
        else:
            self.draw(Act.ANSWER_ASK, "answer_unknown")
