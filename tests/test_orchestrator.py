from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import TypeVar

import numpy as np
import pytest

from tests.fake_providers import (
    RATE,
    Attempt,
    ScriptedLLM,
    ToneTTS,
    line,
    plan_of,
    providers,
    said,
    settled,
    times,
    tone,
    trouble,
    until,
)
from vcg_tui.errors import ProviderErrorKind
from vcg_tui.models.conversation import CallPlan, Conversation, EndReason, Outcome, Turn
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
    WordsTimed,
)
from vcg_tui.models.role import Role
from vcg_tui.services import orchestrator
from vcg_tui.services.control import CallControl
from vcg_tui.services.orchestrator import ConversationOrchestrator
from vcg_tui.services.prompts import prompts_hash, system_prompt
from vcg_tui.services.provider_factory import Providers
from vcg_tui.services.sentences import SentenceSplitter

Kind = TypeVar("Kind", bound=CallEvent)

# ------------------------------------------------------------------ reading a call


@dataclass
class Reader:
    """What was read of a call so far."""

    events: list[CallEvent] = field(default_factory=list)
    finished: bool = False

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def ended(self) -> CallEnded:
        last = self.events[-1]
        assert isinstance(last, CallEnded)
        return last

    @property
    def conversation(self) -> Conversation:
        return self.ended.conversation

    @property
    def completed(self) -> list[Turn]:
        return [event.turn for event in self.of(TurnCompleted)]


@asynccontextmanager
async def reading(
    made_with: Providers, plan: CallPlan, control: CallControl | None = None, *, lookahead_s: float = 10.0
) -> AsyncIterator[Reader]:
    """A call read beside the test; at the end everything it said is checked, and that nothing of it is left."""
    reader = Reader()

    async def read() -> None:
        async with aclosing(ConversationOrchestrator(made_with, lookahead_s=lookahead_s).run(plan, control)) as events:
            async for event in events:
                reader.events.append(event)
        reader.finished = True

    task = asyncio.create_task(read())
    try:
        yield reader
        async with asyncio.timeout(20):
            await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    check(reader.events, plan)
    assert_nothing_left(made_with)


async def made(made_with: Providers, plan: CallPlan) -> Reader:
    async with reading(made_with, plan) as reader:
        pass
    return reader


def assert_nothing_left(made_with: Providers) -> None:
    assert asyncio.all_tasks() == {asyncio.current_task()}
    for provider in (made_with.customer_llm, made_with.support_llm, made_with.tts):
        assert isinstance(provider, ScriptedLLM | ToneTTS)
        assert provider.running == 0


def check(events: list[CallEvent], plan: CallPlan) -> None:
    """What holds for the events of every call."""
    assert isinstance(events[0], CallStarted)
    assert isinstance(events[-1], CallEnded)
    assert sum(isinstance(event, CallStarted | CallEnded) for event in events) == 2
    assert {event.call_id for event in events} == {plan.call_id}
    stamps = [event.at for event in events]
    assert stamps == sorted(stamps)
    text: dict[int, str] = {}
    sound: dict[int, list[SpeechChunk]] = {}
    words: dict[int, list] = {}
    turns: list[Turn] = []
    for event in events:
        match event:
            case TurnStarted():
                assert event.turn == len(text) + 1
                text[event.turn], sound[event.turn], words[event.turn] = "", [], []
            case TextDelta():
                assert event.text
                text[event.turn] += event.text
            case TurnRestarted():
                text[event.turn], sound[event.turn], words[event.turn] = "", [], []
            case SpeechChunk():
                chunks = sound[event.turn]
                if chunks:
                    assert event.start == chunks[-1].start + len(chunks[-1].pcm)
                else:
                    assert event.start >= (round(turns[-1].end_s * RATE) if turns else 0)
                assert all(turn.turn < event.turn for turn in turns)
                assert event.pcm.dtype == np.int16
                assert len(event.pcm)
                assert event.sample_rate == RATE
                chunks.append(event)
            case WordsTimed():
                words[event.turn].extend(event.words)
            case TurnCompleted(turn=turn):
                chunks = sound[turn.turn]
                assert all(turn.turn > other.turn for other in turns)
                assert turn.text == text[turn.turn]
                assert turn.start_s == chunks[0].start / RATE
                assert turn.end_s == (chunks[-1].start + len(chunks[-1].pcm)) / RATE
                clamped = [
                    (each.text, min(each.start_s, turn.end_s), min(each.end_s, turn.end_s)) for each in words[turn.turn]
                ]
                assert [(each.text, each.start_s, each.end_s) for each in turn.words] == clamped
                turns.append(turn)
            case _:
                pass
    ended = events[-1]
    assert ended.conversation.turns == turns
    assert ended.conversation.duration_s == (turns[-1].end_s if turns else 0.0)
    assert ended.metrics.turns == len(turns)


def sound_of(reader: Reader, turn: int) -> np.ndarray:
    """A turn's sound as a reader has it who forgets what was restarted."""
    chunks: list[np.ndarray] = []
    for event in reader.events:
        if isinstance(event, TurnRestarted) and event.turn == turn:
            chunks = []
        elif isinstance(event, SpeechChunk) and event.turn == turn:
            chunks.append(event.pcm)
    return np.concatenate(chunks) if chunks else np.zeros(0, np.int16)


def speech(*sentences: str) -> np.ndarray:
    return np.concatenate([tone(sentence) for sentence in sentences])


def spoken(text: str, pause_s: float) -> np.ndarray:
    """How a whole text sounds, cut as the program cuts it."""
    splitter = SentenceSplitter()
    pause = np.zeros(round(pause_s * RATE), np.int16)
    pieces = [tone(piece.strip()) for piece in splitter.feed(text) + splitter.finish()]
    return np.concatenate([pieces[0], *(part for piece in pieces[1:] for part in (pause, piece))])


def sentences(number: int) -> list[str]:
    first, second = line(number).split(". ", 1)
    return [first + ".", second]


# ------------------------------------------------------------------ a call


async def test_a_call_from_its_start_to_its_end() -> None:
    llm = ScriptedLLM(
        {
            1: "Brightline, this is Sam. How can I help you today?",
            2: "My line drops every evening. Can you help?",
            3: 'I have reset it, and it holds now. <end_call outcome="resolved"/>',
            4: "Wonderful, thank you.",
        }
    )
    reader = await made(providers(llm), plan_of(12))
    conversation = reader.conversation
    assert conversation.end_reason is EndReason.COMPLETED
    assert conversation.outcome is Outcome.RESOLVED
    assert [turn.speaker for turn in conversation.turns] == [Role.SUPPORT, Role.CUSTOMER] * 2
    assert [turn.text for turn in conversation.turns] == [
        "Brightline, this is Sam. How can I help you today?",
        "My line drops every evening. Can you help?",
        "I have reset it, and it holds now.",
        "Wonderful, thank you.",
    ]
    assert np.array_equal(sound_of(reader, 1), speech("Brightline, this is Sam.", "How can I help you today?"))
    assert not reader.of(Notice)
    assert not reader.of(TurnRestarted)


async def test_words_are_where_their_sentence_is_heard() -> None:
    reader = await made(providers(tts=ToneTTS(sentence_pause_s=0.25)), plan_of(2))
    first, second = sentences(1)
    turn = reader.completed[0]
    later = len(tone(first)) / RATE + 0.25
    expected = [word.start_s for word in times(first)] + [word.start_s + later for word in times(second)]
    assert [word.start_s for word in turn.words] == pytest.approx(expected)
    assert [word.text for word in turn.words] == turn.text.split()
    pause = np.zeros(round(0.25 * RATE), np.int16)
    assert np.array_equal(sound_of(reader, 1), np.concatenate([tone(first), pause, tone(second)]))


async def test_each_side_is_asked_as_itself_and_hears_only_what_was_said() -> None:
    customer, support = ScriptedLLM(), ScriptedLLM({1: "*smiles* Brightline, good morning to you."})
    plan = plan_of(4)
    await made(providers(support, customer_llm=customer), plan)
    assert [request.turn for request in support.requests] == [1, 3]
    assert [request.turn for request in customer.requests] == [2, 4]
    last = customer.requests[-1]
    assert [message.role for message in last.messages] == ["system", "user", "assistant", "user"]
    assert [message.content for message in last.messages[1:]] == [
        "Brightline, good morning to you.",
        line(2),
        line(3),
    ]
    assert last.messages[0].content == system_prompt(Role.CUSTOMER, plan.customer, plan.support)
    assert (last.persona, last.counterpart) == (plan.customer, plan.support)
    assert [turn.speaker for turn in last.turns] == [Role.SUPPORT, Role.CUSTOMER, Role.SUPPORT]
    # The agent speaks first, and a model wants to be spoken to.
    assert [message.role for message in support.requests[0].messages] == ["system", "user"]
    assert (support.requests[0].persona, support.requests[0].counterpart) == (plan.support, plan.customer)


def test_each_side_knows_only_its_own() -> None:
    plan = plan_of()
    support = plan.support.model_copy(update={"policies": ["Refunds take nine days."]})
    customer, agent = (system_prompt(role, plan.customer, support) for role in (Role.CUSTOMER, Role.SUPPORT))
    assert plan.customer.goal in customer
    assert plan.customer.goal not in agent
    assert "Refunds take nine days." in agent
    assert "Refunds take nine days." not in customer
    for prompt in (customer, agent):
        assert "630418" in prompt
        assert "<end_call outcome=" in prompt
    assert prompts_hash(plan.customer, support) == prompts_hash(plan.customer, support)
    assert prompts_hash(plan.customer, support) != prompts_hash(plan.customer, plan.support)


async def test_text_is_written_while_earlier_turns_are_still_silent() -> None:
    gate, llm, tts = asyncio.Event(), ScriptedLLM(), ToneTTS()
    tts.gates.append((sentences(1)[0], 0, gate))
    async with reading(providers(llm, tts), plan_of(4)) as reader:
        await until(lambda: [event.turn for event in reader.of(TurnStarted)] == [1, 2, 3, 4])
        # Nothing is heard yet, and the later turns' speech has been asked for all the same.
        await until(lambda: sentences(2)[0] in tts.asked)
        assert len(llm.requests) == 4
        assert not reader.of(SpeechChunk)
        gate.set()
    assert [turn.turn for turn in reader.completed] == [1, 2, 3, 4]


async def test_the_first_sentence_is_heard_while_its_turn_is_still_written() -> None:
    rest = asyncio.Event()
    llm = ScriptedLLM({1: [["Hello, this is Sam. ", "W", rest, *said("hat can I do?")]]})
    async with reading(providers(llm), plan_of(1)) as reader:
        await until(lambda: len(sound_of(reader, 1)) == len(tone("Hello, this is Sam.")))
        assert not reader.completed
        rest.set()
    assert reader.completed[0].text == "Hello, this is Sam. What can I do?"


async def test_sentences_that_come_out_of_order_are_placed_in_order() -> None:
    gate, tts = asyncio.Event(), ToneTTS()
    tts.gates.append((sentences(1)[0], 1, gate))
    async with reading(providers(tts=tts), plan_of(2)) as reader:
        await until(lambda: tts.running == 1 and len(tts.asked) == 4)
        gate.set()
    assert np.array_equal(sound_of(reader, 1), speech(*sentences(1)))
    assert np.array_equal(sound_of(reader, 2), speech(*sentences(2)))


# ------------------------------------------------------------------ how it ends


@pytest.mark.parametrize("turns", [1, 2, 7])
async def test_a_call_ends_at_its_last_turn_allowed(turns: int) -> None:
    reader = await made(providers(), plan_of(turns))
    assert reader.conversation.end_reason is EndReason.MAX_TURNS
    assert [turn.turn for turn in reader.completed] == list(range(1, turns + 1))


async def test_a_side_that_ends_its_part_with_the_last_turn_completes_the_call() -> None:
    llm = ScriptedLLM({2: 'Then call me back. <end_call outcome="callback"/>'})
    reader = await made(providers(llm), plan_of(2))
    assert (reader.conversation.end_reason, reader.conversation.outcome) == (EndReason.COMPLETED, Outcome.CALLBACK)


async def test_a_last_word_may_be_the_tag_alone() -> None:
    llm = ScriptedLLM({2: "Bye then. <end_call/>", 3: '<end_call outcome="resolved"/>'})
    reader = await made(providers(llm), plan_of(9))
    assert (reader.conversation.end_reason, reader.conversation.outcome) == (EndReason.COMPLETED, Outcome.RESOLVED)
    assert [turn.turn for turn in reader.completed] == [1, 2]


async def test_a_call_ends_when_it_is_long_enough() -> None:
    """Also where writing is as far ahead as it may be."""
    gate, llm, tts = asyncio.Event(), ScriptedLLM(), ToneTTS()
    tts.gates.append((sentences(1)[0], 0, gate))
    async with reading(providers(llm, tts), plan_of(40, minutes=0.05)) as reader:
        await settled(lambda: llm.pieces)
        gate.set()
    assert reader.conversation.end_reason is EndReason.MAX_MINUTES
    assert len(reader.completed) == 1
    assert reader.conversation.duration_s >= 3.0


async def test_a_model_that_fails_for_good_ends_the_call_after_what_is_complete() -> None:
    llm = ScriptedLLM({3: [["I have looked at", trouble(ProviderErrorKind.AUTH, "The key is wrong.")]]})
    reader = await made(providers(llm), plan_of(6))
    assert reader.conversation.end_reason is EndReason.PROVIDER_ERROR
    assert reader.conversation.end_detail == "The key is wrong."
    assert [turn.text for turn in reader.completed] == [line(1), line(2)]
    (notice,) = reader.of(Notice)
    assert (notice.level, notice.text, notice.remedy) == ("error", "The key is wrong.", "Plug it in.")
    assert llm.asked(3) == 1


async def test_a_voice_that_fails_for_good_ends_the_call_after_what_is_complete() -> None:
    """Also where writing is as far ahead as it may be."""
    gate, llm, tts = asyncio.Event(), ScriptedLLM(), ToneTTS()
    tts.gates.append((sentences(2)[1], 1, gate))
    tts.failures.append((sentences(2)[1], 1, trouble(ProviderErrorKind.QUOTA, "No money left.")))
    async with reading(providers(llm, tts), plan_of(40)) as reader:
        await settled(lambda: llm.pieces)
        gate.set()
    assert reader.conversation.end_reason is EndReason.PROVIDER_ERROR
    assert reader.conversation.end_detail == "No money left."
    assert [turn.text for turn in reader.completed] == [line(1)]
    assert [notice.text for notice in reader.of(Notice)] == ["No money left."]


async def test_a_call_that_fails_at_once_still_ends() -> None:
    llm = ScriptedLLM({1: [[trouble(ProviderErrorKind.BAD_REQUEST)]]})
    reader = await made(providers(llm), plan_of(6))
    assert reader.conversation.end_reason is EndReason.PROVIDER_ERROR
    assert reader.conversation.turns == []


# ------------------------------------------------------------------ beginning again


async def test_a_text_that_breaks_midway_comes_again_and_only_the_good_one_is_kept() -> None:
    llm, tts = ScriptedLLM(), ToneTTS()
    heard_first = asyncio.Event()
    broken: Attempt = ["This is the wrong way to begin. ", "And it ", heard_first, trouble(text="The model hung up.")]
    llm.turns = {2: [broken, said(line(2))]}
    # Speech of the broken text never comes to an end by itself: it has to be ended.
    tts.gates.append(("This is the wrong way", 1, asyncio.Event()))
    async with reading(providers(llm, tts), plan_of(3)) as reader:
        await until(lambda: len(sound_of(reader, 2)) > 0)
        heard_first.set()
    (restarted,) = reader.of(TurnRestarted)
    assert (restarted.turn, restarted.speaker, restarted.reason) == (2, Role.CUSTOMER, "The model hung up.")
    assert [turn.text for turn in reader.completed] == [line(1), line(2), line(3)]
    assert np.array_equal(sound_of(reader, 2), speech(*sentences(2)))
    assert [turn.metrics.attempts for turn in reader.completed] == [1, 2, 1]
    assert reader.ended.metrics.restarts == 1
    # The next speaker heard the good one only.
    assert [turn.text for turn in llm.requests[-1].turns] == [line(1), line(2)]


async def test_speech_that_breaks_after_it_was_heard_comes_again_from_the_start_of_its_turn() -> None:
    llm, tts = ScriptedLLM(), ToneTTS(sentence_pause_s=0.1)
    tts.failures.append((sentences(2)[1], 2, trouble()))
    reader = await made(providers(llm, tts), plan_of(3))
    assert [event.turn for event in reader.of(TurnRestarted)] == [2]
    assert [turn.text for turn in reader.completed] == [line(1), line(2), line(3)]
    pause = np.zeros(round(0.1 * RATE), np.int16)
    first, second = sentences(2)
    assert np.array_equal(sound_of(reader, 2), np.concatenate([tone(first), pause, tone(second)]))
    # The sentence in front of it is not bought again, and the text is not asked for again.
    assert tts.asked.count(first) == 1
    assert tts.asked.count(second) == 2
    assert llm.asked(2) == 1


async def test_speech_that_breaks_before_it_was_heard_is_nobodys_business() -> None:
    tts = ToneTTS()
    tts.failures.append((sentences(2)[0], 0, trouble()))
    tts.short.append(sentences(3)[1])
    reader = await made(providers(tts=tts), plan_of(2))
    assert not reader.of(TurnRestarted)
    assert np.array_equal(sound_of(reader, 2), speech(*sentences(2)))


@pytest.mark.parametrize("seed", range(24))
async def test_whatever_breaks_and_however_slow_the_reader_the_events_agree(seed: int) -> None:
    """Texts and voices break anywhere while the reader lags; what is read is a valid call with the good turns only."""
    rng = random.Random(seed)
    llm, tts = ScriptedLLM(), ToneTTS(sentence_pause_s=rng.choice([0.0, 0.1]))
    for number in range(1, 6):
        long = " ".join([*sentences(number), *(f"More of turn {number}, part {part}, follows." for part in range(6))])
        broken: list[Attempt] = []
        for attempt in range(rng.choice([0, 0, 1, 3])):
            wrong = said(f"Wrong {attempt} of turn {number}. " + long)
            broken.append([*wrong[: rng.randrange(len(wrong))], trouble()])
        llm.turns[number] = [*broken, said(long)]
        for beginning in (*sentences(number), f"More of turn {number}, part 2", f"Wrong 0 of turn {number}"):
            if rng.random() < 0.4:
                tts.failures.append((beginning, rng.randrange(12), trouble()))
    plan = plan_of(5)
    events: list[CallEvent] = []
    async with aclosing(ConversationOrchestrator(providers(llm, tts)).run(plan)) as stream:
        async for event in stream:
            events.append(event)
            for _ in range(rng.choice([0, 0, 0, 1, 3, 40])):
                await asyncio.sleep(0)
    check(events, plan)
    assert len(events[-1].conversation.turns) == 5
    reader = Reader(events)
    for turn in reader.completed:
        assert "Wrong" not in turn.text
        assert np.array_equal(sound_of(reader, turn.turn), spoken(turn.text, tts.sentence_pause_s))


# ------------------------------------------------------------------ leaving


async def test_stop_keeps_what_is_complete_and_closes_every_stream() -> None:
    never, control, llm, tts = asyncio.Event(), CallControl(), ScriptedLLM(), ToneTTS()
    tts.gates.append((sentences(2)[1], 1, never))
    llm.turns[4] = [["I was just", never]]
    async with reading(providers(llm, tts), plan_of(9), control) as reader:
        await until(lambda: len(reader.completed) == 1 and llm.asked(4) == 1 and tts.running == 1)
        await until(lambda: llm.running == 1)
        assert not reader.finished
        control.stop()
        await until(lambda: reader.finished)
        assert (llm.running, tts.running) == (0, 0)
    assert reader.conversation.end_reason is EndReason.STOPPED
    assert [turn.text for turn in reader.completed] == [line(1)]


async def test_stop_ends_a_call_whose_writing_is_as_far_ahead_as_it_may_be() -> None:
    never, control, llm, tts = asyncio.Event(), CallControl(), ScriptedLLM(), ToneTTS()
    tts.gates.append((sentences(1)[0], 0, never))
    async with reading(providers(llm, tts), plan_of(50), control) as reader:
        await settled(lambda: llm.pieces)
        assert len(llm.requests) < 12
        control.stop()
    assert reader.conversation.end_reason is EndReason.STOPPED
    assert reader.conversation.turns == []


async def test_a_call_stopped_before_it_began_asks_for_nothing_more() -> None:
    control, llm = CallControl(), ScriptedLLM()
    control.stop()
    async with reading(providers(llm), plan_of(50), control) as reader:
        pass
    assert reader.conversation.end_reason is EndReason.STOPPED
    assert len(llm.requests) <= 1


@pytest.mark.parametrize("after", [1, 2, 20, 100])
async def test_leaving_early_leaves_nothing_behind(after: int) -> None:
    """Also where the reader lags so far that nothing more fits in front of it."""
    never, llm, tts = asyncio.Event(), ScriptedLLM(), ToneTTS()
    tts.gates.append((sentences(6)[0], 0, never))
    made_with = providers(llm, tts)
    async with asyncio.timeout(10), aclosing(ConversationOrchestrator(made_with).run(plan_of(50))) as events:
        for _ in range(after):
            await anext(events)
        await settled(lambda: llm.pieces)
    assert_nothing_left(made_with)


async def test_a_cancelled_reader_leaves_nothing_behind() -> None:
    never, llm = asyncio.Event(), ScriptedLLM()
    llm.turns[3] = [["Well, ", never]]
    made_with = providers(llm)

    async def read() -> None:
        async with aclosing(ConversationOrchestrator(made_with).run(plan_of(9))) as events:
            async for _ in events:
                pass

    task = asyncio.create_task(read())
    await until(lambda: llm.asked(3) == 1 and llm.running == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert_nothing_left(made_with)


# ------------------------------------------------------------------ pace


async def test_a_paused_call_begins_no_turn_until_it_goes_on() -> None:
    control, llm, hold = CallControl(), ScriptedLLM(), asyncio.Event()
    llm.turns[2] = [["This is ", hold, *said("what the second turn says.")]]
    async with reading(providers(llm), plan_of(4), control) as reader:
        await until(lambda: llm.asked(2) == 1)
        control.pause()
        hold.set()
        await until(lambda: len(reader.completed) == 2)
        await settled(lambda: len(reader.events))
        assert len(llm.requests) == 2
        assert not reader.finished
        control.resume()
    assert len(reader.completed) == 4


async def test_a_paused_call_can_be_stopped() -> None:
    control = CallControl()
    control.pause()
    async with reading(providers(), plan_of(4), control) as reader:
        await settled(lambda: len(reader.events))
        control.stop()
    assert reader.conversation.end_reason is EndReason.STOPPED


async def test_writing_keeps_a_few_seconds_ahead_of_the_listener() -> None:
    control, llm = CallControl(), ScriptedLLM()
    control.begin_playing()
    turn_s = len(line(10)) / 20
    async with reading(providers(llm), plan_of(30), control, lookahead_s=6.0) as reader:
        for position in (0.0, 5.0, 20.0, 21.0):
            control.report_position(position)
            await until(lambda at=position: sum(len(event.pcm) for event in reader.of(SpeechChunk)) / RATE > at)
            await settled(lambda: (len(llm.requests), len(reader.completed), len(reader.of(SpeechChunk))))
            ahead = reader.completed[-1].end_s - position
            assert 6.0 <= ahead <= 6.0 + turn_s + 3.0
            assert not reader.finished
        control.end_playing()
    assert len(reader.completed) == 30


async def test_a_listener_who_was_kept_waiting_gets_more_ahead() -> None:
    control, llm = CallControl(), ScriptedLLM()
    control.begin_playing()
    turn_s = len(line(10)) / 20
    # Twice what was waited for, and four seconds.
    wanted_s = 12.0

    def enough() -> bool:
        control.report_position(0.0, 4.0)
        return bool(reader.completed) and reader.completed[-1].end_s >= wanted_s

    async with reading(providers(llm), plan_of(30), control, lookahead_s=6.0) as reader:
        await until(enough)
        await settled(lambda: (len(llm.requests), len(reader.completed), len(reader.of(SpeechChunk))))
        assert reader.completed[-1].end_s <= wanted_s + turn_s + 3.0
        control.end_playing()
    assert len(reader.completed) == 30


async def test_with_no_listener_a_call_is_made_as_fast_as_it_can_be() -> None:
    reader = await made(providers(), plan_of(30))
    assert reader.conversation.duration_s > 60
    assert {event.snapshot.ahead_s for event in reader.of(MetricsChanged)} == {None}


async def test_a_reader_that_lags_holds_the_making_back() -> None:
    llm = ScriptedLLM({1: " ".join(["word"] * 5_000) + "."})
    plan = plan_of(2)
    async with aclosing(ConversationOrchestrator(providers(llm)).run(plan)) as stream:
        events = [await anext(stream)]
        await settled(lambda: llm.pieces)
        assert 10 < llm.pieces < 100
        events += [await anext(stream) for _ in range(30)]
        await settled(lambda: llm.pieces)
        assert llm.pieces < 130
        events += [event async for event in stream]
    check(events, plan)
    assert llm.pieces > 5_000


# ------------------------------------------------------------------ figures


async def test_metrics_come_at_their_pace_while_nothing_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    assert orchestrator._METRICS_EVERY_S >= 0.25
    monkeypatch.setattr(orchestrator, "_METRICS_EVERY_S", 0.02)
    gate, llm = asyncio.Event(), ScriptedLLM()
    llm.turns[3] = [[gate, *said(line(3))]]
    async with reading(providers(llm), plan_of(3)) as reader:
        await until(lambda: len(reader.of(MetricsChanged)) >= 5)
        gate.set()
    snapshots = reader.of(MetricsChanged)
    stamps = [event.at for event in snapshots[:-1]]
    assert min(after - before for before, after in pairwise(stamps)) >= 0.015
    assert (snapshots[3].snapshot.turn, snapshots[3].snapshot.max_turns) == (3, 3)
    assert reader.events[-2] is snapshots[-1]
    last = snapshots[-1].snapshot
    assert last.per_turn == tuple(turn.metrics for turn in reader.completed)
    assert last.call.model_copy(update={"making_s": None}) == reader.ended.metrics.model_copy(update={"making_s": None})


async def test_metrics_agree_with_what_was_read() -> None:
    llm, tts = ScriptedLLM({2: [["This was", trouble()], said("*sighs* " + line(2))]}), ToneTTS()
    reader = await made(providers(llm, tts), plan_of(5))
    metrics = reader.ended.metrics
    seconds = {number: len(sound_of(reader, number)) / RATE for number in range(1, 6)}
    for side, own in ((metrics.support, (1, 3, 5)), (metrics.customer, (2, 4))):
        talk = sum(seconds[number] for number in own)
        words = sum(len(line(number).split()) for number in own)
        assert (side.turns, side.words) == (len(own), words)
        assert side.talk_s == pytest.approx(talk)
        assert side.talk_share == pytest.approx(talk / sum(seconds.values()))
        assert side.words_per_minute == pytest.approx(words / talk * 60)
    starts = {number: next(e.start for e in reader.of(SpeechChunk) if e.turn == number) / RATE for number in seconds}
    gaps = [starts[number + 1] - starts[number] - seconds[number] for number in range(1, 5)]
    assert metrics.duration_s == pytest.approx(starts[5] + seconds[5])
    assert metrics.gap_median_s == pytest.approx(median(gaps))
    assert metrics.gap_max_s == pytest.approx(max(gaps))
    first_sound = reader.of(SpeechChunk)[0].at
    assert metrics.time_to_first_audio_s is not None
    assert metrics.making_s is not None
    assert 0 < metrics.time_to_first_audio_s <= first_sound <= metrics.making_s <= reader.ended.at + 1
    assert metrics.prompt_tokens == 500
    assert metrics.completion_tokens == sum(len(line(number).split()) for number in range(1, 6)) + 1
    assert metrics.characters == sum(len(text) for number in range(1, 6) for text in sentences(number))
    assert (metrics.restarts, metrics.cleaned) == (1, 1)
    assert metrics.starved_s is None
    for turn in reader.completed:
        figures = turn.metrics
        assert None not in (figures.llm_ttft_s, figures.llm_s, figures.tts_ttfb_s, figures.tts_s, figures.first_audio_s)
        assert 0 <= figures.llm_ttft_s <= figures.llm_s
        assert 0 <= figures.tts_ttfb_s <= figures.tts_s
        assert figures.llm_ttft_s <= figures.first_audio_s


async def test_the_same_call_again_sounds_the_same() -> None:
    first, second = [await made(providers(), plan_of(4)) for _ in range(2)]
    assert [turn.start_s for turn in first.completed] == [turn.start_s for turn in second.completed]


# ------------------------------------------------------------------ several calls


async def test_calls_share_one_set_of_providers_within_its_limits() -> None:
    llm, tts = ScriptedLLM(max_concurrency=2), ToneTTS(max_concurrency=3)
    made_with = providers(llm, tts)
    plans = [plan_of(4, call_id=f"20260102-030405-anna-abc23{number}") for number in range(5)]

    async def read(plan: CallPlan) -> list[CallEvent]:
        async with aclosing(ConversationOrchestrator(made_with).run(plan)) as events:
            return [event async for event in events]

    async with asyncio.timeout(20):
        calls = await asyncio.gather(*(read(plan) for plan in plans))
    for plan, events in zip(plans, calls, strict=True):
        check(events, plan)
        assert [turn.text for turn in Reader(events).completed] == [line(number) for number in range(1, 5)]
    assert (llm.most_running, tts.most_running) == (2, 3)
    assert_nothing_left(made_with)
