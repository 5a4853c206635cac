"""Speech over OpenAI's /audio/speech: the adapter with the real SDK against a loopback server."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.servers import LoopbackServers, speech_seconds
from tests.speech_services import OPENAI, TEXT
from vcg_tui.audio.pcm import dbfs
from vcg_tui.audio.wav_stream import WavError, WavStream
from vcg_tui.errors import ConfigError, ProviderErrorKind
from vcg_tui.models.persona import EmotionalState
from vcg_tui.providers.tts.openai import OpenAITTS
from vcg_tui.providers.tts.text_pieces import text_pieces

VOICE = OPENAI.voice.model_copy(update={"mood": EmotionalState.ANXIOUS})


@pytest.fixture(scope="module")
def running() -> Iterator[LoopbackServers]:
    with LoopbackServers(required_key=OPENAI.key) as servers:
        yield servers


@pytest.fixture
def server(running: LoopbackServers) -> Iterator[LoopbackServers]:
    running.reset()
    yield running
    running.configure(speech_formats=["pcm", "wav"], real_time_factor=0.0, refused_params=[], speech_rate_hz=24_000)


@pytest.fixture
async def provider(server: LoopbackServers) -> AsyncIterator[OpenAITTS]:
    made = OPENAI.provider(server.openai_url)
    yield made
    await made.aclose()


# ------------------------------------------------------------------ what is spoken


@pytest.mark.parametrize("rate", [24_000, 16_000, 8_000])
async def test_the_speech_has_the_calls_rate_and_a_time_for_each_word(server: LoopbackServers, rate: int) -> None:
    provider = OPENAI.provider(server.openai_url, rate=rate)
    speech = await provider.generate_speech(TEXT, VOICE)
    await provider.aclose()
    assert speech.sample_rate == rate
    assert speech.pcm.dtype == np.int16
    assert speech.pcm.size / rate == pytest.approx(speech_seconds(TEXT), abs=0.001)
    assert dbfs(speech.pcm) > -35
    assert [word.text for word in speech.words] == TEXT.split()
    assert all(word.estimated for word in speech.words)


async def test_it_asks_for_what_the_persona_is(provider: OpenAITTS, server: LoopbackServers) -> None:
    await provider.generate_speech(TEXT, VOICE.model_copy(update={"speed": 9.0}))
    asked = server.requests("speech")[0].body
    style = asked.pop("instructions")
    assert asked == {
        "model": "gpt-4o-mini-tts",
        "voice": "coral",
        "input": TEXT,
        "response_format": "pcm",
        "speed": 4.0,
    }
    assert "Scottish" in style
    assert "Warm and patient." in style
    assert "anxious" in style


@pytest.mark.parametrize(
    ("tts", "sent"),
    [
        ({"model": "tts-1-hd"}, None),
        ({"options": {"instructions": False}}, None),
        ({"options": {"instructions": "Whisper."}}, "Whisper."),
    ],
)
async def test_instructions_can_be_others_or_none(
    server: LoopbackServers, tts: dict[str, Any], sent: str | None
) -> None:
    provider = OPENAI.provider(server.openai_url, **tts)
    await provider.generate_speech(TEXT, VOICE)
    await provider.aclose()
    assert server.requests("speech")[0].body.get("instructions") == sent


async def test_sound_is_handed_on_while_it_is_made(server: LoopbackServers, provider: OpenAITTS) -> None:
    server.configure(real_time_factor=0.1)
    sizes: list[int] = []
    async with aclosing(provider.stream_speech(TEXT, VOICE)) as stream:
        async for part in stream:
            if part.pcm.size:
                sizes.append(part.pcm.size)
                if len(sizes) == 1:
                    assert server.requests("speech")[0].ended is None
    assert len(sizes) > 5


async def test_a_long_text_goes_in_pieces_and_keeps_all_its_words(server: LoopbackServers) -> None:
    provider = OPENAI.provider(server.openai_url, options={"max_characters": 60})
    text = "Well, I called you on Monday. " * 5 + "and never got an answer from anyone in your whole team"
    speech = await provider.generate_speech(text, VOICE)
    await provider.aclose()
    sent = [request.body["input"] for request in server.requests("speech")]
    assert len(sent) > 2
    assert max(map(len, sent)) <= 60
    assert " ".join(sent).split() == [word.text for word in speech.words] == text.split()
    starts = [word.start_s for word in speech.words]
    assert starts == sorted(starts)
    assert speech.words[-1].end_s <= speech.pcm.size / 24_000


# ------------------------------------------------------------------ servers that know less


async def test_a_server_without_pcm_is_asked_for_wav_and_that_is_kept(
    server: LoopbackServers, provider: OpenAITTS
) -> None:
    server.configure(speech_formats=["wav"], speech_rate_hz=22_050)
    for _ in range(2):
        speech = await provider.generate_speech(TEXT, VOICE)
        # the rate comes from the WAV, not from the setting
        assert speech.pcm.size / 24_000 == pytest.approx(speech_seconds(TEXT), abs=0.01)
    assert [request.body["response_format"] for request in server.requests("speech")] == ["pcm", "wav", "wav"]


async def test_a_server_whose_pcm_has_another_rate(server: LoopbackServers) -> None:
    server.configure(speech_rate_hz=16_000)
    provider = OPENAI.provider(server.openai_url, options={"sample_rate": 16_000})
    speech = await provider.generate_speech(TEXT, VOICE)
    await provider.aclose()
    assert speech.pcm.size / 24_000 == pytest.approx(speech_seconds(TEXT), abs=0.01)


async def test_refused_parameters_of_ours_are_left_out(server: LoopbackServers, provider: OpenAITTS) -> None:
    server.configure(refused_params=["instructions", "speed"])
    await provider.generate_speech(TEXT, VOICE.model_copy(update={"speed": 1.2}))
    await provider.generate_speech(TEXT, VOICE.model_copy(update={"speed": 1.2}))
    sent = [set(request.body) & {"instructions", "speed"} for request in server.requests("speech")]
    assert sent == [{"instructions", "speed"}, {"speed"}, set(), set()]


async def test_what_a_server_refuses_is_told_once(server: LoopbackServers, provider: OpenAITTS) -> None:
    server.configure(refused_params=["instructions", "speed"])
    brisk = VOICE.model_copy(update={"speed": 1.2})
    parts = [part for _ in range(2) async for part in provider.stream_speech(TEXT, brisk)]
    told = [part.notice for part in parts if part.notice is not None]
    assert ["instructions" in told[0].text, "own pace" in told[1].text] == [True, True]
    assert len(told) == 2
    assert not any(part.pcm.size or part.words for part in parts if part.notice is not None)


async def test_a_refused_option_of_the_person_is_told(server: LoopbackServers) -> None:
    server.configure(refused_params=["temperature"])
    provider = OPENAI.provider(server.openai_url, options={"temperature": 2})
    error = await OPENAI.failure(provider)
    await provider.aclose()
    assert error.kind is ProviderErrorKind.BAD_REQUEST
    assert "temperature" in str(error)
    assert len(server.requests("speech")) == 1


async def test_a_server_of_ones_own_needs_no_key() -> None:
    with LoopbackServers() as server:
        provider = OPENAI.provider(server.openai_url, key=None)
        assert (await provider.generate_speech(TEXT, VOICE)).pcm.size
        await provider.aclose()


# ------------------------------------------------------------------ what goes wrong


@pytest.mark.parametrize(
    ("fault", "options", "kind"),
    [
        (403, {}, ProviderErrorKind.AUTH),
        (402, {}, ProviderErrorKind.QUOTA),
        ("quota", {}, ProviderErrorKind.QUOTA),
        (404, {}, ProviderErrorKind.BAD_REQUEST),
        (408, {}, ProviderErrorKind.TIMEOUT),
        (500, {}, ProviderErrorKind.CONNECTION),
        (529, {}, ProviderErrorKind.CONNECTION),
        ("reset", {}, ProviderErrorKind.CONNECTION),
        ("reset_midway", {}, ProviderErrorKind.CONNECTION),
        ("fin_midway", {}, ProviderErrorKind.CONNECTION),
        ("html", {}, ProviderErrorKind.BAD_RESPONSE),
        ("wrong_type", {}, ProviderErrorKind.BAD_RESPONSE),
        ("empty", {}, ProviderErrorKind.BAD_RESPONSE),
        ("odd", {}, ProviderErrorKind.BAD_RESPONSE),
        ("truncated", {"after": 1001}, ProviderErrorKind.BAD_RESPONSE),
        ("truncated", {"after": 5}, ProviderErrorKind.BAD_RESPONSE),
    ],
)
async def test_trouble_is_told_by_its_kind_and_the_next_request_works(
    server: LoopbackServers, provider: OpenAITTS, fault: str | int, options: dict[str, Any], kind: ProviderErrorKind
) -> None:
    server.fault("speech", 1, fault, **options)
    error = await OPENAI.failure(provider)
    assert error.kind is kind, str(error)
    assert error.hint
    assert (await provider.generate_speech(TEXT, VOICE)).pcm.size
    assert len(server.requests("speech")) == 2  # no retries of the SDK's own


async def test_a_web_page_is_told_by_its_type(server: LoopbackServers, provider: OpenAITTS) -> None:
    server.fault("speech", 1, "html")
    error = await OPENAI.failure(provider)
    assert "text/html instead of sound" in str(error)
    assert "base_url" in error.hint


async def test_a_busy_service_says_how_long_to_wait(server: LoopbackServers, provider: OpenAITTS) -> None:
    server.fault("speech", 1, 429, retry_after=7)
    error = await OPENAI.failure(provider)
    assert (error.kind, error.retry_after) == (ProviderErrorKind.RATE_LIMIT, 7.0)


# ------------------------------------------------------------------ settings and voices


@pytest.mark.parametrize(
    "options", [{"response_format": "mp3"}, {"voices": []}, {"voices": "a"}, {"sample_rate": 1}, {"max_characters": 0}]
)
def test_wrong_options_are_told(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        OPENAI.provider("http://127.0.0.1:9/v1", options=options)


async def test_openais_own_voices() -> None:
    voices = await OPENAI.provider(None).voices()
    assert len(voices) == 13
    assert {voice.gender for voice in voices} == {"female", "male", "neutral"}
    assert len({voice.id for voice in voices}) == 13


async def test_the_voices_of_another_server_are_those_that_were_named() -> None:
    named = ["bf_emma", "am_adam", {"id": "x1", "gender": "male", "age": "elderly"}, "coral", "plain"]
    voices = await OPENAI.provider("http://127.0.0.1:9/v1", options={"voices": named}).voices()
    assert [(voice.id, voice.gender, voice.accent) for voice in voices] == [
        ("bf_emma", "female", "en-GB"),
        ("am_adam", "male", "en-US"),
        ("x1", "male", "en-US"),
        ("coral", "female", "en-US"),
        ("plain", "neutral", "en-US"),
    ]
    at_openai = await OPENAI.provider(None, options={"voices": ["mine"]}).voices()
    assert [at_openai[0].id, len(at_openai)] == ["mine", 14]


# ------------------------------------------------------------------ pieces of text, pieces of WAV


@given(st.text(alphabet="ab .,!?;\n—", max_size=200), st.integers(1, 60))
def test_pieces_are_short_and_lossless(text: str, longest: int) -> None:
    pieces = text_pieces(text, longest)
    assert all(len(piece) <= longest for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    if all(len(word) <= longest for word in text.split()):
        assert " ".join(pieces).split() == text.split()


def test_a_cut_falls_at_the_end_of_a_sentence() -> None:
    assert text_pieces("One two three. Four five six. Seven", 30) == ["One two three. Four five six.", "Seven"]


def wav(samples: np.ndarray[Any, Any], channels: int, size: int | None, extra: bytes = b"") -> bytes:
    data = samples.astype("<i2").tobytes()
    size = len(data) if size is None else size
    form = struct.pack("<HHIIHH", 1, channels, 22_050, 22_050 * 2 * channels, 2 * channels, 16)
    head = b"RIFF" + struct.pack("<I", 0xFFFFFFFF) + b"WAVE" + extra
    return head + b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", size) + data


@given(
    st.lists(st.integers(-32768, 32767), max_size=40),
    st.sampled_from([1, 2]),
    st.booleans(),
    st.integers(1, 17),
    st.sampled_from([b"", b"LIST\x03\x00\x00\x00abc\x00"]),
)
def test_a_wav_in_any_pieces(values: list[int], channels: int, known: bool, step: int, extra: bytes) -> None:
    frames = np.repeat(np.array(values, np.int16), channels)
    size = None if known and values else 0xFFFFFFFF
    raw = wav(frames, channels, size, extra) + (b"LIST\x02\x00\x00\x00ab" if size is None else b"")
    stream = WavStream()
    got = [stream.feed(raw[at : at + step]) for at in range(0, len(raw), step)]
    assert np.concatenate(got).tolist() == values
    assert stream.sample_rate == 22_050
    assert not stream.broken


def test_a_wav_that_was_cut_or_is_none() -> None:
    raw = wav(np.arange(10, dtype=np.int16), 1, None)
    stream = WavStream()
    stream.feed(raw[:-2])
    assert stream.broken
    with pytest.raises(WavError):
        WavStream().feed(b"OggS" + bytes(20))
    with pytest.raises(WavError, match="8 bits"):
        WavStream().feed(raw.replace(b"\x10\x00data", b"\x08\x00data"))
