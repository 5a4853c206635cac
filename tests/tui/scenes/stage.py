"""Where the pictures are taken: the whole app, with everything held that the clock, chance or the machine decides.

Made by hand: the personas, the folders (shown as ``~`` and ``.``), the time zone and today's date, the sound devices,
the player, and the call that is being made, whose events are written down in `tests.tui.scenes.call`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from textual.notifications import Notification
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, TextArea

from tests.fake_providers import RATE
from tests.tui.cast import write_cast, write_own
from tests.tui.live_steps import HandPlayer
from tests.tui.picture import Picture, picture_of
from tests.tui.scenes.call import ScriptedStudio
from tests.tui.waiting import until
from vcg_tui.audio.player import OutputDevice
from vcg_tui.config import Settings, load_settings
from vcg_tui.paths import shipped_personas, state_file, user_personas_dir
from vcg_tui.services import persona_service
from vcg_tui.tui import app as app_module
from vcg_tui.tui.app import VcgApp
from vcg_tui.tui.backstage import Backstage
from vcg_tui.tui.screens import history, settings

SIZES = ((80, 24), (120, 36), (160, 48))
USUAL = (120, 36)
"""In which a scene plays."""
THEMES = ("harbour", "daylight")
TODAY = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
DEVICES = [
    OutputDevice(0, "Built-in speakers", "ALSA", 48_000, True),
    OutputDevice(3, "Headset", "ALSA", 48_000, False),
]

Size = tuple[int, int]


class SceneBackstage(Backstage):
    """No device, no provider: a player that is moved by hand, and a call that is written down."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.hand = HandPlayer(RATE)
        self.scripted = ScriptedStudio()

    @property
    def studio(self) -> Any:
        return self.scripted

    async def open_player(self) -> HandPlayer:
        self._player = self.hand
        self.lent += 1
        return self.hand


class SceneApp(VcgApp):
    """The app, holding still."""

    _backstage: SceneBackstage


@dataclass(slots=True)
class Shown:
    """The app on stage, and what a scene does with it."""

    app: SceneApp
    pilot: Pilot[None]
    folder: Path
    again: list[Callable[[], Awaitable[object]]] = field(default_factory=list)
    """What is done anew at every size."""

    @property
    def backstage(self) -> SceneBackstage:
        return self.app._backstage

    @property
    def text(self) -> str:
        return "\n".join(picture_of(self.app).lines)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def until(self, condition: Callable[[], object]) -> None:
        """Let the app run until something is so; what never comes is a failure."""
        await until(self.pilot, condition, lambda: self.text)

    async def shows(self, text: str) -> None:
        """Until this stands on the screen."""
        await self.until(lambda: text in self.text)

    async def resize(self, size: Size) -> None:
        """Give the terminal another size."""
        if self.app.size != size:
            await self.pilot.resize_terminal(*size)
        for step in self.again:
            await step()

    async def play(self, scene: Scene) -> None:
        """Bring the app to a scene, from the start or from the one that it goes on from."""
        self.again.clear()
        await self.resize(USUAL)
        await scene.steps(self)

    async def picture(self) -> Picture:
        """What is shown, once it stands still."""
        for box in [*self.app.screen.query(Input), *self.app.screen.query(TextArea)]:
            box.cursor_blink = False
        drawn = -1
        for _ in range(100):
            await asyncio.sleep(0.045)  # a frame of the live screen: what it has to draw is drawn
            await self.pilot.pause()
            if drawn == (drawn := _DRAWN["times"]):
                return picture_of(self.app)
        raise AssertionError("the screen never stands still")


_DRAWN = {"times": 0}
_PICKED = {"customer": "anna-reyes", "support": "tier1-support"}


def _drawn_by_nobody(screen: Screen[Any]) -> None:
    """Instead of drawing every change for nobody to see: it is counted, and a picture draws the whole screen."""
    _DRAWN["times"] += 1
    screen._dirty_widgets.clear()
    screen._compositor._dirty_regions.clear()


Steps = Callable[[Shown], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Scene:
    """One state of the app: how to come there, and at which sizes it is taken."""

    name: str
    steps: Steps
    sizes: tuple[Size, ...] = SIZES
    after: str = ""
    """The scene that it goes on from; empty: it begins with the app just started."""
    first_run: bool = False
    own: bool = False
    """Whether the person has personas of their own, one of them broken."""


class Scenes(dict[str, Scene]):
    """Scenes by name; a chain of them is played on one stage, since starting the app is dear."""

    def scene(self, **given: Any) -> Callable[[Steps], Steps]:
        """Add a function as the scene of its name."""

        def add(steps: Steps) -> Steps:
            name = steps.__name__.replace("_", "-")
            self[name] = Scene(name, steps, **given)
            return steps

        return add

    def chains(self) -> dict[str, list[Scene]]:
        """What is played in a row, by the first one's name."""
        chains = {scene.name: [scene] for scene in self.values() if not scene.after}
        ends = {name: name for name in chains}
        for scene in self.values():
            if scene.after:
                first = ends.pop(scene.after)  # a KeyError: it is not the end of a chain
                ends[scene.name] = first
                chains[first].append(scene)
        return chains


@asynccontextmanager
async def stage(scene: Scene, folder: Path, *, personas: bool = True) -> AsyncGenerator[Shown]:
    """The app just started, for a scene and what goes on from it.

    ``personas``: those of `tests.tui.cast`; else the shipped ones.
    """
    work = folder / "work"
    work.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(work)
        patch.setenv("HOME", str(folder))
        patch.setenv("VCG_HOME", str(folder / ".config" / "vcg"))
        patch.setenv("TZ", "UTC")
        time.tzset()
        (folder / ".config" / "vcg").mkdir(parents=True)
        state_file().write_text(json.dumps(_PICKED), "utf-8")
        if personas:
            write_cast(work / "personas")
        else:
            (work / "personas").symlink_to(shipped_personas())
        patch.setattr(persona_service, "shipped_personas", lambda: work / "personas")
        if scene.own:
            write_own(user_personas_dir())
        patch.setattr(settings, "list_devices", lambda: DEVICES)
        patch.setattr(history, "today", TODAY.date)
        patch.setattr(app_module, "Backstage", SceneBackstage)
        patch.setattr(Screen, "_compositor_refresh", _drawn_by_nobody)
        patch.setattr(Notification, "has_expired", False)
        patch.setattr(Notification, "time_left", 3_600.0)
        app = SceneApp(
            load_settings(
                cwd=work,
                environ={"VCG_HOME": os.environ["VCG_HOME"]},
                overrides={
                    "tui": {"first_run_done": not scene.first_run},
                    "call": {"sample_rate": RATE, "seed": 7},
                    "storage": {"local": {"base_path": str(work / "calls")}},
                },
            )
        )
        app.animation_level = "none"
        async with app.run_test(size=USUAL, notifications=True) as pilot:
            shown = Shown(app, pilot, work)
            await shown.until(lambda: app.screen is app._live and app._live.customer and "1 Customers" in shown.text)
            yield shown
            shown.backstage.scripted.gate.set()
    time.tzset()
