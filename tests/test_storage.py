"""Calls kept in a folder: whole, interrupted, being made or broken, and never mistaken for one another."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sample_calls import (
    RATE,
    Sound,
    call_plan,
    conversation_of,
    dialogue,
    files_in,
    mixed,
    said,
    sound,
)
from vcg_tui.audio.files import read_wav, wav_frames
from vcg_tui.errors import StorageError
from vcg_tui.models.conversation import CallState, Conversation, EndReason, Turn
from vcg_tui.models.role import Role
from vcg_tui.models.summary import summarise
from vcg_tui.providers.storage.local import LocalStorage

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
posix_only = pytest.mark.skipif(os.name != "posix", reason="needs fork and SIGKILL")


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return tmp_path / "data" / "conversations"


@pytest.fixture
def storage(base: Path) -> LocalStorage:
    return LocalStorage(base)


def save(storage: LocalStorage, call_id: str, *, turns: int = 2, minute: int = 0) -> dict[str, Path]:
    made = dialogue(turns)
    conversation = conversation_of(call_plan(call_id, minute=minute), [turn for turn, _ in made])
    return storage.save_conversation(conversation, summarise(conversation.turns), {t.turn: pcm for t, pcm in made})


def states(storage: LocalStorage) -> dict[str, CallState]:
    return {summary.call_id: summary.state for summary in storage.list_conversations()}


@contextlib.contextmanager
def process(doing: str, base: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.storage_process", doing, str(base)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def line(running: subprocess.Popen[str]) -> str:
    assert running.stdout is not None
    return running.stdout.readline().strip()


# ------------------------------------------------------------------ a whole call


def test_a_call_is_laid_out_as_promised(storage: LocalStorage, base: Path) -> None:
    plan = call_plan()
    turns = dialogue(3)
    writer = storage.open_call(plan)
    made = [writer.write_turn(turn, pcm) for turn, pcm in turns]
    metrics = summarise(made, making_s=1.5)
    files = writer.finish(conversation_of(plan, made), metrics)

    folder = base / plan.call_id
    assert files["folder"] == writer.path == folder
    assert files_in(folder) == {
        "conversation.json",
        "metrics.json",
        "journal.jsonl",
        "transcript.txt",
        "audio/call.wav",
        "audio/turn-01-support.wav",
        "audio/turn-02-customer.wav",
        "audio/turn-03-support.wav",
    }
    assert {path for kind, path in files.items() if kind != "folder"} <= {folder / name for name in files_in(folder)}

    content = json.loads((folder / "conversation.json").read_text("utf-8"))
    assert "Ångström" in (folder / "conversation.json").read_text("utf-8")
    assert set(content) >= {
        "schema_version", "call_id", "created_at", "customer", "support", "plan", "turns",
        "end_reason", "outcome", "duration_s",
    }  # fmt: skip
    assert content["turns"][1]["audio"] == "audio/turn-02-customer.wav"
    assert content["turns"][1]["speaker"] == "customer"
    assert list(content)[-1] == "turns"  # a list of thousands reads only what stands before them

    stored = storage.load_conversation(plan.call_id)
    assert stored.conversation == conversation_of(plan, made)
    assert stored.metrics == metrics
    assert Path(stored.path) == folder
    for turn, pcm in turns:
        back, rate = read_wav(folder / f"audio/turn-{turn.turn:02d}-{turn.speaker.value}.wav")
        assert rate == RATE
        assert np.array_equal(back, pcm)
    assert np.array_equal(read_wav(files["audio"])[0], mixed(turns))


def test_the_transcript_reads_well(storage: LocalStorage) -> None:
    plan = call_plan()
    long = "word " * 60
    turns = [
        said(1, 0, 800).model_copy(update={"text": "Hello,\x1b[2J this is Sam."}),
        said(2, round(59.96 * RATE), 800).model_copy(update={"text": long}),
        said(3, 3_725 * RATE, 800),
    ]
    files = storage.save_conversation(conversation_of(plan, turns), summarise(turns))
    lines = files["transcript"].read_text("utf-8").splitlines()
    assert f"Call:       {plan.call_id}" in lines
    assert "Text:       offline (simulated, no language model)" in lines
    assert "Speech:     espeak" in lines
    assert "Customer:   Anna Ångström" in lines
    assert "Outcome:    resolved" in lines
    assert "[00:00.0] SUPPORT   Hello, [2J this is Sam." in lines
    assert "[1:02:05.0] SUPPORT   This is turn 3, said “plainly”." in lines
    first = next(index for index, text in enumerate(lines) if text.startswith("[01:00.0] CUSTOMER  word word"))
    assert lines[first + 1].startswith(" " * 20 + "word")
    assert max(map(len, lines)) <= 100
    assert sum(text.count("word") for text in lines) == 60


def test_a_call_without_sound_has_no_sound_files(storage: LocalStorage) -> None:
    turns = [said(1, 0, 800), said(2, 900, 800)]
    files = storage.save_conversation(conversation_of(call_plan(), turns), summarise(turns), {2: sound(2, 800)})
    assert [turn.audio for turn in storage.load_conversation("2026").conversation.turns] == [
        None,
        "audio/turn-02-customer.wav",
    ]
    assert wav_frames(files["audio"]) == 1_700
    silent = storage.save_conversation(conversation_of(call_plan("silent"), turns), summarise(turns))
    assert "audio" not in silent
    assert not list(silent["folder"].rglob("*.wav"))


def test_metrics_that_are_lost_come_from_the_turns(storage: LocalStorage) -> None:
    files = save(storage, "one")
    files["metrics"].write_text("{", "utf-8")
    stored = storage.load_conversation("one")
    assert stored.metrics == summarise(stored.conversation.turns)
    assert stored.metrics.turns == 2


layouts = st.lists(
    st.tuples(st.sampled_from(list(Role)), st.integers(0, 900), st.integers(1, 1_500)), min_size=1, max_size=6
)


@settings(max_examples=25)
@given(layouts, st.sampled_from([997, 8_000, 22_050, 24_000]))
def test_file_and_transcript_agree_to_one_sample(layout: list[tuple[Role, int, int]], rate: int) -> None:
    turns: list[tuple[Turn, Sound]] = []
    start = 0
    for number, (speaker, step, frames) in enumerate(layout, 1):
        start += step  # steps are often shorter than the turn before: overlaps of both kinds
        turns.append((said(number, start, frames, rate, speaker), sound(number, frames)))
    with tempfile.TemporaryDirectory() as folder:
        storage = LocalStorage(Path(folder))
        conversation = conversation_of(call_plan(rate=rate), [turn for turn, _ in turns])
        files = storage.save_conversation(
            conversation, summarise(conversation.turns), {turn.turn: pcm for turn, pcm in turns}
        )
        assert np.array_equal(read_wav(files["audio"])[0], mixed(turns, rate))
        stored = storage.load_conversation(conversation.call_id)
        for turn in stored.conversation.turns:
            assert turn.audio is not None
            length = (turn.end_s - turn.start_s) * rate
            assert abs(wav_frames(files["folder"] / turn.audio) - length) < 1
        assert abs(stored.conversation.duration_s * rate - wav_frames(files["audio"])) < 1


# ------------------------------------------------------------------ metrics


def test_metrics_are_what_their_definitions_say() -> None:
    turns = [said(1, 0, RATE), said(2, RATE + 4_000, 3 * RATE), said(3, 4 * RATE, RATE)]
    turns[2] = turns[2].model_copy(
        update={"metrics": turns[2].metrics.model_copy(update={"completion_tokens": None, "attempts": 3})}
    )
    metrics = summarise(turns[::-1], time_to_first_audio_s=0.5)
    assert (metrics.turns, metrics.duration_s) == (3, 5.0)
    assert (metrics.support.turns, metrics.support.words, metrics.support.talk_s) == (2, 12, 2.0)
    assert metrics.support.words_per_minute == 360
    assert metrics.customer.talk_share == pytest.approx(0.6)
    assert (metrics.gap_median_s, metrics.gap_max_s) == (0.0, 0.5)  # the third begins half a second too early
    assert metrics.llm_ttft_p50_s == pytest.approx(0.2)
    assert (metrics.prompt_tokens, metrics.completion_tokens, metrics.cost_usd) == (300, None, None)
    assert (metrics.characters, metrics.restarts) == (60, 2)
    assert (metrics.time_to_first_audio_s, metrics.making_s, metrics.starved_s, metrics.llm_p50_s) == (
        0.5,
        None,
        None,
        None,
    )


def test_a_call_without_turns_has_no_made_up_figures() -> None:
    metrics = summarise([])
    assert (metrics.turns, metrics.duration_s) == (0, 0.0)
    assert metrics.customer.talk_share is metrics.support.words_per_minute is metrics.gap_median_s is None
    one = summarise([said(1, 0, 100)])
    assert one.gap_max_s is None
    assert one.customer.talk_share == 0.0
    assert one.customer.words_per_minute is None


# ------------------------------------------------------------------ killed processes


@posix_only
def test_a_killed_process_loses_nothing_that_was_complete(base: Path, storage: LocalStorage) -> None:
    dice = random.Random(20_260_102)
    expected = {turn.turn: pcm for turn, pcm in dialogue(6)}
    recovered = 0
    with process("fork_on_request", base) as zygote:
        assert zygote.stdin is not None
        for number in range(20):
            call_id = f"killed-{number:02d}"
            zygote.stdin.write(f"{call_id}\n")
            zygote.stdin.flush()
            child = int(line(zygote).removeprefix("pid "))
            told = [line(zygote) for _ in range(dice.randrange(8))]
            for _ in range(dice.randrange(40_000)):
                pass
            os.kill(child, signal.SIGKILL)
            while (more := line(zygote)) != "dead":
                told.append(more)

            complete = {int(text.removeprefix("turn ")) for text in told if text.startswith("turn ")}
            state = states(storage).get(call_id)
            if "whole" in told:
                assert state is CallState.WHOLE
            elif "opened" in told:
                assert state in {CallState.INTERRUPTED, CallState.WHOLE}
            if state is CallState.INTERRUPTED:
                with pytest.raises(StorageError, match=r"interrupted.*recover"):
                    storage.load_conversation(call_id)
            if not complete and state is not CallState.WHOLE:
                continue
            stored = storage.recover_conversation(call_id)
            recovered += state is CallState.INTERRUPTED
            kept = {turn.turn: turn for turn in stored.conversation.turns}
            assert complete <= set(kept)
            assert stored.conversation.end_reason is (
                EndReason.COMPLETED if state is CallState.WHOLE else EndReason.INTERRUPTED
            )
            folder = base / call_id
            for turn in kept.values():
                assert turn.audio is not None
                assert np.array_equal(read_wav(folder / turn.audio)[0], expected[turn.turn])
            whole = mixed([(turn, expected[turn.turn]) for turn in kept.values()])
            assert np.array_equal(read_wav(folder / "audio/call.wav")[0], whole)
            assert stored.metrics.turns == len(kept)
            assert states(storage)[call_id] is CallState.WHOLE
            assert not list(folder.rglob(".*.part"))
    assert recovered >= 5  # else the dice never met a call in the making


def test_a_call_being_made_is_left_alone_until_its_process_dies(base: Path, storage: LocalStorage) -> None:
    with process("hold", base) as other:
        assert line(other) == "holding"
        (summary,) = storage.list_conversations()
        assert (summary.state, summary.turns, summary.customer) == (CallState.BEING_MADE, 1, "Anna Ångström")
        for forbidden in (storage.delete_conversation, storage.recover_conversation, storage.load_conversation):
            with pytest.raises(StorageError, match="being made"):
                forbidden(summary.call_id)
        other.kill()
        other.wait()
        assert states(storage) == {summary.call_id: CallState.INTERRUPTED}
        assert len(storage.recover_conversation(summary.call_id).conversation.turns) == 1
        assert states(storage) == {summary.call_id: CallState.WHOLE}


def test_two_processes_share_a_folder(base: Path, storage: LocalStorage) -> None:
    with process("contend", base) as one, process("contend", base) as two:
        seen = {summary.state for _ in range(5) for summary in storage.list_conversations()}
        told = [one.communicate()[0].splitlines(), two.communicate()[0].splitlines()]
    won = [text.removeprefix("made ") for text in told[0] + told[1] if text.startswith("made ")]
    refused = [text for text in told[0] + told[1] if text.startswith("refused ")]
    assert sorted(won) == [f"contended-{number:02d}" for number in range(12)]
    assert len(refused) == 12
    assert all("already" in text for text in refused)
    assert CallState.BROKEN not in seen
    assert set(states(storage).values()) == {CallState.WHOLE}
    for call_id in won:
        assert len(storage.load_conversation(call_id).conversation.turns) == 2


# ------------------------------------------------------------------ recovering


def interrupted(storage: LocalStorage, turns: int = 3) -> Path:
    writer = storage.open_call(call_plan())
    for turn, pcm in dialogue(turns):
        writer.write_turn(turn, pcm)
    writer.close()
    return writer.path


@posix_only
def test_a_turn_is_on_the_disk_before_it_counts_as_complete(
    storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(os.fstat(file).st_ino))
    writer = storage.open_call(call_plan())
    for turn, pcm in dialogue(2):
        before = len(synced)
        written = writer.write_turn(turn, pcm)
        assert written.audio is not None
        files = (writer.path / written.audio, writer.path / "journal.jsonl")
        assert synced[before:] == [file.stat().st_ino for file in files]
    writer.close()


def test_recovery_steps_over_what_is_torn_or_missing(storage: LocalStorage) -> None:
    folder = interrupted(storage, turns=5)
    (folder / "audio/turn-02-customer.wav").unlink()
    cut = folder / "audio/turn-03-support.wav"
    cut.write_bytes(cut.read_bytes()[:-2])
    (folder / "audio/turn-04-customer.wav").write_bytes(b"")
    (folder / "audio/.turn-06-customer.wav.0.part").write_bytes(b"half")
    with (folder / "journal.jsonl").open("ab") as journal:
        journal.write(b'{"kind": "turn", "turn": 6, "speaker": "custo')
    stored = storage.recover_conversation(folder.name)
    assert [turn.turn for turn in stored.conversation.turns] == [1, 5]
    turns = dialogue(5)
    assert np.array_equal(read_wav(folder / "audio/call.wav")[0], mixed([turns[0], turns[4]]))
    assert not (folder / "audio/.turn-06-customer.wav.0.part").exists()
    assert storage.recover_conversation(folder.name) == stored  # a second time changes nothing


def test_a_turn_written_again_counts_once(storage: LocalStorage) -> None:
    writer = storage.open_call(call_plan())
    writer.write_turn(said(1, 0, 500), sound(1, 500))
    writer.write_turn(said(1, 0, 400), sound(2, 400))
    writer.close()
    stored = storage.recover_conversation(writer.path.name)
    assert [turn.end_s for turn in stored.conversation.turns] == [400 / RATE]
    assert np.array_equal(read_wav(writer.path / "audio/call.wav")[0][:, 1], sound(2, 400))


def test_a_turn_written_again_without_sound_is_silent(storage: LocalStorage) -> None:
    writer = storage.open_call(call_plan())
    writer.write_turn(said(1, 0, 500), sound(1, 500))
    turn = writer.write_turn(said(1, 0, 500), sound(1, 0))
    assert turn.audio is None
    writer.finish(conversation_of(call_plan(), [turn]), summarise([turn]))
    assert storage.load_conversation("2026").conversation.turns[0].audio is None


def test_what_holds_no_complete_turn_can_only_be_removed(storage: LocalStorage) -> None:
    folder = interrupted(storage, turns=0)
    assert states(storage) == {folder.name: CallState.INTERRUPTED}
    with pytest.raises(StorageError, match=r"no turn of it was complete.*vcg conversations delete"):
        storage.recover_conversation(folder.name)
    assert states(storage) == {folder.name: CallState.INTERRUPTED}
    (folder / "journal.jsonl").write_bytes(b'{"kind": "ca')
    with pytest.raises(StorageError, match="no turn of it was complete"):
        storage.recover_conversation(folder.name)
    storage.delete_conversation(folder.name)
    assert storage.list_conversations() == []


# ------------------------------------------------------------------ lists, ids, deleting


def test_many_calls_are_listed_newest_first_and_no_broken_one_hides_the_rest(base: Path, storage: LocalStorage) -> None:
    files = save(storage, "call-000", turns=3)
    text = files["conversation"].read_text("utf-8")
    for number in range(1, 300):
        folder = base / f"call-{number:03d}"
        folder.mkdir()
        created = call_plan(minute=number).created_at.isoformat().replace("+00:00", "Z")
        changed = text.replace("call-000", folder.name).replace("2026-01-02T03:00:00Z", created)
        (folder / "conversation.json").write_text(changed, "utf-8")
    (base / "call-007/conversation.json").write_text(text[:500], "utf-8")
    (base / "call-008/conversation.json").write_bytes(b"\xff\xfe")
    (base / "call-009/conversation.json").write_text("[]", "utf-8")
    (base / "call-012/conversation.json").write_text(text[:-100], "utf-8")
    (base / "call-010/conversation.json").unlink()
    (base / "call-010/conversation.json").mkdir()
    compact = json.dumps(json.loads((base / "call-011/conversation.json").read_text("utf-8")))
    (base / "call-011/conversation.json").write_text(compact, "utf-8")
    (base / "notes.txt").write_text("mine", "utf-8")
    (base / "not a call").mkdir()

    summaries = storage.list_conversations()
    assert len(summaries) == 300
    broken = {f"call-{number:03d}" for number in (7, 8, 9, 10, 12)}
    assert {summary.call_id for summary in summaries if summary.state is CallState.BROKEN} == broken
    assert all(summary.problem for summary in summaries if summary.state is CallState.BROKEN)
    whole = [summary for summary in summaries if summary.state is CallState.WHOLE]
    assert [summary.call_id for summary in whole] == sorted((summary.call_id for summary in whole), reverse=True)
    assert len(whole) == 295
    for summary in whole:
        assert (summary.turns, summary.customer, summary.support) == (3, "Anna Ångström", "Tier-1 support")
        assert summary.end_reason is EndReason.COMPLETED
    for name in broken:
        with pytest.raises(StorageError):
            storage.load_conversation(name)


def test_no_text_in_a_call_can_change_how_it_is_listed(storage: LocalStorage) -> None:
    evil = '",\n  "turns": [\n    {\n      "turn": 9\n  ]\n}\n'
    turns = [said(1, 0, 800).model_copy(update={"text": evil})]
    conversation = conversation_of(call_plan(), turns).model_copy(update={"end_detail": evil})
    storage.save_conversation(conversation, summarise(turns))
    (summary,) = storage.list_conversations()
    assert (summary.state, summary.turns) == (CallState.WHOLE, 1)


def test_a_call_is_found_by_a_unique_beginning_of_its_id(storage: LocalStorage) -> None:
    for call_id in ("20260101-anna-aaaaaa", "20260102-anna-bbbbbb", "20260102-tom-cccccc"):
        save(storage, call_id)
    assert storage.load_conversation("20260101").conversation.call_id == "20260101-anna-aaaaaa"
    with pytest.raises(StorageError, match=r"2 calls begin with '20260102': 20260102-anna-bbbbbb, 20260102-tom-cccccc"):
        storage.delete_conversation("20260102")
    with pytest.raises(StorageError, match=r"no call '20260102-ana-bbbbbb' in .*nearest: 20260102-anna-bbbbbb"):
        storage.load_conversation("20260102-ana-bbbbbb")
    with pytest.raises(StorageError, match="There is no call 'tom'"):
        storage.load_conversation("tom")
    with pytest.raises(StorageError, match="There is no call ''"):
        storage.delete_conversation("")
    storage.delete_conversation("20260102-t")
    assert sorted(states(storage)) == ["20260101-anna-aaaaaa", "20260102-anna-bbbbbb"]


@pytest.mark.parametrize("outside", ["../precious", "..", ".", "/", "call/../../precious", "call/audio"])
def test_no_id_leads_out_of_the_folder(base: Path, storage: LocalStorage, outside: str) -> None:
    save(storage, "call")
    precious = base.parent / "precious"
    precious.mkdir()
    (precious / "conversation.json").write_bytes((base / "call/conversation.json").read_bytes())
    for asked in (storage.load_conversation, storage.delete_conversation, storage.recover_conversation):
        with pytest.raises(StorageError, match="There is no call"):
            asked(outside)
    with pytest.raises(StorageError, match="can't be the id"):
        storage.open_call(call_plan(outside))
    assert files_in(precious) == {"conversation.json"}
    assert states(storage) == {"call": CallState.WHOLE}


def test_a_call_id_is_used_once(storage: LocalStorage) -> None:
    save(storage, "call")
    before = storage.load_conversation("call")
    with pytest.raises(StorageError, match=r"call call in .* already"):
        storage.open_call(call_plan("call"))
    with pytest.raises(StorageError, match="already"):
        save(storage, "call", turns=1)
    assert storage.load_conversation("call") == before


def test_deleting_leaves_nothing_and_sweeps_up_after_a_killed_deletion(base: Path, storage: LocalStorage) -> None:
    save(storage, "call")
    (base / ".deleting-old-1234").mkdir()
    (base / ".deleting-old-1234/conversation.json").write_text("{}", "utf-8")
    assert states(storage) == {"call": CallState.WHOLE}
    storage.delete_conversation("call")
    assert list(base.iterdir()) == []


def test_a_folder_that_does_not_exist_yet_holds_no_calls(storage: LocalStorage, base: Path) -> None:
    assert storage.list_conversations() == []
    with pytest.raises(StorageError, match="There is no call 'x'"):
        storage.load_conversation("x")
    assert not base.exists()


# ------------------------------------------------------------------ when the disk refuses


def one_line(error: pytest.ExceptionInfo[StorageError], *named: object) -> None:
    text = str(error.value)
    assert "\n" not in text
    assert error.value.hint
    for name in named:
        assert str(name) in text


@linux_only
def test_a_full_disk_is_named_and_the_earlier_turns_are_intact(base: Path, storage: LocalStorage) -> None:
    with process("fill_the_disk", base) as other:
        said_by_it = other.communicate()[0].splitlines()
    folder = base / call_plan().call_id
    assert len(said_by_it) == 3
    for text in said_by_it[:2]:
        assert text.startswith(f"refused Can't store turn 2: no space left for {folder}. Free some space")
    assert said_by_it[2] == "grown 0"
    assert [turn.turn for turn in storage.recover_conversation(folder.name).conversation.turns] == [1]
    assert "audio/turn-02-customer.wav" not in files_in(folder)


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.write_text("mine", "utf-8")
    for base in (file, file / "conversations"):
        with pytest.raises(StorageError) as error:
            LocalStorage(base).open_call(call_plan())
        one_line(error, base, "a file", "STORAGE_BASE_PATH")
    with pytest.raises(StorageError) as error:
        LocalStorage(file).list_conversations()
    one_line(error, file)
    assert file.read_text("utf-8") == "mine"


@linux_only
def test_a_folder_without_write_access_is_named() -> None:
    base = Path("/sys/vcg-calls")  # even root makes no folder there
    with pytest.raises(StorageError) as error:
        LocalStorage(base).open_call(call_plan())
    one_line(error, base, "denied", "permissions")


def test_a_folder_that_vanishes_is_named(storage: LocalStorage, base: Path) -> None:
    writer = storage.open_call(call_plan())
    (turn, pcm), *_ = dialogue(1)
    writer.write_turn(turn, pcm)
    shutil.rmtree(base)
    for sounds in (pcm, sound(0, 0)):
        with pytest.raises(StorageError) as error:
            writer.write_turn(said(2, 3_000, len(sounds)), sounds)
        one_line(error, writer.path, "vanished")
    with pytest.raises(StorageError) as error:
        writer.finish(conversation_of(call_plan(), [turn]), summarise([turn]))
    one_line(error, writer.path, "vanished")
    writer.close()
    assert not base.exists()


def test_a_call_that_can_not_be_saved_at_once_leaves_nothing(base: Path, storage: LocalStorage) -> None:
    turns = [said(1, 0, 800)]
    plan = call_plan(rate=8_000)
    bad = Conversation.of(plan, turns, EndReason.COMPLETED).model_copy(
        update={"plan": plan.details.model_copy(update={"sample_rate": 2**33})}
    )
    with pytest.raises(Exception):  # noqa: B017  whatever it is, the folder is cleaned
        storage.save_conversation(bad, summarise(turns), {1: sound(1, 800)})
    assert list(base.iterdir()) == []
