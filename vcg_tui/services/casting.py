"""Voices for both sides of a call: the nearest each provider has, and never the same for both."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from vcg_tui.errors import ConfigError
from vcg_tui.models.conversation import VoiceConfig
from vcg_tui.models.languages import ENGLISH, language_name, primary, speaks
from vcg_tui.models.persona import EmotionalState

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from vcg_tui.models.persona import CustomerPersona, Persona, SupportPersona
    from vcg_tui.providers.base import Voice

_GENTLY = 0.88
"""Factor on an agent's speed for somebody who needs the time."""


def cast(
    customer: CustomerPersona,
    support: SupportPersona,
    voices: Sequence[Voice],
    provider: str,
    language: str = ENGLISH,
) -> tuple[VoiceConfig, VoiceConfig]:
    """The customer's voice and the agent's.

    A persona's own id for this provider is kept; where both insist on the same one, the customer gets another. An
    agent speaks more slowly to somebody old or confused.

    Raises:
        ConfigError: the provider has no two voices for them in this language.
    """
    if provider in support.voice.ids:
        agent = voice_for(support, voices, provider, language)
        caller = voice_for(customer, voices, provider, language, taken={agent.voice_id})
    else:
        caller = voice_for(customer, voices, provider, language)
        agent = voice_for(support, voices, provider, language, taken={caller.voice_id})
    if customer.voice.age == "elderly" or customer.emotional_state is EmotionalState.CONFUSED:
        agent = agent.model_copy(update={"speed": round(agent.speed * _GENTLY, 3)})
    return caller, agent


def voice_for(
    persona: Persona,
    voices: Sequence[Voice],
    provider: str,
    language: str = ENGLISH,
    taken: Collection[str] = (),
) -> VoiceConfig:
    """The voice that comes nearest to what a persona asks for, among those that speak the language.

    Args:
        persona: whose voice; its own id for this provider, if any, is used as it is, unless the provider's list says
            that it does not speak the language.
        voices: the provider's.
        provider: its name.
        language: what is spoken; a voice that is at home in it is preferred to one that only can speak it.
        taken: ids that are not free.

    Raises:
        ConfigError: the provider has no free voice in this language.
    """
    own = persona.voice.ids.get(provider)
    if own is not None and own not in taken:
        chosen = next((voice for voice in voices if voice.id == own), None)
        if chosen is None or speaks(chosen.languages, language):
            return _config(persona, language, own, chosen)
    able = [voice for voice in voices if speaks(voice.languages, language)]
    if voices and not able:
        known = sorted({language_name(primary(each)) for voice in voices for each in voice.languages})
        raise ConfigError(
            f"{provider} has no voice that speaks {language_name(language)}.",
            f"Choose another TTS provider or call.language; its voices speak {', '.join(known)}.",
        )
    free = [voice for voice in able if voice.id not in taken]
    if not free:
        spoken = "" if primary(language) == ENGLISH else f" in {language_name(language)}"
        other = "other " if taken else ""
        raise ConfigError(
            f"{provider} has no {other}voice{spoken} for {persona.id}, and a call needs two voices.",
            "Choose another TTS provider.",
        )
    likeness = {voice.id: _likeness(persona, voice, language) for voice in free}
    best = max(likeness.values())
    equal = sorted((voice for voice in free if likeness[voice.id] == best), key=lambda voice: voice.id)
    # Personas who ask for the same should not all sound the same; the same persona always does.
    digest = hashlib.sha256(persona.id.encode()).digest()
    voice = equal[int.from_bytes(digest[:4], "big") % len(equal)]
    return _config(persona, language, voice.id, voice)


def _likeness(persona: Persona, voice: Voice, language: str) -> int:
    """How near a voice comes; a wrong gender weighs more than anything else, then the accent, then the age."""
    wanted = persona.voice
    score = 100 if voice.gender == wanted.gender else 40 if voice.gender == "neutral" else 0
    if primary(language) != ENGLISH and speaks(voice.languages[:1], language):
        score += 30
    asked, has = _accent(persona, language).lower().split("-"), voice.accent.lower().split("-")
    shared = 0
    for one, other in zip(asked, has, strict=False):
        if one != other:
            break
        shared += 1
    score += 12 * shared + (6 if asked == has else 0)
    return score + (9 if voice.age == wanted.age else 0)


def _accent(persona: Persona, language: str) -> str:
    """The persona's accent: any in English, elsewhere only one of the language's own."""
    own = persona.voice.accent
    return own if primary(language) == ENGLISH or primary(own) == primary(language) else language


def _config(persona: Persona, language: str, voice_id: str, voice: Voice | None) -> VoiceConfig:
    return VoiceConfig(
        voice_id=voice_id,
        name=voice.name if voice else voice_id,
        accent=_accent(persona, language),
        language=language,
        speed=persona.voice.speed,
        mood=persona.emotional_state if persona.role == "customer" else EmotionalState.NEUTRAL,
        manner=persona.personality,
    )
