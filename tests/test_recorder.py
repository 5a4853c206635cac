"""The recorder: what an event calls complete is on the disk; whoever leaves, whatever fails, leaves a valid call."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import threading
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.sample_calls import RATE, Sound, call_plan, conversation_of, dialogue, files_in, mixed, said, sound
from vcg_tui.audio.files import read_wav
from vcg_tui.errors import StorageError
from vcg_tui.models.conversation import CallPlan, CallState, Conversation, EndReason, Turn
from vcg_tui.models.events import (
    CallEnded,
    CallEvent,
    CallStarted,
    MetricsChanged,
    Notice,
    SpeechChunk,
    TextDelta,
    TurnCompleted,
    TurnRestarted,
    TurnStarted,
)
from vcg_tui.models.metrics import CallMetrics, MetricsSnapshot
from vcg_tui.models.summary import summarise
from vcg_tui.providers.storage.local import LocalStorage
from vcg_tui.providers.storage.writer import LocalCallWriter
from vcg_tui.services.recorder import Recorder

PLAN = call_plan()
ID = PLAN.call_id


def spoken(turn: Turn, pcm: Sound, pieces: int = 3) -> list[CallEvent]:
    """The events of a turn, its sound in pieces."""
    start = round(turn.start_s * RATE)
    bounds = np.linspace(0, len(pcm), pieces + 1).astype(int).tolist()
    return [
        TurnStarted(ID, 0.1, turn.turn, turn.speaker),
        TextDelta(ID, 0.2, turn.turn, turn.speaker, turn.text),
        *(
            SpeechChunk(ID, 0.3, turn.turn, turn.speaker, pcm[begin:end], start + begin, RATE)
            for begin, end in pairwise(bounds)
        ),
        TurnCompleted(ID, 0.4, turn),
    ]


def call_events(turns: list[tuple[Turn, Sound]]) -> list[CallEvent]:
    made = [turn for turn, _ in turns]
    snapshot = MetricsSnapshot(call=CallMetrics(time_to_first_audio_s=0.25, making_s=2.0))
    return [
        CallStarted(ID, 0.0, PLAN),
        MetricsChanged(ID, 0.05, snapshot),
        *(event for turn, pcm in turns for event in spoken(turn, pcm)),
        CallEnded(ID, 9.0, conversation_of(PLAN, made), summarise(made, making_s=3.0)),
    ]


class Upstream:
    """A call being made, from a script; knows how far it got and how it was left."""

    def __init__(self, events: list[CallEvent], at_close: Callable[[], object] = lambda: None) -> None:
        self.events = events
        self.given = 0
        self.closed = False
        self.seen_at_close: object = None
        self._at_close = at_close

    async def __call__(self) -> AsyncIterator[CallEvent]:
        try:
            for event in self.events:
                self.given += 1
                yield event
                await asyncio.sleep(0)
        finally:
            self.closed = True
            self.seen_at_close = self._at_close()


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return tmp_path / "conversations"


@pytest.fixture
def storage(base: Path) -> LocalStorage:
    return LocalStorage(base)


async def collect(recorder: Recorder, events: AsyncIterator[CallEvent]) -> list[CallEvent]:
    return [event async for event in recorder.record(events)]


def ended(events: list[CallEvent]) -> Conversation:
    last = events[-1]
    assert isinstance(last, CallEnded)
    return last.conversation


def notices(events: list[CallEvent]) -> list[Notice]:
    return [event for event in events if isinstance(event, Notice)]


def states(storage: LocalStorage) -> dict[str, CallState]:
    return {summary.call_id: summary.state for summary in storage.list_conversations()}


# ------------------------------------------------------------------ a call that goes well


async def test_a_call_is_stored_as_its_events_pass(storage: LocalStorage, base: Path) -> None:
    turns = dialogue(4)
    events = call_events(turns)
    recorder = Recorder(storage)
    passed: list[CallEvent] = []
    async for event in recorder.record(Upstream(events)()):
        passed.append(event)
        if isinstance(event, CallStarted):
            assert recorder.path == base / ID
            assert states(storage) == {ID: CallState.BEING_MADE}
        if isinstance(event, TurnCompleted):
            assert event.turn.audio is not None
            pcm, _ = read_wav(base / ID / event.turn.audio)
            assert np.array_equal(pcm, turns[event.turn.turn - 1][1])
            lines = (base / ID / "journal.jsonl").read_text("utf-8").splitlines()
            assert json.loads(lines[-1])["turn"] == event.turn.turn
        if isinstance(event, CallEnded):
            assert states(storage) == {ID: CallState.WHOLE}

    assert [type(event) for event in passed] == [type(event) for event in events]
    plain = [event for event in passed if not isinstance(event, TurnCompleted | CallEnded)]
    assert all(any(event is original for original in events) for event in plain)
    stored = storage.load_conversation(ID)
    assert stored.conversation == ended(passed)
    assert stored.metrics.making_s == 3.0
    assert [turn.audio for turn in ended(passed).turns] == [
        f"audio/turn-{turn.turn:02d}-{turn.speaker.value}.wav" for turn, _ in turns
    ]
    assert np.array_equal(read_wav(recorder.saved["audio"])[0], mixed(turns))
    assert recorder.failure is None


async def test_the_sound_of_a_broken_attempt_is_forgotten(storage: LocalStorage, base: Path) -> None:
    turn, pcm = dialogue(1)[0]
    events = call_events([(turn, pcm)])
    begun = next(index for index, event in enumerate(events) if isinstance(event, TurnStarted))
    broken = SpeechChunk(ID, 0.2, 1, turn.speaker, sound(99, 600), 0, RATE)
    events[begun + 1 : begun + 1] = [broken, TurnRestarted(ID, 0.2, 1, turn.speaker, "the stream broke")]
    # what is left of the attempt would show where the good one says nothing
    events = [
        event for event in events if not (isinstance(event, SpeechChunk) and event.start == 0 and event is not broken)
    ]
    await collect(Recorder(storage), Upstream(events)())
    stored, _ = read_wav(base / ID / "audio/turn-01-support.wav")
    first = next(event.start for event in events if isinstance(event, SpeechChunk) and event is not broken)
    assert first > 0
    assert not stored[:first].any()
    assert np.array_equal(stored[first:], pcm[first:])


async def test_a_turns_file_is_as_long_as_its_times_say(storage: LocalStorage, base: Path) -> None:
    turn = said(1, 100, 1_000)
    pcm = sound(1, 300)
    chunks = [
        SpeechChunk(ID, 0.1, 1, turn.speaker, pcm[:50], 0, RATE),
        SpeechChunk(ID, 0.1, 1, turn.speaker, pcm, 150, RATE),
        SpeechChunk(ID, 0.2, 1, turn.speaker, pcm, 1_000, RATE),  # heard to its 100th sample: the turn was cut short
        SpeechChunk(ID, 0.2, 1, turn.speaker, pcm, 5_000, RATE),
    ]
    conversation = conversation_of(PLAN, [turn])
    script = [
        CallStarted(ID, 0, PLAN),
        *chunks,
        TurnCompleted(ID, 1, turn),
        CallEnded(ID, 2, conversation, CallMetrics()),
    ]
    await collect(Recorder(storage), Upstream(script)())
    expected = np.zeros(1_000, np.int16)
    expected[50:350] = pcm
    expected[900:] = pcm[:100]
    assert np.array_equal(read_wav(base / ID / "audio/turn-01-support.wav")[0], expected)


async def test_a_turn_that_was_never_spoken_has_no_sound(storage: LocalStorage) -> None:
    events = [event for event in call_events(dialogue(2)) if not isinstance(event, SpeechChunk)]
    passed = await collect(Recorder(storage), Upstream(events)())
    assert [turn.audio for turn in ended(passed).turns] == [None, None]
    assert storage.load_conversation(ID).conversation == ended(passed)


# ------------------------------------------------------------------ leaving early


@pytest.mark.parametrize("after", [1, 3])
async def test_who_leaves_early_leaves_a_valid_call(storage: LocalStorage, after: int) -> None:
    turns = dialogue(4)
    upstream = Upstream(call_events(turns), at_close=lambda: states(storage))
    recorder = Recorder(storage)
    async with contextlib.aclosing(recorder.record(upstream())) as stream:
        async for event in stream:
            if isinstance(event, SpeechChunk) and event.turn == after + 1:
                break
    assert upstream.closed
    assert upstream.given < len(upstream.events)
    assert upstream.seen_at_close == {ID: CallState.BEING_MADE}  # closed first, made whole after
    stored = storage.load_conversation(ID)
    assert stored.conversation.end_reason is EndReason.STOPPED
    assert [turn.turn for turn in stored.conversation.turns] == list(range(1, after + 1))
    assert (stored.metrics.turns, stored.metrics.time_to_first_audio_s) == (after, 0.25)
    assert np.array_equal(read_wav(recorder.saved["audio"])[0], mixed(turns[:after]))


async def test_who_leaves_before_a_turn_is_complete_leaves_nothing(storage: LocalStorage, base: Path) -> None:
    recorder = Recorder(storage)
    async with contextlib.aclosing(recorder.record(Upstream(call_events(dialogue(1)))())) as stream:
        async for event in stream:
            if isinstance(event, SpeechChunk):
                break
    assert list(base.iterdir()) == []
    assert recorder.path is None
    assert recorder.saved == {}


class GatedStorage(LocalStorage):
    """Lets a turn be written only when the test says so, and says when it is about to."""

    def __init__(self, base_path: Path, turn: int) -> None:
        super().__init__(base_path)
        self.turn = turn
        self.writing = threading.Event()
        self.go_on = threading.Event()

    def open_call(self, plan: CallPlan) -> LocalCallWriter:
        writer = super().open_call(plan)
        write = writer.write_turn

        def gated(turn: Turn, pcm: Sound) -> Turn:
            if turn.turn == self.turn:
                self.writing.set()
                assert self.go_on.wait(20)
            return write(turn, pcm)

        writer.write_turn = gated  # pyright: ignore[reportAttributeAccessIssue]  a test double
        return writer


async def test_a_cancellation_waits_for_the_turn_that_is_being_written(base: Path) -> None:
    storage = GatedStorage(base, turn=2)
    turns = dialogue(3)
    task = asyncio.create_task(collect(Recorder(storage), Upstream(call_events(turns))()))
    await asyncio.to_thread(storage.writing.wait, 20)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()  # impatient people press twice
    await asyncio.sleep(0)
    assert not task.done()
    storage.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    stored = storage.load_conversation(ID)
    assert stored.conversation.end_reason is EndReason.STOPPED
    assert [turn.turn for turn in stored.conversation.turns] == [1, 2]
    assert np.array_equal(read_wav(base / ID / "audio/call.wav")[0], mixed(turns[:2]))


async def test_the_event_loop_goes_on_while_a_turn_is_written(base: Path) -> None:
    storage = GatedStorage(base, turn=1)
    task = asyncio.create_task(collect(Recorder(storage), Upstream(call_events(dialogue(1)))()))
    while not storage.writing.is_set():
        await asyncio.sleep(0.001)
    storage.go_on.set()  # never reached if writing blocked the loop
    assert ended(await task).end_reason is EndReason.COMPLETED


async def test_an_upstream_that_breaks_leaves_a_valid_call(storage: LocalStorage) -> None:
    async def breaking() -> AsyncIterator[CallEvent]:
        async for event in Upstream(call_events(dialogue(2))[:-1])():
            yield event
        raise RuntimeError("a defect")

    with pytest.raises(RuntimeError, match="a defect"):
        await collect(Recorder(storage), breaking())
    assert len(storage.load_conversation(ID).conversation.turns) == 2


async def test_a_call_without_a_complete_turn_is_not_kept(storage: LocalStorage, base: Path) -> None:
    conversation = Conversation.of(PLAN, [], EndReason.PROVIDER_ERROR)
    script = [CallStarted(ID, 0, PLAN), CallEnded(ID, 1, conversation, CallMetrics())]
    recorder = Recorder(storage)
    passed = await collect(recorder, Upstream(script)())
    assert [type(event) for event in passed] == [CallStarted, Notice, CallEnded]
    assert "nothing of it was kept" in notices(passed)[0].text
    assert ended(passed).end_reason is EndReason.PROVIDER_ERROR
    assert list(base.iterdir()) == []
    assert recorder.failure is None


# ------------------------------------------------------------------ when the storage fails


class FullStorage(LocalStorage):
    """Has no room from a turn on; ``finish`` fails as well where ``for_good``."""

    def __init__(self, base_path: Path, turn: int, *, for_good: bool = False) -> None:
        super().__init__(base_path)
        self.turn = turn
        self.for_good = for_good

    def open_call(self, plan: CallPlan) -> LocalCallWriter:
        writer = super().open_call(plan)
        write, finish = writer.write_turn, writer.finish
        full = StorageError("Can't store it: no space left.", "Free some space.")

        def writing(turn: Turn, pcm: Sound) -> Turn:
            if turn.turn >= self.turn:
                raise full
            return write(turn, pcm)

        def finishing(conversation: Conversation, metrics: CallMetrics) -> dict[str, Path]:
            if self.for_good:
                raise full
            return finish(conversation, metrics)

        writer.write_turn = writing  # pyright: ignore[reportAttributeAccessIssue]  a test double
        writer.finish = finishing  # pyright: ignore[reportAttributeAccessIssue]  a test double
        return writer


def assert_gave_up(recorder: Recorder, upstream: Upstream, passed: list[CallEvent]) -> Notice:
    assert ended(passed).end_reason is EndReason.STORAGE_ERROR
    assert isinstance(recorder.failure, StorageError)
    assert upstream.closed
    (notice,) = notices(passed)
    assert notice is passed[-2]
    assert notice.level == "error"
    assert ID in notice.text
    assert notice.remedy
    return notice


async def test_a_full_disk_ends_the_call_and_keeps_what_was_complete(base: Path) -> None:
    storage = FullStorage(base, turn=3)
    upstream = Upstream(call_events(dialogue(5)), at_close=lambda: states(storage))
    recorder = Recorder(storage)
    passed = await collect(recorder, upstream())
    notice = assert_gave_up(recorder, upstream, passed)
    assert f"its 2 completed turns are kept in {base / ID}" in notice.text
    assert upstream.given < len(upstream.events)  # nothing more was bought
    assert upstream.seen_at_close == {ID: CallState.BEING_MADE}  # closed at once, made whole after
    assert [event.turn.turn for event in passed if isinstance(event, TurnCompleted)] == [1, 2]
    assert storage.load_conversation(ID).conversation == ended(passed)
    assert np.array_equal(read_wav(recorder.saved["audio"])[0], mixed(dialogue(2)))


@pytest.mark.parametrize(("turn", "left"), [(3, 2), (99, 4)])
async def test_a_call_that_can_not_be_completed_can_be_recovered(base: Path, turn: int, left: int) -> None:
    upstream = Upstream(call_events(dialogue(4)))
    recorder = Recorder(FullStorage(base, turn, for_good=True))
    passed = await collect(recorder, upstream())
    notice = assert_gave_up(recorder, upstream, passed)
    assert f"its {left} completed turns are safe in {base / ID}" in notice.text
    assert f"vcg conversations recover {ID}" in notice.text
    assert recorder.saved == {}
    assert states(LocalStorage(base)) == {ID: CallState.INTERRUPTED}
    assert len(LocalStorage(base).recover_conversation(ID).conversation.turns) == left


async def test_a_disk_that_is_full_from_the_start_leaves_nothing(base: Path) -> None:
    upstream = Upstream(call_events(dialogue(2)))
    recorder = Recorder(FullStorage(base, turn=1))
    passed = await collect(recorder, upstream())
    assert "nothing was kept" in assert_gave_up(recorder, upstream, passed).text
    assert recorder.path is None
    assert list(base.iterdir()) == []


async def test_a_call_with_no_place_ends_before_anything_is_bought(tmp_path: Path) -> None:
    base = tmp_path / "file"
    base.write_text("mine", "utf-8")
    upstream = Upstream(call_events(dialogue(2)))
    recorder = Recorder(LocalStorage(base))
    passed = await collect(recorder, upstream())
    notice = assert_gave_up(recorder, upstream, passed)
    assert [type(event) for event in passed] == [Notice, CallEnded]
    assert str(base) in notice.text
    assert upstream.given == 1
    assert recorder.path is None


def pulled_away(events: list[CallEvent], before_turn: int, pull: Callable[[], object]) -> AsyncIterator[CallEvent]:
    """The events; the folder goes when the given turn's text comes."""

    async def stream() -> AsyncIterator[CallEvent]:
        for event in events:
            if isinstance(event, TextDelta) and event.turn == before_turn:
                pull()
            yield event

    return stream()


async def test_a_call_whose_folder_vanishes_is_written_anew_from_memory(storage: LocalStorage, base: Path) -> None:
    turns = dialogue(5)
    recorder = Recorder(storage)
    passed = await collect(recorder, pulled_away(call_events(turns), 3, lambda: shutil.rmtree(base)))
    (notice,) = notices(passed)
    assert "vanished" in notice.text
    assert f"the text of 3 turns is kept in {base / ID}" in notice.text
    stored = storage.load_conversation(ID).conversation
    assert stored == ended(passed)
    assert stored.end_reason is EndReason.STORAGE_ERROR
    assert [turn.text for turn in stored.turns] == [turn.text for turn, _ in turns[:3]]
    assert [turn.audio for turn in stored.turns] == [None, None, "audio/turn-03-support.wav"]
    assert np.array_equal(read_wav(base / ID / "audio/turn-03-support.wav")[0], turns[2][1])
    assert recorder.failure is not None


async def test_a_folder_that_vanishes_at_the_very_end_loses_no_text(storage: LocalStorage, base: Path) -> None:
    turns = dialogue(2)
    recorder = Recorder(storage)
    passed: list[CallEvent] = []
    async for event in recorder.record(Upstream(call_events(turns))()):
        passed.append(event)
        if isinstance(event, TurnCompleted) and event.turn.turn == 2:
            shutil.rmtree(base)
    assert "the text of 2 turns is kept" in notices(passed)[0].text
    stored = storage.load_conversation(ID).conversation
    assert stored.outcome is ended(passed).outcome is not None
    assert [turn.text for turn in stored.turns] == [turn.text for turn, _ in turns]


async def test_nothing_is_claimed_where_nothing_can_be_kept(storage: LocalStorage, base: Path) -> None:
    def pull() -> None:
        shutil.rmtree(base)
        base.write_text("a file now", "utf-8")

    recorder = Recorder(storage)
    passed = await collect(recorder, pulled_away(call_events(dialogue(4)), 2, pull))
    assert "nothing of it could be kept" in notices(passed)[0].text
    assert ended(passed).end_reason is EndReason.STORAGE_ERROR
    assert recorder.path is None
    assert recorder.saved == {}
    assert base.read_text("utf-8") == "a file now"


async def test_a_stored_call_holds_nothing_but_the_call(storage: LocalStorage, base: Path) -> None:
    await collect(Recorder(storage), Upstream(call_events(dialogue(2)))())
    assert files_in(base / ID) == {
        "conversation.json",
        "metrics.json",
        "journal.jsonl",
        "transcript.txt",
        "audio/call.wav",
        "audio/turn-01-support.wav",
        "audio/turn-02-customer.wav",
    }
