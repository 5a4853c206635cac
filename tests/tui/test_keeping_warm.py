"""Connections that were opened in advance, while somebody takes a long time to choose."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path

import pytest

from tests.fake_providers import ScriptedLLM, until
from tests.real_calls import at_servers
from tests.servers import LoopbackServers
from tests.tui.live_steps import live
from tests.tui.stage import QuietBackstage
from vcg_tui.config import Settings
from vcg_tui.tui import backstage as module


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


async def test_what_is_closed_by_now_is_opened_again(clock: Clock) -> None:
    with LoopbackServers() as servers:
        settings = at_servers(servers, {"type": "openai"}, {"type": "openai"})
        backstage = QuietBackstage(settings)
        assert not backstage.cooled, "the app warms it first, when there is something to see"
        await backstage.warm()
        assert not backstage.cooled
        clock.now += 24
        assert not backstage.cooled
        clock.now += 2
        assert backstage.cooled
        await backstage.warm()
        assert not backstage.cooled
        assert [entry.route for entry in servers.log()] == ["models"] * 4
        await backstage.use(settings)
        assert backstage.cooled, "other settings have other connections"
        await backstage.warm()
        assert not backstage.cooled
        await backstage.aclose()


@pytest.mark.parametrize("rounds", range(24))
@pytest.mark.parametrize("waits", [True, False])
def test_broken_off_while_a_process_starts_it_ends_that_one_well(rounds: int, waits: bool) -> None:
    async def leave() -> None:
        backstage = QuietBackstage(Settings())
        warming = asyncio.create_task(backstage.warm())
        while backstage._warming is None:
            await asyncio.sleep(0)
        for _ in range(rounds):
            await asyncio.sleep(0)
        warming.cancel()
        if waits:
            await asyncio.wait([warming])
        await backstage.aclose()

    asyncio.run(leave())
    gc.collect()  # what was left open says so when it is thrown away, and that is an error in tests


class SlowStudio:
    def __init__(self) -> None:
        self.gates: list[asyncio.Event] = []

    async def warm(self) -> None:
        self.gates.append(asyncio.Event())
        await self.gates[-1].wait()

    async def aclose(self) -> None:
        pass


async def test_one_that_is_over_leaves_the_next_one_alone(clock: Clock) -> None:
    backstage, studio = QuietBackstage(Settings()), SlowStudio()
    backstage._studio = studio  # type: ignore[assignment]  # all of it that is used
    first = asyncio.create_task(backstage.warm())
    await until(lambda: len(studio.gates) == 1)
    clock.now += 100
    assert not backstage.cooled, "it is under way"
    second = asyncio.create_task(backstage.warm())
    await until(lambda: len(studio.gates) == 2)
    studio.gates[0].set()
    await first
    assert not second.done()
    studio.gates[1].set()
    await second
    await backstage.aclose()


async def test_whoever_chooses_opens_them_and_nobody_else(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    warmed: list[float] = []
    warm = module.Backstage.warm

    async def noted(self: module.Backstage) -> None:
        warmed.append(clock.now)
        await warm(self)

    monkeypatch.setattr(module.Backstage, "warm", noted)
    async with live(tmp_path, llm=ScriptedLLM()) as shown:
        await shown.until(lambda: warmed == [1000.0])
        await shown.press("down")
        assert warmed == [1000.0], "they are open still"
        clock.now += 100
        await shown.pilot.pause(0.3)
        assert warmed == [1000.0], "nobody has done anything"
        await shown.press("down")
        await shown.until(lambda: warmed == [1000.0, 1100.0])
        await shown.press("up")
        assert warmed == [1000.0, 1100.0]
        clock.now += 100
        await shown.run()
        await shown.press("1", "down")
        assert warmed == [1000.0, 1100.0], "a call keeps them open"
