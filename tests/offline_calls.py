"""Calls of the offline simulator, text only: both sides, or one side against a counterpart from a script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

from vcg_tui.models.conversation import EndReason, Outcome
from vcg_tui.models.persona import CustomerPersona, SupportPersona
from vcg_tui.models.role import Role
from vcg_tui.providers.base import CompletionDone, CompletionRequest, SaidTurn
from vcg_tui.providers.llm.offline import OfflineLLM
from vcg_tui.services.ending import CallEnding
from vcg_tui.services.prompts import first_speaker
from vcg_tui.services.spoken_text import EndTagFilter

MAX_TURNS = 40
_PERSONAS = Path(__file__).parents[1] / "personas"


@cache
def customers() -> dict[str, CustomerPersona]:
    files = sorted((_PERSONAS / "customers").glob("*.yaml"))
    every = [CustomerPersona.model_validate(yaml.safe_load(file.read_text(encoding="utf-8"))) for file in files]
    return {persona.id: persona for persona in every}


@cache
def agents() -> dict[str, SupportPersona]:
    files = sorted((_PERSONAS / "support").glob("*.yaml"))
    every = [SupportPersona.model_validate(yaml.safe_load(file.read_text(encoding="utf-8"))) for file in files]
    return {persona.id: persona for persona in every}


@dataclass
class Call:
    """A call being made, and what became of it."""

    customer: CustomerPersona
    support: SupportPersona
    seed: int = 1
    max_turns: int = MAX_TURNS
    llm: OfflineLLM = field(default_factory=OfflineLLM)
    turns: list[SaidTurn] = field(default_factory=list)
    moods: list[float] = field(default_factory=list)
    """The customer's mood, told with each of the customer's turns."""
    end_reason: EndReason | None = None
    ending: CallEnding = field(default_factory=CallEnding)

    @property
    def outcome(self) -> Outcome | None:
        return self.ending.outcome

    @property
    def role(self) -> Role:
        return self.turns[-1].speaker.other if self.turns else first_speaker(self.customer)

    def text(self, role: Role | None = None) -> str:
        return " ".join(turn.text for turn in self.turns if role in {None, turn.speaker})

    def request(self) -> CompletionRequest:
        sides = (self.customer, self.support) if self.role is Role.CUSTOMER else (self.support, self.customer)
        call_id = f"{self.customer.id}/{self.support.id}/{self.seed}"
        number = len(self.turns) + 1
        return CompletionRequest([], call_id, self.role, *sides, tuple(self.turns), self.seed, number, self.max_turns)

    async def written(self) -> str:
        """The offline side's next turn as it streams, the end tag included; the call is left as it is."""
        pieces = [piece async for piece in self.llm.stream_completion(self.request())]
        done = pieces[-1]
        assert isinstance(done, CompletionDone)
        if done.mood is not None:
            self.moods.append(done.mood)
        return "".join(piece for piece in pieces if isinstance(piece, str))

    def add(self, raw: str) -> None:
        """Take a turn into the call."""
        tag = EndTagFilter()
        text = (tag.feed(raw) + tag.finish()).strip()
        role = self.role
        self.turns.append(SaidTurn(role, text))
        self.end_reason = self.ending.after(role, text, tag.signal)
        if self.end_reason is None and len(self.turns) >= self.max_turns:
            self.end_reason = EndReason.MAX_TURNS

    async def play(self) -> Call:
        """Make the call, both sides offline."""
        while self.end_reason is None:
            self.add(await self.written())
        return self

    async def play_against(self, scripted: Role, script: Sequence[str]) -> Call:
        """Make the call with the role's lines from a script, for as long as it lasts; the other side is offline."""
        lines = list(script)
        while self.end_reason is None and (lines or self.role is not scripted):
            self.add(lines.pop(0) if self.role is scripted else await self.written())
        return self


def call_of(customer: str, support: str, seed: int = 1, max_turns: int = MAX_TURNS) -> Call:
    """A call of two shipped personas, not begun."""
    return Call(customers()[customer], agents()[support], seed, max_turns)
