"""How one call goes, apart from what is said in it: who talks how much, who waits, who asks again."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vcg_tui.models.persona import Direction, EmotionalState

if TYPE_CHECKING:
    from vcg_tui.providers.llm.simulator.case_file import CaseFile


def _cue(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})", re.IGNORECASE)


_SHORT: Final = _cue(r"short|clipped|terse|few words|exactly what is asked|drier|monosyllab|curt")
_LONG: Final = _cue(r"stor(?:y|ies)\b|chatty|rambl|thinks out loud|talks a lot|wander|digress")
_AGAIN: Final = _cue(r"said again|repeated|hard of hearing|mixes up|loses the thread")
_SEARCHES: Final = _cue(r"looks? for|looking for|glasses|spectacles|paper|folder|leafs")
_CHECKS: Final = _cue(r"check|screen|exact|slow|careful|narrat")


@dataclass(frozen=True, slots=True)
class Manner:
    """Drawn once a call, so that calls differ in shape and not in words alone.

    Probabilities from 0 to 1, but for ``talkative``.
    """

    talkative: float
    """Factor on how often the customer adds to an answer."""
    asks_again: float
    """How often the customer wants a question repeated."""
    calls_out: bool
    """Whether the customer first asks if anybody is there."""
    searches: bool
    """Whether the customer has to look for what identifies them."""
    listens: float
    """How often the customer takes a finding with a mere "mm-hm"."""
    holds: float
    """How often the agent asks to wait after the identification."""
    thinks_first: bool
    """Whether the agent asks to wait before the offer."""
    finding_alone: float
    """How often the agent leaves a finding to sink in, instead of asking on at once."""
    answer_alone: float
    """How often the agent leaves an answer to sink in."""
    step_alone: float
    """How often the agent waits for a word before asking whether there is anything else."""

    @classmethod
    def of(cls, case: CaseFile) -> Manner:
        """The manner of this call: from the seed, and from how the two are said to behave."""
        customer, support = case.customer, case.support
        rng = random.Random(f"{case.seed}/{customer.id}/{support.id}/manner")
        behaviour = f"{customer.special_behavior} {customer.personality}"
        feeling = customer.emotional_state
        unsure = feeling in {EmotionalState.CONFUSED, EmotionalState.ANXIOUS}
        talkative = rng.uniform(0.55, 1.3)
        if _SHORT.search(behaviour):
            talkative *= 0.75
        if _LONG.search(behaviour):
            talkative *= 1.25
        asks_again = 0.35 if feeling is EmotionalState.CONFUSED else 0.0
        if _AGAIN.search(customer.special_behavior):
            asks_again = max(asks_again, 0.12)
        looks = 0.5 if _SEARCHES.search(behaviour) else 0.3 if unsure else 0.08
        exact = bool(_CHECKS.search(f"{support.special_behavior} {support.personality}"))
        outbound = case.customer.case.direction is Direction.OUTBOUND
        return cls(
            talkative=talkative,
            asks_again=asks_again,
            calls_out=not outbound and rng.random() < (0.3 if unsure else 0.1),
            searches=rng.random() < looks,
            listens=rng.uniform(0.2, 0.6),
            holds=rng.uniform(0.3, 0.9) if exact else rng.uniform(0.0, 0.7),
            thinks_first=rng.random() < (0.45 if exact else 0.25),
            finding_alone=rng.uniform(0.1, 0.75),
            answer_alone=rng.uniform(0.0, 0.45),
            step_alone=rng.uniform(0.0, 0.6),
        )
