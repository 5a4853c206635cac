"""Text and speech kept by what was asked, so that the same request is paid for once.

A request's key is the SHA-256 of everything that shapes its answer: provider, address, model, options, the messages or
the text and voice, the seed. Voices are no part of a text's key, so a call can be made again with other voices for the
price of the speech alone.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vcg_tui.audio.files import read_wav, write_text, write_wav
from vcg_tui.models.conversation import Word
from vcg_tui.providers.base import CompletionDone, LLMProvider, ProviderNotice, SpeechPart, TTSProvider

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence
    from pathlib import Path

    from vcg_tui.models.conversation import VoiceConfig
    from vcg_tui.providers.base import CompletionRequest, Voice

_CHUNK_S = 0.5
_LLM, _TTS = "llm", "tts"


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
        self._shape = dict(shape)
        self.name = provider.name
        self.model = provider.model
        self.max_concurrency = provider.max_concurrency

    async def stream_completion(
        self, request: CompletionRequest
    ) -> AsyncGenerator[str | ProviderNotice | CompletionDone]:
        """The kept answer, else the provider's, which is then kept if it came to its end."""
        asked = {
            **self._shape,
            "provider": self.name,
            "model": self._provider.model,
            "messages": [[message.role, message.content] for message in request.messages],
            "max_tokens": request.max_tokens,
            "seed": request.seed,
        }
        file = _file(self._folder, _LLM, asked, "json")
        if file.is_file():
            kept = json.loads(file.read_text("utf-8"))
            yield kept["text"]
            yield CompletionDone(kept["finish_reason"], kept["prompt_tokens"], kept["completion_tokens"], cached=True)
            return
        text: list[str] = []
        async with aclosing(self._provider.stream_completion(request)) as stream:
            async for piece in stream:
                if isinstance(piece, str):
                    text.append(piece)
                if isinstance(piece, CompletionDone) and piece.finish_reason == "stop" and "".join(text).strip():
                    answer = {
                        "text": "".join(text),
                        "finish_reason": piece.finish_reason,
                        "prompt_tokens": piece.prompt_tokens,
                        "completion_tokens": piece.completion_tokens,
                    }
                    _keep(file, json.dumps(answer, ensure_ascii=False))
                yield piece
        self.model = self._provider.model

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
        self._shape = dict(shape)
        self.name = provider.name
        self.model = provider.model
        self.sample_rate = provider.sample_rate
        self.max_concurrency = provider.max_concurrency
        self.sentence_pause_s = provider.sentence_pause_s

    async def voices(self) -> Sequence[Voice]:
        """The provider's."""
        return await self._provider.voices()

    async def stream_speech(self, text: str, voice: VoiceConfig, *, seed: int = 0) -> AsyncGenerator[SpeechPart]:
        """The kept utterance, else the provider's, which is then kept if it came to its end."""
        asked = {
            **self._shape,
            "provider": self.name,
            "model": self._provider.model,
            "rate": self.sample_rate,
            "text": text,
            "voice": voice.model_dump(mode="json"),
            "seed": seed,
        }
        file = _file(self._folder, _TTS, asked, "wav")
        words_file = file.with_suffix(".json")
        if file.is_file() and words_file.is_file():
            pcm, _ = read_wav(file)
            words = tuple(Word.model_validate(word) for word in json.loads(words_file.read_text("utf-8")))
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
        if parts and any(len(part.pcm) for part in parts):
            words_kept = [word.model_dump(mode="json") for part in parts for word in part.words]
            _keep(words_file, json.dumps(words_kept, ensure_ascii=False))
            write_wav(file, np.concatenate([part.pcm for part in parts]), self.sample_rate)

    async def aclose(self) -> None:
        """Close the provider."""
        await self._provider.aclose()


def _file(folder: Path, kind: str, asked: Mapping[str, Any], suffix: str) -> Path:
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()
    return folder / kind / digest[:2] / f"{digest}.{suffix}"


def _keep(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    write_text(file, text)
