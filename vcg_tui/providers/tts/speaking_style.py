"""How a persona speaks, in words for a model that takes instructions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vcg_tui.models.languages import ENGLISH, language_name, primary
from vcg_tui.models.persona import EmotionalState

if TYPE_CHECKING:
    from vcg_tui.models.conversation import VoiceConfig

_MOODS = {
    EmotionalState.NEUTRAL: "",
    EmotionalState.ANGRY: "The speaker is angry: clipped, tense, louder on the words that matter.",
    EmotionalState.CONFUSED: "The speaker is confused: hesitant, a little slow, unsure at the ends of sentences.",
    EmotionalState.HAPPY: "The speaker is in a good mood: warm, with a smile in the voice.",
    EmotionalState.FRUSTRATED: "The speaker is frustrated: strained, with short sighs of impatience in the tone.",
    EmotionalState.ANXIOUS: "The speaker is anxious: quick, a little breathless, with an uneasy tone.",
}

_ACCENTS = {
    "de": "German",
    "en-029": "Caribbean English",
    "en-au": "Australian",
    "en-ca": "Canadian",
    "en-gb": "British",
    "en-gb-lancashire": "Lancashire",
    "en-gb-rp": "British (Received Pronunciation)",
    "en-gb-scotland": "Scottish",
    "en-gb-wales": "Welsh",
    "en-gb-westmidlands": "West Midlands",
    "en-ie": "Irish",
    "en-in": "Indian English",
    "en-ng": "Nigerian English",
    "en-nz": "New Zealand",
    "en-ph": "Filipino English",
    "en-us": "American",
    "en-us-nyc": "New York",
    "en-us-southern": "Southern American",
    "en-za": "South African",
    "es": "Spanish",
    "es-mx": "Mexican Spanish",
    "fr": "French",
    "hi": "Hindi",
    "it": "Italian",
    "ja": "Japanese",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "pt-br": "Brazilian Portuguese",
    "zh": "Chinese",
}


def speaking_style(voice: VoiceConfig) -> str:
    """Accent, manner and mood of a voice, a sentence each."""
    english = primary(voice.language) == ENGLISH
    sentences = [
        "Speak as one does on the telephone: naturally, not like an announcer.",
        "" if english else f"Speak {language_name(voice.language)}, as somebody who grew up with it.",
        f"Accent: {accent_name(voice.accent)}." if english or "-" in voice.accent else "",
        f"Manner: {voice.manner.rstrip('. ')}." if voice.manner.strip() else "",
        _MOODS[voice.mood],
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def accent_name(tag: str) -> str:
    """An accent as people call it: "Scottish" for ``en-GB-scotland``; the tag itself where nobody calls it anything."""
    parts = tag.lower().split("-")
    for length in range(len(parts), 0, -1):
        name = _ACCENTS.get("-".join(parts[:length]))
        if name:
            return name
    return tag
