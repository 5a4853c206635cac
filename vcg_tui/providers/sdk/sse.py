"""Server-sent events from the bytes of an HTTP answer, at a fifth of what the SDKs take for it."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import orjson

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

_LONGEST_EVENT = 8 * 1024 * 1024
_LAST_BYTES_S = 0.1
_DONE = b"[DONE]"
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class SseEvent:
    """One event. ``name`` is empty where the server gave none; ``data`` has its lines joined by a newline."""

    name: str
    data: bytes


class SseError(ValueError):
    """What came is no stream of events that could be read."""


class SseParser:
    """Takes bytes as they come, in pieces of any size, and gives the events that are whole."""

    def __init__(self) -> None:
        self._begun = False
        self._rest: list[bytes] = []
        self._size = 0
        self._after_cr = False
        self._name = ""
        self._data: list[bytes] = []

    def feed(self, piece: bytes) -> list[SseEvent]:
        """The events that end in this piece.

        Raises:
            SseError: an event is larger than any that a service sends.
        """
        if self._after_cr and piece:
            # The end of a line was cut in two: CR was in the piece before, LF opens this one.
            piece, self._after_cr = piece.removeprefix(b"\n"), False
        if not piece:
            return []
        self._size += len(piece)
        if b"\n" not in piece and b"\r" not in piece:
            self._rest.append(piece)
            self._check_size()
            return []
        self._after_cr = piece.endswith(b"\r")
        lines = b"".join((*self._rest, piece)).splitlines(keepends=True)
        self._rest = [] if lines[-1].endswith((b"\n", b"\r")) else [lines.pop()]
        events: list[SseEvent] = []
        for line in lines:
            self._line(line.rstrip(b"\r\n"), events)
        self._size = sum(map(len, self._rest)) + sum(map(len, self._data))
        self._check_size()
        return events

    def finish(self) -> list[SseEvent]:
        """The event that the end of the answer left without its closing blank line, if any."""
        events: list[SseEvent] = []
        if self._rest:
            self._line(b"".join(self._rest), events)
            self._rest = []
        self._line(b"", events)
        return events

    def _line(self, line: bytes, events: list[SseEvent]) -> None:
        if not self._begun:
            line, self._begun = line.removeprefix(_BOM), True
        if not line:
            if self._data:
                events.append(SseEvent(self._name, b"\n".join(self._data)))
            self._name, self._data = "", []
            return
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data.append(value)
        elif field == b"event":
            self._name = value.decode("utf-8", "replace")
        # All else, comments (an empty field name) among it, says nothing about the answer.

    def _check_size(self) -> None:
        if self._size > _LONGEST_EVENT:
            raise SseError("an event is too long")


async def json_events(pieces: AsyncIterator[bytes]) -> AsyncGenerator[dict[str, Any]]:
    """The JSON objects that the events hold, up to the end of the answer or its ``[DONE]``.

    What follows ``[DONE]`` is read too, for a moment: a connection read to its end serves the next request.

    Raises:
        SseError: an event holds no JSON object.
    """
    parser = SseParser()
    async for piece in pieces:
        for event in parser.feed(piece):
            if event.data == _DONE:
                with contextlib.suppress(Exception):  # the answer is whole, whatever becomes of the connection now
                    async with asyncio.timeout(_LAST_BYTES_S):
                        async for _ in pieces:
                            pass
                return
            if event.data.strip():
                yield json_object(event.data)
    for event in parser.finish():
        if event.data.strip() not in {b"", _DONE}:
            yield json_object(event.data)


def json_object(data: bytes) -> dict[str, Any]:
    """The object that an event holds.

    Raises:
        SseError: it holds none.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise SseError("an event holds no JSON") from error
    if not isinstance(value, dict):
        raise SseError("an event holds no JSON object")
    return cast("dict[str, Any]", value)


def at(value: Any, *path: str | int) -> Any:
    """What lies at a path in an object from a server, or None where it has another form.

    ``at(event, "choices", 0, "delta")``.
    """
    for step in path:
        if isinstance(step, str) and isinstance(value, dict):
            value = cast("dict[str, Any]", value).get(step)
        elif isinstance(step, int) and isinstance(value, list) and len(cast("list[Any]", value)) > step:
            value = cast("list[Any]", value)[step]
        else:
            return None
    return value
