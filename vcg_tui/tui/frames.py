"""When a screen draws: often while something moves, not at all while nothing does, and never behind another screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.dom import DOMNode

_FRAMES_PER_S = 25
_AFTERWARDS = 8
"""Frames that are drawn once nothing moves any more; then whoever changes something has to wake them. Frames for
nothing cost the processor a share all day."""


class Frames:
    """The clock of a screen's drawing.

    Args:
        screen: whose timer it is; mounted.
        draw: draws what has changed.
        moving: whether something is being made or heard.
    """

    def __init__(self, screen: DOMNode, draw: Callable[[], None], moving: Callable[[], bool]) -> None:
        self._draw, self._moving = draw, moving
        self._in_front = True
        self._left = _AFTERWARDS
        self._frames = screen.set_interval(1 / _FRAMES_PER_S, self._frame)

    def wake(self) -> None:
        """Something has changed, or begins to move: frames again, unless another screen is in front."""
        self._left = _AFTERWARDS
        if self._in_front:
            self._frames.resume()

    def front(self) -> None:
        """The screen is seen again."""
        self._in_front = True
        self._draw()
        self.wake()

    def behind(self) -> None:
        """Another screen covers it."""
        self._in_front = False
        self._frames.pause()

    def _frame(self) -> None:
        self._draw()
        self._left = _AFTERWARDS if self._moving() else self._left - 1
        if self._left <= 0:
            self._frames.pause()
