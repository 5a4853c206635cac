"""What the language models say: scripted replies, or a small support dialogue of any length."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tests.servers.settings import ServerSettings

_OPENING = {
    "support": "Thank you for calling Northwind Broadband, my name is Robin. How can I help you today?",
    "customer": "Hi, yes. My internet has been dropping out since Monday, and I work from home.",
}
_CLOSING = {
    "support": "You're all set then. Thank you for calling Northwind, and have a lovely day.",
    "customer": "That was all I needed. Thank you so much for your help, goodbye.",
}
_FIRST = {
    "support": ("I see.", "Thank you for that.", "Let me look.", "I understand.", "All right.", "That helps a lot."),
    "customer": ("Okay.", "Sure, one moment.", "Right.", "I did that.", "Yes, I'm here.", "Hm, let me see."),
}
_SECOND = {
    "support": (
        "On my screen the line shows {n} drops, so could you tell me which lights are on?",
        "I've run test number {n} from here, and it points at the router rather than the line.",
        "I can send a technician in slot {n}, or we try one more setting together first.",
        "Please hold the reset button for {n} seconds and tell me what happens then.",
        "I've noted that under reference {n}, so nobody will ask you for it again.",
    ),
    "customer": (
        "It's been {n} minutes now and the second light is still blinking orange.",
        "The sticker says {n}, if that's the number that you are looking for.",
        "I pulled the plug, counted to {n}, and now the green one is steady.",
        "My neighbour has the same box, number {n}, and hers works perfectly well.",
        "I was charged {n} dollars for last month, and half of it didn't work.",
    ),
}


def side_of(system: str) -> str:
    """Whose part a system prompt gives: "customer" or "support"."""
    return "customer" if "you are the customer" in system.lower() else "support"


def reply(settings: ServerSettings, messages: Sequence[dict[str, Any]], system: str) -> str:
    """The text for a request: which one is told by how many the asking side has already said."""
    side = side_of(system)
    said = sum(message.get("role") == "assistant" for message in messages)
    scripted = settings.customer if side == "customer" else settings.support
    if scripted:
        return scripted[min(said, len(scripted) - 1)]
    return built_in(settings, side, said)


def built_in(settings: ServerSettings, side: str, said: int) -> str:
    """No two replies of a side are the same in the first 500."""
    if said >= settings.turns - 1:
        return f'{_CLOSING[side]}\n<end_call outcome="{settings.outcome}"/>'
    if said == 0:
        return _OPENING[side]
    first, second = _FIRST[side], _SECOND[side]
    return f"{first[said % len(first)]} {second[said % len(second)].format(n=said + 11)}"


def tokens_of(text: str) -> list[str]:
    """Pieces as a model writes them: up to five characters and the white space before; joined they are the text."""
    return re.findall(r"\s*\S{1,5}|\s+$", text)


def inner(data: dict[str, Any], *names: str) -> dict[str, Any]:
    """The object in an object, however deep; empty where there is none."""
    for name in names:
        data = data.get(name) or {}
    return data


def plain_text(content: Any) -> str:
    """The text of a message's content, which is a string or a list of parts."""
    if isinstance(content, str):
        return content
    parts: list[dict[str, Any]] = content or []
    return "".join(str(part.get("text", "")) for part in parts)
