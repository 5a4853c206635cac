"""OpenAI's speech route, and the pieces of sound that the other speech routes send too."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from aiohttp import web

from tests.servers.chat import refused
from tests.servers.exchange import Exchange, Frame, StreamPlan
from tests.servers.signal import as_bytes, speech_seconds, speech_signal, wav_header

SHORT = 0.1
"""What is left of speech that is far too short."""


def sound(exchange: Exchange, text: str, voice: str, rate: int, speed: float) -> bytes:
    """The bytes of the speech, as the fault leaves them."""
    exchange.entry.audio_s = speech_seconds(text, speed)
    data = _spoken(text, voice, rate, speed)
    if exchange.has("short"):
        data = data[: int(len(data) * SHORT) // 2 * 2]
    if exchange.has("odd"):
        data = data[:-1]
    if exchange.has("empty"):
        data = b""
    return data


@functools.lru_cache(maxsize=64)  # many calls at once say much the same
def _spoken(text: str, voice: str, rate: int, speed: float) -> bytes:
    return as_bytes(speech_signal(text, voice, rate, speed))


def paced(exchange: Exchange, data: bytes, rate: int) -> Iterator[tuple[float, bytes]]:
    """Chunks, and when each is to be sent in seconds from the request."""
    settings = exchange.settings
    for start in range(0, len(data), settings.chunk_bytes):
        made = start / 2 / rate
        yield settings.speech_ttfb_s + made * settings.real_time_factor, data[start : start + settings.chunk_bytes]


async def speech(exchange: Exchange) -> web.StreamResponse:
    body, settings = exchange.body, exchange.settings
    if (refusal := await refused(exchange)) is not None:
        return refusal
    text, kind = str(body.get("input") or ""), body.get("response_format") or "mp3"
    if not 0 < len(text) <= 4096:
        return await exchange.error(400, "The input has to have 1 to 4096 characters.", param="input")
    if not 0.25 <= (body.get("speed") or 1.0) <= 4:
        return await exchange.error(400, "The speed has to be between 0.25 and 4.", param="speed")
    if kind not in settings.speech_formats:
        return await exchange.error(400, f"The format {kind} is not supported.", param="response_format")
    voice = body.get("voice") or "alloy"
    rate = settings.speech_rate_hz
    data = sound(exchange, text, str(voice), rate, body.get("speed") or 1.0)
    known = len(data) if settings.wav_size_known else None
    return await exchange.stream(
        StreamPlan(
            "audio/wav" if kind == "wav" else "audio/pcm",
            [Frame(due, piece) for due, piece in paced(exchange, data, rate)],
            opening=wav_header(rate, known) if kind == "wav" else b"",
            counts_bytes=True,
        )
    )
