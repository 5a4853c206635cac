"""What the repository promises as a project: its pins, its wheel, its make targets."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PIN = re.compile(r"^([a-z0-9][a-z0-9.-]*)==(\S+)(?: ; [^\\]+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")


def pins(name: str) -> dict[str, set[str]]:
    """Each package's pinned versions; fails on a line that is neither a pin nor a hash nor the comment on top."""
    found: dict[str, set[str]] = {}
    hashed = True
    for number, line in enumerate((ROOT / name).read_text(encoding="utf-8").splitlines(), 1):
        pin = PIN.match(line)
        if pin:
            assert hashed, f"{name}:{number}: the package before has no hash"
            found.setdefault(canonicalize_name(pin[1]), set()).add(pin[2])
            hashed = False
        elif HASH.match(line):
            hashed = True
        else:
            assert line.startswith("#"), f"{name}:{number}: {line}"
    assert hashed
    return found


LOCKS = ("requirements.lock", "requirements-dev.lock")


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_tells_nothing_of_where_packages_come_from(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for word in ("://", "index", "find-links", "trusted-host", "/opt", "/home", "file:"):
        assert word not in text
    assert pins(name)


@pytest.mark.parametrize(
    ("name", "groups"), [("requirements.lock", ["build"]), ("requirements-dev.lock", ["build", "dev"])]
)
def test_a_lock_pins_what_the_project_asks_for(name: str, groups: list[str]) -> None:
    pinned = pins(name)
    wanted = [*PROJECT["project"]["dependencies"]]
    for group in groups:
        wanted += PROJECT["dependency-groups"][group]
    for text in wanted:
        requirement = Requirement(text)
        versions = pinned.get(canonicalize_name(requirement.name))
        assert versions, f"{text} is not pinned; run `make lock`"
        assert all(requirement.specifier.contains(version) for version in versions), f"{text}: run `make lock`"


def test_both_locks_agree_and_running_takes_no_test_tools() -> None:
    run, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: versions for name, versions in dev.items() if name in run} == run
    assert {"pytest", "ruff", "basedpyright"}.isdisjoint(run)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (file,) = folder.glob("*.whl")
    return file


def test_the_wheel_holds_every_file_the_program_needs(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    wanted = {"vcg_tui/shipped/config.yaml"}
    for folder in ("personas", "themes"):
        wanted |= {f"vcg_tui/shipped/{file.relative_to(ROOT).as_posix()}" for file in (ROOT / folder).rglob("*.yaml")}
    wanted |= {
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / "vcg_tui").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert wanted - held == set()
    assert any(name.startswith("vcg_tui/shipped/personas/customers/") for name in held)
    assert not any(name.startswith(("tests/", "benchmarks/", "data/", "personas/")) for name in held)


def test_an_installed_wheel_finds_what_was_shipped(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        "import vcg_tui.paths as p, vcg_tui.config as c\n"
        "assert p.shipped_config().is_file() and any(p.shipped_personas().rglob('*.yaml'))\n"
        "assert c.load_settings().origin('call.max_turns').endswith('config.yaml')\n"
        "print(p.__file__, p.shipped_config(), p.shipped_personas(), p.shipped_themes(), sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
    )
    assert done.returncode == 0, done.stderr
    for line in done.stdout.split():
        assert Path(line).is_relative_to((tmp_path / "site").resolve())


def test_make_says_which_python_it_needs(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", *LOCKS):
        shutil.copy(ROOT / name, tmp_path)
    old = tmp_path / "python3.9"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = subprocess.run(
        ["make", "run", f"PYTHON={old}"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
    )
    assert done.returncode == 2
    assert "needs Python 3.11 or newer" in done.stderr
    assert str(old) in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_ci_runs_what_make_test_runs() -> None:
    run = ROOT / ".ci" / "run"
    assert os.access(run, os.X_OK)
    assert "set -euo pipefail" in run.read_text()
    assert run.read_text().rstrip().endswith("exec make test")
