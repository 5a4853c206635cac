"""Letting an app run until something is so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.pilot import Pilot

_ROUNDS = 600


def screen_text(app: App[Any]) -> str:
    """What the terminal shows."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def until(pilot: Pilot[Any], condition: Callable[[], object], told: Callable[[], str] | None = None) -> None:
    """Let the app run until something is so; what never comes is a failure.

    Args:
        pilot: of the app.
        condition: looked at after every round of the app.
        told: what the failure tells; None: what is on the screen.
    """
    for _ in range(_ROUNDS):
        if condition():
            return
        await pilot.pause()
        await asyncio.sleep(0.004)
    raise AssertionError(f"it never came true; on the screen was\n{told() if told else screen_text(pilot.app)}")
