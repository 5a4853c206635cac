"""Steps on the live screen: an app on scripted providers, and a player whose time the test moves by hand."""

from __future__ import annotations

import itertools
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.notifications import Notification
from textual.pilot import Pilot

from tests.fake_providers import RATE, ScriptedLLM, ToneTTS
from tests.tui.waiting import screen_text, until
from vcg_tui.audio import player as player_of_the_program
from vcg_tui.audio.player import Player
from vcg_tui.config import load_settings
from vcg_tui.providers.registry import REGISTRY
from vcg_tui.services import pairing
from vcg_tui.tui.app import VcgApp
from vcg_tui.tui.screens.live import LiveScreen
from vcg_tui.tui.session import CallSession, ShownTurn, TurnPhase
from vcg_tui.tui.widgets.player_bar import PlayerBar, PlayerState
from vcg_tui.tui.widgets.transcript import Transcript

_BLOCK = 160


class HandPlayer(Player):
    """Is heard as far as the test says, and no further."""

    audible = True

    def __init__(self, sample_rate: int = RATE) -> None:
        self.now = 0.0
        self.closed = False
        super().__init__(sample_rate, clock=lambda: self.now)

    def open(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True

    def hear(self, seconds: float) -> None:
        """Let so much time go by."""
        for _ in range(round(seconds * self.sample_rate / _BLOCK)):
            self.pull(_BLOCK, self.now)
            self.now += _BLOCK / self.sample_rate

    def hear_all(self) -> None:
        """Until all is heard that there is."""
        while not self.drained:
            before = self.position
            self.hear(1.0)
            if self.position == before and not self.drained:
                return


class Live:
    """The app, and what a test looks at."""

    def __init__(self, app: VcgApp, pilot: Pilot[None], llm: ScriptedLLM, tts: ToneTTS, player: HandPlayer) -> None:
        self.app, self.pilot = app, pilot
        self.llm, self.tts, self.player = llm, tts, player

    @property
    def screen(self) -> LiveScreen:
        return self.app._live

    @property
    def session(self) -> CallSession:
        return self.screen._session

    @property
    def transcript(self) -> Transcript:
        return self.screen.query_one(Transcript)

    @property
    def bar(self) -> PlayerState:
        return self.screen.query_one(PlayerBar).state

    def turn(self, number: int) -> ShownTurn | None:
        return next((turn for turn in self.session.turns if turn.turn == number), None)

    def phase(self, number: int) -> TurnPhase | None:
        turn = self.turn(number)
        return turn.phase if turn else None

    @property
    def text(self) -> str:
        """What the terminal shows."""
        return screen_text(self.app)

    @property
    def said(self) -> str:
        """Every notice so far."""
        return "\n".join(f"{note.title}: {note.message}" for note in self.app._notifications)

    async def until(self, condition: Callable[[], object]) -> None:
        """Let the app run until something is so; what never comes is a failure."""
        await until(self.pilot, condition, lambda: f"{self.text}\n{self.said}")

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def run(self) -> None:
        """Begin a call, and wait until sound of its first turn is with the player."""
        await self.press("f5")
        await self.until(lambda: self.turn(1) and self.turn(1).start_s is not None)

    async def run_to_third(self) -> None:
        """Begin a call, and wait until its third turn is begun while the first is being heard."""
        await self.run()
        await self.until(lambda: self.turn(2) and self.turn(2).end_s)
        self.player.hear(1.0)  # no turn is begun while eight seconds are still to be heard
        await self.until(lambda: self.turn(3))

    async def run_to_end(self) -> None:
        """Make a call and hear all of it."""
        await self.run()
        await self.until(self._over)
        await self.pilot.pause()

    def _over(self) -> bool:
        self.player.hear_all()
        return not self.screen.busy and self.session.conversation is not None

    async def hear_until(self, condition: Callable[[], object], step_s: float = 0.1) -> None:
        """Hear on, a little at a time, until something is so."""

        def goes_on() -> bool:
            if condition():
                return True
            self.player.hear(step_s)
            return bool(condition())

        await self.until(goes_on)


@asynccontextmanager
async def live(
    folder: Path,
    size: tuple[int, int] = (120, 36),
    *,
    llm: ScriptedLLM | None = None,
    tts: Any = None,
    turns: int = 4,
    sound_problem: str | None = None,
    **given: Any,
) -> AsyncGenerator[Live]:
    """The app on its live screen. ``given``: settings, nested."""
    writer, voice, player = llm or ScriptedLLM(), tts or ToneTTS(), HandPlayer()
    given = {"tui": {"first_run_done": True}, **given}
    overrides = {
        "providers": {"llm": {"type": "scripted"}, "tts": {"type": "tone"}},
        "call": {"max_turns": turns, "sample_rate": RATE, "seed": 7, "lookahead_s": 60},
        "storage": {"local": {"base_path": str(folder / "calls")}},
        **given,
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(REGISTRY["llm"], "scripted", lambda *_: writer)
        patch.setitem(REGISTRY["tts"], "tone", lambda *_: voice)
        patch.setattr(player_of_the_program, "open_player", lambda *_: (player, sound_problem))
        seeds = itertools.count(7)
        patch.setattr(pairing, "new_seed", lambda: next(seeds))
        patch.setattr(Notification, "has_expired", False)  # what was said stays said, however slow the machine is
        app = VcgApp(load_settings(cwd=folder, overrides=overrides))
        app.animation_level = "none"
        async with app.run_test(size=size, notifications=True) as pilot:
            shown = Live(app, pilot, writer, voice, player)
            await shown.until(lambda: app.screen is app._live and app._live.customer and "3 Transcript" in shown.text)
            yield shown


def kept_calls(folder: Path) -> list[Path]:
    """The folders of whole calls."""
    return sorted(path.parent for path in (folder / "calls").glob("*/conversation.json"))
