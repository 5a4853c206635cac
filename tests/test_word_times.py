"""Word times from the sound alone, held against the times that eSpeak knows."""

from __future__ import annotations

import asyncio
import re
from itertools import pairwise

import num2words
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcg_tui.audio.word_times import estimate_words, syllables
from vcg_tui.models.conversation import VoiceConfig
from vcg_tui.providers.base import Speech
from vcg_tui.providers.tts.espeak import EspeakTTS

RATE = 24_000
SENTENCES = (
    "Hello, this is Laura from customer support, how can I help you today?",
    "My router has been blinking red since Tuesday evening, and nothing I try makes a difference.",
    "I'm sorry to hear that. Let me look into it right away.",
    "Could you please tell me the postal code of the address on your account?",
    "Yes. It is the one we moved to in the spring.",
    "No, I have already restarted it twice, and I am not going to do it again!",
    "The technician was supposed to come between ten and twelve, but nobody showed up.",
    "I understand, and I would be upset, too.",
    "Okay, so what happens now?",
    "You will get a confirmation by email within the next hour.",
    "That's the third time I've explained this to somebody in your company.",
    "Let me see what I can do: I can offer you a replacement, free of charge.",
    "Well, um, I don't really know which cable you mean.",
    "It's the gray one, the one that goes into the wall.",
    "Is there anything else that I can help you with?",
    "No, that would be all. Thank you very much for your patience.",
    "We have received your payment, but it arrived after the due date.",
    "Then why did I get a reminder with an extra fee of twelve dollars?",
    "Because the system sends them automatically; I will take it off.",
    "Have a lovely afternoon, and goodbye!",
)


async def spoken(texts: tuple[str, ...]) -> list[Speech]:
    provider = EspeakTTS(sample_rate=RATE)
    voices = ("us-karen", "us-tyler", "us-ruth", "us-emily")
    try:
        return await asyncio.gather(
            *(
                provider.generate_speech(text, VoiceConfig(voice_id=voices[index % len(voices)]))
                for index, text in enumerate(texts)
            )
        )
    finally:
        await provider.aclose()


@pytest.fixture(scope="module")
def speeches() -> list[Speech]:
    return asyncio.run(spoken(SENTENCES))


def errors(speeches: list[Speech], change: float = 0.0) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    rng = np.random.default_rng(1)
    found: list[float] = []
    for text, speech in zip(SENTENCES, speeches, strict=True):
        noise = rng.normal(0, change, speech.pcm.size)
        pcm = np.clip(speech.pcm + noise, -32768, 32767).astype(np.int16)
        guessed = estimate_words(text, pcm, RATE)
        assert [word.text for word in guessed] == text.split()
        found += [abs(word.start_s - true.start_s) for word, true in zip(guessed, speech.words, strict=True)]
    return np.array(found)


def test_half_of_the_words_are_found_within_60_ms(speeches: list[Speech]) -> None:
    found = errors(speeches)
    assert np.median(found) < 0.060
    assert np.percentile(found, 90) < 0.200


def test_noise_on_the_line_does_not_hide_the_pauses(speeches: list[Speech]) -> None:
    assert np.median(errors(speeches, change=150.0)) < 0.080


def beeps(*lengths: float) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Sound and silence in turn, in seconds, beginning with silence."""
    pieces: list[np.ndarray[tuple[int], np.dtype[np.float64]]] = []
    for index, length in enumerate(lengths):
        at = np.arange(round(length * RATE)) / RATE
        pieces.append(8000 * np.sin(2 * np.pi * 220 * at) * (index % 2))
    return np.concatenate(pieces).astype(np.int16)


def test_a_pause_lies_after_the_comma_and_the_silence_around_belongs_to_no_word() -> None:
    words = estimate_words("Yes indeed, he did", beeps(0.3, 0.6, 0.4, 0.3, 0.5), RATE)
    edges = [edge for word in words for edge in (word.start_s, word.end_s)]
    assert edges[0] == pytest.approx(0.3, abs=0.02)
    assert [words[1].end_s, words[2].start_s] == pytest.approx([0.9, 1.3], abs=0.02)
    assert edges[-1] == pytest.approx(1.6, abs=0.02)
    assert all(word.estimated for word in words)


def test_times_can_begin_later() -> None:
    pcm = beeps(0.1, 0.5, 0.1)
    now, later = estimate_words("One two", pcm, RATE), estimate_words("One two", pcm, RATE, start_s=2.5)
    assert [word.start_s + 2.5 for word in now] == [word.start_s for word in later]


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(["a", "Well,", "—", "$49.99", "12345678", "OK.", "forward", "日本", "&"]), max_size=25),
    st.lists(st.floats(0, 0.6), max_size=12),
)
def test_every_word_once_in_order_and_within_the_sound(words: list[str], lengths: list[float]) -> None:
    pcm = beeps(*lengths) if lengths else np.zeros(0, np.int16)
    timed = estimate_words(" ".join(words), pcm, RATE)
    assert [word.text for word in timed] == words
    assert all(word.start_s < word.end_s for word in timed)
    assert all(one.end_s <= other.start_s + 1e-9 for one, other in pairwise(timed))
    if pcm.size and timed:
        assert timed[0].start_s >= 0
        assert timed[-1].end_s <= pcm.size / RATE + 1e-9


async def test_a_long_text_takes_no_time() -> None:
    text = " ".join(SENTENCES * 3)
    one = (await spoken((text,)))[0]
    guessed = estimate_words(text, one.pcm, RATE)
    off = [abs(word.start_s - true.start_s) for word, true in zip(guessed, one.words, strict=True)]
    assert np.median(off) < 0.12
    assert max(off) < 3


@pytest.mark.parametrize(
    "number", [*range(130), 200, 999, 1000, 1001, 1100, 1234, 20_019, 10**6, 7_000_100, 10**9 + 12]
)
def test_numbers_are_as_long_as_they_are_said(number: int) -> None:
    said = str(num2words.num2words(number))
    assert syllables(f"{number:,}") == sum(map(syllables, re.findall("[a-z]+", said)))


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("cat", 1), ("made", 1), ("table", 2), ("wanted", 2), ("asked", 1), ("customer", 3), ("confirmation", 4),
        ("email", 2), ("idea", 3), ("IBM", 3), ("42", 3), ("don't", 1), ("—", 0), ("$5", 3),
    ],
)  # fmt: skip
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count
