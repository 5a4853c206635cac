"""The gate: so many at once, who goes first, and nothing lost to whoever gives up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from types import SimpleNamespace

import pytest

from tests.fake_providers import until
from vcg_tui.services import gate as gate_module
from vcg_tui.services.gate import Gate


async def _through(gate: Gate, name: str, inside: list[str], head_start_s: float = 0.0) -> None:
    async with gate.entered(head_start_s):
        inside.append(name)


async def _queue(gate: Gate, group: asyncio.TaskGroup, work: Awaitable[None]) -> asyncio.Task[None]:
    before = gate.waiting()
    task = group.create_task(work)  # type: ignore[arg-type]
    await until(lambda: gate.waiting() == before + 1)
    return task


async def test_no_more_than_its_places_are_inside() -> None:
    gate, inside, most = Gate(3), 0, 0

    async def work() -> None:
        nonlocal inside, most
        async with gate.entered():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(work())
    assert (most, inside, gate.locked(), gate.waiting()) == (3, 0, False, 0)


async def test_who_came_first_goes_first_and_a_head_start_counts_as_having_come_earlier() -> None:
    gate, inside = Gate(1), list[str]()
    async with asyncio.TaskGroup() as group, gate.entered():
        await _queue(gate, group, _through(gate, "first", inside))
        await _queue(gate, group, _through(gate, "second", inside))
        await _queue(gate, group, _through(gate, "hurried", inside, head_start_s=60))
    assert inside == ["hurried", "first", "second"]


async def test_nobody_waits_for_ever_behind_head_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, inside, now = Gate(1), list[str](), [100.0]
    loop = asyncio.get_running_loop()
    clock = SimpleNamespace(time=lambda: now[0], create_future=loop.create_future)
    monkeypatch.setattr(gate_module, "asyncio", SimpleNamespace(**{**vars(asyncio), "get_running_loop": lambda: clock}))
    async with asyncio.TaskGroup() as group, gate.entered():
        await _queue(gate, group, _through(gate, "patient", inside))
        now[0] += 5
        await _queue(gate, group, _through(gate, "hurried", inside, head_start_s=4.9))
    assert inside == ["patient", "hurried"]


@pytest.mark.parametrize("given", [False, True], ids=["waiting", "given the place"])
async def test_who_gives_up_takes_no_place_along(given: bool) -> None:
    gate, inside = Gate(1), list[str]()
    async with asyncio.TaskGroup() as group:
        async with gate.entered():
            gone = await _queue(gate, group, _through(gate, "gone", inside))
            await _queue(gate, group, _through(gate, "next", inside))
            if not given:
                gone.cancel()
                await asyncio.sleep(0)
        if given:
            gone.cancel()  # its place is its own already, and it has not begun yet
    assert inside == ["next"]
    assert (gate.locked(), gate.waiting()) == (False, 0)
