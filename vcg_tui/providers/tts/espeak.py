"""Speech without a network: eSpeak NG in processes of its own."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from vcg_tui.audio.conditioning import SpeechConditioner
from vcg_tui.audio.pcm import from_bytes, silence
from vcg_tui.errors import ProviderError, ProviderErrorKind
from vcg_tui.providers.base import SpeechPart, TTSProvider, Voice
from vcg_tui.providers.registry import register_tts
from vcg_tui.providers.tts.espeak_pool import ENGINE_RATE, Frame, WorkerBroke, WorkerPool
from vcg_tui.providers.tts.espeak_text import SpokenText, spoken_text
from vcg_tui.providers.tts.espeak_voices import EspeakVoice, catalogue, unknown_voice, voice_in_mood
from vcg_tui.providers.tts.espeak_words import WordTimer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from vcg_tui.config import Settings, TTSSettings
    from vcg_tui.models.conversation import VoiceConfig

_NOTHING_TO_SAY_S = 0.3


class EspeakTTS(TTSProvider):
    """Speaks with eSpeak NG, offline; word times come from the engine.

    The same text, voice and seed give the same bytes.

    Args:
        sample_rate: Hz of what it hands out.
        workers: how many processes speak at once; None: one a processor, at most two.
    """

    name = "espeak"
    model: str | None = None
    sentence_pause_s = 0.22

    def __init__(self, *, sample_rate: int = 24_000, workers: int | None = None) -> None:
        self.sample_rate = sample_rate
        self.max_concurrency = workers or min(2, os.cpu_count() or 1)
        self._pool: WorkerPool | None = None

    async def voices(self) -> Sequence[Voice]:
        """The catalogue; any other voice of the engine can be named by its own id (``en-gb-scotland+f2``)."""
        return [described for described, _ in catalogue().values()]

    async def stream_speech(self, text: str, voice: VoiceConfig, *, seed: int = 0) -> AsyncGenerator[SpeechPart, None]:
        """The speech for a text, as it is made; a text with nothing to say becomes a short silence.

        Raises:
            ProviderError: there is no such voice (BAD_REQUEST), the engine can't be used here (CONNECTION), or it broke
                twice (BAD_RESPONSE).
        """
        engine_voice = voice_in_mood(voice, seed)
        spoken = spoken_text(text, engine_voice.language)
        if not spoken.speakable:
            words = WordTimer(spoken, ENGINE_RATE).finish(_NOTHING_TO_SAY_S)
            yield SpeechPart(silence(round(_NOTHING_TO_SAY_S * self.sample_rate)), tuple(words))
            return
        # The reply is taken in whole at the engine's pace, so that a reader who is slow holds no process.
        frames: asyncio.Queue[Frame | Exception] = asyncio.Queue()
        making = asyncio.create_task(self._make(_request(spoken, engine_voice), frames))
        try:
            async for part in self._parts(frames, spoken, engine_voice.gain_db):
                yield part
        finally:
            making.cancel()
            await asyncio.wait([making])

    async def warm(self, requests: int = 1) -> None:
        del requests
        # One that breaks at its start is replaced by the first request, which also tells if that breaks too.
        with suppress(WorkerBroke):
            await self._running_pool().warm()

    async def aclose(self) -> None:
        """End the processes. The provider can be used again, also from another event loop."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        if pool.loop is asyncio.get_running_loop():
            await pool.aclose()
        else:
            pool.abandon()

    def worker_pids(self) -> list[int]:
        """The processes that are running now."""
        return self._pool.pids() if self._pool is not None else []

    async def _make(self, request: dict[str, Any], frames: asyncio.Queue[Frame | Exception]) -> None:
        """Put the reply's frames, or what went wrong, into the queue; a process that breaks is replaced once."""
        received = 0
        try:
            pool = self._running_pool()
            try:
                async for frame in pool.request(request):
                    frames.put_nowait(frame)
                    received += 1
            except WorkerBroke:
                # A reply is the same each time, frame for frame: what the reader has is left out.
                at = 0
                async for frame in pool.request(request, fresh=True):
                    at += 1
                    if at > received:
                        frames.put_nowait(frame)
        except WorkerBroke as broke:
            frames.put_nowait(
                ProviderError(
                    ProviderErrorKind.BAD_RESPONSE,
                    self.name,
                    f"eSpeak NG broke twice at the same text: {broke}.",
                    "Try another voice; if it stays, report the text.",
                )
            )
        except Exception as error:  # The reader raises it; without it, it would wait for ever.
            frames.put_nowait(error)

    def _running_pool(self) -> WorkerPool:
        loop = asyncio.get_running_loop()
        if self._pool is not None and self._pool.loop is not loop:
            self._pool.abandon()
            self._pool = None
        if self._pool is None:
            self._pool = WorkerPool(self.max_concurrency)
        return self._pool

    async def _parts(
        self, frames: asyncio.Queue[Frame | Exception], spoken: SpokenText, gain_db: float
    ) -> AsyncGenerator[SpeechPart, None]:
        conditioner = SpeechConditioner(ENGINE_RATE, self.sample_rate, gain_db)
        timer = WordTimer(spoken, ENGINE_RATE)
        received = given = 0
        while True:
            frame = await frames.get()
            if isinstance(frame, Exception):
                raise frame
            if frame.header["type"] != "audio":
                break
            for position, length, sample in frame.header["words"]:
                timer.event(position, length, sample)
            received += len(frame.sound) // 2
            sound = from_bytes(frame.sound)
            timer.hear(sound)
            pcm = conditioner.feed(sound)
            given += pcm.size
            yield SpeechPart(pcm, tuple(timer.heard(received)))
        self._check(frame, received)
        tail = conditioner.finish() if received else silence(round(_NOTHING_TO_SAY_S * self.sample_rate))
        yield SpeechPart(tail, tuple(timer.finish((given + tail.size) / self.sample_rate)))

    def _check(self, last: Frame, received: int) -> None:
        if last.header["type"] == "error":
            message = str(last.header["message"])
            if last.header["kind"] == "voice":
                raise unknown_voice(f"{message[:1].upper()}{message[1:]}.")
            raise ProviderError(ProviderErrorKind.BAD_RESPONSE, self.name, f"eSpeak NG failed: {message}.")
        if last.header["samples"] != received:
            raise ProviderError(
                ProviderErrorKind.BAD_RESPONSE,
                self.name,
                f"eSpeak NG made {last.header['samples']} samples, and {received} came.",
            )


def _request(spoken: SpokenText, voice: EspeakVoice) -> dict[str, Any]:
    return {
        "voice": voice.base,
        "variant": voice.variant,
        "rate": voice.rate,
        "pitch": voice.pitch,
        "range": voice.pitch_range,
        "pieces": spoken.pieces,
    }


@register_tts("espeak")
def make(chosen: TTSSettings, settings: Settings) -> EspeakTTS:
    """The espeak provider at the call's rate."""
    return EspeakTTS(sample_rate=settings.call.sample_rate, workers=chosen.max_concurrency or None)
