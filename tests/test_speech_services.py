"""What every adapter of a service that speaks must do, with its real SDK against a loopback server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import pytest

from tests.servers import LoopbackServers
from tests.speech_services import ELEVENLABS, OPENAI, REALTIME, TEXT, SpeechService
from vcg_tui.errors import ConfigError, ProviderErrorKind
from vcg_tui.providers.base import TTSProvider


@pytest.fixture(scope="module", params=[OPENAI, REALTIME, ELEVENLABS], ids=lambda service: service.name)
def service(request: pytest.FixtureRequest) -> SpeechService[Any]:
    return request.param


@pytest.fixture(scope="module")
def running(service: SpeechService[Any]) -> Iterator[LoopbackServers]:
    with LoopbackServers(required_key=service.key) as servers:
        yield servers


@pytest.fixture
def server(running: LoopbackServers) -> Iterator[LoopbackServers]:
    running.reset()
    yield running
    running.configure(real_time_factor=0.0)


@pytest.fixture
async def provider(service: SpeechService[Any], server: LoopbackServers) -> AsyncIterator[TTSProvider]:
    made = service.provider(service.url(server))
    yield made
    await made.aclose()


async def test_leaving_closes_the_connection_at_once(
    service: SpeechService[Any], server: LoopbackServers, provider: TTSProvider
) -> None:
    server.configure(real_time_factor=5.0)
    async with aclosing(provider.stream_speech(TEXT, service.voice)) as stream:
        await anext(stream)
    await server.wait_for(lambda log: {entry.end for entry in log} == {"client_closed"}, bound_s=3.0)


async def test_cancelling_closes_the_connection_at_once(
    service: SpeechService[Any], server: LoopbackServers, provider: TTSProvider
) -> None:
    server.configure(real_time_factor=5.0)
    task = asyncio.create_task(provider.generate_speech(TEXT, service.voice))
    await server.wait_for(lambda log: any(entry.bytes_sent for entry in log if entry.route == service.route))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await server.wait_for(lambda log: {entry.end for entry in log} == {"client_closed"}, bound_s=3.0)


def test_it_works_on_a_second_event_loop(service: SpeechService[Any], server: LoopbackServers) -> None:
    provider = service.provider(service.url(server))

    async def call() -> int:
        try:
            return (await provider.generate_speech(TEXT, service.voice)).pcm.size
        finally:
            await provider.aclose()

    assert asyncio.run(call()) == asyncio.run(call()) > 0


async def test_a_text_without_words_is_a_short_silence_and_no_request(
    service: SpeechService[Any], server: LoopbackServers, provider: TTSProvider
) -> None:
    speech = await provider.generate_speech("— …", service.voice)
    assert 0.1 < speech.pcm.size / 24_000 < 1
    assert not speech.pcm.any()
    assert [word.text for word in speech.words] == ["—", "…"]
    assert server.log() == []


async def test_a_proxy_does_not_come_between_us_and_this_computer(
    service: SpeechService[Any], provider: TTSProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert (await provider.generate_speech(TEXT, service.voice)).pcm.size


@pytest.mark.parametrize("fault", ["stall", "stall_midway"])
async def test_a_service_that_falls_silent_times_out(
    service: SpeechService[Any], server: LoopbackServers, fault: str
) -> None:
    provider = service.provider(service.url(server), timeout_s=0.3)
    route = "realtime" if service is REALTIME and fault == "stall" else service.route
    server.fault(route, 1, fault)
    assert (await service.failure(provider)).kind is ProviderErrorKind.TIMEOUT
    await provider.aclose()


async def test_a_wrong_key_is_told_with_the_remedy(service: SpeechService[Any], server: LoopbackServers) -> None:
    provider = service.provider(service.url(server), key="sk-wrong-0123456789")
    error = await service.failure(provider)
    await provider.aclose()
    assert error.kind is ProviderErrorKind.AUTH
    assert service.key_field.upper() in error.hint
    assert "sk-wrong" not in str(error)


async def test_nobody_there(service: SpeechService[Any]) -> None:
    provider = service.provider("http://127.0.0.1:9/v1")
    error = await service.failure(provider)
    await provider.aclose()
    assert error.kind is ProviderErrorKind.CONNECTION
    assert "127.0.0.1:9" in str(error)


def test_a_key_is_needed_for_the_service_itself(service: SpeechService[Any]) -> None:
    with pytest.raises(ConfigError, match=f"{service.name} needs a key"):
        service.provider(None, key=None)
