"""Where a call's events leave, in order, with the time stamped on."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vcg_tui.models.events import CallEvent

# A reader that lags holds the stages back rather than filling the memory.
_ROOM = 64


class EventOutlet:
    """A bounded queue of events with one reader.

    Events leave in the order in which `put` was called, also where several stages wait for room: what is said to be
    void must not be followed by a straggler.
    """

    def __init__(self, call_id: str) -> None:
        self._call_id = call_id
        self._began = time.perf_counter()
        self._events: deque[CallEvent] = deque()
        self._turnstile = asyncio.Lock()
        self._waiting = 0
        self._room = asyncio.Event()
        self._arrived = asyncio.Event()
        self._closed = False

    @property
    def now(self) -> float:
        """Seconds since the call began being made."""
        return time.perf_counter() - self._began

    def stamp(self) -> tuple[str, float]:
        """The call's id and the time, as every event begins: ``TextDelta(*outlet.stamp(), ...)``."""
        return self._call_id, self.now

    async def put(self, *events: CallEvent) -> None:
        """Send events, nothing in between; waits while the reader lags."""
        if not self._waiting and len(self._events) + len(events) <= _ROOM:
            self._events.extend(events)
            self._arrived.set()
            return
        self._waiting += 1
        try:
            async with self._turnstile:
                for event in events:
                    while len(self._events) >= _ROOM:
                        self._room.clear()
                        await self._room.wait()
                    self._events.append(event)
                    self._arrived.set()
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """There will be no more. Never waits: the reader may be gone."""
        self._closed = True
        self._arrived.set()

    async def get(self) -> CallEvent | None:
        """The next event, or None at the end."""
        while not self._events:
            if self._closed:
                return None
            self._arrived.clear()
            await self._arrived.wait()
        self._room.set()
        return self._events.popleft()
