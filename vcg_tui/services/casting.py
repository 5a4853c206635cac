"""Voices for both sides of a call: the nearest each provider has, and never the same for both."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from vcg_tui.errors import ConfigError
from vcg_tui.models.conversation import VoiceConfig
from vcg_tui.models.persona import EmotionalState

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from vcg_tui.models.persona import CustomerPersona, Persona, SupportPersona
    from vcg_tui.providers.base import Voice


def cast(
    customer: CustomerPersona, support: SupportPersona, voices: Sequence[Voice], provider: str
) -> tuple[VoiceConfig, VoiceConfig]:
    """The customer's voice and the agent's.

    A persona's own id for this provider is kept; where both insist on the same one, the customer gets another.

    Raises:
        ConfigError: the provider has no two voices for them.
    """
    if provider in support.voice.ids:
        agent = voice_for(support, voices, provider)
        caller = voice_for(customer, voices, provider, taken={agent.voice_id})
    else:
        caller = voice_for(customer, voices, provider)
        agent = voice_for(support, voices, provider, taken={caller.voice_id})
    return caller, agent


def voice_for(persona: Persona, voices: Sequence[Voice], provider: str, taken: Collection[str] = ()) -> VoiceConfig:
    """The voice that comes nearest to what a persona asks for.

    Args:
        persona: whose voice; its own id for this provider, if any, is used as it is.
        voices: the provider's.
        provider: its name.
        taken: ids that are not free.

    Raises:
        ConfigError: the provider has no free voice.
    """
    own = persona.voice.ids.get(provider)
    if own is not None and own not in taken:
        chosen = next((voice for voice in voices if voice.id == own), None)
        return _config(persona, own, chosen.name if chosen else own)
    free = [voice for voice in voices if voice.id not in taken]
    if not free:
        raise ConfigError(
            f"{provider} has no {'other ' if taken else ''}voice for {persona.id}, and a call needs two voices.",
            "Choose another TTS provider.",
        )
    best = max(_likeness(persona, voice) for voice in free)
    equal = sorted((voice for voice in free if _likeness(persona, voice) == best), key=lambda voice: voice.id)
    # Personas who ask for the same should not all sound the same; the same persona always does.
    digest = hashlib.sha256(persona.id.encode()).digest()
    voice = equal[int.from_bytes(digest[:4], "big") % len(equal)]
    return _config(persona, voice.id, voice.name)


def _likeness(persona: Persona, voice: Voice) -> int:
    """How near a voice comes; a wrong gender weighs more than anything else, then the accent, then the age."""
    wanted = persona.voice
    score = 100 if voice.gender == wanted.gender else 40 if voice.gender == "neutral" else 0
    asked, has = wanted.accent.lower().split("-"), voice.accent.lower().split("-")
    shared = 0
    for one, other in zip(asked, has, strict=False):
        if one != other:
            break
        shared += 1
    score += 12 * shared + (6 if asked == has else 0)
    return score + (9 if voice.age == wanted.age else 0)


def _config(persona: Persona, voice_id: str, name: str) -> VoiceConfig:
    return VoiceConfig(
        voice_id=voice_id,
        name=name,
        accent=persona.voice.accent,
        speed=persona.voice.speed,
        mood=persona.emotional_state if persona.role == "customer" else EmotionalState.NEUTRAL,
        manner=persona.personality,
    )
