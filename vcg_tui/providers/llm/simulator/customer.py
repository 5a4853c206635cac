"""The customer's agenda: tell the problem, prove who one is, answer, ask, and take or refuse what is offered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vcg_tui.models.conversation import Outcome
from vcg_tui.models.persona import Difficulty, EmotionalState, Intent, Role
from vcg_tui.providers.llm.simulator.acts import Act, Move
from vcg_tui.providers.llm.simulator.agent import GRUDGING, WILLING
from vcg_tui.providers.llm.simulator.side import Side, label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vcg_tui.providers.llm.simulator.case_file import CaseFile
    from vcg_tui.providers.llm.simulator.progress import Progress

_AGENT = Role.SUPPORT
# Of a turn's answer, how often something is added to it.
_TALKATIVE = {
    EmotionalState.HAPPY: 0.65,
    EmotionalState.NEUTRAL: 0.5,
    EmotionalState.ANXIOUS: 0.75,
    EmotionalState.CONFUSED: 0.6,
    EmotionalState.FRUSTRATED: 0.65,
    EmotionalState.ANGRY: 0.55,
}


class Customer(Side):
    """The customer about to speak."""

    def __init__(self, case: CaseFile, progress: Progress, turn: int, said: Sequence[str]) -> None:
        super().__init__(Role.CUSTOMER, case, progress, turn, said)
        self._hard = case.customer.difficulty is Difficulty.HARD
        self._easy = case.customer.difficulty is Difficulty.EASY

    def turn(self) -> list[Move]:
        """The moves of the customer's next turn."""
        if not self.progress.last.get(_AGENT):
            self.say(Act.PICK_UP, self.rng.choice(_PICK_UP))
        else:
            self._respond()
        if not self.moves:
            # Every phrase for what was due has been said: the call has gone on long enough.
            self._farewell()
        return self.moves

    def _respond(self) -> None:  # noqa: PLR0912 - the agenda, one line an occasion
        heard = {move.act for move in self.progress.last[_AGENT]}
        if Act.FAREWELL in heard:
            self._farewell()
        elif Act.GREET in heard:
            self._open()
        elif Act.REASON_FOR_CALL in heard:
            self._problem(hello=False)
        elif Act.ASK_FACT in heard:
            self._give_fact()
        elif Act.CONFIRM_NAME in heard:
            self.draw(Act.CONFIRM, "confirm_yes", self.progress.tone)
            self._add_detail()
        elif Act.OFFER in heard:
            self._on_offer()
        elif Act.RAISE in heard:
            self._accept(WILLING)
        elif Act.OFFER_LESS in heard:
            self._on_less()
        elif Act.ESCALATE in heard:
            self.draw(Act.AGREE, "agree_transfer")
        elif Act.CALL_BACK in heard:
            self.draw(Act.AGREE, "agree_callback")
        elif Act.REFUSE in heard or Act.CANNOT_HELP in heard:
            self._on_final_no()
        elif Act.ANYTHING_ELSE in heard:
            self._anything_else()
        elif self.progress.did(_AGENT, Act.NEXT_STEP):
            self._accept(WILLING)
        elif question := self._question_heard():
            self._answer(question)
        elif Act.HOLD in heard:
            self.draw(Act.WAIT, "wait_ok", self.progress.tone)
            if self.chance(0.6):
                self._add_detail()
        else:
            self.draw(Act.REACT, "react_finding", self.progress.tone)
            self._add_something()

    # ------------------------------------------------------------------ opening

    def _open(self) -> None:
        if not self.case.outbound:
            self._problem(hello=True)
        elif self.case.intent is Intent.WRONG_PERSON:
            self.draw(Act.NOT_CALLEE, "not_speaking", own=self.case.sayings("opening"), callee=self.case.callee)
            self.moves.append(Move(Act.PROBLEM, ""))
        else:
            self.draw(Act.IS_CALLEE, "speaking", self.progress.tone)

    def _problem(self, *, hello: bool) -> None:
        own = self.case.sayings("opening")
        text = self.book.choose(own, {})
        if hello and not _begins_with_greeting(text or ""):
            self.draw(Act.GENERIC, "hello", self.progress.tone)
        if text is None:
            text = self.book.draw("problem", {"issue": self.case.issue})
            if text and self.chance(0.7):
                goal = self.book.draw("goal", {"goal": self.case.goal})
                text = f"{text} {goal}" if goal else text
        self.say(Act.PROBLEM, text or self.case.issue)

    def _give_fact(self) -> None:
        asked = self.progress.did(_AGENT, Act.ASK_FACT)
        fact = asked.fact if asked else ""
        value = self.case.spoken_facts.get(fact)
        if value is None:
            self.draw(Act.GIVE_FACT, "answer_generic", self.progress.tone, fact=fact)
        elif self.progress.facts_given:
            self.draw(Act.GIVE_FACT, "give_value_short", value=value, fact=fact)
            self._add_detail()
        else:
            self.draw(Act.GIVE_FACT, "give_value", self.progress.tone, value=value, fact=fact)

    # ------------------------------------------------------------------ the middle

    def _question_heard(self) -> Move | None:
        return self.progress.did(_AGENT, Act.QUESTION) or self.progress.did(_AGENT, Act.REPEAT)

    def _answer(self, question: Move) -> None:
        progress, case = self.progress, self.case
        if question.act is Act.QUESTION and self._is_lost():
            self.draw(Act.LOST, "lost")
            return
        if 0 <= question.ref < len(case.questions):
            answers = case.questions[question.ref].answers
            self.draw(Act.ANSWER, "answer_generic", progress.tone, own=answers, ref=question.ref)
        else:
            self.draw(Act.ANSWER, "answer_generic", progress.tone)
        self._add_something()

    def _is_lost(self) -> bool:
        if self.progress.tone is not EmotionalState.CONFUSED:
            return False
        return self.progress.count(Act.LOST) < 2 and self.chance(0.4)

    def _add_something(self) -> None:
        """Perhaps: ask, complain, or tell more."""
        progress = self.progress
        if not self.chance(_TALKATIVE[progress.tone]):
            return
        tired = progress.count(Act.QUESTION) + progress.count(Act.HOLD)
        if progress.mood < -0.2 and tired > 2 and not progress.count(Act.IMPATIENCE) and self.chance(0.6):
            self.draw(Act.IMPATIENCE, "impatience", progress.tone, own=self.case.sayings("impatience"))
        elif self.chance(0.5):
            _ = self._ask() or self._add_detail()
        else:
            _ = self._add_detail() or self._ask()

    def _ask(self) -> bool:
        asks = self.case.customer_asks
        index = self.progress.next_unused(Act.ASK, len(asks))
        if index is None or self.progress.count(Act.ASK) > 2:
            return False
        return self.say(Act.ASK, asks[index].ask, ref=index)

    def _add_detail(self) -> bool:
        details = self.case.details
        if details:
            index = self.progress.next_unused(Act.DETAIL, len(details))
            return index is not None and self.say(Act.DETAIL, details[index].say, ref=index)
        return self._mention_fact()

    def _mention_fact(self) -> bool:
        """For a persona without details of its own: a fact that nobody asked for yet."""
        given = {*self.progress.facts_given, *self.progress.facts_asked, *self.case.identity, "asked_for"}
        free = [name for name in self.case.customer.facts if name not in given and "phone" not in name]
        mentioned = self.progress.count(Act.DETAIL)
        if mentioned >= min(2, len(free)):
            return False
        fact = free[mentioned]
        return self.draw(
            Act.DETAIL, "detail", fact=fact, fact_label=label(fact), fact_value=self.case.spoken_facts[fact]
        )

    # ------------------------------------------------------------------ the offer

    def _on_offer(self) -> None:
        """The remedy itself is offered: only a hard customer, or a bitter one, haggles."""
        haggles = 0.55 if self._hard else 0.0 if self._easy else 0.35 if self.progress.mood < -0.3 else 0.0
        if not self.progress.count(Act.PUSH_BACK) and self.chance(haggles):
            self._push_back()
        else:
            self._accept(WILLING)

    def _on_less(self) -> None:
        """Less than the remedy is offered."""
        if self._easy:
            self._accept(WILLING if self.progress.mood > -0.1 else GRUDGING)
        elif not self._hard and self.progress.mood > 0.3 and self.chance(0.5):
            self._accept(GRUDGING)
        elif self._hard and self.progress.mood < -0.6 and self.chance(0.3):
            self.draw(Act.DEMAND_SUPERVISOR, "demand_supervisor")
        else:
            self._push_back()

    def _on_final_no(self) -> None:
        mood = self.progress.mood
        if not self._hard and self.chance(0.65 + mood / 2):
            self._accept(GRUDGING)
        elif Act.DEMAND_SUPERVISOR not in self.progress.done and self.chance(0.5):
            self.draw(Act.DEMAND_SUPERVISOR, "demand_supervisor")
        else:
            self.draw(Act.GIVE_UP, "refuse_end", own=self.case.sayings("refuse"))

    def _push_back(self) -> None:
        self.draw(Act.PUSH_BACK, "pushback", self.progress.tone, own=self.case.sayings("pushback"))

    def _accept(self, how: int) -> None:
        if how == GRUDGING:
            self.draw(Act.ACCEPT, "accept_grudging", ref=GRUDGING)
        else:
            self.draw(Act.ACCEPT, "accept", self.progress.tone, own=self.case.sayings("accept"), ref=WILLING)
            if not self.progress.count(Act.ASK) and self.chance(0.4):
                self._ask()

    # ------------------------------------------------------------------ the end

    def _anything_else(self) -> None:
        if self.progress.count(Act.ANYTHING_ELSE) < 2 and self.progress.mood > 0 and self.chance(0.3):
            before = len(self.moves)
            self.draw(Act.GENERIC, "one_more")
            if self._ask():
                return
            del self.moves[before:]
        self.draw(Act.NOTHING_ELSE, "nothing_else", self.progress.tone)
        if self.progress.mood > -0.5:
            self.draw(Act.GENERIC, "thanks", self.progress.tone)

    def _farewell(self) -> None:
        outcome = self.progress.outcome or Outcome.UNRESOLVED
        own = self.case.sayings("farewell") if self.chance(0.7) else ()
        if not self.draw(Act.FAREWELL, "farewell", outcome, own=own):
            self.say(Act.FAREWELL, "Bye.")


_PICK_UP = ("Hello?", "Yes, hello?", "Hello, who's this?", "Hi, yes?", "Yeah, hello?", "Hello there?")

_GREETINGS = (
    "hi",
    "hello",
    "hey",
    "yeah, hi",
    "yes, hi",
    "yes, hello",
    "good morning",
    "good afternoon",
    "hiya",
    "oh, hi",
    "oh, hello",
)


def _begins_with_greeting(text: str) -> bool:
    return text.lower().startswith(_GREETINGS)
