"""A call that is written down event by event, with the times a real one would have."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator
from typing import Any

import numpy as np

from tests.fake_providers import RATE, ToneTTS
from vcg_tui.audio.player import Player
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
from vcg_tui.models.events import (
    CallEnded,
    CallEvent,
    CallStarted,
    MetricsChanged,
    SpeechChunk,
    TextDelta,
    TurnCompleted,
    TurnStarted,
    WordsTimed,
)
from vcg_tui.models.metrics import MetricsSnapshot, TurnMetrics
from vcg_tui.models.persona import CustomerPersona, SupportPersona
from vcg_tui.models.role import Role
from vcg_tui.models.summary import summarise

LINES = (
    "Thanks for calling Brightline, Maya speaking. How can I help?",
    "It's the internet. Works fine all day, then evening comes and it just drops. Every night. And before you say it, "
    "yes, I've restarted the router.",
    "Every single evening, no, that's not how it's supposed to work. Just so I've got the right person, can I ask for "
    "your account number?",
    "I've been asked that a few times now. Six three zero, four one eight.",
    "Thank you, that's you verified. When did this start, roughly?",
    "Uh, three weeks ago? Right after that big storm we had. I work from home, so the evening's when I'm on calls.",
    "Three weeks, okay. That's plenty to show up in the logs. When it goes, is it everything, or only the wifi?",
    "The whole thing. Wired, wifi, doesn't matter.",
    "Good, so it's not the wifi. That saves us a step. How long does it usually stay down?",
    "Ten minutes if I'm lucky. Tuesday it was most of an hour.",
    "Okay, the card in the cabinet on your street is failing. I can have it swapped on Thursday morning.",
    "I've heard something like that before, and then nothing happened.",
    "That's fair. I'm putting my name on it, and I'll look at your line myself that same night.",
    "Okay. If somebody really shows up, I can live with that.",
    "You'll get a text within the hour with the ticket on it. Thanks for calling Brightline, take care.",
    "Alright, take care.",
)
WORD_S = 0.34
GAP_S = 0.3
MAX_TURNS = 40


class ScriptedStudio:
    """Makes the one call that is written down above, as far as it is told to.

    Attributes:
        said: so many turns are complete; one more is waiting for its sound, and one is being written.
        whole: whether the call comes to its end, once the gate is open.
        after: what happens when ``more`` is set.
        gate: holds the call.
    """

    def __init__(self) -> None:
        self.said = 4
        self.whole = False
        self.gate = asyncio.Event()
        self.more = asyncio.Event()
        self.after: list[CallEvent] = []
        self.providers: Any = type("Providers", (), {"tts": ToneTTS()})()

    def later_turns(self) -> list[CallEvent]:
        """Three more turns begin to be written."""
        events: list[CallEvent] = []
        for number in range(self.said + 3, self.said + 6):
            speaker = Role.SUPPORT if number % 2 else Role.CUSTOMER
            events.append(TurnStarted("c", 2.0, number, speaker))
            events.append(TextDelta("c", 2.0, number, speaker, LINES[number % len(LINES)]))
        return events

    async def warm(self) -> None:
        return

    async def aclose(self) -> None:
        return

    async def plan(self, customer: CustomerPersona, support: SupportPersona, *, seed: int) -> CallPlan:
        offline, voice = ModelChoice(provider="offline"), VoiceConfig(voice_id="v")
        return CallPlan(
            call_id=f"20261122-120000-{customer.id}-abc234",
            created_at=dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC),
            customer=customer,
            support=support,
            details=PlanDetails(
                seed=seed,
                max_turns=MAX_TURNS,
                max_minutes=5,
                sample_rate=RATE,
                customer_llm=offline,
                support_llm=offline,
                tts=ModelChoice(provider="espeak"),
                customer_voice=voice,
                support_voice=voice,
            ),
        )

    async def call(self, plan: CallPlan, *_: object, player: Player, **__: object) -> AsyncGenerator[CallEvent]:
        player.begin_call()
        who = plan.call_id, 1.0
        yield CallStarted(*who, plan)
        turns = turns_of(self.said)
        for turn in turns:
            for event in _spoken(plan, turn, player):
                yield event
            yield TurnCompleted(*who, turn)
        if self.whole:
            player.finish()
            conversation = Conversation.of(plan, turns, EndReason.COMPLETED, outcome=Outcome.RESOLVED)
            figures = summarise(turns, time_to_first_audio_s=0.42, making_s=9.0, starved_s=0.0)
            await self.gate.wait()
            yield CallEnded(*who, conversation, figures)
            return
        waiting, writing = (
            Role.SUPPORT if number % 2 == 0 else Role.CUSTOMER for number in (len(turns), len(turns) + 1)
        )
        yield TurnStarted(*who, len(turns) + 1, waiting)
        yield TextDelta(*who, len(turns) + 1, waiting, LINES[len(turns)])
        yield TurnStarted(*who, len(turns) + 2, writing)
        begun = " ".join(LINES[len(turns) + 1].split()[:7])
        yield TextDelta(*who, len(turns) + 2, writing, begun)
        figures = summarise(turns, time_to_first_audio_s=0.42)
        snapshot = MetricsSnapshot(
            turn=len(turns) + 2,
            max_turns=MAX_TURNS,
            call=figures,
            per_turn=tuple(turn.metrics for turn in turns),
            ahead_s=9.0,
            mood=-0.3,
        )
        yield MetricsChanged(*who, snapshot)
        await self.more.wait()
        for event in self.after:
            yield event
        await self.gate.wait()


def turns_of(count: int) -> list[Turn]:
    """The first turns of the call, with their words' times."""
    turns: list[Turn] = []
    start = 0.0
    for index, text in enumerate(LINES[:count]):
        words = text.split()
        timed = [
            Word(text=word, start_s=start + at * WORD_S, end_s=start + (at + 1) * WORD_S)
            for at, word in enumerate(words)
        ]
        end = start + len(words) * WORD_S
        figures = TurnMetrics(
            llm_ttft_s=0.2 + 0.03 * (index * 5 % 7),
            llm_s=0.5 + 0.11 * (index * 3 % 8),
            tts_ttfb_s=0.12 + 0.04 * (index * 4 % 5),
            characters=len(text),
            prompt_tokens=180 + 40 * index,
            completion_tokens=len(words),
        )
        turns.append(
            Turn(
                turn=index + 1,
                speaker=Role.CUSTOMER if index % 2 else Role.SUPPORT,
                text=text,
                start_s=start,
                end_s=end,
                words=timed,
                metrics=figures,
            )
        )
        start = round(end + GAP_S, 3)
    return turns


def _spoken(plan: CallPlan, turn: Turn, player: Player) -> list[CallEvent]:
    first, frames = round(turn.start_s * RATE), round((turn.end_s - turn.start_s) * RATE)
    swing = np.abs(np.sin(np.arange(frames) / 2_000)) * np.sin(np.arange(frames) / 5)
    pcm = (9_000 * swing).astype(np.int16)
    player.feed(first, turn.turn, pcm)
    who = plan.call_id, 1.0
    return [
        TurnStarted(*who, turn.turn, turn.speaker),
        TextDelta(*who, turn.turn, turn.speaker, turn.text),
        SpeechChunk(*who, turn.turn, turn.speaker, pcm, first, RATE),
        WordsTimed(*who, turn.turn, turn.speaker, tuple(turn.words)),
    ]
