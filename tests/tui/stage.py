"""One screen on a small app of its own, with a player that only remembers."""

from __future__ import annotations

from typing import Any

import numpy as np
from textual.app import App
from textual.screen import Screen

from tests.tui.waiting import until  # noqa: F401 - for whoever drives the stage
from vcg_tui.audio.player import SilentPlayer
from vcg_tui.config import Settings
from vcg_tui.tui.backstage import Backstage
from vcg_tui.tui.messages import PersonasChanged


class Stage(App[None]):
    """Shows one screen above a blank one; remembers what came up to it."""

    def __init__(self, screen: Screen[Any]) -> None:
        super().__init__()
        self.shown = screen
        self.changes = 0
        self.said: list[str] = []
        self.animation_level = "none"

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return {"customer": "#6cc5dd", "support": "#e8b45a", "speaking": "#9fe0a8"}

    def on_mount(self) -> None:
        self.push_screen(self.shown)

    def on_personas_changed(self, _: PersonasChanged) -> None:
        self.changes += 1

    def notify(self, message: str, **options: Any) -> None:
        self.said.append(message)
        super().notify(message, **options)


class QuietPlayer(SilentPlayer):
    """Plays nothing, in no thread."""

    def __init__(self) -> None:
        super().__init__(24_000)
        self.fed = 0

    def open(self) -> None:
        pass

    def feed(self, start: int, turn: int, pcm: np.ndarray[Any, np.dtype[np.int16]]) -> None:
        self.fed += len(pcm)


class QuietBackstage(Backstage):
    """A backstage without a sound device."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.quiet = QuietPlayer()
        self.used: list[Settings] = []

    async def open_player(self) -> QuietPlayer:
        return self.quiet

    async def use(self, settings: Settings) -> None:
        self.used.append(settings)
        await super().use(settings)
