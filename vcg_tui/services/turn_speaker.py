"""Speech for sentences: synthesized side by side, handed out in order, tried again when it fails or is no speech."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vcg_tui.errors import ProviderError, ProviderErrorKind
from vcg_tui.providers.base import SpeechPart
from vcg_tui.providers.tts.text_pieces import too_short
from vcg_tui.services.word_estimator import WordEstimator

if TYPE_CHECKING:
    from vcg_tui.audio.pcm import Pcm
    from vcg_tui.models.conversation import VoiceConfig
    from vcg_tui.providers.base import TTSProvider
    from vcg_tui.services.gate import Gate
    from vcg_tui.services.retry import RetryPolicy


_HEAD_START_S = 0.03
"""For each letter that waits to be spoken: about twice as long as a service takes for it."""


@dataclass(slots=True)
class SpokenSentence:
    """A sentence and its speech, as it comes in.

    ``parts`` holds what was received in the running try; ``restarted`` counts how often it was thrown away. Whoever
    reads waits on `changed`. Times are of ``time.perf_counter``.
    """

    text: str
    parts: list[SpeechPart] = field(default_factory=list[SpeechPart])
    restarted: int = 0
    done: bool = False
    cached: bool = False
    error: ProviderError | None = None
    requested_at: float | None = None
    first_sound_at: float | None = None
    last_sound_at: float | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class TurnSpeaker:
    """Speaks sentences with one TTS provider; at most ``parallel`` at once for one call."""

    def __init__(
        self,
        provider: TTSProvider,
        retry: RetryPolicy,
        gate: Gate | None = None,
        estimator: WordEstimator | None = None,
        *,
        parallel: int = 4,
    ) -> None:
        """Prepare to speak.

        Args:
            provider: the voice service.
            retry: how a failed sentence is tried again.
            gate: held during a request, where the provider limits how many may run over all calls.
            estimator: times the words of a provider that gives no times, for all calls.
            parallel: sentences of this call at once.
        """
        self.provider = provider
        self._retry = retry
        self._gate = gate
        self._estimator = estimator or WordEstimator()
        self._parallel = asyncio.Semaphore(parallel)

    async def speak(
        self, sentence: SpokenSentence, voice: VoiceConfig, *, seed: int, listened_to: bool = False
    ) -> None:
        """Fill a sentence with its speech; trouble for good ends up in ``sentence.error``.

        What holds nothing to speak ("...") has no sound, and is never asked for.

        Args:
            sentence: what to say.
            voice: who says it.
            seed: of the call.
            listened_to: somebody hears the call: its sentences are wanted one after the other. Else, where many wait,
                long ones go before short ones, so that no long one is left over at the end.
        """
        head_start_s = 0.0 if listened_to else _HEAD_START_S * len(sentence.text)
        began: float | None = None
        attempts = 0
        if not any(map(str.isalnum, sentence.text)):
            sentence.done = True
            sentence.changed.set()
        while not sentence.done:
            attempts += 1
            try:
                async with self._parallel, self._gate.entered(head_start_s) if self._gate else nullcontext():
                    # Not before the gates open: waiting for other sentences is no failing.
                    began = began or time.perf_counter()
                    heard = await self._attempt(sentence, voice, seed)
                if heard:
                    words = await self._estimator.words(sentence.text.strip(), heard, self.provider.sample_rate)
                    sentence.parts.append(SpeechPart(words=words))
                sentence.done = True
            except ProviderError as error:
                wait = self._retry.wait_before_retry(error, attempts, time.perf_counter() - (began or 0.0))
                if wait is None:
                    sentence.error, sentence.done = error, True
                else:
                    sentence.parts.clear()
                    sentence.restarted += 1
                    sentence.changed.set()
                    await asyncio.sleep(wait)
            sentence.changed.set()

    async def _attempt(self, sentence: SpokenSentence, voice: VoiceConfig, seed: int) -> list[Pcm]:
        """Receive the speech; where it came without word times, the sound that they can be worked out from."""
        sentence.requested_at = time.perf_counter()
        sentence.first_sound_at = None
        heard: list[Pcm] = []
        timed = False
        async with aclosing(self.provider.stream_speech(sentence.text.strip(), voice, seed=seed)) as stream:
            async for part in stream:
                now = time.perf_counter()
                if len(part.pcm):
                    heard.append(part.pcm)
                    sentence.first_sound_at = sentence.first_sound_at or now
                    sentence.last_sound_at = now
                timed = timed or bool(part.words)
                sentence.cached = part.cached
                sentence.parts.append(part)
                sentence.changed.set()
        self._check(sentence.text, sum(map(len, heard)) / self.provider.sample_rate)
        return [] if timed else heard

    def _check(self, text: str, seconds: float) -> None:
        if too_short(text, seconds):
            spoken = sum(char.isalnum() for char in text)
            raise ProviderError(
                ProviderErrorKind.BAD_RESPONSE,
                self.provider.name,
                f"{self.provider.name}: {seconds:.2f} s of sound for {spoken} letters: part of the speech is missing.",
                "Try again, or choose another voice.",
            )


def silence(seconds: float, sample_rate: int) -> SpeechPart:
    """Nothing to hear for a while."""
    return SpeechPart(pcm=np.zeros(round(seconds * sample_rate), np.int16))
