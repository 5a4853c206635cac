"""OpenAI's chat completions and the list of models."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import web

from tests.servers.exchange import Exchange, Frame, StreamPlan
from tests.servers.script import inner, plain_text, reply, tokens_of


@dataclass(frozen=True)
class Completion:
    """What a model will say to a request."""

    tokens: list[str]
    finish: str
    """stop, length or content_filter."""
    prompt_tokens: int

    @property
    def text(self) -> str:
        return "".join(self.tokens)


def complete(exchange: Exchange, messages: list[dict[str, Any]], system: str, cap: int | None) -> Completion:
    """The scripted reply, as the fault and the token cap leave it."""
    tokens = tokens_of(reply(exchange.settings, messages, system))
    prompt_tokens = 1 + (len(system) + sum(len(plain_text(message.get("content"))) for message in messages)) // 4
    finish = "stop"
    if exchange.has("length", "content_filter"):
        assert exchange.fault is not None
        tokens, finish = tokens[: exchange.cut(len(tokens))], exchange.fault.kind
    if cap is not None and len(tokens) > cap:
        tokens, finish = tokens[:cap], "length"
    if exchange.has("empty"):
        tokens = []
    return Completion(tokens, finish, prompt_tokens)


def due(exchange: Exchange, index: int) -> float:
    """When a token is to be sent, in seconds from the request."""
    rate = exchange.settings.tokens_per_s
    return exchange.settings.ttft_s + (index / rate if rate else 0.0)


def data_event(data: Any) -> bytes:
    return b"data: " + orjson.dumps(data) + b"\n\n"


async def refused(exchange: Exchange) -> web.StreamResponse | None:
    """The 400 for a parameter that this server doesn't take."""
    for param in exchange.settings.refused_params:
        if param in exchange.body:
            return await exchange.refuse(param)
    return None


async def chat(exchange: Exchange) -> web.StreamResponse:
    body = exchange.body
    messages: list[dict[str, Any]] = body.get("messages") or []
    if (refusal := await refused(exchange)) is not None:
        return refusal
    if not messages:
        return await exchange.error(400, "Missing required parameter: 'messages'.", param="messages")
    system = "\n".join(
        plain_text(message.get("content")) for message in messages if message.get("role") in {"system", "developer"}
    )
    said = [message for message in messages if message.get("role") not in {"system", "developer"}]
    completion = complete(exchange, said, system, body.get("max_completion_tokens") or body.get("max_tokens"))
    usage = {
        "prompt_tokens": completion.prompt_tokens,
        "completion_tokens": len(completion.tokens),
        "total_tokens": completion.prompt_tokens + len(completion.tokens),
    }
    head = {
        "id": f"chatcmpl-{exchange.entry.number}",
        "created": 1_790_000_000,
        "model": body.get("model") or "unknown",
    }
    if not body.get("stream"):
        message = {"role": "assistant", "content": completion.text, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": completion.finish}
        whole = {**head, "object": "chat.completion", "choices": [choice], "usage": usage}
        frame = Frame(due(exchange, len(completion.tokens)), json.dumps(whole).encode(), len(completion.tokens))
        return await exchange.stream(StreamPlan("application/json", [frame], counts_bytes=True))

    with_usage = bool(inner(body, "stream_options").get("include_usage"))
    head["object"] = "chat.completion.chunk"

    def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return data_event({**head, "choices": [choice], **({"usage": None} if with_usage else {})})

    closing = chunk({}, completion.finish)
    if with_usage:
        closing += data_event({**head, "choices": [], "usage": usage})
    frames = [
        Frame(due(exchange, index), chunk({"content": token}), 1) for index, token in enumerate(completion.tokens)
    ]
    return await exchange.stream(
        StreamPlan(
            "text/event-stream; charset=utf-8",
            frames,
            opening=chunk({"role": "assistant", "content": ""}),
            closing=closing + b"data: [DONE]\n\n",
            error_event=data_event({"error": {"message": "The server had an error.", "type": "server_error"}}),
        )
    )


async def models(exchange: Exchange) -> web.StreamResponse:
    names = exchange.settings.models
    data = [{"id": name, "object": "model", "created": 1_790_000_000, "owned_by": "loopback"} for name in names]
    return await exchange.json({"object": "list", "data": data})
