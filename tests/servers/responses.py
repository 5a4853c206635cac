"""OpenAI's Responses API, streamed as typed events or whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.servers.chat import Completion, complete, due, refused
from tests.servers.exchange import Exchange, Frame, StreamPlan
from tests.servers.script import plain_text


async def responses(exchange: Exchange) -> web.StreamResponse:
    body = exchange.body
    if (refusal := await refused(exchange)) is not None:
        return refusal
    asked: Any = body.get("input") or []
    items: list[dict[str, Any]] = [{"role": "user", "content": asked}] if isinstance(asked, str) else asked
    if not items:
        return await exchange.error(400, "Missing required parameter: 'input'.", param="input")
    system = "\n".join(
        [str(body.get("instructions") or "")]
        + [plain_text(item.get("content")) for item in items if item.get("role") in {"system", "developer"}]
    )
    said = [item for item in items if item.get("role") in {"user", "assistant"}]
    completion = complete(exchange, said, system, body.get("max_output_tokens"))
    if not body.get("stream"):
        whole = _response(exchange, completion, _status(exchange, completion))
        frame = Frame(due(exchange, len(completion.tokens)), json.dumps(whole).encode(), len(completion.tokens))
        return await exchange.stream(StreamPlan("application/json", [frame], counts_bytes=True))
    return await exchange.stream(_events(exchange, completion))


def _status(exchange: Exchange, completion: Completion) -> str:
    if exchange.has("failed"):
        return "failed"
    return "completed" if completion.finish == "stop" else "incomplete"


def _message(completion: Completion, status: str, text: str) -> dict[str, Any]:
    content: list[dict[str, Any]] = (
        [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}] if text else []
    )
    return {"id": "msg_1", "type": "message", "role": "assistant", "status": status, "content": content}


def _response(exchange: Exchange, completion: Completion, status: str) -> dict[str, Any]:
    reasons = {"length": "max_output_tokens", "content_filter": "content_filter"}
    done = status != "in_progress"
    usage = {
        "input_tokens": completion.prompt_tokens,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": len(completion.tokens),
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": completion.prompt_tokens + len(completion.tokens),
    }
    item_status = "completed" if status == "completed" else "incomplete"
    return {
        "id": f"resp_{exchange.entry.number}",
        "object": "response",
        "created_at": 1_790_000_000,
        "model": exchange.body.get("model") or "unknown",
        "status": status,
        "error": {"code": "server_error", "message": "The model failed."} if status == "failed" else None,
        "incomplete_details": {"reason": reasons[completion.finish]} if status == "incomplete" else None,
        "instructions": exchange.body.get("instructions"),
        "metadata": {},
        "output": [_message(completion, item_status, completion.text)] if done and status != "failed" else [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "store": bool(exchange.body.get("store", True)),
        "usage": usage if done else None,
    }


def _numbered() -> Callable[[str, dict[str, Any]], bytes]:
    sent = 0

    def event(kind: str, about: dict[str, Any]) -> bytes:
        nonlocal sent
        data = {"type": kind, "sequence_number": sent, **about}
        sent += 1
        return f"event: {kind}\ndata: {json.dumps(data)}\n\n".encode()

    return event


def _events(exchange: Exchange, completion: Completion) -> StreamPlan:
    event = _numbered()
    running = {"response": _response(exchange, completion, "in_progress")}
    item = {"item_id": "msg_1", "output_index": 0}
    part = {**item, "content_index": 0}
    empty: dict[str, Any] = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    opening = (
        event("response.created", running)
        + event("response.in_progress", running)
        + event("response.output_item.added", {"output_index": 0, "item": _message(completion, "in_progress", "")})
        + event("response.content_part.added", {**part, "part": empty})
    )
    frames = [
        Frame(due(exchange, index), event("response.output_text.delta", {**part, "delta": token, "logprobs": []}), 1)
        for index, token in enumerate(completion.tokens)
    ]
    status = _status(exchange, completion)
    item_status = "completed" if status == "completed" else "incomplete"
    closing = event("response.output_text.done", {**part, "text": completion.text, "logprobs": []})
    closing += event("response.content_part.done", {**part, "part": {**empty, "text": completion.text}})
    closing += event(
        "response.output_item.done", {"output_index": 0, "item": _message(completion, item_status, completion.text)}
    )
    closing += event(f"response.{status}", {"response": _response(exchange, completion, status)})
    return StreamPlan(
        "text/event-stream; charset=utf-8",
        frames,
        opening=opening,
        closing=closing,
        error_event=event("error", {"code": "server_error", "message": "The server had an error.", "param": None}),
    )
