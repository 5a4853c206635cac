"""`vcg generate`: what comes out of it, whatever happens to it."""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import signal
import statistics
import time
from itertools import pairwise
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.vcg_command import Vcg, ended, forked, journalled, one_line, the_json, until
from vcg_tui.audio.files import read_wav
from vcg_tui.models.transcript import clock

RATE = 24_000


@pytest.fixture
def vcg(tmp_path: Path) -> Vcg:
    return Vcg(tmp_path)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[dict[str, Any], Path]]:
    """The calls of seeds 7, 7 and 8: what was printed, and the folder."""
    vcg = Vcg(tmp_path_factory.mktemp("seeded"))
    home = {"VCG_HOME": str(vcg.folder / "home")}
    running = [vcg.start("generate", "--no-play", "--seed", seed, "--json", env=home) for seed in (7, 7, 8)]
    printed = [the_json(ended(process)) for process in running]
    return [(told, vcg.folder / told["path"]) for told in printed]


def load(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "conversation.json").read_text("utf-8"))


def samples(seconds: float) -> int:
    return round(seconds * RATE)


def check_whole(folder: Path, *, killed: bool = False) -> dict[str, Any]:
    """A call's files agree with one another to the sample; returns its conversation.

    One that was ``killed`` may hold the sound of one turn more: it is written before the turn counts as complete.
    """
    call = load(folder)
    stereo, rate = read_wav(folder / "audio" / "call.wav")
    assert rate == call["plan"]["sample_rate"]
    expected = np.zeros((round(call["duration_s"] * rate), 2), np.int16)
    transcript = " ".join((folder / "transcript.txt").read_text("utf-8").split())
    for number, turn in enumerate(call["turns"], 1):
        assert turn["turn"] == number
        assert number == 1 or turn["speaker"] != call["turns"][number - 2]["speaker"]
        sound, own_rate = read_wav(folder / turn["audio"])
        first = round(turn["start_s"] * rate)
        assert own_rate == rate
        assert turn["start_s"] == first / rate
        assert round(turn["end_s"] * rate) - first == len(sound) > 0
        expected[first : first + len(sound), 0 if turn["speaker"] == "customer" else 1] = sound
        words = turn["words"]
        assert " ".join(word["text"] for word in words).split() == turn["text"].split()
        times = [time for word in words for time in (word["start_s"], word["end_s"])]
        assert times == sorted(times)
        assert turn["start_s"] <= times[0] < times[-1] <= turn["end_s"]
        assert f"[{clock(turn['start_s'])}] {turn['speaker'].upper()} {turn['text']}" in transcript
    assert stereo.shape == expected.shape
    assert np.array_equal(stereo, expected)
    assert {path.name for path in folder.iterdir()} == {
        "conversation.json", "metrics.json", "journal.jsonl", "transcript.txt", "audio",
    }  # fmt: skip
    spare = len(list((folder / "audio").iterdir())) - len(call["turns"]) - 1
    assert 0 <= spare <= killed
    return call


# ------------------------------------------------------------------ a call


def test_the_same_seed_makes_the_same_call_to_the_byte_and_another_seed_another(seeded: Any) -> None:
    (one, one_folder), (two, two_folder), (other, _) = seeded
    assert one["call_id"] != two["call_id"]
    assert one["transcript"] == two["transcript"]
    names = sorted(path.name for path in (one_folder / "audio").iterdir())
    assert names == sorted(path.name for path in (two_folder / "audio").iterdir())
    assert len(names) == one["turns"] + 1
    for name in names:
        assert (one_folder / "audio" / name).read_bytes() == (two_folder / "audio" / name).read_bytes(), name
    assert {turn["text"] for turn in one["transcript"]}.isdisjoint(turn["text"] for turn in other["transcript"][:3])


def test_the_json_is_what_was_stored(seeded: Any) -> None:
    for told, folder in seeded:
        call = load(folder)
        assert folder.name == told["call_id"] == call["call_id"]
        for key in ("end_reason", "outcome", "duration_s"):
            assert told[key] == call[key]
        assert told["end_reason"] == "completed"
        assert told["turns"] == len(call["turns"]) >= 6
        assert told["metrics"] == json.loads((folder / "metrics.json").read_text())
        assert [turn["text"] for turn in told["transcript"]] == [turn["text"] for turn in call["turns"]]


def test_timeline_files_and_transcript_agree_to_the_sample(seeded: Any) -> None:
    for _, folder in seeded:
        check_whole(folder)


def test_the_metrics_are_what_the_saved_call_says(seeded: Any) -> None:
    for told, folder in seeded:
        metrics, turns = told["metrics"], load(folder)["turns"]
        lengths = {turn["turn"]: len(read_wav(folder / turn["audio"])[0]) / RATE for turn in turns}
        everything = sum(lengths.values())
        assert metrics["turns"] == len(turns)
        assert metrics["duration_s"] == len(read_wav(folder / "audio" / "call.wav")[0]) / RATE
        for side in ("customer", "support"):
            own = [turn for turn in turns if turn["speaker"] == side]
            talk_s = sum(lengths[turn["turn"]] for turn in own)
            words = sum(len(turn["text"].split()) for turn in own)
            figures = metrics[side]
            assert (figures["turns"], figures["words"]) == (len(own), words)
            assert figures["talk_s"] == pytest.approx(talk_s)
            assert figures["talk_share"] == pytest.approx(talk_s / everything)
            assert figures["words_per_minute"] == pytest.approx(words / talk_s * 60)
            assert 90 < figures["words_per_minute"] < 260
        gaps = [after["start_s"] - before["start_s"] - lengths[before["turn"]] for before, after in pairwise(turns)]
        assert metrics["gap_median_s"] == pytest.approx(statistics.median(gaps))
        assert metrics["gap_max_s"] == pytest.approx(max(gaps))
        assert metrics["characters"] == sum(turn["metrics"]["characters"] for turn in turns) > 0
        for name, each in (("llm_ttft_p50_s", "llm_ttft_s"), ("llm_p50_s", "llm_s"), ("tts_ttfb_p50_s", "tts_ttfb_s")):
            times = [turn["metrics"][each] for turn in turns]
            assert min(times) >= 0
            assert metrics[name] == pytest.approx(statistics.median(times))
        assert 0 < metrics["time_to_first_audio_s"] < metrics["making_s"]
        for unknown in ("prompt_tokens", "completion_tokens", "starved_s"):
            assert metrics[unknown] is None


def test_without_a_price_the_cost_is_not_known(seeded: Any) -> None:
    told, folder = seeded[0]
    assert told["metrics"]["cost_usd"] is None
    assert all(turn["metrics"]["cost_usd"] is None for turn in load(folder)["turns"])


def test_for_a_person_the_transcript_grows_and_the_metrics_follow(vcg: Vcg) -> None:
    done = vcg("generate", "--no-play", "--seed", 3, "--max-turns", 4, "--customer", "anna-reyes")
    (folder,) = vcg.calls.iterdir()
    call = check_whole(folder)
    said = " ".join(done.stdout.split())
    for turn in call["turns"]:
        assert f"{turn['speaker'].upper()} {turn['text']}" in said
    assert f"ended {call['end_reason'].replace('_', ' ')}" in said
    assert f"Kept in {folder.relative_to(vcg.folder)}" in said or f"Kept in {folder}" in said
    assert "Anna Reyes" in done.stderr
    assert "offline" in done.stderr
    assert max(map(len, done.stdout.splitlines()[:10])) <= 88


def test_no_save_leaves_nothing(vcg: Vcg) -> None:
    told = vcg.json("generate", "--no-play", "--no-save", "--max-turns", 2)
    assert told["path"] is None
    assert told["turns"] == 2
    assert list(vcg.folder.iterdir()) == []


def test_without_a_sound_device_the_call_is_made_and_the_reason_told_once(vcg: Vcg) -> None:
    done = vcg("generate", "--max-turns", 2, "--json", env={"VCG_AUDIO__DEVICE": "a device that nobody has"})
    assert the_json(done)["metrics"]["starved_s"] is None
    assert done.stderr.count("No sound") == 1


def test_ten_at_the_same_time_are_ten_whole_calls(vcg: Vcg) -> None:
    running = [vcg.start("generate", "--no-play", "--max-turns", 4, "--seed", 1, "--json") for _ in range(10)]
    told = [the_json(ended(process)) for process in running]
    assert len({call["call_id"] for call in told}) == 10
    assert {folder.name for folder in vcg.calls.iterdir()} == {call["call_id"] for call in told}
    for folder in vcg.calls.iterdir():
        assert len(check_whole(folder)["turns"]) == 4
    listed = vcg.json("conversations", "list")
    assert [call["state"] for call in listed] == ["whole"] * 10


# ------------------------------------------------------------------ a call that is ended from outside


@pytest.mark.slow
def test_killed_at_twenty_moments_every_completed_turn_is_kept(vcg: Vcg) -> None:
    rng = random.Random(20)
    # Each into a folder of its own, so that it is known whose journal is whose: after so many turns, and a moment more.
    waiting = [(vcg.folder / f"calls-{n}", rng.randint(1, 6), rng.uniform(0, 0.04)) for n in range(20)]
    moments = list(waiting)
    running: list[tuple[ForkServerProcess, Path, int, float]] = []
    ended_by: list[int | None] = []
    while waiting or running:
        while waiting and len(running) < 3:
            calls, turns, more_s = waiting.pop()
            seed = len(waiting)
            process = forked(vcg.folder, "generate", "--no-play", "--seed", seed, "--max-turns", 14, "--out", calls)
            running.append((process, calls, turns, more_s))
        time.sleep(0.001)
        for entry in list(running):
            process, calls, turns, more_s = entry
            if journalled(calls) >= turns:
                time.sleep(more_s)
                assert process.pid is not None
                with contextlib.suppress(ProcessLookupError):  # a busy machine may come after the call's own end
                    os.killpg(process.pid, signal.SIGKILL)
                process.join()
                ended_by.append(process.exitcode)
                running.remove(entry)
            else:
                assert process.is_alive(), f"ended before turn {turns}"

    assert ended_by.count(-signal.SIGKILL) >= 10
    interrupted = 0
    vcg.calls.mkdir(parents=True)
    for calls, turns, _ in moments:
        (made,) = calls.iterdir()
        folder = made.rename(vcg.calls / made.name)
        lines = (folder / "journal.jsonl").read_text("utf-8").splitlines(keepends=True)
        written = [json.loads(line) for line in lines[1:] if line.endswith("\n")]
        assert len(written) >= turns
        interrupted += not (folder / "conversation.json").exists()
        for turn in written:
            assert len(read_wav(folder / turn["audio"])[0]) == samples(turn["end_s"]) - samples(turn["start_s"])
        (folder / "expected.json").write_text(json.dumps([turn["text"] for turn in written]))
    assert interrupted >= 10
    states = [call["state"] for call in vcg.json("conversations", "list")]
    assert states.count("interrupted") == interrupted
    assert states.count("whole") == 20 - interrupted

    recovered = vcg.json("conversations", "recover")
    assert len(recovered) == interrupted
    for folder in vcg.calls.iterdir():
        expected = json.loads((folder / "expected.json").read_text())
        (folder / "expected.json").unlink()
        call = check_whole(folder, killed=True)
        assert [turn["text"] for turn in call["turns"]] == expected
    assert {call["state"] for call in vcg.json("conversations", "list")} == {"whole"}
    again = vcg("conversations", "recover")
    assert again.stdout == "No call is interrupted.\n"


def test_an_interrupt_keeps_what_is_complete(vcg: Vcg) -> None:
    process = vcg.start("generate", "--no-play", "--seed", 7, "--json")
    until(lambda: journalled(vcg.calls) >= 2, "no second turn")
    os.killpg(process.pid, signal.SIGINT)  # the whole group, as a terminal does it
    told = the_json(done := ended(process))
    assert told["end_reason"] == "stopped"
    assert 2 <= told["turns"] < 18
    assert "stopping; what is complete is kept" in done.stderr
    (folder,) = vcg.calls.iterdir()
    call = check_whole(folder)
    assert call["end_reason"] == "stopped"
    assert len(call["turns"]) == told["turns"]


def test_a_reader_who_goes_away_ends_the_call_and_keeps_it(vcg: Vcg) -> None:
    process = vcg.start("generate", "--no-play", "--seed", 7)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("SUPPORT")
    process.stdout.close()
    assert process.wait(30) == 1
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    for call in vcg.json("conversations", "list"):
        assert (call["state"], call["end_reason"]) == ("whole", "stopped")


# ------------------------------------------------------------------ a folder that gives out


def limited(size: int) -> Any:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    return limit


def test_a_full_disk_ends_the_call_and_the_line_names_what_is_safe(vcg: Vcg) -> None:
    # No file may grow beyond this: the turns fit, the whole call does not.
    done = vcg("generate", "--no-play", "--seed", 7, "--json", code=1, before=limited(1_500_000))
    told = the_json(done)
    complaint = next(line for line in done.stderr.splitlines() if "no space left" in line)
    assert told["call_id"] in complaint
    assert f"vcg conversations recover {told['call_id']}" in complaint
    assert told["end_reason"] == "storage_error"
    assert vcg.json("conversations", "list")[0]["state"] == "interrupted"
    vcg("conversations", "recover", told["call_id"])
    call = check_whole(vcg.calls / told["call_id"])
    assert len(call["turns"]) == told["turns"] > 10


def test_a_disk_full_in_the_middle_of_a_turn_keeps_the_turns_before(vcg: Vcg) -> None:
    # The first turn of this call fits, the second, twice as long, does not.
    done = vcg("generate", "--no-play", "--seed", 7, "--json", code=1, before=limited(400_000))
    told = the_json(done)
    assert any(told["call_id"] in line and "no space left" in line for line in done.stderr.splitlines())
    assert told["turns"] == 1
    vcg("conversations", "recover")
    assert len(check_whole(vcg.calls / told["call_id"])["turns"]) == 1


def test_a_data_folder_that_vanishes_ends_the_call_and_the_text_is_kept(vcg: Vcg) -> None:
    process = vcg.start("generate", "--no-play", "--seed", 7, "--json")
    until(lambda: journalled(vcg.calls) >= 2, "no second turn")
    (vcg.folder / "data").rename(vcg.folder / "unplugged")
    done = ended(process, 1)
    told = the_json(done)
    assert any("vanished" in line and told["call_id"] in line for line in done.stderr.splitlines())
    kept = load(vcg.calls / told["call_id"])
    assert [turn["text"] for turn in kept["turns"]] == [turn["text"] for turn in told["transcript"]]
    assert len(kept["turns"]) >= 3


@pytest.mark.parametrize("below", ["a-file/calls", "/proc/calls"])
def test_a_folder_that_takes_no_calls_is_told_before_the_call_is_made(vcg: Vcg, below: str) -> None:
    (vcg.folder / "a-file").write_text("")
    line = one_line(vcg("generate", "--no-play", "--out", below, code=2))
    assert below in line
    assert "--out" in line
