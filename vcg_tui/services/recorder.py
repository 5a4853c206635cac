"""What is stored of a call: the events on their way to the reader, written down as they pass."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import numpy as np

from vcg_tui.errors import StorageError
from vcg_tui.models.conversation import Conversation, EndReason
from vcg_tui.models.events import (
    CallEnded,
    CallStarted,
    MetricsChanged,
    Notice,
    SpeechChunk,
    TurnCompleted,
    TurnRestarted,
)
from vcg_tui.models.metrics import CallMetrics
from vcg_tui.models.summary import summarise

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from vcg_tui.models.conversation import CallPlan, Turn
    from vcg_tui.models.events import CallEvent
    from vcg_tui.providers.base import CallWriter, StorageGateway

_Args = ParamSpec("_Args")
_Result = TypeVar("_Result")


class Recorder:
    """Writes one call to a storage while its events pass through `record`.

    Attributes:
        path: the call's folder, from `CallStarted` on; None where nothing is kept.
        saved: the call's files by kind, once it is whole.
        failure: why the storage gave up; None while it works.
    """

    def __init__(self, storage: StorageGateway) -> None:
        self.path: Path | None = None
        self.saved: dict[str, Path] = {}
        self.failure: StorageError | None = None
        self._storage = storage
        self._plan: CallPlan | None = None
        self._writer: CallWriter | None = None
        self._turns: list[Turn] = []
        self._speech: dict[int, list[SpeechChunk]] = {}
        self._measured = CallMetrics()
        self._ended = False

    async def record(self, events: AsyncIterator[CallEvent]) -> AsyncGenerator[CallEvent]:
        """Pass the events of one call on; what an event says is complete is on the disk before it is passed on.

        A reader who leaves early (`aclose`, cancellation) leaves a valid call behind, with end reason ``stopped``.
        Where the storage fails, the stream ends with an error `Notice` and a `CallEnded` with ``storage_error``, and
        nothing more is asked of ``events``. Storage errors are never raised.
        """
        try:
            async for event in events:
                try:
                    passed = await self._take(event)
                except StorageError as error:
                    passed = await self._give_up(error, event, events)
                for one in passed:
                    yield one
                if self.failure is not None:
                    return
        finally:
            try:
                await _close(events)
            finally:
                if not self._ended:
                    await _to_its_end(self._stop)

    async def _take(self, event: CallEvent) -> list[CallEvent]:
        """Store what the event completes; returns what is passed on for it."""
        if isinstance(event, CallStarted):
            await _to_its_end(self._open, event.plan)
        elif isinstance(event, SpeechChunk):
            self._speech.setdefault(event.turn, []).append(event)
        elif isinstance(event, TurnRestarted):
            self._speech.pop(event.turn, None)
        elif isinstance(event, MetricsChanged):
            self._measured = event.snapshot.call
        elif isinstance(event, TurnCompleted):
            return [dataclasses.replace(event, turn=await _to_its_end(self._write, event.turn))]
        elif isinstance(event, CallEnded):
            return await self._end(event)
        return [event]

    async def _end(self, event: CallEnded) -> list[CallEvent]:
        if self._writer is None or not self._turns:
            await _to_its_end(self._remove)
            text = "No turn of the call was complete, so nothing of it was kept."
            return [Notice(event.call_id, event.at, "warning", text), event]
        conversation = self._with_audio(event.conversation)
        await _to_its_end(self._finish, conversation, event.metrics)
        return [dataclasses.replace(event, conversation=conversation)]

    async def _give_up(
        self, error: StorageError, event: CallEvent, events: AsyncIterator[CallEvent]
    ) -> list[CallEvent]:
        """End the call for want of storage, keeping what can be kept; returns its last events."""
        self.failure = error
        await _close(events)
        plan = self._plan or (event.plan if isinstance(event, CallStarted) else None)
        if plan is None:  # a stream that does not begin with CallStarted has no call that could end
            return [Notice(event.call_id, event.at, "error", error.message, error.hint)]
        conversation, kept = await _to_its_end(self._salvage, plan, event, error)
        metrics = event.metrics if isinstance(event, CallEnded) else self._summary(conversation)
        return [
            Notice(
                event.call_id, event.at, "error", f"{error.message} Call {plan.call_id} ends here: {kept}", error.hint
            ),
            CallEnded(event.call_id, event.at, conversation, metrics),
        ]

    # ------------------------------------------------------------------ in a thread

    def _open(self, plan: CallPlan) -> None:
        self._plan = plan
        self._writer = self._storage.open_call(plan)
        self.path = self._writer.path

    def _write(self, turn: Turn) -> Turn:
        if self._writer is None:
            raise StorageError(f"Turn {turn.turn} came before its call had begun.")
        stored = self._writer.write_turn(turn, self._pcm(turn))
        self._speech.pop(turn.turn, None)
        self._turns.append(stored)
        return stored

    def _finish(self, conversation: Conversation, metrics: CallMetrics) -> None:
        if self._writer is not None:
            self.saved = self._writer.finish(conversation, metrics)
        self._ended = True

    def _stop(self) -> None:
        """The reader has left: keep what is complete."""
        self._ended = True
        if self._plan is None or self._writer is None:
            return
        try:
            if self._turns:
                conversation = Conversation.of(self._plan, self._turns, EndReason.STOPPED)
                self._finish(conversation, self._summary(conversation))
            else:
                self._remove()
        except StorageError as error:
            self.failure = error
            self._writer.close()

    def _remove(self) -> None:
        """Take away the folder of a call of which nothing was complete."""
        self._ended = True
        if self._writer is not None and self._plan is not None:
            self._writer.close()
            self._storage.delete_conversation(self._plan.call_id)
        self.path = None

    def _salvage(self, plan: CallPlan, event: CallEvent, error: StorageError) -> tuple[Conversation, str]:
        """Keep what can be kept; returns the call as it is kept, and what became of it, in words."""
        self._ended = True
        outcome = event.conversation.outcome if isinstance(event, CallEnded) else None
        conversation = Conversation.of(
            plan, self._turns, EndReason.STORAGE_ERROR, outcome=outcome, end_detail=error.message
        )
        if self._writer is None:
            return conversation, "nothing of it was made."
        if not self._writer.path.exists():
            self._writer.close()
            return self._rescue(conversation, event)
        if not self._turns:
            return conversation, self._leave_nothing(self._writer)
        count = _counted(len(self._turns))
        if not isinstance(event, CallEnded):  # else it is completing the call that has just failed
            try:
                self._finish(conversation, self._summary(conversation))
            except StorageError as second:
                self.failure = second
            else:
                return conversation, f"{count} kept in {self.path}."
        self._writer.close()
        remedy = f"when there is room, `vcg conversations recover {plan.call_id}` completes it."
        return conversation, f"{count} safe in {self.path}; {remedy}"

    def _leave_nothing(self, writer: CallWriter) -> str:
        try:
            self._remove()
        except StorageError as second:
            self.failure = second
            return f"no turn of it was complete; an empty folder stays at {writer.path}."
        return "no turn of it was complete, so nothing was kept."

    def _rescue(self, conversation: Conversation, event: CallEvent) -> tuple[Conversation, str]:
        """The folder is gone: make it anew from what is in memory, which is all the text and the latest sound."""
        turns = [turn.model_copy(update={"audio": None}) for turn in self._turns]
        audio: dict[int, NDArray[np.int16]] = {}
        if isinstance(event, TurnCompleted):
            turns.append(event.turn)
            audio[event.turn.turn] = self._pcm(event.turn)
        lost = conversation.model_copy(
            update={"turns": turns, "duration_s": max((turn.end_s for turn in turns), default=0.0)}
        )
        try:
            self.saved = self._storage.save_conversation(lost, self._summary(lost), audio)
            kept = self._storage.load_conversation(lost.call_id)
        except StorageError as second:
            self.failure = second
            self.path = None
            return lost, "its folder is gone, and nothing of it could be kept."
        return kept.conversation, f"the text of {len(turns)} turns is kept in {self.path}, earlier sound is lost."

    # ------------------------------------------------------------------ in memory

    def _pcm(self, turn: Turn) -> NDArray[np.int16]:
        """A turn's sound, mono int16, exactly as long as its times say; empty where it was never spoken."""
        chunks = self._speech.get(turn.turn)
        if not chunks or self._plan is None:
            return np.zeros(0, np.int16)
        rate = self._plan.details.sample_rate
        first = round(turn.start_s * rate)
        pcm = np.zeros(round(turn.end_s * rate) - first, np.int16)
        for chunk in chunks:
            offset = chunk.start - first
            begin, end = max(0, offset), min(len(pcm), offset + len(chunk.pcm))
            if begin < end:
                pcm[begin:end] = chunk.pcm[begin - offset : end - offset]
        return pcm

    def _with_audio(self, conversation: Conversation) -> Conversation:
        audio = {turn.turn: turn.audio for turn in self._turns}
        turns = [turn.model_copy(update={"audio": audio.get(turn.turn)}) for turn in conversation.turns]
        return conversation.model_copy(update={"turns": turns})

    def _summary(self, conversation: Conversation) -> CallMetrics:
        return summarise(
            conversation.turns,
            time_to_first_audio_s=self._measured.time_to_first_audio_s,
            making_s=self._measured.making_s,
            starved_s=self._measured.starved_s,
        )


def _counted(turns: int) -> str:
    return "its one completed turn is" if turns == 1 else f"its {turns} completed turns are"


async def _close(events: AsyncIterator[CallEvent]) -> None:
    if isinstance(events, AsyncGenerator):
        await events.aclose()


async def _to_its_end(work: Callable[_Args, _Result], *args: _Args.args, **kwargs: _Args.kwargs) -> _Result:
    """Run blocking work in a thread; a cancellation waits until it is done, since a thread can't be cancelled."""
    task = asyncio.create_task(asyncio.to_thread(work, *args, **kwargs))
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        task.exception()  # seen: whoever cancelled gets no answer, and `_stop` meets the same storage
        raise cancelled
    return task.result()
