"""Anthropic's messages, streamed or whole."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from tests.servers.chat import complete, due
from tests.servers.exchange import ErrorBody, Exchange, Frame, StreamPlan
from tests.servers.script import plain_text

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    429: "rate_limit_error",
    529: "overloaded_error",
}
_STOPS = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}


def _make(status: int, message: str, code: str | None, param: str | None) -> dict[str, Any]:
    said = {"type": _TYPES.get(status, "api_error"), "message": message}
    return {"type": "error", "error": said, "request_id": "req_1"}


ANTHROPIC_ERRORS = ErrorBody("x-api-key", _make)


def _event(kind: str, about: dict[str, Any]) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **about})}\n\n".encode()


def _wrong(body: dict[str, Any]) -> str | None:
    """What the real server says about a request that it doesn't take."""
    if not isinstance(body.get("max_tokens"), int):
        return "max_tokens: Field required"
    messages: list[dict[str, Any]] = body.get("messages") or []
    if not messages:
        return "messages: at least one message is required"
    for index, message in enumerate(messages):
        if message.get("role") not in {"user", "assistant"}:
            return f"messages.{index}.role: Input should be 'user' or 'assistant'"
        if not plain_text(message.get("content")).strip():
            return f"messages.{index}: text content blocks must be non-empty"
    if messages[0]["role"] != "user":
        return 'messages: first message must use the "user" role'
    return None


async def messages(exchange: Exchange) -> web.StreamResponse:
    body = exchange.body
    if (wrong := _wrong(body)) is not None:
        return await exchange.error(400, wrong)
    completion = complete(exchange, body["messages"], plain_text(body.get("system")), body["max_tokens"])
    head = {
        "id": f"msg_{exchange.entry.number}",
        "type": "message",
        "role": "assistant",
        "model": body.get("model") or "unknown",
    }
    stop = {"stop_reason": _STOPS[completion.finish], "stop_sequence": None}
    used = len(completion.tokens)
    if not body.get("stream"):
        content = [{"type": "text", "text": completion.text}] if completion.text else []
        usage = {"input_tokens": completion.prompt_tokens, "output_tokens": used}
        whole = json.dumps({**head, "content": content, **stop, "usage": usage}).encode()
        plan = StreamPlan("application/json", [Frame(due(exchange, used), whole, used)], counts_bytes=True)
        return await exchange.stream(plan)

    began: dict[str, Any] = {**head, "content": [], "stop_reason": None, "stop_sequence": None}
    began["usage"] = {"input_tokens": completion.prompt_tokens, "output_tokens": 1}
    opening = _event("message_start", {"message": began})
    opening += _event("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}})
    opening += _event("ping", {})
    frames = [
        Frame(
            due(exchange, index),
            _event("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": token}}),
            1,
        )
        for index, token in enumerate(completion.tokens)
    ]
    closing = _event("content_block_stop", {"index": 0})
    closing += _event("message_delta", {"delta": stop, "usage": {"output_tokens": used}})
    closing += _event("message_stop", {})
    error = _event("error", {"error": {"type": "overloaded_error", "message": "Overloaded"}})
    return await exchange.stream(
        StreamPlan("text/event-stream; charset=utf-8", frames, opening=opening, closing=closing, error_event=error)
    )
