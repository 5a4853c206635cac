"""Many calls at once, and getting ready before the first."""

from __future__ import annotations

import asyncio
import gc
from contextlib import aclosing
from typing import cast

import pytest

from tests.fake_providers import ScriptedLLM, ToneTTS, plan_of, providers, until
from tests.real_calls import at_servers, make_call, studio_of
from tests.servers import LoopbackServers
from vcg_tui.config import Settings
from vcg_tui.errors import ProviderError
from vcg_tui.models.conversation import CallPlan
from vcg_tui.models.events import CallEvent, CallStarted, MetricsChanged, TextDelta, TurnCompleted
from vcg_tui.providers.tts.espeak import EspeakTTS
from vcg_tui.services.batch import admission_window, run_calls
from vcg_tui.services.provider_factory import Providers
from vcg_tui.services.studio import Studio


def studio_with(made_with: Providers) -> Studio:
    studio = Studio(Settings())
    studio.providers = made_with
    return studio


def plans(count: int) -> list[CallPlan]:
    return [plan_of(3, call_id=f"20260102-030405-anna-{number:06}") for number in range(count)]


@pytest.mark.parametrize(
    ("llm", "tts", "window"), [(8, 0, 12), (8, 40, 20), (0, 0, 100), (0, 4, 8), (1, 0, 2), (3, 2, 5)]
)
def test_the_window(llm: int, tts: int, window: int) -> None:
    made_with = providers(ScriptedLLM(max_concurrency=llm), ToneTTS(max_concurrency=tts))
    assert admission_window(made_with) == window


def test_the_window_of_two_models() -> None:
    two = providers(ScriptedLLM(max_concurrency=4), customer_llm=ScriptedLLM(max_concurrency=4))
    assert admission_window(two) == 12
    one_free = providers(ScriptedLLM(max_concurrency=4), customer_llm=ScriptedLLM())
    assert admission_window(one_free) == 100


async def test_every_call_is_made_and_no_more_at_once_than_asked() -> None:
    llm = ScriptedLLM()
    seen: list[CallEvent] = []
    wanted = plans(9)
    made = [ended async for ended in run_calls(studio_with(providers(llm)), wanted, 3, on_event=seen.append)]
    assert sorted(ended.call_id for ended in made) == [plan.call_id for plan in wanted]
    assert {len(ended.conversation.turns) for ended in made} == {3}
    assert 2 <= llm.most_running <= 3
    assert sum(isinstance(event, TurnCompleted) for event in seen) == 27


async def test_calls_begin_one_after_the_other_in_the_order_of_their_plans() -> None:
    loop = asyncio.get_running_loop()
    began: dict[str, float] = {}

    def note(event: CallEvent) -> None:
        began.setdefault(event.call_id, loop.time())

    wanted = plans(20)
    assert len([ended async for ended in run_calls(studio_with(providers()), wanted, 30, on_event=note)]) == 20
    assert list(began) == [plan.call_id for plan in wanted]
    assert max(began.values()) - min(began.values()) >= 0.009


async def test_the_collector_of_garbage_is_as_before_afterwards() -> None:
    before, during = (gc.get_threshold(), gc.get_freeze_count()), set[bool]()

    def note(event: CallEvent) -> None:
        if isinstance(event, CallStarted):  # counting what is frozen takes its time
            during.add(gc.get_freeze_count() > 0 and gc.get_threshold()[0] > before[0][0])

    async with aclosing(run_calls(studio_with(providers()), plans(4), 2, on_event=note)) as calls:
        await anext(calls)
        assert len([ended async for ended in run_calls(studio_with(providers()), plans(2), 2)]) == 2
    assert (gc.get_threshold(), gc.get_freeze_count()) == before
    assert during == {True}


async def test_no_calls_at_all() -> None:
    assert [ended async for ended in run_calls(studio_with(providers()), [], 5)] == []


async def test_leaving_early_ends_every_call() -> None:
    gate = asyncio.Event()
    hanging = ScriptedLLM({2: [["So ", gate]]})
    one = plans(1)[0].model_copy(update={"details": plan_of(1).details})
    async with aclosing(run_calls(studio_with(providers(hanging)), [one, *plans(4)], 5)) as calls:
        assert (await anext(calls)).call_id == one.call_id
        await until(lambda: hanging.running == 4)
    assert hanging.running == 0


async def test_an_error_is_told_at_once() -> None:
    hanging = ScriptedLLM({1: [["So ", asyncio.Event()]]})

    def note(event: CallEvent) -> None:
        if event.call_id.endswith("3"):
            raise OSError("a defect of the reader")

    with pytest.raises(OSError, match="a defect"):
        [ended async for ended in run_calls(studio_with(providers(hanging)), plans(5), 5, on_event=note)]
    assert hanging.running == 0


async def test_an_error_in_a_call_is_not_lost() -> None:
    class Broken(ScriptedLLM):
        def stream_completion(self, request: object) -> object:  # type: ignore[override]  # it breaks
            raise KeyError("a defect")

    with pytest.raises(BaseExceptionGroup) as caught:
        [ended async for ended in run_calls(studio_with(providers(Broken())), plans(2), 2)]
    assert caught.group_contains(KeyError)


async def test_warm_opens_connections_that_the_first_call_uses(tmp_path: object) -> None:
    with LoopbackServers() as servers:
        settings = at_servers(servers, {"type": "openai"}, {"type": "openai"})
        async with studio_of(settings) as studio:
            await studio.warm()
            asked = servers.log()
            assert [entry.route for entry in asked] == ["models", "models"]
            await make_call(studio, tmp_path)  # type: ignore[arg-type]  # pytest's path
            first_chat, first_speech = servers.requests("chat")[0], servers.requests("speech")[0]
            assert {first_chat.connection, first_speech.connection} == {entry.connection for entry in asked}


async def test_what_can_t_be_warmed_is_told_by_the_call_alone() -> None:
    settings = Settings.model_validate(
        {"providers": {"llm": {"type": "openai", "base_url": "http://127.0.0.1:9/v1", "model": "m"}}}
    )
    async with Studio(settings) as studio:
        await studio.warm()
        with pytest.raises(ProviderError):
            await studio.providers.llm(plan_of(1).customer.role).warm()


async def test_a_warm_espeak_has_its_process() -> None:
    async with Studio(Settings()) as studio:
        await studio.warm()
        tts = cast("EspeakTTS", studio.providers.tts)
        (process,) = tts.worker_pids()
        await tts.generate_speech(
            "Hello.", (await studio.plan(plan_of(1).customer, plan_of(1).support, seed=1)).details.support_voice
        )
        assert tts.worker_pids() == [process]


async def test_nobody_reads_many_calls_along_so_text_comes_with_its_turn() -> None:
    seen: list[CallEvent] = []
    studio = studio_with(providers(ScriptedLLM()))
    (ended,) = [each async for each in run_calls(studio, plans(1), 1, on_event=seen.append)]
    assert not any(isinstance(event, TextDelta) for event in seen)
    assert sum(isinstance(event, MetricsChanged) for event in seen) == 1
    assert [event.turn.text for event in seen if isinstance(event, TurnCompleted)] == [
        turn.text for turn in ended.conversation.turns
    ]
    async with aclosing(studio.call(plans(1)[0])) as events:
        assert any([isinstance(event, TextDelta) async for event in events])


@pytest.mark.parametrize(("limit", "opened"), [(0, 4 + 6), (3, 3 + 3)])
async def test_connections_for_many_calls_are_opened_in_advance(limit: int, opened: int) -> None:
    with LoopbackServers() as servers:
        at = {"type": "openai", "max_concurrency": limit}
        async with studio_of(at_servers(servers, at, at)) as studio:
            await studio.warm(calls=4)
            assert len({entry.connection for entry in servers.log()}) == opened
