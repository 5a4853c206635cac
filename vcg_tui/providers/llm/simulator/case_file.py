"""A call's case, ready to be spoken: facts as people say them, gaps filled from what holds for any such case."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

from vcg_tui.models.persona import CustomerAsk, Detail, Difficulty, Direction, Intent, Question
from vcg_tui.providers.llm.simulator.desk import handles, intent_of
from vcg_tui.providers.llm.simulator.first_person import first_person, goal_phrase
from vcg_tui.providers.llm.simulator.manner import Manner
from vcg_tui.providers.llm.simulator.phrases import fill_facts, load_bank, normal
from vcg_tui.providers.llm.simulator.spoken import cardinal, is_money, say_fact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vcg_tui.models.persona import Authority, CustomerPersona, SupportPersona

_ABOUT: Final = {
    Intent.PAY: "an amount that's still open",
    Intent.PLAN: "an amount that's still open",
    Intent.ALREADY_PAID: "a payment we haven't been able to find",
    Intent.REFUND: "a payment of yours",
    Intent.CREDIT: "a charge of yours",
    Intent.CANCEL: "your contract with us",
    Intent.CALLBACK: "something we'd like to go over with you",
    Intent.CHANGE: "a change we have down for you",
    Intent.FIX: "a problem that's been reported to us",
}
_TEAMS: Final = {
    Intent.FIX: "the technical team",
    Intent.ACCESS: "the team that looks after access",
    Intent.REFUND: "the refunds team",
    Intent.CREDIT: "the billing team",
    Intent.CANCEL: "the cancellations team",
    Intent.PAY: "the accounts team",
    Intent.PLAN: "the accounts team",
    Intent.ALREADY_PAID: "the accounts team",
}
_T = TypeVar("_T")
_DUE_NAME: Final = re.compile(r"due|balance|outstanding|owed|total|^fees?$|^amount$")
_IDENTITY_NAME: Final = re.compile(r"(?:number|id|reference|ref|code)$")
_SECOND_NAME: Final = re.compile(r"birth|postcode|zip")


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """A payment plan, as it is said: the whole, how many months, what each takes."""

    amount: str
    months: str
    part: str


@dataclass(frozen=True)
class CaseFile:
    """What both sides of one call draw from. The same customer and seed make the same case file."""

    customer: CustomerPersona
    support: SupportPersona
    seed: int

    @cached_property
    def spoken_facts(self) -> dict[str, str]:
        """Every fact as it is said in this call, whoever says it."""
        accent = self.customer.voice.accent
        said = {name: say_fact(name, value, accent) for name, value in self.customer.facts.items()}
        # What leaves nothing to say is no fact.
        return {name: value for name, value in said.items() if normal(value)}

    @cached_property
    def manner(self) -> Manner:
        """Who talks how much in this call, who waits, who asks again."""
        return Manner.of(self)

    @cached_property
    def intent(self) -> Intent:
        """What the customer is after: as the file says, else as issue and goal sound."""
        return intent_of(self.customer)

    @cached_property
    def shortest(self) -> int:
        """The fewest turns in which such a call can be made whole: who, what, one question, an offer, goodbye."""
        return 17 if self.outbound else 14

    @cached_property
    def right_team(self) -> str:
        """Who deals with such a case, where this agent's desk does not."""
        return _TEAMS.get(self.intent, "customer service")

    @cached_property
    def right_desk(self) -> bool:
        """Whether this agent's desk deals with such a case."""
        return handles(self.support, self.customer)

    @property
    def outbound(self) -> bool:
        """Whether the company is calling."""
        return self.customer.case.direction is Direction.OUTBOUND

    @cached_property
    def callee(self) -> str:
        """Whom an outbound call is for."""
        return self.spoken_facts.get("asked_for", self.customer.name)

    @cached_property
    def identity(self) -> list[str]:
        """The facts that identify the customer, in the order they are asked; at most two."""
        named = [name for name in self.customer.case.identity if name in self.spoken_facts]
        if named:
            return named[:2]
        names = list(self.spoken_facts)
        first = [name for name in names if _IDENTITY_NAME.search(name) and "phone" not in name]
        second = [name for name in names if _SECOND_NAME.search(name)]
        return [*first[:1], *second[:1]]

    @cached_property
    def acknowledge(self) -> list[str]:
        """What a listening agent says to the opening."""
        return self._lines(self.customer.case.acknowledge, "acknowledge")

    @cached_property
    def questions(self) -> list[Question]:
        """The agent's questions, in order."""
        own = self.customer.case.questions
        return [
            Question(
                ask=self._say(each.ask),
                answer=[self._say(answer) for answer in each.answers],
                then=self._say(each.then) if each.then else None,
                simpler=self._say(each.simpler) if each.simpler else None,
            )
            for each in own or self._drawn_questions()
        ]

    @cached_property
    def to_ask(self) -> list[int]:
        """Which of the questions come up in this call, in order.

        The first always; of the others some. One that begins with "And" belongs to the one before it.
        """
        rng = self._rng("rounds")
        few, many = (3, 5) if self.customer.difficulty is Difficulty.HARD else (2, 4)
        if self.intent is Intent.PAY and self.customer.difficulty is Difficulty.EASY:
            # Who wants to pay is not kept from it.
            few, many = 1, 2
        rounds = rng.randint(few, many)
        tied = [question.ask.startswith("And ") for question in self.questions]
        loose = [index for index in range(1, len(tied)) if not tied[index]]
        rng.shuffle(loose)
        chosen = sorted([0, *loose[: max(0, rounds - 1)]]) if tied else []
        for index in range(1, len(tied)):
            if tied[index] and index - 1 in chosen and (len(chosen) < rounds or rng.random() < 0.5):
                chosen = sorted([*chosen, index])
        return chosen[:rounds]

    @cached_property
    def record(self) -> list[str]:
        """What the agent's screen shows, as clauses, in order."""
        return [line.rstrip(".") for line in self._lines(self.customer.case.record, "record", draw=3)]

    @cached_property
    def customer_asks(self) -> list[CustomerAsk]:
        """What the customer wants to know, in this call's order."""
        own = list(self.customer.case.customer_asks) or [
            CustomerAsk.model_validate(each) for each in self._fallback.get("customer_asks", [])
        ]
        said = [CustomerAsk(ask=self._say(each.ask), answer=self._say(each.answer)) for each in own]
        return self._shuffled(said, "asks")

    @cached_property
    def details(self) -> list[Detail]:
        """What the customer adds unasked, in this call's order."""
        own = self.customer.says.details
        said = [Detail(say=self._say(each.say), reply=self._say(each.reply) if each.reply else None) for each in own]
        return self._shuffled(said, "details")

    @cached_property
    def remedy(self) -> str:
        """What settles the case, after "I can"."""
        return self._one(self.customer.case.remedy, "remedy")

    @cached_property
    def wanted(self) -> str:
        """The remedy without what else goes with it, as a verb phrase."""
        return self.remedy.split(",")[0]

    @cached_property
    def alternative(self) -> str:
        """The lesser offer, after "I can"."""
        return self._one(self.customer.case.alternative, "alternative")

    @cached_property
    def next_step(self) -> str:
        """What happens now."""
        return self._one(self.customer.case.next_step, "next_step")

    @cached_property
    def payment(self) -> str:
        """What is paid in the call itself, as it is said; empty where nothing is."""
        if self.intent is not Intent.PAY or not re.search(r"\b(?:link|pay)", self.remedy):
            return ""
        name = self._amount_name()
        return self.spoken_facts[name] if name else ""

    @cached_property
    def plan_terms(self) -> PlanTerms | None:
        """A payment plan in even parts, for a case that names no remedy of its own; None where there is none."""
        name = self._amount_name() if self.intent is Intent.PLAN and not self.customer.case.remedy else None
        match = re.fullmatch(r"(\D*)(\d+)(?:\.00)?", str(self.customer.facts[name]).replace(",", "")) if name else None
        if name is None or match is None:
            return None
        whole = int(match.group(2))
        for months in range(min(self.support.authority.plan_months, 12), 1, -1):
            if whole % months == 0:
                part = say_fact(name, f"{match.group(1)}{whole // months}", self.customer.voice.accent)
                return PlanTerms(self.spoken_facts[name], cardinal(months), part)
        return None

    @cached_property
    def about(self) -> str:
        """The subject, as a noun phrase."""
        own = self.customer.case.about
        if own:
            return self._say(own)
        amount = self._amount_name()
        if amount and self.intent in {Intent.PAY, Intent.PLAN, Intent.ALREADY_PAID}:
            return f"an open amount of {self.spoken_facts[amount]}"
        return _ABOUT.get(self.intent, "something on your account")

    @cached_property
    def issue(self) -> str:
        """The issue as the customer would say it."""
        return self._say(first_person(self.customer.issue, self.customer.name))

    @cached_property
    def goal(self) -> str:
        """The goal as a verb phrase."""
        return self._say(goal_phrase(self.customer.goal, self.customer.name))

    @cached_property
    def within_authority(self) -> bool:
        """Whether this agent may grant the remedy."""
        return self._allowed(1.0)

    @cached_property
    def nearly_within_authority(self) -> bool:
        """Whether a word with somebody would be enough."""
        return self.support.authority.escalate_to is not None and self._allowed(2.0)

    @cached_property
    def policy(self) -> str:
        """The policy that stands in the way of the remedy, as a clause; empty where none does."""
        words = {"refund": "refund", "credit": "credit", "plan": "plan|instal|month", "waiver": "fee|waive"}
        words["cancellation"] = "cancel|contract"
        pattern = words.get(self.needs)
        if pattern:
            for policy in self.support.policies:
                if re.search(pattern, policy, re.IGNORECASE):
                    text = policy.rstrip(".")
                    return text if re.match(r"I\b", text) else text[0].lower() + text[1:]
        return ""

    @cached_property
    def needs(self) -> str:
        """The authority that the remedy takes."""
        own = self.customer.case
        if own.needs != "nothing" or own.remedy:
            return own.needs
        return str(self._fallback.get("needs", "nothing"))

    def gives(self, fact: str, text: str) -> bool:
        """Whether a text holds this fact's value, spoken or written."""
        raw = re.sub(r"[\W_]+", "", str(self.customer.facts.get(fact, ""))).lower()
        said = normal(self.spoken_facts.get(fact, ""))
        return bool(raw) and (said in normal(text) or raw in re.sub(r"[\W_]+", "", text).lower())

    def sayings(self, name: str) -> list[str]:
        """The customer's own phrasings of a kind, facts filled in."""
        return [self._say(line) for line in getattr(self.customer.says, name)]

    def _amount_name(self) -> str | None:
        """The fact that says how much is to be paid."""
        facts = self.customer.facts
        return next((name for name in facts if _DUE_NAME.search(name) and is_money(facts[name])), None)

    def _allowed(self, stretch: float) -> bool:
        authority: Authority = self.support.authority
        value = self.customer.case.value
        match self.needs:
            case "refund":
                limit = authority.refund * stretch
                return limit > 0 and (value is None or value <= limit)
            case "credit":
                limit = authority.credit * stretch
                return limit > 0 and (value is None or value <= limit)
            case "plan":
                return authority.plan_months * stretch >= 3
            case "waiver":
                return authority.waive_fees
            case "cancellation":
                return authority.cancel
            case _:
                return True

    @cached_property
    def _fallback(self) -> dict[str, Any]:
        return load_bank("cases").get(self.intent.value, {})

    def _drawn_questions(self) -> list[Question]:
        every = [Question.model_validate(each) for each in self._fallback.get("questions", [])]
        kept = sorted(self._rng("questions").sample(range(len(every)), min(5, len(every))))
        return [every[index] for index in kept]

    def _lines(self, own: Sequence[str], key: str, draw: int | None = None) -> list[str]:
        if own:
            return [self._say(line) for line in own]
        lines: list[str] = self._fallback.get(key, [])
        return self._rng(key).sample(lines, min(draw, len(lines))) if draw else list(lines)

    def _one(self, own: str | None, key: str) -> str:
        if own:
            return self._say(own).rstrip(".") if key != "next_step" else self._say(own)
        lines = self._fallback.get(key, [])
        return self._rng(key).choice(lines) if lines else ""

    def _shuffled(self, items: list[_T], key: str) -> list[_T]:
        rng = self._rng(key)
        # Mildly: what was written first tends to come first.
        order = sorted(range(len(items)), key=lambda index: index + rng.uniform(0, 2.5))
        return [items[index] for index in order]

    def _rng(self, key: str) -> random.Random:
        return random.Random(f"{self.seed}/{self.customer.id}/{key}")

    def _say(self, text: str) -> str:
        return fill_facts(text, self.spoken_facts)
