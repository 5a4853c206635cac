"""The support agent's procedure: greet, verify, diagnose, act within policy, agree, close."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vcg_tui.models.persona import Intent
from vcg_tui.models.role import Role
from vcg_tui.providers.llm.simulator.acts import Act, Move
from vcg_tui.providers.llm.simulator.closing import MOST_ASKED, TO_THE_END, Closing
from vcg_tui.providers.llm.simulator.replying import CALLER
from vcg_tui.providers.llm.simulator.side import label

if TYPE_CHECKING:
    from collections.abc import Sequence

_OFFERS: Final = frozenset({Act.OFFER, Act.OFFER_LESS, Act.RAISE, Act.TAKE_PAYMENT})
_TO_BE_DECIDED: Final = frozenset({Intent.FIX, Intent.REFUND, Intent.CREDIT, Intent.CHANGE, Intent.PLAN})
"""Where an agent may have to see what can be done; the rest is plain once the case is."""
_WHO: Final = re.compile(r"\b(?:who|where|name|know you)\b", re.IGNORECASE)
_HEAR: Final = re.compile(r"\bhear\b", re.IGNORECASE)
_PERSON: Final = re.compile(r"\b(?:person|human|machine|somebody|anybody)\b", re.IGNORECASE)
_BEFORE_OFFER = 1
"""The ``ref`` of a hold that comes right before the offer."""
_UNHURRIED = 17
"""With fewer turns left than this, the agent leaves out what can be left out."""


class Agent(Closing):
    """The agent about to speak."""

    def turn(self) -> list[Move]:
        """The moves of the agent's next turn."""
        progress = self.progress
        if Act.GREET not in progress.done:
            self._greet()
        elif progress.did(CALLER, Act.FAREWELL) or Act.FAREWELL in progress.done:
            self._farewell()
        elif not self._answers_the_end():
            self._go_on()
        if not self.moves:
            # Every phrase for what was due has been said: the call has gone on long enough.
            self._farewell()
        return self.moves

    # ------------------------------------------------------------------ opening

    def _greet(self) -> None:
        if self.case.outbound:
            self.draw(Act.GREET, "greet_outbound", callee=self.case.callee)
        else:
            self.draw(Act.GREET, "greet_inbound", own=self._says.greeting)

    def _go_on(self) -> None:
        progress, case = self.progress, self.case
        given = progress.did(CALLER, Act.GIVE_FACT)
        asked = progress.did(Role.SUPPORT, Act.ASK_FACT)
        if called := progress.did(CALLER, Act.CALL_OUT):
            asked_if = "hear" if _HEAR.search(called.text) else "person" if _PERSON.search(called.text) else "place"
            self.draw(Act.INVITE, "invite", asked_if)
        elif progress.did(CALLER, Act.SEARCH):
            self.draw(Act.PATIENCE, "take_your_time", fact=asked.fact if asked else "")
        elif case.outbound and (picked_up := progress.did(CALLER, Act.IS_CALLEE)):
            self._to_the_callee(picked_up)
        elif case.outbound and given and not progress.done & {Act.PROBLEM, Act.REASON_FOR_CALL}:
            self._reason_for_call()
        elif Act.ACKNOWLEDGE not in progress.done and Act.PROBLEM in progress.done:
            self._acknowledge()
            if case.outbound or not case.identity:
                self._work(react=False)
            else:
                self._ask_fact(case.identity[0])
        elif given:
            self._verify(given)
        elif asked and not given and progress.count(Act.ASK_FACT) < MOST_ASKED:
            self._react()
            self._ask_fact(asked.fact)
        else:
            self._work()

    def _to_the_callee(self, picked_up: Move) -> None:
        if "?" in picked_up.text:
            self.draw(Act.REINTRODUCE, "reintroduce" if _WHO.search(picked_up.text) else "nothing_bad")
        if self.case.identity:
            self._ask_fact(self.case.identity[0])
        else:
            self._reason_for_call()

    def _acknowledge(self) -> None:
        if not self.case.right_desk:
            bank = "wrong_desk_outbound" if self.case.outbound else "wrong_desk"
            self.draw(Act.ACKNOWLEDGE, bank, team=self.case.right_team)
            return
        own: Sequence[str] = ()
        if self.case.acknowledge and (self.case.intent is Intent.WRONG_PERSON or self.chance(0.8)):
            own = self.case.acknowledge
        elif self._says.empathy and self.chance(0.6):
            own = self._says.empathy
        self.draw(Act.ACKNOWLEDGE, "acknowledge", self.progress.tone, own=own)

    def _ask_fact(self, fact: str) -> None:
        bank = "ask_identity"
        if self.progress.facts_given:
            bank = "confirm_second"
        elif self.case.outbound:
            bank = "ask_identity_reason"
        self.draw(Act.ASK_FACT, bank, label=label(fact), fact=fact)

    def _verify(self, given: Move) -> None:
        case, progress = self.case, self.progress
        first = len(progress.facts_given) == 1
        value = case.spoken_facts.get(given.fact, "")
        second = next((fact for fact in case.identity if fact not in progress.facts_asked), None)
        # A way in is opened to nobody who has named but one number.
        second = second if first and (case.intent is Intent.ACCESS or self._plan("second", 0.5)) else None
        self._react()
        if first and case.gives(given.fact, given.text):
            self.draw(Act.READ_BACK, "read_back", value=value)
        else:
            self.draw(Act.RECEIPT, "got_it" if second else "matched")
        if second:
            self._ask_fact(second)
        elif first and not case.outbound and not self.brief:
            self.draw(Act.CONFIRM_NAME, "confirm_name")
        elif case.right_desk and self._unhurried and self.chance(self.manner.holds):
            self._hold()
        else:
            self._work(react=False)

    def _reason_for_call(self) -> None:
        case = self.case
        # What holds for any such case tells the customer nothing yet.
        finding = case.record[0] if case.customer.case.record else ""
        if finding and self.draw(Act.REASON_FOR_CALL, "reason_for_call", about=case.about, finding=finding):
            self.moves.append(Move(Act.FINDING, "", 0))
        else:
            self.draw(Act.REASON_FOR_CALL, "reason_for_call_bare", about=case.about)

    @property
    def _unhurried(self) -> bool:
        return self.left >= _UNHURRIED and not self.brief

    def _hold(self) -> None:
        self.draw(Act.HOLD, "hold", own=self._says.hold if self.chance(0.6) else ())

    # ------------------------------------------------------------------ the work

    def _work(self, *, react: bool = True) -> None:
        """React, tell what was found, ask the next question or make the offer."""
        progress, case = self.progress, self.case
        if react:
            if progress.did(CALLER, Act.LOST):
                self._repeat()
                return
            self._react()
            if progress.did(CALLER, Act.WAIT) and not self.moves and self.chance(0.7):
                self.draw(Act.GENERIC, "back_from_hold")
        if progress.done & _OFFERS:
            self._close_up()
            return
        if not case.right_desk:
            self._pass_on()
            return
        if self._leaves_it(Act.ANSWER_ASK, self.manner.answer_alone):
            return
        asked = progress.used.get(Act.QUESTION, set())
        rounds = 1 if self.brief else len(case.to_ask)
        question = next((index for index in case.to_ask if index not in asked), None)
        last = question is None or len(asked) >= rounds or self.left <= TO_THE_END + 1
        wants_to_know = self._asks_what_now()
        if asked and not wants_to_know:
            self._find(always=last)
        if self._leaves_it(Act.FINDING, self.manner.finding_alone):
            return
        if question is None or last:
            self._think_and_offer()
            return
        text = case.questions[question].ask
        if wants_to_know and not self.moves:
            self.draw(Act.GENERIC, "coming_to_that")
        elif not self.moves and not text.startswith("And "):
            self._lead_to_question()
        self.say(Act.QUESTION, text, ref=question)

    def _leaves_it(self, act: Act, probability: float) -> bool:
        """Whether the turn ends with what was just said, so that the customer can take it in."""
        if not self._unhurried or not self.moves or self.moves[-1].act is not act:
            return False
        return self.chance(probability)

    def _asks_what_now(self) -> bool:
        """Whether the customer took what was found with a question."""
        reaction = self.progress.did(CALLER, Act.REACT)
        return reaction is not None and "?" in reaction.text

    def _lead_to_question(self) -> None:
        if self.chance(0.3):
            self.draw(Act.GENERIC, "lead_question")

    def _repeat(self) -> None:
        """Say the last thing in other, simpler words, or let it go."""
        last, case = self.progress.last.get(Role.SUPPORT, ()), self.case
        core = next((move for move in reversed(last) if move.act in {Act.QUESTION, Act.FINDING} and move.text), None)
        if core is not None and core.act is Act.QUESTION and 0 <= core.ref < len(case.questions):
            simpler = case.questions[core.ref].simpler
            if simpler and self.draw(Act.GENERIC, "another_way"):
                self.say(Act.REPEAT, simpler, ref=core.ref)
                return
        elif core is not None and core.act is Act.FINDING and 0 <= core.ref < len(case.record):
            self.draw(Act.REPEAT, "in_short", finding=case.record[core.ref].split(",")[0], ref=core.ref)
            return
        self.draw(Act.GENERIC, "never_mind")
        self._work(react=False)

    def _find(self, *, always: bool) -> None:
        """Perhaps: tell the next line of the record. They come in order, a later one may build on an earlier."""
        found = self._found()
        index = next((index for index in range(len(self.case.record)) if index not in found), None)
        enough = len(found) > len(self.progress.used.get(Act.QUESTION, ()))
        if index is None or enough or not ((always and not found) or self.chance(0.65)):
            return
        finding = self.case.record[index]
        if found and self.chance(0.45):
            self.say(Act.FINDING, f"{finding[0].upper()}{finding[1:]}.", ref=index)
        else:
            self.draw(Act.FINDING, "second_finding" if found else "lead_finding", finding=finding, ref=index)

    def _found(self) -> set[int]:
        """The record's lines told so far, in this turn too."""
        now = {move.ref for move in self.moves if move.act is Act.FINDING}
        return self.progress.used.get(Act.FINDING, set()) | now

    def _think_and_offer(self) -> None:
        case = self.case
        if not self._found() and case.record:
            self._find(always=True)
        thought = _BEFORE_OFFER in self.progress.used.get(Act.HOLD, ())
        decides = case.intent in _TO_BE_DECIDED and not self._asks_what_now()
        ponders = self.manner.thinks_first and decides and self._unhurried
        if ponders and not thought:
            self.draw(Act.HOLD, "think", ref=_BEFORE_OFFER)
        else:
            self._offer()
