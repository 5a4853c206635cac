"""Hearing a call while it is being made."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Protocol

from vcg_tui.audio.player import Player
from vcg_tui.models.events import CallEnded, CallEvent, SpeechChunk, TurnCompleted, TurnRestarted

_REPORT_EVERY_S = 0.05


class PlaybackControl(Protocol):
    """What playback reads of a call's control, and tells it; a `CallControl` is one."""

    @property
    def paused(self) -> bool:
        """Whether the call is held."""
        ...

    @property
    def stopped(self) -> bool:
        """Whether the call was asked to end."""
        ...

    def begin_playing(self) -> None:
        """The call is being heard from its start."""
        ...

    def end_playing(self) -> None:
        """Nobody listens any more."""
        ...

    def report_position(self, seconds: float, starved_s: float = 0.0) -> None:
        """How far the call has been heard, and how long speech that was due was waited for on the way."""
        ...


async def play_along(
    events: AsyncIterator[CallEvent], player: Player, control: PlaybackControl
) -> AsyncGenerator[CallEvent]:
    """Play a call's speech while its events pass through, in order and unchanged but for the last.

    `CallEnded` is held back until everything was heard, or the control is stopped; its metrics then carry
    ``starved_s``. The player is opened if need be and left open for the next call. A pause of the control pauses the
    player too. Leaving early silences it at once.

    Raises:
        AudioDeviceError: the player can't be opened.
        ValueError: the sound has another rate than the player.
    """
    await asyncio.to_thread(player.open)
    player.begin_call()
    control.begin_playing()
    reporter = asyncio.create_task(_report(player, control), name="playback-position")
    try:
        async for event in events:
            _hear(event, player)
            if isinstance(event, CallEnded):
                player.finish()
                await reporter
                metrics = event.metrics.model_copy(update={"starved_s": player.starved_s})
                yield dataclasses.replace(event, metrics=metrics)
            else:
                yield event
    finally:
        reporter.cancel()
        await asyncio.gather(reporter, return_exceptions=True)
        if not player.drained:
            player.stop()
        control.end_playing()


def _hear(event: CallEvent, player: Player) -> None:
    match event:
        case SpeechChunk():
            if event.sample_rate != player.sample_rate:
                raise ValueError(f"sound at {event.sample_rate} Hz for a player at {player.sample_rate} Hz")
            player.feed(event.start, event.turn, event.pcm)
        case TurnCompleted():
            player.end_turn(event.turn.turn)
        case TurnRestarted():
            player.discard_turn(event.turn)
        case _:
            pass


async def _report(player: Player, control: PlaybackControl) -> None:
    """Tell the control where the listener is, and the player of pauses, until all is heard or the call is stopped."""
    paused = False
    while not player.drained:
        if control.stopped:
            player.stop()
            break
        if control.paused != paused:
            paused = control.paused
            if paused:
                player.pause()
            else:
                player.resume()
        control.report_position(player.position_s, player.starved_s)
        await asyncio.sleep(_REPORT_EVERY_S)
    control.report_position(player.position_s, player.starved_s)
