"""Notes to calls, and lists of thousands of them."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sample_calls import call_plan, conversation_of, dialogue
from vcg_tui.errors import StorageError
from vcg_tui.models.conversation import CallNotes, CallState, CallSummary, ModelChoice
from vcg_tui.models.summary import summarise
from vcg_tui.providers.storage import index, listing
from vcg_tui.providers.storage.local import LocalStorage

NOTES = CallNotes(title="The one with the refund", tags=["refund", "angry"], starred=True)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return tmp_path / "calls"


@pytest.fixture
def storage(base: Path) -> LocalStorage:
    return LocalStorage(base)


def save(storage: LocalStorage, call_id: str) -> Path:
    made = dialogue(2)
    conversation = conversation_of(call_plan(call_id), [turn for turn, _ in made])
    return storage.save_conversation(conversation, summarise(conversation.turns))["folder"]


def many(storage: LocalStorage, count: int) -> list[str]:
    """Whole calls, a minute apart, the oldest first."""
    first = save(storage, "call-0000")
    text = (first / "conversation.json").read_text("utf-8")
    for number in range(1, count):
        folder = storage.base_path / f"call-{number:04d}"
        folder.mkdir()
        created = call_plan(minute=number).created_at.isoformat().replace("+00:00", "Z")
        changed = text.replace("call-0000", folder.name).replace("2026-01-02T03:00:00Z", created)
        (folder / "conversation.json").write_text(changed, "utf-8")
    return [f"call-{number:04d}" for number in range(count)]


def listed(base: Path) -> dict[str, CallSummary]:
    return {summary.call_id: summary for summary in LocalStorage(base).list_conversations()}


# ------------------------------------------------------------------ notes


def test_notes_are_kept_beside_the_call_and_told_wherever_it_is_shown(storage: LocalStorage) -> None:
    folder = save(storage, "call")
    (plain,) = storage.list_conversations()
    assert plain.notes == CallNotes()
    assert storage.annotate("ca", NOTES).notes == NOTES
    (summary,) = storage.list_conversations()
    assert (summary.title, summary.tags, summary.starred) == (NOTES.title, NOTES.tags, True)
    assert summary == plain.model_copy(update=dict(NOTES))
    assert storage.load_conversation("call").notes == NOTES
    assert json.loads((folder / "notes.json").read_text("utf-8")) == NOTES.model_dump()
    assert storage.annotate("call", CallNotes()) == plain
    assert not list(folder.rglob("*.part"))


def test_a_summary_tells_by_whom_the_call_was_made(storage: LocalStorage) -> None:
    save(storage, "call")
    plan = call_plan("other")
    details = plan.details.model_copy(update={"support_llm": ModelChoice(provider="openai", model="gpt")})
    made = conversation_of(plan.model_copy(update={"details": details}), [turn for turn, _ in dialogue(1)])
    path = storage.save_conversation(made, summarise(made.turns))["conversation"]
    writer = storage.open_call(call_plan("being"))
    found = listed(storage.base_path)
    assert {call.customer_id + call.support_id for call in found.values()} == {"annatier1"}
    assert {call.tts for call in found.values()} == {"espeak"}
    assert (found["call"].llm, found["other"].llm, found["being"].llm) == ("offline", "offline / openai gpt", "offline")
    path.write_text(json.dumps(json.loads(path.read_text("utf-8"))), "utf-8")  # not as this program lays it out
    assert listed(storage.base_path)["other"] == found["other"]
    writer.close()


@pytest.mark.parametrize(
    "broken", [b"", b"{", b"[]", b"\xff", b'{"title": 5}', b'{"tags": "a"}', b'{"starred": "perhaps"}']
)
def test_broken_notes_are_as_none(storage: LocalStorage, broken: bytes) -> None:
    folder = save(storage, "call")
    (folder / "notes.json").write_bytes(broken)
    (summary,) = storage.list_conversations()
    assert (summary.state, summary.notes) == (CallState.WHOLE, CallNotes())
    assert storage.load_conversation("call").notes == CallNotes()
    assert storage.annotate("call", NOTES).notes == NOTES


def test_notes_are_one_line_and_no_tag_comes_twice() -> None:
    notes = CallNotes(title=" A\x1b[2J\n  b\udc80 ", tags=["Refund", " refund", "", "\t", "two  words"])
    assert notes.title == "A [2J b"
    assert notes.tags == ["Refund", "two words"]
    assert CallNotes(title="👩‍💻 нет").title == "👩‍💻 нет"


def test_notes_to_what_can_not_take_them(storage: LocalStorage) -> None:
    folder = save(storage, "call")
    with pytest.raises(StorageError, match="There is no call 'no'"):
        storage.annotate("no", NOTES)
    (folder / "notes.json").mkdir()
    with pytest.raises(StorageError, match="store the notes to call call"):
        storage.annotate("call", NOTES)
    assert [path.name for path in folder.glob(".*.part")] == []


def test_notes_survive_an_interrupted_calls_recovery(storage: LocalStorage) -> None:
    writer = storage.open_call(call_plan("call"))
    for turn, pcm in dialogue(2):
        writer.write_turn(turn, pcm)
    writer.close()
    assert storage.annotate("call", NOTES).state is CallState.INTERRUPTED
    assert storage.recover_conversation("call").notes == NOTES


# ------------------------------------------------------------------ thousands


def test_a_list_of_five_thousand_is_quick_and_right(storage: LocalStorage, base: Path) -> None:
    calls = many(storage, 5_000)
    times: list[float] = []
    for _ in range(3):
        began = time.process_time()  # of this process: a machine that others use makes no list slower
        summaries = LocalStorage(base).list_conversations()
        times.append(time.process_time() - began)
        assert [summary.call_id for summary in summaries] == calls[::-1]
    print(f"listing 5,000 calls: first {times[0]:.2f} s, then {times[1]:.2f} s, {times[2]:.2f} s of CPU")
    assert min(times[1:]) < times[0]
    assert summaries[0].path == str(base / calls[-1])

    # One call noted, one changed, one removed, one broken, one more: each is seen, by whoever has listed before or not.
    storage.annotate(calls[1], NOTES)
    changed = base / calls[2] / "conversation.json"
    text = changed.read_text("utf-8")
    changed.write_text(text.replace("Anna Ångström", "Lena Ångström"), "utf-8")
    shutil.rmtree(base / calls[3])
    (base / calls[4] / "conversation.json").write_text(text[:99], "utf-8")
    save(storage, "newer")
    found = listed(base)
    assert len(found) == 5_000
    assert found[calls[1]].notes == NOTES
    assert found[calls[2]].customer == "Lena Ångström"
    assert calls[3] not in found
    assert found[calls[4]].state is CallState.BROKEN
    assert found["newer"].state is CallState.WHOLE
    (base / calls[1] / "notes.json").unlink()
    assert listed(base)[calls[1]].notes == CallNotes()


@pytest.fixture
def indexed(storage: LocalStorage, base: Path) -> dict[str, CallSummary]:
    """A hundred calls, and their index."""
    many(storage, 100)
    found = listed(base)
    assert (base / index.NAME).exists()
    return found


def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the folders that are looked into from now on."""
    names: list[str] = []
    real = index.summarise_folder

    def look(folder: Path) -> CallSummary | None:
        names.append(folder.name)
        return real(folder)

    monkeypatch.setattr(index, "summarise_folder", look)
    return names


def test_what_has_not_changed_is_not_opened(
    base: Path, indexed: dict[str, CallSummary], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = opened(monkeypatch)
    assert listed(base) == indexed
    assert names == []
    kept = (base / "call-0007" / "conversation.json").stat()
    text = (base / "call-0007" / "conversation.json").read_text("utf-8")
    (base / "call-0007" / "new.json").write_text(text.replace("Anna Å", "Lena Å"), "utf-8")
    (base / "call-0007" / "new.json").replace(base / "call-0007" / "conversation.json")
    os.utime(base / "call-0007" / "conversation.json", ns=(kept.st_atime_ns, kept.st_mtime_ns))
    assert listed(base)["call-0007"].customer == "Lena Ångström"  # though it is as long and as old as before
    assert names == ["call-0007"]


def _spoil(text: str) -> list[bytes]:
    other = json.loads(text)
    other["layout"] = "something,else"
    for entry in other["calls"].values():
        entry["summary"]["customer"] = "Nobody"
    wrong = json.loads(text)
    wrong["calls"]["call-0000"]["summary"]["turns"] = "many"
    return [
        b"",
        b"\xff\xfe",
        text[: len(text) // 2].encode(),
        b"[]",
        json.dumps(other).encode(),
        json.dumps(wrong).encode(),
    ]


def test_an_index_that_is_broken_or_missing_is_made_anew(
    base: Path, indexed: dict[str, CallSummary], monkeypatch: pytest.MonkeyPatch
) -> None:
    good = (base / index.NAME).read_bytes()
    names = opened(monkeypatch)
    for spoilt in _spoil(good.decode()):
        (base / index.NAME).write_bytes(spoilt)
        assert listed(base) == indexed
        assert len(names) == 100
        names.clear()
        assert listed(base) == indexed
        assert names == []
    (base / index.NAME).unlink()
    assert listed(base) == indexed
    assert json.loads((base / index.NAME).read_bytes()) == json.loads(good)


def test_a_place_that_can_not_take_an_index_is_listed_all_the_same(base: Path, indexed: dict[str, CallSummary]) -> None:
    (base / index.NAME).unlink()
    (base / index.NAME).mkdir()
    assert listed(base) == indexed
    assert listed(base) == indexed
    assert not list(base.glob("*.part"))


def test_a_folder_of_calls_can_be_moved_with_its_index(base: Path, indexed: dict[str, CallSummary]) -> None:
    elsewhere = base.rename(base.with_name("elsewhere"))
    for name, call in listed(elsewhere).items():
        assert call == indexed[name].model_copy(update={"path": str(elsewhere / name)})


def test_a_few_calls_leave_no_index_behind(storage: LocalStorage, base: Path) -> None:
    many(storage, 10)
    assert len(listed(base)) == 10
    assert not (base / index.NAME).exists()


def test_what_is_not_whole_is_never_taken_from_the_index(
    storage: LocalStorage, base: Path, indexed: dict[str, CallSummary]
) -> None:
    writer = storage.open_call(call_plan("call-new"))
    assert listed(base)["call-new"].state is CallState.BEING_MADE
    writer.close()
    assert listed(base)["call-new"].state is CallState.INTERRUPTED
    (base / "call-0005" / "conversation.json").unlink()
    assert "call-0005" not in listed(base)


def _annotate_and_list(base: str, mine: int) -> int:
    storage = LocalStorage(Path(base))
    for round_ in range(15):
        call_id = f"call-{mine:04d}"
        storage.annotate(call_id, CallNotes(title=f"{mine} {round_}"))
        (Path(base) / index.NAME).unlink(missing_ok=True)
        found = {call.call_id: call for call in storage.list_conversations()}
        if len(found) != 100 or found[call_id].title != f"{mine} {round_}":
            return round_
    return -1


def test_several_processes_note_and_list_at_once(base: Path, indexed: dict[str, CallSummary]) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.starmap(_annotate_and_list, [(str(base), 1), (str(base), 2)]) == [-1, -1]
    found = listed(base)
    assert {call.title for call in found.values()} == {"", "1 14", "2 14"}
    assert not list(base.glob("*.part"))


# ------------------------------------------------------------------ the command line


def test_a_call_is_tagged_and_listed_with_it(
    storage: LocalStorage, base: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from vcg_tui.cli.commands import run

    def vcg(*arguments: str) -> tuple[int, str, str]:
        code = run(["conversations", *arguments, "--out", str(base)])
        out, err = capfd.readouterr()
        return code, out, err

    save(storage, "call-one")
    save(storage, "call-two")
    row: Callable[[str], list[str]] = lambda name: next(  # noqa: E731
        line.split("\t") for line in vcg("list")[1].splitlines() if line.startswith(name)
    )
    assert len(row("call-one")) == 8
    assert vcg("tag", "call-o") == (0, "call-one  no notes\n", "")
    assert vcg("tag", "call-o", "--title", "A b", "--tag", "x", "--tag", "y y", "--star") == (
        0, "call-one  ★ A b #x #y y\n", "",
    )  # fmt: skip
    assert row("call-one")[8] == "★ A b #x #y y"
    assert row("call-two")[8] == ""
    assert vcg("tag", "call-o", "--no-star", "--tag", "")[1] == "call-one  A b\n"
    told = json.loads(vcg("tag", "call-o", "--json")[1])
    assert told == {"call_id": "call-one", "title": "A b", "tags": [], "starred": False}
    assert json.loads(vcg("list", "--json")[1])[1]["title"] == "A b"
    code, out, err = vcg("tag", "nothing", "--star")
    assert (code, out) == (1, "")
    assert err.startswith("vcg: There is no call 'nothing'")


def test_the_newest_come_without_a_look_at_the_others(storage: LocalStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    many(storage, 12)
    (storage.base_path / "zzz-no-call").mkdir()
    looked_at: list[str] = []

    def look(folder: Path) -> CallSummary | None:
        looked_at.append(folder.name)
        return listing.summarise_folder(folder)

    monkeypatch.setattr("vcg_tui.providers.storage.local.summarise_folder", look)
    newest = storage.newest_conversations(4)
    assert [call.call_id for call in newest] == ["call-0011", "call-0010", "call-0009"]
    assert len(looked_at) == 4
    assert newest == storage.list_conversations()[:3]
    assert LocalStorage(storage.base_path / "nowhere").newest_conversations(4) == []
