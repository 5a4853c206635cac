"""Many calls at once: as many under way as keep the providers busy, and no more."""

from __future__ import annotations

import asyncio
import gc
import math
from contextlib import aclosing, contextmanager
from itertools import chain, islice
from typing import TYPE_CHECKING

from vcg_tui.models.events import CallEnded
from vcg_tui.models.role import Role

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Iterable

    from vcg_tui.models.conversation import CallPlan
    from vcg_tui.models.events import CallEvent
    from vcg_tui.services.provider_factory import Providers
    from vcg_tui.services.recorder import Recorder
    from vcg_tui.services.studio import Studio

_PER_LLM_REQUEST = 1.5
_UNLIMITED = 100
_APART_S = 0.0005
"""Between the beginnings of calls. All in one instant would open their connections, and ask the service, in one lump,
and in the same lump again at each next turn; for a hundred calls this is a twentieth of a second, once."""
_COLLECT_AFTER = 3_000
"""Objects; Python's own figure is 700."""


def admission_window(providers: Providers) -> int:
    """How many calls should be under way at once.

    A call asks its model most of the time and its voice for the rest, so half as many again as the model takes at once
    keep it busy; more would only make every call slower. Where nothing is limited, a hundred: what one process serves.
    """
    models = {id(providers.llm(role)): providers.llm(role).max_concurrency for role in Role}
    limits = [limit for limit in models.values() if limit]
    # Two models take turns within a call, so what both take together counts.
    by_text = math.ceil(_PER_LLM_REQUEST * sum(limits)) if len(limits) == len(models) else _UNLIMITED
    by_speech = providers.tts.max_concurrency
    # One call has several sentences spoken at once: half the voice's limit is enough to keep it busy.
    return max(by_text, math.ceil(by_speech / 2)) if limits or not by_speech else min(by_text, 2 * by_speech)


async def run_calls(
    studio: Studio,
    plans: Iterable[CallPlan],
    window: int,
    *,
    recorder: Callable[[], Recorder] | None = None,
    on_event: Callable[[CallEvent], object] | None = None,
) -> AsyncGenerator[CallEnded]:
    """Make calls, begun in the order of their plans; each one's last event comes when it has ended.

    Leaving early ends every call under way, and so does an error that is no provider's: it is raised at once.

    Args:
        studio: where they are made.
        plans: taken one by one, as there is room.
        window: calls under way at once, from 1; see `admission_window`.
        recorder: makes what keeps a call; None: nothing is kept.
        on_event: told of every event of every call: of turns, sound and ends. Nobody reads a hundred calls along, so
            text does not come piece by piece, nor metrics while a call is made: that would take a tenth of the time.
    """
    waiting = iter(plans)
    ended: asyncio.Queue[CallEnded | None] = asyncio.Queue()

    async def work(first: CallPlan, number: int) -> None:
        try:
            await asyncio.sleep(number * _APART_S)
            for plan in chain((first,), waiting):
                keeper = recorder() if recorder is not None else None
                async with aclosing(studio.call(plan, recorder=keeper, quiet=True)) as events:
                    async for event in events:
                        if on_event is not None:
                            on_event(event)
                        if isinstance(event, CallEnded):
                            ended.put_nowait(event)
        finally:
            # when this task is done, so that whoever reads finds its error
            asyncio.get_running_loop().call_soon(ended.put_nowait, None)

    workers = [
        asyncio.create_task(work(first, number), name=f"calls {number}")
        for number, first in enumerate(islice(waiting, max(1, window)))
    ]
    running = len(workers)
    try:
        with _collecting_less():
            while running:
                event = await ended.get()
                if event is not None:
                    yield event
                    continue
                running -= 1
                for worker in workers:
                    if worker.done():
                        worker.result()
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


@contextmanager
def _collecting_less() -> Generator[None]:
    """Spare Python's collector of garbage most of its walks through what lives as long as the program or a call.

    They took a tenth of the processor time of a hundred calls, and one alone held all of them up for 0.1 s.
    """
    if gc.get_freeze_count():
        yield  # somebody has seen to it: a program that forks, or calls that began before
        return
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
