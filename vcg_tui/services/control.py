"""What a reader of a call's events can do to the call."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class CallControl:
    """Pause, resume and stop a call being made, and tell it how far it has been heard.

    All methods belong to the event loop's thread.
    """

    def __init__(self) -> None:
        self._stopped = asyncio.Event()
        self._changed = asyncio.Event()
        self._paused = False
        self._playing = False
        self._position_s = self._starved_s = 0.0

    @property
    def paused(self) -> bool:
        """Whether nothing new is begun."""
        return self._paused

    @property
    def stopped(self) -> bool:
        """Whether the call was asked to end."""
        return self._stopped.is_set()

    @property
    def playing(self) -> bool:
        """Whether somebody listens, so that writing keeps pace with hearing."""
        return self._playing

    @property
    def position_s(self) -> float:
        """How far the call has been heard, in seconds from its start."""
        return self._position_s

    @property
    def starved_s(self) -> float:
        """How long the listener has waited in silence for speech that was due, in seconds."""
        return self._starved_s

    def pause(self) -> None:
        """Begin no further turn until `resume`."""
        self._paused = True
        self._changed.set()

    def resume(self) -> None:
        """Go on."""
        self._paused = False
        self._changed.set()

    def stop(self) -> None:
        """End the call now; what is complete is kept."""
        self._stopped.set()
        self._changed.set()

    def begin_playing(self) -> None:
        """Say that the call is being heard from its start."""
        self._playing = True

    def end_playing(self) -> None:
        """Say that nobody listens any more: the call is made as fast as it can be."""
        self._playing = False
        self._changed.set()

    def report_position(self, seconds: float, starved_s: float = 0.0) -> None:
        """Say how far the call has been heard, and how long speech that was due was waited for on the way."""
        self._position_s, self._starved_s = seconds, starved_s
        self._changed.set()

    async def wait_stopped(self) -> None:
        """Wait until the call is asked to end."""
        await self._stopped.wait()

    async def wait_for_room(self, ahead_s: Callable[[], float]) -> None:
        """Wait while paused, or while there is more to hear yet than wanted.

        Args:
            ahead_s: how many seconds too many lie between what is made and what was heard, given the position; the
                wait ends when it is no longer positive.
        """
        while not self.stopped and (self._paused or (self._playing and ahead_s() > 0)):
            self._changed.clear()
            await self._changed.wait()
