"""OpenAI's Realtime API as far as it speaks: a WebSocket that reads out what it is given.

A connection is logged as ``realtime`` and stays open; each response on it as ``realtime.response``.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import time
from typing import Any

from aiohttp import ClientConnectionResetError, WSMsgType, web

from tests.servers.exchange import BrokenOffError, Exchange, begin, reset_connection
from tests.servers.openai_errors import OPENAI_ERRORS
from tests.servers.script import inner, plain_text
from tests.servers.signal import speech_seconds
from tests.servers.speech import paced, sound

_RATE = 24_000


async def realtime(exchange: Exchange) -> web.StreamResponse:
    # compression would cost time that is no part of what is measured
    socket = web.WebSocketResponse(compress=False, timeout=1.0)
    await socket.prepare(exchange.request)
    exchange.entry.status = 101
    session = _Session(exchange, socket)
    try:
        await session.run()
    finally:
        await session.stop()
    return socket


class _Session:
    def __init__(self, exchange: Exchange, socket: web.WebSocketResponse) -> None:
        self._exchange = exchange
        self._socket = socket
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: dict[str, Any] = {
            "type": "realtime",
            "object": "realtime.session",
            "id": f"sess_{exchange.entry.number}",
            "model": exchange.request.query.get("model", ""),
            "output_modalities": ["audio"],
            "audio": {"output": {"voice": "alloy", "format": {"type": "audio/pcm", "rate": _RATE}}},
        }

    async def run(self) -> None:
        await self._send("session.created", session=self._session)
        async for message in self._socket:
            if message.type is not WSMsgType.TEXT:
                continue
            try:
                event = json.loads(message.data)
            except ValueError:
                await self._error("The event is no JSON.", None)
                continue
            await self._take(event)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _take(self, event: dict[str, Any]) -> None:
        kind = event.get("type")
        if kind == "session.update":
            wanted: dict[str, Any] = event.get("session") or {}
            output: dict[str, Any] = {**self._session["audio"]["output"], **inner(wanted, "audio", "output")}
            self._session = {**self._session, **wanted, "audio": {"output": output}}
            await self._send("session.updated", session=self._session)
        elif kind == "response.create":
            if any(not task.done() for task in self._tasks):
                await self._error("Conversation already has an active response.", event.get("event_id"))
                return
            task = asyncio.create_task(self._respond(event))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif kind == "response.cancel":
            for task in self._tasks:
                task.cancel()
        else:
            await self._error(f"Invalid value: '{kind}'.", event.get("event_id"), "type")

    async def _send(self, kind: str, **about: Any) -> int:
        data = json.dumps({"type": kind, "event_id": f"event_{next(self._numbers)}", **about})
        await self._socket.send_str(data)
        return len(data)

    async def _error(self, message: str, cause: str | None, param: str | None = None) -> None:
        error = {"type": "invalid_request_error", "code": None, "message": message, "param": param, "event_id": cause}
        await self._send("error", error=error)

    async def _respond(self, event: dict[str, Any]) -> None:
        """Log and answer one response.create."""
        exchange = begin(self._exchange.request, "realtime.response", OPENAI_ERRORS)
        entry = exchange.entry
        exchange.take_body(event.get("response") or {})
        end = "client_closed"
        try:
            await self._speak(exchange, event.get("event_id"))
            end = "complete"
        except BrokenOffError:
            end = "fault"
        except ClientConnectionResetError:
            pass  # the log says that the client closed
        finally:
            entry.end, entry.ended = end, time.monotonic()

    async def _speak(self, exchange: Exchange, cause: str | None) -> None:
        asked: dict[str, Any] = exchange.body
        items: list[dict[str, Any]] = asked.get("input") or []
        texts = [plain_text(item.get("content")) for item in items]
        text = texts[-1] if texts else ""
        output: dict[str, Any] = {**self._session["audio"]["output"], **inner(asked, "audio", "output")}
        form = inner(output, "format")
        if not text:
            await self._error("The input of the response is empty.", cause, "response.input")
            return
        if form.get("type", "audio/pcm") != "audio/pcm" or form.get("rate", _RATE) != _RATE:
            await self._error("This server speaks audio/pcm at 24000 only.", cause, "audio.output.format")
            return
        # the model may put it in other words: then it also sounds like that
        spoken = f"Well, as they say, {text.lower()[::-1]}" if exchange.has("reworded") else text
        response = {"id": f"resp_{exchange.entry.number}", "object": "realtime.response", "conversation_id": None}
        place = {"response_id": response["id"], "item_id": "item_1", "output_index": 0, "content_index": 0}
        await self._send("response.created", response={**response, "status": "in_progress", "output": []})
        await self._audio(exchange, spoken, str(output.get("voice")), place)
        if exchange.has("truncated"):
            await self._socket.close()
            raise BrokenOffError
        await self._send("response.output_audio.done", **place)
        await self._send("response.output_audio_transcript.done", **place, transcript=spoken)
        await self._send("response.done", response={**response, **_outcome(exchange, spoken)})

    async def _audio(self, exchange: Exchange, text: str, voice: str, place: dict[str, Any]) -> None:
        data = sound(exchange, text, voice, _RATE, 1.0)
        fault = exchange.fault
        after = fault.after if fault and fault.after is not None else 2
        chunks = list(paced(exchange, data, _RATE))
        breaks = exchange.has("reset_midway", "fin_midway", "stall_midway", "error_event", "malformed")
        if breaks:
            after = min(after, len(chunks) - 1)
        told = 0
        for index, (due, chunk) in enumerate(chunks):
            await exchange.until(due)
            if breaks and index == after:
                await self._break(exchange)
            upto = len(text) * (index + 1) // len(chunks)
            if upto > told:
                await self._send("response.output_audio_transcript.delta", **place, delta=text[told:upto])
                told = upto
            delta = base64.b64encode(chunk).decode()
            exchange.sent(await self._send("response.output_audio.delta", **place, delta=delta))

    async def _break(self, exchange: Exchange) -> None:
        assert exchange.fault is not None
        kind = exchange.fault.kind
        if kind == "malformed":
            await self._socket.send_str('{"type": "response.output_audio.delta", "del')
            return
        if kind == "error_event":
            error = {"type": "server_error", "code": None, "message": "The server had an error.", "param": None}
            await self._send("error", error=error)
            raise BrokenOffError
        if kind == "stall_midway":
            await asyncio.sleep(exchange.fault.seconds)
        elif kind == "reset_midway":
            await asyncio.sleep(0.02)
            reset_connection(exchange.request)
        elif exchange.request.transport is not None:
            exchange.request.transport.close()
        raise BrokenOffError


def _outcome(exchange: Exchange, text: str) -> dict[str, Any]:
    status, details = "completed", None
    if exchange.has("failed"):
        error = {"type": "server_error", "code": "server_error"}
        status, details = "failed", {"type": "failed", "error": error}
    elif exchange.has("incomplete"):
        status, details = "incomplete", {"type": "incomplete", "reason": "max_output_tokens"}
    content = [{"type": "output_audio", "transcript": text}]
    item = {"id": "item_1", "type": "message", "role": "assistant", "status": "completed", "content": content}
    tokens = 1 + int(speech_seconds(text) * 20)
    usage = {"input_tokens": len(text) // 4, "output_tokens": tokens, "total_tokens": len(text) // 4 + tokens}
    return {"status": status, "status_details": details, "output": [item], "usage": usage}
