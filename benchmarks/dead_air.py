"""Calls played in real time: how long the listener waits in silence after the first word for speech that is due.

Services of normal speed (first token 0.3 s, 60 tokens/s, speech first byte 0.25 s at five times real time); spiky:
every fourth text comes 3 s later. Each call is made in a process of its own and played on a virtual sound card of its
own, all at the same time. Two witnesses: what the program counts, and what the card played beside the timeline.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import _calls as calls
from _card import Heard, Listener, on_what
from _table import Table, run

LONG = (
    "I have looked at the line from here, and everything up to your building is in good order. "
    "I would like to send somebody to the box in your hallway, reference {n}, on a day that suits you."
)
SHORT = ("Yes.", "No.", "Sure.", "Right.", "Okay.", "Mm.")
SPIKE_S = 3.0
# Nobody reads the bodies here, and asking for the log must cost the machine nothing.
SPEED = calls.NORMAL.changed({"log_event_times": False, "log_bodies": False})


def script(kind: str, side: str) -> tuple[str, ...]:
    if kind == "one-word":
        return tuple(SHORT[number % len(SHORT)] for number in range(20))
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
    while seen < turns:
        asked = len(await asyncio.to_thread(running.requests, "chat"))
        if asked != seen:
            seen = asked
            # The next request is number asked + 1.
            late = (asked + 1) % 4 == 0
            await asyncio.to_thread(running.configure, ttft_s=SPEED.ttft_s + (SPIKE_S if late else 0.0))
        await asyncio.sleep(0.05)


async def call(kind: str, spiky: bool, turns: int, ready: asyncio.Barrier) -> Heard:
    texts = {"customer": script(kind, "customer"), "support": script(kind, "support")}
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(calls.LoopbackServers(SPEED, process=True, **texts))
        listener = await stack.enter_async_context(Listener(running, turns))
        # A program that starts takes a whole processor: no call is heard beside one.
        await ready.wait()
        late = asyncio.create_task(spikes(running, turns)) if spiky else None
        heard = await listener.listen()
        if late is not None:
            late.cancel()
            await asyncio.wait([late])
        return heard


async def bench(quick: bool) -> Table:
    table = Table(f"Dead air in calls of 12 turns, heard in real time{on_what()}")
    kinds = [(kind, spiky) for kind in ("long", "short", "one-word") for spiky in (False, True)]
    kinds = [("short", False)] if quick else kinds
    turns = 2 if quick else 12
    ready = asyncio.Barrier(len(kinds))
    found = await asyncio.gather(*(call(kind, spiky, turns, ready) for kind, spiky in kinds))
    for (kind, spiky), heard in zip(kinds, found, strict=True):
        what = f"{kind} turns, {'spiky' if spiky else 'steady'} services ({heard.turns} turns, {heard.heard_s:.0f} s)"
        # Texts of one word that come 3 s late every fourth time take longer than hearing all of them: nobody could be
        # ahead of the listener.
        goal = "" if kind == "one-word" and spiky else "0"
        met = heard.starved_s == 0 if goal else None
        table.add(f"{what}: starved", heard.starved_s * 1000, "ms", goal=goal, met=met)
        if heard.silence_s is not None and heard.dry_s is not None:
            silent = heard.silence_s * 1000
            name = f"{what}: silence on the card beyond the timeline's"
            table.add(name, silent, "ms", goal=goal, met=heard.intact if goal else None)
            table.add(f"{what}: card without any sound", heard.dry_s * 1000, "ms")
    return table


if __name__ == "__main__":
    run(__doc__, bench)
