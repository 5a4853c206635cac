"""The `vcg` command: quick to answer, one line for every mistake, JSON for programs."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.vcg_command import ROOT, Inside, Vcg, ended, one_line, the_json
from vcg_tui.audio.files import read_wav
from vcg_tui.cli.printing import TranscriptPrinter
from vcg_tui.models.role import Role

HEAVY = {"textual", "openai", "elevenlabs", "aiohttp", "sounddevice"}


@pytest.fixture
def vcg(tmp_path: Path) -> Vcg:
    return Vcg(tmp_path)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with one call, and the call's id."""
    vcg = Vcg(tmp_path_factory.mktemp("kept"))
    home = {"VCG_HOME": str(vcg.folder / "home")}
    done = vcg("generate", "--no-play", "--seed", 7, "--max-turns", 4, "--json", env=home)
    return vcg.calls, the_json(done)["call_id"]


# ------------------------------------------------------------------ start


def test_help_is_there_at_once(vcg: Vcg) -> None:
    vcg("--help")  # the first run writes what Python compiles
    times: list[float] = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        vcg("--help")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        # It waits for nothing, so on an idle machine this is how long it takes; on a busy one it still is.
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert 0 < min(times) < 0.4


@pytest.mark.parametrize(
    "arguments", [["--help"], ["generate", "--no-play", "--no-save", "--max-turns", "2"], ["personas", "list"]]
)
def test_what_a_command_does_not_need_is_not_imported(vcg: Vcg, arguments: list[str]) -> None:
    snippet = (
        "import sys; from vcg_tui.cli.commands import run\n"
        "code = run(sys.argv[1:])\n"
        f"print(code, sorted({HEAVY!r} & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", snippet, *arguments],
        cwd=vcg.folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr.splitlines()[-1] == "0 []"


def test_every_command_has_help(inside: Inside) -> None:
    code, out, _ = inside("--help")
    assert code == 0
    for command in ("generate", "personas", "voices", "preview", "conversations", "config", "doctor"):
        assert command in out
        code, told, err = inside(command, "-h")
        assert (code, err) == (0, "")
        assert f"{command} [OPTIONS]" in told


def test_version(inside: Inside) -> None:
    code, out, _ = inside("--version")
    assert code == 0
    assert out.startswith("vcg 0.")


# ------------------------------------------------------------------ mistakes

MISTAKES = [
    (["bogus"], "No such command 'bogus'"),
    (["generate", "--bogus"], "No such option: --bogus"),
    (["generate", "--max-turns", "-3"], "--max-turns: call.max_turns: -3 must be greater than or equal to 2"),
    (["generate", "--max-turns", "many"], "Invalid value for '--max-turns': "),
    (["generate", "--seed", "-1"], "--seed: call.seed: -1 must be greater than or equal to 0"),
    (["generate", "--customer", "nobody-at-all"], "There is no customer persona 'nobody-at-all'"),
    (["generate", "--support", "nobody-at-all"], "There is no support persona 'nobody-at-all'"),
    (["--config", "none.yaml", "generate"], "none.yaml: there is no such file"),
    (["--config", "typo.yaml", "generate"], "typo.yaml: call.max_truns: there is no such setting. Did you mean max_tu"),
    (["voices", "--provider", "espaek"], "There is no tts provider named 'espaek'. Did you mean espeak? There a"),
    (["voices", "--provider", "nope"], "There is no tts provider named 'nope'. There are: elevenlabs, espeak, openai"),
    (["preview", "anna-reyes", "--out", "a.mp3"], "a.mp3: only WAV can be written. Name it a.wav."),
    (["generat"], "No such command 'generat'. Did you mean 'generate'? See: vcg --help"),
    (["generate", "--seed", "99999999999999999999"], "--seed: call.seed: 99999999999999999999 must be less than or"),
    (["--config", "many.yaml", "generate"], "many.yaml: call.max_turns: 'many' must be a whole number."),
    (["--config", "inner.yaml", "generate"], "inner.yaml: personas.zzz: there is no such setting. There is only fol"),
    (["preview"], "Missing argument 'PERSONA'"),
    (["preview", "anna-reyes", "--out", "typo.yaml/x.wav"], "Can't write typo.yaml/x.wav: Not a directory"),
    (["conversations", "list", "--limit", "-1"], "Invalid value for '--limit': "),
]


@pytest.mark.parametrize(("arguments", "told"), MISTAKES)
def test_a_mistake_is_one_line_and_exit_code_2(inside: Inside, tmp_path: Path, arguments: list[str], told: str) -> None:
    (tmp_path / "typo.yaml").write_text("call: {max_truns: 3}\n")
    (tmp_path / "many.yaml").write_text("call: {max_turns: many}\n")
    (tmp_path / "inner.yaml").write_text("personas: {zzz: 3}\n")
    code, out, err = inside(*arguments)
    *before, line = err.splitlines()
    assert code == 2
    assert line.startswith(f"vcg: {told}")
    if arguments[0] != "preview":  # it says the line before it is written
        assert (out, before) == ("", [])
    assert not (tmp_path / "data").exists()


def test_a_wrong_variable_is_one_line_and_exit_code_2(vcg: Vcg) -> None:
    line = one_line(vcg("generate", code=2, env={"VCG_CALL__MAX_TRUNS": "3"}))
    assert line.startswith("VCG_CALL__MAX_TRUNS: there is no setting by this name. Did you mean VCG_CALL__MAX_TURNS?")


@pytest.mark.parametrize("arguments", [["config", "path"], ["personas", "list"]])  # little output, and much
def test_output_that_nobody_takes(vcg: Vcg, arguments: list[str]) -> None:
    reader, gone = os.pipe()
    os.close(reader)
    full = os.open("/dev/full", os.O_WRONLY)
    for out, told in ((gone, ""), (full, "vcg: No space left on device.\n")):
        done = subprocess.run(
            [sys.executable, "-m", "vcg_tui", *arguments],
            cwd=vcg.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": ""},
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        os.close(out)
        assert (done.returncode, done.stderr) == (1, told)


def test_letters_that_the_output_lacks(vcg: Vcg) -> None:
    ascii_only = {"PYTHONIOENCODING": "ascii"}
    assert "H?ctor" in vcg("personas", "list", env=ascii_only).stdout
    listed = the_json(vcg("personas", "list", "--json", env=ascii_only))
    assert "Héctor Álvarez" in [persona["name"] for persona in listed["personas"]]


def test_a_models_control_characters_do_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    printer = TranscriptPrinter(sys.stdout)
    printer.begin(Role.SUPPORT)
    for piece in ("He", "llo\x1b[2J ", "there.\x07"):
        printer.add(piece)
    printer.end()
    assert capsys.readouterr().out == "SUPPORT   Hello [2J there.\n"


# ------------------------------------------------------------------ the calls that are kept


def test_nothing_kept_yet(inside: Inside) -> None:
    assert inside("conversations", "list") == (0, "", "vcg: no call is kept here yet; make one with: vcg generate\n")
    assert inside("conversations", "list", "--json") == (0, "[]\n", "")
    assert inside("conversations", "recover") == (0, "No call is interrupted.\n", "")
    assert inside("conversations", "recover", "--json") == (0, "[]\n", "")
    for command in (["show"], ["play"], ["delete", "--yes"], ["recover"]):
        code, out, err = inside("conversations", *command, "20261122")
        assert (code, out) == (1, "")
        assert err.startswith("vcg: There is no call '20261122' in ")
        assert err.endswith("`vcg conversations list` shows the calls there are.\n")


def test_list_and_show(inside: Inside, kept: tuple[Path, str]) -> None:
    calls, call_id = kept
    code, out, err = inside("conversations", "list", "--out", calls)
    assert (code, err) == (0, "")
    (row,) = [line.split("\t") for line in out.splitlines()]
    (listed,) = json.loads(inside("conversations", "list", "--out", calls, "--json")[1])
    assert row[:5] == [call_id, "whole", listed["customer"], listed["support"], "4"]
    assert (listed["call_id"], listed["state"], listed["turns"]) == (call_id, "whole", 4)

    code, out, _ = inside("conversations", "show", call_id[:16], "--out", calls)
    assert code == 0
    assert (calls / call_id / "transcript.txt").read_text("utf-8") in out
    assert f"Kept in {calls / call_id}" in out
    shown = json.loads(inside("conversations", "show", call_id, "--out", calls, "--json")[1])
    assert shown["conversation"] == json.loads((calls / call_id / "conversation.json").read_text("utf-8"))
    assert shown["metrics"] == json.loads((calls / call_id / "metrics.json").read_text("utf-8"))
    assert shown["path"] == str(calls / call_id)


def test_play_without_a_device_is_told(vcg: Vcg, kept: tuple[Path, str]) -> None:
    nowhere = {"VCG_AUDIO__DEVICE": "a device that nobody has"}
    for arguments in (["conversations", "play", kept[1], "--out", kept[0]], ["preview", "anna-reyes"]):
        done = vcg(*arguments, code=1, env=nowhere)
        assert "No sound: the sound device 'a device that nobody has' can't be used" in done.stderr


def test_an_interrupted_call_is_marked_recovered_and_deleted(inside: Inside, kept: tuple[Path, str]) -> None:
    calls = Path("calls")
    shutil.copytree(kept[0], calls)
    (calls / kept[1] / "conversation.json").unlink()  # what is written last
    code, out, err = inside("conversations", "list", "--out", calls)
    assert (code, out.split("\t")[1]) == (0, "interrupted")
    assert "vcg conversations recover" in err
    code, _, err = inside("conversations", "show", kept[1], "--out", calls)
    assert (code, err.count("\n")) == (1, 1)
    assert f"vcg conversations recover {kept[1]}" in err

    code, out, _ = inside("conversations", "recover", "--out", calls)
    assert (code, out) == (0, f"{kept[1]}  4 turns  {calls.absolute() / kept[1]}\n")
    assert json.loads(inside("conversations", "list", "--out", calls, "--json")[1])[0]["end_reason"] == "interrupted"
    assert inside("conversations", "delete", kept[1], "--yes", "--out", calls)[0] == 0
    assert list(calls.iterdir()) == []


def test_nothing_is_deleted_where_nobody_can_be_asked(vcg: Vcg, kept: tuple[Path, str]) -> None:
    shutil.copytree(kept[0], vcg.folder / "calls")
    said = one_line(vcg("conversations", "delete", kept[1], "--out", "calls", code=2))
    assert said == f"Nobody can be asked here whether to delete {kept[1]}. Add --yes to delete it unasked."
    assert [path.name for path in (vcg.folder / "calls").iterdir()] == [kept[1]]
    vcg("conversations", "delete", kept[1], "--out", "calls", "--yes")
    assert list((vcg.folder / "calls").iterdir()) == []


# ------------------------------------------------------------------ settings and voices


def test_config(inside: Inside, vcg: Vcg, tmp_path: Path) -> None:
    code, out, _ = inside("config", "path")
    assert code == 0
    path = Path(out.strip())
    path.write_text("call: {max_turns: 11}\n")
    (tmp_path / "more.yaml").write_text("audio: {volume: 0.5}\n")
    shown = the_json(
        vcg("--config", "more.yaml", "config", "show", "--json", env={"OPENAI_API_KEY": "sk-hush", "LLM_MODEL": "m"})
    )
    assert shown["call.max_turns"] == {"value": "11", "origin": str(path)}
    assert shown["audio.volume"] == {"value": "0.5", "origin": "more.yaml"}
    assert shown["providers.llm.model"] == {"value": "m", "origin": "LLM_MODEL"}
    assert shown["keys.openai_api_key"]["value"] == "set"
    assert "sk-hush" not in json.dumps(shown)
    assert "call.max_turns\t11\t" in inside("config", "show")[1]


def test_voices(inside: Inside) -> None:
    code, out, _ = inside("voices")
    listed = json.loads(inside("voices", "--json")[1])
    assert code == 0
    assert [line.split("\t")[0] for line in out.splitlines()] == [voice["id"] for voice in listed]
    assert len(listed) >= 10
    assert {voice["gender"] for voice in listed} >= {"female", "male"}
    spoken = {language.partition("-")[0] for voice in listed for language in voice["languages"]}
    assert spoken >= {"en", "de", "fr", "es", "pt", "it", "nl", "hi"}


def test_preview_writes_a_wav(vcg: Vcg) -> None:
    done = [ended(vcg.start("preview", "anna-reyes", "--out", name)) for name in ("one.wav", "two.wav")]
    line, path = done[0].stdout.splitlines()
    assert path == "one.wav"
    assert "{" not in line
    assert done[0].stderr.startswith("Anna Reyes, voice ")
    sound, rate = read_wav(vcg.folder / "one.wav")
    assert rate == 24_000
    assert 100 < len(line.split()) / (len(sound) / rate) * 60 < 260  # words a minute
    assert (vcg.folder / "one.wav").read_bytes() == (vcg.folder / "two.wav").read_bytes()
