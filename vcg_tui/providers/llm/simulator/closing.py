"""How an agent brings a call to its end: the offer, the answer to how it is taken, handing on, goodbye."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Final

from vcg_tui.models.conversation import Outcome
from vcg_tui.models.persona import Difficulty
from vcg_tui.models.role import Role
from vcg_tui.providers.llm.simulator.acts import WILLING, Act
from vcg_tui.providers.llm.simulator.replying import CALLER, Replying

if TYPE_CHECKING:
    from vcg_tui.providers.llm.simulator.acts import Move

# What an agent's list of triggers says where one demand is not enough.
_RELUCTANT: Final = re.compile(r"\b(?:twice|repeatedly|insists|more than once|again)\b", re.IGNORECASE)
TO_THE_END = 7
"""How many turns the way from an offer to the last goodbye takes."""
MOST_ASKED = 3
"""How often the agent asks for the same thing before it lets it go."""
_TIMES = ("tomorrow morning", "first thing tomorrow", "tomorrow around midday", "tomorrow afternoon")


class Closing(Replying):
    """An agent who can offer, hold, hand on and say goodbye."""

    def _offer(self) -> None:
        case = self.case
        if case.payment and case.customer.difficulty is not Difficulty.HARD:
            # What is left to agree on is only the moment.
            if case.customer.difficulty is Difficulty.MEDIUM:
                self.draw(Act.GENERIC, "pay_now")
            self.draw(Act.TAKE_PAYMENT, "take_payment", amount=case.payment)
        elif case.within_authority:
            if not self._offer_plan():
                self.draw(Act.OFFER, "offer", remedy=case.remedy)
        else:
            by_policy = bool(case.policy) and self.chance(0.7)
            if not (by_policy and self.draw(Act.REFUSE, "refuse_policy", policy=case.policy, wanted=case.wanted)):
                self._refuse()
            self.draw(Act.OFFER_LESS, "offer_alternative", alternative=case.alternative)

    def _pass_on(self) -> None:
        """Hand the call to the desk that deals with such a case."""
        case = self.case
        if case.support.authority.escalate_to is None:
            self.draw(Act.CALL_BACK, "have_called", team=case.right_team, when=self.rng.choice(_TIMES))
        else:
            self.draw(Act.ESCALATE, "pass_on_outbound" if case.outbound else "pass_on", team=case.right_team)

    def _refuse(self) -> None:
        if self.case.outbound:
            # Whoever was called has asked for nothing yet.
            self.draw(Act.REFUSE, "refuse_outbound")
            return
        self.draw(Act.GENERIC, "refuse_lead", wanted=self.case.wanted)
        self.draw(Act.REFUSE, "refuse", own=self._says.refusal if self.chance(0.6) else ())

    def _offer_plan(self) -> bool:
        terms = self.case.plan_terms
        return terms is not None and self.draw(
            Act.OFFER, "plan_offer", amount=terms.amount, months=terms.months, part=terms.part
        )

    def _answers_the_end(self) -> bool:
        """Whether the customer's last word leads to the end, and the agent takes it there."""
        progress = self.progress
        if progress.did(Role.SUPPORT, Act.ASK_AROUND):
            self.draw(Act.RAISE, "raise_offer", remedy=self.case.remedy)
        elif progress.did(CALLER, Act.DEMAND_SUPERVISOR):
            self._on_demand()
        elif progress.did(CALLER, Act.PUSH_BACK):
            self._on_push_back()
        elif progress.did(CALLER, Act.GIVE_UP):
            self.draw(Act.CANNOT_HELP, "cannot_help")
            self._farewell()
        elif progress.did(CALLER, Act.AGREE):
            self._farewell()
        elif progress.did(CALLER, Act.PAYS):
            self.draw(Act.PAYMENT_DONE, "payment_done", amount=self.case.payment)
            self._wind_up()
        elif accepted := progress.did(CALLER, Act.ACCEPT):
            self._react()
            self._on_accept(accepted)
        elif progress.did(CALLER, Act.NOTHING_ELSE):
            self._farewell()
        elif progress.did(CALLER, Act.THANK):
            self.draw(Act.ANYTHING_ELSE, "anything_else")
        else:
            return False
        return True

    def _on_accept(self, accepted: Move) -> None:
        done = self.progress.done
        paying = self.case.payment and accepted.ref == WILLING and Act.OFFER in done and Act.TAKE_PAYMENT not in done
        if paying:
            self.draw(Act.TAKE_PAYMENT, "take_payment", amount=self.case.payment)
        else:
            self._wind_up()

    def _wind_up(self) -> None:
        """Say what happens now, and ask whether that is all."""
        if Act.NEXT_STEP not in self.progress.done:
            if not self.say(Act.NEXT_STEP, self.case.next_step):
                self.draw(Act.NEXT_STEP, "next_step")
            if self.left > TO_THE_END and not self.brief and self.chance(self.manner.step_alone):
                return
        self.draw(Act.ANYTHING_ELSE, "anything_else")

    def _close_up(self) -> None:
        """After an offer that was neither taken nor refused, or something asked after it was taken."""
        if not self.progress.agreed and self.progress.count(Act.STAND_BY) < MOST_ASKED:
            self.draw(Act.STAND_BY, "shall_i")
        elif self.progress.count(Act.ANYTHING_ELSE) > MOST_ASKED:
            self._farewell()
        else:
            self.draw(Act.ANYTHING_ELSE, "anything_else")

    def _on_push_back(self) -> None:
        progress, case = self.progress, self.case
        if progress.done & {Act.OFFER, Act.RAISE} and progress.count(Act.PUSH_BACK) < MOST_ASKED:
            self.draw(Act.STAND_BY, "stand_by_offer")
            if Act.NEXT_STEP not in progress.done and self.chance(0.6):
                self.say(Act.NEXT_STEP, case.next_step)
        elif case.nearly_within_authority and Act.RAISE not in progress.done and self._plan("raise", 0.6):
            self.draw(Act.ASK_AROUND, "ask_colleague")
        elif progress.count(Act.PUSH_BACK) > 1 or self._plan("hand on", 0.35):
            self._hand_on()
        else:
            self.draw(Act.REFUSE, "refuse_more")

    def _on_demand(self) -> None:
        triggers = self.case.support.escalation_triggers
        reluctant = any("supervisor" in each.lower() and _RELUCTANT.search(each) for each in triggers)
        if reluctant and Act.KEEP not in self.progress.done and self.case.support.authority.escalate_to:
            self.draw(Act.KEEP, "keep_caller")
        else:
            self._hand_on()

    def _hand_on(self) -> None:
        to = self.case.support.authority.escalate_to
        if to is not None:
            if not self.progress.did(CALLER, Act.DEMAND_SUPERVISOR):
                self.draw(Act.GENERIC, "hand_on_lead")
            self.draw(Act.ESCALATE, "escalate", supervisor=to)
            return
        self.draw(Act.GENERIC, "nobody_here")
        when = next((self.case.spoken_facts[name] for name in self.case.customer.facts if "callback" in name), "")
        if not (when and self.draw(Act.CALL_BACK, "arrange_callback", when=f"at {when}")):
            self.draw(Act.CALL_BACK, "arrange_callback", when=self.rng.choice(_TIMES))

    def _farewell(self) -> None:
        outcome = self.progress.outcome(self.case.intent)
        # An agent's own farewells are written for a call that went well.
        warm = outcome is Outcome.RESOLVED and self.progress.mood > 0
        own = self._says.farewell if warm and self.chance(0.5) else ()
        # Whoever was reached by mistake never said who they are.
        name = "" if outcome is Outcome.WRONG_PERSON else self.case.customer.name.split()[0]
        known = {**self.slots, "customer": name} if name else self.slots
        text = self.book.choose(own, known) if own else None
        # What is said to somebody who stays on the line is not what is said to anybody.
        plain = 0.0 if outcome in {Outcome.ESCALATED, Outcome.CALLBACK} else 0.25
        key = "any" if self.progress.content_with_less else outcome
        text = text or self.book.draw("farewell", known, key, plain=plain)
        if not self.say(Act.FAREWELL, text):
            self.say(Act.FAREWELL, "Goodbye.")

    def _plan(self, what: str, probability: float) -> bool:
        """A decision made once for the call."""
        return random.Random(f"{self.case.seed}/{self.case.customer.id}/{what}").random() < probability
