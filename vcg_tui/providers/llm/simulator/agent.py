"""The support agent's procedure: greet, verify, diagnose, act within policy, agree, close."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from vcg_tui.models.conversation import Outcome
from vcg_tui.models.persona import Difficulty, Intent, Role
from vcg_tui.providers.llm.simulator.acts import Act, Move
from vcg_tui.providers.llm.simulator.side import Side, label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vcg_tui.providers.llm.simulator.case_file import CaseFile
    from vcg_tui.providers.llm.simulator.progress import Progress

_CALLER = Role.CUSTOMER


class Agent(Side):
    """The agent about to speak."""

    def __init__(self, case: CaseFile, progress: Progress, turn: int, said: Sequence[str]) -> None:
        super().__init__(Role.SUPPORT, case, progress, turn, said)
        self._says = case.support.says

    def turn(self) -> list[Move]:
        """The moves of the agent's next turn."""
        progress = self.progress
        if Act.GREET not in progress.done:
            self._greet()
        elif progress.did(_CALLER, Act.FAREWELL) or Act.FAREWELL in progress.done:
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
        if case.outbound and progress.did(_CALLER, Act.IS_CALLEE):
            if case.identity:
                self._ask_fact(case.identity[0])
            else:
                self._reason_for_call()
        elif case.outbound and Act.PROBLEM not in progress.done and progress.did(_CALLER, Act.GIVE_FACT):
            self._reason_for_call()
        elif Act.ACKNOWLEDGE not in progress.done:
            self._acknowledge()
            if case.outbound or not case.identity:
                self._work()
            else:
                self._ask_fact(case.identity[0])
        elif given := progress.did(_CALLER, Act.GIVE_FACT):
            self._verify(given)
        else:
            self._work()

    def _acknowledge(self) -> None:
        own = self.case.acknowledge
        if self.case.customer.case.acknowledge and self.chance(0.8):
            self.draw(Act.ACKNOWLEDGE, "acknowledge", self.progress.tone, own=own)
        elif self._says.empathy and self.chance(0.6):
            self.draw(Act.ACKNOWLEDGE, "acknowledge", self.progress.tone, own=self._says.empathy)
        else:
            self.draw(Act.ACKNOWLEDGE, "acknowledge", self.progress.tone)

    def _ask_fact(self, fact: str) -> None:
        bank = "ask_identity"
        if self.progress.facts_asked:
            bank = "confirm_second"
        elif self.case.outbound:
            bank = "ask_identity_reason"
        self.draw(Act.ASK_FACT, bank, label=label(fact), fact=fact)

    def _verify(self, given: Move) -> None:
        case, progress = self.case, self.progress
        first = len(progress.facts_given) == 1
        value = case.spoken_facts.get(given.fact, "")
        second = next((fact for fact in case.identity if fact not in progress.facts_asked), None)
        if first and value:
            self.draw(Act.READ_BACK, "read_back", value=value)
        else:
            self.draw(Act.RECEIPT, "got_it")
        self._react()
        if first and second and self._plan("second", 0.5):
            self._ask_fact(second)
        elif first and not case.outbound:
            self.draw(Act.CONFIRM_NAME, "confirm_name")
        elif self.chance(0.5):
            self._hold()
        else:
            self._work(react=False)

    def _reason_for_call(self) -> None:
        case = self.case
        about = case.about or case.goal
        finding = case.record[0] if case.record else ""
        if not case.about:
            self.say(Act.REASON_FOR_CALL, f"I'm calling because our records say that {finding}." if finding else None)
        elif not finding or not self.draw(Act.REASON_FOR_CALL, "reason_for_call", about=about, finding=finding):
            self.draw(Act.REASON_FOR_CALL, "reason_for_call_bare", about=about)
        if finding:
            self.moves.append(Move(Act.FINDING, "", 0))

    def _hold(self) -> None:
        self.draw(Act.HOLD, "hold", own=self._says.hold if self.chance(0.6) else ())

    # ------------------------------------------------------------------ the work

    def _work(self, *, react: bool = True) -> None:
        """React, tell what was found, ask the next question or make the offer."""
        progress, case = self.progress, self.case
        if react:
            if progress.did(_CALLER, Act.LOST):
                self._repeat()
                return
            self._react()
        if Act.OFFER in progress.done or Act.OFFER_LESS in progress.done:
            self._close_up()
            return
        rounds = min(self._rounds(), len(case.questions))
        asked = len(progress.used.get(Act.QUESTION, ()))
        question = progress.next_unused(Act.QUESTION, len(case.questions))
        if 0 < asked <= len(case.record):
            self._find(asked - 1, always=asked >= rounds or question is None)
        if question is not None and asked < rounds:
            if not self.moves and self.chance(0.3):
                self.draw(Act.GENERIC, "lead_question")
            self.say(Act.QUESTION, case.questions[question].ask, ref=question)
            return
        self._offer()

    def _rounds(self) -> int:
        rng = random.Random(f"{self.case.seed}/{self.case.customer.id}/rounds")
        hard = self.case.customer.difficulty is Difficulty.HARD
        return rng.randint(3 if hard else 2, 5 if hard else 4)

    def _react(self) -> None:
        """Take up what the customer just said."""
        progress, case = self.progress, self.case
        answer = progress.did(_CALLER, Act.ANSWER)
        if answer is not None:
            then = case.questions[answer.ref].then if 0 <= answer.ref < len(case.questions) else None
            if then is None or not self.say(Act.RECEIPT, then):
                self.draw(Act.RECEIPT, "got_it")
        detail = progress.did(_CALLER, Act.DETAIL)
        if detail is not None:
            reply = case.details[detail.ref].reply if 0 <= detail.ref < len(case.details) else None
            if reply:
                self.say(Act.REPLY, reply)
            elif answer is None:
                self.draw(Act.REPLY, "reply_generic")
        ask = progress.did(_CALLER, Act.ASK)
        if ask is not None:
            known = case.customer_asks[ask.ref].answer if 0 <= ask.ref < len(case.customer_asks) else None
            if known is None or not self.say(Act.ANSWER_ASK, known):
                self.draw(Act.ANSWER_ASK, "answer_unknown")
        if progress.did(_CALLER, Act.IMPATIENCE):
            self.draw(Act.REASSURE, "reassure", progress.tone)

    def _repeat(self) -> None:
        """Say the last thing again, slower."""
        last = self.progress.last.get(Role.SUPPORT, ())
        core = next((move for move in reversed(last) if move.act in {Act.QUESTION, Act.FINDING} and move.text), None)
        if core is None or not self.draw(Act.REPEAT, "repeat_simple", text=core.text, ref=core.ref):
            self._work(react=False)

    def _find(self, index: int, *, always: bool) -> None:
        found = self._found()
        if index in found or not (always or self.chance(0.65)):
            return
        bank = "second_finding" if found else "lead_finding"
        self.draw(Act.FINDING, bank, finding=self.case.record[index], ref=index)

    def _found(self) -> set[int]:
        """The record's lines told so far, in this turn too."""
        now = {move.ref for move in self.moves if move.act is Act.FINDING}
        return self.progress.used.get(Act.FINDING, set()) | now

    def _offer(self) -> None:
        case = self.case
        if not self._found() and case.record:
            self._find(0, always=True)
        if case.within_authority:
            self.draw(Act.OFFER, "offer", remedy=case.remedy)
            return
        if not (case.policy and self.chance(0.7) and self.draw(Act.REFUSE, "refuse_policy", policy=case.policy)):
            self._refuse()
        self.draw(Act.OFFER_LESS, "offer_alternative", alternative=case.alternative)

    def _refuse(self) -> None:
        self.draw(Act.REFUSE, "refuse", own=self._says.refusal if self.chance(0.6) else ())

    # ------------------------------------------------------------------ the end

    def _answers_the_end(self) -> bool:
        """Whether the customer's last word leads to the end, and the agent takes it there."""
        progress, case = self.progress, self.case
        if progress.did(_CALLER, Act.DEMAND_SUPERVISOR):
            self._hand_on()
        elif progress.did(_CALLER, Act.PUSH_BACK):
            self._on_push_back()
        elif progress.did(_CALLER, Act.GIVE_UP):
            self.draw(Act.CANNOT_HELP, "cannot_help")
            self._farewell()
        elif progress.did(_CALLER, Act.AGREE):
            self._farewell()
        elif progress.did(_CALLER, Act.ACCEPT):
            self._react()
            if Act.NEXT_STEP not in progress.done and not self.say(Act.NEXT_STEP, case.next_step):
                self.draw(Act.NEXT_STEP, "next_step")
            self.draw(Act.ANYTHING_ELSE, "anything_else")
        elif progress.did(_CALLER, Act.NOTHING_ELSE):
            self._farewell()
        else:
            return False
        return True

    def _close_up(self) -> None:
        """After the offer, and neither taken nor refused: ask on."""
        self.draw(Act.ANYTHING_ELSE, "anything_else")

    def _on_push_back(self) -> None:
        progress, case = self.progress, self.case
        if case.within_authority:
            self.draw(Act.REASSURE, "reassure", progress.tone)
            if Act.NEXT_STEP not in progress.done and not self.say(Act.NEXT_STEP, case.next_step):
                self.draw(Act.NEXT_STEP, "next_step")
        elif case.nearly_within_authority and Act.RAISE not in progress.done and self._plan("raise", 0.6):
            self.draw(Act.RAISE, "raise_offer", remedy=case.remedy)
        elif progress.count(Act.PUSH_BACK) > 1 or self._plan("hand on", 0.35):
            self._hand_on()
        else:
            self._refuse()

    def _hand_on(self) -> None:
        to = self.case.support.authority.escalate_to
        if to is not None:
            self.draw(Act.ESCALATE, "escalate", supervisor=to)
            return
        when = next((self.case.spoken_facts[name] for name in self.case.customer.facts if "callback" in name), "")
        if not (when and self.draw(Act.CALL_BACK, "arrange_callback", when=f"at {when}")):
            self.draw(Act.CALL_BACK, "arrange_callback", when=self.rng.choice(_TIMES))

    def _farewell(self) -> None:
        outcome = self._outcome()
        self.progress.outcome = outcome
        own = self._says.farewell if self.chance(0.5) else ()
        first_name = self.case.customer.name.split()[0]
        if not self.draw(Act.FAREWELL, "farewell", outcome, own=own, customer=first_name):
            self.say(Act.FAREWELL, "Goodbye.")

    def _outcome(self) -> Outcome:
        done, accepted = self.progress.done, self.progress.used.get(Act.ACCEPT, set())
        if self.case.intent is Intent.WRONG_PERSON:
            return Outcome.WRONG_PERSON
        if Act.ESCALATE in done:
            return Outcome.ESCALATED
        if Act.CALL_BACK in done:
            return Outcome.CALLBACK
        if GRUDGING in accepted or WILLING not in accepted:
            return Outcome.UNRESOLVED
        return Outcome.CALLBACK if self.case.intent is Intent.CALLBACK else Outcome.RESOLVED

    def _plan(self, what: str, probability: float) -> bool:
        """A decision made once for the call."""
        return random.Random(f"{self.case.seed}/{self.case.customer.id}/{what}").random() < probability


WILLING, GRUDGING = 0, 1
"""How an offer was taken: the ``ref`` of an ``ACCEPT``."""

_TIMES = ("tomorrow morning", "this afternoon", "first thing tomorrow", "tomorrow around midday", "later today")
