from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

import pytest

from tests.fake_providers import Attempt, ScriptedLLM, plan_of, said, trouble, until
from vcg_tui.errors import ProviderError, ProviderErrorKind
from vcg_tui.models.conversation import Outcome
from vcg_tui.models.role import Role
from vcg_tui.providers.base import CompletionDone, CompletionRequest
from vcg_tui.services.gate import Gate
from vcg_tui.services.retry import RetryPolicy
from vcg_tui.services.spoken_text import EndSignal
from vcg_tui.services.turn_writer import Delta, Restart, Sentence, TurnItem, TurnWriter, Written

ONE = "Thank you for calling. My name is Sam, and I am here to help you."


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits that were asked for; nothing really waits."""
    asked: list[float] = []
    sleep = asyncio.sleep

    async def recorded(delay: float) -> None:
        if delay:
            asked.append(delay)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", recorded)
    return asked


def request() -> CompletionRequest:
    plan = plan_of()
    return CompletionRequest(
        messages=(),
        call_id=plan.call_id,
        role=Role.SUPPORT,
        persona=plan.support,
        counterpart=plan.customer,
        turns=(),
        seed=1,
        turn=1,
        max_turns=4,
    )


def llm(*attempts: Attempt) -> ScriptedLLM:
    return ScriptedLLM({1: attempts})


async def write(provider: ScriptedLLM, retry: RetryPolicy | None = None) -> list[TurnItem]:
    return [item async for item in TurnWriter(provider, retry or RetryPolicy()).write(request())]


def check(items: Sequence[TurnItem]) -> Written:
    """What holds for every turn: one `Written` at the end, and what came since the last restart is its text."""
    written = items[-1]
    assert isinstance(written, Written)
    assert sum(isinstance(item, Written) for item in items) == 1
    restarts = [number for number, item in enumerate(items) if isinstance(item, Restart)]
    good = items[restarts[-1] + 1 :] if restarts else items
    assert "".join(item.text for item in good if isinstance(item, Delta)) == written.text
    assert "".join(item.text for item in good if isinstance(item, Sentence)) == written.text
    return written


async def test_a_turn_is_streamed_cleaned_cut_and_counted() -> None:
    provider = llm(said('Agent: *Hello* there, Anna. How can I help you today? <end_call outcome="resolved"/>'))
    items = await write(provider)
    written = check(items)
    assert written.text == "Hello there, Anna. How can I help you today?"
    assert written.signal == EndSignal(Outcome.RESOLVED)
    assert (written.attempts, written.cleaned) == (1, 3)
    assert (written.prompt_tokens, written.completion_tokens) == (100, 12)
    assert 0 <= written.ttft_s <= written.llm_s
    sentences = [item.text for item in items if isinstance(item, Sentence)]
    assert sentences == ["Hello there, Anna. ", "How can I help you today?"]
    # The first sentence leaves before the model is done.
    assert items.index(Sentence(sentences[0])) < len(items) - 4


async def test_the_first_sentence_leaves_while_the_model_still_writes() -> None:
    rest = asyncio.Event()
    provider = llm(["Thank you for calling. ", "M", rest, *said("y name is Sam.")])
    async with aclosing(TurnWriter(provider, RetryPolicy()).write(request())) as items:
        seen = [await anext(items) for _ in range(3)]
        assert Sentence("Thank you for calling. ") in seen
        rest.set()
        assert check([*seen, *[item async for item in items]]).text == "Thank you for calling. My name is Sam."


async def test_a_failure_before_the_first_letter_needs_no_restart(waits: list[float]) -> None:
    provider = llm([trouble()], said(ONE))
    items = await write(provider)
    assert check(items).attempts == 2
    assert not any(isinstance(item, Restart) for item in items)
    assert len(waits) == 1


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(["Thank you for calling. My na", trouble()], id="error"),
        pytest.param(["Thank you for calling. My name is Sam."], id="no end"),
        pytest.param(["... ", CompletionDone("stop")], id="no words"),
    ],
)
async def test_a_stream_that_broke_midway_comes_again_whole(waits: list[float], broken: Attempt) -> None:
    items = await write(llm(broken, broken, said(ONE)))
    assert sum(isinstance(item, Restart) for item in items) == 2
    written = check(items)
    assert (written.text, written.attempts) == (ONE, 3)
    assert len(waits) == 2


@pytest.mark.parametrize(
    "attempt",
    [
        pytest.param([CompletionDone("stop")], id="nothing"),
        pytest.param(["", "  \n", CompletionDone("stop")], id="white space"),
        pytest.param(["*sighs*", CompletionDone("stop")], id="a direction"),
        pytest.param(["Yes."], id="no end"),
    ],
)
async def test_no_answer_is_an_error(waits: list[float], attempt: Attempt) -> None:
    with pytest.raises(ProviderError) as caught:
        await write(llm(attempt), RetryPolicy(retries=2))
    assert caught.value.kind is ProviderErrorKind.BAD_RESPONSE
    assert "scripted" in str(caught.value)
    assert len(waits) == 2


@pytest.mark.parametrize("text", ["<end_call/>", "... <end_call/>", "\n<end_call"])
async def test_a_side_may_end_without_a_word(text: str) -> None:
    written = check(await write(llm(said(text))))
    assert written.text == ""
    assert written.signal == EndSignal(None)


async def test_a_model_cut_off_leaves_no_half_sentence() -> None:
    items = await write(llm(said("Thank you for calling us today. I can see that your par", "length")))
    assert check(items).text == "Thank you for calling us today."
    assert [item for item in items if isinstance(item, Restart)] == [Restart("cut off at the token limit")]


async def test_a_model_cut_off_at_the_end_of_a_sentence_lost_nothing() -> None:
    items = await write(llm(said(ONE, "length")))
    assert check(items).text == ONE
    assert not any(isinstance(item, Restart) for item in items)


async def test_a_model_cut_off_after_its_tag_is_done() -> None:
    written = check(await write(llm(said('Good bye then <end_call outcome="resolved', "length"))))
    assert written.text == "Good bye then"
    assert written.signal == EndSignal(Outcome.RESOLVED)


async def test_a_model_cut_off_in_its_first_sentence_is_asked_again(waits: list[float]) -> None:
    items = await write(llm(said("I can see that your par", "length"), said(ONE)))
    assert check(items).text == ONE
    assert any(isinstance(item, Restart) for item in items)


# ------------------------------------------------------------------ when to try again


@pytest.mark.parametrize("kind", [kind for kind in ProviderErrorKind if not kind.retryable])
async def test_what_trying_again_can_not_help_is_not_tried_again(waits: list[float], kind: ProviderErrorKind) -> None:
    provider = llm([trouble(kind)], said(ONE))
    with pytest.raises(ProviderError) as caught:
        await write(provider)
    assert caught.value.kind is kind
    assert len(provider.requests) == 1
    assert waits == []


@pytest.mark.parametrize("kind", [kind for kind in ProviderErrorKind if kind.retryable])
async def test_tries_are_counted_and_waits_grow(waits: list[float], kind: ProviderErrorKind) -> None:
    provider = llm([trouble(kind)])
    with pytest.raises(ProviderError):
        await write(provider, RetryPolicy(retries=6, first_wait_s=1.0, longest_wait_s=8.0, deadline_s=1000))
    assert len(provider.requests) == 7
    for wait, most in zip(waits, [1, 2, 4, 8, 8, 8], strict=True):
        assert most / 2 <= wait <= most


async def test_a_services_own_wait_is_kept(waits: list[float]) -> None:
    await write(llm([trouble(retry_after=17.5)], [trouble(retry_after=0.25)], said(ONE)))
    assert waits == [17.5, 0.25]


async def test_no_try_begins_after_the_deadline(waits: list[float]) -> None:
    provider = llm([trouble(retry_after=61.0)], said(ONE))
    with pytest.raises(ProviderError):
        await write(provider, RetryPolicy(deadline_s=60))
    assert len(provider.requests) == 1
    assert waits == []


def test_the_deadline_counts_what_has_passed() -> None:
    policy = RetryPolicy(deadline_s=60)
    assert policy.wait_before_retry(trouble(retry_after=10), 1, 50.0) == 10
    assert policy.wait_before_retry(trouble(retry_after=10), 1, 50.1) is None
    assert policy.wait_before_retry(trouble(), 3, 0.0) is not None
    assert policy.wait_before_retry(trouble(), 4, 0.0) is None


# ------------------------------------------------------------------ the gate


async def test_the_gate_is_held_during_a_request_only(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(1)
    held_while_waiting: list[bool] = []
    sleep = asyncio.sleep

    async def recorded(delay: float) -> None:
        if delay:
            held_while_waiting.append(gate.locked())
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", recorded)
    writer = TurnWriter(llm(["Thank you", trouble()], said(ONE)), RetryPolicy(), gate)
    held = [(type(item), gate.locked()) async for item in writer.write(request())]
    assert held_while_waiting == [False]
    assert not gate.locked()
    assert {kind for kind, locked in held if not locked} == {Restart}


async def test_a_turn_left_midway_gives_the_gate_back_and_closes_its_stream() -> None:
    gate, never = Gate(1), asyncio.Event()
    provider = llm(["Thank you for calling. ", never])
    async with aclosing(TurnWriter(provider, RetryPolicy(), gate).write(request())) as items:
        assert isinstance(await anext(items), Delta)
        assert (provider.running, gate.locked()) == (1, True)
    assert (provider.running, gate.locked()) == (0, False)


async def test_waiting_at_the_gate_is_no_part_of_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr("vcg_tui.services.turn_writer.time.perf_counter", lambda: clock[0])
    gate = Gate(1)
    provider = llm([trouble(retry_after=0.0)], said(ONE))

    async def run() -> list[TurnItem]:
        return [item async for item in TurnWriter(provider, RetryPolicy(deadline_s=60), gate).write(request())]

    async with asyncio.TaskGroup() as group:
        async with gate.entered():
            task = group.create_task(run())
            await until(lambda: gate.waiting() == 1)
            clock[0] += 500
        assert check(await task).attempts == 2
