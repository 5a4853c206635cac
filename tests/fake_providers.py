"""Providers that do what a test says, and nothing by the clock: scripts, gates that the test opens, tones as speech."""

from __future__ import annotations

import asyncio
import zlib
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence

import numpy as np

from tests.sample_calls import call_plan
from vcg_tui.errors import ProviderError, ProviderErrorKind
from vcg_tui.models.conversation import CallPlan, VoiceConfig, Word
from vcg_tui.models.role import Role
from vcg_tui.providers.base import CompletionDone, CompletionRequest, LLMProvider, SpeechPart, TTSProvider, Voice
from vcg_tui.services.provider_factory import Providers
from vcg_tui.services.retry import RetryPolicy

RATE = 8_000
SAMPLES_PER_CHARACTER = 400
"""A twentieth of a second: about as fast as people speak."""
PART = 1_600

AT_ONCE = RetryPolicy(retries=3, first_wait_s=0.0)

Step = str | CompletionDone | ProviderError | asyncio.Event
Attempt = Sequence[Step]


def trouble(
    kind: ProviderErrorKind = ProviderErrorKind.CONNECTION,
    text: str = "The line broke.",
    retry_after: float | None = None,
) -> ProviderError:
    return ProviderError(kind, "scripted", text, "Plug it in.", retry_after=retry_after)


def said(text: str, finish: str = "stop") -> list[Step]:
    """A text in pieces of a model's size, to its good end."""
    pieces = [piece + " " for piece in text.split(" ")]
    pieces[-1] = pieces[-1][:-1]
    return [*pieces, CompletionDone(finish, prompt_tokens=100, completion_tokens=len(pieces))]


def line(number: int) -> str:
    """What turn ``number`` says where the script says nothing: two sentences, no two turns alike."""
    return f"This is what turn number {number} has to say. It ends with code {number * 37} and a full stop."


class ScriptedLLM(LLMProvider):
    """Each turn's attempts, by turn number; a plain string is one good attempt.

    Attributes:
        requests: every request, in order.
        running, most_running: streams that are open now, and at most at once.
        pieces: how many pieces of text were taken off the streams.
    """

    name = "scripted"
    model = None

    def __init__(self, turns: dict[int, str | Sequence[Attempt]] | None = None, *, max_concurrency: int = 0) -> None:
        self.max_concurrency = max_concurrency
        self.turns = turns or {}
        self.requests: list[CompletionRequest] = []
        self.running = self.most_running = self.pieces = 0
        self._asked: Counter[tuple[str, int]] = Counter()

    async def stream_completion(self, request: CompletionRequest) -> AsyncGenerator[str | CompletionDone]:
        self.requests.append(request)
        script = self.turns.get(request.turn, line(request.turn))
        attempts = [said(script)] if isinstance(script, str) else script
        attempt = attempts[min(self._asked[request.call_id, request.turn], len(attempts) - 1)]
        self._asked[request.call_id, request.turn] += 1
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            for step in attempt:
                await asyncio.sleep(0)
                match step:
                    case asyncio.Event():
                        await step.wait()
                    case ProviderError():
                        raise step
                    case _:
                        self.pieces += 1
                        yield step
        finally:
            self.running -= 1

    def asked(self, turn: int) -> int:
        """How often a turn was asked for, over all calls."""
        return sum(request.turn == turn for request in self.requests)


def tone(text: str) -> np.ndarray:
    """The speech of a text: its own, of its length, and nothing else's."""
    generator = np.random.default_rng(zlib.crc32(text.encode()))
    return generator.integers(-9_000, 9_000, len(text) * SAMPLES_PER_CHARACTER, np.int16)


def times(text: str) -> tuple[Word, ...]:
    """When the words of a text are heard, from its start."""
    found: list[Word] = []
    at = 0
    for word in text.split():
        start = text.index(word, at)
        at = start + len(word)
        second = SAMPLES_PER_CHARACTER / RATE
        found.append(Word(text=word, start_s=start * second, end_s=at * second))
    return tuple(found)


class ToneTTS(TTSProvider):
    """Speaks noise that tells the text.

    Attributes:
        gates: what waits before a part is handed out: by a beginning of the text, after how many parts, until when.
        failures: errors by a beginning of the text: after how many parts, once each.
        short: beginnings of texts whose sound is cut to nearly nothing, once each.
        asked: every text, in order.
        part: samples of a part.
    """

    name = "tone"
    model = None
    sample_rate = RATE
    part = PART

    def __init__(self, *, max_concurrency: int = 0, sentence_pause_s: float = 0.0) -> None:
        self.max_concurrency = max_concurrency
        self.sentence_pause_s = sentence_pause_s
        self.gates: list[tuple[str, int, asyncio.Event]] = []
        self.failures: list[tuple[str, int, ProviderError]] = []
        self.short: list[str] = []
        self.asked: list[str] = []
        self.running = self.most_running = 0
        self.languages: tuple[str, ...] = ("en",)

    async def voices(self) -> Sequence[Voice]:
        return [
            Voice("f1", "Fay", "female", "adult", "en-US", self.languages),
            Voice("m1", "Max", "male", "adult", "en-US", self.languages),
        ]

    async def stream_speech(self, text: str, voice: VoiceConfig, *, seed: int = 0) -> AsyncGenerator[SpeechPart]:
        self.asked.append(text)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        failing = next((failure for failure in self.failures if text.startswith(failure[0])), None)
        if failing:
            self.failures.remove(failing)
        pcm = tone(text)
        if shortened := next((short for short in self.short if text.startswith(short)), None):
            self.short.remove(shortened)
            pcm = pcm[:50]
        try:
            parts = [pcm[at : at + self.part] for at in range(0, len(pcm), self.part)]
            for number, part in enumerate(parts):
                await asyncio.sleep(0)
                for beginning, after, gate in self.gates:
                    if text.startswith(beginning) and number == after:
                        await gate.wait()
                if failing and number == failing[1]:
                    raise failing[2]
                yield SpeechPart(pcm=part, words=times(text) if number == 0 else ())
            if failing and failing[1] >= len(parts):
                raise failing[2]
        finally:
            self.running -= 1


def providers(
    llm: LLMProvider | None = None, tts: TTSProvider | None = None, *, customer_llm: LLMProvider | None = None
) -> Providers:
    """A set that tries again without waiting."""
    support = llm or ScriptedLLM()
    return Providers(
        customer_llm=customer_llm or support,
        support_llm=support,
        tts=tts or ToneTTS(),
        llm_retries=dict.fromkeys(Role, AT_ONCE),
        tts_retry=AT_ONCE,
    )


def plan_of(turns: int = 4, minutes: float = 60.0, call_id: str = "20260102-030405-anna-abc234") -> CallPlan:
    """A call of at most so many turns and minutes."""
    plan = call_plan(call_id, RATE)
    return plan.model_copy(
        update={"details": plan.details.model_copy(update={"max_turns": turns, "max_minutes": minutes})}
    )


async def until(condition: Callable[[], bool], bound_s: float = 10.0) -> None:
    """Let the others run until a condition holds; the bound is there for the case that it never does."""
    async with asyncio.timeout(bound_s):
        while not condition():
            await asyncio.sleep(0.0005)


async def settled(figure: Callable[[], object], rounds: int = 300) -> None:
    """Let the others run until a figure has stood still over many rounds of the event loop."""
    last, still = figure(), 0
    while still < rounds:
        await asyncio.sleep(0)
        now = figure()
        last, still = now, (still + 1 if now == last else 0)
