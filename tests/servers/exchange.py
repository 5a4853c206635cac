"""One request and its answer: pacing, faults and the log are here, for every route."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import ClientConnectionResetError, web

from tests.servers.settings import ServerSettings
from tests.servers.state import Fault, LoggedRequest, ServerState

STATE: Final = web.AppKey("state", ServerState)
_MIDWAY = {"reset_midway", "fin_midway", "stall_midway", "truncated", "malformed", "error_event"}
_HTML = "<!doctype html><html><head><title>Sign in</title></head><body>Please sign in to the network.</body></html>"


class BrokenOffError(Exception):
    """The server ended a connection on purpose."""


@dataclass(frozen=True)
class ErrorBody:
    """What an API says on an error: its form, and where it looks for the key."""

    key_header: str
    make: Callable[[int, str, str | None, str | None], dict[str, Any]]
    """From status, message, code and parameter."""


@dataclass(frozen=True)
class Frame:
    """A piece of the answer, ``due`` seconds after the request."""

    due: float
    data: bytes
    tokens: int = 0


@dataclass(frozen=True)
class StreamPlan:
    """An answer in pieces."""

    content_type: str
    frames: Sequence[Frame]
    opening: bytes = b""
    """Goes out with the first frame."""
    closing: bytes = b""
    """Goes out with the last frame; what a truncated answer lacks."""
    error_event: bytes = b""
    counts_bytes: bool = False
    """Whether a fault's place is in bytes, not in events."""


class Exchange:
    """A request being answered."""

    def __init__(self, request: web.Request, entry: LoggedRequest, fault: Fault | None, errors: ErrorBody) -> None:
        self.request = request
        self.state = request.app[STATE]
        self.settings: ServerSettings = self.state.settings
        self.entry = entry
        self.fault = fault
        self.errors = errors
        self.body: Any = None

    def take_body(self, body: Any) -> None:
        self.body = body
        if self.settings.log_bodies:
            self.entry.body = body

    async def read_body(self) -> None:
        """Read the request's JSON; a broken one is None."""
        try:
            self.take_body(await self.request.json() if self.request.can_read_body else {})
        except ValueError:
            self.take_body(None)

    def has(self, *kinds: str) -> bool:
        return self.fault is not None and self.fault.kind in kinds

    def cut(self, whole: int) -> int:
        """How much of something is left when the fault cuts it: its ``after``, or half."""
        after = self.fault.after if self.fault else None
        return min(whole, whole // 2 if after is None else after)

    async def until(self, due: float) -> None:
        """Wait for a time counted from the request; returns at once when it has passed."""
        wait = self.entry.started + due - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)

    def sent(self, size: int, tokens: int = 0) -> None:
        now = time.monotonic()
        self.entry.first_byte = self.entry.first_byte or now
        self.entry.last_byte = now
        self.entry.bytes_sent += size
        self.entry.tokens_sent += tokens
        if self.settings.log_event_times:
            self.entry.event_times.append(now)

    async def json(self, data: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.StreamResponse:
        content = json.dumps(data).encode()
        self.entry.status = status
        response = web.Response(body=content, status=status, content_type="application/json", headers=headers)
        await response.prepare(self.request)
        await response.write_eof()
        self.sent(len(content))
        return response

    async def error(
        self,
        status: int,
        message: str,
        code: str | None = None,
        param: str | None = None,
        retry_after: float | str | None = None,
    ) -> web.StreamResponse:
        headers = None if retry_after is None else {"Retry-After": str(retry_after)}
        return await self.json(self.errors.make(status, message, code, param), status, headers)

    async def stream(self, plan: StreamPlan) -> web.StreamResponse:
        """Send the frames when they are due, or as far as the fault lets it."""
        frames: Sequence[Frame] = () if self.has("empty") else plan.frames
        await self.until(frames[0].due if frames else 0.0)
        self.entry.status = 200
        response = web.StreamResponse(
            headers={"Content-Type": self.settings.content_type or plan.content_type, "Cache-Control": "no-cache"}
        )
        await response.prepare(self.request)
        opening = b"" if plan.counts_bytes and self.has("empty") else plan.opening
        at = self._breaking_point(plan)
        position = 0
        for frame in frames:
            await self.until(frame.due)
            data, opening = opening + frame.data, b""
            size = len(data) if plan.counts_bytes else 1
            if at is not None and position + size > at:
                data, goes_on = await self._break(response, plan, data, at - position)
                if not goes_on:
                    return response
                at = None
            await response.write(data)
            self.sent(len(data), frame.tokens)
            position += size
        if rest := opening + plan.closing:
            await response.write(rest)
            self.sent(len(rest))
        await response.write_eof()
        return response

    def _breaking_point(self, plan: StreamPlan) -> int | None:
        if self.fault is None or self.fault.kind not in _MIDWAY:
            return None
        whole = sum(len(frame.data) for frame in plan.frames) if plan.counts_bytes else len(plan.frames)
        usual = whole // 2 if plan.counts_bytes else 3
        after = usual if self.fault.after is None else self.fault.after
        return max(0, min(after, whole - 1))

    async def _break(
        self, response: web.StreamResponse, plan: StreamPlan, data: bytes, room: int
    ) -> tuple[bytes, bool]:
        """Do the fault at its place; gives what is to be sent instead, and whether the answer goes on."""
        assert self.fault is not None
        if self.fault.kind == "malformed":
            end = b"\n\n" if data.endswith(b"\n\n") else b"\n"
            return data.rstrip()[: max(1, len(data) * 2 // 3)] + end, True
        if plan.counts_bytes and room:
            await response.write(data[:room])
            self.sent(room)
        if self.fault.kind == "error_event":
            await response.write(plan.error_event)
            self.sent(len(plan.error_event))
        if self.fault.kind in {"error_event", "truncated"}:
            await response.write_eof()
            return b"", False
        if self.fault.kind == "stall_midway":
            await asyncio.sleep(self.fault.seconds)
        elif self.fault.kind == "reset_midway":
            # what was written is to be seen first: a reset throws away what is still under way
            await asyncio.sleep(0.02)
            self.reset_connection()
        elif self.request.transport is not None:
            self.request.transport.close()
        raise BrokenOffError

    def reset_connection(self) -> None:
        reset_connection(self.request)

    async def before_answer(self) -> web.StreamResponse | None:
        """Do a fault that comes instead of any answer; None where there is none."""
        fault = self.fault
        if fault is None:
            return None
        if fault.kind.isdigit():
            status = int(fault.kind)
            message = fault.message or f"The server answered {status} because it was told to."
            if status == 401 and fault.message is None:
                message = f"Incorrect API key provided: {self.key()}."
            return await self.error(status, message, fault.code, fault.param, fault.retry_after)
        if fault.kind == "quota":
            text = fault.message or "You exceeded your current quota, please check your plan and billing details."
            return await self.error(429, text, fault.code or "insufficient_quota")
        if fault.kind == "bad_param":
            return await self.refuse(fault.param or "temperature", named=not fault.param_in_message_only)
        if fault.kind == "html":
            return await self._page()
        if fault.kind == "wrong_type":
            return await self.json({"status": "ok", "message": "This is no stream."})
        if fault.kind == "reset":
            self.reset_connection()
            raise BrokenOffError
        if fault.kind == "stall":
            await asyncio.sleep(fault.seconds)
            raise BrokenOffError
        return None

    async def refuse(self, param: str, *, named: bool = True) -> web.StreamResponse:
        text = f"Unsupported parameter: '{param}' is not supported with this model."
        return await self.error(400, text, "unsupported_parameter" if named else None, param if named else None)

    async def _page(self) -> web.StreamResponse:
        self.entry.status = 200
        response = web.Response(text=_HTML, content_type="text/html")
        await response.prepare(self.request)
        await response.write_eof()
        self.sent(len(_HTML))
        return response

    def key(self) -> str:
        return self.request.headers.get(self.errors.key_header, "").removeprefix("Bearer ")


def reset_connection(request: web.Request) -> None:
    """End the connection by RST."""
    if request.transport is not None:
        raw: socket.socket = request.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()


Handler = Callable[[Exchange], Awaitable[web.StreamResponse]]


def begin(request: web.Request, route: str, errors: ErrorBody) -> Exchange:
    peer = request.transport.get_extra_info("peername") if request.transport else None
    entry, fault = request.app[STATE].begin(
        route,
        path=request.path,
        query=dict(request.query),
        key_present=errors.key_header in request.headers,
        connection=peer[1] if peer else 0,
    )
    return Exchange(request, entry, fault, errors)


def answering(route: str, errors: ErrorBody, answer: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The aiohttp handler for a route: key, faults before the answer, the answer, and how it ended."""

    async def handle(request: web.Request) -> web.StreamResponse:
        exchange = begin(request, route, errors)
        state, entry = exchange.state, exchange.entry
        state.active[route] += 1
        end = "client_closed"
        try:
            await exchange.read_body()
            response = await _answer(exchange, answer)
            end = "complete"
            return response
        except BrokenOffError:
            end = "fault"
            return web.Response()
        except ClientConnectionResetError:
            return web.Response()
        except Exception:
            end = "server_error"
            raise
        finally:
            entry.end, entry.ended = end, time.monotonic()
            state.active[route] -= 1

    return handle


async def _answer(exchange: Exchange, answer: Handler) -> web.StreamResponse:
    required = exchange.settings.required_key
    if required is not None and exchange.key() != required:
        return await exchange.error(401, f"Incorrect API key provided: {exchange.key()}.", "invalid_api_key")
    if (instead := await exchange.before_answer()) is not None:
        return instead
    if not isinstance(exchange.body, dict):
        return await exchange.error(400, "We could not parse the JSON body of your request.")
    return await answer(exchange)
