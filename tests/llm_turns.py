"""Asking a model for a turn, and a server that answers with exactly the bytes that a test gives it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.sample_calls import call_plan
from vcg_tui.models.role import Role
from vcg_tui.providers.base import CompletionDone, CompletionRequest, LLMProvider, Message, ProviderNotice

KEY = "sk-loopback-4f9d2c7b1e8a6350"

MESSAGES = (
    Message("system", "You are Sam, a support agent."),
    Message("user", "(A call comes in. You answer it.)"),
)


def turn_request(messages: Sequence[Message] = MESSAGES, *, max_tokens: int | None = None) -> CompletionRequest:
    plan = call_plan()
    return CompletionRequest(
        messages=messages,
        call_id=plan.call_id,
        role=Role.SUPPORT,
        persona=plan.support,
        counterpart=plan.customer,
        turns=(),
        seed=7,
        turn=1,
        max_turns=12,
        max_tokens=max_tokens,
    )


@dataclass
class Answer:
    pieces: list[str] = field(default_factory=list)
    notices: list[ProviderNotice] = field(default_factory=list)
    done: CompletionDone | None = None

    @property
    def text(self) -> str:
        return "".join(self.pieces)


async def ask(provider: LLMProvider, request: CompletionRequest | None = None) -> Answer:
    """One answer, whole; what comes after its end is an error."""
    answer = Answer()
    async for item in provider.stream_completion(request or turn_request()):
        assert answer.done is None, f"{item!r} after the end"
        match item:
            case CompletionDone():
                answer.done = item
            case ProviderNotice():
                answer.notices.append(item)
            case _:
                answer.pieces.append(item)
    return answer


@dataclass
class Canned:
    """What a `canned_server` gives, each piece as its own write; ``bodies`` and ``asked_with`` are the requests."""

    pieces: Sequence[bytes]
    content_type: str | None = "text/event-stream"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    asked_with: list[dict[str, str]] = field(default_factory=list)


@asynccontextmanager
async def canned_server(*pieces: bytes, **about: Any) -> AsyncGenerator[Canned]:
    canned = Canned(pieces, **about)

    async def answer(request: web.Request) -> web.StreamResponse:
        canned.bodies.append(await request.json() if request.can_read_body else {})
        canned.asked_with.append(dict(request.headers))
        response = web.StreamResponse(status=canned.status, headers=canned.headers)
        if canned.content_type is not None:
            response.content_type = canned.content_type
        await response.prepare(request)
        for piece in canned.pieces:
            await response.write(piece)
        await response.write_eof()
        return response

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        canned.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield canned
    finally:
        await runner.cleanup()
