"""Speech from ElevenLabs: the adapter with the real SDK against a loopback server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.servers import LoopbackServers, speech_seconds
from tests.speech_services import ELEVENLABS, TEXT
from vcg_tui.errors import ConfigError, ProviderError, ProviderErrorKind
from vcg_tui.providers.tts.alignment import CharacterTimes
from vcg_tui.providers.tts.elevenlabs import ElevenLabsTTS
from vcg_tui.providers.tts.elevenlabs_account import account_voice, requests_at_once

VOICE = ELEVENLABS.voice


@pytest.fixture(scope="module")
def running() -> Iterator[LoopbackServers]:
    with LoopbackServers(required_key=ELEVENLABS.key) as servers:
        yield servers


@pytest.fixture
def server(running: LoopbackServers) -> Iterator[LoopbackServers]:
    running.reset()
    yield running
    running.configure(real_time_factor=0.0, concurrency=0, tier="free", voice_count=5)


@pytest.fixture
async def provider(server: LoopbackServers) -> AsyncIterator[ElevenLabsTTS]:
    made = ELEVENLABS.provider(server.elevenlabs_url)
    yield made
    await made.aclose()


# ------------------------------------------------------------------ what is spoken


@pytest.mark.parametrize(("rate", "asked"), [(24_000, 24_000), (16_000, 16_000), (44_100, 24_000), (11_025, 16_000)])
async def test_sound_at_the_calls_rate_and_the_services_own_word_times(
    server: LoopbackServers, rate: int, asked: int
) -> None:
    provider = ELEVENLABS.provider(server.elevenlabs_url, rate=rate)
    speech = await provider.generate_speech(TEXT, VOICE)
    await provider.aclose()
    assert server.requests("eleven.timestamps")[0].query["output_format"] == f"pcm_{asked}"
    assert speech.pcm.size / rate == pytest.approx(speech_seconds(TEXT), abs=0.001)
    assert [word.text for word in speech.words] == TEXT.split()
    for word in speech.words:
        at = TEXT.index(word.text)
        # the server speaks 15 characters a second
        assert word.start_s == pytest.approx(at / 15, abs=0.001)
        assert word.end_s == pytest.approx((at + len(word.text)) / 15, abs=0.001)
        assert not word.estimated


async def test_words_come_with_their_sound(server: LoopbackServers, provider: ElevenLabsTTS) -> None:
    server.configure(real_time_factor=0.1)
    heard, words = 0, 0
    async with aclosing(provider.stream_speech(TEXT, VOICE)) as stream:
        async for part in stream:
            heard += part.pcm.size
            words += len(part.words)
            assert all(word.end_s <= heard / 24_000 + 0.001 for word in part.words)
            if words >= 2 and heard < 36_000:
                assert server.requests("eleven.timestamps")[0].ended is None
                break
        else:
            pytest.fail("no words came with the first second of sound")


async def test_it_asks_for_what_was_set(server: LoopbackServers) -> None:
    options = {"stability": 0.4, "similarity_boost": 0.8, "style": 0.1, "apply_text_normalization": "on"}
    provider = ELEVENLABS.provider(server.elevenlabs_url, model="eleven_v3", options=options)
    voice = VOICE.model_copy(update={"speed": 1.9, "accent": "de-DE", "language": "de-DE"})
    await provider.generate_speech(TEXT, voice, seed=2**32 + 7)
    await provider.aclose()
    assert server.requests("eleven.timestamps")[0].body == {
        "text": TEXT,
        "model_id": "eleven_v3",
        "language_code": "de",
        "seed": 7,
        "voice_settings": {"stability": 0.4, "similarity_boost": 0.8, "style": 0.1, "speed": 1.2},
        "apply_text_normalization": "on",
    }


async def test_nothing_is_asked_that_was_not_set(server: LoopbackServers, provider: ElevenLabsTTS) -> None:
    await provider.generate_speech(TEXT, VOICE)
    assert server.requests("eleven.timestamps")[0].body == {"text": TEXT, "model_id": "eleven_flash_v2_5"}


async def test_without_times_from_the_service_they_are_estimated(
    server: LoopbackServers, provider: ElevenLabsTTS
) -> None:
    server.fault("eleven.timestamps", 1, "no_alignment")
    speech = await provider.generate_speech(TEXT, VOICE)
    assert [word.text for word in speech.words] == TEXT.split()
    assert all(word.estimated for word in speech.words)


# ------------------------------------------------------------------ what goes wrong


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (402, ProviderErrorKind.QUOTA),
        (403, ProviderErrorKind.AUTH),
        (404, ProviderErrorKind.BAD_REQUEST),
        (408, ProviderErrorKind.TIMEOUT),
        (422, ProviderErrorKind.BAD_REQUEST),
        (500, ProviderErrorKind.CONNECTION),
        ("reset", ProviderErrorKind.CONNECTION),
        ("reset_midway", ProviderErrorKind.CONNECTION),
        ("fin_midway", ProviderErrorKind.CONNECTION),
        ("html", ProviderErrorKind.BAD_RESPONSE),
        ("wrong_type", ProviderErrorKind.BAD_RESPONSE),
        ("empty", ProviderErrorKind.BAD_RESPONSE),
        ("odd", ProviderErrorKind.BAD_RESPONSE),
        ("short", ProviderErrorKind.BAD_RESPONSE),
        ("truncated", ProviderErrorKind.BAD_RESPONSE),
        ("malformed", ProviderErrorKind.BAD_RESPONSE),
    ],
)
async def test_trouble_is_told_by_its_kind_and_the_next_request_works(
    server: LoopbackServers, provider: ElevenLabsTTS, fault: str | int, kind: ProviderErrorKind
) -> None:
    server.fault("eleven.timestamps", 1, fault)
    error = await ELEVENLABS.failure(provider)
    assert error.kind is kind, str(error)
    assert error.hint
    assert (await provider.generate_speech(TEXT, VOICE)).pcm.size
    assert len(server.requests("eleven.timestamps")) == 2  # no retries of the SDK's own


async def test_an_account_without_credit_is_no_wrong_key(server: LoopbackServers, provider: ElevenLabsTTS) -> None:
    server.fault("eleven.timestamps", 1, 401, code="quota_exceeded")
    assert (await ELEVENLABS.failure(provider)).kind is ProviderErrorKind.QUOTA


async def test_too_many_at_once_is_tried_again_soon(server: LoopbackServers, provider: ElevenLabsTTS) -> None:
    server.configure(concurrency=1, real_time_factor=0.1)
    done = await asyncio.gather(*(provider.generate_speech(TEXT, VOICE) for _ in range(3)), return_exceptions=True)
    errors = [error for error in done if isinstance(error, ProviderError)]
    assert [(error.kind, error.retry_after) for error in errors] == [(ProviderErrorKind.RATE_LIMIT, 1.0)] * 2
    server.fault("eleven.timestamps", 1, 429, retry_after=6)
    assert (await ELEVENLABS.failure(provider)).retry_after == 6.0


async def test_a_wrong_key_has_no_voices(server: LoopbackServers) -> None:
    provider = ELEVENLABS.provider(server.elevenlabs_url, key="xi-wrong-0123456789")
    with pytest.raises(ProviderError) as caught:
        await provider.voices()
    assert caught.value.kind is ProviderErrorKind.AUTH
    await provider.aclose()


async def test_an_unknown_voice_is_named(server: LoopbackServers, provider: ElevenLabsTTS) -> None:
    server.fault("eleven.timestamps", 1, 404)
    assert "almavoice" in str(await ELEVENLABS.failure(provider))


# ------------------------------------------------------------------ the account


async def test_the_accounts_voices_come_page_by_page_and_once(server: LoopbackServers, provider: ElevenLabsTTS) -> None:
    server.configure(voice_count=230, tier="creator")
    voices = await provider.voices()
    assert len(voices) == 230
    duncan = voices[3]
    assert (duncan.name, duncan.gender, duncan.age, duncan.accent) == ("Duncan", "male", "elderly", "en-GB-scotland")
    assert provider.max_concurrency == 5
    assert await provider.voices() is voices
    assert len(server.requests("eleven.voices")) == 3


async def test_a_limit_that_was_set_is_kept(server: LoopbackServers) -> None:
    server.configure(tier="scale")
    provider = ELEVENLABS.provider(server.elevenlabs_url, max_concurrency=7)
    await provider.voices()
    await provider.aclose()
    assert provider.max_concurrency == 7


async def test_where_the_list_cannot_be_had_there_are_the_voices_of_every_account(
    server: LoopbackServers, provider: ElevenLabsTTS
) -> None:
    server.fault("eleven.voices", 1, 503)
    server.fault("eleven.subscription", 1, 401, code="missing_permissions")
    shipped = await provider.voices()
    assert "Sarah" in {voice.name for voice in shipped}
    assert provider.max_concurrency == 2
    # it was for a moment
    assert len(await provider.voices()) == 5


async def test_an_account_with_one_voice_gets_the_others(server: LoopbackServers, provider: ElevenLabsTTS) -> None:
    server.configure(voice_count=1)
    voices = await provider.voices()
    assert voices[0].name == "Alma"
    assert len(voices) > 10


async def test_without_a_key_no_account_is_asked(server: LoopbackServers) -> None:
    provider = ELEVENLABS.provider(server.elevenlabs_url, key=None)
    assert len(await provider.voices()) > 10
    assert server.log() == []


def test_labels_in_many_spellings() -> None:
    def voice(**labels: str) -> Any:
        return account_voice(SimpleNamespace(voice_id="v", name="Ann - calm", labels=labels))

    assert voice(gender="Female", age="middle-aged", accent="us-southern").accent == "en-US-southern"
    assert voice(accent="American", gender="non-binary").gender == "neutral"
    assert voice(language="es", accent="mexican").languages == ("es",)
    assert voice(accent="south african").accent == "en-ZA"
    assert voice().name == "Ann"
    assert account_voice(SimpleNamespace(voice_id=None)) is None


@pytest.mark.parametrize(("tier", "count"), [("free", 2), ("pro", 10), ("growing_business", 2), (None, 2)])
def test_plans(tier: str | None, count: int) -> None:
    assert requests_at_once(tier) == count


@pytest.mark.parametrize("options", [{"stabilty": 1}, {"output_format": "mp3_44100_128"}])
def test_wrong_options_are_told(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        ELEVENLABS.provider(None, options=options)


# ------------------------------------------------------------------ characters to words


def times_of(text: str, characters: str, *, chunk: int, relative: bool = False) -> tuple[CharacterTimes, list[Any]]:
    times, words = CharacterTimes(text), []
    for at in range(0, len(characters), chunk):
        piece = list(characters[at : at + chunk])
        base = 0 if relative else at
        starts = [(base + i) * 0.1 for i in range(len(piece))]
        times.feed(piece, starts, [start + 0.1 for start in starts], chunk_start_s=at * 0.1)
        words += times.heard((at + len(piece)) * 0.1)
    return times, words + times.finish(len(characters) * 0.1)


@given(st.text(alphabet="ab .\n", min_size=1, max_size=30), st.integers(1, 7), st.booleans())
def test_every_word_once_in_any_chunks(text: str, chunk: int, relative: bool) -> None:
    times, words = times_of(text, text, chunk=chunk, relative=relative)
    assert [word.text for word in words] == text.split()
    assert not times.lost
    at = 0
    for word in words:
        at = text.index(word.text, at)
        assert word.start_s == pytest.approx(at * 0.1)
        at += len(word.text)
        assert word.end_s == pytest.approx(at * 0.1)


def test_words_that_the_service_changed_have_no_times() -> None:
    times, words = times_of("I owe $5 now", "I owe five dollars now", chunk=4)
    assert [word.text for word in words] == ["I", "owe"]
    assert times.untimed == ["$5", "now"]
    assert not times.lost


def test_letters_that_never_came_are_a_loss() -> None:
    times, _ = times_of("I owe five dollars now", "I owe fllars now", chunk=4)
    assert times.lost


def test_words_keep_some_time_where_the_service_gives_none() -> None:
    times = CharacterTimes("a b c")
    times.feed(list("a b c"), [0.5] * 5, [0.5] * 5, chunk_start_s=0.0)
    words = times.finish(0.52)
    edges = [edge for word in words for edge in (word.start_s, word.end_s)]
    assert edges == sorted(edges)
    assert all(word.end_s > word.start_s for word in words)
