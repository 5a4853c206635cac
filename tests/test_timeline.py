from __future__ import annotations

from itertools import pairwise
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcg_tui.audio.timeline import Timeline
from vcg_tui.models.conversation import Word
from vcg_tui.models.role import Role

RATE = 8_000


def filled(seed: int, lengths: list[list[int]], rate: int = RATE, slow: tuple[Role, ...] = ()) -> Timeline:
    timeline = Timeline(rate, seed, slow=slow)
    for number, chunks in enumerate(lengths, start=1):
        placed = timeline.begin(number, Role.SUPPORT if number % 2 else Role.CUSTOMER)
        for chunk in chunks:
            timeline.extend(placed, chunk)
        timeline.close(placed)
    return timeline


def gaps(timeline: Timeline, speaker: Role) -> list[float]:
    turns = timeline.turns
    return [
        (after.start - before.end) / timeline.sample_rate
        for before, after in pairwise(turns)
        if after.speaker is speaker
    ]


@given(
    seed=st.integers(0, 2**31), lengths=st.lists(st.lists(st.integers(1, 5_000), min_size=1, max_size=4), max_size=12)
)
def test_turns_follow_each_other_with_a_gap_and_have_no_hole(seed: int, lengths: list[list[int]]) -> None:
    timeline = filled(seed, lengths)
    assert [turn.length for turn in timeline.turns] == [sum(chunks) for chunks in lengths]
    assert all(turn.start == 0 for turn in timeline.turns[:1])
    for speaker in Role:
        assert all(0.06 <= gap <= 2.5 for gap in gaps(timeline, speaker))
    assert timeline.end == (timeline.turns[-1].end if lengths else 0)
    assert timeline.end_s == timeline.end / RATE


def test_chunks_lie_end_to_end() -> None:
    timeline = Timeline(RATE, 1)
    first = timeline.begin(1, Role.SUPPORT)
    assert [timeline.extend(first, size) for size in (100, 0, 50)] == [0, 100, 100]
    timeline.close(first)
    second = timeline.begin(2, Role.CUSTOMER)
    assert timeline.extend(second, 10) == second.start > 150
    assert timeline.extend(second, 10) == second.start + 10


def test_the_same_seed_draws_the_same_gaps_another_seed_others() -> None:
    lengths = [[1_000]] * 10
    starts = [[turn.start for turn in filled(seed, lengths).turns] for seed in (1, 1, 2)]
    assert starts[0] == starts[1] != starts[2]


def test_a_gap_does_not_depend_on_what_was_said_before() -> None:
    """A turn that was made again, or spoken by another voice, leaves the other gaps as they were."""
    short, long = filled(5, [[10]] * 8), filled(5, [[999]] * 8)
    for speaker in Role:
        assert gaps(short, speaker) == gaps(long, speaker)


def test_who_hesitates_takes_about_twice_as_long() -> None:
    timeline = filled(3, [[100]] * 800, slow=(Role.CUSTOMER,))
    assert median(gaps(timeline, Role.SUPPORT)) == pytest.approx(0.3, rel=0.15)
    assert median(gaps(timeline, Role.CUSTOMER)) == pytest.approx(0.6, rel=0.15)


def test_words_get_the_time_of_the_call() -> None:
    timeline = filled(1, [[4_000]])
    turn = timeline.begin(2, Role.CUSTOMER)
    at = timeline.extend(turn, 8_000)
    words = timeline.add_words(turn, [Word(text="Hi", start_s=0.25, end_s=0.5, estimated=True)], at)
    assert words == tuple(turn.words)
    assert words[0].start_s == pytest.approx(at / RATE + 0.25)
    assert words[0].end_s == pytest.approx(at / RATE + 0.5)
    assert words[0].estimated


def test_no_word_outlasts_its_turn() -> None:
    timeline = Timeline(RATE, 1)
    turn = timeline.begin(1, Role.SUPPORT)
    timeline.extend(turn, 8_000)
    spans = [(0.1, 0.4), (0.5, 1.2), (1.1, 1.3)]
    timeline.add_words(turn, [Word(text="w", start_s=start, end_s=end) for start, end in spans], 0)
    timeline.close(turn)
    assert [(word.start_s, word.end_s) for word in turn.words] == [(0.1, 0.4), (0.5, 1.0), (1.0, 1.0)]


def test_a_turn_begun_again_keeps_its_start_and_nothing_else() -> None:
    timeline = filled(1, [[4_000]])
    turn = timeline.begin(2, Role.CUSTOMER)
    start = timeline.extend(turn, 500)
    timeline.add_words(turn, [Word(text="w", start_s=0, end_s=1)], start)
    timeline.restart(turn)
    assert (turn.start, turn.length, turn.words) == (start, 0, [])
    assert timeline.extend(turn, 70) == start


def test_a_turn_dropped_leaves_no_trace() -> None:
    timeline = filled(1, [[4_000]])
    timeline.extend(timeline.begin(2, Role.CUSTOMER), 500)
    timeline.drop(timeline.turns[-1])
    assert [turn.turn for turn in timeline.turns] == [1]
    assert timeline.end == 4_000
    assert timeline.begin(3, Role.SUPPORT).turn == 3


def test_what_is_closed_stays_closed_and_turns_do_not_nest() -> None:
    timeline = Timeline(RATE, 1)
    turn = timeline.begin(1, Role.SUPPORT)
    with pytest.raises(ValueError, match="turn 1 is still open"):
        timeline.begin(2, Role.CUSTOMER)
    timeline.close(turn)
    with pytest.raises(ValueError, match="turn 1 is closed"):
        timeline.extend(turn, 1)
