"""The catalogue of espeak voices, and a voice's parameters for an utterance."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from vcg_tui.errors import ProviderError, ProviderErrorKind
from vcg_tui.models.persona import EmotionalState
from vcg_tui.providers.base import Voice

if TYPE_CHECKING:
    from vcg_tui.models.conversation import VoiceConfig

_RAW_ID = re.compile(r"(?P<base>[A-Za-z][A-Za-z0-9/_-]*)(?:\+(?P<variant>[A-Za-z0-9_-]+))?")
CATALOGUE_FILES = ("espeak_voices.yaml", "espeak_native_voices.yaml")
_SLOWEST, _FASTEST = 80, 450
"""Words a minute that the engine takes."""
_SEED_SPREAD = 0.015


@dataclass(frozen=True, slots=True)
class EspeakVoice:
    """A voice as the engine takes it.

    ``rate`` in nominal words a minute (80 to 450), ``pitch`` and ``pitch_range`` from 0 to 99, ``gain_db`` brings it to
    the program's loudness.
    """

    base: str
    variant: str = ""
    rate: float = 170
    pitch: float = 50
    pitch_range: float = 50
    gain_db: float = 0.0

    @property
    def language(self) -> str:
        """What the engine reads a text as: ``de``, ``en-us``; plain ``en`` is British."""
        return self.base.rpartition("/")[2].lower()


@dataclass(frozen=True, slots=True)
class _Mood:
    """What a mood does to a voice: factor on the rate, steps of pitch and of its range."""

    rate: float = 1.0
    pitch: float = 0.0
    pitch_range: float = 0.0


_MOODS: dict[EmotionalState, _Mood] = {
    EmotionalState.NEUTRAL: _Mood(),
    EmotionalState.ANGRY: _Mood(rate=1.08, pitch_range=18),
    EmotionalState.CONFUSED: _Mood(rate=0.92),
    EmotionalState.HAPPY: _Mood(pitch_range=14),
    EmotionalState.FRUSTRATED: _Mood(rate=1.04, pitch_range=8),
    EmotionalState.ANXIOUS: _Mood(rate=1.06, pitch=5),
}


@cache
def catalogue() -> dict[str, tuple[Voice, EspeakVoice]]:
    """The voices by id, in the order of the files: first those that speak English, then the others."""
    from vcg_tui.yaml_reading import load_yaml

    folder = resources.files("vcg_tui.providers.tts").joinpath("data")
    texts = [folder.joinpath(name).read_text(encoding="utf-8") for name in CATALOGUE_FILES]
    entries = [entry for text in texts for entry in load_yaml(text)["voices"]]
    return {entry["id"]: (_described(entry), _engine_voice(entry)) for entry in entries}


def _described(entry: dict[str, Any]) -> Voice:
    return Voice(
        id=entry["id"],
        name=entry["name"],
        gender=entry["gender"],
        age=entry["age"],
        accent=entry["accent"],
        languages=tuple(entry["languages"]),
        note=entry["note"],
    )


def _engine_voice(entry: dict[str, Any]) -> EspeakVoice:
    return EspeakVoice(
        base=entry["base"],
        variant=entry["variant"],
        rate=entry["rate"],
        pitch=entry["pitch"],
        pitch_range=entry["range"],
        gain_db=entry["gain_db"],
    )


def find_voice(voice_id: str) -> EspeakVoice:
    """The voice of this id in the catalogue, or one that the engine knows by itself (``en-gb-scotland+f2``).

    Raises:
        ProviderError: it is neither. Whether the engine has such a voice shows when it is used.
    """
    if voice_id in catalogue():
        return catalogue()[voice_id][1]
    raw = _RAW_ID.fullmatch(voice_id)
    if raw is None:
        raise unknown_voice(f"There is no espeak voice {voice_id!r}.")
    return EspeakVoice(base=raw["base"], variant=raw["variant"] or "")


def unknown_voice(message: str) -> ProviderError:
    """The error for a voice that does not exist."""
    hint = f"Take one of the catalogue ({', '.join(list(catalogue())[:3])} ...) or an espeak id like en-gb-scotland+f2."
    return ProviderError(ProviderErrorKind.BAD_REQUEST, "espeak", message, hint)


def voice_in_mood(voice: VoiceConfig, seed: int) -> EspeakVoice:
    """The voice with the speed, mood and small variation (seed 0: none) of an utterance.

    Raises:
        ProviderError: there is no such voice.
    """
    found = find_voice(voice.voice_id)
    mood = _MOODS[voice.mood]
    vary_rate, vary_pitch = _variation(seed)
    return replace(
        found,
        rate=_within(found.rate * voice.speed * mood.rate * (1 + vary_rate), _SLOWEST, _FASTEST),
        pitch=_within((found.pitch + mood.pitch) * (1 + vary_pitch), 0, 99),
        pitch_range=_within(found.pitch_range + mood.pitch_range, 0, 99),
    )


def _variation(seed: int) -> tuple[float, float]:
    if not seed:
        return 0.0, 0.0
    digest = hashlib.blake2b(str(seed).encode(), digest_size=8).digest()
    first, second = (int.from_bytes(half, "big") / 0xFFFFFFFF * 2 - 1 for half in (digest[:4], digest[4:]))
    return first * _SEED_SPREAD, second * _SEED_SPREAD


def _within(value: float, lowest: int, highest: int) -> int:
    return round(min(max(value, lowest), highest))
