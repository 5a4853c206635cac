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

from vcg_tui.config import CallSettings
from vcg_tui.models.conversation import VoiceConfig
from vcg_tui.models.events import TurnCompleted
from vcg_tui.providers.base import CompletionDone, CompletionRequest, LLMProvider, SpeechPart, TTSProvider, Voice
from vcg_tui.services.memory import CHARS_PER_TOKEN
from vcg_tui.services.orchestrator import ConversationOrchestrator
from vcg_tui.services.provider_factory import Providers

_LETTERS = "bdfgjklmnprstvz"
BUDGET = CallSettings().context_tokens
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
            yield SpeechPart(PCM[at : at + 4800].copy())  # as from a service: each piece has its own memory


async def call(turns: int) -> tuple[float, int]:
    """CPU ms over the call; most characters sent."""
    writes = Writes()
    people = calls.call_plan()
    details = people.details.model_copy(update={"max_turns": turns, "max_minutes": 1e6, "sample_rate": 24_000})
    plan = people.model_copy(update={"details": details})
    began = time.process_time()
    async for _ in ConversationOrchestrator(Providers(writes, writes, Speaks())).run(plan):
        pass
    return (time.process_time() - began) * 1000, writes.most_sent


async def memory(turns: int) -> float:
    """KiB that the call holds at most between two turns; its reader lets all sound go."""
    gc.collect()
    tracemalloc.start()
    writes, speaks, most = Writes(), Speaks(), 0
    people = calls.call_plan()
    details = people.details.model_copy(update={"max_turns": turns, "max_minutes": 1e6, "sample_rate": 24_000})
    async for event in ConversationOrchestrator(Providers(writes, writes, speaks)).run(
        people.model_copy(update={"details": details})
    ):
        if isinstance(event, TurnCompleted):
            most = max(most, tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    return most / 1024


async def bench(quick: bool) -> Table:
    table = Table("Growth with the length of a call")
    await call(10)
    lengths = (4, 8, 16) if quick else (10, 100, 500)
    times, held = [], []
    for turns in lengths:
        found = sorted([await call(turns) for _ in range(1 if quick else 3)])
        took, most_sent = found[len(found) // 2]
        times.append(took)
        held.append(await memory(turns))
        sent = most_sent / CHARS_PER_TOKEN
        table.add(f"{turns} turns: CPU a turn", took / turns, "ms")
        table.add(f"{turns} turns: memory a turn", held[-1] / turns, "KiB")
        goal = f"<= {BUDGET}"
        table.add(f"{turns} turns: most sent to the model", sent, "tokens", floor=BUDGET, goal=goal, met=sent <= BUDGET)
    # What later turns take beside earlier ones; what a call takes in itself, whatever its length, is in neither.
    for what, unit, all_of in (("CPU", "ms", times), ("memory", "KiB", held)):
        early, late = ((all_of[at + 1] - all_of[at]) / (lengths[at + 1] - lengths[at]) for at in (0, 1))
        name = f"{what} a turn, turns {lengths[1] + 1} to {lengths[2]} beside {lengths[0] + 1} to {lengths[1]}"
        table.add(name, late, unit, floor=early, goal="<= 1.5", met=late <= 1.5 * early)
    return table


if __name__ == "__main__":
    run(__doc__, bench)
