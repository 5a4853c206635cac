"""Every trouble of a service, at every stage and place of a call: the call is whole, or it ends well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.real_calls import (
    LLMS,
    SPEAKERS,
    MadeCall,
    all_closed,
    asked_text,
    at_servers,
    defaults,
    make_call,
    one_call,
    studio_of,
    tries,
)
from tests.servers import LoggedRequest, LoopbackServers
from vcg_tui.config import Settings
from vcg_tui.models.conversation import EndReason, Outcome

CUSTOMER = ["My line is dead.", 'Thanks, bye.\n<end_call outcome="resolved"/>']
SUPPORT = ["Brightline here.", 'It is mended.\n<end_call outcome="resolved"/>']
TURNS = 4
"""One sentence each, so that the n-th request of a stage belongs to the n-th turn."""
RETRIES = 2
PATIENCE_S = 0.6
"""Without a sign of life, where one is missing on purpose."""

FATAL: list[Any] = [400, 401, 402, 403, 404, 422, "quota", "bad_param"]
PASSING: list[Any] = [408, 409, 429, 500, 502, 503, 504, 529, "reset", "html", "wrong_type", "stall"]
BROKEN: list[Any] = ["reset_midway", "fin_midway", "stall_midway", "truncated", "empty"]
TROUBLED = (1, 3)
"""The turns that meet the trouble: the first one, and one in the middle."""


def _of(route: str, *kinds: Any) -> list[tuple[str, Any]]:
    return [(route, kind) for kind in kinds]


ONES_FATAL = [
    *_of("chat", *FATAL),
    *_of("messages", 400, 401, 404),
    *_of("responses", 401, 404),
    *_of("speech", 400, 401),
    *_of("eleven.timestamps", *FATAL),
    *_of("realtime", 401, 404),
]
ONES_PASSING = [
    *_of("chat", *PASSING, *BROKEN, "malformed", "error_event", "length", "content_filter"),
    *_of("responses", "truncated", "malformed", "error_event", "length", "content_filter", "failed"),
    *_of("messages", 529, "truncated", "malformed", "error_event", "length", "content_filter"),
    *_of("speech", 429, "reset", "html", *BROKEN, "odd", "short"),
    *_of("eleven.timestamps", *PASSING, *BROKEN, "odd", "short", "malformed"),
    *_of("realtime", 429, 503, "reset", "stall"),
    *_of("realtime.response", *BROKEN, "malformed", "error_event", "odd", "short", "reworded", "failed", "incomplete"),
]
ONES_ENDLESS = [
    *_of("chat", 429, 500, "reset", "html", "empty", "truncated", "length"),
    *_of("responses", "failed"),
    *_of("messages", "error_event"),
    *_of("speech", "reset", "html", "reset_midway", "short"),
    *_of("eleven.timestamps", 500, "truncated"),
    *_of("realtime.response", "reworded", "failed"),
]


@pytest.fixture(scope="module")
def running() -> Iterator[LoopbackServers]:
    with LoopbackServers(process=True) as servers:
        yield servers


@pytest.fixture
def servers(running: LoopbackServers) -> LoopbackServers:
    defaults(running, customer=CUSTOMER, support=SUPPORT)
    return running


def settings_for(servers: LoopbackServers, route: str, kind: Any) -> Settings:
    """Only the stage that fails is a real one: what it costs to make the other is paid elsewhere."""
    timeout_s = PATIENCE_S if "stall" in str(kind) else 20.0
    if route in LLMS:
        return at_servers(servers, {**LLMS[route], "timeout_s": timeout_s}, SPEAKERS["speech"])
    speaker = SPEAKERS["realtime.response" if route == "realtime" else route]
    # one after the other, so that the order of requests is that of the turns
    return at_servers(servers, LLMS["chat"], {**speaker, "timeout_s": timeout_s, "max_concurrency": 1})


def options_of(route: str, kind: Any) -> dict[str, Any]:
    if kind == "truncated" and route == "speech":
        return {"after": 4800}  # a tenth of a second: what is left of plain PCM does not say that there was more
    if kind == "length":
        return {"after": 2}  # within the first sentence: what ends with one is no worse for the rest that is missing
    return {"retry_after": 0.05} if kind in {429, 503} else {}


async def with_fault(
    servers: LoopbackServers, route: str, kind: Any, folder: Path, **fault: Any
) -> dict[int, tuple[MadeCall, list[LoggedRequest]]]:
    """By the turn at which the trouble comes: the call, and what the servers saw of it.

    Whatever happens, what is complete is kept, and nothing is left running or open.
    """
    made: dict[int, tuple[MadeCall, list[LoggedRequest]]] = {}
    async with studio_of(settings_for(servers, route, kind), retries=RETRIES) as studio:
        for turn in TROUBLED:
            servers.reset()
            servers.fault(route, turn, kind, **options_of(route, kind), **fault)
            call = await make_call(studio, folder / str(turn))
            await servers.wait_for(lambda log: all(entry.ended for entry in log if entry.route != "realtime"))
            made[turn] = call, servers.log()
            check_left(call)
    await all_closed(servers)
    return made


def check_left(call: MadeCall) -> None:
    assert (call.tasks_left, call.complaints) == ([], [])
    call.check_kept()


def check_whole(call: MadeCall) -> None:
    assert (call.ended.end_reason, call.ended.outcome) == (EndReason.COMPLETED, Outcome.RESOLVED)
    expected = [SUPPORT[0], CUSTOMER[0], *(line.partition("\n")[0] for line in (SUPPORT[1], CUSTOMER[1]))]
    assert [turn.text for turn in call.turns] == expected
    assert [" ".join(word.text for word in turn.words) for turn in call.turns] == expected
    assert call.errors == []


def check_ended(call: MadeCall, complete: int) -> None:
    assert call.ended.end_reason is EndReason.PROVIDER_ERROR
    assert call.ended.outcome is None or complete < TURNS
    assert len(call.turns) == complete
    assert len(call.errors) == 1
    notice = call.errors[0]
    assert notice.text == call.ended.end_detail
    assert notice.remedy
    assert "\n" not in f"{notice.text}{notice.remedy}"
    assert "Traceback" not in notice.text


def struck(log: list[LoggedRequest], route: str) -> list[LoggedRequest]:
    return [entry for entry in tries(log, route) if entry.fault is not None]


def waits(log: list[LoggedRequest], route: str) -> list[float]:
    """From the beginning of each request that went wrong to the next of its route; in seconds.

    Its end is written down when the server comes to it, which may be after it was read.
    """
    return [after.started - before.started for before, after in pairwise(tries(log, route)) if before.fault]


@pytest.mark.parametrize(("route", "kind"), ONES_PASSING)
async def test_trouble_that_passes_leaves_no_trace_in_the_call(
    servers: LoopbackServers, route: str, kind: Any, tmp_path: Path
) -> None:
    for turn, (call, log) in (await with_fault(servers, route, kind, tmp_path)).items():
        check_whole(call)
        assert [entry.fault for entry in struck(log, route)] == [str(kind)]
        assert len(tries(log, route)) == TURNS + 1
        if kind in {429, 503} and route in LLMS:
            assert min(waits(log, route)) >= 0.05
        if route in LLMS:
            assert [each.metrics.attempts for each in call.turns] == [1 + (each.turn == turn) for each in call.turns]


@pytest.mark.parametrize(("route", "kind"), ONES_FATAL)
async def test_trouble_that_stays_is_asked_once_and_ends_the_call(
    servers: LoopbackServers, route: str, kind: Any, tmp_path: Path
) -> None:
    for turn, (call, log) in (await with_fault(servers, route, kind, tmp_path, count=0)).items():
        check_ended(call, turn - 1)
        # speech of the next turn may have been asked for already
        asked = Counter(_named(entry) for entry in struck(log, route))
        assert len(asked) == 1 or route not in LLMS
        assert max(asked.values()) == 1 or route == "realtime"


@pytest.mark.parametrize(("route", "kind"), ONES_ENDLESS)
async def test_trouble_without_end_is_tried_as_often_as_was_set(
    servers: LoopbackServers, route: str, kind: Any, tmp_path: Path
) -> None:
    for turn, (call, log) in (await with_fault(servers, route, kind, tmp_path, count=0)).items():
        check_ended(call, turn - 1)
        asked = Counter(_named(entry) for entry in struck(log, route))
        assert len(asked) == 1 or route not in LLMS
        assert max(asked.values()) == 1 + RETRIES


def _named(entry: LoggedRequest) -> str:
    """What a request is about: its text, or for a model all that was said so far."""
    if entry.route in LLMS:
        return str(entry.body)
    return entry.route if entry.route == "realtime" else asked_text(entry)


# ------------------------------------------------------------------ how long


@pytest.mark.parametrize("route", ["chat", "messages", "speech", "eleven.timestamps", "realtime"])
async def test_a_service_is_given_the_time_it_asks_for(servers: LoopbackServers, route: str, tmp_path: Path) -> None:
    servers.fault(route, 2, 429, retry_after=0.7)
    call = await one_call(settings_for(servers, route, 429), tmp_path, retries=RETRIES)
    check_whole(call)
    struck_at = next(index for index, entry in enumerate(tries(servers.log(), route)) if entry.fault)
    again = tries(servers.log(), route)[struck_at + 1 :]
    began = tries(servers.log(), route)[struck_at].started
    # speech of a later turn may go in between
    text = _named(tries(servers.log(), route)[struck_at])
    assert next(entry for entry in again if _named(entry) == text).started - began >= 0.7 or route == "realtime"
    assert call.took_s >= 0.7


@pytest.mark.parametrize("route", ["chat", "speech"])
async def test_a_service_that_asks_for_more_time_than_there_is_is_not_waited_for(
    servers: LoopbackServers, route: str, tmp_path: Path
) -> None:
    servers.fault(route, 1, 429, retry_after=3600, count=0)
    call = await one_call(settings_for(servers, route, 429), tmp_path, retries=RETRIES, deadline_s=3.0)
    check_ended(call, 0)
    assert call.took_s < 10
    assert max(Counter(_named(entry) for entry in struck(servers.log(), route)).values()) == 1


@pytest.mark.parametrize("route", ["chat", "speech"])
async def test_silence_ends_at_the_deadline_however_many_tries_are_left(
    servers: LoopbackServers, route: str, tmp_path: Path
) -> None:
    # A busy machine takes its time before a try is even given up, so there is room for several.
    deadline_s = 5 * PATIENCE_S
    servers.fault(route, 1, "stall_midway", count=0)
    call = await one_call(settings_for(servers, route, "stall"), tmp_path, retries=20, deadline_s=deadline_s)
    check_ended(call, 0)
    assert 2 <= max(Counter(_named(entry) for entry in struck(servers.log(), route)).values()) <= 6
    assert call.took_s > deadline_s - PATIENCE_S
    check_left(call)
    await all_closed(servers)


async def test_nobody_there(servers: LoopbackServers, tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9/v1"
    settings = at_servers(servers, {**LLMS["chat"], "base_url": nowhere}, SPEAKERS["speech"])
    call = await one_call(settings, tmp_path, retries=RETRIES)
    check_ended(call, 0)
    assert "openai can't be reached at 127.0.0.1:9" in call.errors[0].text
