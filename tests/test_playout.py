"""What is pulled is the call, sample by sample, and what a listener hears of it is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vcg_tui.audio.heard import SILENCE_DBFS
from vcg_tui.audio.playout import Playout

RATE = 24_000
FADE = 120
"""Samples of a fade: 5 ms."""

Sound = NDArray[np.int16]


class FakeClock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Deck:
    """A playout whose pulls are heard at once, as on a device of the given latency that keeps time."""

    def __init__(self, latency_s: float = 0.0) -> None:
        self.clock = FakeClock()
        self.playout = Playout(RATE, clock=self.clock)
        self.playout.latency_s = latency_s

    def play(self, frames: int) -> Sound:
        pulled = self.playout.pull(frames)
        self.clock.now += frames / RATE
        return pulled


def speech(samples: int, seed: int = 1, loudest: int = 8000) -> Sound:
    """Noise without a single 0, so that every sample can be told from silence."""
    sound = np.random.default_rng(seed).integers(1, loudest, samples) * np.where(np.arange(samples) % 2, 1, -1)
    return sound.astype(np.int16)


def tone(samples: int, hertz: float = 200, amplitude: int = 20_000) -> Sound:
    return np.rint(amplitude * np.sin(2 * np.pi * hertz * np.arange(samples) / RATE)).astype(np.int16)


def silence(samples: int) -> Sound:
    return np.zeros(samples, np.int16)


def joined(*pieces: Sound) -> Sound:
    return np.concatenate(pieces)


def same(left: Sound, right: Sound) -> bool:
    return left.shape == right.shape and left.dtype == right.dtype and bool(np.all(left == right))


# ------------------------------------------------------------------ what is pulled is the call


@given(
    turns=st.lists(st.tuples(st.integers(0, 400), st.lists(st.integers(1, 500), min_size=1, max_size=4)), max_size=6),
    pull=st.integers(8, 700),
    ahead=st.integers(0, 5),
)
def test_played_is_the_call_however_it_is_cut(turns: list[tuple[int, list[int]]], pull: int, ahead: int) -> None:
    deck = Deck()
    call: list[Sound] = []
    feeds: list[tuple[int, int, Sound]] = []
    at = 0
    for number, (gap, pieces) in enumerate(turns, start=1):
        call.append(silence(gap))
        at += gap
        for piece in pieces:
            sound = speech(piece, seed=at)
            feeds.append((at, number, sound))
            call.append(sound)
            at += piece
    played: list[Sound] = []
    # Everything is fed before it is due, but the first pieces ahead of the rest.
    for start, turn, sound in feeds[:ahead]:
        deck.playout.feed(start, turn, sound)
    fed = min(ahead, len(feeds))
    while sum(map(len, played)) < at:
        due = sum(map(len, played)) + pull
        while fed < len(feeds) and (fed == 0 or feeds[fed][0] <= due):
            deck.playout.feed(*feeds[fed])
            fed += 1
        if fed == len(feeds):
            deck.playout.finish()
        played.append(deck.play(pull))
    deck.playout.finish()
    whole = joined(silence(0), *played)
    assert same(whole[:at], joined(silence(0), *call))
    assert not whole[at:].any()
    assert deck.playout.starved_s == 0
    assert deck.playout.drained
    assert deck.playout.position == at


def test_overlapping_blocks_are_summed_and_clipped() -> None:
    deck = Deck()
    loud = np.full(1000, 20_000, np.int16)
    deck.playout.feed(0, 1, loud)
    deck.playout.feed(600, 2, -loud)
    deck.playout.feed(1500, 3, loud)
    deck.playout.feed(1500, 4, loud)
    played = deck.play(2600)
    assert same(played[:600], loud[:600])
    assert not played[600:1000].any()
    assert same(played[1000:1500], -loud[:500])
    assert set(played[1500:1600].tolist()) == {20_000}  # three blocks at once
    assert set(played[1600:2500].tolist()) == {32_767}
    assert not played[2500:].any()


def test_a_block_that_comes_late_is_heard_whole_and_nothing_twice() -> None:
    deck = Deck()
    first, second = speech(1000, 1), speech(1000, 2)
    deck.playout.feed(0, 1, first)
    assert same(deck.play(900), first[:900])
    deck.playout.feed(700, 2, second)
    assert same(deck.play(200), second[:200])
    assert same(deck.play(100), first[900:] + second[200:300])
    assert same(deck.play(700), second[300:])


@pytest.mark.parametrize(
    ("start", "sound"),
    [(0, np.zeros(5, np.float32)), (0, np.zeros((5, 2), np.int16)), (-1, np.zeros(5, np.int16))],
)
def test_wrong_sound_is_refused(start: int, sound: Sound) -> None:
    with pytest.raises(ValueError, match="sound to play"):
        Playout(RATE).feed(start, 1, sound)


# ------------------------------------------------------------------ pause, skip, restart, stop


def test_pause_and_resume_lose_no_sample_and_do_not_click() -> None:
    deck = Deck()
    sound = tone(9600)
    deck.playout.feed(0, 1, sound)
    before = deck.play(3030)  # at a crest, where a cut would be loudest
    deck.playout.pause()
    held = deck.play(2400)
    assert deck.playout.paused
    assert deck.playout.position == 3030
    assert not held[FADE:].any()
    deck.playout.resume()
    after = deck.play(8000)
    assert same(before, sound[:3030])
    assert same(after[FADE : FADE + 6570], sound[3030:])
    heard = joined(before, held, after)[: 3030 + 2400 + FADE + 6570].astype(int)
    assert np.abs(np.diff(heard)).max() < 1400  # the tone itself moves by 1047 a sample; a cut would jump by 20 000
    assert deck.playout.starved_s == pytest.approx((8000 - 6570 - FADE) / RATE)


def test_a_pause_taken_back_before_anybody_heard_it_leaves_no_trace() -> None:
    deck = Deck()
    sound = speech(4800)
    deck.playout.feed(0, 1, sound)
    first = deck.play(1000)
    deck.playout.pause()
    deck.playout.resume()
    assert same(joined(first, deck.play(3800)), sound)


def test_skip_jumps_to_the_next_turn_without_the_gap() -> None:
    deck = Deck()
    deck.playout.feed(0, 1, speech(9600, 1))
    deck.playout.feed(12_000, 2, speech(4800, 2))
    deck.playout.feed(20_000, 3, speech(4800, 3))
    deck.play(1000)
    deck.playout.skip()
    played = deck.play(4800)
    assert same(played[FADE:], speech(4800, 2)[FADE:])
    assert deck.playout.position == 16_800
    deck.playout.skip()
    assert same(deck.play(4800), speech(4800, 3))  # nothing sounded at the skip, so nothing fades
    assert deck.playout.starved_s == 0


def test_skip_drops_the_rest_of_a_turn_as_it_comes_and_the_call_moves_past_it() -> None:
    deck = Deck()
    deck.playout.feed(0, 1, speech(9600, 1))
    deck.play(1000)
    deck.playout.skip()
    deck.playout.skip()  # impatience: the same turn is meant
    deck.play(1000)
    assert deck.playout.position == 9600
    deck.playout.feed(9600, 1, speech(2400, 1))
    played = deck.play(1000)
    assert not played.any()
    assert deck.playout.position == 12_000  # who writes ahead of the listener must not wait for it
    deck.playout.feed(14_000, 2, speech(2000, 2))
    assert same(deck.play(2000), speech(2000, 2))
    assert deck.playout.starved_s == 0


def test_skip_twice_jumps_two_turns_though_the_device_lags_behind() -> None:
    deck = Deck(latency_s=0.2)
    for turn in (1, 2, 3):
        deck.playout.feed(20_000 * (turn - 1), turn, speech(9600, turn))
    for _ in range(10):
        deck.play(480)
    deck.playout.skip()
    deck.play(480)
    deck.playout.skip()
    assert same(deck.play(480)[FADE:], speech(9600, 3)[FADE:480])


def test_skip_just_before_the_end_of_a_turn_does_not_skip_the_next_one() -> None:
    deck = Deck(latency_s=0.2)
    deck.playout.feed(0, 1, speech(9600, 1))
    deck.playout.feed(9600, 2, speech(9600, 2))
    for _ in range(25):
        deck.play(480)  # 12 000 handed over, 7 200 heard: the listener is still in turn 1
    deck.playout.skip()
    assert same(deck.play(480), speech(9600, 2)[2400:2880])


def test_skip_in_the_last_turn_ends_the_call() -> None:
    deck = Deck()
    deck.playout.feed(0, 1, speech(9600))
    deck.playout.finish()
    deck.play(1000)
    assert not deck.playout.drained
    deck.playout.skip()
    deck.play(FADE)
    assert deck.playout.drained


def test_a_restarted_turn_is_dropped_and_heard_from_its_start() -> None:
    deck = Deck()
    deck.playout.feed(0, 1, speech(1000, 1))
    deck.playout.feed(1500, 2, speech(2000, 2))
    deck.play(2500)
    deck.playout.discard_turn(2)
    held = deck.play(1000)
    assert held[:FADE].any()
    assert not held[FADE:].any()
    deck.playout.feed(1500, 2, speech(2000, 22))
    assert same(deck.play(2000), speech(2000, 22))
    assert deck.playout.starved_s == pytest.approx(1000 / RATE)


def test_a_restart_of_a_turn_not_heard_yet_does_not_touch_what_sounds() -> None:
    deck = Deck()
    deck.playout.feed(0, 1, speech(2000, 1))
    deck.playout.feed(2000, 2, speech(2000, 2))
    first = deck.play(1000)
    deck.playout.discard_turn(2)
    assert same(joined(first, deck.play(1000)), speech(2000, 1))


def test_stop_falls_silent_and_drops_what_still_comes() -> None:
    deck = Deck()
    deck.playout.feed(0, 1, speech(9600))
    deck.play(1000)
    deck.playout.stop()
    deck.playout.feed(9600, 1, speech(9600))
    assert not deck.play(20_000)[FADE:].any()
    assert deck.playout.drained


def test_a_new_call_begins_at_its_own_start() -> None:
    deck = Deck()
    deck.playout.feed(0, 1, speech(9600, 1))
    deck.play(5000)
    deck.playout.pause()
    deck.playout.begin_call()
    assert (deck.playout.position, deck.playout.paused, deck.playout.heard_turn) == (0, False, None)
    deck.playout.feed(0, 1, speech(3000, 2))
    deck.playout.finish()
    assert same(deck.play(3000)[FADE:], speech(3000, 2)[FADE:])
    assert deck.playout.position == 3000
    assert deck.playout.drained


def test_nothing_of_the_old_call_is_heard_in_the_new_one() -> None:
    deck = Deck()
    deck.playout.feed(0, 1, speech(9600, 1))
    deck.play(5000)
    deck.playout.pause()
    deck.play(1000)
    deck.playout.resume()
    deck.playout.begin_call()
    deck.playout.feed(0, 1, speech(3000, 2))
    assert same(deck.play(3000)[FADE:], speech(3000, 2)[FADE:])


# ------------------------------------------------------------------ loudness


def test_volume_and_mute_move_smoothly_to_the_exact_factor() -> None:
    deck = Deck()
    deck.playout.feed(0, 1, np.full(48_000, 10_000, np.int16))
    assert set(deck.play(2000).tolist()) == {10_000}
    deck.playout.volume = 0.5
    down = deck.play(2000)
    assert set(down[480:].tolist()) == {5000}
    deck.playout.muted = True
    mute = deck.play(2000)
    assert not mute[480:].any()
    deck.playout.muted = False
    deck.playout.volume = 7
    assert deck.playout.volume == 1
    up = deck.play(2000)
    assert set(up[480:].tolist()) == {10_000}
    assert np.abs(np.diff(joined(down, mute, up).astype(int))).max() <= 21  # 10 000 over 480 samples
    assert deck.playout.position == 8000


def test_the_level_is_of_what_is_heard_not_of_what_is_handed_over() -> None:
    deck = Deck(latency_s=0.1)
    deck.playout.feed(0, 1, joined(tone(4800, 1000, 16_384), silence(4800)))
    assert deck.playout.level.rms_dbfs == SILENCE_DBFS
    deck.play(2400)
    assert deck.playout.level.peak_dbfs == SILENCE_DBFS
    for _ in range(10):
        deck.play(240)
    level = deck.playout.level
    assert level.rms_dbfs == pytest.approx(20 * math.log10(0.5 / math.sqrt(2)), abs=0.05)
    assert level.peak_dbfs == pytest.approx(20 * math.log10(0.5), abs=0.05)
    for _ in range(22):
        deck.play(240)
    assert deck.playout.level.rms_dbfs == SILENCE_DBFS


# ------------------------------------------------------------------ where the listener is


def test_the_position_lags_by_the_latency_and_moves_between_pulls() -> None:
    deck = Deck(latency_s=0.2)
    deck.playout.feed(2400, 1, speech(24_000))
    deck.play(4800)
    assert deck.playout.position == 0
    deck.playout.pull(4800)
    deck.clock.now += 0.1
    assert deck.playout.position == 2400
    assert deck.playout.heard_turn is not None
    assert deck.playout.heard_turn.elapsed_s == 0
    deck.clock.now += 0.05
    assert deck.playout.position_s == pytest.approx(0.15)
    deck.clock.now += 60  # a device that asks for nothing plays nothing
    assert deck.playout.position == 9600


def test_the_turn_being_heard() -> None:
    deck = Deck()
    assert deck.playout.heard_turn is None
    deck.playout.feed(0, 1, speech(12_000))
    deck.playout.feed(12_000, 1, speech(12_000))
    deck.playout.feed(36_000, 2, speech(24_000))
    deck.playout.end_turn(1)
    deck.play(6000)
    turn = deck.playout.heard_turn
    assert (turn.turn, turn.elapsed_s, turn.length_s, turn.complete) == (1, 0.25, 1.0, True)
    deck.play(24_000)
    turn = deck.playout.heard_turn
    assert (turn.turn, turn.elapsed_s) == (1, 1.0)  # the gap
    deck.play(12_000)
    turn = deck.playout.heard_turn
    assert (turn.turn, turn.elapsed_s, turn.complete) == (2, 0.25, False)


def test_drained_only_when_the_last_sample_was_heard() -> None:
    deck = Deck(latency_s=0.2)
    deck.playout.feed(0, 1, speech(4800))
    deck.play(4800)
    assert not deck.playout.drained  # not finished
    deck.playout.finish()
    deck.clock.now -= 0.2
    assert not deck.playout.drained  # handed over, not heard
    deck.clock.now += 0.2
    deck.play(4800)
    assert deck.playout.drained


# ------------------------------------------------------------------ starving


def test_waiting_inside_a_turn_is_starving() -> None:
    deck = Deck()
    deck.play(9600)
    assert deck.playout.starved_s == 0  # before the first sound nobody starves
    deck.playout.feed(0, 1, speech(2400))
    deck.play(2400)
    deck.play(7200)
    assert deck.playout.starved_s == pytest.approx(0.3)
    deck.playout.feed(2400, 1, speech(2400, 2))
    assert same(deck.play(2400), speech(2400, 2))
    deck.play(1200)
    deck.playout.finish()
    deck.play(9600)
    assert deck.playout.starved_s == pytest.approx(0.35)  # after the end nothing is due


@pytest.mark.parametrize(("waited", "starved"), [(2400, 0), (7200, 0), (9600, 2400)])
def test_the_gap_of_the_timeline_is_not_starving_and_not_waited_twice(waited: int, starved: int) -> None:
    deck = Deck()
    deck.playout.feed(0, 1, speech(2400))
    deck.play(2400)
    deck.play(waited)
    deck.playout.feed(2400 + 7200, 2, speech(2400, 2))
    assert deck.playout.starved_s == pytest.approx(starved / RATE)
    rest = max(0, 7200 - waited)
    assert same(deck.play(rest + 2400), joined(silence(rest), speech(2400, 2)))
    assert deck.playout.position == 12_000


def test_a_pause_and_a_skip_are_not_starving() -> None:
    deck = Deck()
    deck.playout.feed(0, 1, speech(2400))
    deck.play(2400)
    deck.playout.pause()
    deck.play(2400)
    deck.playout.resume()
    deck.playout.skip()
    deck.play(2400)
    assert deck.playout.starved_s == 0
