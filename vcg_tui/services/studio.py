"""Where calls are made: providers, storage and player around the orchestrator, for as long as one face is open."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

import numpy as np

from vcg_tui.audio.word_times import estimate_words
from vcg_tui.errors import VcgError
from vcg_tui.services.control import CallControl
from vcg_tui.services.orchestrator import ConversationOrchestrator
from vcg_tui.services.planning import make_plan
from vcg_tui.services.playback import play_along
from vcg_tui.services.pricing import Prices
from vcg_tui.services.provider_factory import ProviderFactory, Providers
from vcg_tui.services.recorder import Recorder
from vcg_tui.services.sentences import SentenceSplitter

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from vcg_tui.audio.player import Player
    from vcg_tui.config import Settings
    from vcg_tui.models.conversation import CallPlan
    from vcg_tui.models.events import CallEvent
    from vcg_tui.models.persona import CustomerPersona, SupportPersona


_MOST_WARM = 100
"""Calls for which connections are opened in advance."""


class Studio:
    """Makes calls with one set of settings; closes what it opened.

    ::

        async with Studio(settings) as studio:
            plan = await studio.plan(customer, support, seed=7)
            async for event in studio.call(plan):
                ...
    """

    def __init__(self, settings: Settings) -> None:
        """Open a studio.

        Raises:
            ConfigError: a provider is unknown or lacks what it needs, or the person's prices are wrong.
        """
        self._settings = settings
        self.providers: Providers = ProviderFactory(settings).providers()
        self._prices = Prices.load()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the providers."""
        await self.providers.aclose()

    async def warm(self, calls: int = 1) -> None:
        """Do what the first call would wait for: import SDKs, start processes, open connections.

        For the time in which a person is still choosing. Trouble is not told here: the call meets it too.

        Args:
            calls: how many are going to begin at once. So many connections are opened, and half as many again for
                speech, since a turn may have several sentences; no more than a provider takes at once.
        """
        count = min(calls, _MOST_WARM)
        llms = {id(each): each for each in (self.providers.customer_llm, self.providers.support_llm)}.values()
        wanted = [*((llm, count) for llm in llms), (self.providers.tts, count + count // 2)]
        warming = [each.warm(min(requests, each.max_concurrency or requests)) for each, requests in wanted]
        for outcome in await asyncio.gather(*warming, asyncio.to_thread(_use_once), return_exceptions=True):
            if isinstance(outcome, BaseException) and not isinstance(outcome, VcgError):
                raise outcome

    async def plan(self, customer: CustomerPersona, support: SupportPersona, *, seed: int) -> CallPlan:
        """A call between these two.

        Raises:
            ProviderError: the voices can't be listed.
            ConfigError: there are no two voices.
        """
        return await make_plan(self._settings, self.providers, customer, support, seed=seed)

    def call(
        self,
        plan: CallPlan,
        control: CallControl | None = None,
        *,
        recorder: Recorder | None = None,
        player: Player | None = None,
        quiet: bool = False,
    ) -> AsyncGenerator[CallEvent]:
        """Make a call: its events, the last of them `CallEnded`.

        Args:
            plan: the call.
            control: how the reader pauses and stops it.
            recorder: keeps it; None: nothing is kept.
            player: plays it while it is made; None: it is made as fast as the providers allow.
            quiet: nobody reads along: text comes with its turn and not piece by piece, metrics at the end alone.
        """
        control = control or CallControl()
        wanted = self._settings.call
        orchestrator = ConversationOrchestrator(
            self.providers,
            lookahead_s=wanted.lookahead_s,
            prices=self._prices,
            max_cost=wanted.max_cost,
            context_tokens=wanted.context_tokens,
        )
        events = orchestrator.run(plan, control, quiet=quiet)
        if player is not None:
            events = play_along(events, player, control)
        if recorder is not None:
            events = recorder.record(events)
        return events


def _use_once() -> None:
    """Load what is loaded at first use: a call's first sentence would hold up everything else of the call for it."""
    splitter = SentenceSplitter()
    splitter.feed("It is 5. Or 6.")
    noise = np.random.default_rng(0).integers(-3000, 3000, 8000).astype(np.int16)
    estimate_words("It is 5, or 6.", noise, 8000)
