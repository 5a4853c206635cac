"""One client for a provider's whole life, made at first use on the event loop that uses it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable


class _Closable(Protocol):
    async def close(self) -> None: ...


Client = TypeVar("Client", bound=_Closable)


class SharedClient(Generic[Client]):
    """Holds a client of an SDK.

    Args:
        make: makes it; runs in a thread, because importing an SDK takes long enough to be seen on the screen.
    """

    def __init__(self, make: Callable[[], Client]) -> None:
        self._make = make
        self._making: asyncio.Task[Client] | None = None

    async def get(self) -> Client:
        """The client of the running loop; however many ask at once, one is made."""
        making = self._making
        if making is None or making.get_loop() is not asyncio.get_running_loop() or _failed(making):
            # A client of a loop that has ended can't be closed any more, and its connections went with the loop.
            making = self._making = asyncio.create_task(asyncio.to_thread(self._make))
        # One who is cancelled while waiting must not take the client away from the others.
        return await asyncio.shield(making)

    async def aclose(self) -> None:
        """Close the client with all its connections. `get` makes a new one, also on another loop."""
        making, self._making = self._making, None
        if making is None or making.get_loop() is not asyncio.get_running_loop():
            return
        await asyncio.wait([making])
        if not _failed(making):
            await making.result().close()


def _failed(making: asyncio.Task[Client]) -> bool:
    return making.done() and (making.cancelled() or making.exception() is not None)
