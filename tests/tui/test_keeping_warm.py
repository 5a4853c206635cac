"""Connections that were opened in advance, while somebody takes a long time to choose."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fake_providers import ScriptedLLM
from tests.real_calls import at_servers
from tests.servers import LoopbackServers
from tests.tui.live_steps import live
from tests.tui.stage import QuietBackstage
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
