"""When a screen draws: often while something moves, seldom while nothing does, and never behind another screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.dom import DOMNode

_FRAMES_PER_S = 25
_LOOKS_PER_S = 4
"""While nothing moves: frames for nothing cost the processor a share all day."""


class Frames:
    """The clock of a screen's drawing.

    Args:
        screen: whose timers they are; mounted.
        draw: draws what has changed.
        moving: whether something is being made or heard.
    """

    def __init__(self, screen: DOMNode, draw: Callable[[], None], moving: Callable[[], bool]) -> None:
        self._draw, self._moving = draw, moving
        self._in_front = True
        self._frames = screen.set_interval(1 / _FRAMES_PER_S, draw)
        self._looks = screen.set_interval(1 / _LOOKS_PER_S, self._look)

    def wake(self) -> None:
        """Something may move: frames again, unless another screen is in front."""
        if self._in_front:
            self._frames.resume()

    def front(self) -> None:
        """The screen is seen again."""
        self._in_front = True
        self._draw()
        self._looks.resume()
        self.wake()

    def behind(self) -> None:
        """Another screen covers it."""
        self._in_front = False
        self._frames.pause()
        self._looks.pause()

    def _look(self) -> None:
        if self._moving():
            self._frames.resume()
        else:
            self._frames.pause()
            self._draw()
