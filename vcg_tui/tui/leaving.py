"""Screens that may hold something that is not saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable


@runtime_checkable
class AsksBeforeLeaving(Protocol):
    """A screen that asks before what was typed on it is lost."""

    def ask_to_leave(self, leave: Callable[[], object]) -> None:
        """Leave, at once where nothing would be lost; else ask, and leave only if the answer is yes."""
