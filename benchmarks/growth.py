"""Calls of 10, 100 and 500 turns: the program's own time and memory for a turn must not grow with the call.

The services are in this process and cost next to nothing, so that what is measured is ours.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import AsyncGenerator, Sequence

import _calls as calls
import numpy as np
from _table import Table, run

from vcg_tui.models.conversation import VoiceConfig
from vcg_tui.models.events import SpeechChunk, TurnCompleted
from vcg_tui.providers.base import CompletionDone, CompletionRequest, LLMProvider, SpeechPart, TTSProvider, Voice
from vcg_tui.services.orchestrator import ConversationOrchestrator
from vcg_tui.services.provider_factory import Providers

_LETTERS = "bdfgjklmnprstvz"
PCM = np.ones(24_000 * 4, np.int16)


class Writes(LLMProvider):
    name, model, max_concurrency = "bench", None, 0
    most_sent = 0

    async def stream_completion(self, request: CompletionRequest) -> AsyncGenerator[str | CompletionDone]:
        self.most_sent = max(self.most_sent, sum(len(message.content) for message in request.messages))
        # No turn like another, and none longer: a number would be, with the length of the call.
        code = "".join(_LETTERS[request.turn // 15**place % 15] + "o" for place in range(3))
        text = f"On my screen the line shows {code} drops, so could you tell me which of the lights are on?"
        for word in text.split(" "):
            yield f"{word} "
        yield CompletionDone("stop")


class Speaks(TTSProvider):
    name, model, max_concurrency, sample_rate = "bench", None, 0, 24_000

    async def voices(self) -> Sequence[Voice]:
        return []

    async def stream_speech(self, text: str, voice: VoiceConfig, *, seed: int = 0) -> AsyncGenerator[SpeechPart]:
        for at in range(0, len(PCM), 4800):
            yield SpeechPart(PCM[at : at + 4800])


async def call(turns: int) -> tuple[float, float, float, int]:
    """CPU ms a turn over the call, and over its last tenth; KiB kept a turn; most characters sent."""
    writes = Writes()
    people = calls.call_plan()
    details = people.details.model_copy(update={"max_turns": turns, "max_minutes": 1e6, "sample_rate": 24_000})
    plan = people.model_copy(update={"details": details})
    tail, at_tail = max(1, turns // 10), 0.0
    began, done = time.process_time(), 0
    async for event in ConversationOrchestrator(Providers(writes, writes, Speaks())).run(plan):
        if isinstance(event, TurnCompleted):
            done += 1
            if done == turns - tail:
                at_tail = time.process_time()
    ended = time.process_time()
    return (ended - began) / turns * 1000, (ended - at_tail) / tail * 1000, 0.0, writes.most_sent


async def memory(turns: int) -> float:
    """KiB a turn that the call holds at its end, its sound not counted: the reader lets that go."""
    gc.collect()
    tracemalloc.start()
    writes, speaks, most = Writes(), Speaks(), 0
    people = calls.call_plan()
    details = people.details.model_copy(update={"max_turns": turns, "max_minutes": 1e6, "sample_rate": 24_000})
    async for event in ConversationOrchestrator(Providers(writes, writes, speaks)).run(
        people.model_copy(update={"details": details})
    ):
        if not isinstance(event, SpeechChunk):
            most = max(most, tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    return most / 1024 / turns


async def bench(quick: bool) -> Table:
    table = Table("Growth with the length of a call")
    await call(10)
    base_time = base_memory = 0.0
    for turns in (4, 12) if quick else (10, 100, 500):
        best = min([await call(turns) for _ in range(1 if quick else 2)])
        kept = await memory(turns)
        base_time, base_memory = base_time or best[0], base_memory or kept
        limit = "<= 1.5 x the first row" if table.rows else ""
        flat, even = best[0] <= 1.5 * base_time, kept <= 1.5 * base_memory
        table.add(f"{turns} turns: CPU a turn", best[0], "ms", floor=base_time, goal=limit, met=flat if limit else None)
        table.add(f"{turns} turns: CPU a turn, last tenth", best[1], "ms", floor=base_time)
        table.add(
            f"{turns} turns: memory a turn", kept, "KiB", floor=base_memory, goal=limit, met=even if limit else None
        )
        sent = best[3] / 4
        table.add(
            f"{turns} turns: most sent to the model", sent, "tokens", floor=6000, goal="<= 6000", met=sent <= 6000
        )
    return table


if __name__ == "__main__":
    run(__doc__, bench)
