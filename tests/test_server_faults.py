"""The loopback servers go wrong as they are told to, and the real openai SDK sees it as it sees the real trouble."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator

import openai
import pytest

from tests.servers import LoopbackServers, ServerSettings
from tests.servers.clients import TEXT, Said, ask, speak


@pytest.fixture(scope="module")
def running() -> Iterator[LoopbackServers]:
    with LoopbackServers() as servers:
        yield servers


@pytest.fixture
def servers(running: LoopbackServers) -> Iterator[LoopbackServers]:
    running.reset()
    yield running
    running.configure(**ServerSettings().to_json())


@pytest.fixture
async def client(servers: LoopbackServers) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(api_key="key", base_url=servers.openai_url, max_retries=0) as client:
        yield client


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, openai.AuthenticationError),
        (402, openai.APIStatusError),
        (403, openai.PermissionDeniedError),
        (404, openai.NotFoundError),
        (408, openai.APIStatusError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (503, openai.InternalServerError),
        (529, openai.InternalServerError),
    ],
)
async def test_statuses(
    client: openai.AsyncOpenAI, servers: LoopbackServers, status: int, error: type[openai.APIStatusError]
) -> None:
    servers.fault("chat", 1, status, retry_after=1.5)
    with pytest.raises(error) as raised:
        await ask(client)
    assert raised.value.status_code == status
    assert raised.value.response.headers["retry-after"] == "1.5"
    assert (await ask(client)).finish == "stop"


async def test_refusals_say_why(client: openai.AsyncOpenAI, servers: LoopbackServers) -> None:
    servers.fault("chat", 1, "quota")
    with pytest.raises(openai.RateLimitError) as quota:
        await ask(client)
    assert quota.value.code == "insufficient_quota"
    servers.fault("chat", 1, "bad_param", param="top_p")
    servers.fault("chat", 2, "bad_param", param="seed", param_in_message_only=True)
    for param in ("top_p", None):
        with pytest.raises(openai.BadRequestError) as refused:
            await ask(client)
        assert refused.value.param == param
    assert "'seed'" in str(refused.value)
    servers.configure(refused_params=["temperature"])
    assert (await ask(client)).finish == "stop"
    with pytest.raises(openai.BadRequestError) as refused:
        await ask(client, temperature=0.5)
    assert refused.value.param == "temperature"


@pytest.mark.parametrize(
    ("kind", "error", "pieces"),
    [
        ("reset", openai.APIConnectionError, 0),
        ("stall", openai.APITimeoutError, 0),
        ("reset_midway", openai.APIConnectionError, 3),
        ("fin_midway", openai.APIConnectionError, 3),
        ("stall_midway", openai.APITimeoutError, 3),
        ("malformed", json.JSONDecodeError, 3),
        ("error_event", openai.APIError, 3),
    ],
)
async def test_broken_streams(
    client: openai.AsyncOpenAI, servers: LoopbackServers, kind: str, error: type[Exception], pieces: int
) -> None:
    servers.fault("chat", 1, kind)
    said = Said()
    with pytest.raises(error):
        await ask(client, said=said, timeout=1.0 if "stall" in kind else 20.0)
    assert len(said.pieces) == pieces
    assert said.finish is None
    assert servers.requests("chat")[0].fault == kind


@pytest.mark.parametrize(
    ("kind", "pieces", "finish"),
    [
        ("truncated", 3, None),
        ("html", 0, None),
        ("wrong_type", 0, None),
        ("empty", 0, "stop"),
        ("length", 3, "length"),
        ("content_filter", 3, "content_filter"),
    ],
)
async def test_streams_that_look_well(
    client: openai.AsyncOpenAI, servers: LoopbackServers, kind: str, pieces: int, finish: str | None
) -> None:
    servers.fault("chat", 1, kind, after=3)
    said = await ask(client)
    assert (len(said.pieces), said.finish) == (pieces, finish)


async def test_broken_speech(client: openai.AsyncOpenAI, servers: LoopbackServers) -> None:
    whole = await speak(client)
    results: dict[str, bytes] = {}
    for kind in ("odd", "short", "truncated", "empty", "html", "wrong_type"):
        servers.fault("speech", 1, kind)
        results[kind] = await speak(client)
    assert results["odd"] == whole[:-1]
    assert 0 < len(results["short"]) < len(whole) / 8
    assert results["truncated"] == whole[: len(whole) // 2]
    assert results["empty"] == b""
    assert results["html"].startswith(b"<!doctype html>")
    assert results["wrong_type"].startswith(b"{")


@pytest.mark.parametrize(("kind", "reset"), [("reset_midway", True), ("fin_midway", False)])
async def test_a_break_comes_after_so_many_bytes(servers: LoopbackServers, kind: str, reset: bool) -> None:
    servers.fault("speech", 1, kind, after=7001)
    body = json.dumps({"model": "m", "voice": "v", "input": TEXT, "response_format": "pcm"})
    reader, writer = await asyncio.open_connection("127.0.0.1", servers.port)
    head = "POST /openai/v1/audio/speech HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
    with pytest.raises(ConnectionResetError) if reset else contextlib.nullcontext():
        while await reader.read(65536):
            pass
    writer.close()
    with contextlib.suppress(ConnectionResetError):
        await writer.wait_closed()
    [entry] = servers.requests("speech")
    assert (entry.bytes_sent, entry.end) == (7001, "fault")


async def test_faults_hit_the_requests_they_are_for(client: openai.AsyncOpenAI, servers: LoopbackServers) -> None:
    servers.fault("chat", 2, 500, count=2)
    servers.fault("chat", 5, 503, count=0)
    seen: list[int] = []
    for _ in range(7):
        try:
            await ask(client)
            seen.append(200)
        except openai.InternalServerError as error:
            seen.append(error.status_code)
    assert seen == [200, 500, 500, 200, 503, 503, 503]
    assert [entry.status for entry in servers.log()] == seen
    servers.reset()
    assert (await ask(client)).finish == "stop"
    for route, kind in (("chat", "odd"), ("chatt", "reset"), ("speech", "malformed"), ("chat", 299)):
        with pytest.raises(ValueError, match=r"can't have|no route"):
            servers.fault(route, 1, kind)
    with pytest.raises(ValueError, match="ttft"):
        servers.configure(ttft=1)
