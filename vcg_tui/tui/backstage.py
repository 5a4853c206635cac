"""What the screens share and no widget owns: settings, personas, providers, storage, player.

The first paint waits for what is imported here: what makes and plays calls is imported when it is first needed.
"""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

from vcg_tui.errors import ConfigError
from vcg_tui.paths import state_file, user_config_file
from vcg_tui.tui.keymap import usable_keymap, with_keys
from vcg_tui.tui.remembered import Remembered

if TYPE_CHECKING:
    from collections.abc import Callable

    from vcg_tui.audio.player import Player
    from vcg_tui.config import Settings
    from vcg_tui.providers.base import StorageGateway
    from vcg_tui.services.persona_service import PersonaService
    from vcg_tui.services.studio import Studio
    from vcg_tui.tui.wishes import CallWishes


_COOLED_S = 25.0
"""Connections are closed after 30 s in which nobody uses them."""


class Backstage:
    """Opened with the app and closed with it; each piece is made when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        self.own = settings
        """What files, variables and flags say."""
        self.remembered = Remembered(state_file())
        self.settings = self.remembered.over(settings)
        """With what was wished in the app in place of some of it."""
        self.sound_problem: str | None = None
        """Why calls can't be heard; None while they can, or nobody has tried."""
        self.on_sound_lost: Callable[[str], object] | None = None
        """Told, from a thread, that the device is gone while it was played on."""
        self.lent = 0
        """How often the player was given out: who has it longer than that has lost it to somebody else."""
        self._personas: PersonaService | None = None
        self._studio: Studio | None = None
        self._player: Player | None = None
        self._warming: asyncio.Task[None] | None = None
        self._warmed_at: float | None = None

    @property
    def personas(self) -> PersonaService:
        """Who can talk; the files are read when somebody asks first."""
        if self._personas is None:
            from vcg_tui.services.persona_service import PersonaService

            self._personas = PersonaService.from_settings(self.own)
        return self._personas

    def use_personas(self, personas: PersonaService) -> None:
        """Go on with these, read just now."""
        self._personas = personas

    @property
    def studio(self) -> Studio:
        """Where calls are made.

        Raises:
            ConfigError: a provider is unknown, or lacks what it needs.
        """
        if self._studio is None:
            from vcg_tui.services.studio import Studio

            self._studio = Studio(self.settings)
        return self._studio

    async def warm(self) -> None:
        """Do in advance what the first call would wait for; what is wrong with the settings is told by the call."""
        self._warmed_at = time.monotonic()
        # In a thread: long enough to be felt by whoever presses a key meanwhile.
        await asyncio.to_thread(import_module, "vcg_tui.services.studio")
        with suppress(ConfigError):
            # by a name of its own: other settings may bring another one meanwhile
            warming = self._warming = asyncio.create_task(self.studio.warm(), name="warm")
            try:
                await asyncio.wait([warming])
            finally:
                await _end(warming)
            if not warming.cancelled():
                warming.result()

    @property
    def cooled(self) -> bool:
        """Whether what `warm` has opened is closed again by now, or belonged to other settings."""
        if self._warmed_at is None or (self._warming is not None and not self._warming.done()):
            return False  # the first time is yet to come, or it is under way
        return time.monotonic() - self._warmed_at > _COOLED_S

    @property
    def storage(self) -> StorageGateway:
        """Where calls are kept.

        Raises:
            ConfigError: there is no such storage.
        """
        from vcg_tui.services.provider_factory import ProviderFactory

        return ProviderFactory(self.settings).storage()

    @property
    def player(self) -> Player | None:
        """The player, if one is open."""
        return self._player

    async def open_player(self) -> Player:
        """The player on the sound device, or where there is none a silent one that keeps the same time.

        It belongs to whoever asked last. A device that was lost is looked for again.
        """
        from vcg_tui.audio.player import open_player

        if self._player is not None and self._player.problem:
            lost, self._player = self._player, None
            await asyncio.to_thread(lost.close)
        if self._player is None:
            rate, device = self.settings.call.sample_rate, self.settings.audio.device
            self._player, self.sound_problem = await asyncio.to_thread(open_player, rate, device)
            self._player.volume = self.settings.audio.volume
            self._player.speed = self.remembered.speed
            self._player.on_problem = self._lost
        self.lent += 1
        return self._player

    def _lost(self, problem: str) -> None:
        if self.on_sound_lost is not None:
            self.on_sound_lost(problem)

    def told(self, text: str) -> str:
        """A text with the keys that the person has now: ``{run-call}`` becomes what ``run-call`` is pressed by."""
        return with_keys(text, usable_keymap(self.settings.tui.keymap))

    async def remember_first_run(self) -> None:
        """Write down that the first call was made: who has made one needs no greeting.

        Raises:
            UsageError: the person's config.yaml can't be written.
        """
        from vcg_tui.services.yaml_editing import edit_file

        tui = self.settings.tui
        if not tui.first_run_done:
            self.keep(self.own.model_copy(update={"tui": tui.model_copy(update={"first_run_done": True})}))
            await asyncio.to_thread(edit_file, user_config_file(), {("tui", "first_run_done"): True})

    async def use(self, settings: Settings) -> None:
        """Go on with other settings; providers and player are made anew when they are next needed."""
        await self.aclose()
        self._warmed_at = self._warmed_at and -math.inf
        self.keep(settings)

    def keep(self, settings: Settings) -> None:
        """Go on with settings that differ in what neither providers nor device depend on."""
        self.own = settings
        self.settings = self.remembered.over(settings)

    async def wish(self, wanted: CallWishes) -> None:
        """Have it this way from the next call on."""
        self.remembered.wish(self.own, wanted)
        await self.use(self.own)

    def listen_as(self, player: Player) -> None:
        """Have other players as loud and as fast as this one is now."""
        self.remembered.listen_at(self.own, volume=player.volume, speed=player.speed)
        self.keep(self.own)

    async def aclose(self) -> None:
        """Give back providers and device."""
        if self._warming is not None:
            await _end(self._warming)  # before its connections are closed under it
        studio, self._studio = self._studio, None
        player, self._player = self._player, None
        if studio is not None:
            await studio.aclose()
        if player is not None:
            await asyncio.to_thread(player.close)
        await asyncio.to_thread(self.remembered.save)


async def _end(task: asyncio.Task[None]) -> None:
    """Cancel a task that is still under way, once: a second time would break off how it ends what it has begun."""
    if not task.cancelling():
        task.cancel()
    await asyncio.wait([task])
