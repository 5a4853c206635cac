"""Every bench still runs, in its tiny form, and tells a table and JSON. Its figures are nobody's test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "benchmarks"
BENCHES = ("app", "dead_air", "first_audio", "growth", "many_calls", "offline", "wall_time")


def test_none_is_forgotten() -> None:
    found = {file.stem for file in FOLDER.glob("*.py") if not file.stem.startswith("_")}
    assert found == {*BENCHES, "measure_voices"}


def measured(program: Path, *args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(program), *args],
        cwd=cwd,
        env={**os.environ, "TMPDIR": str(cwd)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", BENCHES)
def test_it_runs(name: str, tmp_path: Path) -> None:
    if name == "app" and sys.platform != "linux":
        pytest.skip("reads /proc")
    out = tmp_path / "rows.json"
    done = measured(FOLDER / f"{name}.py", "--quick", "--json", str(out), cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    told = json.loads(out.read_text("utf-8"))
    assert told["title"] in done.stdout
    assert told["rows"]
    for row in told["rows"]:
        assert row["what"] in done.stdout
        assert row["measured"] >= 0
        assert (row["met"] is None) == (row["goal"] == "")


@pytest.mark.slow
def test_together_they_are_one_table_of_all_runs(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Page\n\n| what | old |\n|---|---|\n| gone | 1 |\n\nWhat follows.\n", encoding="utf-8")
    done = measured(
        FOLDER, "growth", "--quick", "--runs", "2", "--json", "rows.json", "--page", "page.md", cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr
    first, second = json.loads((tmp_path / "rows.json").read_text("utf-8"))["growth"]
    assert [row["what"] for row in first["rows"]] == [row["what"] for row in second["rows"]]
    goals = sum(row["met"] is not None for run in (first, second) for row in run["rows"])
    assert f"of {goals} goals met, in 2 runs in a row." in done.stdout
    assert done.stderr.count("growth") == 2
    told = page.read_text("utf-8")
    assert told.startswith("# Page\n\n| what | measured | floor or limit |")
    assert told.endswith("|\n\nWhat follows.\n")
    assert "gone" not in told
    for row in first["rows"]:
        assert f"| {row['what']} | " in told
        assert row["what"] in done.stdout


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["grwth"], "no bench named grwth; there are first_audio, "),
        (["--runs", "0"], "--runs is 1 or more"),
        (["--json", "nowhere/rows.json"], "nowhere/rows.json: No such file or directory"),
        (["--page", "page.md"], "--page page.md: there is no table"),
        (["--page", "none.md"], "--page none.md: No such file or directory"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_measured(args: list[str], told: str, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("# Page\n", encoding="utf-8")
    done = measured(FOLDER, *args, cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout
