"""From the orchestrator's stream to messages: one call at a time, in one worker of the screen that shows it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from vcg_tui.errors import VcgError
from vcg_tui.tui.crash_log import where_told, write_crash
from vcg_tui.tui.messages import CallEventArrived, CallFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.message import Message

    from vcg_tui.models.persona import CustomerPersona, SupportPersona
    from vcg_tui.services.control import CallControl
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
        self._over = asyncio.Event()
        self.lent = -1
        """Which lending of the player the call is on, as the backstage counts them."""

    async def make(self, customer: CustomerPersona, support: SupportPersona, seed: int) -> None:
        """Make one call; every event becomes a message. Being cancelled keeps what is complete."""
        # Imported at first use: the first screen is there before anything that makes calls.
        from vcg_tui.services.control import CallControl
        from vcg_tui.services.recorder import Recorder

        control = self.control = CallControl()
        self._over.clear()
        try:
            player = await self._backstage.open_player()
            self.lent = self._backstage.lent
            studio = self._backstage.studio
            recorder = Recorder(self._backstage.storage)
            plan = await studio.plan(customer, support, seed=seed)
            async with aclosing(studio.call(plan, control, recorder=recorder, player=player)) as events:
                async for event in events:
                    self._post(CallEventArrived(event))
        except VcgError as error:
            self._post(CallFailed(str(error)))
        except Exception as error:  # a provider may be anybody's: its mistakes must not take the app with them
            told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            log = await asyncio.to_thread(write_crash, error)
            self._post(CallFailed(f"The call broke off ({told}). {where_told(log)}"))
        finally:
            self.control = None
            self._over.set()

    async def aclose(self) -> None:
        """End a call that is still being made, and wait until what is complete of it is kept."""
        if self.control is not None:
            self.control.stop()
            await self._over.wait()
