"""The loopback servers do what they say: the real SDKs understand them, times and faults are where they were put."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import json
import time
import wave
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import httpx
import numpy as np
import openai
import pytest
import websockets
from elevenlabs.client import AsyncElevenLabs
from elevenlabs.core.api_error import ApiError
from hypothesis import given
from hypothesis import strategies as st

from tests.servers import LoopbackServers, ServerSettings, speech_seconds, speech_signal, word_times
from tests.servers.clients import CUE, CUSTOMER, SUPPORT, TEXT, Said, ask, speak
from tests.servers.script import built_in, tokens_of

SECRET = "sk-very-secret-0123456789"


@pytest.fixture(scope="module")
def running() -> Iterator[LoopbackServers]:
    with LoopbackServers(log_event_times=True) as servers:
        yield servers


@pytest.fixture
def servers(running: LoopbackServers) -> Iterator[LoopbackServers]:
    running.reset()
    yield running
    running.configure(**ServerSettings(log_event_times=True).to_json())


@pytest.fixture
async def client(servers: LoopbackServers) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(api_key=SECRET, base_url=servers.openai_url, max_retries=0) as client:
        yield client


@pytest.fixture
async def eleven(servers: LoopbackServers) -> AsyncIterator[AsyncElevenLabs]:
    async with httpx.AsyncClient() as http:
        yield AsyncElevenLabs(api_key=SECRET, base_url=servers.elevenlabs_url, httpx_client=http)


# ------------------------------------------------------------------ text


@given(st.text())
def test_tokens_are_the_text(text: str) -> None:
    assert "".join(tokens_of(text)) == text


def test_built_in_dialogue_never_repeats_and_ends_with_the_tag() -> None:
    settings = ServerSettings(turns=300, outcome="escalated")
    for side in ("customer", "support"):
        replies = [built_in(settings, side, said) for said in range(300)]
        assert len(set(replies)) == 300
        assert all("<end_call" not in reply for reply in replies[:-1])
        assert replies[-1].endswith('\n<end_call outcome="escalated"/>')


async def test_chat_speaks_as_the_side_and_turn_that_is_asked(
    client: openai.AsyncOpenAI, servers: LoopbackServers
) -> None:
    settings = ServerSettings()
    for prompt, side in ((CUSTOMER, "customer"), (SUPPORT, "support")):
        history: list[dict[str, str]] = [prompt, CUE]
        for turn in range(settings.turns):
            said = await ask(client, *history)
            assert said.text == built_in(settings, side, turn)
            assert said.finish == "stop"
            assert said.usage.completion_tokens == len(said.pieces)
            history += [{"role": "assistant", "content": said.text}, CUE]
    servers.configure(customer=["First.", "Last."])
    texts = [(await ask(client, CUSTOMER, *[{"role": "assistant", "content": "x"}] * n)).text for n in range(3)]
    assert texts == ["First.", "Last.", "Last."]


async def test_chat_without_streaming_and_models(client: openai.AsyncOpenAI) -> None:
    create: Any = client.chat.completions.create
    answer = await create(model="m", messages=[SUPPORT, CUE], max_completion_tokens=4)
    assert answer.choices[0].finish_reason == "length"
    assert answer.choices[0].message.content == "".join(tokens_of(built_in(ServerSettings(), "support", 0))[:4])
    assert [model.id async for model in client.models.list()] == list(ServerSettings().models)


async def test_tokens_come_when_they_are_due(client: openai.AsyncOpenAI, servers: LoopbackServers) -> None:
    servers.configure(ttft_s=0.15, tokens_per_s=100, support=["one two three four five six"])
    before = time.monotonic()
    said = await ask(client)
    after = time.monotonic()
    # The server is done with a request a moment after its last byte has been read.
    await servers.wait_for(lambda log: log[0].ended is not None)
    [entry] = servers.requests("chat")
    assert entry.first_byte is not None and entry.last_byte is not None and entry.ended is not None
    assert before <= entry.started <= entry.first_byte <= entry.last_byte <= min(entry.ended, after)
    assert entry.tokens_sent == len(said.pieces) == 6
    # never early; how late is up to the machine
    due = [entry.started + 0.15 + index / 100 for index in range(6)]
    assert all(sent >= when - 1e-4 for sent, when in zip(entry.event_times, due, strict=False))
    assert entry.last_byte - entry.started < 5


async def test_responses(client: openai.AsyncOpenAI, servers: LoopbackServers) -> None:
    async def events() -> list[Any]:
        create: Any = client.responses.create
        stream = await create(
            model="m", instructions=CUSTOMER["content"], input=[CUE], stream=True, store=False, max_output_tokens=200
        )
        async with stream:
            return [event async for event in stream]

    seen = await events()
    text = built_in(ServerSettings(), "customer", 0)
    assert "".join(event.delta for event in seen if event.type == "response.output_text.delta") == text
    assert [event.sequence_number for event in seen] == list(range(len(seen)))
    assert seen[-1].type == "response.completed"
    assert seen[-1].response.output_text == text
    assert seen[-1].response.usage.output_tokens == len(tokens_of(text))

    servers.fault("responses", 1, "length", after=2)
    last = (await events())[-1]
    assert (last.type, last.response.incomplete_details.reason) == ("response.incomplete", "max_output_tokens")
    servers.fault("responses", 1, "failed")
    last = (await events())[-1]
    assert (last.type, last.response.error.code) == ("response.failed", "server_error")
    servers.fault("responses", 1, "truncated")
    assert (await events())[-1].type == "response.output_text.delta"
    servers.fault("responses", 1, "error_event")
    last = (await events())[-1]
    assert (last.type, last.code) == ("error", "server_error")


async def test_anthropic_raw(servers: LoopbackServers) -> None:
    body = {"model": "m", "system": SUPPORT["content"], "messages": [CUE], "max_tokens": 100, "stream": True}

    async def events(session: aiohttp.ClientSession) -> list[dict[str, Any]]:
        async with session.post(f"{servers.anthropic_url}/v1/messages", json=body) as answer:
            return [json.loads(line[6:]) for line in (await answer.text()).splitlines() if line.startswith("data: ")]

    async with aiohttp.ClientSession() as session:
        seen = await events(session)
        text = built_in(ServerSettings(), "support", 0)
        assert "".join(event["delta"]["text"] for event in seen if event["type"] == "content_block_delta") == text
        assert [event["type"] for event in (seen[0], seen[-1])] == ["message_start", "message_stop"]
        assert seen[-2]["delta"]["stop_reason"] == "end_turn"
        assert seen[-2]["usage"]["output_tokens"] == len(tokens_of(text))
        servers.fault("messages", 1, "truncated")
        assert (await events(session))[-1]["type"] == "content_block_delta"
        servers.fault("messages", 1, 529)
        async with session.post(f"{servers.anthropic_url}/v1/messages", json=body) as answer:
            assert (answer.status, (await answer.json())["error"]["type"]) == (529, "overloaded_error")


async def test_anthropic_sdk(servers: LoopbackServers) -> None:
    anthropic = pytest.importorskip("anthropic")
    async with anthropic.AsyncAnthropic(api_key=SECRET, base_url=servers.anthropic_url, max_retries=0) as client:
        asked: dict[str, Any] = {"model": "m", "max_tokens": 100, "messages": [CUE], "system": CUSTOMER["content"]}
        async with client.messages.stream(**asked) as stream:
            text = "".join([piece async for piece in stream.text_stream])
            final = await stream.get_final_message()
        assert text == built_in(ServerSettings(), "customer", 0)
        assert (final.stop_reason, final.usage.output_tokens) == ("end_turn", len(tokens_of(text)))
        servers.fault("messages", 1, 401)
        with pytest.raises(anthropic.AuthenticationError):
            await client.messages.create(**asked)


# ------------------------------------------------------------------ sound


def test_words_sound_where_they_are_said_to() -> None:
    rate = 16_000
    signal = np.abs(speech_signal(TEXT, "ash", rate).astype(np.int32))
    assert len(signal) == round(speech_seconds(TEXT) * rate)
    loud = np.flatnonzero(signal > 300)
    breaks = np.flatnonzero(np.diff(loud) > 0.04 * rate)
    onsets = np.concatenate([loud[:1], loud[breaks + 1]]) / rate
    words = word_times(TEXT)
    assert [word for word, _, _ in words] == TEXT.split()
    assert np.abs(onsets - [start for _, start, _ in words]).max() < 0.005
    # the last letter fades, and the punctuation behind it is silent
    offsets = np.concatenate([loud[breaks], loud[-1:]]) / rate
    assert np.abs(offsets - [end for _, _, end in words]).max() < 0.02
    assert not np.array_equal(signal, np.abs(speech_signal(TEXT, "coral", rate).astype(np.int32)))


async def test_openai_speech(client: openai.AsyncOpenAI, servers: LoopbackServers) -> None:
    assert await speak(client) == speech_signal(TEXT, "alloy").tobytes()
    assert len(await speak(client, speed=2.0)) == pytest.approx(speech_seconds(TEXT, 2.0) * 48_000, abs=2)
    servers.configure(wav_size_known=True)
    with wave.open(io.BytesIO(await speak(client, kind="wav"))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 24_000)
        assert file.readframes(10**7) == speech_signal(TEXT, "alloy").tobytes()
    refused: list[dict[str, Any]] = [{"text": ""}, {"text": "x" * 4097}, {"kind": "opus"}, {"speed": 9.0}]
    for wrong in refused:
        with pytest.raises(openai.BadRequestError):
            await speak(client, **wrong)


async def test_speech_comes_when_it_is_due(client: openai.AsyncOpenAI, servers: LoopbackServers) -> None:
    servers.configure(speech_ttfb_s=0.1, real_time_factor=0.1, chunk_bytes=9600)
    await speak(client)
    [entry] = servers.requests("speech")
    due = [entry.started + 0.1 + index * 0.2 * 0.1 for index in range(len(entry.event_times))]
    assert len(due) == -(-entry.bytes_sent // 9600)
    assert entry.audio_s == pytest.approx(speech_seconds(TEXT))
    assert all(sent >= when - 1e-4 for sent, when in zip(entry.event_times, due, strict=True))


async def test_elevenlabs_speech(eleven: Any, servers: LoopbackServers) -> None:
    asked: dict[str, Any] = {"text": TEXT, "model_id": "eleven_flash_v2_5", "output_format": "pcm_22050"}
    async with contextlib.aclosing(eleven.text_to_speech.stream("alma", **asked)) as stream:
        plain = b"".join([piece async for piece in stream])
    assert plain == speech_signal(TEXT, "alma", 22_050).tobytes()

    async with contextlib.aclosing(eleven.text_to_speech.stream_with_timestamps("alma", **asked)) as stream:
        parts = [part async for part in stream]
    assert b"".join(base64.b64decode(part.audio_base_64) for part in parts) == plain
    told = [part.alignment for part in parts if part.alignment]
    assert "".join(character for part in told for character in part.characters) == TEXT
    starts = [start for part in told for start in part.character_start_times_seconds]
    assert starts == pytest.approx([index / 15 for index in range(len(TEXT))], abs=1e-3)

    servers.fault("eleven.timestamps", 1, "malformed", after=1)
    async with contextlib.aclosing(eleven.text_to_speech.stream_with_timestamps("alma", **asked)) as stream:
        assert len([part async for part in stream]) == len(parts) - 1
    servers.fault("eleven.speech", 1, "reset_midway")
    with pytest.raises(httpx.ReadError):
        async with contextlib.aclosing(eleven.text_to_speech.stream("alma", **asked)) as stream:
            _ = [piece async for piece in stream]


async def test_elevenlabs_account(eleven: AsyncElevenLabs, servers: LoopbackServers) -> None:
    servers.configure(voice_count=7, tier="creator")
    seen: list[str] = []
    token: str | None = None
    while True:
        page = await eleven.voices.search(page_size=3, next_page_token=token)
        seen += [voice.voice_id for voice in page.voices]
        token = page.next_page_token
        if not page.has_more:
            break
    assert seen == [voice.voice_id for voice in (await eleven.voices.get_all()).voices]
    assert len(set(seen)) == 7
    assert (await eleven.user.subscription.get()).tier == "creator"
    assert "eleven_flash_v2_5" in [model.model_id for model in await eleven.models.list()]


async def test_elevenlabs_refuses_too_many_at_once(eleven: Any, servers: LoopbackServers) -> None:
    servers.configure(concurrency=2, speech_ttfb_s=5.0)

    async def speech() -> None:
        async with contextlib.aclosing(eleven.text_to_speech.stream("alma", text="Hi", output_format="pcm_24000")) as s:
            _ = [piece async for piece in s]

    waiting = [asyncio.create_task(speech()) for _ in range(2)]
    await servers.wait_for(lambda log: len(log) == 2)
    with pytest.raises(ApiError) as refused:
        await speech()
    assert refused.value.status_code == 429
    assert refused.value.body["detail"]["status"] == "too_many_concurrent_requests"
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert servers.peak("eleven.speech") == 3


async def test_realtime(client: openai.AsyncOpenAI, servers: LoopbackServers) -> None:
    output: Any = {"voice": "marin", "format": {"type": "audio/pcm", "rate": 24_000}}

    async def utter(connection: Any, text: str = TEXT) -> list[Any]:
        content = [{"type": "input_text", "text": text}]
        message = {"type": "message", "role": "user", "content": content}
        await connection.response.create(response={"conversation": "none", "input": [message] if text else []})
        events: list[Any] = []
        async for event in connection:
            events.append(event)
            if event.type in {"response.done", "error"}:
                break
        return events

    async with client.realtime.connect(model="gpt-realtime-2.1-mini") as connection:
        assert (await connection.recv()).type == "session.created"
        await connection.session.update(session={"type": "realtime", "audio": {"output": output}})
        assert (await connection.recv()).type == "session.updated"
        events = await utter(connection)
        sound = b"".join(base64.b64decode(e.delta) for e in events if e.type == "response.output_audio.delta")
        assert sound == speech_signal(TEXT, "marin").tobytes()
        assert [e.transcript for e in events if e.type == "response.output_audio_transcript.done"] == [TEXT]
        assert events[-1].response.status == "completed"
        assert (await utter(connection, ""))[-1].type == "error"
        servers.fault("realtime.response", 1, "reworded")
        servers.fault("realtime.response", 2, "failed")
        servers.fault("realtime.response", 3, "reset_midway")
        [reworded] = [e for e in await utter(connection) if e.type == "response.output_audio_transcript.done"]
        assert reworded.transcript != TEXT
        assert (await utter(connection))[-1].response.status == "failed"
        with pytest.raises(websockets.ConnectionClosedError):
            await utter(connection)
    ends = [entry.end for entry in servers.requests("realtime.response")]
    assert ends == ["complete", "complete", "complete", "complete", "fault"]
    servers.fault("realtime", 1, 401)
    with pytest.raises(websockets.InvalidStatus):
        async with client.realtime.connect(model="m"):
            pass


# ------------------------------------------------------------------ log and life


async def test_keys_are_checked_and_never_logged(client: openai.AsyncOpenAI, servers: LoopbackServers) -> None:
    servers.configure(required_key=SECRET)
    assert (await ask(client)).finish == "stop"
    with pytest.raises(openai.AuthenticationError, match="sk-wrong"):
        await ask(client.with_options(api_key="sk-wrong"))
    async with aiohttp.ClientSession() as session, session.get(f"{servers.elevenlabs_url}/v1/voices") as answer:
        assert answer.status == 401
    assert [entry.key_present for entry in servers.log()] == [True, True, False]
    assert SECRET not in repr(servers.log())


async def test_a_client_that_goes_is_seen_at_once(client: openai.AsyncOpenAI, servers: LoopbackServers) -> None:
    servers.configure(tokens_per_s=0.05)  # the next token is due in 20 s
    said = Said()
    task = asyncio.create_task(ask(client, said=said))
    await servers.wait_for(lambda log: bool(log) and log[0].tokens_sent == 1)
    assert servers.requests("chat")[0].end == "open"
    assert servers.open_connections() == 1
    gone = time.monotonic()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await servers.wait_for(lambda log: log[0].end != "open")
    [entry] = servers.requests("chat")
    assert entry.end == "client_closed"
    assert entry.ended is not None
    assert 0 <= entry.ended - gone < 5
    assert entry.tokens_sent == 1


async def test_connections_are_told_apart(client: openai.AsyncOpenAI, servers: LoopbackServers) -> None:
    await ask(client)
    await ask(client)
    async with openai.AsyncOpenAI(api_key="x", base_url=servers.openai_url) as other:
        await ask(other)
    first, second, third = (entry.connection for entry in servers.log())
    assert first == second != third


async def test_in_a_process_of_its_own() -> None:
    async with (
        LoopbackServers(ServerSettings(support=("Hello.",)), process=True) as servers,
        openai.AsyncOpenAI(api_key="x", base_url=servers.openai_url) as client,
    ):
        before = time.monotonic()
        assert (await ask(client)).text == "Hello."
        [entry] = servers.log()
        assert before <= entry.started <= time.monotonic()
        servers.fault("chat", 1, "stall")
        with pytest.raises(openai.APITimeoutError):
            await ask(client.with_options(timeout=0.2, max_retries=0))
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(servers.openai_url)
