"""Players keep the time of a call, and play it to the sample: in silence, and on virtual sound cards."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from virtual_card import VirtualCard, without_silence

from vcg_tui.audio.player import SilentPlayer

RATE = 24_000
FADE = 120
"""Samples of a fade: 5 ms."""

needs_alsa = pytest.mark.skipif(sys.platform != "linux", reason="virtual cards are ALSA's")


class FakeClock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def until(condition: Callable[[], object], bound_s: float = 20) -> None:
    end = time.monotonic() + bound_s
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.002)


# ------------------------------------------------------------------ the silent player


@pytest.fixture
def silent() -> Iterator[tuple[SilentPlayer, FakeClock]]:
    clock = FakeClock()
    player = SilentPlayer(RATE, clock=clock)
    player.feed(0, 1, np.ones(RATE * 40, np.int16))
    with player:
        yield player, clock
    assert "vcg-silent-player" not in [thread.name for thread in threading.enumerate()]


def test_the_silent_player_keeps_time_to_the_sample_without_drift(silent: tuple[SilentPlayer, FakeClock]) -> None:
    player, clock = silent
    for _ in range(60):
        clock.now += 1 / 7
        due = round((clock.now - 100) * RATE)
        until(lambda due=due: player.position >= due)
        assert player.position == due


def test_the_silent_player_does_not_race_after_the_machine_slept(silent: tuple[SilentPlayer, FakeClock]) -> None:
    player, clock = silent
    until(lambda: player.position == 0)
    clock.now += 30

    def goes_on() -> bool:
        clock.now += 0.02
        return player.position > 2000

    until(goes_on)
    assert player.position < RATE


def test_the_silent_player_can_be_closed_twice_and_opened_again() -> None:
    player = SilentPlayer(RATE)
    player.feed(0, 1, np.ones(1200, np.int16))
    player.finish()
    player.open()
    player.open()
    assert [thread.name for thread in threading.enumerate()].count("vcg-silent-player") == 1
    player.close()
    player.close()
    player.open()
    until(lambda: player.drained)
    player.close()
    assert "vcg-silent-player" not in [thread.name for thread in threading.enumerate()]


# ------------------------------------------------------------------ on a sound device

_PLAYS = """
import json, sys, threading, time
import numpy as np
from vcg_tui.audio.player import open_player, list_devices

RATE = 24_000

def speech(samples, seed):
    sound = np.random.default_rng(seed).integers(1, 8000, samples)
    return (sound * np.where(np.arange(samples) % 2, 1, -1)).astype(np.int16)

def until(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)

def tell(**what):
    print(json.dumps(what), flush=True)

player, problem = open_player(RATE, *json.loads(sys.argv[1]) if len(sys.argv) > 1 else ())
"""

_CLOSES = """
began = time.monotonic()
player.close()
tell(kind=type(player).__name__, problem=problem, position=player.position, starved=player.starved_s,
     threads=len(threading.enumerate()), playing_s=began - start)
"""

_CALL = """
start = time.monotonic()
player.pause()  # the exact card does not wait for what is fed
player.feed(0, 1, speech(7000, 1))
player.feed(7000, 1, speech(5000, 2))
player.feed(19_200, 2, speech(9600, 3))
player.finish()
player.resume()
until(lambda: player.drained)
"""


def speech(samples: int, seed: int) -> NDArray[np.int16]:
    sound = np.random.default_rng(seed).integers(1, 8000, samples)
    return (sound * np.where(np.arange(samples) % 2, 1, -1)).astype(np.int16)


def the_call() -> NDArray[np.int16]:
    return np.concatenate((speech(7000, 1), speech(5000, 2), np.zeros(7200, np.int16), speech(9600, 3)))


def last_line(output: str) -> dict[str, Any]:
    return json.loads(output.splitlines()[-1])


@needs_alsa
@pytest.mark.parametrize("paced", [False, True], ids=["exact", "paced"])
def test_a_sound_device_gets_the_call_to_the_sample(tmp_path: Path, paced: bool) -> None:
    with VirtualCard(tmp_path, paced=paced) as card:
        told = last_line(card.run_python(_PLAYS + _CALL + _CLOSES))
        heard = without_silence(card.heard())
    assert np.array_equal(heard, the_call())
    assert told["kind"] == "SoundDevicePlayer"
    assert told["problem"] is None
    assert told["position"] == 28_800
    assert told["starved"] == 0
    assert told["threads"] == 1
    if paced:
        assert 1.0 < told["playing_s"] < 10  # 1.2 s of call, in real time


@needs_alsa
def test_pause_skip_and_a_second_call_on_one_stream_of_a_paced_card(tmp_path: Path) -> None:
    snippet = (
        _PLAYS
        + """
start = time.monotonic()
player.feed(0, 1, speech(12_000, 1))
player.feed(12_000, 2, speech(48_000, 2))
player.feed(70_000, 3, speech(12_000, 3))
player.finish()
until(lambda: player.position > 2000)
player.pause()
until(lambda: player.level.peak_dbfs == -96.0)
held = player.position
time.sleep(0.15)
assert player.position == held
player.resume()
until(lambda: player.heard_turn.turn == 2)
player.skip()
until(lambda: player.drained)
player.begin_call()
player.feed(0, 1, speech(6000, 4))
player.finish()
until(lambda: player.drained)
tell(held=held)
"""
        + _CLOSES
    )
    with VirtualCard(tmp_path, paced=True) as card:
        output = card.run_python(snippet)
        heard = card.heard()
    held = json.loads(output.splitlines()[0])["held"]
    told = last_line(output)

    def place(sound: NDArray[np.int16]) -> int:
        """Where a stretch of sound begins in what was heard; it is there exactly once."""
        starts = np.flatnonzero(heard[: len(heard) - len(sound) + 1] == sound[0])
        found = [int(at) for at in starts if np.array_equal(heard[at : at + len(sound)], sound)]
        assert len(found) == 1
        return found[0]

    first, last, next_call = speech(12_000, 1), speech(12_000, 3), speech(6000, 4)
    before, after = place(first[:held]), place(first[held:])
    assert not heard[before + held + FADE : after - FADE].any()
    assert after - before - held > 0.1 * RATE
    # 5 ms of the skipped turn fade into the turn that is jumped to.
    assert place(last[FADE:]) > after
    assert place(next_call) > place(last[FADE:])
    assert place(last[FADE:]) - (after + 12_000 - held) < 40_000  # of turn 2 not all was played
    assert told["position"] == 6000
    assert told["threads"] == 1


@needs_alsa
def test_where_the_device_is_lost_the_call_goes_on_in_silence_from_the_same_place(tmp_path: Path) -> None:
    snippet = (
        _PLAYS
        + """
problems = []
player.on_problem = problems.append
start = time.monotonic()
player.feed(0, 1, speech(3 * RATE, 1))
player.finish()
until(lambda: player.position > RATE // 2)
tell(playing=player.audible)
until(lambda: problems)
lost = player.position
until(lambda: player.position > lost + 4800)
time.sleep(0.05)
samples = []
while not player.drained:
    samples.append((time.monotonic(), player.position))
    time.sleep(0.02)
tell(lost=lost, problems=problems, kept=player.problem, audible=player.audible, samples=samples)
"""
        + _CLOSES
    )
    with VirtualCard(tmp_path, paced=True) as card:
        process = subprocess.Popen(
            [sys.executable, "-c", snippet],
            env=card.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == {"playing": True}
        card.unplug()
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    lost, end = (json.loads(line) for line in output.splitlines())
    assert lost["problems"] == [lost["kept"]]
    assert "sound device is gone" in lost["kept"]
    assert not lost["audible"]
    assert RATE // 2 < lost["lost"] < 3 * RATE
    (began, first), (ended, last) = lost["samples"][0], lost["samples"][-1]
    assert (last - first) / RATE == pytest.approx(ended - began, abs=0.15)  # real time
    assert end["position"] == 3 * RATE
    assert end["threads"] == 1


_SILENT = """
start = time.monotonic()
player.feed(0, 1, speech(4800, 1))
player.finish()
until(lambda: player.drained)
"""


@needs_alsa
@pytest.mark.skipif(Path("/dev/snd").exists(), reason="this machine has a sound card")
def test_without_a_device_time_is_kept_in_silence_and_the_reason_told(tmp_path: Path) -> None:
    with VirtualCard(tmp_path) as card:
        card.environment["ALSA_CONFIG_PATH"] = "/usr/share/alsa/alsa.conf"
        told = last_line(card.run_python(_PLAYS + _SILENT + "assert not list_devices()\n" + _CLOSES))
    assert told["kind"] == "SilentPlayer"
    assert told["problem"].startswith("No sound: there is no sound device to play on (")
    assert told["problem"].endswith("`vcg doctor` lists the devices.")
    assert told["position"] == 4800
    assert told["threads"] == 1


@needs_alsa
@pytest.mark.parametrize("device", ["Gramophone", 99])
def test_an_unknown_device_is_named(tmp_path: Path, device: str | int) -> None:
    with VirtualCard(tmp_path) as card:
        told = last_line(card.run_python(_PLAYS + _SILENT + _CLOSES, json.dumps([device])))
    assert told["kind"] == "SilentPlayer"
    assert told["problem"].startswith(f"No sound: the sound device {device!r} can't be used (")


@needs_alsa
def test_devices_are_listed_and_can_be_chosen_by_name(tmp_path: Path) -> None:
    snippet = (
        _PLAYS + _CALL + "tell(devices=[[device.name, device.host_api, device.default] for device in list_devices()])\n"
    )
    with VirtualCard(tmp_path) as card:
        told = last_line(card.run_python(snippet + "player.close()", json.dumps(["virtual"])))
        assert np.array_equal(without_silence(card.heard()), the_call())
    assert told["devices"] == [["virtual", "ALSA", False], ["default", "ALSA", True]]


@needs_alsa
def test_without_portaudio_the_remedy_is_told() -> None:
    snippet = """
import ctypes.util
ctypes.util.find_library = lambda name: None
from vcg_tui.audio.player import list_devices, open_player
from vcg_tui.errors import AudioDeviceError
player, problem = open_player(24_000)
print(type(player).__name__, problem)
player.close()
try:
    list_devices()
except AudioDeviceError as error:
    print(error.message)
"""
    done = subprocess.run([sys.executable, "-c", snippet], capture_output=True, text=True, timeout=60, check=True)
    first, second = done.stdout.splitlines()
    assert first.startswith("SilentPlayer No sound: PortAudio is missing. Install it")
    assert "apt-get install libportaudio2" in first
    assert second == "No sound: PortAudio is missing."


_STALLS = """
import time, numpy
from vcg_tui.audio.player import SoundDevicePlayer

class Stalling(SoundDevicePlayer):
    pulls = 0

    def pull(self, frames, at=None):
        self.pulls += 1
        if self.pulls == 20:
            time.sleep(0.8)
        return super().pull(frames, at)

with Stalling(24_000) as player:
    before = time.monotonic()
    player.feed(0, 1, numpy.ones(48_000, numpy.int16))
    player.finish()
    while not player.drained:
        time.sleep(0.01)
print(before, time.monotonic())
"""


@needs_alsa
def test_a_paced_card_tells_when_it_took_a_sample_and_how_long_it_ran_dry(tmp_path: Path) -> None:
    with VirtualCard(tmp_path, paced=True) as card:
        before, after = map(float, card.run_python(_STALLS).split())
        heard = card.heard()
    first = int(np.flatnonzero(heard)[0])
    assert before < card.taken_at(first) <= card.taken_at(first + 1000) < after
    # The stall, without what the card still had.
    assert card.dry_s > 0.3
    assert len(without_silence(heard)) == 48_000
