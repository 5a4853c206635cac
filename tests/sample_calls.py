"""Calls to store: small, seeded, and the same in every process."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vcg_tui.models.conversation import (
    CallPlan,
    Conversation,
    EndReason,
    ModelChoice,
    Outcome,
    PlanDetails,
    Turn,
    VoiceConfig,
    Word,
)
from vcg_tui.models.metrics import TurnMetrics
from vcg_tui.models.persona import CustomerPersona, SupportPersona, VoiceSpec
from vcg_tui.models.role import Role

RATE = 8_000

Sound = NDArray[np.int16]


def call_plan(call_id: str = "20260102-030405-anna-abc234", rate: int = RATE, minute: int = 0) -> CallPlan:
    offline = ModelChoice(provider="offline")
    return CallPlan(
        call_id=call_id,
        created_at=dt.datetime(2026, 1, 2, 3, tzinfo=dt.UTC) + dt.timedelta(minutes=minute),
        customer=CustomerPersona(
            id="anna",
            name="Anna Ångström",
            personality="Quick and dry.",
            issue="Her line drops.",
            goal="A line that holds.",
            facts={"turn": 3, "account": "630418"},
            voice=VoiceSpec(gender="female"),
        ),
        support=SupportPersona(
            id="tier1",
            name="Tier-1 support",
            personality="Patient.",
            company_name="Brightline",
            agent_name="Sam",
            voice=VoiceSpec(gender="male"),
        ),
        details=PlanDetails(
            seed=7,
            max_turns=12,
            max_minutes=5,
            sample_rate=rate,
            customer_llm=offline,
            support_llm=offline,
            tts=ModelChoice(provider="espeak"),
            customer_voice=VoiceConfig(voice_id="f1"),
            support_voice=VoiceConfig(voice_id="m1"),
        ),
    )


def sound(seed: int, frames: int) -> Sound:
    return np.random.default_rng(seed).integers(-32_768, 32_768, frames).astype(np.int16)


def said(number: int, start: int, frames: int, rate: int = RATE, speaker: Role | None = None) -> Turn:
    """A turn that is heard from sample ``start`` on, for ``frames`` samples."""
    side = speaker or (Role.SUPPORT if number % 2 else Role.CUSTOMER)
    end = (start + frames) / rate
    return Turn(
        turn=number,
        speaker=side,
        text=f"This is turn {number}, said “plainly”.",
        start_s=start / rate,
        end_s=end,
        words=[Word(text="This", start_s=start / rate, end_s=end)],
        metrics=TurnMetrics(llm_ttft_s=number / 10, characters=10 * number, prompt_tokens=100, completion_tokens=20),
    )


def dialogue(turns: int, rate: int = RATE) -> list[tuple[Turn, Sound]]:
    """Turns that follow each other with gaps, each with its sound."""
    made: list[tuple[Turn, Sound]] = []
    start = 0
    for number in range(1, turns + 1):
        frames = 700 + 131 * number
        made.append((said(number, start, frames, rate), sound(number, frames)))
        start += frames + 97 * number
    return made


def conversation_of(plan: CallPlan, turns: list[Turn], end: EndReason = EndReason.COMPLETED) -> Conversation:
    return Conversation.of(plan, turns, end, outcome=Outcome.RESOLVED)


def mixed(turns: list[tuple[Turn, Sound]], rate: int = RATE) -> NDArray[np.int16]:
    """The stereo call, worked out the plain way: shape (n, 2), customer left."""
    placed = [(round(turn.start_s * rate), turn.speaker is not Role.CUSTOMER, pcm) for turn, pcm in turns]
    whole = np.zeros((max((start + len(pcm) for start, _, pcm in placed), default=0), 2), np.int64)
    for start, right, pcm in placed:
        for index, sample in enumerate(pcm.tolist()):
            whole[start + index, int(right)] += sample
    return np.clip(whole, -32_768, 32_767).astype(np.int16)


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
