"""Who talks in a call: the customer, the support agent, and the case between them.

These models are what a persona file holds. They know nothing of files, prompts or providers.
"""

from __future__ import annotations

import datetime as dt
import re
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from vcg_tui.models.placeholders import check_placeholders
from vcg_tui.models.role import Role

FactValue = str | int | float | dt.date
"""A named value of a persona: an order number, an amount, a date. Kept as text when its form matters."""

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=600, strip_whitespace=True)]
FactName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


AS_WRITTEN: Final = {"as_written": True}
"""The context in which a persona is validated that somebody writes: a file, a form. Language tags and names in braces
are looked at only there. What comes back from a call that was made is taken as it is: a rule that came later must not
make the call unreadable."""


def _as_written(info: ValidationInfo) -> bool:
    return info.context is AS_WRITTEN


def _language_tag(tag: str, info: ValidationInfo) -> str:
    if _as_written(info) and not re.fullmatch(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", tag):
        raise PydanticCustomError(
            "language_tag", "must be a language tag such as en or pt-BR, not '{tag}'", {"tag": tag}
        )
    return tag


LanguageTag = Annotated[str, AfterValidator(_language_tag)]
"""A BCP 47 style tag: ``en``, ``pt-BR``."""


class EmotionalState(StrEnum):
    """How the customer feels when the call begins."""

    NEUTRAL = "neutral"
    ANGRY = "angry"
    CONFUSED = "confused"
    HAPPY = "happy"
    FRUSTRATED = "frustrated"
    ANXIOUS = "anxious"


class Difficulty(StrEnum):
    """How hard the customer is to satisfy."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


class Direction(StrEnum):
    """Who placed the call: the customer (inbound) or the company (outbound)."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Intent(StrEnum):
    """What the customer is after, which decides the agent's procedure."""

    FIX = "fix"
    REFUND = "refund"
    CREDIT = "credit"
    PAY = "pay"
    PLAN = "plan"
    ALREADY_PAID = "already_paid"
    CANCEL = "cancel"
    CALLBACK = "callback"
    CHANGE = "change"
    INFORMATION = "information"
    ACCESS = "access"
    WRONG_PERSON = "wrong_person"


class _Strict(BaseModel):
    """A model that names unknown keys instead of dropping them."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class VoiceSpec(_Strict):
    """The voice a persona asks for; a catalogue finds the nearest one each provider has."""

    gender: Literal["female", "male"]
    age: Literal["young", "adult", "elderly"] = "adult"
    accent: str = Field(default="en-US", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,12})*$")
    """A BCP 47 style tag: ``en-US``, ``en-GB-scotland``, ``en-IN``."""
    speed: float = Field(default=1.0, ge=0.5, le=2.0)
    """Factor on the voice's own rate."""
    ids: dict[str, str] = Field(default_factory=dict)
    """A voice's id by provider name (``elevenlabs: <voice id>``), where the persona insists on one."""


class Question(_Strict):
    """A question of the agent and the answers this customer would give (one is picked)."""

    ask: Line
    answer: Line | list[Line]
    then: Line | None = None
    """What the agent says to the answer, before going on."""
    simpler: Line | None = None
    """The same question in simpler words, for a customer who did not follow; None: the agent lets it go."""

    @property
    def answers(self) -> list[str]:
        """The answers, as a list."""
        return [self.answer] if isinstance(self.answer, str) else list(self.answer)


class CustomerAsk(_Strict):
    """A question of the customer, with the agent's true answer."""

    ask: Line
    answer: Line


class Detail(_Strict):
    """Something the customer adds unasked, and what a listening agent says to it."""

    say: Line
    reply: Line | None = None


class Case(_Strict):
    """What is the matter, as the company's own systems and questions bring it to light.

    The texts may name facts in braces: ``{order_number}``.
    """

    direction: Direction = Direction.INBOUND
    intent: Intent | None = None
    """None: read from the persona's issue and goal."""
    about: Line | None = None
    """A noun phrase for the subject of the call ("the school fees for Aarav's second term")."""
    identity: list[FactName] = Field(default_factory=list)
    """The facts by which the agent identifies the customer, in the order they are asked."""
    acknowledge: list[Line] = Field(default_factory=list)
    """What a listening agent says right after the opening (alternatives), before any question."""
    record: list[Line] = Field(default_factory=list)
    """What the agent's screen shows: clauses that follow "I can see that"."""
    questions: list[Question] = Field(default_factory=list)
    """What the agent has to ask to find the cause."""
    customer_asks: list[CustomerAsk] = Field(default_factory=list)
    """What the customer wants to know, with the agent's true answer."""
    remedy: Line | None = None
    """What settles it: a verb phrase that follows "I can"."""
    alternative: Line | None = None
    """The lesser offer, when the remedy is beyond the agent's authority: a verb phrase after "I can"."""
    needs: Literal["nothing", "refund", "credit", "plan", "waiver", "cancellation"] = "nothing"
    """The authority that the remedy takes."""
    value: float | None = Field(default=None, ge=0)
    """What the remedy costs the company, in the currency of the facts."""
    next_step: Line | None = None
    """A sentence of the agent's on what happens now."""


class CustomerSays(_Strict):
    """First-person phrasings of a customer, in the customer's own manner; each list offers alternatives."""

    opening: list[Line] = Field(default_factory=list)
    """The problem, as told when the agent asks how to help."""
    details: list[Detail] = Field(default_factory=list)
    """What the customer adds unasked."""
    impatience: list[Line] = Field(default_factory=list)
    """Said when it takes long or goes wrong."""
    pushback: list[Line] = Field(default_factory=list)
    """Said to an offer that is not enough."""
    accept: list[Line] = Field(default_factory=list)
    """Said to an offer that is taken."""
    refuse: list[Line] = Field(default_factory=list)
    """Said when there is nothing more to hope for."""
    farewell: list[Line] = Field(default_factory=list)


class SupportSays(_Strict):
    """Phrasings of a support agent; ``{company}``, ``{agent}`` and ``{customer}`` may be named."""

    greeting: list[Line] = Field(default_factory=list)
    empathy: list[Line] = Field(default_factory=list)
    hold: list[Line] = Field(default_factory=list)
    refusal: list[Line] = Field(default_factory=list)
    farewell: list[Line] = Field(default_factory=list)


class Authority(_Strict):
    """What a support agent may grant without asking; money in the currency of the case."""

    refund: float = Field(default=0, ge=0)
    """The largest refund."""
    credit: float = Field(default=0, ge=0)
    """The largest goodwill credit."""
    plan_months: int = Field(default=0, ge=0, le=36)
    """The longest payment plan; 0: none."""
    waive_fees: bool = False
    cancel: bool = True
    """May end a contract, rather than pass it to a retention team."""
    escalate_to: str | None = "a supervisor"
    """Whom a call can be handed to; None: nobody, only a callback."""


class Persona(_Strict):
    """What customers and support agents have in common."""

    id: Identifier
    name: Line
    role: Role
    personality: Line
    emotional_state: EmotionalState = EmotionalState.NEUTRAL
    special_behavior: str = ""
    domain: str = ""
    """The industry: telecom, banking, utilities ..."""
    tags: list[str] = Field(default_factory=list)
    languages: list[LanguageTag] = Field(default_factory=lambda: ["en"])
    guardrails: list[Line] = Field(default_factory=list)
    """What this persona never does or says."""
    system_prompt: str = ""
    """Further words to a real model, added to the prompt that the program writes."""
    voice: VoiceSpec


class CustomerPersona(Persona):
    """Somebody with a problem (or, on an outbound call, somebody the company needs)."""

    role: Literal[Role.CUSTOMER] = Role.CUSTOMER
    issue: Line
    goal: Line
    difficulty: Difficulty = Difficulty.MEDIUM
    facts: dict[FactName, FactValue] = Field(default_factory=dict)
    case: Case = Field(default_factory=Case)
    says: CustomerSays = Field(default_factory=CustomerSays)

    @model_validator(mode="after")
    def _names_its_facts(self, info: ValidationInfo) -> Self:
        """A fact's name in braces that is misspelt would be spoken."""
        if not _as_written(info):
            return self
        sayable = {name for name, value in self.facts.items() if any(char.isalnum() for char in str(value))}
        lines: dict[str, object] = {"issue": self.issue, "goal": self.goal, "case": self.case, "says": self.says}
        check_placeholders("CustomerPersona", lines, sayable, "facts")
        return self


class SupportPersona(Persona):
    """Somebody who answers for a company."""

    role: Literal[Role.SUPPORT] = Role.SUPPORT
    company_name: Line
    agent_name: Line
    issue: str = ""
    goal: str = ""
    difficulty: Difficulty = Difficulty.MEDIUM
    facts: dict[FactName, FactValue] = Field(default_factory=dict)
    policies: list[Line] = Field(default_factory=list)
    """What the company allows and asks, a sentence each."""
    escalation_triggers: list[Line] = Field(default_factory=list)
    """What makes this agent hand the call on."""
    handles: list[Intent] = Field(default_factory=list)
    """What this desk deals with; anything else it passes on. Empty: everything."""
    calls_out: bool = True
    """Whether this desk also rings people."""
    authority: Authority = Field(default_factory=Authority)
    says: SupportSays = Field(default_factory=SupportSays)

    @model_validator(mode="after")
    def _names_who_talks(self, info: ValidationInfo) -> Self:
        """Lines name the two sides and the company, nothing else."""
        if _as_written(info):
            check_placeholders("SupportPersona", {"says": self.says}, ("company", "agent", "customer"), "names")
        return self


AnyPersona = CustomerPersona | SupportPersona
