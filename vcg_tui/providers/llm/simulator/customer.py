"""The customer's agenda: tell the problem, prove who one is, answer, ask, and take or refuse what is offered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vcg_tui.models.conversation import Outcome
from vcg_tui.models.persona import Difficulty, EmotionalState, Intent
from vcg_tui.models.role import Role
from vcg_tui.providers.llm.simulator.acts import GRUDGING, WILLING, Act, Move
from vcg_tui.providers.llm.simulator.phrases import normal
from vcg_tui.providers.llm.simulator.side import Side, label
from vcg_tui.providers.llm.simulator.wording import vary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
_MOST_MENTIONED = 2
"""How many facts a customer without details of their own mentions unasked."""
_HASTE = 9
"""With fewer turns left than this, the customer keeps to what is asked."""
_MOST_GOODBYES = 2
"""How often the customer says there is nothing else before saying goodbye unasked."""


class Customer(Side):
    """The customer about to speak."""

    def __init__(self, case: CaseFile, progress: Progress, said: Sequence[str], max_turns: int) -> None:
        super().__init__(Role.CUSTOMER, case, progress, said, max_turns)
        self._said = said
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

    @property
    def _at_leisure(self) -> bool:
        """Whether there are turns enough for what a call can do without."""
        return self.left > _HASTE and not self.brief

    def _respond(self) -> None:
        """Take up what the agent did; of several things, the one that wants an answer most."""
        occasions: tuple[tuple[Act, Callable[[], object]], ...] = (
            (Act.FAREWELL, self._farewell),
            (Act.GREET, self._open),
            (Act.INVITE, self._problem),
            (Act.REASON_FOR_CALL, self._problem),
            (Act.ASK_FACT, self._give_fact),
            (Act.PATIENCE, self._give_fact),
            (Act.CONFIRM_NAME, self._confirm),
            (Act.TAKE_PAYMENT, lambda: self.draw(Act.PAYS, "pays")),
            (Act.OFFER, self._on_offer),
            (Act.RAISE, lambda: self._accept(WILLING)),
            (Act.OFFER_LESS, self._on_less),
            (Act.ESCALATE, lambda: self.draw(Act.AGREE, "agree_transfer")),
            (Act.CALL_BACK, self._on_call_back),
            (Act.ASK_AROUND, self._wait),
            (Act.KEEP, self._on_keep),
            (Act.STAND_BY, self._on_stand_by),
            (Act.REFUSE, self._on_final_no),
            (Act.CANNOT_HELP, self._on_final_no),
            (Act.ANYTHING_ELSE, self._anything_else),
            (Act.NEXT_STEP, self._on_next_step),
            (Act.QUESTION, self._answer),
            (Act.REPEAT, self._answer),
            (Act.HOLD, self._wait),
            (Act.FINDING, self._on_finding),
        )
        heard = {move.act for move in self.progress.last[_AGENT]}
        untold = not self.case.outbound and Act.PROBLEM not in self.progress.done
        if untold and not heard & {Act.GREET, Act.FAREWELL}:
            # An agent who came to business without asking what it is about hears it all the same.
            if Act.ASK_FACT in heard:
                self._give_fact()
            self._problem()
            return
        for act, respond in occasions:
            if act in heard:
                respond()
                return
        self._listen()
        if Act.ACKNOWLEDGE in heard and self.chance(0.6):
            self._add_detail()

    # ------------------------------------------------------------------ opening

    def _open(self) -> None:
        if self.case.outbound and self.case.intent is Intent.WRONG_PERSON:
            self.draw(Act.NOT_CALLEE, "not_speaking", own=self.case.sayings("opening"), callee=self.case.callee)
            self.moves.append(Move(Act.PROBLEM, ""))
        elif self.case.outbound:
            self.draw(Act.IS_CALLEE, "speaking", self.progress.tone)
        elif self.manner.calls_out and Act.CALL_OUT not in self.progress.done and self._at_leisure:
            self.draw(Act.CALL_OUT, "call_out", self.progress.tone)
        else:
            self._problem()

    def _problem(self) -> None:
        text = self.book.choose(self.case.sayings("opening"), {}) or self._problem_of_any()
        if self.progress.did(_AGENT, Act.GREET) and not _begins_with_greeting(text):
            hello = self.book.draw("hello", self.slots, self.progress.tone)
            # "Right. Right, so ..." is a stammer.
            if hello and normal(hello).split()[-1] != normal(text).split()[0]:
                self.say(Act.GENERIC, hello)
        self.say(Act.PROBLEM, text)

    def _problem_of_any(self) -> str:
        """The problem in words made from issue and goal, for a persona without an opening of its own."""
        bank = "problem_outbound" if self.case.outbound else "problem"
        text = self.book.draw(bank, {"issue": self.case.issue}) or self.case.issue
        if self.case.intent is Intent.CALLBACK:
            more = self.book.draw("ask_callback", {})
        else:
            more = self.book.draw("goal", {"goal": self.case.goal}) if self.chance(0.7) else None
        return f"{text} {more}" if more else text

    def _give_fact(self) -> None:
        asked = self.progress.did(_AGENT, Act.ASK_FACT) or self.progress.did(_AGENT, Act.PATIENCE)
        fact = asked.fact if asked else ""
        value = self.case.spoken_facts.get(fact)
        if value is None:
            self.draw(Act.GIVE_FACT, "answer_generic", self.progress.tone, fact=fact)
        elif Act.PATIENCE in {move.act for move in self.progress.last[_AGENT]}:
            self.draw(Act.GIVE_FACT, "found_value", value=value, fact=fact)
        elif self.progress.facts_given:
            self.draw(Act.GIVE_FACT, "give_value_short", value=value, fact=fact)
            if self.chance(self.manner.talkative * 0.7):
                self._add_detail()
        elif self.manner.searches and Act.SEARCH not in self.progress.done and self._at_leisure:
            self.draw(Act.SEARCH, "searching", self.progress.tone)
        else:
            self.draw(Act.GIVE_FACT, "give_value", self.progress.tone, value=value, fact=fact)

    def _confirm(self) -> None:
        self.draw(Act.CONFIRM, "confirm_yes", self.progress.tone)
        if self.chance(self.manner.talkative * 0.7):
            self._add_detail()

    # ------------------------------------------------------------------ the middle

    def _answer(self) -> None:
        progress, case = self.progress, self.case
        question = progress.did(_AGENT, Act.QUESTION)
        if (
            self._at_leisure
            and question is not None
            and progress.count(Act.LOST) < 2
            and self.chance(self.manner.asks_again)
        ):
            self.draw(Act.LOST, "lost")
            return
        question = question or progress.did(_AGENT, Act.REPEAT)
        ref = question.ref if question else -1
        own = case.questions[ref].answers if 0 <= ref < len(case.questions) else ()
        if not self._say_own(Act.ANSWER, own, ref=ref):
            self.draw(Act.ANSWER, "answer_generic", progress.tone, ref=ref)
        self._add_something()

    def _say_own(self, act: Act, lines: Sequence[str], *, ref: int = -1) -> bool:
        """Do an act in one of the persona's lines, in the words of the moment; False where every one has been said."""
        text = self.book.choose(lines, {})
        return bool(text) and self.say(act, self._varied(act, text or ""), ref=ref)

    def _varied(self, act: Act, text: str) -> str:
        return vary(act, text, self.progress.tone, self.rng, self._came_in_with)

    def _came_in_with(self, lead: str) -> bool:
        starts = [move.text for move in self.moves]
        return any(text.startswith(f"{lead} ") for text in [*starts, *self._said]) or any(
            f" {lead} " in text for text in self._said
        )

    def _on_finding(self) -> None:
        if self.chance(self.manner.listens):
            self._listen()
            return
        self.draw(Act.REACT, "react_finding", self.progress.tone)
        if "?" not in self.moves[-1].text:
            self._add_something()

    def _listen(self) -> None:
        self.draw(Act.BACKCHANNEL, "backchannel", self.progress.tone)

    def _wait(self) -> None:
        self.draw(Act.WAIT, "wait_ok", self.progress.tone)
        if Act.ASK_AROUND not in {move.act for move in self.progress.last[_AGENT]} and self.chance(0.4):
            self._add_detail()

    def _add_something(self) -> None:
        """Perhaps: ask, complain, or tell more."""
        progress = self.progress
        if not self.chance(_TALKATIVE[progress.tone] * self.manner.talkative):
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
        text = asks[index].ask
        if self.moves and self.moves[-1].act is Act.GENERIC:
            # "Just one last thing. And ..." would come in twice.
            text = re.sub(r"^(?:And|So) (\w)", lambda match: match.group(1).upper(), text)
        else:
            text = self._varied(Act.ASK, text)
        return self.say(Act.ASK, text, ref=index)

    def _add_detail(self) -> bool:
        details = self.case.details
        if details:
            index = self.progress.next_unused(Act.DETAIL, len(details))
            return index is not None and self.say(Act.DETAIL, self._varied(Act.DETAIL, details[index].say), ref=index)
        return self._mention_fact()

    def _mention_fact(self) -> bool:
        """For a persona without details of its own: a fact that nobody asked for yet."""
        spoken = self.case.spoken_facts
        known = {*self.progress.facts_asked, *self.case.identity, "asked_for"}
        free = [
            name for name in spoken if name not in known and "phone" not in name and not self.book.heard(spoken[name])
        ]
        if not free or self.progress.count(Act.DETAIL) >= _MOST_MENTIONED:
            return False
        fact = free[0]
        return self.draw(Act.DETAIL, "detail", fact=fact, fact_label=label(fact), fact_value=spoken[fact])

    # ------------------------------------------------------------------ the offer

    def _on_offer(self) -> None:
        """The remedy itself is offered: only a hard customer, or a bitter one, haggles."""
        haggles = 0.55 if self._hard else 0.0 if self._easy else 0.35 if self.progress.mood < -0.3 else 0.0
        if self._at_leisure and not self.progress.count(Act.PUSH_BACK) and self.chance(haggles):
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
            # An offer gets an answer before somebody else is asked for.
            self._push_back()
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

    def _on_call_back(self) -> None:
        wished = self.case.intent is Intent.CALLBACK
        self.draw(Act.AGREE, "agree_callback" if wished else "agree_to_wait")

    def _on_keep(self) -> None:
        """The agent would rather settle it than hand on."""
        if not self._hard and Act.OFFER_LESS in self.progress.done and self.chance(0.5):
            self._accept(GRUDGING)
        else:
            self.draw(Act.DEMAND_SUPERVISOR, "demand_supervisor")

    def _on_stand_by(self) -> None:
        """The agent holds to what it offered."""
        if Act.OFFER_LESS in self.progress.done and Act.RAISE not in self.progress.done:
            self._accept(GRUDGING)
        else:
            self._accept(WILLING)

    def _on_next_step(self) -> None:
        if self.progress.agreed:
            self.draw(Act.THANK, "thanks", self._thanking)
        else:
            self._accept(WILLING)

    def _push_back(self) -> None:
        if not self._say_own(Act.PUSH_BACK, self.case.sayings("pushback")):
            self.draw(Act.PUSH_BACK, "pushback", self.progress.tone)

    def _accept(self, how: int) -> None:
        if how == GRUDGING:
            self.draw(Act.ACCEPT, "accept_grudging", ref=GRUDGING)
        elif Act.PUSH_BACK in self.progress.done and Act.RAISE not in self.progress.done and self.chance(0.6):
            # Whoever has just argued does not turn delighted in one breath.
            self.draw(Act.ACCEPT, "accept_wary", ref=WILLING)
        elif Act.OFFER_LESS in self.progress.done and Act.RAISE not in self.progress.done:
            self.draw(Act.ACCEPT, "accept_less", ref=WILLING)
        elif self.case.intent is Intent.PLAN and self.chance(0.3):
            self.draw(Act.ACCEPT, "agree_plan", ref=WILLING)
        else:
            self.draw(Act.ACCEPT, "accept", self.progress.tone, own=self.case.sayings("accept"), ref=WILLING)
            if self._curious and not self.progress.count(Act.ASK) and self.chance(0.4):
                self._ask()

    # ------------------------------------------------------------------ the end

    def _anything_else(self) -> None:
        if self.progress.count(Act.NOTHING_ELSE) >= _MOST_GOODBYES:
            self._farewell()
            return
        if self._curious and self.progress.count(Act.ANYTHING_ELSE) < 2 and self.chance(0.3):
            before = len(self.moves)
            self.draw(Act.GENERIC, "one_more")
            if self._ask():
                return
            del self.moves[before:]
        self.draw(Act.NOTHING_ELSE, "nothing_else", self.progress.tone)
        said = " ".join(move.text.lower() for move in self.moves)
        warm = 0.7 if self.progress.mood > 0 else 0.35
        if "thank" not in said and Act.THANK not in self.progress.done and self.chance(warm):
            self.draw(Act.THANK, "thanks", self._thanking)

    @property
    def _curious(self) -> bool:
        """Whether there is the time and the temper for one more question."""
        return self._at_leisure and self.progress.mood > 0 and Act.PUSH_BACK not in self.progress.done

    @property
    def _thanking(self) -> EmotionalState:
        """The feeling behind a thank-you: nobody is grateful for less than they came for."""
        short = GRUDGING in self.progress.used.get(Act.ACCEPT, ())
        return EmotionalState.ANGRY if short else self.progress.tone

    def _farewell(self) -> None:
        outcome = self.progress.outcome(self.case.intent)
        fits = outcome in {Outcome.RESOLVED, Outcome.WRONG_PERSON} or self.case.intent is Intent.CALLBACK
        own = self.case.sayings("farewell") if fits and self.chance(0.7) else ()
        sour = outcome is Outcome.RESOLVED and self.progress.mood <= 0
        text = self.book.choose(own, self.slots) if own else None
        plain = 0.0 if outcome in {Outcome.ESCALATED, Outcome.CALLBACK} else 0.25
        key = "any" if sour or self.progress.content_with_less else outcome
        text = text or self.book.draw("farewell", self.slots, key, plain=plain)
        self.say(Act.FAREWELL, text or "Bye.")


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
