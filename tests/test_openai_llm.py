"""The openai language model: what it sends, what it makes of answers, and of everything that is none."""

from __future__ import annotations

import asyncio
import gc
import json
import time
import traceback
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing
from typing import Any

import pytest

from tests.fake_providers import plan_of, providers
from tests.llm_turns import KEY, Answer, ask, canned_server, turn_request
from tests.servers import LoopbackServers
from vcg_tui.config import KeysSettings, LLMSettings, Settings
from vcg_tui.errors import ConfigError, ProviderError, ProviderErrorKind
from vcg_tui.models.events import CallEnded, Notice
from vcg_tui.providers.base import Message, ProviderNotice
from vcg_tui.providers.llm.openai import OpenAILLM, make
from vcg_tui.services.orchestrator import ConversationOrchestrator
from vcg_tui.services.retry import RetryPolicy
from vcg_tui.services.turn_writer import Delta, Restart, TurnWriter, Written

SAID = "Good morning, this is Sam. How can I help you — today?"

Kind = ProviderErrorKind


@pytest.fixture(scope="module")
def running() -> Generator[LoopbackServers]:
    with LoopbackServers(support=(SAID,)) as servers:
        yield servers


@pytest.fixture
def servers(running: LoopbackServers) -> LoopbackServers:
    running.reset()
    running.configure(
        refused_params=[], support=[SAID], models=["llama-9"], required_key=None, ttft_s=0, tokens_per_s=0
    )
    return running


@pytest.fixture(params=["chat", "responses"])
def api(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
async def open_llms() -> AsyncGenerator[list[OpenAILLM]]:
    made: list[OpenAILLM] = []
    yield made
    for llm in made:
        await llm.aclose()


@pytest.fixture
def llm_at(open_llms: list[OpenAILLM]) -> Any:
    def at(url: str, **about: Any) -> OpenAILLM:
        llm = OpenAILLM(**{"base_url": url, "model": "m", "api_key": KEY, "timeout_s": 5, **about})
        open_llms.append(llm)
        return llm

    return at


async def failing(llm: OpenAILLM) -> ProviderError:
    """The error of a request; its traceback and all that it says must be free of the key."""
    with pytest.raises(ProviderError) as caught:
        await ask(llm)
    error = caught.value
    shown = "".join(traceback.format_exception(error)) + repr(vars(error))
    assert KEY not in shown
    assert KEY[5:] not in shown
    assert error.provider == "openai"
    assert "\n" not in error.message
    assert error.hint
    return error


# ---------------------------------------------------------------- what is sent, and what comes


async def test_a_turn(servers: LoopbackServers, llm_at: Any, api: str) -> None:
    answer: Answer = await ask(llm_at(servers.openai_url, api=api))
    assert answer.text == SAID
    assert len(answer.pieces) > 5
    assert answer.notices == []
    assert answer.done is not None
    assert answer.done.finish_reason == "stop"
    assert answer.done.prompt_tokens > 1
    assert answer.done.completion_tokens == servers.requests(api)[0].tokens_sent


async def test_a_chat_request_holds_nothing_that_nobody_asked_for(servers: LoopbackServers, llm_at: Any) -> None:
    await ask(llm_at(servers.openai_url))
    assert servers.requests("chat")[0].body == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "You are Sam, a support agent."},
            {"role": "user", "content": "(A call comes in. You answer it.)"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


async def test_a_responses_request_is_not_stored(servers: LoopbackServers, llm_at: Any) -> None:
    await ask(llm_at(servers.openai_url, api="responses", options={"max_tokens": 50, "reasoning_effort": "low"}))
    assert servers.requests("responses")[0].body == {
        "model": "m",
        "instructions": "You are Sam, a support agent.",
        "input": [{"role": "user", "content": "(A call comes in. You answer it.)"}],
        "stream": True,
        "store": False,
        "max_output_tokens": 50,
        "reasoning": {"effort": "low"},
    }


async def test_options_reach_the_server_as_they_are(servers: LoopbackServers, llm_at: Any) -> None:
    options = {"temperature": 0.3, "mirostat": 2, "seed": None, "max_tokens": 40}
    llm = llm_at(servers.openai_url, options=options)
    await ask(llm)
    await ask(llm, turn_request(max_tokens=30))
    first, second = (request.body for request in servers.requests("chat"))
    assert {name: first[name] for name in ("temperature", "mirostat", "max_tokens")} == {
        "temperature": 0.3,
        "mirostat": 2,
        "max_tokens": 40,
    }
    assert "seed" not in first
    assert "max_completion_tokens" not in first
    assert second["max_tokens"] == 30


async def test_neighbours_of_one_role_are_one_message(servers: LoopbackServers, llm_at: Any, api: str) -> None:
    said = [("system", "s"), ("user", "a"), ("user", "b"), ("assistant", "c"), ("user", "d")]
    await ask(llm_at(servers.openai_url, api=api), turn_request([Message(role, text) for role, text in said]))  # type: ignore[arg-type]  # the literals are roles
    body = servers.requests(api)[0].body
    sent = [(message["role"], message["content"]) for message in body.get("messages", body.get("input"))]
    assert sent[-3:] == [("user", "a\n\nb"), ("assistant", "c"), ("user", "d")]


async def test_openai_itself_gets_its_own_defaults(monkeypatch: pytest.MonkeyPatch, llm_at: Any) -> None:
    # OpenAI's address is another one here; all that depends on who it is stays.
    async with canned_server(chunk("Hi."), chunk(finish="stop")) as canned:
        monkeypatch.setattr("vcg_tui.providers.sdk.openai.OPENAI_URL", canned.url)
        await ask(llm_at(None, model=None, options={"max_tokens": 99}))
        await ask(llm_at(None, model="gpt-6.2-sol"))
        await ask(llm_at(None, model=None, options={"reasoning_effort": None}))
    defaults, other, silent = canned.bodies
    assert (defaults["model"], defaults["reasoning_effort"], defaults["max_completion_tokens"]) == (
        "gpt-6-luna",
        "none",
        99,
    )
    assert "max_tokens" not in defaults
    assert "reasoning_effort" not in other
    assert "reasoning_effort" not in silent


async def test_one_connection_serves_turn_after_turn(servers: LoopbackServers, llm_at: Any, api: str) -> None:
    llm = llm_at(servers.openai_url, api=api)
    for _ in range(4):
        await ask(llm)
    assert len({request.connection for request in servers.requests(api)}) == 1


async def test_many_turns_at_once(servers: LoopbackServers, llm_at: Any) -> None:
    servers.configure(ttft_s=0.1)
    llm = llm_at(servers.openai_url)
    answers = await asyncio.gather(*(ask(llm) for _ in range(20)))
    assert {answer.text for answer in answers} == {SAID}
    assert servers.peak("chat") == 20


async def test_a_token_limit_ends_the_answer(servers: LoopbackServers, llm_at: Any, api: str) -> None:
    answer = await ask(llm_at(servers.openai_url, api=api, options={"max_tokens": 5}))
    assert answer.done is not None
    assert answer.done.finish_reason == "length"
    assert answer.done.completion_tokens == 5
    assert SAID.startswith(answer.text)


# ---------------------------------------------------------------- what is no answer

FAULTS: list[tuple[str | int, dict[str, Any], ProviderErrorKind, str]] = [
    (400, {}, Kind.BAD_REQUEST, "refused the request (400): The server answered 400"),
    (401, {}, Kind.AUTH, "refused the key (401)."),
    (402, {}, Kind.QUOTA, "no credit"),
    (403, {"message": f"Key {KEY} may not do this."}, Kind.AUTH, "denied access (403): Key [key] may not do this."),
    (404, {"message": "The model `m` does not exist", "code": "model_not_found"}, Kind.BAD_REQUEST, "has no model 'm'"),
    (404, {"message": "Not Found"}, Kind.BAD_REQUEST, "found nothing at http://127.0.0.1:"),
    (408, {}, Kind.TIMEOUT, "gave up waiting (408)."),
    (429, {"retry_after": 7}, Kind.RATE_LIMIT, "fewer requests (429)."),
    ("quota", {}, Kind.QUOTA, "no credit"),
    (500, {}, Kind.CONNECTION, "in trouble (500)"),
    (503, {"retry_after": 2}, Kind.CONNECTION, "in trouble (503)"),
    (529, {}, Kind.CONNECTION, "in trouble (529)"),
    ("reset", {}, Kind.CONNECTION, "connection to openai at 127.0.0.1:"),
    ("reset_midway", {}, Kind.CONNECTION, "broke."),
    ("fin_midway", {}, Kind.CONNECTION, "broke."),
    ("stall", {}, Kind.TIMEOUT, "in time."),
    ("stall_midway", {}, Kind.TIMEOUT, "in time."),
    ("truncated", {}, Kind.BAD_RESPONSE, "broke off before the end"),
    ("malformed", {}, Kind.BAD_RESPONSE, "can't be read"),
    ("html", {}, Kind.BAD_RESPONSE, "text/html instead of a stream"),
    ("wrong_type", {}, Kind.BAD_RESPONSE, "application/json instead of a stream"),
    ("empty", {}, Kind.BAD_RESPONSE, "sent no text"),
    ("error_event", {}, Kind.CONNECTION, "broke off with an error: The server had an error."),
    ("content_filter", {}, Kind.BAD_RESPONSE, "content filter"),
    ("length", {"after": 0}, Kind.BAD_RESPONSE, "used up its token limit before the first word"),
]


@pytest.mark.parametrize(("fault", "about", "kind", "words"), FAULTS, ids=lambda value: str(value)[:20])
async def test_trouble_is_told_and_the_next_request_is_fine(
    servers: LoopbackServers, llm_at: Any, api: str, fault: str, about: dict, kind: ProviderErrorKind, words: str
) -> None:
    llm = llm_at(servers.openai_url, api=api, timeout_s=0.4 if "stall" in str(fault) else 5)
    servers.fault(api, 1, fault, **about)
    error = await failing(llm)
    assert error.kind is kind
    assert words in error.message
    assert error.retry_after == about.get("retry_after")
    assert len(servers.requests(api)) == 1
    assert (await ask(llm)).text == SAID


async def test_a_failed_response_is_an_error(servers: LoopbackServers, llm_at: Any) -> None:
    servers.fault("responses", 1, "failed")
    error = await failing(llm_at(servers.openai_url, api="responses"))
    assert (error.kind, "The model failed." in error.message) == (Kind.CONNECTION, True)


async def test_a_wrong_key_that_the_server_repeats(servers: LoopbackServers, llm_at: Any) -> None:
    servers.configure(required_key="another")
    error = await failing(llm_at(servers.openai_url))
    assert (error.kind, "OPENAI_API_KEY" in error.hint) == (Kind.AUTH, True)


async def test_a_key_of_any_form_stays_out_of_sight(servers: LoopbackServers, llm_at: Any) -> None:
    key = "my own gateway key".replace(" ", ".")
    servers.fault("chat", 1, 403, message=f"{key} may not do this.")
    with pytest.raises(ProviderError, match=r"\(403\): \[key\] may not do this\."):
        await ask(llm_at(servers.openai_url, api_key=key))


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", "http://no-such-host.invalid/v1"])
async def test_nobody_there(llm_at: Any, url: str) -> None:
    error = await failing(llm_at(url))
    assert error.kind is Kind.CONNECTION
    assert error.message.startswith("openai can't be reached at ")


@pytest.mark.parametrize("url", ["http://:8000/v1", "http://host:port/v1", "http://host:99999/v1"])
async def test_an_impossible_address(llm_at: Any, url: str) -> None:
    error = await failing(llm_at(url))
    assert (error.kind, "base_url" in error.hint) == (Kind.BAD_REQUEST, True)


def chunk(text: str | None = None, *, finish: str | None = None, **delta: Any) -> bytes:
    content = {} if text is None else {"content": text}
    return (
        b"data: %s\n\n"
        % json.dumps({"choices": [{"index": 0, "delta": {**content, **delta}, "finish_reason": finish}]}).encode()
    )


@pytest.mark.parametrize(
    ("pieces", "kind", "words"),
    [
        ([b'data: {"error": {"message": "slow down", "code": 429}}\n\n'], Kind.RATE_LIMIT, "fewer requests"),
        ([b'data: {"error": {"message": "x", "code": "insufficient_quota"}}\n\n'], Kind.QUOTA, "no credit"),
        ([b'data: {"error": "out of memory"}\n\n'], Kind.CONNECTION, "out of memory"),
        ([chunk(refusal="I can't play that.")], Kind.BAD_RESPONSE, "refused to play its part"),
        ([chunk("Hi"), chunk(finish="tool_calls")], Kind.BAD_RESPONSE, "called a tool"),
        ([chunk("  \n"), chunk(finish="stop")], Kind.BAD_RESPONSE, "sent no text"),
        ([chunk("<think>for ever"), chunk(finish="length")], Kind.BAD_RESPONSE, "token limit"),
        ([b"data: [1, 2]\n\n"], Kind.BAD_RESPONSE, "can't be read"),
        ([b"data: \xff\xfe\n\n"], Kind.BAD_RESPONSE, "can't be read"),
        ([b"data: [DONE]\n\n"], Kind.BAD_RESPONSE, "broke off before the end"),
        ([], Kind.BAD_RESPONSE, "broke off before the end"),
    ],
)
async def test_answers_that_are_none(llm_at: Any, pieces: list, kind: ProviderErrorKind, words: str) -> None:
    async with canned_server(*pieces) as canned:
        error = await failing(llm_at(canned.url))
    assert error.kind is kind
    assert words in error.message


@pytest.mark.parametrize(
    ("about", "body", "kind", "words"),
    [
        ({}, b'{"error": {"message": "Model is loading", "code": 503}}', Kind.CONNECTION, "Model is loading"),
        ({}, b'{"choices": []}', Kind.BAD_RESPONSE, "application/json instead"),
        ({"content_type": "application/octet-stream"}, b"\0\1", Kind.BAD_RESPONSE, "octet-stream instead"),
        ({"status": 400}, b'{"error": "prompt too long"}', Kind.BAD_REQUEST, "(400): prompt too long."),
        ({"status": 400}, b'{"detail": "' + b"long " * 99 + b'"}', Kind.BAD_REQUEST, "…"),
        ({"status": 502, "content_type": "text/html"}, b"<html>Bad gateway", Kind.CONNECTION, "in trouble (502)"),
    ],
)
async def test_bodies_that_are_no_stream(
    llm_at: Any, about: dict, body: bytes, kind: ProviderErrorKind, words: str
) -> None:
    async with canned_server(body, **{"content_type": "application/json", **about}) as canned:
        error = await failing(llm_at(canned.url))
    assert error.kind is kind
    assert words in error.message
    assert len(error.message) < 220


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "20", "retry-after-ms": "250"}, 0.25),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "-3"}, None),
        ({}, None),
    ],
)
async def test_how_long_a_server_asks_to_wait(llm_at: Any, headers: dict, wait_s: float | None) -> None:
    async with canned_server(b"{}", content_type="application/json", status=429, headers=headers) as canned:
        assert (await failing(llm_at(canned.url))).retry_after == wait_s


# ---------------------------------------------------------------- what is heard


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([chunk(role="assistant", content=""), chunk(reasoning_content="Hm."), chunk("Hi")], "Hi"),
        ([chunk(reasoning="Hm."), chunk("Hi")], "Hi"),
        (
            [chunk("<th"), chunk("ink>He is a"), chunk("ngry.</thi"), chunk("nk>\n\n"), chunk("Hi"), chunk(" you")],
            "Hi you",
        ),
        ([chunk("\n<think></think>Hi <think> there")], "Hi <think> there"),
        ([chunk("<"), chunk("3 is less than 4.")], "<3 is less than 4."),
        ([chunk("<thi")], "<thi"),
        ([b": PROCESSING\r\n\r\n", chunk("Hi").replace(b"\n", b"\r\n"), b'data: {"choices": []}\n\n'], "Hi"),
        ([b'data: {"choices": [{"delta": null}]}\n\n', chunk("H\u00ef")[:60], chunk("H\u00ef")[60:]], "H\u00ef"),
    ],
)
async def test_only_what_is_to_be_spoken(llm_at: Any, pieces: list, text: str) -> None:
    async with canned_server(*pieces, chunk(finish="eos"), content_type="text/event-stream") as canned:
        answer = await ask(llm_at(canned.url))
    assert answer.text == text
    assert answer.done is not None
    assert (answer.done.finish_reason, answer.done.prompt_tokens) == ("stop", None)


# ---------------------------------------------------------------- parameters that are refused


@pytest.mark.parametrize("in_message_only", [False, True])
async def test_a_refused_parameter_is_left_out_from_then_on(
    servers: LoopbackServers, llm_at: Any, api: str, in_message_only: bool
) -> None:
    llm = llm_at(servers.openai_url, api=api, options={"temperature": 0.5, "top_p": 0.9})
    servers.fault(api, 1, "bad_param", param="temperature", param_in_message_only=in_message_only)
    answer = await ask(llm)
    assert answer.text == SAID
    assert (await ask(llm)).notices == []
    assert answer.notices == [
        ProviderNotice(
            f"openai at 127.0.0.1:{servers.port} refuses temperature (Unsupported parameter: 'temperature' is not "
            "supported with this model); the call goes on without it.",
            "Take temperature out of providers.llm.options.",
        )
    ]
    bodies = [request.body for request in servers.requests(api)]
    assert ["temperature" in body for body in bodies] == [True, False, False]
    assert all(body["top_p"] == 0.9 for body in bodies)


async def test_an_old_server_that_refuses_nearly_everything(servers: LoopbackServers, llm_at: Any) -> None:
    servers.configure(refused_params=["stream_options", "max_tokens", "seed"])
    llm = llm_at(servers.openai_url, options={"max_tokens": 60, "seed": 1})
    answer = await ask(llm)
    assert answer.text == SAID
    assert answer.done is not None
    assert answer.done.prompt_tokens is None
    # The other name for the limit was taken, so that nothing of it is lost.
    assert [notice.text.split()[4] for notice in answer.notices] == ["stream_options", "seed"]
    assert servers.requests("chat")[-1].body["max_completion_tokens"] == 60
    servers.configure(refused_params=["stream_options", "max_tokens", "seed", "max_completion_tokens"])
    (lost,) = (await ask(llm)).notices
    assert "refuses max_tokens" in lost.text
    assert "max_completion_tokens" not in servers.requests("chat")[-1].body


async def test_turns_that_are_refused_together_tell_it_once(servers: LoopbackServers, llm_at: Any) -> None:
    servers.configure(refused_params=["top_k"], ttft_s=0.05)
    llm = llm_at(servers.openai_url, options={"top_k": 4})
    answers = await asyncio.gather(*(ask(llm) for _ in range(8)))
    assert [answer.text for answer in answers] == [SAID] * 8
    assert sum(len(answer.notices) for answer in answers) == 1


async def test_a_validating_server_names_it_in_its_own_way(llm_at: Any) -> None:
    body = json.dumps({"detail": [{"loc": ["body", "min_p"], "msg": "Extra inputs are not permitted"}]}).encode()
    async with canned_server(body, content_type="application/json", status=422) as canned:
        llm = llm_at(canned.url, options={"min_p": 0.1, "top_p": 1})
        assert (await failing(llm)).kind is Kind.BAD_REQUEST
    assert ["min_p" in sent for sent in canned.bodies] == [True, False]


async def test_what_was_refused_but_not_by_us_is_an_error(servers: LoopbackServers, llm_at: Any, api: str) -> None:
    servers.fault(api, 1, "bad_param", param="messages")
    assert (await failing(llm_at(servers.openai_url, api=api, options={"temperature": 1}))).kind is Kind.BAD_REQUEST


async def test_a_notice_on_the_way_is_no_restart(servers: LoopbackServers, llm_at: Any) -> None:
    servers.configure(refused_params=["temperature"])
    servers.fault("chat", 2, 503)
    writer = TurnWriter(llm_at(servers.openai_url, options={"temperature": 1}), RetryPolicy(first_wait_s=0.0))
    items = [item async for item in writer.write(turn_request())]
    assert isinstance(items[0], ProviderNotice)
    assert isinstance(items[-1], Written)
    assert "".join(item.text for item in items if isinstance(item, Delta)) == SAID
    assert not any(isinstance(item, Restart) for item in items)


async def test_a_notice_reaches_the_person_as_an_event(servers: LoopbackServers, llm_at: Any) -> None:
    servers.configure(refused_params=["temperature"])
    making = ConversationOrchestrator(providers(llm_at(servers.openai_url, options={"temperature": 1})))
    events = [event async for event in making.run(plan_of(turns=3))]
    (notice,) = [event for event in events if isinstance(event, Notice)]
    assert (notice.level, "refuses temperature" in notice.text) == ("warning", True)
    assert notice.remedy == "Take temperature out of providers.llm.options."
    assert isinstance(events[-1], CallEnded)


# ---------------------------------------------------------------- which model


async def test_a_server_of_ones_own_is_asked_for_its_model(servers: LoopbackServers, llm_at: Any) -> None:
    llm = llm_at(servers.openai_url, model=None)
    assert (await ask(llm)).notices == []
    await ask(llm)
    assert llm.model == "llama-9"
    assert [request.body["model"] for request in servers.requests("chat")] == ["llama-9"] * 2
    assert len(servers.requests("models")) == 1


async def test_of_several_models_one_that_writes_is_taken(servers: LoopbackServers, llm_at: Any) -> None:
    servers.configure(models=["nomic-embed-text", "qwen", "llama"])
    (notice,) = (await ask(llm_at(servers.openai_url, model=None))).notices
    assert "has 2 models; qwen is used." in notice.text
    assert "LLM_MODEL" in notice.remedy


async def test_a_server_without_a_model(servers: LoopbackServers, llm_at: Any) -> None:
    servers.configure(models=[])
    error = await failing(llm_at(servers.openai_url, model=None))
    assert (error.kind, "names no model" in error.message) == (Kind.BAD_REQUEST, True)


# ---------------------------------------------------------------- connections and loops


async def test_leaving_the_stream_closes_the_connection_at_once(
    servers: LoopbackServers, llm_at: Any, api: str
) -> None:
    servers.configure(tokens_per_s=1)
    llm = llm_at(servers.openai_url, api=api)
    async with aclosing(llm.stream_completion(turn_request())) as stream:
        async for _ in stream:
            break
    left = time.monotonic()
    await servers.wait_for(lambda log: log[-1].end == "client_closed")
    assert servers.requests(api)[0].ended - left < 2


async def test_cancelling_closes_the_connection_at_once(servers: LoopbackServers, llm_at: Any, api: str) -> None:
    servers.configure(ttft_s=30)
    asking = asyncio.create_task(ask(llm_at(servers.openai_url, api=api)))
    await servers.wait_for(lambda log: bool(log))
    asking.cancel()
    left = time.monotonic()
    await asyncio.wait([asking])
    assert asking.cancelled()
    await servers.wait_for(lambda log: log[-1].end == "client_closed")
    assert servers.requests(api)[0].ended - left < 2


async def test_the_first_one_to_ask_may_leave(servers: LoopbackServers, llm_at: Any) -> None:
    llm = llm_at(servers.openai_url)
    first, second = asyncio.create_task(ask(llm)), asyncio.create_task(ask(llm))
    await asyncio.sleep(0)  # both wait for the client now
    first.cancel()
    assert (await second).text == SAID
    assert first.cancelled()


def test_another_event_loop_after_closing(servers: LoopbackServers) -> None:
    llm = OpenAILLM(base_url=servers.openai_url, model="m")

    async def once() -> str:
        try:
            return (await ask(llm)).text
        finally:
            await llm.aclose()
            await llm.aclose()

    assert [asyncio.run(once()) for _ in range(2)] == [SAID, SAID]


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_another_event_loop_without_closing(servers: LoopbackServers) -> None:
    llm = OpenAILLM(base_url=servers.openai_url, model="m")
    assert [asyncio.run(ask(llm)).text for _ in range(2)] == [SAID, SAID]
    del llm
    gc.collect()  # what was not closed is complained about here, not in another test


async def test_a_proxy_is_not_asked_for_this_computer(
    servers: LoopbackServers, llm_at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await ask(llm_at(servers.openai_url))).text == SAID
    error = await failing(llm_at("http://models.invalid/v1"))
    assert error.kind is Kind.CONNECTION


# ---------------------------------------------------------------- settings


def settings(key: str | None = None) -> Settings:
    return Settings(keys=KeysSettings.model_validate({"openai_api_key": key}))


async def test_made_from_settings(servers: LoopbackServers) -> None:
    servers.configure(required_key=KEY)
    llm = make(LLMSettings(type="openai", base_url=servers.openai_url, model="m"), settings(f" {KEY}\n"))
    assert (await ask(llm)).text == SAID
    await llm.aclose()


async def test_a_server_of_ones_own_needs_no_key(servers: LoopbackServers, monkeypatch: pytest.MonkeyPatch) -> None:
    # What the SDK would take from the environment by itself is not looked at.
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    llm = make(LLMSettings(type="openai", base_url=servers.openai_url), settings())
    assert (await ask(llm)).text == SAID
    await llm.aclose()


@pytest.mark.parametrize("key", [None, "", "  "])
def test_openai_itself_needs_one(key: str | None) -> None:
    with pytest.raises(ConfigError, match="openai needs a key") as caught:
        make(LLMSettings(type="openai"), settings(key))
    assert "OPENAI_API_KEY" in caught.value.hint


@pytest.mark.parametrize("key", ["two words", "schlüssel", "line\nbreak"])
def test_a_key_that_can_not_be_one(key: str) -> None:
    with pytest.raises(ConfigError, match="OPENAI_API_KEY holds") as caught:
        make(LLMSettings(type="openai"), settings(key))
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"messages": []}, "messages is not an option"),
        ({"max_tokens": 0}, "max_tokens is 0"),
        ({"max_tokens": "9"}, "'9'"),
    ],
)
def test_options_that_are_none(options: dict, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        make(LLMSettings(type="openai", options=options), settings(KEY))
