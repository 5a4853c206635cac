"""Which test shows which action by which hand; what a test claims is checked while it runs.

An action counts as done by key or by mouse when textual dispatches it and the last thing the pilot did was a key or
something of the mouse. What a widget does itself on a click (taking the focus, going to a place) is no action of
textual's: for that a test says ``dispatched=False``, and its own assertions are the proof.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Any, Literal

import pytest
from textual.app import App
from textual.pilot import Pilot

from vcg_tui.tui.actions import ACTIONS

Way = Literal["key", "mouse"]
Done = set[tuple[str, str, Way]]

PROVEN: defaultdict[tuple[str, str, Way], list[str]] = defaultdict(list)
"""Place, action and hand: the tests that show it."""

_KNOWN = {(action.place, action.id) for action in ACTIONS}


def proves(place: str, way: Way, *ids: str, dispatched: bool = True) -> Callable[..., Any]:
    """Mark a test as the proof of actions of one place by one hand."""
    assert all((place, action) in _KNOWN for action in ids), f"there is no such action on {place}: {ids}"

    def mark(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        for action in ids:
            PROVEN[place, action, way].append(test.__qualname__)
        if not dispatched:
            return test

        @functools.wraps(test)
        async def watched(*arguments: Any, **named: Any) -> None:
            with _watching() as done:
                await test(*arguments, **named)
            missing = [action for action in ids if (place, action, way) not in done]
            assert not missing, f"no {way} did {', '.join(missing)} on {place}"

        return watched

    return mark


@contextmanager
def _watching() -> Generator[Done]:
    done: Done = set()
    hand: list[Way] = ["key"]
    press, mouse, dispatch = Pilot.press, Pilot._post_mouse_events, App._dispatch_action

    async def press_watched(self: Pilot[Any], *keys: str) -> None:
        hand[0] = "key"
        await press(self, *keys)

    async def mouse_watched(self: Pilot[Any], *arguments: Any, **named: Any) -> bool:
        hand[0] = "mouse"
        return await mouse(self, *arguments, **named)

    async def dispatch_watched(self: App[Any], namespace: Any, name: str, params: Any) -> bool:
        place = "app" if namespace is self else getattr(namespace, "PLACE", "")
        done.add((place, name.replace("_", "-"), hand[0]))
        return await dispatch(self, namespace, name, params)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pilot, "press", press_watched)
        patch.setattr(Pilot, "_post_mouse_events", mouse_watched)
        patch.setattr(App, "_dispatch_action", dispatch_watched)
        yield done
