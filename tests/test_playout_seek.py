"""A listener goes back and forth in a call, hears a turn or all of it again, and the figures stay true."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_playout import FADE, Deck, Sound, joined, same, silence, speech, tone


def call_of(*turns: tuple[int, Sound]) -> tuple[Deck, Sound]:
    """A call that is fed and finished, and how it sounds."""
    deck = Deck()
    whole = silence(max(start + len(sound) for start, sound in turns))
    for number, (start, sound) in enumerate(turns, 1):
        deck.playout.feed(start, number, sound)
        deck.playout.end_turn(number)
        whole[start : start + len(sound)] += sound
    deck.playout.finish()
    return deck, whole


def three_turns() -> tuple[Deck, Sound]:
    return call_of((0, speech(9_600, 1)), (12_000, speech(7_200, 2)), (20_000, speech(4_800, 3)))


def test_back_and_forth_goes_on_to_the_sample() -> None:
    deck, whole = three_turns()
    deck.play(15_000)
    for target in (3_000, 18_000, 0, 24_000, 10_000):
        deck.playout.seek(target)
        assert deck.playout.position == target
        lead = min(FADE, target)
        played = deck.play(lead + 800)
        assert same(played[FADE:], whole[target : target + 800][FADE - lead :])
        assert deck.playout.position == target + 800
    assert deck.playout.starved_s == 0
    assert not deck.playout.drained


@settings(max_examples=60)
@given(
    jumps=st.lists(st.tuples(st.integers(-500, 30_000), st.integers(0, 9_000)), max_size=8), pull=st.integers(121, 900)
)
def test_wherever_the_listener_went_the_rest_is_heard_to_the_end(jumps: list[tuple[int, int]], pull: int) -> None:
    deck, whole = three_turns()
    end = len(whole)
    at = 0
    for target, listened in jumps:
        deck.playout.seek(target)
        at = min(max(target, 0), end)
        assert deck.playout.position == at
        left = listened
        while left > 0:
            deck.play(pull)
            left -= pull
    deck.playout.seek(at)
    lead = min(FADE, at) if at < end else 0
    rest = joined(*(deck.play(pull) for _ in range((end - at + lead) // pull + 1)))
    assert same(rest[FADE : end - at + lead], whole[at:][FADE - lead :])
    assert deck.playout.drained
    assert deck.playout.position == end
    assert deck.playout.starved_s == 0


def test_a_jump_does_not_click() -> None:
    deck, _ = call_of((0, tone(48_000)))
    heard = [deck.play(3_030)]  # at a crest
    for target in (31_030, 1_090, 1_090, 40_000):
        deck.playout.seek(target)
        deck.playout.seek(target + 60)  # at once: nothing of the first place is heard
        heard.append(deck.play(1_210))
    steps = np.abs(np.diff(joined(*heard).astype(int)))
    assert steps.max() < 2_100  # one tone moves by 1047 a sample, two that meet by twice as much; a cut by 20 000


def test_a_jump_does_not_click_at_another_speed() -> None:
    deck, _ = call_of((0, tone(96_000)))
    deck.playout.speed = 1.4
    heard = [deck.play(3_030)]
    for target in (31_030, 1_090, 40_000):
        deck.playout.seek(target)
        heard.append(deck.play(1_211))
        deck.playout.pause()
        heard.append(deck.play(1_000))
        deck.playout.resume()
        heard.append(deck.play(777))
    assert np.abs(np.diff(joined(*heard).astype(int))).max() < 2_100


def test_a_jump_while_paused_waits_and_then_goes_on_there() -> None:
    deck, whole = three_turns()
    deck.play(5_000)
    deck.playout.pause()
    deck.play(1_000)
    deck.playout.seek(14_000)
    assert deck.playout.position == 14_000
    assert not deck.play(1_000).any()
    assert deck.playout.position == 14_000
    assert deck.playout.paused
    deck.playout.resume()
    assert same(deck.play(1_000)[FADE:], whole[14_000 : 15_000 - FADE])


def test_a_jump_in_a_pause_that_nobody_heard_does_not_click() -> None:
    deck, _ = call_of((0, tone(48_000)))
    before = deck.play(3_030)
    deck.playout.pause()
    deck.playout.seek(31_090)
    deck.playout.resume()
    assert np.abs(np.diff(joined(before, deck.play(1_000)).astype(int))).max() < 2_100


def test_the_device_lags_but_the_listener_is_told_where_they_went() -> None:
    deck = Deck(latency_s=0.2)
    deck.playout.feed(0, 1, speech(96_000))
    for _ in range(100):
        deck.play(480)
    assert deck.playout.position == 48_000 - 4_800
    deck.playout.seek_s(deck.playout.position_s - 1)
    deck.playout.seek_s(deck.playout.position_s - 0.5)
    assert deck.playout.position == 48_000 - 4_800 - 36_000
    for _ in range(10):
        deck.play(480)
        assert deck.playout.position == 7_200
    deck.play(480 + FADE)
    assert deck.playout.position == 7_200 + 480


def test_restarting_the_turn_that_is_heard() -> None:
    deck, whole = three_turns()
    deck.playout.restart_turn()
    deck.play(15_000)
    deck.playout.restart_turn()
    assert deck.playout.position == 12_000
    assert same(deck.play(FADE + 1_000)[FADE:], whole[12_000:13_000])
    deck.playout.seek(19_700)  # in the gap behind turn 2
    deck.playout.restart_turn()
    assert deck.playout.position == 12_000
    assert deck.playout.heard_turn is not None
    assert deck.playout.heard_turn.turn == 2


def test_a_call_that_is_over_is_heard_again() -> None:
    deck, whole = three_turns()
    deck.play(30_000)
    assert deck.playout.drained
    for _ in range(2):
        deck.playout.replay()
        assert not deck.playout.drained
        assert same(deck.play(len(whole)), whole)
        assert deck.playout.drained
        assert deck.playout.starved_s == 0


def test_a_call_that_was_stopped_is_heard_again_as_far_as_it_came() -> None:
    deck = Deck()
    deck.playout.feed(0, 1, speech(9_600))
    deck.play(1_000)
    deck.playout.stop()
    deck.playout.feed(9_600, 1, speech(9_600))  # too late
    deck.play(1_000)
    assert deck.playout.drained
    deck.playout.replay()
    assert same(deck.play(9_600), speech(9_600))
    assert deck.playout.drained
    deck.playout.replay()
    deck.playout.skip()
    deck.play(FADE)
    assert deck.playout.drained


def test_skipped_turns_are_there_for_who_goes_back() -> None:
    deck = Deck()
    deck.playout.feed(0, 1, speech(4_800, 1))
    deck.play(1_000)
    deck.playout.skip()
    deck.playout.feed(4_800, 1, speech(4_800, 2))  # comes while it is skipped
    deck.playout.feed(12_000, 2, speech(4_800, 3))
    assert same(deck.play(1_000)[FADE:], speech(4_800, 3)[FADE:1_000])
    deck.playout.seek(4_000)
    played = deck.play(FADE + 9_000)
    assert same(
        played[FADE:], joined(speech(4_800, 1)[4_000:], speech(4_800, 2), silence(2_400), speech(4_800, 3)[:1_000])
    )
    deck.playout.skip()
    assert deck.playout.starved_s == 0


def test_a_skip_that_waits_is_taken_back() -> None:
    deck = Deck()
    deck.playout.feed(0, 1, speech(4_800, 1))
    deck.play(1_000)
    deck.playout.skip()
    deck.playout.seek(2_000)
    deck.playout.feed(4_800, 1, speech(4_800, 2))
    assert same(deck.play(FADE + 7_600)[FADE:], joined(speech(4_800, 1)[2_000:], speech(4_800, 2)))


def test_what_comes_while_the_listener_is_back_is_heard_in_its_turn() -> None:
    deck = Deck()
    deck.playout.feed(0, 1, speech(9_600, 1))
    deck.play(9_000)
    deck.playout.seek(2_000)
    deck.play(FADE + 1_000)
    deck.playout.feed(9_600, 1, speech(2_400, 2))
    deck.playout.feed(14_400, 2, speech(2_400, 3))
    deck.playout.finish()
    rest = deck.play(13_800)
    assert same(rest, joined(speech(9_600, 1)[3_000:], speech(2_400, 2), silence(2_400), speech(2_400, 3)))
    assert deck.playout.drained


def test_a_jump_beyond_what_there_is_waits_at_its_end() -> None:
    deck = Deck()
    deck.playout.feed(0, 1, speech(9_600, 1))
    deck.play(1_000)
    deck.playout.seek(1_000_000)
    assert not deck.play(2_400)[FADE:].any()
    assert deck.playout.position == 9_600
    deck.playout.feed(9_600, 1, speech(9_600, 2))
    assert same(deck.play(9_600), speech(9_600, 2))
    assert deck.playout.starved_s == 0  # the listener's own doing
    deck.play(2_400)
    deck.playout.feed(19_200, 1, speech(9_600, 3))
    deck.play(9_600)
    assert deck.playout.starved_s == pytest.approx(0.1)  # and this is not


def test_a_seek_back_does_not_starve() -> None:
    deck = Deck()
    deck.playout.feed(0, 1, speech(9_600, 1))
    deck.play(9_600)
    deck.playout.seek(0)
    deck.play(9_600)
    deck.play(4_800)
    assert deck.playout.starved_s == 0
    deck.playout.feed(9_600, 2, speech(9_600, 2))
    deck.playout.finish()
    assert same(deck.play(9_600), speech(9_600, 2))
    assert deck.playout.starved_s == 0


def test_the_waiting_before_a_seek_is_no_gap_after_it() -> None:
    deck = Deck()
    deck.playout.feed(0, 1, speech(2_400, 1))
    deck.play(2_400 + 4_800)
    deck.playout.seek(2_000)
    deck.play(FADE + 400)
    deck.playout.feed(4_800, 2, speech(2_400, 2))
    assert same(deck.play(4_800), joined(silence(2_400), speech(2_400, 2)))


def test_a_turn_that_comes_again_is_not_heard_in_its_old_form() -> None:
    deck = Deck()
    deck.playout.feed(0, 1, speech(2_400, 1))
    deck.playout.feed(2_400, 2, speech(2_400, 2))
    deck.play(3_000)
    deck.playout.discard_turn(2)
    deck.playout.seek(0)
    assert same(deck.play(2_400)[FADE:], speech(2_400, 1)[FADE:])
    deck.playout.feed(2_400, 2, speech(1_200, 22))
    assert same(deck.play(1_200), speech(1_200, 22))


def test_a_new_call_knows_nothing_of_the_old_one() -> None:
    deck, _ = three_turns()
    deck.play(5_000)
    deck.playout.seek(15_000)
    deck.playout.begin_call()
    assert deck.playout.position == 0
    deck.playout.seek(15_000)
    assert deck.playout.position == 0
    deck.playout.feed(0, 1, speech(4_800, 9))
    assert same(deck.play(4_800)[FADE:], speech(4_800, 9)[FADE:])
