"""How many requests a provider gets at once, over all calls, and who goes first when there is room."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class Gate:
    """So many places. Who waits goes in by the order of coming, moved up by a head start.

    Args:
        places: how many may be inside at once.
    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    def locked(self) -> bool:
        """Whether whoever comes now has to wait."""
        return self._free <= 0

    def waiting(self) -> int:
        """How many wait for a place."""
        return sum(not place.done() for _, _, place in self._waiting)

    @asynccontextmanager
    async def entered(self, head_start_s: float = 0.0) -> AsyncGenerator[None]:
        """Hold a place.

        Args:
            head_start_s: go in as if come so much earlier. Nobody waits for ever: who came long enough ago is before
                any head start.
        """
        await self._enter(head_start_s)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, head_start_s: float) -> None:
        if self._free > 0:
            self._free -= 1
            return
        loop = asyncio.get_running_loop()
        place: asyncio.Future[None] = loop.create_future()
        heapq.heappush(self._waiting, (loop.time() - head_start_s, next(self._numbers), place))
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._leave()  # it was given the place, and does not take it
            raise

    def _leave(self) -> None:
        """The place goes on to who is next; nobody who comes meanwhile gets in between."""
        while self._waiting:
            _, _, place = heapq.heappop(self._waiting)
            if not place.done():
                place.set_result(None)
                return
        self._free += 1
