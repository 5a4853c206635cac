"""One call, as a stream of events.

Three stages run side by side: text is written (`writing`), sentences are spoken (`turn_speaker`), sound is laid on the
timeline (`placing`). The next turn's text is asked for at the last letter of the one before; it never waits for speech.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import TYPE_CHECKING

from vcg_tui.audio.timeline import Timeline
from vcg_tui.models.conversation import Conversation, EndReason
from vcg_tui.models.events import CallEnded, CallStarted, MetricsChanged, Notice
from vcg_tui.models.metrics import MetricsSnapshot
from vcg_tui.models.persona import EmotionalState
from vcg_tui.models.role import Role
from vcg_tui.models.summary import summarise
from vcg_tui.services.budget import Budget
from vcg_tui.services.control import CallControl
from vcg_tui.services.ending import CallEnding
from vcg_tui.services.outlet import EventOutlet
from vcg_tui.services.placing import CallOver, PlacingStage
from vcg_tui.services.turn_speaker import TurnSpeaker
from vcg_tui.services.turn_writer import TurnWriter
from vcg_tui.services.writing import WritingStage

if TYPE_CHECKING:
    from vcg_tui.models.conversation import CallPlan
    from vcg_tui.models.events import CallEvent
    from vcg_tui.models.metrics import CallMetrics
    from vcg_tui.services.draft import Draft
    from vcg_tui.services.pricing import Prices
    from vcg_tui.services.provider_factory import Providers

_METRICS_EVERY_S = 0.25
# Turns whose text is there and whose sound is not yet on the timeline.
_MOST_DRAFTS = 6


class ConversationOrchestrator:
    """Makes calls with the given providers, any number of them at once."""

    def __init__(
        self,
        providers: Providers,
        *,
        lookahead_s: float = 10.0,
        prices: Prices | None = None,
        max_cost: float | None = None,
        context_tokens: int = 6000,
    ) -> None:
        """Prepare to make calls.

        Args:
            providers: what writes and speaks.
            lookahead_s: while a call is heard, seconds of sound made ahead of it, until the providers' own latencies
                are known.
            prices: of models; None: no cost is told.
            max_cost: US dollars that a call may cost; kept where prices are known. None: no limit.
            context_tokens: about how much of a call is sent to a model with each turn.
        """
        self._providers = providers
        self._lookahead_s = lookahead_s
        self._prices = prices
        self._max_cost = max_cost
        self._context_tokens = context_tokens

    async def run(
        self, plan: CallPlan, control: CallControl | None = None, *, quiet: bool = False
    ) -> AsyncGenerator[CallEvent]:
        """Make a call; the last event is `CallEnded`.

        Leaving the loop early, or ``control.stop()``, ends every task and request of the call at once. Text of a turn
        may come before the turn in front of it is complete; sound and completed turns come in order.

        Args:
            plan: the call.
            control: how the reader pauses and stops it.
            quiet: nobody reads along: text comes with its turn and not piece by piece, metrics at the end alone.
        """
        call = _CallBeingMade(
            plan,
            self._providers,
            control or CallControl(),
            quiet,
            self._lookahead_s,
            self._prices,
            self._max_cost,
            self._context_tokens,
        )
        making = asyncio.create_task(call.make(), name=f"call {plan.call_id}")
        try:
            while (event := await call.outlet.get()) is not None:
                yield event
            await making
        finally:
            making.cancel()
            with suppress(asyncio.CancelledError):
                await making


class _CallBeingMade:
    """The pieces of one call and their life together."""

    def __init__(
        self,
        plan: CallPlan,
        providers: Providers,
        control: CallControl,
        quiet: bool,
        lookahead_s: float,
        prices: Prices | None,
        max_cost: float | None,
        context_tokens: int,
    ) -> None:
        self._plan = plan
        self._control = control
        self._quiet = quiet
        self._lookahead_s = lookahead_s
        self.outlet = EventOutlet(plan.call_id)
        details = plan.details
        slow = [role for role, hesitates in ((Role.CUSTOMER, _hesitates(plan)),) if hesitates]
        self._timeline = Timeline(details.sample_rate, details.seed, slow=slow)
        self._ending = CallEnding()
        drafts: asyncio.Queue[Draft | None] = asyncio.Queue(_MOST_DRAFTS)
        writers = {
            role: TurnWriter(providers.llm(role), providers.retry(role), providers.llm_gate(role)) for role in Role
        }
        speaker = TurnSpeaker(providers.tts, providers.tts_retry, providers.tts_gate, providers.word_estimator)
        budget = Budget(plan, prices, max_cost) if prices is not None and max_cost is not None else None
        self._unpriced = [] if budget is None or prices is None else _unpriced(plan, prices)
        self._writing = WritingStage(
            plan,
            writers,
            speaker,
            self._ending,
            control,
            self.outlet,
            drafts,
            budget,
            context_tokens=context_tokens,
            quiet=quiet,
        )
        self._placing = PlacingStage(
            plan,
            self._timeline,
            self.outlet,
            drafts,
            sentence_pause_s=providers.tts.sentence_pause_s,
            prices=prices,
            on_closed=self._writing.open.remove,
        )

    async def make(self) -> None:
        """Run the call to its end and close the outlet, whatever happens."""
        try:
            await self.outlet.put(CallStarted(*self.outlet.stamp(), self._plan))
            for model in self._unpriced:
                text = f"The price of {model} is not known, so call.max_cost can't be kept for it."
                remedy = "Put it into prices.yaml beside your config.yaml."
                await self.outlet.put(Notice(*self.outlet.stamp(), "warning", text, remedy))
            reason, detail = await self._until_over()
            conversation = Conversation.of(
                self._plan, self._placing.turns, reason, outcome=self._ending.outcome, end_detail=detail
            )
            await self.outlet.put(MetricsChanged(*self.outlet.stamp(), self._snapshot()))
            await self.outlet.put(CallEnded(*self.outlet.stamp(), conversation, self._metrics()))
        finally:
            self.outlet.close()

    async def _until_over(self) -> tuple[EndReason, str]:
        stages = asyncio.create_task(self._stages())
        stopped = asyncio.create_task(self._control.wait_stopped())
        ticking = asyncio.create_task(self._tell_metrics())
        try:
            await asyncio.wait({stages, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if stages.done():
                return stages.result()
            return EndReason.STOPPED, ""
        finally:
            for task in (stages, stopped, ticking):
                task.cancel()
            await asyncio.gather(stages, stopped, ticking, return_exceptions=True)

    async def _stages(self) -> tuple[EndReason, str]:
        over: list[CallOver] = []
        writing: asyncio.Task[tuple[EndReason, str]] | None = None
        try:
            async with asyncio.TaskGroup() as group:
                writing = group.create_task(self._writing.run(group, self._too_far_ahead))
                group.create_task(self._placing.run())
        except* CallOver as ends:
            over = [error for error in ends.exceptions if isinstance(error, CallOver)]
        if over or writing is None:
            return over[0].reason, over[0].detail
        return writing.result()

    def _too_far_ahead(self) -> float:
        return self._ahead_s() - self._wanted_ahead_s()

    def _ahead_s(self) -> float:
        """Sound made or surely to come, not yet heard."""
        to_come = sum(draft.to_come_s for draft in self._writing.open)
        return self._timeline.end_s + to_come - self._control.position_s

    def _wanted_ahead_s(self) -> float:
        """Enough that no turn's latency becomes dead air, no more: what nobody hears is bought for nothing."""
        times = sorted(self._placing.first_audio_times)
        if not times:
            return self._lookahead_s
        p95 = times[min(len(times) - 1, round(0.95 * (len(times) - 1)))]
        # A listener who was kept waiting is ahead of what these latencies tell.
        wanted = 2 * (p95 + self._control.starved_s) + 4
        return min(max(wanted, min(8.0, self._lookahead_s)), max(30.0, self._lookahead_s))

    async def _tell_metrics(self) -> None:
        while not self._quiet:
            await asyncio.sleep(_METRICS_EVERY_S)
            await self.outlet.put(MetricsChanged(*self.outlet.stamp(), self._snapshot()))

    def _metrics(self) -> CallMetrics:
        return summarise(
            self._placing.turns, time_to_first_audio_s=self._placing.first_audio_at, making_s=self.outlet.now
        )

    def _snapshot(self) -> MetricsSnapshot:
        turns, drafts = self._placing.turns, self._writing.open
        return MetricsSnapshot(
            turn=drafts[-1].turn if drafts else len(turns),
            max_turns=self._plan.details.max_turns,
            call=self._metrics(),
            per_turn=tuple(turn.metrics for turn in turns),
            ahead_s=self._ahead_s() if self._control.playing else None,
            mood=self._writing.mood,
        )


def _unpriced(plan: CallPlan, prices: Prices) -> list[str]:
    """The models of a call whose price is not known, each once."""
    details = plan.details
    names = [
        choice.model or choice.provider
        for choice in (details.customer_llm, details.support_llm)
        if prices.text_cost(choice, 0, 0) is None
    ]
    if prices.speech_cost(details.tts, 0, 0) is None:
        names.append(details.tts.model or details.tts.provider)
    return list(dict.fromkeys(names))


def _hesitates(plan: CallPlan) -> bool:
    """Whether the customer takes time before answering."""
    customer = plan.customer
    return customer.emotional_state is EmotionalState.CONFUSED or customer.voice.age == "elderly"
