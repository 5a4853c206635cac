"""Stopping a call, or just leaving it, ends every request at once: nobody pays for what nobody hears."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from tests.real_calls import BOUND_S, LLMS, SPEAKERS, all_closed, at_servers, defaults, plan_for, studio_of
from tests.servers import LoggedRequest, LoopbackServers
from vcg_tui.config import Settings
from vcg_tui.models.conversation import EndReason
from vcg_tui.models.events import CallEnded, CallEvent, SpeechChunk, TextDelta
from vcg_tui.providers.storage.local import LocalStorage
from vcg_tui.services.control import CallControl
from vcg_tui.services.recorder import Recorder

AT_ONCE_S = 0.2
TIMES = 3
"""How often each is tried: of these, half may meet a busy machine."""


@pytest.fixture(scope="module")
def running() -> Iterator[LoopbackServers]:
    with LoopbackServers(process=True) as servers:
        yield servers


@pytest.fixture
def servers(running: LoopbackServers) -> LoopbackServers:
    # nothing would ever come to its end by itself within the bound
    defaults(running, tokens_per_s=2.0, ttft_s=0.0, real_time_factor=10.0)
    return running


def case(servers: LoopbackServers, route: str) -> tuple[Settings, type[CallEvent]]:
    """Settings with which the route's stage is slow, and the event that shows it at work."""
    if route in LLMS:
        return at_servers(servers, LLMS[route], SPEAKERS["speech"]), TextDelta
    servers.configure(tokens_per_s=0.0)
    return at_servers(servers, LLMS["chat"], SPEAKERS[route]), SpeechChunk


async def leave_in_the_middle(
    servers: LoopbackServers, route: str, folder: Path, *, stop: bool
) -> tuple[float, list[LoggedRequest]]:
    """Make a call until its stage is at work, then end it; returns when that was, and what the servers saw."""
    settings, at_work = case(servers, route)
    servers.reset()
    control = CallControl()
    ended: list[CallEvent] = []
    async with asyncio.timeout(BOUND_S), studio_of(settings) as studio:
        recorder = Recorder(LocalStorage(folder))
        async with aclosing(studio.call(await plan_for(studio), control, recorder=recorder)) as events:
            async for event in events:
                if isinstance(event, at_work):
                    break
            left_at = time.monotonic()
            if stop:
                control.stop()
                ended = [event async for event in events]
        if stop:
            assert isinstance(ended[-1], CallEnded)
            assert ended[-1].conversation.end_reason is EndReason.STOPPED
        own = asyncio.current_task()
        assert [task for task in asyncio.all_tasks() if task is not own and not task.done()] == []
        # before the studio closes: it is the call that lets go of its requests
        await servers.wait_for(lambda log: all(entry.ended is not None for entry in log))
        log = servers.log()
    await all_closed(servers)
    return left_at, log


@pytest.mark.parametrize("stop", [True, False], ids=["stopped", "left"])
@pytest.mark.parametrize("route", [*LLMS, "speech", "realtime.response", "eleven.timestamps"])
async def test_the_server_sees_the_connection_closed_at_once(
    servers: LoopbackServers, route: str, stop: bool, tmp_path: Path
) -> None:
    took: list[float] = []
    for number in range(TIMES):
        left_at, log = await leave_in_the_middle(servers, route, tmp_path / str(number), stop=stop)
        cut = [entry for entry in log if entry.end == "client_closed"]
        assert route in {entry.route for entry in cut}
        took.append(max((entry.ended or 0) for entry in cut) - left_at)
        assert not list((tmp_path / str(number)).iterdir()), "nothing was complete, so nothing is kept"
    assert statistics.median(took) < AT_ONCE_S
