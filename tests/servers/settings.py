"""What a server can be told: its texts, its speed, its limits."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any


@dataclass(frozen=True)
class ServerSettings:
    """All times in seconds; a rate of 0 means as fast as it goes."""

    required_key: str | None = None
    """Any other key is answered with 401; None lets everybody in."""

    # -- text
    customer: tuple[str, ...] = ()
    support: tuple[str, ...] = ()
    """Scripted replies of a side, in order, the last one for ever; without: the built-in dialogue."""
    turns: int = 6
    """Replies of each side in the built-in dialogue; the last one carries the control tag."""
    outcome: str = "resolved"
    ttft_s: float = 0.0
    """From the request to its first token."""
    tokens_per_s: float = 0.0
    models: tuple[str, ...] = ("gpt-6-luna", "gpt-6-sol", "gpt-4o-mini-tts")
    refused_params: tuple[str, ...] = ()
    """OpenAI routes answer a request that has one of these with a 400 that names it."""

    # -- speech
    speech_ttfb_s: float = 0.0
    """From the request to the first byte of speech."""
    real_time_factor: float = 0.0
    """Seconds of making for a second of speech: 0.25 is four times faster than it is heard."""
    chunk_bytes: int = 4800
    speech_rate_hz: int = 24_000
    """Of the OpenAI speech route; ElevenLabs is asked for a rate."""
    speech_formats: tuple[str, ...] = ("pcm", "wav")
    wav_size_known: bool = False
    """Whether the WAV header tells the length; a streaming server can't know it and writes 0xFFFFFFFF."""
    concurrency: int = 0
    """ElevenLabs speech requests at once before a 429; 0: no limit."""
    tier: str = "free"
    voice_count: int = 5

    content_type: str | None = None
    """Streams call themselves that, whatever they hold."""

    # -- log
    log_event_times: bool = False
    """Keep the time of every event or chunk; costs memory on long runs."""
    log_bodies: bool = True

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ServerSettings:
        return cls().changed(data)

    def changed(self, data: dict[str, Any]) -> ServerSettings:
        known = {field.name for field in fields(self)}
        if unknown := set(data) - known:
            raise ValueError(f"unknown server settings: {', '.join(sorted(unknown))}")
        lists: dict[str, list[str]] = {name: value for name, value in data.items() if isinstance(value, list)}
        values = data | {name: tuple(value) for name, value in lists.items()}
        return replace(self, **values)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
