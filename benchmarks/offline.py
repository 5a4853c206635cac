"""Calls made offline: seconds of their turns made per second, beside the raw espeak workers with nothing around them.

Also per second of processor time, workers included: that does not depend on what else the machine does.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque

import _calls as calls
from _table import Table, run

from vcg_tui.config import Settings
from vcg_tui.models.events import CallEnded
from vcg_tui.models.role import Role
from vcg_tui.providers.tts.espeak_pool import ENGINE_RATE, WorkerPool
from vcg_tui.providers.tts.espeak_text import spoken_text
from vcg_tui.providers.tts.espeak_voices import voice_in_mood
from vcg_tui.services.batch import run_calls
from vcg_tui.services.sentences import SentenceSplitter
from vcg_tui.services.studio import Studio


def processor_s() -> float:
    """Of this process and of its children that have ended."""
    return sum(os.times()[:4])


async def ours(workers: int, count: int) -> tuple[float, float, list[CallEnded]]:
    """Seconds of call per second and per second of processor time, and the calls."""
    settings = Settings.model_validate({"providers": {"tts": {"type": "espeak", "max_concurrency": workers}}})
    async with Studio(settings) as studio:
        await studio.warm()
        plans = [await calls.plan_for(studio, number) for number in range(count)]
        before, began = processor_s(), time.monotonic()
        ended = [each async for each in run_calls(studio, plans, 2 * workers)]
        took = time.monotonic() - began
    # without the gaps between turns: the raw workers make none either
    made = sum(turn.end_s - turn.start_s for each in ended for turn in each.conversation.turns)
    return made / took, made / (processor_s() - before), ended


async def raw(workers: int, ended: list[CallEnded]) -> tuple[float, float]:
    """The same sentences straight through the workers' pipes: seconds of speech, as of `ours`."""
    sentences: deque[dict[str, object]] = deque()
    for each in ended:
        for turn in each.conversation.turns:
            splitter = SentenceSplitter()
            voice = voice_in_mood(each.conversation.plan.voice(Role(turn.speaker)), each.conversation.plan.seed)
            for text in [*splitter.feed(turn.text), *splitter.finish()]:
                spoken = spoken_text(text.strip())
                if spoken.speakable:
                    sentences.append(
                        {
                            "voice": voice.base,
                            "variant": voice.variant,
                            "rate": voice.rate,
                            "pitch": voice.pitch,
                            "range": voice.pitch_range,
                            "pieces": spoken.pieces,
                        }
                    )
    pool = WorkerPool(workers)
    samples = 0

    async def work() -> None:
        nonlocal samples
        while sentences:
            async for frame in pool.request(sentences.popleft()):
                samples += len(frame.sound) // 2

    await pool.warm()
    before, began = processor_s(), time.monotonic()
    await asyncio.gather(*(work() for _ in range(workers)))
    took = time.monotonic() - began
    await pool.aclose()
    made = samples / ENGINE_RATE
    return made / took, made / (processor_s() - before)


def middle(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    """The pair of middle ratio."""
    return sorted(pairs, key=lambda pair: pair[0] / pair[1])[len(pairs) // 2]


async def bench(quick: bool) -> Table:
    table = Table("Offline: seconds of speech made per second")
    for workers in (1,) if quick else (1, 2):
        found: list[tuple[tuple[float, float], tuple[float, float]]] = []
        # In turn, and the middle ones: what else the machine does changes from second to second.
        for _ in range(1 if quick else 5):
            *made, ended = await ours(workers, 1 if quick else 6)
            found.append(((made[0], made[1]), await raw(workers, ended)))
        what = f"{workers} worker{'s' if workers > 1 else ''}, beside the raw workers"
        mine, floor = middle([(made[0], plain[0]) for made, plain in found])
        table.add(what, mine, "s/s", floor=floor, goal=">= 0.5", met=mine >= 0.5 * floor)
        mine, floor = middle([(made[1], plain[1]) for made, plain in found])
        table.add(f"{what}, by processor time", mine, "s/s", floor=floor)
    return table


if __name__ == "__main__":
    run(__doc__, bench)
