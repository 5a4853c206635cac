"""Where a call's events leave, in order, with the time stamped on."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vcg_tui.models.events import CallEvent

# A reader that lags holds the stages back rather than filling the memory.
_ROOM = 64


class EventOutlet:
    """A bounded queue of events with one reader."""

    def __init__(self, call_id: str) -> None:
        self._call_id = call_id
        self._began = time.perf_counter()
        self._queue: asyncio.Queue[CallEvent | None] = asyncio.Queue(_ROOM)

    @property
    def now(self) -> float:
        """Seconds since the call began being made."""
        return time.perf_counter() - self._began

    def stamp(self) -> tuple[str, float]:
        """The call's id and the time, as every event begins: ``TextDelta(*outlet.stamp(), ...)``."""
        return self._call_id, self.now

    async def put(self, event: CallEvent) -> None:
        """Send an event; waits while the reader lags."""
        await self._queue.put(event)

    async def close(self) -> None:
        """There will be no more."""
        await self._queue.put(None)

    async def get(self) -> CallEvent | None:
        """The next event, or None at the end."""
        return await self._queue.get()
