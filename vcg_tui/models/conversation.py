"""A call as it is planned, made and stored."""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from vcg_tui.models.metrics import CallMetrics, TurnMetrics
from vcg_tui.models.persona import CustomerPersona, EmotionalState, SupportPersona
from vcg_tui.models.role import Role

SCHEMA_VERSION = 1


class _Stored(BaseModel):
    """A frozen model; unknown keys of a newer version are kept out, not refused."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class EndReason(StrEnum):
    """Why a call ended; every call has exactly one."""

    COMPLETED = "completed"
    """One side ended its part, and the other had its last word."""
    MAX_TURNS = "max_turns"
    MAX_MINUTES = "max_minutes"
    GOODBYE_LOOP = "goodbye_loop"
    """Both sides kept saying goodbye without ending."""
    REPEATED_LINE = "repeated_line"
    """A side said a line again that it had said before: the model was stuck."""
    STOPPED = "stopped"
    PROVIDER_ERROR = "provider_error"
    STORAGE_ERROR = "storage_error"
    BUDGET = "budget"
    INTERRUPTED = "interrupted"
    """The process that made the call was killed."""


class Outcome(StrEnum):
    """What became of the customer's problem, as the sides themselves said at the end."""

    RESOLVED = "resolved"
    UNRESOLVED = "unresolved"
    ESCALATED = "escalated"
    CALLBACK = "callback"
    WRONG_PERSON = "wrong_person"


class ModelChoice(_Stored):
    """A provider by its registered name, and the model asked of it (None: it has no choice of models)."""

    provider: str
    model: str | None = None
    base_url: str | None = None
    """Where it was reached; None: at the provider's own address."""

    @property
    def label(self) -> str:
        """Provider and model in one short name: ``openai gpt-5-mini``, ``espeak``."""
        return f"{self.provider} {self.model}" if self.model else self.provider


def llm_label(customer: ModelChoice, support: ModelChoice) -> str:
    """What writes a call's text, in short; where the sides differ, the customer's and the support's with a slash."""
    return customer.label if customer.label == support.label else f"{customer.label} / {support.label}"


class VoiceConfig(_Stored):
    """A persona's voice, resolved for one TTS provider."""

    voice_id: str
    """The provider's own id."""
    name: str = ""
    """What people call it."""
    accent: str = "en-US"
    speed: float = 1.0
    """Factor on the voice's own rate."""
    mood: EmotionalState = EmotionalState.NEUTRAL
    manner: str = ""
    """How the persona speaks, in words, for providers that take instructions."""
    language: str = "en"
    """What is spoken with it."""


class PlanDetails(_Stored):
    """What a call was made with; enough to make it again."""

    seed: int
    max_turns: int = Field(ge=1)
    """Turns, both sides counted."""
    max_minutes: float = Field(gt=0)
    """The call's length as heard."""
    sample_rate: int = 24_000
    """Hz."""
    language: str = "en"
    """What both sides speak, as a code: ``de``, ``pt-BR``. Calls from before there was a choice are English."""
    customer_llm: ModelChoice
    support_llm: ModelChoice
    tts: ModelChoice
    customer_voice: VoiceConfig
    support_voice: VoiceConfig
    prompts_hash: str = ""
    """SHA-256, first 16 hex digits, of both system prompts."""

    def llm(self, role: Role) -> ModelChoice:
        """The model that plays this side."""
        return self.customer_llm if role is Role.CUSTOMER else self.support_llm

    def voice(self, role: Role) -> VoiceConfig:
        """The voice that speaks for this side."""
        return self.customer_voice if role is Role.CUSTOMER else self.support_voice

    @property
    def llm_label(self) -> str:
        """What writes the text, in short; where the sides differ, the customer's and the support's with a slash."""
        return llm_label(self.customer_llm, self.support_llm)


class CallPlan(_Stored):
    """A call that can be made: who talks, with what, under which name."""

    call_id: str
    created_at: dt.datetime
    customer: CustomerPersona
    support: SupportPersona
    details: PlanDetails


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word and when it is heard. A call has thousands: a model would take four times the memory."""

    text: str
    start_s: float
    """Seconds from the start of the call (inside a provider: from the start of the utterance)."""
    end_s: float
    estimated: bool = False
    """True where the provider gave no times and they were worked out from the sound."""


class Turn(_Stored):
    """One side's speech between two of the other's."""

    turn: Annotated[int, Field(ge=1)]
    speaker: Role
    text: str
    start_s: float
    """Seconds from the start of the call; an exact multiple of 1/sample_rate."""
    end_s: float
    words: list[Word] = Field(default_factory=list)
    audio: str | None = None
    """The turn's WAV, relative to the call's folder; None where none was kept."""
    metrics: TurnMetrics = Field(default_factory=TurnMetrics)


class Conversation(_Stored):
    """A call that was made."""

    schema_version: int = SCHEMA_VERSION
    call_id: str
    created_at: dt.datetime
    customer: CustomerPersona
    support: SupportPersona
    plan: PlanDetails
    turns: list[Turn]
    end_reason: EndReason
    end_detail: str = ""
    """What exactly happened, where the reason alone does not say it."""
    outcome: Outcome | None = None
    duration_s: float = 0.0
    """The call as heard: from its start to the end of the last turn."""

    @classmethod
    def of(
        cls,
        plan: CallPlan,
        turns: list[Turn],
        end_reason: EndReason,
        *,
        outcome: Outcome | None = None,
        end_detail: str = "",
    ) -> Conversation:
        """The conversation that came of a plan, from its completed turns."""
        return cls(
            call_id=plan.call_id,
            created_at=plan.created_at,
            customer=plan.customer,
            support=plan.support,
            plan=plan.details,
            turns=turns,
            end_reason=end_reason,
            end_detail=end_detail,
            outcome=outcome,
            duration_s=max((turn.end_s for turn in turns), default=0.0),
        )


class CallState(StrEnum):
    """What a stored call is."""

    WHOLE = "whole"
    INTERRUPTED = "interrupted"
    """Its process was killed; the completed turns are there."""
    BEING_MADE = "being_made"
    BROKEN = "broken"
    """Its files can't be read."""


class CallNotes(_Stored):
    """What a person wrote to a call, to find it again."""

    title: str = ""
    """One line; white space is evened and control characters are left out, here and in tags."""
    tags: list[str] = Field(default_factory=list)
    """In the order given; a tag given twice, or that differs in case only, counts once."""
    starred: bool = False

    @field_validator("title")
    @classmethod
    def _one_line(cls, title: str) -> str:
        return _evened(title)

    @field_validator("tags")
    @classmethod
    def _once(cls, tags: list[str]) -> list[str]:
        first: dict[str, str] = {}
        for tag in map(_evened, tags):
            first.setdefault(tag.casefold(), tag)
        return [tag for tag in first.values() if tag]


def _evened(text: str) -> str:
    # A control character must not reach a terminal, and a lone surrogate could not even be written.
    return " ".join("".join(" " if unicodedata.category(char) in {"Cc", "Cs"} else char for char in text).split())


class CallSummary(_Stored):
    """A stored call in a list."""

    call_id: str
    state: CallState
    created_at: dt.datetime | None = None
    customer: str = ""
    support: str = ""
    turns: int = 0
    duration_s: float = 0.0
    end_reason: EndReason | None = None
    outcome: Outcome | None = None
    path: str = ""
    problem: str = ""
    """Why it is broken; empty otherwise."""
    customer_id: str = ""
    """The personas' ids; ``customer`` and ``support`` are their names."""
    support_id: str = ""
    llm: str = ""
    """What wrote the text, in short: `PlanDetails.llm_label`."""
    tts: str = ""
    """What spoke it, in short: `ModelChoice.label`."""
    title: str = ""
    """This and the rest are the call's `CallNotes`."""
    tags: list[str] = Field(default_factory=list)
    starred: bool = False

    @property
    def became(self) -> str:
        """What became of it, in a word: its outcome, else how it ended; where it is not whole, its state."""
        return (self.outcome or self.end_reason or "") if self.state is CallState.WHOLE else self.state

    @property
    def notes(self) -> CallNotes:
        """What a person wrote to the call: to change and give to `StorageGateway.annotate`."""
        return CallNotes(title=self.title, tags=self.tags, starred=self.starred)


class StoredCall(_Stored):
    """A whole call, read back."""

    conversation: Conversation
    metrics: CallMetrics
    path: str
    notes: CallNotes = Field(default_factory=CallNotes)
    extra: dict[str, Any] = Field(default_factory=dict)
