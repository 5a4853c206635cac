"""Steps on the history screen that several tests take."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from tests.tui.saved_calls import Shell
from tests.tui.waiting import screen_text as text_of
from tests.tui.waiting import until
from vcg_tui.models.conversation import CallState, CallSummary
from vcg_tui.tui.widgets.call_list import CallList
from vcg_tui.tui.widgets.call_preview import CallPreview

DAY = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


@asynccontextmanager
async def opened(
    folder: Path, size: tuple[int, int] = (120, 36), *, busy: bool = False
) -> AsyncGenerator[tuple[Pilot[None], Shell]]:
    """The history screen with its list read and the highlighted call shown."""
    app = Shell(folder, busy=busy)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: text_of(app) and "Reading" not in text_of(app))
        if app.history.highlighted is not None and app.history.highlighted.state is CallState.WHOLE:
            await shows(pilot, app, app.history.highlighted.call_id)
        yield pilot, app


def calls_of(app: Shell) -> CallList:
    return app.history.query_one(CallList)


def preview_of(app: Shell) -> CallPreview:
    return app.history.query_one(CallPreview)


async def shows(pilot: Pilot[None], app: Shell, call_id: str) -> None:
    """The preview holds this call."""

    def so() -> bool:
        session = preview_of(app).session
        return session is not None and session.conversation is not None and session.conversation.call_id == call_id

    await until(pilot, so)


async def search(pilot: Pilot[None], app: Shell, text: str) -> None:
    await pilot.press("slash")
    app.history.query_one(Input).value = text
    await pilot.press("enter")


def highlighted(app: Shell) -> CallSummary:
    call = app.history.highlighted
    assert call is not None
    return call


async def begin_to_listen(pilot: Pilot[None], app: Shell) -> None:
    await pilot.press("enter")
    await until(pilot, lambda: app.history.listening.player is not None)
    await fed(pilot, app)


async def fed(pilot: Pilot[None], app: Shell) -> None:
    """All sound of the call is with the player."""
    feeding = app.history.listening._feeding
    assert feeding is not None
    await until(pilot, feeding.done)
