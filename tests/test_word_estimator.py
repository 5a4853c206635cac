from __future__ import annotations

import asyncio

import numpy as np

from tests.fake_providers import tone
from vcg_tui.audio.word_times import estimate_words
from vcg_tui.services.word_estimator import WordEstimator

TEXT = "It has eleven words, so there is enough to hear of it."


async def test_they_are_those_of_the_whole_sound() -> None:
    sound = tone(TEXT)
    words = await WordEstimator().words(TEXT, np.array_split(sound, 7), 24_000)
    assert words == estimate_words(TEXT, sound, 24_000)
    assert all(word.estimated for word in words)


async def test_the_event_loop_goes_round_between_a_few_and_the_next_few() -> None:
    estimator, finished = WordEstimator(), list[int]()
    in_a_round: list[int] = []

    async def one(number: int) -> None:
        await estimator.words(TEXT, [tone(TEXT)], 24_000)
        finished.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(30):
            group.create_task(one(number))
        while len(finished) < 30:
            before = len(finished)
            await asyncio.sleep(0)
            in_a_round.append(len(finished) - before)
    assert finished == list(range(30))
    assert max(in_a_round) <= 4


async def test_whoever_stops_waiting_takes_no_place() -> None:
    estimator = WordEstimator()
    tasks = [asyncio.create_task(estimator.words(TEXT, [tone(TEXT)], 24_000)) for _ in range(20)]
    await asyncio.sleep(0)
    for task in tasks[:10]:
        task.cancel()
    assert sum(isinstance(each, tuple) for each in await asyncio.gather(*tasks, return_exceptions=True)) == 10
    assert await estimator.words(TEXT, [tone(TEXT)], 24_000)
