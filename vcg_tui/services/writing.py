"""The first stage of a call: the turns' texts, one after the other, each begun at the last letter of the one before."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from typing import TYPE_CHECKING

from vcg_tui.errors import ProviderError
from vcg_tui.models.conversation import EndReason
from vcg_tui.models.events import Notice, TextDelta, TurnRestarted, TurnStarted
from vcg_tui.providers.base import CompletionRequest, ProviderNotice, SaidTurn
from vcg_tui.services.draft import Draft
from vcg_tui.services.memory import CallMemory
from vcg_tui.services.prompts import first_speaker, messages_for, system_prompt
from vcg_tui.services.turn_speaker import SpokenSentence
from vcg_tui.services.turn_writer import Delta, Restart, Sentence, Written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vcg_tui.models.conversation import CallPlan
    from vcg_tui.models.role import Role
    from vcg_tui.services.budget import Budget
    from vcg_tui.services.control import CallControl
    from vcg_tui.services.ending import CallEnding
    from vcg_tui.services.outlet import EventOutlet
    from vcg_tui.services.turn_speaker import TurnSpeaker
    from vcg_tui.services.turn_writer import TurnWriter


class WritingStage:
    """Writes a call's turns and has their sentences spoken as they come."""

    def __init__(
        self,
        plan: CallPlan,
        writers: Mapping[Role, TurnWriter],
        speaker: TurnSpeaker,
        ending: CallEnding,
        control: CallControl,
        outlet: EventOutlet,
        drafts: asyncio.Queue[Draft | None],
        budget: Budget | None = None,
        *,
        context_tokens: int = 6000,
        quiet: bool = False,
    ) -> None:
        self._plan = plan
        self._writers = writers
        self._speaker = speaker
        self._ending = ending
        self._control = control
        self._outlet = outlet
        self._drafts = drafts
        self._said: list[SaidTurn] = []
        instructions = (system_prompt(role, plan.customer, plan.support, plan.details.language) for role in writers)
        self._memory = CallMemory(context_tokens, max(instructions, key=len, default=""))
        self.open: list[Draft] = []
        """The turns written or being written and not yet whole on the timeline, oldest first."""
        self.mood: float | None = None
        self._budget = budget
        self._quiet = quiet

    async def run(self, group: asyncio.TaskGroup, too_far_ahead: Callable[[], float]) -> tuple[EndReason, str]:
        """Write until the call is over; returns why it is, and what exactly happened.

        Args:
            group: the call's tasks; the speaking ones are started in it.
            too_far_ahead: seconds by which the sound made is more than is wanted ahead of the listener.
        """
        over = await self._turns(group, too_far_ahead)
        # Not where this is cancelled: nobody reads then, and a full queue would hold the call's end for ever.
        await self._drafts.put(None)
        return over

    async def _turns(self, group: asyncio.TaskGroup, too_far_ahead: Callable[[], float]) -> tuple[EndReason, str]:
        role = first_speaker(self._plan.customer)
        for number in range(1, self._plan.details.max_turns + 1):
            await self._control.wait_for_room(too_far_ahead)
            if self._budget is not None and (passed := self._budget.would_pass(role)):
                return EndReason.BUDGET, passed
            draft = Draft(number, role, time.perf_counter())
            self.open.append(draft)
            await self._drafts.put(draft)
            draft.started_at = time.perf_counter()
            await self._outlet.put(TurnStarted(*self._outlet.stamp(), number, role))
            try:
                written = await self._write(draft, group)
            except ProviderError as error:
                draft.abandon()
                await self._outlet.put(Notice(*self._outlet.stamp(), "error", error.message, error.hint))
                return EndReason.PROVIDER_ERROR, error.message
            if written.text:
                self._said.append(SaidTurn(role, written.text))
                self._memory.add(self._said[-1])
            if self._budget is not None:
                self._budget.spend(role, written)
            if written.mood is not None:
                self.mood = written.mood
            if reason := self._ending.after(role, written.text, written.signal):
                return reason, ""
            role = role.other
        # A side that had ended its part at the very last turn allowed did come to an end.
        return (EndReason.COMPLETED if self._ending.signalled else EndReason.MAX_TURNS), ""

    async def _write(self, draft: Draft, group: asyncio.TaskGroup) -> Written:
        voice, seed = self._plan.details.voice(draft.speaker), self._plan.details.seed
        # Closed by hand: whoever is cancelled while an event waits for its reader leaves no open request behind.
        writer = self._writers[draft.speaker]
        # Somebody listens into silence: what is heard first may be part of a long sentence.
        hurry = self._control.playing and draft.turn == 1
        async with aclosing(writer.write(self._request(draft), hurry=hurry)) as items:
            async for item in items:
                match item:
                    case Delta(text):
                        draft.text += text
                        if not self._quiet:
                            await self._outlet.put(TextDelta(*self._outlet.stamp(), draft.turn, draft.speaker, text))
                    case Sentence(text):
                        sentence = SpokenSentence(text)
                        listened_to = self._control.playing
                        speaking = self._speaker.speak(sentence, voice, seed=seed, listened_to=listened_to)
                        draft.add(sentence, group.create_task(speaking))
                    case Restart(reason):
                        draft.restart()
                        await self._outlet.put(TurnRestarted(*self._outlet.stamp(), draft.turn, draft.speaker, reason))
                    case ProviderNotice(text, remedy):
                        await self._outlet.put(Notice(*self._outlet.stamp(), "warning", text, remedy))
                    case Written():
                        draft.complete(item)
                        return item
        msg = "a turn ended without its end"
        raise AssertionError(msg)

    def _request(self, draft: Draft) -> CompletionRequest:
        plan, role = self._plan, draft.speaker
        sides = (plan.customer, plan.support)
        persona, counterpart = sides if role is plan.customer.role else sides[::-1]
        return CompletionRequest(
            messages=messages_for(
                role,
                plan.customer,
                plan.support,
                self._memory.recent,
                self._memory.earlier,
                language=plan.details.language,
            ),
            call_id=plan.call_id,
            role=role,
            persona=persona,
            counterpart=counterpart,
            turns=tuple(self._said),
            seed=plan.details.seed,
            turn=draft.turn,
            max_turns=plan.details.max_turns,
            language=plan.details.language,
        )
