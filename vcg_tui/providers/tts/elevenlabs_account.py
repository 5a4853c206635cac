"""What an ElevenLabs account says of itself: its voices, and what its plan allows."""

from __future__ import annotations

import re
from typing import Any, Literal

from vcg_tui.providers.base import Voice

UNKNOWN_PLAN = 2
_AT_ONCE = {"free": 2, "starter": 3, "creator": 5, "pro": 10, "scale": 15, "business": 15}

_ACCENTS = {
    "african": "en-NG",
    "african american": "en-US",
    "american": "en-US",
    "australian": "en-AU",
    "boston": "en-US-boston",
    "british": "en-GB",
    "canadian": "en-CA",
    "cockney": "en-GB-london",
    "english": "en-GB",
    "indian": "en-IN",
    "irish": "en-IE",
    "jamaican": "en-029",
    "new york": "en-US-nyc",
    "new zealand": "en-NZ",
    "nigerian": "en-NG",
    "received pronunciation": "en-GB-rp",
    "rp": "en-GB-rp",
    "scottish": "en-GB-scotland",
    "singaporean": "en-SG",
    "south african": "en-ZA",
    "southern american": "en-US-southern",
    "us southern": "en-US-southern",
    "transatlantic": "en-US",
    "welsh": "en-GB-wales",
}


_ENGLISH_ONLY = ("eleven_flash_v2", "eleven_turbo_v2", "eleven_monolingual_v1")
_MULTILINGUAL = (
    *("en", "ar", "bg", "cs", "da", "de", "el", "es", "fi", "fil", "fr", "hi", "hr", "id", "it", "ja", "ko", "ms"),
    *("nl", "pl", "pt", "ro", "ru", "sk", "sv", "ta", "tr", "uk", "zh"),
)
_LATER = ("hu", "nb", "vi")


def spoken_with(model: str, voice: Voice) -> tuple[str, ...]:
    """The languages of a voice with a model: its own first, then all that the model speaks."""
    if model in _ENGLISH_ONLY:
        return ("en",)
    model_speaks = _MULTILINGUAL if "multilingual" in model else (*_MULTILINGUAL, *_LATER)
    return tuple(dict.fromkeys([*voice.languages, *model_speaks]))


def requests_at_once(tier: object) -> int:
    """How many speech requests a plan allows at the same time; the least that any plan does, for an unknown one."""
    name = str(tier or "").lower()
    return next((count for plan, count in _AT_ONCE.items() if name.startswith(plan)), UNKNOWN_PLAN)


def account_voice(entry: Any) -> Voice | None:
    """A voice of the account as one of ours; None for an entry without an id."""
    voice_id = getattr(entry, "voice_id", None)
    if not isinstance(voice_id, str) or not voice_id:
        return None
    given: dict[str, str] = getattr(entry, "labels", None) or {}
    labels = {name.lower(): str(value) for name, value in given.items() if value}
    language = labels.get("language", "en").lower()[:2]
    name = re.split(r"\s+[-–]\s+", str(getattr(entry, "name", None) or voice_id))[0].strip()
    return Voice(
        id=voice_id,
        name=name,
        gender=_gender(labels.get("gender", "")),
        age=_age(labels.get("age", "")),
        accent=_accent(labels.get("accent", ""), language),
        languages=(language,),
        note=str(labels.get("descriptive") or labels.get("description") or ""),
    )


def _gender(label: str) -> Literal["female", "male", "neutral"]:
    plain = label.strip().lower()
    return "female" if plain in {"female", "woman"} else "male" if plain in {"male", "man"} else "neutral"


def _age(label: str) -> Literal["young", "adult", "elderly"]:
    plain = label.strip().lower()
    return "young" if plain.startswith("young") else "elderly" if plain.startswith(("old", "elder")) else "adult"


def _accent(label: str, language: str) -> str:
    plain = re.sub(r"[-_\s]+", " ", label.strip().lower())
    if language != "en":
        return language
    near = next((tag for name, tag in _ACCENTS.items() if plain.endswith(name)), "en-US")
    return _ACCENTS.get(plain, near)
