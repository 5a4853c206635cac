"""From the orchestrator's stream to messages: one call at a time, in one worker of the screen that shows it."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from vcg_tui.errors import VcgError
from vcg_tui.services.control import CallControl
from vcg_tui.services.recorder import Recorder
from vcg_tui.tui.messages import CallEventArrived, CallFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.message import Message

    from vcg_tui.models.persona import CustomerPersona, SupportPersona
    from vcg_tui.tui.backstage import Backstage


class CallBridge:
    """Makes calls for a screen and posts what happens to it."""

    def __init__(self, backstage: Backstage, post: Callable[[Message], object]) -> None:
        """Prepare.

        Args:
            backstage: where the providers are.
            post: the screen's ``post_message``.
        """
        self._backstage = backstage
        self._post = post
        self.control: CallControl | None = None
        """The running call's; None while there is none."""
        self.path: str | None = None
        """Where the last call was kept."""

    async def make(self, customer: CustomerPersona, support: SupportPersona, seed: int) -> None:
        """Make one call; every event becomes a message. Being cancelled keeps what is complete."""
        control = self.control = CallControl()
        try:
            player = await self._backstage.open_player()
            studio = self._backstage.studio
            recorder = Recorder(self._backstage.storage)
            plan = await studio.plan(customer, support, seed=seed)
            async with aclosing(studio.call(plan, control, recorder=recorder, player=player)) as events:
                async for event in events:
                    self._post(CallEventArrived(event))
            self.path = str(recorder.path) if recorder.path else None
        except VcgError as error:
            self._post(CallFailed(str(error)))
        finally:
            self.control = None
