"""One turn's text from a language model: streamed, cleaned, cut into sentences, begun again when the stream breaks."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import aclosing, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from vcg_tui.errors import ProviderError, ProviderErrorKind
from vcg_tui.models.languages import primary
from vcg_tui.providers.base import CompletionDone, ProviderNotice
from vcg_tui.services.sentences import SentenceSplitter
from vcg_tui.services.spoken_text import EndSignal, EndTagFilter, SpokenTextFilter

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from vcg_tui.providers.base import CompletionRequest, LLMProvider
    from vcg_tui.services.gate import Gate
    from vcg_tui.services.retry import RetryPolicy


_SENTENCE_END: Final = re.compile(r"[.!?…。！？।؟۔][\"'”’»)\]」』]*\s*$")


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of text, clean; the pieces since the last `Restart` are the text."""

    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A piece to speak; the pieces since the last `Restart` are the text."""

    text: str


@dataclass(frozen=True, slots=True)
class Restart:
    """Forget everything of this turn: it comes again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Written:
    """The turn's text is whole. The last item of every turn; times in seconds."""

    text: str
    signal: EndSignal | None
    ttft_s: float
    llm_s: float
    attempts: int
    cleaned: int
    prompt_tokens: int | None
    completion_tokens: int | None
    mood: float | None
    cached: bool = False


TurnItem = Delta | Sentence | Restart | ProviderNotice | Written


class TurnWriter:
    """Writes turns with one language model."""

    def __init__(self, provider: LLMProvider, retry: RetryPolicy, gate: Gate | None = None) -> None:
        """Prepare to write.

        Args:
            provider: the model.
            retry: how a failed or broken stream is tried again.
            gate: held during a request, where the provider limits how many may run over all calls.
        """
        self._provider = provider
        self._retry = retry
        self._gate = gate

    async def write(self, request: CompletionRequest, *, hurry: bool = False) -> AsyncGenerator[TurnItem]:
        """The turn as it is written.

        Args:
            request: what the model is asked.
            hurry: somebody waits in silence, so the first piece to speak may be a part of a long sentence.

        Raises:
            ProviderError: the model failed for good.
        """
        began: float | None = None
        attempts = 0
        while True:
            attempts += 1
            said_something = False
            try:
                async with (
                    self._gate.entered() if self._gate else nullcontext(),
                    aclosing(self._attempt(request, attempts, hurry=hurry)) as items,
                ):
                    # Not before the gate opens: waiting for other calls is no failing.
                    began = began or time.perf_counter()
                    async for item in items:
                        said_something = said_something or not isinstance(item, ProviderNotice)
                        yield item
            except ProviderError as error:
                wait = self._retry.wait_before_retry(error, attempts, time.perf_counter() - (began or 0.0))
                if wait is None:
                    raise
                if said_something:
                    yield Restart(error.message)
                await asyncio.sleep(wait)
            else:
                return

    async def _attempt(self, request: CompletionRequest, number: int, *, hurry: bool) -> AsyncGenerator[TurnItem]:
        began = time.perf_counter()
        ttft: float | None = None
        tags, clean = EndTagFilter(), SpokenTextFilter()
        splitter = SentenceSplitter(primary(request.language), hurry=hurry and not self._provider.instant)
        text: list[str] = []
        whole: list[str] = []
        done: CompletionDone | None = None
        async with aclosing(self._provider.stream_completion(replace(request, attempt=number))) as stream:
            async for piece in stream:
                if isinstance(piece, CompletionDone):
                    done = piece
                    break
                if isinstance(piece, ProviderNotice):
                    yield piece
                    continue
                if ttft is None and piece:
                    ttft = time.perf_counter() - began
                if fresh := clean.feed(tags.feed(piece)):
                    text.append(fresh)
                    yield Delta(fresh)
                    for sentence in splitter.feed(fresh):
                        whole.append(sentence)
                        yield Sentence(sentence)
        llm_s = time.perf_counter() - began
        if done is None:
            raise self._bad("the answer broke off before its end")
        if fresh := clean.feed(tags.feed("") + tags.finish()) + clean.finish():
            text.append(fresh)
            yield Delta(fresh)
            for sentence in splitter.feed(fresh):
                whole.append(sentence)
                yield Sentence(sentence)
        rest = splitter.finish()
        if done.finish_reason == "length" and tags.signal is None and rest and not _SENTENCE_END.search(rest[-1]):
            # The model was cut off in mid-sentence: nobody should hear half of one.
            if not whole:
                raise self._bad("the answer was cut off within its first sentence")
            yield Restart("cut off at the token limit")
            kept = "".join(whole).rstrip()
            text, rest, whole = [kept], [], [kept]
            yield Delta(kept)
            yield Sentence(kept)
        for sentence in rest:
            yield Sentence(sentence)
        full = "".join(text)
        if not any(char.isalnum() for char in full):
            if tags.signal is None:
                raise self._bad("the answer was empty")
            if full:
                yield Restart("nothing was said")
            full = ""
        yield Written(
            text=full,
            signal=tags.signal,
            ttft_s=ttft if ttft is not None else llm_s,
            llm_s=llm_s,
            attempts=number,
            cleaned=clean.cleaned,
            prompt_tokens=done.prompt_tokens,
            completion_tokens=done.completion_tokens,
            mood=done.mood,
            cached=done.cached,
        )

    def _bad(self, what: str) -> ProviderError:
        return ProviderError(
            ProviderErrorKind.BAD_RESPONSE,
            self._provider.name,
            f"{self._provider.name}: {what}.",
            "Try again, or choose another model.",
        )
