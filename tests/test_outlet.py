"""Events leave a call in order, and a reader that lags holds the stages back."""

from __future__ import annotations

import asyncio

from tests.fake_providers import until
from vcg_tui.models.events import Notice
from vcg_tui.services.outlet import EventOutlet


def note(outlet: EventOutlet, text: str) -> Notice:
    return Notice(*outlet.stamp(), "info", text)


async def texts(outlet: EventOutlet) -> list[str]:
    found: list[str] = []
    while (event := await outlet.get()) is not None:
        assert isinstance(event, Notice)
        found.append(event.text)
    return found


async def test_events_leave_in_the_order_in_which_they_were_put_whoever_has_to_wait() -> None:
    outlet = EventOutlet("call")
    order: list[str] = []

    async def stage(name: str, count: int) -> None:
        for number in range(count):
            text = f"{name} {number}"
            order.append(text)
            await outlet.put(note(outlet, text))

    async with asyncio.timeout(20):
        stages = [asyncio.create_task(stage(name, 500)) for name in "abc"]
        reading = asyncio.create_task(texts(outlet))
        await asyncio.gather(*stages)
        outlet.close()
        assert await reading == order


async def test_events_that_are_put_together_have_nothing_in_between() -> None:
    outlet = EventOutlet("call")

    async def stage(name: str) -> None:
        for _ in range(200):
            await outlet.put(note(outlet, f"{name} begins"), note(outlet, f"{name} ends"))

    async with asyncio.timeout(20):
        stages = [asyncio.create_task(stage(name)) for name in "ab"]
        reading = asyncio.create_task(texts(outlet))
        await asyncio.gather(*stages)
        outlet.close()
        found = await reading
    pairs = list(zip(found[::2], found[1::2], strict=True))
    assert len(pairs) == 400
    assert all(one.split()[0] == other.split()[0] and one.endswith("begins") for one, other in pairs)


async def test_a_reader_that_lags_holds_the_stages_back_and_nothing_is_lost() -> None:
    outlet = EventOutlet("call")
    sent = 0

    async def stage() -> None:
        nonlocal sent
        for number in range(1000):
            await outlet.put(note(outlet, str(number)))
            sent += 1

    async with asyncio.timeout(20):
        staging = asyncio.create_task(stage())
        for read in range(1000):
            for _ in range(3):
                await asyncio.sleep(0)
            assert sent - read <= 70, "it went on although nobody read"
            event = await outlet.get()
            assert isinstance(event, Notice)
            assert event.text == str(read)
        await staging


async def test_whoever_is_cancelled_while_waiting_has_sent_nothing() -> None:
    outlet = EventOutlet("call")
    full = 0
    async with asyncio.timeout(20):
        while True:
            putting = asyncio.create_task(outlet.put(note(outlet, str(full))))
            await asyncio.sleep(0)
            if not putting.done():
                break
            full += 1
        after = asyncio.create_task(outlet.put(note(outlet, "after")))
        await asyncio.sleep(0)
        putting.cancel()
        await until(putting.done)
        reading = asyncio.create_task(texts(outlet))
        await after
        outlet.close()
        assert await reading == [*map(str, range(full)), "after"]


async def test_nobody_overtakes_one_who_waits() -> None:
    outlet = EventOutlet("call")
    waiting: list[asyncio.Task[None]] = []
    async with asyncio.timeout(20):
        while len(waiting) < 2:
            putting = asyncio.create_task(outlet.put(note(outlet, "early")))
            await asyncio.sleep(0)
            waiting += [] if putting.done() else [putting]
        # There is room for one now, and two have waited for it.
        await outlet.get()
        late = asyncio.create_task(outlet.put(note(outlet, "late")))
        reading = asyncio.create_task(texts(outlet))
        await asyncio.gather(*waiting, late)
        outlet.close()
        found = await reading
    assert found.index("late") == len(found) - 1
