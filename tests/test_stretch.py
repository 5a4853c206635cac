"""Speech heard faster or slower keeps its pitch, its length in proportion, and does not click."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vcg_tui.audio.playout import FASTEST, SLOWEST, Playout

RATE = 24_000
HOP = 288

Sound = NDArray[np.int16]


def tone(seconds: float, hertz: float, amplitude: int = 12_000) -> Sound:
    return np.rint(amplitude * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype(np.int16)


def voice(seconds: float, hertz: float) -> Sound:
    """Something like a vowel whose pitch wanders: a pulse train through two resonances, in syllables."""
    at = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(hertz * (1 + 0.1 * np.sin(2 * np.pi * 0.7 * at))) / RATE
    sound = sum(
        np.sin(k * phase)
        * (np.exp(-(((k * hertz - 600) / 300) ** 2)) + 0.5 * np.exp(-(((k * hertz - 1500) / 400) ** 2)))
        for k in range(1, 16)
    )
    shaped = sound * (0.5 - 0.5 * np.cos(2 * np.pi * 3 * at))
    return np.rint(12_000 * shaped / np.abs(shaped).max()).astype(np.int16)


def playing(sound: Sound, speed: float, *, blocks: int = 2_400) -> Playout:
    playout = Playout(RATE, clock=lambda: 0.0)
    for start in range(0, len(sound), blocks):
        playout.feed(start, 1, sound[start : start + blocks])
    playout.finish()
    playout.speed = speed
    return playout


def heard(playout: Playout, length: int, pull: int = 480) -> Sound:
    """All that is played, and a little silence behind it."""
    return np.concatenate([playout.pull(pull) for _ in range(length // pull + 2)])


def pitch(sound: Sound, low: float, high: float) -> float:
    """The strongest frequency between two, in Hz."""
    window = sound * np.hanning(len(sound))
    spectrum = np.abs(np.fft.rfft(window, 8 * len(sound)))
    hertz = np.fft.rfftfreq(8 * len(sound), 1 / RATE)
    inside = (hertz > low) & (hertz < high)
    return float(hertz[inside][np.argmax(spectrum[inside])])


@pytest.mark.parametrize("speed", [0.75, 0.9, 1.1, 1.25, 1.5, 2.0])
@pytest.mark.parametrize("hertz", [85.0, 131.3, 220.0, 437.7])
def test_the_pitch_stays(speed: float, hertz: float) -> None:
    played = heard(playing(tone(2, hertz), speed), round(2 * RATE / speed))
    middle = played[4_800 : round(2 * RATE / speed) - 4_800]
    assert pitch(middle, hertz / 2, hertz * 2) == pytest.approx(hertz, rel=0.01)
    # A tone stays a tone: nothing is cancelled where pieces meet, and nothing is louder than before.
    pieces = middle[: len(middle) // 1200 * 1200].reshape(-1, 1200).astype(float)
    assert np.abs(pieces).max() < 12_600
    assert np.sqrt(np.mean(pieces**2, axis=1)).min() > 0.85 * 12_000 / np.sqrt(2)


@settings(max_examples=30)
@given(
    speed=st.floats(SLOWEST, FASTEST),
    samples=st.integers(48_000, 96_000),
    pull=st.integers(64, 1_500),
    blocks=st.integers(500, 30_000),
)
def test_the_length_is_in_proportion_and_all_is_heard(speed: float, samples: int, pull: int, blocks: int) -> None:
    sound = np.where(np.arange(samples) % 2, 3000, -3000).astype(np.int16)
    playout = playing(sound, speed, blocks=blocks)
    played = heard(playout, round(samples / speed), pull)
    length = int(np.flatnonzero(played)[-1]) + 1
    assert length == pytest.approx(samples / speed, rel=0.01)
    assert playout._call.cursor == samples  # pyright: ignore[reportPrivateUsage]  no clock runs here


@pytest.mark.parametrize("speed", [0.75, 1.3, 2.0])
def test_there_are_no_clicks(speed: float) -> None:
    sound = voice(3, 110)
    played = heard(playing(sound, speed), round(3 * RATE / speed))
    steepest = int(np.abs(np.diff(sound.astype(int))).max())
    assert np.abs(np.diff(played.astype(int))).max() < 1.3 * steepest


def test_changing_the_speed_while_it_plays_does_not_click_and_comes_back_to_the_sample() -> None:
    sound = voice(4, 140)
    playout = playing(sound, 1.0)
    played: list[Sound] = []
    for speed in (1.0, 1.6, 0.8, 2.0, 1.25, 1.0):
        playout.speed = speed
        played.append(np.concatenate([playout.pull(397) for _ in range(20)]))
    joined = np.concatenate(played).astype(int)
    assert np.abs(np.diff(joined)).max() < 1.3 * np.abs(np.diff(sound.astype(int))).max()
    assert np.array_equal(played[0], sound[: 397 * 20])
    back = played[-1][2 * HOP :]
    cursor = playout._call.cursor  # pyright: ignore[reportPrivateUsage]  no clock runs here
    assert np.array_equal(back, sound[cursor - len(back) : cursor])


def test_at_its_own_speed_a_call_is_what_it_is() -> None:
    sound = np.random.default_rng(1).integers(-32_768, 32_768, 30_000).astype(np.int16)
    playout = playing(sound, 1.5)
    playout.speed = 1.0
    assert np.array_equal(heard(playout, 30_000, 511)[:30_000], sound)


def test_a_speed_beyond_is_brought_back() -> None:
    playout = Playout(RATE)
    for asked, got in ((5, 2.0), (0.1, 0.75), (1.1, 1.1)):
        playout.speed = asked
        assert playout.speed == got


def test_it_is_cheap_enough_for_a_device() -> None:
    sound = voice(10, 120)
    playout = playing(sound, 2.0)
    began = time.process_time()
    heard(playout, 5 * RATE)
    took = time.process_time() - began
    print(f"5 s at double speed: {took:.3f} s of CPU")
    assert took < 1.5


def test_the_position_is_the_calls_own_at_any_speed() -> None:
    now = 0.0
    playout = Playout(RATE, clock=lambda: now)
    playout.feed(0, 1, voice(2, 120))
    playout.feed(3 * RATE, 2, voice(1, 120))
    playout.speed = 2.0
    for _ in range(100):
        playout.pull(240)
        for _ in range(2):
            now += 0.005
            assert playout.position_s == pytest.approx(2 * now, abs=0.002)
    assert playout.heard_turn is not None
    assert (playout.heard_turn.turn, playout.heard_turn.elapsed_s) == (1, pytest.approx(2, abs=0.002))
    for _ in range(100):
        playout.pull(240)
        now += 0.01
    assert playout.position == 4 * RATE
    assert playout.starved_s == 0
    for _ in range(10):
        playout.pull(240)
    assert playout.starved_s == pytest.approx(0.2)  # of the call's time
