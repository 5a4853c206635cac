"""Text and speech kept by what was asked, so that the same request is paid for once.

A request's key is the SHA-256 of everything that shapes its answer: provider, address, model as it was set, options,
the messages or the text and voice, the seed. Voices are no part of a text's key, so a call can be made again with other
voices for the price of the speech alone.

What is kept is a convenience: a file that can't be read is asked for again, and an answer that can't be written is not
kept; neither is an error.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import shutil
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from pydantic import BaseModel, Field, ValidationError

from vcg_tui.audio.files import read_wav, write_text, write_wav
from vcg_tui.errors import StorageError
from vcg_tui.models.conversation import Word
from vcg_tui.providers.base import CompletionDone, LLMProvider, ProviderNotice, SpeechPart, TTSProvider
from vcg_tui.providers.tts.text_pieces import too_short

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from vcg_tui.models.conversation import VoiceConfig
    from vcg_tui.providers.base import CompletionRequest, Voice

_CHUNK_S = 0.5
_LLM, _TTS = "llm", "tts"

_Kept = TypeVar("_Kept", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class CacheInfo:
    """How much is kept; sizes in bytes."""

    path: Path
    texts: int
    utterances: int
    size: int


def cache_info(folder: Path) -> CacheInfo:
    """What a cache folder holds; it need not exist."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    return CacheInfo(
        path=folder,
        texts=sum(file.suffix == ".json" and file.parent.parent.name == _LLM for file in files),
        utterances=sum(file.suffix == ".wav" for file in files),
        size=sum(file.stat().st_size for file in files),
    )


def clear_cache(folder: Path) -> None:
    """Forget everything in a cache folder.

    Raises:
        OSError: something could not be removed.
    """
    for kind in (_LLM, _TTS):
        if (folder / kind).exists():
            shutil.rmtree(folder / kind)


class CachedLLM(LLMProvider):
    """A language model whose answers are kept."""

    def __init__(self, provider: LLMProvider, folder: Path, shape: Mapping[str, Any]) -> None:
        """Keep a provider's answers.

        Args:
            provider: asked for what is not there yet.
            folder: the cache.
            shape: what else shapes an answer: address, options.
        """
        self._provider = provider
        self._folder = folder
        # The model as it was set: one that a server is asked for later would give its first answer another key.
        self._shape = {**shape, "provider": provider.name, "model": provider.model}
        self.name = provider.name
        self.model = provider.model
        self.max_concurrency = provider.max_concurrency
        self.languages = provider.languages

    async def stream_completion(
        self, request: CompletionRequest
    ) -> AsyncGenerator[str | ProviderNotice | CompletionDone]:
        """The kept answer, else the provider's, which is then kept if it came to its end.

        A further attempt always asks the provider: the answer to the one before was no good.
        """
        asked = {
            **self._shape,
            "messages": [[message.role, message.content] for message in request.messages],
            "max_tokens": request.max_tokens,
            "seed": request.seed,
        }
        file = _file(self._folder, _LLM, asked, "json")
        kept = await asyncio.to_thread(_read, file, _KeptText) if request.attempt == 1 else None
        if kept is not None:
            yield kept.text
            yield CompletionDone(kept.finish_reason, kept.prompt_tokens, kept.completion_tokens, cached=True)
            return
        text: list[str] = []
        async with aclosing(self._provider.stream_completion(request)) as stream:
            async for piece in stream:
                if isinstance(piece, str):
                    text.append(piece)
                elif isinstance(piece, CompletionDone):
                    self.model = self._provider.model
                    if piece.finish_reason == "stop" and "".join(text).strip():
                        answer = _KeptText(
                            text="".join(text),
                            finish_reason=piece.finish_reason,
                            prompt_tokens=piece.prompt_tokens,
                            completion_tokens=piece.completion_tokens,
                        )
                        await asyncio.to_thread(_keep, file, answer)
                yield piece

    async def warm(self, requests: int = 1) -> None:
        """The provider's."""
        await self._provider.warm(requests)

    async def aclose(self) -> None:
        """Close the provider."""
        await self._provider.aclose()


class CachedTTS(TTSProvider):
    """A speech provider whose utterances are kept."""

    def __init__(self, provider: TTSProvider, folder: Path, shape: Mapping[str, Any]) -> None:
        """Keep a provider's utterances.

        Args:
            provider: asked for what is not there yet.
            folder: the cache.
            shape: what else shapes an utterance: address, options.
        """
        self._provider = provider
        self._folder = folder
        self._shape = {**shape, "provider": provider.name, "model": provider.model, "rate": provider.sample_rate}
        self.name = provider.name
        self.model = provider.model
        self.sample_rate = provider.sample_rate
        self.max_concurrency = provider.max_concurrency
        self.sentence_pause_s = provider.sentence_pause_s

    async def voices(self) -> Sequence[Voice]:
        """The provider's."""
        before = self._provider.max_concurrency
        voices = await self._provider.voices()
        if self._provider.max_concurrency != before:
            self.max_concurrency = self._provider.max_concurrency  # it has learnt what the account's plan allows
        return voices

    async def stream_speech(self, text: str, voice: VoiceConfig, *, seed: int = 0) -> AsyncGenerator[SpeechPart]:
        """The kept utterance, else the provider's, which is then kept if it came to its end and can be the whole."""
        asked = {**self._shape, "text": text, "voice": voice.model_dump(mode="json"), "seed": seed}
        file = _file(self._folder, _TTS, asked, "wav")
        kept = await asyncio.to_thread(_read_speech, file, self.sample_rate)
        if kept is not None:
            pcm, words = kept
            yield SpeechPart(words=words, cached=True)
            size = round(_CHUNK_S * self.sample_rate)
            for start in range(0, len(pcm), size):
                yield SpeechPart(pcm[start : start + size], cached=True)
            return
        parts: list[SpeechPart] = []
        async with aclosing(self._provider.stream_speech(text, voice, seed=seed)) as stream:
            async for part in stream:
                parts.append(part)
                yield part
        pcm = np.concatenate([part.pcm for part in parts]) if parts else np.zeros(0, np.int16)
        if len(pcm) and not too_short(text, len(pcm) / self.sample_rate):
            words = [word for part in parts for word in part.words]
            await asyncio.to_thread(_keep_speech, file, pcm, words, self.sample_rate)

    async def warm(self, requests: int = 1) -> None:
        """The provider's."""
        await self._provider.warm(requests)

    async def aclose(self) -> None:
        """Close the provider."""
        await self._provider.aclose()


class _KeptText(BaseModel):
    """A text's file."""

    text: str = Field(min_length=1)
    finish_reason: str
    prompt_tokens: int | None
    completion_tokens: int | None


class _KeptWords(BaseModel):
    """The file beside an utterance's sound."""

    samples: int
    """A sound of another length was cut off, or belongs to other words."""
    words: tuple[Word, ...]


def _file(folder: Path, kind: str, asked: Mapping[str, Any], suffix: str) -> Path:
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()
    return folder / kind / digest[:2] / f"{digest}.{suffix}"


def _read(file: Path, form: type[_Kept]) -> _Kept | None:
    """What a file holds, or None where there is none that can be read."""
    try:
        return form.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


def _read_speech(file: Path, rate: int) -> tuple[NDArray[np.int16], tuple[Word, ...]] | None:
    kept = _read(file.with_suffix(".json"), _KeptWords)
    if kept is None:
        return None
    try:
        pcm, kept_rate = read_wav(file)
    except (OSError, StorageError):
        return None
    return (pcm, kept.words) if pcm.shape == (kept.samples,) and kept_rate == rate else None


def _keep(file: Path, answer: BaseModel) -> None:
    with contextlib.suppress(OSError):  # no room or no leave to write: the answer is there, it is only not kept
        file.parent.mkdir(parents=True, exist_ok=True)
        write_text(file, answer.model_dump_json())


def _keep_speech(file: Path, pcm: NDArray[np.int16], words: Sequence[Word], rate: int) -> None:
    with contextlib.suppress(OSError):  # as above
        file.parent.mkdir(parents=True, exist_ok=True)
        write_wav(file, pcm, rate)
        _keep(file.with_suffix(".json"), _KeptWords(samples=len(pcm), words=tuple(words)))
