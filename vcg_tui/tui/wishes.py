"""What is wanted of the next call, over what the settings say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vcg_tui.config import Settings


@dataclass(frozen=True, slots=True)
class CallWishes:
    """What the call dialog sets. A seed of None: another one each time; a language of None: the personas' own."""

    max_turns: int
    seed: int | None
    language: str | None
    llm: str
    tts: str


def wishes_of(settings: Settings) -> CallWishes:
    """What the settings say of it."""
    call, chosen = settings.call, settings.providers
    return CallWishes(call.max_turns, call.seed, call.language, chosen.llm.type, chosen.tts.type)


def with_wishes(settings: Settings, wishes: CallWishes) -> Settings:
    """The settings with what is wanted of the next call; another provider leaves the old one's model behind."""
    llm, tts = settings.providers.llm, settings.providers.tts
    if wishes.llm != llm.type:
        llm = llm.model_copy(update={"type": wishes.llm, "model": None, "base_url": None, "options": {}})
    if wishes.tts != tts.type:
        tts = tts.model_copy(update={"type": wishes.tts, "model": None, "base_url": None, "options": {}})
    providers = settings.providers.model_copy(update={"llm": llm, "tts": tts})
    changes = {"max_turns": wishes.max_turns, "seed": wishes.seed, "language": wishes.language}
    call = settings.call.model_copy(update=changes)
    return settings.model_copy(update={"providers": providers, "call": call})
