"""The anthropic language model, made as a plug-in is: by the function that its entry point names."""

from __future__ import annotations

import asyncio
import json
import time
import traceback
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing
from typing import Any

import pytest

from tests.llm_turns import KEY, ask, canned_server, turn_request
from tests.servers import LoopbackServers
from vcg_tui.config import LLMSettings, Settings
from vcg_tui.errors import ConfigError, ProviderError, ProviderErrorKind
from vcg_tui.providers.base import Message, ProviderNotice
from vcg_tui.providers.llm import anthropic
from vcg_tui.providers.llm.anthropic import AnthropicLLM, make

SAID = "Good morning, this is Sam. How can I help you — today?"

Kind = ProviderErrorKind


@pytest.fixture(scope="module")
def running() -> Generator[LoopbackServers]:
    with LoopbackServers(support=(SAID,)) as servers:
        yield servers


@pytest.fixture
def servers(running: LoopbackServers) -> LoopbackServers:
    running.reset()
    running.configure(support=[SAID], required_key=None, ttft_s=0, tokens_per_s=0)
    return running


@pytest.fixture
async def llm_at(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Any]:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    made: list[AnthropicLLM] = []

    def at(url: str, **about: Any) -> AnthropicLLM:
        made.append(make(LLMSettings(type="anthropic", base_url=url, **{"timeout_s": 5, **about}), Settings()))
        return made[-1]

    yield at
    for llm in made:
        await llm.aclose()


async def failing(llm: AnthropicLLM) -> ProviderError:
    """The error of a request; its traceback and all that it says must be free of the key."""
    with pytest.raises(ProviderError) as caught:
        await ask(llm)
    error = caught.value
    shown = "".join(traceback.format_exception(error)) + repr(vars(error))
    assert KEY not in shown
    assert error.provider == "anthropic"
    assert error.hint
    return error


async def test_a_turn(servers: LoopbackServers, llm_at: Any) -> None:
    said = [("system", "Be Sam."), ("user", "a"), ("user", "b"), ("assistant", "c"), ("user", "d")]
    messages = [Message(role, text) for role, text in said]  # type: ignore[arg-type]  # the literals are roles
    answer = await ask(llm_at(servers.anthropic_url), turn_request(messages))
    assert answer.text == SAID
    assert len(answer.pieces) > 5
    assert answer.done is not None
    (request,) = servers.requests("messages")
    assert (answer.done.finish_reason, answer.done.completion_tokens) == ("stop", request.tokens_sent)
    assert answer.done.prompt_tokens > 1
    assert request.body == {
        "model": "claude-haiku-5-5",
        "max_tokens": 400,
        "system": "Be Sam.",
        "messages": [
            {"role": "user", "content": "a\n\nb"},
            {"role": "assistant", "content": "c"},
            {"role": "user", "content": "d"},
        ],
        "stream": True,
    }


async def test_the_model_wants_to_be_spoken_to_first(servers: LoopbackServers, llm_at: Any) -> None:
    llm = llm_at(servers.anthropic_url)
    await ask(llm, turn_request([Message("system", "s")]))
    await ask(llm, turn_request([Message("system", "s"), Message("assistant", "Hello?"), Message("user", "Hi.")]))
    assert [[message["role"] for message in r.body["messages"]] for r in servers.requests("messages")] == [
        ["user"],
        ["user", "assistant", "user"],
    ]


async def test_options_and_the_token_limit(servers: LoopbackServers, llm_at: Any) -> None:
    options = {"max_tokens": 5, "output_config": {"effort": "low"}, "top_k": None}
    answer = await ask(llm_at(servers.anthropic_url, options=options, model="claude-x"))
    assert answer.done is not None
    assert (answer.done.finish_reason, answer.done.completion_tokens) == ("length", 5)
    body = servers.requests("messages")[0].body
    assert (body["output_config"], body["model"], "top_k" in body) == ({"effort": "low"}, "claude-x", False)


async def test_one_connection_serves_turn_after_turn(servers: LoopbackServers, llm_at: Any) -> None:
    llm = llm_at(servers.anthropic_url)
    for _ in range(3):
        await ask(llm)
    assert len({request.connection for request in servers.requests("messages")}) == 1


@pytest.mark.parametrize(
    ("fault", "about", "kind", "words"),
    [
        (400, {}, Kind.BAD_REQUEST, "refused the request (400)"),
        (401, {}, Kind.AUTH, "refused the key (401)."),
        (402, {}, Kind.QUOTA, "no credit"),
        (403, {}, Kind.AUTH, "denied access (403)"),
        (404, {"message": "model: claude-haiku-5-5"}, Kind.BAD_REQUEST, "has no model 'claude-haiku-5-5'"),
        (429, {"retry_after": 3}, Kind.RATE_LIMIT, "fewer requests (429)."),
        (500, {}, Kind.CONNECTION, "in trouble (500)"),
        (529, {}, Kind.CONNECTION, "in trouble (529)"),
        ("reset", {}, Kind.CONNECTION, "broke."),
        ("reset_midway", {}, Kind.CONNECTION, "broke."),
        ("fin_midway", {}, Kind.CONNECTION, "broke."),
        ("stall", {}, Kind.TIMEOUT, "in time."),
        ("stall_midway", {}, Kind.TIMEOUT, "in time."),
        ("truncated", {}, Kind.BAD_RESPONSE, "broke off before the end"),
        ("malformed", {}, Kind.BAD_RESPONSE, "can't be read"),
        ("html", {}, Kind.BAD_RESPONSE, "text/html instead of a stream"),
        ("wrong_type", {}, Kind.BAD_RESPONSE, "application/json instead of a stream"),
        ("empty", {}, Kind.BAD_RESPONSE, "sent no text"),
        ("error_event", {}, Kind.CONNECTION, "broke off with an error: Overloaded."),
        ("content_filter", {}, Kind.BAD_RESPONSE, "content filter"),
        ("length", {"after": 0}, Kind.BAD_RESPONSE, "used up its token limit"),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_trouble_is_told_and_the_next_request_is_fine(
    servers: LoopbackServers, llm_at: Any, fault: str, about: dict, kind: ProviderErrorKind, words: str
) -> None:
    llm = llm_at(servers.anthropic_url, timeout_s=0.4 if "stall" in str(fault) else 5)
    servers.fault("messages", 1, fault, **about)
    error = await failing(llm)
    assert error.kind is kind
    assert words in error.message
    assert error.retry_after == about.get("retry_after")
    assert len(servers.requests("messages")) == 1
    assert (await ask(llm)).text == SAID


async def test_the_key_is_sent(llm_at: Any) -> None:
    # In which header is the SDK's own affair, and has changed.
    async with canned_server(status=401, content_type="application/json") as canned:
        await failing(llm_at(canned.url))
    assert any(KEY in value for value in canned.asked_with[0].values())


async def test_a_wrong_key_names_its_variable(servers: LoopbackServers, llm_at: Any) -> None:
    servers.configure(required_key="another")
    error = await failing(llm_at(servers.anthropic_url))
    assert (error.kind, "ANTHROPIC_API_KEY" in error.hint) == (Kind.AUTH, True)


async def test_a_refused_parameter_is_left_out(servers: LoopbackServers, llm_at: Any) -> None:
    servers.fault("messages", 1, 400, message="temperature: Extra inputs are not permitted")
    llm = llm_at(servers.anthropic_url, options={"temperature": 0.5})
    (notice,) = (await ask(llm)).notices
    assert isinstance(notice, ProviderNotice)
    assert "refuses temperature" in notice.text
    assert ["temperature" in request.body for request in servers.requests("messages")] == [True, False]


async def test_the_token_limit_can_not_be_left_out(servers: LoopbackServers, llm_at: Any) -> None:
    servers.fault("messages", 1, 400, message="max_tokens: 999999 > 64000")
    error = await failing(llm_at(servers.anthropic_url, options={"max_tokens": 999999}))
    assert (error.kind, "999999 > 64000" in error.message) == (Kind.BAD_REQUEST, True)


def event(kind: str, **about: Any) -> bytes:
    return f"event: {kind}\r\ndata: {json.dumps({'type': kind, **about})}\r\n\r\n".encode()


async def test_thoughts_are_not_spoken_and_cached_tokens_count(llm_at: Any) -> None:
    usage = {"input_tokens": 3, "cache_read_input_tokens": 40, "cache_creation_input_tokens": None, "output_tokens": 1}
    async with canned_server(
        event("message_start", message={"usage": usage}),
        event("content_block_delta", delta={"type": "thinking_delta", "thinking": "Hm.", "text": "Hm."}),
        event("content_block_delta", delta={"type": "text_delta", "text": "Hi."}),
        event("ping"),
        event("message_delta", delta={"stop_reason": "stop_sequence"}, usage={"output_tokens": 9}),
        event("message_stop"),
    ) as canned:
        answer = await ask(llm_at(canned.url))
    assert answer.text == "Hi."
    assert answer.done is not None
    assert (answer.done.finish_reason, answer.done.prompt_tokens, answer.done.completion_tokens) == ("stop", 43, 9)


async def test_leaving_the_stream_closes_the_connection_at_once(servers: LoopbackServers, llm_at: Any) -> None:
    servers.configure(tokens_per_s=1)
    async with aclosing(llm_at(servers.anthropic_url).stream_completion(turn_request())) as stream:
        async for _ in stream:
            break
    left = time.monotonic()
    await servers.wait_for(lambda log: log[-1].end == "client_closed")
    assert servers.requests("messages")[0].ended - left < 2


def test_another_event_loop_after_closing(servers: LoopbackServers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    llm = make(LLMSettings(type="anthropic", base_url=servers.anthropic_url), Settings())

    async def once() -> str:
        try:
            return (await ask(llm)).text
        finally:
            await llm.aclose()

    assert [asyncio.run(once()) for _ in range(2)] == [SAID, SAID]


def test_without_a_key() -> None:
    with pytest.raises(ConfigError, match="anthropic needs a key") as caught:
        make(LLMSettings(type="anthropic"), Settings())
    assert "ANTHROPIC_API_KEY" in caught.value.hint


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anthropic, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="not installed") as caught:
        make(LLMSettings(type="anthropic"), Settings())
    assert "pip install 'vcg-tui[anthropic]'" in caught.value.hint
