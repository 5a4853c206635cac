"""One call heard on a sound card, in a process of its own; `_card.Listener` starts it and asks it.

Its argument is JSON: where the servers are, how many turns, what of it is wanted. It says `ready`, makes the call when
it is told to, and answers with a line of JSON. Times are of `time.monotonic`, which all processes of a machine share.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import aclosing
from pathlib import Path
from typing import Any

import _calls as calls
import numpy as np
from numpy.typing import NDArray

from vcg_tui.audio.player import SilentPlayer, SoundDevicePlayer
from vcg_tui.audio.playout import Playout
from vcg_tui.models.events import CallEnded, SpeechChunk, TurnRestarted
from vcg_tui.services.control import CallControl
from vcg_tui.services.studio import Studio

RATE = 24_000


class Watched(Playout):
    """Notes when sound is first handed over."""

    first: float | None = None

    def pull(self, frames: int, at: float | None = None) -> NDArray[np.int16]:
        pcm = super().pull(frames, at)
        if self.first is None and pcm.any():
            self.first = time.monotonic()
        return pcm


class OnCard(Watched, SoundDevicePlayer):
    pass


class InSilence(Watched, SilentPlayer):
    pass


class Planned:
    """The call as its timeline has it, mixed of what went to the player."""

    def __init__(self) -> None:
        self._chunks: list[SpeechChunk] = []

    def take(self, event: object) -> None:
        if isinstance(event, SpeechChunk):
            self._chunks.append(event)
        elif isinstance(event, TurnRestarted):
            self._chunks = [chunk for chunk in self._chunks if chunk.turn != event.turn]

    def mixed(self) -> NDArray[np.int16]:
        out = np.zeros(max((chunk.start + len(chunk.pcm) for chunk in self._chunks), default=0), np.int32)
        for chunk in self._chunks:
            out[chunk.start : chunk.start + len(chunk.pcm)] += chunk.pcm
        return np.clip(out, -32768, 32767).astype(np.int16)


async def listen(wanted: dict[str, Any]) -> dict[str, Any]:
    planned = Planned()
    player = OnCard(RATE) if wanted["on_card"] else InSilence(RATE)
    async with Studio(calls.settings_at(wanted["url"], wanted["turns"])) as studio:
        if wanted["warm"]:
            await studio.warm()
        with player:
            plan = await calls.plan_for(studio)
            print("ready", flush=True)
            await asyncio.to_thread(sys.stdin.readline)
            began, fed, ended = time.monotonic(), 0.0, None
            cpu = time.process_time()
            async with aclosing(studio.call(plan, CallControl(), player=player)) as events:
                async for event in events:
                    planned.take(event)
                    if not fed and isinstance(event, SpeechChunk):
                        fed = time.monotonic()
                    if isinstance(event, CallEnded):
                        ended = event
                    if wanted["first_only"] and player.first is not None:
                        break
            cpu = time.process_time() - cpu
            # What was handed over last is still on its way.
            await asyncio.sleep(player.latency_s)
    np.save(Path(wanted["planned"]), planned.mixed())
    assert player.first is not None
    found: dict[str, Any] = {"began": began, "fed": fed - began, "card": player.first - began, "first": player.first}
    if ended is not None:
        metrics = ended.metrics
        found |= {"starved_s": metrics.starved_s, "heard_s": metrics.duration_s, "turns": metrics.turns, "cpu_s": cpu}
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(listen(json.loads(sys.argv[1])))), flush=True)
