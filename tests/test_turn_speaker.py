from __future__ import annotations

import asyncio

import numpy as np
import pytest

from tests.fake_providers import AT_ONCE, ToneTTS, times, tone, trouble, until
from vcg_tui.errors import ProviderErrorKind
from vcg_tui.models.conversation import VoiceConfig
from vcg_tui.services.gate import Gate
from vcg_tui.services.retry import RetryPolicy
from vcg_tui.services.turn_speaker import SpokenSentence, TurnSpeaker, silence

VOICE = VoiceConfig(voice_id="f1")
TEXT = "It has eleven words, so there is enough to hear of it."


def heard(sentence: SpokenSentence) -> np.ndarray:
    return np.concatenate([part.pcm for part in sentence.parts])


async def spoken(tts: ToneTTS, text: str = TEXT, retry: RetryPolicy = AT_ONCE) -> SpokenSentence:
    sentence = SpokenSentence(text)
    await TurnSpeaker(tts, retry).speak(sentence, VOICE, seed=7)
    return sentence


async def test_a_sentence_gets_its_speech_as_it_comes() -> None:
    tts, rest = ToneTTS(), asyncio.Event()
    tts.gates.append((TEXT, 2, rest))
    sentence = SpokenSentence(TEXT + " ")
    async with asyncio.TaskGroup() as group:
        group.create_task(TurnSpeaker(tts, AT_ONCE).speak(sentence, VOICE, seed=7))
        await until(lambda: len(sentence.parts) == 2)
        assert not sentence.done
        rest.set()
    assert sentence.done
    assert sentence.error is None
    assert np.array_equal(heard(sentence), tone(TEXT))
    assert sentence.parts[0].words == times(TEXT)
    assert sentence.requested_at is not None
    assert sentence.first_sound_at is not None
    assert sentence.last_sound_at is not None
    assert sentence.requested_at <= sentence.first_sound_at <= sentence.last_sound_at


async def test_sentences_are_spoken_side_by_side_up_to_four() -> None:
    tts, gate = ToneTTS(), asyncio.Event()
    tts.gates.append(("", 0, gate))
    speaker = TurnSpeaker(tts, AT_ONCE)
    sentences = [SpokenSentence(f"This is sentence number {number}.") for number in range(9)]
    async with asyncio.TaskGroup() as group:
        for sentence in sentences:
            group.create_task(speaker.speak(sentence, VOICE, seed=7))
        await until(lambda: len(tts.asked) == 4)
        gate.set()
    assert tts.most_running == 4
    assert tts.asked == [sentence.text for sentence in sentences]
    for sentence in sentences:
        assert np.array_equal(heard(sentence), tone(sentence.text))


async def test_the_providers_own_limit_holds_over_several_calls() -> None:
    tts, gate = ToneTTS(), Gate(2)
    speakers = [TurnSpeaker(tts, AT_ONCE, gate) for _ in range(3)]
    async with asyncio.TaskGroup() as group:
        for number in range(12):
            group.create_task(speakers[number % 3].speak(SpokenSentence(f"{TEXT} {number}"), VOICE, seed=7))
    assert tts.most_running == 2
    assert len(tts.asked) == 12
    assert not gate.locked()


@pytest.mark.parametrize(
    ("listened_to", "order"), [(False, ["long", "short", "short"]), (True, ["short", "long", "short"])]
)
async def test_long_ones_go_first_unless_somebody_listens(listened_to: bool, order: list[str]) -> None:
    tts, gate = ToneTTS(), Gate(1)
    speaker = TurnSpeaker(tts, AT_ONCE, gate)
    texts = {"short": "Yes.", "long": "This is what takes a while to be said by anybody."}
    async with asyncio.TaskGroup() as group, gate.entered():
        for waiting, name in enumerate(["short", "long", "short"], 1):
            sentence = SpokenSentence(texts[name])
            group.create_task(speaker.speak(sentence, VOICE, seed=7, listened_to=listened_to))
            await until(lambda expected=waiting: gate.waiting() == expected)
    assert tts.asked == [texts[name] for name in order]


@pytest.mark.parametrize("after", [0, 1, 3, 99])
async def test_a_sentence_that_broke_comes_again_whole(after: int) -> None:
    tts = ToneTTS()
    tts.failures = [(TEXT, after, trouble()), (TEXT, after, trouble())]
    sentence = await spoken(tts)
    assert np.array_equal(heard(sentence), tone(TEXT))
    assert (sentence.restarted, sentence.error, sentence.done) == (2, None, True)
    assert len(tts.asked) == 3


async def test_sound_too_short_for_its_text_is_no_speech() -> None:
    tts = ToneTTS()
    tts.short = [TEXT]
    sentence = await spoken(tts)
    assert sentence.restarted == 1
    assert np.array_equal(heard(sentence), tone(TEXT))

    tts.short = [TEXT] * 4
    failed = await spoken(tts)
    assert failed.done
    assert failed.error is not None
    assert failed.error.kind is ProviderErrorKind.BAD_RESPONSE
    assert "tone" in failed.error.message


@pytest.mark.parametrize("kind", list(ProviderErrorKind))
async def test_trouble_for_good_ends_up_in_the_sentence(kind: ProviderErrorKind) -> None:
    tts = ToneTTS()
    errors = [trouble(kind) for _ in range(9)]
    tts.failures = [(TEXT, 1, error) for error in errors]
    sentence = await spoken(tts)
    assert sentence.done
    assert sentence.changed.is_set()
    assert sentence.error in errors
    assert len(tts.asked) == (4 if kind.retryable else 1)


async def test_the_wait_before_another_try_holds_no_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[tuple[float, bool]] = []
    gate, sleep = Gate(1), asyncio.sleep

    async def recorded(delay: float) -> None:
        if delay:
            waits.append((delay, gate.locked()))
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", recorded)
    tts = ToneTTS()
    tts.failures = [(TEXT, 0, trouble(ProviderErrorKind.RATE_LIMIT, retry_after=3.5))]
    await TurnSpeaker(tts, RetryPolicy(), gate, parallel=1).speak(SpokenSentence(TEXT), VOICE, seed=7)
    assert waits == [(3.5, False)]


@pytest.mark.parametrize("text", ["...", " ", "?! ", "—"])
async def test_what_holds_no_word_is_never_asked_for(text: str) -> None:
    tts = ToneTTS()
    sentence = await spoken(tts, text)
    assert (sentence.done, sentence.error, sentence.parts) == (True, None, [])
    assert tts.asked == []


async def test_a_cancelled_sentence_closes_its_stream() -> None:
    tts, never = ToneTTS(), asyncio.Event()
    tts.gates.append((TEXT, 1, never))
    sentence = SpokenSentence(TEXT)
    task = asyncio.create_task(TurnSpeaker(tts, AT_ONCE).speak(sentence, VOICE, seed=7))
    await until(lambda: bool(sentence.parts))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert tts.running == 0


def test_silence_is_as_long_as_asked() -> None:
    assert len(silence(0.25, 8_000).pcm) == 2_000
    assert not silence(0.25, 8_000).pcm.any()
