"""The live screen behind another one: the call goes on, and nothing is drawn until somebody looks."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.tui.live_steps import live
from vcg_tui.tui.screens.help import HelpScreen
from vcg_tui.tui.screens.history import HistoryScreen
from vcg_tui.tui.screens.live import LiveScreen
from vcg_tui.tui.session import TurnPhase
from vcg_tui.tui.widgets.call_header import CallHeader


@pytest.fixture
def frames(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """One entry for each time the live screen was drawn."""
    drawn: list[None] = []
    draw = LiveScreen._draw

    def counted(screen: LiveScreen) -> None:
        drawn.append(None)
        draw(screen)

    monkeypatch.setattr(LiveScreen, "_draw", counted)
    return drawn


async def test_a_call_goes_on_behind_another_screen_and_is_right_on_return(tmp_path: Path, frames: list[None]) -> None:
    async with live(tmp_path) as shown:
        await shown.run()
        shown.player.hear(0.5)
        header = shown.screen.query_one(CallHeader)
        await shown.until(lambda: header.state == "speaking")
        await shown.press("f3")
        await shown.until(lambda: isinstance(shown.app.screen, HistoryScreen) and shown.app.screen.is_mounted)
        await shown.pilot.pause()
        before, ticks = len(frames), list[None]()
        shown.app.set_interval(1 / 25, lambda: ticks.append(None))  # as often as the screen draws
        await shown.until(shown._over)
        await shown.until(lambda: len(ticks) >= 5)
        assert len(frames) == before
        assert header.state == "speaking"
        await shown.press("f2")
        await shown.until(lambda: shown.app.screen is shown.screen and header.state == "ended")
        turns = shown.session.turns
        assert len(turns) == 4
        assert {turn.phase for turn in turns} == {TurnPhase.PAST}
        assert " ".join(turns[-1].text.split()[:3]) in shown.text
        assert not shown.bar.active
        await shown.until(lambda: len(frames) >= before + 5)


async def test_behind_a_dialog_it_is_still_drawn(tmp_path: Path, frames: list[None]) -> None:
    async with live(tmp_path) as shown:
        await shown.run()
        await shown.press("f1")
        await shown.until(lambda: isinstance(shown.app.screen, HelpScreen))
        await shown.pilot.pause()
        before = len(frames)
        await shown.until(lambda: len(frames) >= before + 5)


async def test_at_rest_nothing_is_drawn_until_something_changes(tmp_path: Path, frames: list[None]) -> None:
    async with live(tmp_path) as shown:
        await shown.until(lambda: shown.screen._frames._left <= 0)
        before = len(frames)
        for _ in range(40):
            await shown.pilot.pause()
            await asyncio.sleep(0.005)
        assert len(frames) == before
        for way in ("r", "r"):
            await shown.press(way)
            await shown.until(lambda: len(frames) > before)
        customer = shown.screen.customer
        assert customer is not None
        await shown.until(lambda: customer.name in shown.text.splitlines()[0])
        await shown.run_to_end()
        await shown.until(lambda: shown.screen._frames._left <= 0)
        assert "■ ended" in shown.text.splitlines()[0]
        await shown.press("ctrl+r")
        await shown.until(lambda: shown.bar.active)
        await shown.press("space")
        await shown.until(lambda: shown.screen._frames._left <= 0 and shown.bar.paused)
