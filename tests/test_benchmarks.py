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


@pytest.mark.slow
@pytest.mark.parametrize("name", BENCHES)
def test_it_runs(name: str, tmp_path: Path) -> None:
    if name == "app" and sys.platform != "linux":
        pytest.skip("reads /proc")
    out = tmp_path / "rows.json"
    done = subprocess.run(
        [sys.executable, str(FOLDER / f"{name}.py"), "--quick", "--json", str(out)],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    told = json.loads(out.read_text("utf-8"))
    assert told["title"] in done.stdout
    assert told["rows"]
    for row in told["rows"]:
        assert row["what"] in done.stdout
        assert row["measured"] >= 0
        assert (row["met"] is None) == (row["goal"] == "")
