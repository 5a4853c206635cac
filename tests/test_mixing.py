"""The stereo file of a call is the sum of its turns, to the sample, in flat memory."""

from __future__ import annotations

import tempfile
import tracemalloc
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sample_calls import mixed, said, sound
from vcg_tui.audio.files import atomic_file, read_wav, wav_frames, write_text, write_wav, write_wav_blocks
from vcg_tui.audio.mixing import LEFT, RIGHT, PlacedWav, to_mono, write_stereo
from vcg_tui.errors import StorageError
from vcg_tui.models.role import Role

RATE = 40
"""Samples of a second here: small, so that pieces cross many of the writer's blocks."""

pieces = st.lists(
    st.tuples(st.sampled_from(list(Role)), st.integers(0, 200), st.integers(0, 130)), min_size=0, max_size=8
)


@settings(max_examples=60)
@given(pieces)
def test_the_file_is_the_sum_of_its_pieces(layout: list[tuple[Role, int, int]]) -> None:
    turns = [
        (said(number, start, frames, RATE, speaker), sound(number, frames))
        for number, (speaker, start, frames) in enumerate(layout, 1)
        if frames
    ]
    with tempfile.TemporaryDirectory() as folder:
        placed: list[PlacedWav] = []
        for turn, pcm in turns:
            path = Path(folder, f"{turn.turn}.wav")
            write_wav(path, pcm, RATE)
            channel = LEFT if turn.speaker is Role.CUSTOMER else RIGHT
            placed.append(PlacedWav(path, channel, round(turn.start_s * RATE), len(pcm)))
        call = Path(folder, "call.wav")
        frames = write_stereo(call, placed, RATE)
        stereo, rate = read_wav(call)
    expected = mixed(turns, RATE)
    assert rate == RATE
    assert frames == len(expected)
    assert stereo.tolist() == expected.tolist()


def test_a_listener_hears_both_sides_without_wrapping_around() -> None:
    stereo = np.array([[30_000, 10_000], [-30_000, -10_000], [5, -7]], np.int16)
    heard = to_mono(stereo)
    assert heard.dtype == np.int16
    assert heard.tolist() == [32_767, -32_768, -2]


def test_memory_does_not_grow_with_the_call(tmp_path: Path) -> None:
    turn = tmp_path / "turn.wav"
    write_wav(turn, sound(1, 8_000 * 3), 8_000)

    def peak(turns: int) -> int:
        placed = [PlacedWav(turn, number % 2, number * 30_000, 24_000) for number in range(turns)]
        tracemalloc.start()
        try:
            write_stereo(tmp_path / "call.wav", placed, 8_000)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    short, long = peak(4), peak(200)  # 15 s and 12.5 min, which is 24 MB of sound
    assert long < short + 300_000


@pytest.mark.parametrize("channels", [1, 2])
def test_a_wav_is_read_as_it_was_written_and_by_others_too(tmp_path: Path, channels: int) -> None:
    pcm = sound(3, 1_000) if channels == 1 else sound(3, 1_000).reshape(-1, 2)
    path = tmp_path / "x.wav"
    write_wav(path, pcm, 24_000)
    back, rate = read_wav(path)
    assert (back.shape, back.dtype, rate) == (pcm.shape, np.int16, 24_000)
    assert np.array_equal(back, pcm)
    assert wav_frames(path) == len(pcm)
    with wave.open(str(path)) as reader:
        assert reader.getparams()[:4] == (channels, 2, 24_000, len(pcm))


def test_a_cut_wav_tells_what_is_there(tmp_path: Path) -> None:
    pcm = sound(3, 1_000)
    path = tmp_path / "x.wav"
    write_wav(path, pcm, 8_000)
    path.write_bytes(path.read_bytes()[: 44 + 2 * 600 + 1])
    assert wav_frames(path) == 600
    assert np.array_equal(read_wav(path)[0], pcm[:600])


@pytest.mark.parametrize("content", [b"", b"RIFF", b"<html>" * 20])
def test_what_is_no_wav_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.wav"
    path.write_bytes(content)
    with pytest.raises(StorageError, match=r"odd\.wav is no WAV file"):
        read_wav(path)


def test_a_piece_of_another_rate_or_length_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    turn, call = tmp_path / "turn.wav", tmp_path / "call.wav"
    write_wav(turn, sound(1, 100), 8_000)
    with pytest.raises(StorageError, match="8000 Hz"):
        write_stereo(call, [PlacedWav(turn, LEFT, 0, 100)], 24_000)
    with pytest.raises(StorageError, match="shorter than the 101 samples"):
        write_stereo(call, [PlacedWav(turn, LEFT, 0, 101)], 8_000)
    assert [path.name for path in tmp_path.iterdir()] == ["turn.wav"]


def test_more_than_a_wav_can_hold_is_refused_before_it_is_written(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="longer than a WAV file can be"):
        write_wav_blocks(tmp_path / "x.wav", [], 24_000, channels=2, frames=2**30)
    assert list(tmp_path.iterdir()) == []


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    write_text(path, "before\n")
    with pytest.raises(RuntimeError), atomic_file(path) as file:
        file.write(b"half of what was")
        file.flush()
        assert path.read_bytes() == b"before\n"
        raise RuntimeError
    assert path.read_bytes() == b"before\n"
    write_text(path, "after ü\n")
    assert path.read_bytes() == "after ü\n".encode()
    assert [left.name for left in tmp_path.iterdir()] == ["note.txt"]
