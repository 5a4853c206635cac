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
# Whoever waits for room goes on when half of it is free: to wake somebody for every event costs more than the event.
_ROOM_AGAIN = _ROOM // 2


class EventOutlet:
    """A bounded queue of events with one reader.

    Events leave in the order in which `put` was called, also where several stages wait for room: what is said to be
    void must not be followed by a straggler.
    """

    def __init__(self, call_id: str) -> None:
        self._call_id = call_id
        self._began = time.perf_counter()
        self._events: deque[CallEvent] = deque()
        self._waiting: dict[asyncio.Future[None], tuple[CallEvent, ...]] = {}
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
        if not self._waiting and len(self._events) < _ROOM:
            self._events.extend(events)
            self._arrived.set()
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting[turn] = events
        try:
            await turn
        finally:
            # Whoever is cancelled while waiting has sent nothing.
            self._waiting.pop(turn, None)

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
        event = self._events.popleft()
        if self._waiting and len(self._events) <= _ROOM_AGAIN:
            self._let_in()
        return event

    def _let_in(self) -> None:
        """All who wait, in their order. They are few, each with an event or two."""
        waiting, self._waiting = self._waiting, {}
        for turn, events in waiting.items():
            if not turn.done():
                self._events.extend(events)
                turn.set_result(None)
