"""Calls played in real time: how long the listener waits in silence after the first word for speech that is due.

Services of normal speed (first token 0.3 s, 60 tokens/s, speech first byte 0.25 s at five times real time); spiky:
every fourth text comes 3 s later. The card is a silent player, which asks for sound in real time as a device does.

"""

from __future__ import annotations

import asyncio

import _calls as calls
from _table import Table, run

from tests.servers import ServerSettings
from vcg_tui.audio.player import SilentPlayer
from vcg_tui.models.events import CallEnded
from vcg_tui.services.control import CallControl
from vcg_tui.services.studio import Studio

LONG = (
    "I have looked at the line from here, and everything up to your building is in good order. "
    "I would like to send somebody to the box in your hallway, reference {n}, on a day that suits you."
)
SHORT = ("Yes.", "No.", "Sure.", "Right.", "Okay.", "Mm.")
SPIKE_S = 3.0


def script(kind: str, side: str) -> tuple[str, ...]:
    if kind == "short":
        # A word each, and now and then a sentence, as people do.
        return tuple(
            SHORT[number % len(SHORT)] if number % 3 else f"It is number {number + len(side)} on the list, I think."
            for number in range(20)
        )
    return tuple(f"{LONG.format(n=number + 100 * len(side))}" for number in range(20))


async def spikes(running: calls.LoopbackServers, turns: int) -> None:
    """Every fourth text is late: the server's time to first token is raised while that one is asked for."""
    seen = -1
    for _ in range(100_000):
        asked = len(await asyncio.to_thread(running.requests, "chat"))
        if asked != seen:
            seen = asked
            # The next request is number asked + 1.
            late = (asked + 1) % 4 == 0
            await asyncio.to_thread(running.configure, ttft_s=calls.NORMAL.ttft_s + (SPIKE_S if late else 0.0))
        if asked >= turns:
            return
        await asyncio.sleep(0.02)


async def starved(kind: str, spiky: bool, turns: int, speed: ServerSettings) -> tuple[float, float, int]:
    """Seconds starved, seconds heard, turns."""
    texts = {"customer": script(kind, "customer"), "support": script(kind, "support")}
    with calls.servers(speed, **texts) as running:
        async with Studio(calls.settings_at(running, turns)) as studio:
            await studio.warm()
            plan = await calls.plan_for(studio)
            late = asyncio.create_task(spikes(running, turns)) if spiky else None
            with SilentPlayer(24_000) as player:
                ended = None
                async for event in studio.call(plan, CallControl(), player=player):
                    ended = event
            if late is not None:
                late.cancel()
                await asyncio.wait([late])
            assert isinstance(ended, CallEnded)
            metrics = ended.metrics
            return metrics.starved_s or 0.0, metrics.duration_s, metrics.turns


async def bench(quick: bool) -> Table:
    table = Table("Dead air in 12-turn calls heard in real time")
    kinds = [("short", False)] if quick else [(kind, spiky) for kind in ("long", "short") for spiky in (False, True)]
    turns = 2 if quick else 12
    # Side by side: they are mostly waiting for the clock.
    found = await asyncio.gather(*(starved(kind, spiky, turns, calls.NORMAL) for kind, spiky in kinds))
    for (kind, spiky), (gap, heard, made) in zip(kinds, found, strict=True):
        what = f"{kind} turns, {'spiky' if spiky else 'steady'} services ({made} turns, {heard:.0f} s heard)"
        table.add(what, gap * 1000, "ms starved", goal="0", met=gap == 0)
    return table


if __name__ == "__main__":
    run(__doc__, bench)
