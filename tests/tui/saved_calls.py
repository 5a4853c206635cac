"""Saved calls for the screens that show them, and a player that hears only when it is told to."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
from textual.app import App

from tests.sample_calls import RATE
from vcg_tui.audio.player import Player
from vcg_tui.config import Settings, load_settings
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
from vcg_tui.models.summary import summarise
from vcg_tui.providers.storage.local import LocalStorage
from vcg_tui.tui.backstage import Backstage
from vcg_tui.tui.screens.history import HistoryScreen
from vcg_tui.tui.themes import DEFAULT_THEME, load_themes

LINES = (
    "Thank you for calling Brightline, this is Sam. How can I help?",
    "My line drops every evening, and I have had enough of restarting the router.",
    "I am sorry to hear that. Could you tell me the account number, please?",
    "It is six three oh four one eight.",
    "Thank you. I can see two faults near you, and I have booked an engineer for Thursday morning.",
    "Thursday is fine. Thank you for being quick about it.",
)
NAMES = ("Anna Ångström", "Bela Kovács", "Chidi Okafor", "Dana Whitfield", "Emre Yılmaz")
TURN_S = 2.0
GAP_S = 0.25


def plan_of(number: int, day: dt.datetime, *, llm: str = "offline") -> CallPlan:
    """The plan of the call with this number, made ``number`` hours before ``day``."""
    name = NAMES[number % len(NAMES)]
    customer = name.split()[0].lower()
    at = day - dt.timedelta(hours=number)
    voice = VoiceConfig(voice_id="v")
    return CallPlan(
        call_id=f"{at:%Y%m%d-%H%M%S}-{customer}-{number:06}",
        created_at=at,
        customer=CustomerPersona(
            id=customer,
            name=name,
            personality="Quick and dry.",
            issue="Her line drops.",
            goal="A line that holds.",
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
            seed=number,
            max_turns=12,
            max_minutes=5,
            sample_rate=RATE,
            customer_llm=ModelChoice(provider=llm),
            support_llm=ModelChoice(provider=llm),
            tts=ModelChoice(provider="espeak"),
            customer_voice=voice,
            support_voice=voice,
        ),
    )


def turns_of(count: int = 6) -> list[Turn]:
    """Turns of 2 s each with their words, a quarter of a second between them."""
    turns: list[Turn] = []
    for index in range(count):
        start = index * (TURN_S + GAP_S)
        text = LINES[index % len(LINES)]
        words = text.split()
        each = TURN_S / len(words)
        turns.append(
            Turn(
                turn=index + 1,
                speaker=Role.CUSTOMER if index % 2 else Role.SUPPORT,
                text=text,
                start_s=start,
                end_s=start + TURN_S,
                words=[
                    Word(text=word, start_s=start + at * each, end_s=start + (at + 1) * each)
                    for at, word in enumerate(words)
                ],
                metrics=TurnMetrics(llm_ttft_s=0.2 + index / 20, llm_s=0.5, tts_ttfb_s=0.1, characters=len(text)),
            )
        )
    return turns


def tone(seconds: float = TURN_S) -> np.ndarray:
    return (8_000 * np.sin(np.arange(round(seconds * RATE)) / 9)).astype(np.int16)


def save(
    storage: LocalStorage, number: int, day: dt.datetime, outcome: Outcome | None = Outcome.RESOLVED, **about: str
) -> str:
    """A whole call in the storage; returns its id. Higher numbers are older."""
    plan = plan_of(number, day, **about)
    turns = turns_of(2 + number % 5)
    conversation = Conversation.of(plan, turns, EndReason.COMPLETED, outcome=outcome)
    metrics = summarise(turns, time_to_first_audio_s=0.4 + number / 10, making_s=3.0)
    storage.save_conversation(conversation, metrics, {turn.turn: tone() for turn in turns})
    return plan.call_id


def break_off(storage: LocalStorage, number: int, day: dt.datetime, turns: int = 2) -> str:
    """A call whose process was ended after so many turns; returns its id."""
    plan = plan_of(number, day)
    writer = storage.open_call(plan)
    for turn in turns_of(turns):
        writer.write_turn(turn, tone())
    writer.close()
    return plan.call_id


def settings_in(folder: Path) -> Settings:
    """Settings whose calls are in this folder."""
    return load_settings(
        cwd=folder,
        overrides={"storage": {"local": {"base_path": folder / "calls"}}, "call": {"sample_rate": RATE}},
    )


class HandPlayer(Player):
    """Hears a call as far as `hear` says, and not by the clock."""

    def __init__(self, rate: int = RATE) -> None:
        self.now = 0.0
        super().__init__(rate, clock=lambda: self.now)

    def open(self) -> None:
        return

    def close(self) -> None:
        return

    def hear(self, seconds: float) -> None:
        """Somebody listens for so long."""
        block = self.sample_rate // 50
        for _ in range(round(seconds * 50)):
            self.pull(block, self.now)
            self.now += block / self.sample_rate


class QuietBackstage(Backstage):
    """A backstage whose player is moved by hand."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.hand = HandPlayer()

    async def open_player(self) -> Player:
        self._player = self.hand
        return self.hand


class Shell(App[None]):
    """The history screen in an app of its own, in the colours of the default theme."""

    def __init__(self, folder: Path, *, busy: bool = False) -> None:
        super().__init__()
        self.backstage = QuietBackstage(settings_in(folder))
        self.history = HistoryScreen(self.backstage, busy=lambda: busy)
        self.copied = ""
        self.went_live = False

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return {"customer": "#6cc5dd", "support": "#e8b45a", "speaking": "#9fe0a8", "speaking-text": "#000000"}

    def on_mount(self) -> None:
        self.register_theme(load_themes().themes[DEFAULT_THEME])
        self.theme = DEFAULT_THEME
        self.push_screen(self.history)

    def copy_to_clipboard(self, text: str) -> None:
        self.copied = text

    def action_live(self) -> None:
        self.went_live = True

    @property
    def told(self) -> str:
        """Every sentence that was shown as a notice."""
        return "\n".join(notice.message for notice in self._notifications)
