"""Speech over OpenAI's Realtime API: the adapter with the real SDK against a loopback server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing

import pytest

from tests.servers import LoopbackServers, speech_seconds
from tests.speech_services import REALTIME, TEXT
from vcg_tui.errors import ProviderErrorKind
from vcg_tui.providers.tts.openai_realtime import OpenAIRealtimeTTS
from vcg_tui.providers.tts.wording import same_words

VOICE = REALTIME.voice


@pytest.fixture(scope="module")
def running() -> Iterator[LoopbackServers]:
    with LoopbackServers(required_key=REALTIME.key) as servers:
        yield servers


@pytest.fixture
def server(running: LoopbackServers) -> Iterator[LoopbackServers]:
    running.reset()
    yield running
    running.configure(real_time_factor=0.0)


@pytest.fixture
async def provider(server: LoopbackServers) -> AsyncIterator[OpenAIRealtimeTTS]:
    made = REALTIME.provider(server.openai_url)
    yield made
    await made.aclose()


@pytest.mark.parametrize("rate", [24_000, 16_000])
async def test_the_speech_has_the_calls_rate_and_a_time_for_each_word(server: LoopbackServers, rate: int) -> None:
    provider = REALTIME.provider(server.openai_url, rate=rate)
    speech = await provider.generate_speech(TEXT, VOICE)
    await provider.aclose()
    assert speech.pcm.size / rate == pytest.approx(speech_seconds(TEXT), abs=0.001)
    assert [word.text for word in speech.words] == TEXT.split()
    assert all(word.estimated for word in speech.words)


async def test_it_asks_for_the_line_word_for_word_outside_of_any_conversation(
    provider: OpenAIRealtimeTTS, server: LoopbackServers
) -> None:
    await provider.generate_speech(TEXT, VOICE)
    asked = server.requests("realtime.response")[0].body
    assert asked["conversation"] == "none"
    assert asked["input"][0]["content"] == [{"type": "input_text", "text": TEXT}]
    assert "word for word" in asked["instructions"]
    assert "Indian English" in asked["instructions"]
    assert server.requests("realtime")[0].query["model"] == "gpt-realtime-2.1-mini"


async def test_a_voice_that_sounds_other_than_the_next(provider: OpenAIRealtimeTTS) -> None:
    one = await provider.generate_speech(TEXT, VOICE)
    other = await provider.generate_speech(TEXT, VOICE.model_copy(update={"voice_id": "cedar"}))
    assert (one.pcm != other.pcm).any()


async def test_sound_is_handed_on_while_it_is_made(server: LoopbackServers, provider: OpenAIRealtimeTTS) -> None:
    server.configure(real_time_factor=0.1)
    parts = 0
    async with aclosing(provider.stream_speech(TEXT, VOICE)) as stream:
        async for part in stream:
            parts += bool(part.pcm.size)
            if parts == 1:
                assert server.requests("realtime.response")[0].ended is None
    assert parts > 5


async def test_other_words_than_the_texts_are_an_error(server: LoopbackServers, provider: OpenAIRealtimeTTS) -> None:
    server.fault("realtime.response", 1, "reworded")
    error = await REALTIME.failure(provider)
    assert error.kind is ProviderErrorKind.BAD_RESPONSE
    assert "reworded" in str(error)
    assert error.kind.retryable
    assert (await provider.generate_speech(TEXT, VOICE)).pcm.size


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("reset_midway", ProviderErrorKind.CONNECTION),
        ("fin_midway", ProviderErrorKind.CONNECTION),
        ("truncated", ProviderErrorKind.CONNECTION),
        ("malformed", ProviderErrorKind.BAD_RESPONSE),
        ("error_event", ProviderErrorKind.CONNECTION),
        ("failed", ProviderErrorKind.CONNECTION),
        ("incomplete", ProviderErrorKind.BAD_RESPONSE),
        ("empty", ProviderErrorKind.BAD_RESPONSE),
        ("odd", ProviderErrorKind.BAD_RESPONSE),
    ],
)
async def test_trouble_is_told_by_its_kind(
    server: LoopbackServers, provider: OpenAIRealtimeTTS, fault: str, kind: ProviderErrorKind
) -> None:
    server.fault("realtime.response", 1, fault)
    error = await REALTIME.failure(provider)
    assert error.kind is kind, str(error)
    assert error.hint
    assert len(server.requests("realtime")) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (403, ProviderErrorKind.AUTH),
        (404, ProviderErrorKind.BAD_REQUEST),
        (429, ProviderErrorKind.RATE_LIMIT),
        (503, ProviderErrorKind.CONNECTION),
        ("reset", ProviderErrorKind.CONNECTION),
    ],
)
async def test_a_refused_connection_is_told_by_its_kind(
    server: LoopbackServers, provider: OpenAIRealtimeTTS, status: int | str, kind: ProviderErrorKind
) -> None:
    server.fault("realtime", 1, status)
    assert (await REALTIME.failure(provider)).kind is kind
    assert len(server.requests("realtime")) == 1


async def test_the_voices_that_this_interface_has() -> None:
    voices = await REALTIME.provider(None).voices()
    assert [len(voices), "fable" in {voice.id for voice in voices}] == [10, False]


# ------------------------------------------------------------------ the same words


@pytest.mark.parametrize(
    ("spoken", "asked"),
    [
        ("Hello there your parcel is on its way.", "Hello there, your parcel is on its way!"),
        ("It's forty-nine dollars and ninety-nine cents.", "It's $49.99."),
        ("Your order number is four four seven one nine.", "Your order number is 44719."),
        ("Your order number is forty-four seventy-one nine.", "Your order number is 44719."),
        ("That makes one thousand two hundred and fifty dollars.", "That makes $1,250.00."),
        ("Be there at ten.", "Be there at 10:00."),
        ("on the third of March", "on the 3rd of March"),
        ("on the twentieth", "on the 20th"),
        ("Flat four oh seven", "Flat 407"),
        ("Okay, I cannot do that.", "OK, I can't do that."),
        ("The wifi colour is grey, isn't it?", "The Wi-Fi color is gray, isn't it?"),
        ("Okay.", "Okay…"),
        ("Twenty percent and one.", "20% & 1."),
    ],
)
def test_the_same_words_in_another_spelling(spoken: str, asked: str) -> None:
    assert same_words(spoken, asked)


@pytest.mark.parametrize(
    ("spoken", "asked"),
    [
        ("", "Hello there."),
        ("Sure! Hello there, your parcel is on its way.", "Hello there."),
        ("I am fine, thank you.", "How are you?"),
        ("Your refund has not been approved by our team today", "Your refund has been approved by our team today"),
        ("Your order number is four four seven two nine.", "Your order number is 44719."),
        (
            "Thank you for waiting, I have now found your order, its number is 44729",
            "Thank you for waiting, I have now found your order, its number is 44719",
        ),
        ("Your parcel comes with the post tomorrow morning.", "Your parcel comes tomorrow."),
        ("Yes.", "No."),
        ("I want to leave.", "I want to stay."),
        ("Please tell me your name and your number", "Please tell me your name, your number, and your postcode"),
    ],
)
def test_other_words(spoken: str, asked: str) -> None:
    assert not same_words(spoken, asked)
