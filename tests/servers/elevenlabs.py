"""ElevenLabs: speech with and without times, voices, models, the subscription."""

from __future__ import annotations

import base64
import json
from typing import Any

from aiohttp import web

from tests.servers.exchange import ErrorBody, Exchange, Frame, StreamPlan
from tests.servers.script import inner
from tests.servers.signal import CHARS_PER_S
from tests.servers.speech import paced, sound

_STATUSES = {401: "invalid_api_key", 402: "payment_required", 404: "voice_not_found", 429: "system_busy"}
_LABELS = (
    ("Alma", "female", "young", "american"),
    ("Brandt", "male", "middle_aged", "british"),
    ("Chandra", "female", "old", "indian"),
    ("Duncan", "male", "old", "scottish"),
    ("Ember", "neutral", "young", "australian"),
)


def _make(status: int, message: str, code: str | None, param: str | None) -> dict[str, Any]:
    name = code or _STATUSES.get(status, "server_error" if status >= 500 else "bad_request")
    return {"detail": {"status": name, "message": message, **({"param": param} if param else {})}}


ELEVENLABS_ERRORS = ErrorBody("xi-api-key", _make)


async def _asked(exchange: Exchange) -> tuple[str, str, int, float] | web.StreamResponse:
    """Text, voice, rate and speed of a speech request; or the refusal."""
    settings, active = exchange.settings, exchange.state.active
    at_once = active["eleven.speech"] + active["eleven.timestamps"]
    if settings.concurrency and at_once > settings.concurrency:
        text = f"Too many concurrent requests. Your plan allows for {settings.concurrency}."
        return await exchange.error(429, text, "too_many_concurrent_requests")
    text = str(exchange.body.get("text") or "")
    if not text:
        return await exchange.error(400, "A non-empty string is required.", "input_text_empty", "text")
    kind = exchange.request.query.get("output_format", "mp3_44100_128")
    if not kind.startswith("pcm_"):
        return await exchange.error(422, f"This server has no {kind}.", "invalid_output_format", "output_format")
    speed = float(inner(exchange.body, "voice_settings").get("speed") or 1.0)
    if not 0.7 <= speed <= 1.2:
        return await exchange.error(400, "The speed has to be between 0.7 and 1.2.", "invalid_voice_settings", "speed")
    return text, exchange.request.match_info["voice"], int(kind.removeprefix("pcm_")), speed


async def speech(exchange: Exchange) -> web.StreamResponse:
    asked = await _asked(exchange)
    if isinstance(asked, web.StreamResponse):
        return asked
    text, voice, rate, speed = asked
    frames = [Frame(due, piece) for due, piece in paced(exchange, sound(exchange, text, voice, rate, speed), rate)]
    return await exchange.stream(StreamPlan("audio/pcm", frames, counts_bytes=True))


async def speech_with_timestamps(exchange: Exchange) -> web.StreamResponse:
    asked = await _asked(exchange)
    if isinstance(asked, web.StreamResponse):
        return asked
    text, voice, rate, speed = asked
    data = sound(exchange, text, voice, rate, speed)
    frames: list[Frame] = []
    told = position = 0
    per_s = CHARS_PER_S * speed
    for due, piece in paced(exchange, data, rate):
        position += len(piece)
        # a character is told with the sound in which it begins
        upto = len(text) if position >= len(data) else min(len(text), int(position / 2 / rate * per_s) + 1)
        alignment = None
        if upto > told and not exchange.has("no_alignment"):
            alignment = {
                "characters": list(text[told:upto]),
                "character_start_times_seconds": [round(at / per_s, 4) for at in range(told, upto)],
                "character_end_times_seconds": [round((at + 1) / per_s, 4) for at in range(told, upto)],
            }
        line = {
            "audio_base64": base64.b64encode(piece).decode(),
            "alignment": alignment,
            "normalized_alignment": alignment,
        }
        frames.append(Frame(due, json.dumps(line).encode() + b"\n"))
        told = max(told, upto)
    return await exchange.stream(StreamPlan("application/json", frames))


def _voice(index: int) -> dict[str, Any]:
    name, gender, age, accent = _LABELS[index % len(_LABELS)]
    number = index // len(_LABELS)
    labels = {"gender": gender, "age": age, "accent": accent, "use_case": "conversational", "language": "en"}
    return {
        "voice_id": f"{name.lower()}{number or ''}voice",
        "name": f"{name} {number}" if number else name,
        "category": "premade",
        "labels": labels,
        "description": f"A {accent} voice.",
        "verified_languages": [{"language": "en", "model_id": "eleven_flash_v2_5", "accent": accent}],
    }


async def voices_v1(exchange: Exchange) -> web.StreamResponse:
    return await exchange.json({"voices": [_voice(index) for index in range(exchange.settings.voice_count)]})


async def voices_v2(exchange: Exchange) -> web.StreamResponse:
    query = exchange.request.query
    size, start = int(query.get("page_size", 10)), int(query.get("next_page_token") or 0)
    if not 1 <= size <= 100:
        return await exchange.error(422, "page_size has to be between 1 and 100.", param="page_size")
    total = exchange.settings.voice_count
    end = min(start + size, total)
    page = {
        "voices": [_voice(index) for index in range(start, end)],
        "has_more": end < total,
        "total_count": total,
        "next_page_token": str(end) if end < total else None,
    }
    return await exchange.json(page)


async def subscription(exchange: Exchange) -> web.StreamResponse:
    said = {
        "tier": exchange.settings.tier,
        "character_count": 1200,
        "character_limit": 10_000,
        "max_credit_limit_extension": 0,
        "can_extend_character_limit": False,
        "allowed_to_extend_character_limit": False,
        "voice_slots_used": 0,
        "professional_voice_slots_used": 0,
        "professional_voice_slots_used_in_workspace": 0,
        "voice_limit": 3,
        "voice_add_edit_counter": 0,
        "professional_voice_limit": 0,
        "can_extend_voice_limit": False,
        "can_use_instant_voice_cloning": False,
        "can_use_professional_voice_cloning": False,
        "current_overage": {"amount": "0", "currency": "usd"},
        "status": "active",
    }
    return await exchange.json(said)


async def models(exchange: Exchange) -> web.StreamResponse:
    names = ("eleven_flash_v2_5", "eleven_multilingual_v2", "eleven_v3")
    english = [{"language_id": "en", "name": "English"}]
    said = [
        {"model_id": name, "name": name, "can_do_text_to_speech": True, "languages": english, "token_cost_factor": 1.0}
        for name in names
    ]
    return await exchange.json(said)
