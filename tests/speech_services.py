"""The services that speak over the network, as the tests of their adapters ask them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import pytest

from tests.servers import LoopbackServers
from vcg_tui.config import Settings
from vcg_tui.errors import ProviderError
from vcg_tui.models.conversation import VoiceConfig
from vcg_tui.providers.base import TTSProvider
from vcg_tui.providers.tts import elevenlabs, openai, openai_realtime

TEXT = "Hello there, your parcel is on its way. It comes tomorrow!"
Provider = TypeVar("Provider", bound=TTSProvider)


@dataclass(frozen=True)
class SpeechService(Generic[Provider]):
    """A service with an account at it."""

    name: str
    key_field: str
    key: str
    voice: VoiceConfig
    route: str
    """Where the loopback server logs that a line is asked for."""
    url: Callable[[LoopbackServers], str]
    make: Callable[[Any, Settings], Provider]

    def provider(self, url: str | None, *, key: str | None = "", rate: int = 24_000, **tts: Any) -> Provider:
        """Its adapter, made from settings; without ``key`` with the key that the servers take, with None without."""
        settings = Settings.model_validate(
            {
                "providers": {"tts": {"type": self.name, "base_url": url, **tts}},
                "keys": {self.key_field: self.key if key == "" else key},
                "call": {"sample_rate": rate},
            }
        )
        return self.make(settings.providers.tts, settings)

    async def failure(self, provider: Provider, text: str = TEXT) -> ProviderError:
        """What is raised when a line is asked for; never with the key in it."""
        with pytest.raises(ProviderError) as caught:
            await provider.generate_speech(text, self.voice)
        assert self.key not in f"{caught.value} {caught.value.__cause__}"
        assert caught.value.provider == self.name
        return caught.value


OPENAI = SpeechService(
    name="openai",
    key_field="openai_api_key",
    key="sk-test-0123456789abcdef",
    voice=VoiceConfig(voice_id="coral", manner="Warm and patient.", accent="en-GB-scotland"),
    route="speech",
    url=lambda server: server.openai_url,
    make=openai.make,
)
REALTIME = SpeechService(
    name="openai-realtime",
    key_field="openai_api_key",
    key="sk-test-0123456789abcdef",
    voice=VoiceConfig(voice_id="marin", manner="Warm and patient.", accent="en-IN"),
    route="realtime.response",
    url=lambda server: server.openai_url,
    make=openai_realtime.make,
)
ELEVENLABS = SpeechService(
    name="elevenlabs",
    key_field="elevenlabs_api_key",
    key="xi-test-0123456789abcdef",
    voice=VoiceConfig(voice_id="almavoice"),
    route="eleven.timestamps",
    url=lambda server: server.elevenlabs_url,
    make=elevenlabs.make,
)
