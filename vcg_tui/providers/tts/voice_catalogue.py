"""The shipped catalogues of network voices: ``data/<provider>_voices.yaml``."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from vcg_tui.providers.base import Voice

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def catalogue(provider: str) -> dict[str, tuple[Voice, float]]:
    """The voices of a provider by id, in the order of its file, each with the gain in dB that its sound gets."""
    from vcg_tui.yaml_reading import load_yaml

    source = resources.files("vcg_tui.providers.tts").joinpath("data", f"{provider}_voices.yaml")
    data: dict[str, Any] = load_yaml(source.read_text(encoding="utf-8"))
    usual = {"languages": data.get("languages", ["en"])}
    return {entry["id"]: (described(usual | entry), float(entry.get("gain_db", 0.0))) for entry in data["voices"]}


def described(entry: Mapping[str, Any]) -> Voice:
    """A catalogue's entry as a voice; what it leaves out is taken as usual (neutral, adult, American English).

    Raises:
        KeyError: it has no id.
    """
    voice_id = str(entry["id"])
    return Voice(
        id=voice_id,
        name=str(entry.get("name") or voice_id),
        gender=entry.get("gender", "neutral"),
        age=entry.get("age", "adult"),
        accent=str(entry.get("accent", "en-US")),
        languages=tuple(entry.get("languages", ("en",))),
        note=str(entry.get("note", "")),
    )


def gain_db(provider: str, voice_id: str) -> float:
    """The gain of a voice; 0 for one that no catalogue knows."""
    known = catalogue(provider).get(voice_id)
    return known[1] if known else 0.0
