"""`vcg doctor`: what a call needs, each finding with its remedy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vcg_tui.cli.commands import run
from vcg_tui.paths import user_personas_dir


@pytest.fixture
def doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """`vcg doctor --json` inside this process: the exit code and the findings by name."""
    monkeypatch.chdir(tmp_path)

    def command() -> tuple[int, dict[str, dict[str, str]]]:
        code = run(["doctor", "--json"])
        return code, {finding["what"]: finding for finding in json.loads(capsys.readouterr().out)}

    return command


def test_all_is_well_from_the_start_and_nothing_is_left_behind(doctor: Any, tmp_path: Path) -> None:
    code, found = doctor()
    assert code == 0
    assert "bad" not in {finding["state"] for finding in found.values()}
    assert found["personas"]["found"].startswith("28 customers, 8 support agents")
    assert found["text, support"]["found"] == "offline (simulated, no key, no network)"
    assert found["speech"]["found"] == "espeak"
    assert found["OPENAI_API_KEY"]["state"] == "note"
    assert found["calls"]["found"].endswith("(will be made)")
    assert list(tmp_path.iterdir()) == []


def test_for_a_person_each_finding_is_a_line_with_its_remedy_below(
    doctor: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORAGE_BASE_PATH", "/proc/calls")
    assert run(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith("BAD   calls: /proc/calls can't be wr"))
    assert lines[place + 1].startswith("      Give yourself write access")
    assert lines[0].startswith("ok    vcg: 0.")


@pytest.mark.parametrize(
    ("variables", "what", "found", "remedy"),
    [
        ({"LLM_PROVIDER": "nosuch"}, "providers", "There is no llm provider named 'nosuch'.", "There are: "),
        ({"STORAGE_BASE_PATH": "a-file/calls"}, "calls", "a-file/calls can't be written to", "write access"),
        ({"VCG_PERSONAS__FOLDER": "nowhere"}, "personas", "The persona folder nowhere is not there.", "customers/"),
    ],
)
def test_what_is_bad_is_named_with_its_remedy(
    doctor: Any, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], what: str, found: str, remedy: str
) -> None:
    Path("a-file").write_text("")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    code, findings = doctor()
    assert code == 1
    assert findings[what]["state"] == "bad"
    assert found in findings[what]["found"]
    assert remedy in findings[what]["remedy"]


def test_a_key_is_told_as_set_and_never_shown(doctor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hush")
    code, found = doctor()
    assert code == 0
    assert found["OPENAI_API_KEY"]["found"] == "set"
    assert "sk-hush" not in json.dumps(found)


def test_broken_personas_are_counted(doctor: Any) -> None:
    folder = user_personas_dir() / "customers"
    folder.mkdir(parents=True)
    (folder / "broken.yaml").write_text("id: x\n")
    code, found = doctor()
    assert code == 0
    assert found["personas"]["state"] == "note"
    assert found["personas"]["found"].endswith("1 broken")
    assert found["personas"]["remedy"] == "See: vcg personas validate"


def test_an_unknown_theme_key_and_action_are_told(doctor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _, found = doctor()
    assert (found["theme"]["state"], found["keys"]["state"]) == ("ok", "ok")
    monkeypatch.setenv("VCG_TUI__THEME", "harbor")
    monkeypatch.setenv("VCG_TUI__KEYMAP", '{"run-cal": "f8", "mute": "notakey", "pause": "f9"}')
    code, found = doctor()
    assert code == 0
    assert "there is no theme 'harbor' (VCG_TUI__THEME); harbour is used" in found["theme"]["found"]
    assert "harbour" in found["theme"]["remedy"]
    assert "did you mean run-call?" in found["keys"]["found"]
    assert "'notakey' is no key" in found["keys"]["found"]
    assert "pause" not in found["keys"]["found"]
