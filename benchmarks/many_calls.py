"""1, 10 and 100 calls at once, without and with a limit of the services: throughput against ideal, and what it costs.

Ideal, from the servers' log of the same run, is the most of three: one call's own path (its texts one after the other,
and the last one's speech), and with a limit the time of all texts and of all speeches, each divided by how many may run
at once, with what no order can avoid: speech begins once there is a sentence, and the last text is still to be spoken.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from collections.abc import Sequence
from statistics import mean, median

import _calls as calls
from _table import Table, percentile, run

from tests.servers import ServerSettings
from vcg_tui.models.events import CallEvent, SpeechChunk
from vcg_tui.services.batch import admission_window, run_calls
from vcg_tui.services.studio import Studio

_EVERY_S = 0.01


class Watch:
    """How late the event loop is."""

    def __init__(self) -> None:
        self.lags: list[float] = []

    async def run(self) -> None:
        while True:
            due = time.monotonic() + _EVERY_S
            await asyncio.sleep(_EVERY_S)
            self.lags.append(time.monotonic() - due)


def most_held_mb() -> float:
    """The most memory that this process has held so far."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1e6 if sys.platform == "darwin" else most * 1024 / 1e6


def to_first_audio(log: Sequence[calls.LoggedRequest]) -> float:
    """From a call's beginning to its first sound, where nothing but the services takes time."""
    opening = [entry for entry in calls.of(log, "chat") if len(entry.body["messages"]) == 2]
    spoken = [entry for entry in calls.of(log, "speech") if calls.OPENING.startswith(entry.body["input"])]
    sure = median(calls.sure_after(each, calls.OPENING, calls.first_sentence(calls.OPENING)) for each in opening)
    return sure + median(map(calls.to_first_byte, spoken))


def ideal_time(log: Sequence[calls.LoggedRequest], turns: int, limit: int, first_audio: float) -> float:
    texts, speeches = calls.of(log, "chat"), calls.of(log, "speech")
    # What the last turn says; its last sentence is spoken when no text is left to wait for.
    said = calls.built_in(calls.NORMAL, "support" if turns % 2 else "customer", (turns - 1) // 2)
    last = mean(calls.took(each) for each in speeches if said.endswith(each.body["input"]))
    all_texts, all_speeches = sum(map(calls.took, texts)), sum(map(calls.took, speeches))
    one = turns * all_texts / len(texts) + last
    if not limit:
        return one
    first_sentence = first_audio - median(map(calls.to_first_byte, speeches))
    return max(one, all_texts / limit + last, first_sentence + all_speeches / limit)


async def measure(table: Table, running: calls.LoopbackServers, count: int, limit: int, turns: int) -> None:
    running.reset()
    watch, first = Watch(), dict[str, float]()

    def note(event: CallEvent) -> None:
        if isinstance(event, SpeechChunk):
            first.setdefault(event.call_id, time.monotonic())

    async with Studio(calls.settings_at(running, turns, llm_limit=limit, tts_limit=limit)) as studio:
        await studio.warm(calls=count)
        plans = [await calls.plan_for(studio, number) for number in range(count)]
        watching = asyncio.create_task(watch.run())
        window = admission_window(studio.providers) if limit else count
        running.reset()
        cpu, began = time.process_time(), time.monotonic()
        made = [ended async for ended in run_calls(studio, plans, window, on_event=note)]
        wall, cpu = time.monotonic() - began, time.process_time() - cpu
        if watching.done():
            watching.result()
        watching.cancel()
    log = running.log()
    floor = to_first_audio(log)
    ideal = ideal_time(log, turns, limit, floor)
    done = sum(ended.metrics.turns for ended in made)
    limited = f"{limit} texts and {limit} speeches at once" if limit else "no limit"
    name = f"{count} {'call' if count == 1 else 'calls'}, {limited}"
    # Ideal throughput over ours: the share of the time that the services alone would have taken.
    table.add(
        f"{name}: throughput", count / wall, "calls/s", floor=count / ideal, goal=">= 0.93", met=ideal / wall >= 0.93
    )
    if limit or count < 100:
        return
    # from the moment in which all were asked for: what a call waits for its turn to begin counts too
    p95 = percentile([each - began for each in first.values()], 0.95)
    table.add(f"{name}: first audio, p95", p95, "s", floor=floor, goal="<= ideal + 0.1 s", met=p95 <= floor + 0.1)
    lag = percentile(watch.lags, 0.99) * 1000
    table.add(f"{name}: event loop late, p99", lag, "ms", floor=50, goal="<= 50 ms", met=lag <= 50)
    each = cpu / done * 1000
    table.add(f"{name}: CPU a turn", each, "ms", floor=10, goal="<= 10 ms", met=each <= 10)
    most, held = 100 + 0.5 * count, most_held_mb()
    table.add(f"{name}: memory", held, "MB", floor=most, goal=f"<= {most:.0f} MB", met=held <= most)


async def bench(quick: bool) -> Table:
    table = Table("Many calls at once, 6 turns each")
    speed = ServerSettings(ttft_s=0.02, speech_ttfb_s=0.02, log_event_times=True) if quick else calls.NORMAL
    turns = 2 if quick else 6
    # Large pieces of sound, to spare the servers, which share this machine.
    with calls.servers(speed, turns=turns, chunk_bytes=19_200) as running:
        for limit in (0, 2 if quick else 16):
            for count in (1, 4) if quick else (1, 10, 100):
                await measure(table, running, count, limit, turns)
    return table


if __name__ == "__main__":
    run(__doc__, bench)
