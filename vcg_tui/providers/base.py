"""The outside world, behind three abstract classes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from vcg_tui.models.conversation import (
        CallNotes,
        CallPlan,
        CallSummary,
        Conversation,
        StoredCall,
        Turn,
        VoiceConfig,
        Word,
    )
    from vcg_tui.models.metrics import CallMetrics
    from vcg_tui.models.persona import AnyPersona
    from vcg_tui.models.role import Role


# ------------------------------------------------------------------ language models


@dataclass(frozen=True, slots=True)
class Message:
    """A chat message in the form that models take."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class SaidTurn:
    """A turn that was said, as the next speaker heard it: clean text, without control tags."""

    speaker: Role
    text: str


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """One turn's text, asked of a model.

    Real models read ``messages``; the offline provider reads the typed context.
    """

    messages: Sequence[Message]
    call_id: str
    role: Role
    """Who speaks now."""
    persona: AnyPersona
    counterpart: AnyPersona
    turns: Sequence[SaidTurn]
    """Everything said so far, oldest first."""
    seed: int
    """Of this call; the same for all its turns."""
    turn: int
    """From 1."""
    max_turns: int
    max_tokens: int | None = None
    attempt: int = 1
    """From 1; above it, the answers to the attempts before were no good."""
    language: str = "en"
    """What is spoken, as a code."""


@dataclass(frozen=True, slots=True)
class CompletionDone:
    """The end of a completion: the last item of its stream.

    ``finish_reason``: "stop", or "length" where the model was cut off. Token counts are None where unknown.
    """

    finish_reason: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    mood: float | None = None
    """The customer's mood from -1 to 1, where the provider knows it."""
    cached: bool = False
    """The answer was kept from an earlier request, and nothing was paid for it."""


@dataclass(frozen=True, slots=True)
class ProviderNotice:
    """Something that a person should know and that does not stop the answer: what is so, and what to do about it.

    A provider tells each thing once, not with every request.
    """

    text: str
    remedy: str = ""


class LLMProvider(ABC):
    """Something that writes a turn's text."""

    name: str
    """The registered name."""
    model: str | None
    max_concurrency: int
    """How many requests may run at once over all calls; 0: no limit."""
    languages: tuple[str, ...] | None = None
    """The languages it can write; None: any that its model knows."""
    instant: bool = False
    """Its text is there as soon as it is asked for: nobody ever waits for the rest of a sentence."""

    @abstractmethod
    def stream_completion(self, request: CompletionRequest) -> AsyncGenerator[str | ProviderNotice | CompletionDone]:
        """The text in pieces as the model writes it, then exactly one `CompletionDone`.

        A `ProviderNotice` may come before any of them.

        Raises:
            ProviderError: the request failed or the stream broke.
        """

    async def generate_completion(self, request: CompletionRequest) -> str:
        """The whole text at once."""
        pieces = [piece async for piece in self.stream_completion(request) if isinstance(piece, str)]
        return "".join(pieces)

    async def warm(self, requests: int = 1) -> None:
        """Do what the first request would wait for (imports, connections, processes); costs nothing and may be skipped.

        Args:
            requests: how many are going to run at once.

        Raises:
            ProviderError: the service can't be reached or used.
        """
        del requests

    async def aclose(self) -> None:
        """Give back what the provider holds: connections, processes."""
        return


# ------------------------------------------------------------------ speech


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice in a provider's catalogue."""

    id: str
    name: str
    gender: Literal["female", "male", "neutral"]
    age: Literal["young", "adult", "elderly"]
    accent: str
    """BCP 47 style: ``en-GB-scotland``."""
    languages: tuple[str, ...] = ("en",)
    note: str = ""


@dataclass(frozen=True, slots=True)
class SpeechPart:
    """A piece of an utterance: sound, word times, or both.

    ``pcm``: mono int16 of shape (n,) at the provider's ``sample_rate``. ``words``: times in seconds from the start of
    the utterance; a word may arrive before its sound.
    """

    pcm: NDArray[np.int16] = field(default_factory=lambda: np.zeros(0, np.int16))
    words: tuple[Word, ...] = ()
    cached: bool = False
    """It was kept from an earlier request, and nothing was paid for it."""
    notice: ProviderNotice | None = None
    """Something to tell the person; such a part has neither sound nor words."""


@dataclass(frozen=True, slots=True)
class Speech:
    """A whole utterance."""

    pcm: NDArray[np.int16]
    words: tuple[Word, ...]
    sample_rate: int


class TTSProvider(ABC):
    """Something that speaks."""

    name: str
    model: str | None
    sample_rate: int
    """Hz of everything this provider hands out; the adapter resamples at its own door."""
    max_concurrency: int
    """How many requests may run at once over all calls; 0: no limit."""
    sentence_pause_s: float = 0.0
    """Silence that this provider does not leave by itself between two sentences of a turn, in seconds."""

    @abstractmethod
    async def voices(self) -> Sequence[Voice]:
        """The voices there are to choose from."""

    @abstractmethod
    def stream_speech(self, text: str, voice: VoiceConfig, *, seed: int = 0) -> AsyncGenerator[SpeechPart]:
        """The speech for a text, as it is made.

        Raises:
            ProviderError: the request failed, or what came back is no speech.
        """

    async def generate_speech(self, text: str, voice: VoiceConfig, *, seed: int = 0) -> Speech:
        """The whole utterance at once; without times of the provider's own its words have estimated ones."""
        from vcg_tui.audio.word_times import estimate_words  # the app shows its first screen without it

        parts = [part async for part in self.stream_speech(text, voice, seed=seed)]
        pcm = np.concatenate([part.pcm for part in parts]) if parts else np.zeros(0, np.int16)
        words = tuple(word for part in parts for word in part.words) or estimate_words(text, pcm, self.sample_rate)
        return Speech(pcm=pcm, words=words, sample_rate=self.sample_rate)

    async def warm(self, requests: int = 1) -> None:
        """Do what the first request would wait for (imports, connections, processes); costs nothing and may be skipped.

        Args:
            requests: how many are going to run at once.

        Raises:
            ProviderError: the service can't be reached or used.
        """
        del requests

    async def aclose(self) -> None:
        """Give back what the provider holds: connections, processes."""
        return


# ------------------------------------------------------------------ storage


class CallWriter(ABC):
    """A call being stored, turn by turn; its methods may block and are called from one thread at a time."""

    @property
    @abstractmethod
    def path(self) -> Path:
        """Where the call lands."""

    @abstractmethod
    def write_turn(self, turn: Turn, pcm: NDArray[np.int16]) -> Turn:
        """Store a completed turn so that no crash can lose it; returns it with its ``audio`` path.

        Raises:
            StorageError: it could not be stored; earlier turns are intact.
        """

    @abstractmethod
    def finish(self, conversation: Conversation, metrics: CallMetrics) -> dict[str, Path]:
        """Make the stored call whole; returns its files by kind.

        Raises:
            StorageError: it could not be made whole; it can be recovered later.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go without finishing; the call stays recoverable. Safe to call twice, and after `finish`."""


class StorageGateway(ABC):
    """Where calls are kept. Methods may block."""

    name: str

    @abstractmethod
    def open_call(self, plan: CallPlan) -> CallWriter:
        """Begin to store a call.

        Raises:
            StorageError: there is no place for it.
        """

    @abstractmethod
    def save_conversation(
        self, conversation: Conversation, metrics: CallMetrics, audio: dict[int, NDArray[np.int16]] | None = None
    ) -> dict[str, Path]:
        """Store a whole call at once; ``audio`` holds each turn's sound by its number."""

    @abstractmethod
    def list_conversations(self) -> list[CallSummary]:
        """All calls, newest first; interrupted and broken ones are marked as such."""

    def newest_conversations(self, count: int) -> list[CallSummary]:
        """At most so many of the newest calls, for whoever can't wait for thousands; a guess is good enough."""
        return self.list_conversations()[:count]

    @abstractmethod
    def load_conversation(self, call_id: str) -> StoredCall:
        """A whole call.

        Raises:
            StorageError: there is none by this id, or it is not whole.
        """

    @abstractmethod
    def annotate(self, call_id: str, notes: CallNotes) -> CallSummary:
        """Write a person's notes to a call in place of those it had; returns it as it is listed now.

        Raises:
            StorageError: there is none by this id, or they could not be stored.
        """

    @abstractmethod
    def delete_conversation(self, call_id: str) -> None:
        """Remove a call and everything of it.

        Raises:
            StorageError: there is none by this id, it is being made, or it could not be removed.
        """

    @abstractmethod
    def recover_conversation(self, call_id: str) -> StoredCall:
        """Make an interrupted call a whole one, from its completed turns.

        Raises:
            StorageError: there is none by this id, it is being made, or no turn of it was complete.
        """
