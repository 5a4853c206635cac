"""A voice's raw sound to the call's rate and loudness."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcg_tui.audio.conditioning import SpeechConditioner, soft_limit
from vcg_tui.audio.pcm import Pcm, SampleReader, dbfs, fade, from_bytes, peak_dbfs, silence, to_bytes

RATES = st.sampled_from([(22_050, 24_000), (24_000, 24_000), (24_000, 8_000), (44_100, 24_000), (16_000, 48_000)])


def noise(samples: int, seed: int, level: float = 9_000) -> Pcm:
    values = np.random.default_rng(seed).standard_normal(samples) * level
    return np.clip(values, -32_768, 32_767).astype(np.int16)


def sine(samples: int, rate: int, hertz: float, level_dbfs: float) -> Pcm:
    amplitude = 32_768 * 10 ** (level_dbfs / 20) * math.sqrt(2)
    return np.rint(amplitude * np.sin(2 * np.pi * hertz * np.arange(samples) / rate)).astype(np.int16)


def whole(pcm: Pcm, rates: tuple[int, int], gain_db: float = 0.0) -> Pcm:
    conditioner = SpeechConditioner(*rates, gain_db)
    return np.concatenate([conditioner.feed(pcm), conditioner.finish()])


@settings(max_examples=80)
@given(
    rates=RATES,
    samples=st.integers(0, 30_000),
    cuts=st.lists(st.integers(0, 30_000), max_size=30),
    gain_db=st.floats(-20, 20),
    seed=st.integers(0, 1000),
)
def test_any_chunking_gives_the_same_sound(
    rates: tuple[int, int], samples: int, cuts: list[int], gain_db: float, seed: int
) -> None:
    pcm = noise(samples, seed)
    conditioner = SpeechConditioner(*rates, gain_db)
    pieces = [conditioner.feed(piece) for piece in np.split(pcm, sorted(min(cut, samples) for cut in cuts))]
    streamed = np.concatenate([*pieces, conditioner.finish()])
    assert np.array_equal(streamed, whole(pcm, rates, gain_db))


@settings(max_examples=200)
@given(rates=RATES, samples=st.integers(0, 4_000))
def test_the_length_is_the_nearest_whole_number_of_samples(rates: tuple[int, int], samples: int) -> None:
    length = whole(noise(samples, 1), rates).size
    assert abs(length - samples * rates[1] / rates[0]) <= 0.5


def test_the_gain_is_what_it_says_and_the_pitch_stays() -> None:
    out = whole(sine(22_050, 22_050, 500, -30), (22_050, 24_000), gain_db=10)
    assert dbfs(out[1000:-1000]) == pytest.approx(-20, abs=0.05)
    spectrum = np.abs(np.fft.rfft(out[:24_000] * np.hanning(24_000)))
    assert int(np.argmax(spectrum)) == 500


@pytest.mark.parametrize("gain_db", [0.0, 6.0, 30.0])
def test_nothing_gets_louder_than_one_decibel_under_full_scale(gain_db: float) -> None:
    square = np.where(np.arange(22_050) // 50 % 2, 32_767, -32_768).astype(np.int16)
    for pcm in (square, noise(22_050, 3, 20_000)):
        assert peak_dbfs(whole(pcm, (22_050, 24_000), gain_db)) < -1.0
        assert peak_dbfs(whole(pcm, (24_000, 24_000), gain_db)) < -1.0


def test_the_limiter_bends_and_does_not_fold() -> None:
    values = np.linspace(-2, 2, 4001, dtype=np.float32)
    limited = soft_limit(values)
    assert np.all(np.diff(limited) >= 0)
    assert np.array_equal(limited[np.abs(values) <= 0.5], values[np.abs(values) <= 0.5])
    assert np.max(np.abs(np.diff(limited))) <= np.diff(values).max() * 1.01
    assert np.array_equal(limited, -limited[::-1])


def test_a_finished_stream_takes_no_more() -> None:
    conditioner = SpeechConditioner(24_000, 24_000)
    conditioner.finish()
    with pytest.raises(ValueError, match="finished"):
        conditioner.feed(silence(1))


def test_levels() -> None:
    square = np.where(np.arange(1000) % 2, 16_384, -16_384).astype(np.int16)
    assert dbfs(square) == pytest.approx(-6.02, abs=0.01)
    assert peak_dbfs(square) == pytest.approx(-6.02, abs=0.01)
    assert peak_dbfs(np.array([-32_768, 5], np.int16)) == 0.0
    for nothing in (silence(0), silence(10)):
        assert dbfs(nothing) == -math.inf
        assert peak_dbfs(nothing) == -math.inf


@given(raw=st.binary(max_size=300), cuts=st.lists(st.integers(0, 300), max_size=20))
def test_bytes_in_any_pieces_become_the_same_samples(raw: bytes, cuts: list[int]) -> None:
    reader = SampleReader()
    edges = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    pcm = np.concatenate([reader.feed(raw[a:b]) for a, b in pairwise(edges)])
    assert to_bytes(pcm) == raw[: len(raw) // 2 * 2]
    assert reader.odd == bool(len(raw) % 2)


def test_bytes_are_little_endian_and_whole() -> None:
    assert from_bytes(b"\x01\x02\xff\xff").tolist() == [0x0201, -1]
    with pytest.raises(ValueError, match="3 bytes"):
        from_bytes(b"abc")


def test_a_fade_starts_and_ends_in_silence_and_leaves_the_rest() -> None:
    pcm = np.full(100, 1000, np.int16)
    faded = fade(pcm, 10, 20)
    assert faded[0] == 0
    assert faded[-1] == 0
    assert np.all(faded[10:80] == 1000)
    assert np.all(np.diff(faded[:11]) > 0)
    assert np.all(np.diff(faded[79:]) < 0)
    assert np.all(pcm == 1000)
    assert fade(pcm[:5], 10, 0).tolist() == [0, 200, 400, 600, 800]
