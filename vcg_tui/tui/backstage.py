"""What the screens share and no widget owns: settings, personas, providers, storage, player."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from vcg_tui.audio.player import Player, open_player
from vcg_tui.services.persona_service import PersonaService
from vcg_tui.services.provider_factory import ProviderFactory
from vcg_tui.services.studio import Studio

if TYPE_CHECKING:
    from vcg_tui.config import Settings
    from vcg_tui.providers.base import StorageGateway


class Backstage:
    """Opened with the app and closed with it; each piece is made when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.personas = PersonaService.from_settings(settings)
        self.sound_problem: str | None = None
        """Why calls can't be heard; None while they can, or nobody has tried."""
        self._studio: Studio | None = None
        self._player: Player | None = None

    @property
    def studio(self) -> Studio:
        """Where calls are made.

        Raises:
            ConfigError: a provider is unknown, or lacks what it needs.
        """
        if self._studio is None:
            self._studio = Studio(self.settings)
        return self._studio

    @property
    def storage(self) -> StorageGateway:
        """Where calls are kept.

        Raises:
            ConfigError: there is no such storage.
        """
        return ProviderFactory(self.settings).storage()

    @property
    def player(self) -> Player | None:
        """The player, if one is open."""
        return self._player

    async def open_player(self) -> Player:
        """The player on the sound device, or where there is none a silent one that keeps the same time."""
        if self._player is None:
            rate, device = self.settings.call.sample_rate, self.settings.audio.device
            self._player, self.sound_problem = await asyncio.to_thread(open_player, rate, device)
            self._player.volume = self.settings.audio.volume
        return self._player

    async def use(self, settings: Settings) -> None:
        """Go on with other settings; providers and player are made anew when they are next needed."""
        await self.aclose()
        self.settings = settings
        self.personas = PersonaService.from_settings(settings)

    async def aclose(self) -> None:
        """Give back providers and device."""
        studio, self._studio = self._studio, None
        player, self._player = self._player, None
        if studio is not None:
            await studio.aclose()
        if player is not None:
            await asyncio.to_thread(player.close)
