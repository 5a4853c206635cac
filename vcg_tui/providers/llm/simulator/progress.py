"""How far a call has come, folded from what was done in it so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vcg_tui.models.conversation import Outcome
from vcg_tui.models.persona import Difficulty, EmotionalState, Intent
from vcg_tui.models.role import Role
from vcg_tui.providers.llm.simulator.acts import GRUDGING, WILLING, Act

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vcg_tui.models.persona import CustomerPersona
    from vcg_tui.providers.llm.simulator.acts import Move

_START_MOOD = {
    EmotionalState.HAPPY: 0.7,
    EmotionalState.NEUTRAL: 0.25,
    EmotionalState.CONFUSED: 0.1,
    EmotionalState.ANXIOUS: -0.1,
    EmotionalState.FRUSTRATED: -0.4,
    EmotionalState.ANGRY: -0.75,
}
# What each act of the agent does to the customer's mood, and some of the customer's own to let off steam.
_EFFECT = {
    Act.ACKNOWLEDGE: 0.12,
    Act.REPLY: 0.08,
    Act.ANSWER_ASK: 0.1,
    Act.FINDING: 0.1,
    Act.REASSURE: 0.08,
    Act.HOLD: -0.1,
    Act.QUESTION: -0.04,
    Act.OFFER: 0.35,
    Act.RAISE: 0.4,
    Act.OFFER_LESS: 0.05,
    Act.REFUSE: -0.3,
    Act.CANNOT_HELP: -0.3,
    Act.ESCALATE: 0.1,
    Act.NEXT_STEP: 0.08,
    Act.STAND_BY: 0.1,
    Act.ASK_AROUND: 0.15,
    Act.KEEP: -0.15,
    Act.PATIENCE: 0.05,
    Act.LOST: -0.05,
}
_STUBBORN = {Difficulty.EASY: 0.6, Difficulty.MEDIUM: 1.0, Difficulty.HARD: 1.35}
# A feeling a person came with colours the words until the mood has clearly left it.
_CALMED = 0.15


@dataclass(slots=True)
class Progress:
    """What has happened in a call so far; both sides' policies read it."""

    customer: CustomerPersona
    mood: float = 0.0
    done: set[Act] = field(default_factory=set[Act])
    counts: dict[Act, int] = field(default_factory=dict[Act, int])
    used: dict[Act, set[int]] = field(default_factory=dict[Act, set[int]])
    facts_asked: list[str] = field(default_factory=list[str])
    facts_given: list[str] = field(default_factory=list[str])
    last: dict[Role, tuple[Move, ...]] = field(default_factory=dict[Role, "tuple[Move, ...]"])

    def __post_init__(self) -> None:
        self.mood = _START_MOOD[self.customer.emotional_state]

    def add(self, role: Role, moves: Sequence[Move]) -> None:
        """Take a turn into account."""
        for move in moves:
            self.done.add(move.act)
            self.counts[move.act] = self.counts.get(move.act, 0) + 1
            if move.ref >= 0:
                self.used.setdefault(move.act, set()).add(move.ref)
            if move.act is Act.ASK_FACT and move.fact not in self.facts_asked:
                self.facts_asked.append(move.fact)
            if move.act is Act.GIVE_FACT and move.fact not in self.facts_given:
                self.facts_given.append(move.fact)
            effect = _EFFECT.get(move.act, 0.0)
            stubborn = _STUBBORN[self.customer.difficulty]
            self.mood += effect * stubborn if effect < 0 else effect / stubborn
        self.mood = min(1.0, max(-1.0, self.mood))
        self.last[role] = tuple(moves)

    def did(self, role: Role, act: Act) -> Move | None:
        """This side's move of that kind in its last turn."""
        return next((move for move in self.last.get(role, ()) if move.act is act), None)

    @property
    def agreed(self) -> bool:
        """Whether the customer has taken what was offered, or has paid."""
        return bool(self.done & {Act.ACCEPT, Act.PAYS})

    @property
    def content_with_less(self) -> bool:
        """Whether the customer gladly took the lesser offer; the problem is there all the same."""
        if self.done & {Act.OFFER, Act.RAISE, Act.ESCALATE, Act.CALL_BACK} or Act.OFFER_LESS not in self.done:
            return False
        return self.used.get(Act.ACCEPT, set()) == {WILLING}

    def count(self, act: Act) -> int:
        """How often an act was done."""
        return self.counts.get(act, 0)

    def next_unused(self, act: Act, total: int) -> int | None:
        """The first of several things that was not done yet, or None."""
        used = self.used.get(act, set())
        return next((index for index in range(total) if index not in used), None)

    def outcome(self, intent: Intent) -> Outcome:
        """What has become of the customer's problem, as things stand."""
        accepted = self.used.get(Act.ACCEPT, set())
        if intent is Intent.WRONG_PERSON:
            return Outcome.WRONG_PERSON
        if Act.ESCALATE in self.done:
            return Outcome.ESCALATED
        if Act.CALL_BACK in self.done:
            return Outcome.CALLBACK
        if Act.PAYS in self.done:
            return Outcome.RESOLVED
        if GRUDGING in accepted or WILLING not in accepted or self.content_with_less:
            return Outcome.UNRESOLVED
        return Outcome.CALLBACK if intent is Intent.CALLBACK else Outcome.RESOLVED

    @property
    def tone(self) -> EmotionalState:
        """The feeling that colours the customer's words now."""
        start = self.customer.emotional_state
        match start:
            case EmotionalState.ANGRY | EmotionalState.FRUSTRATED:
                if self.mood > _CALMED:
                    return EmotionalState.NEUTRAL
                return EmotionalState.FRUSTRATED if self.mood > -0.35 else start
            case EmotionalState.ANXIOUS | EmotionalState.CONFUSED:
                return EmotionalState.NEUTRAL if self.mood > 0.6 else start
            case _:
                if self.mood < -0.45:
                    return EmotionalState.FRUSTRATED
                return EmotionalState.NEUTRAL if self.mood < 0 else start
