"""A persona's voice, heard before it is chosen."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from vcg_tui.errors import AudioDeviceError
from vcg_tui.models.persona import SupportPersona
from vcg_tui.providers.llm.simulator.spoken import say_fact
from vcg_tui.services.casting import voice_for

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vcg_tui.config import AudioSettings
    from vcg_tui.models.conversation import VoiceConfig
    from vcg_tui.models.persona import AnyPersona
    from vcg_tui.providers.base import Speech, TTSProvider

_POLL_S = 0.02


def preview_line(persona: AnyPersona) -> str:
    """Something this persona would say at the start of a call."""
    if isinstance(persona, SupportPersona):
        line = next(iter(persona.says.greeting), "Thanks for calling {company}, this is {agent}. How can I help?")
        return line.replace("{company}", persona.company_name).replace("{agent}", persona.agent_name)
    line = next(iter(persona.says.opening), persona.issue)

    def fact(match: re.Match[str]) -> str:
        value = persona.facts.get(match.group(1))
        return match.group(1).replace("_", " ") if value is None else say_fact(match.group(1), value, accent)

    accent = persona.voice.accent
    return re.sub(r"\{(\w+)\}", fact, line)


async def say_a_line(persona: AnyPersona, tts: TTSProvider) -> tuple[str, VoiceConfig, Speech]:
    """A line of a persona's, the voice that is chosen for it, and the speech.

    Raises:
        ProviderError: the provider failed.
    """
    voice = voice_for(persona, await tts.voices(), tts.name)
    line = preview_line(persona)
    return line, voice, await tts.generate_speech(line, voice)


async def play(pcm: NDArray[np.int16], sample_rate: int, settings: AudioSettings) -> None:
    """Play mono sound to its end.

    Raises:
        AudioDeviceError: there is nothing to play on.
    """
    from vcg_tui.audio.player import SoundDevicePlayer

    with SoundDevicePlayer(sample_rate, settings.device) as player:
        player.volume = settings.volume
        player.begin_call()
        player.feed(0, 1, pcm)
        player.finish()
        while not player.drained:  # noqa: ASYNC110 - the device's thread is no place to set an event from
            await asyncio.sleep(_POLL_S)
        if player.problem:
            raise AudioDeviceError(player.problem)
