"""Languages by their codes: what people call them, and which code means which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vcg_tui.models.persona import CustomerPersona, SupportPersona

ENGLISH: Final = "en"
NAMES: Final = {
    "ar": "Arabic",
    "bg": "Bulgarian",
    "ca": "Catalan",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "hr": "Croatian",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nb": "Norwegian",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sk": "Slovak",
    "sv": "Swedish",
    "ta": "Tamil",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
"""The languages that are offered to choose from; a call may be in any other that its providers speak."""
_SAME: Final = {"no": "nb", "nn": "nb", "iw": "he", "in": "id"}
"""Codes that services use for one and the same language as it is spoken."""


def language_name(code: str) -> str:
    """What people call a language; with its region where the code has one ("Portuguese (BR)")."""
    first, _, region = code.partition("-")
    name = NAMES.get(primary(first), first)
    return f"{name} ({region})" if region else name


def primary(code: str) -> str:
    """The language of a code or an accent without its region: ``pt`` for ``pt-BR``."""
    first = code.partition("-")[0].lower()
    return _SAME.get(first, first)


def speaks(languages: Iterable[str], code: str) -> bool:
    """Whether a language is among some; a region makes no difference."""
    return any(primary(each) == primary(code) for each in languages)


def shared_languages(customer: CustomerPersona, support: SupportPersona) -> list[str]:
    """The languages that both sides speak, in the customer's order."""
    return [code for code in dict.fromkeys(customer.languages) if speaks(support.languages, code)]


def language_of(wanted: str | None, customer: CustomerPersona, support: SupportPersona) -> str:
    """The language of a call: the wanted one, else the first that both sides speak, else English."""
    return wanted or next(iter(shared_languages(customer, support)), ENGLISH)
