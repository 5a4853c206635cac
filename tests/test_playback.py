"""A call is heard while its events pass through."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import numpy as np
import pytest

from vcg_tui.audio.player import Player, SilentPlayer
from vcg_tui.models.conversation import (
    CallPlan,
    Conversation,
    EndReason,
    ModelChoice,
    PlanDetails,
    Turn,
    VoiceConfig,
)
from vcg_tui.models.events import CallEnded, CallEvent, SpeechChunk, TextDelta, TurnCompleted, TurnRestarted
from vcg_tui.models.metrics import CallMetrics
from vcg_tui.models.persona import CustomerPersona, SupportPersona
from vcg_tui.models.role import Role
from vcg_tui.services.control import CallControl
from vcg_tui.services.playback import play_along

RATE = 24_000
CALL = "20261122-074855-anna-abcdef"


class StoppedClock:
    """Stands still unless told."""

    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now

    def tick(self) -> None:
        self.now += 0.02


class Listener(CallControl):
    """A control that keeps what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.positions: list[float] = []

    def report_position(self, seconds: float, starved_s: float = 0.0) -> None:
        super().report_position(seconds, starved_s)
        self.positions.append(seconds)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def player(clock: StoppedClock) -> Iterator[Player]:
    player = SilentPlayer(RATE, clock=clock)
    yield player
    player.close()


def chunk(start: int, turn: int, samples: int, rate: int = RATE) -> SpeechChunk:
    return SpeechChunk(CALL, 0.0, turn, Role.SUPPORT, np.ones(samples, np.int16), start, rate)


def completed(turn: int) -> TurnCompleted:
    return TurnCompleted(CALL, 0.0, Turn(turn=turn, speaker=Role.SUPPORT, text="Hello.", start_s=0, end_s=1))


def ended() -> CallEnded:
    voice: Any = {"gender": "female", "age": "adult", "accent": "en-US"}
    customer = CustomerPersona.model_construct(id="anna", name="Anna", voice=voice)
    support = SupportPersona.model_construct(id="tier-1", name="Tier 1", voice=voice)
    details = PlanDetails(
        seed=1,
        max_turns=4,
        max_minutes=1,
        customer_llm=ModelChoice(provider="offline"),
        support_llm=ModelChoice(provider="offline"),
        tts=ModelChoice(provider="espeak"),
        customer_voice=VoiceConfig(voice_id="a"),
        support_voice=VoiceConfig(voice_id="b"),
    )
    plan = CallPlan.model_construct(
        call_id=CALL, created_at=dt.datetime.now(dt.UTC), customer=customer, support=support, details=details
    )
    conversation = Conversation.model_construct(
        call_id=CALL, created_at=plan.created_at, customer=customer, support=support, plan=details, turns=[],
        end_reason=EndReason.COMPLETED,
    )  # fmt: skip
    return CallEnded(CALL, 0.0, conversation, CallMetrics(turns=2, duration_s=1.5))


async def stream(*events: CallEvent) -> AsyncIterator[CallEvent]:
    for event in events:
        yield event


async def until(condition: Callable[[], object], tick: Callable[[], object] | None = None) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it never came true"
        if tick is not None:
            tick()
        await asyncio.sleep(0.005)


def collect(events: AsyncIterator[CallEvent]) -> tuple[list[CallEvent], asyncio.Task[None]]:
    """A task that reads all events, and the list that it fills."""
    got: list[CallEvent] = []

    async def read() -> None:
        async for event in events:
            got.append(event)  # noqa: PERF401 - each one is seen as it comes

    return got, asyncio.create_task(read())


async def test_events_pass_unchanged_and_the_end_waits_until_all_is_heard(player: Player, clock: StoppedClock) -> None:
    control = Listener()
    events = [
        TextDelta(CALL, 0.0, 1, Role.SUPPORT, "Hello."),
        chunk(0, 1, 12_000),
        completed(1),
        chunk(19_200, 2, 4800),
    ]
    got, task = collect(play_along(stream(*events, ended()), player, control))
    await until(lambda: len(got) == 4)
    assert all(left is right for left, right in zip(got, events, strict=True))
    assert control.playing
    began = clock.now

    def tick_when_reported() -> None:
        """However slow the machine is, no more is heard than what was looked for."""
        if clock.now - began <= control.position_s + 0.1:
            clock.tick()

    await until(lambda: control.position_s > 0.3, tick_when_reported)
    assert player.heard_turn is not None
    assert player.heard_turn.complete
    await until(lambda: control.position_s > 0.8, tick_when_reported)
    assert len(got) == 4
    await until(task.done, clock.tick)
    await task
    last = got[-1]
    assert isinstance(last, CallEnded)
    assert last.metrics == CallMetrics(turns=2, duration_s=1.5, starved_s=0)
    assert last.conversation.call_id == CALL
    assert control.position_s == 1.0
    assert control.positions == sorted(control.positions)
    assert not control.playing


async def test_the_position_is_reported_about_twenty_times_a_second() -> None:
    control = Listener()
    with SilentPlayer(RATE) as player:
        _, task = collect(play_along(stream(chunk(0, 1, RATE), ended()), player, control))
        await task
    assert 8 <= len(control.positions) <= 25
    assert control.positions[-1] == 1.0


async def test_what_the_listener_waited_for_is_in_the_last_metrics(player: Player, clock: StoppedClock) -> None:
    more = asyncio.Event()

    async def slow() -> AsyncIterator[CallEvent]:
        yield chunk(0, 1, 4800)
        await more.wait()
        yield chunk(4800, 1, 4800)
        yield ended()

    control = Listener()
    got, task = collect(play_along(slow(), player, control))
    await until(lambda: len(got) == 1)
    await until(lambda: player.starved_s > 0.5, clock.tick)
    more.set()
    await until(lambda: len(got) == 2)
    waited = player.starved_s
    await until(task.done, clock.tick)
    last = got[-1]
    assert isinstance(last, CallEnded)
    assert last.metrics.starved_s == control.starved_s == waited > 0.5
    assert player.position == 9600


async def test_a_restarted_turn_is_heard_once(player: Player, clock: StoppedClock) -> None:
    events = stream(
        chunk(0, 1, 24_000),
        TurnRestarted(CALL, 0.0, 1, Role.SUPPORT, "the stream broke"),
        chunk(0, 1, 7200),
        ended(),
    )
    _, task = collect(play_along(events, player, Listener()))
    await until(task.done, clock.tick)
    assert player.position == 7200


async def test_a_pause_of_the_call_pauses_the_player(player: Player, clock: StoppedClock) -> None:
    control = Listener()
    _, task = collect(play_along(stream(chunk(0, 1, 9600), ended()), player, control))
    await until(lambda: control.position_s > 0.05, clock.tick)
    control.pause()
    await until(lambda: player.paused)
    clock.now += 0.5
    held = player.position
    assert held < 9600
    clock.now += 0.5
    await asyncio.sleep(0.06)
    assert player.position == held
    control.resume()
    await until(lambda: not player.paused)
    await until(task.done, clock.tick)
    assert player.position == 9600


async def test_a_stop_ends_it_at_once_and_the_end_is_still_told(player: Player, clock: StoppedClock) -> None:
    control = Listener()
    got, task = collect(play_along(stream(chunk(0, 1, RATE * 60), ended()), player, control))
    await until(lambda: control.position_s > 0.05, clock.tick)
    control.stop()
    await until(task.done)
    assert [type(event) for event in got] == [SpeechChunk, CallEnded]
    assert player.position_s < 1
    clock.now += 1
    await until(lambda: player.drained)


async def test_leaving_early_silences_the_player_and_leaves_no_task(player: Player, clock: StoppedClock) -> None:
    control = Listener()
    before = asyncio.all_tasks()
    _, task = collect(play_along(stream(chunk(0, 1, RATE * 60), ended()), player, control))
    await until(lambda: control.position_s > 0.05, clock.tick)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == before
    assert not control.playing
    clock.now += 0.1
    await until(lambda: player.drained, clock.tick)
    assert player.position_s < 1


async def test_sound_of_another_rate_is_refused(player: Player) -> None:
    with pytest.raises(ValueError, match="8000 Hz for a player at 24000 Hz"):
        async for _ in play_along(stream(chunk(0, 1, 800, rate=8000)), player, Listener()):
            pass


async def test_the_same_player_plays_the_next_call(player: Player, clock: StoppedClock) -> None:
    for samples in (4800, 7200):
        control = Listener()
        _, task = collect(play_along(stream(chunk(0, 1, samples), ended()), player, control))
        await until(task.done, clock.tick)
        assert control.positions[0] == 0
        assert control.positions[-1] == samples / RATE
