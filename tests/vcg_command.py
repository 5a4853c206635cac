"""The `vcg` command as a person runs it: a process of its own in a folder of its own."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest

from vcg_tui.cli import main
from vcg_tui.cli.commands import run

ROOT = Path(__file__).parent.parent


class Vcg:
    """`vcg` in one working folder; its personal folders are the ones of the test."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.calls = folder / "data" / "conversations"

    def start(
        self, *arguments: object, env: Mapping[str, str] | None = None, before: Callable[[], None] | None = None
    ) -> subprocess.Popen[str]:
        """A running `vcg`, in a process group of its own as a shell would start it."""
        return subprocess.Popen(
            [sys.executable, "-m", "vcg_tui", *map(str, arguments)],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "88", **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
            preexec_fn=before,
        )

    def __call__(
        self,
        *arguments: object,
        code: int = 0,
        env: Mapping[str, str] | None = None,
        before: Callable[[], None] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end; it must end with this exit code, and without a traceback."""
        return ended(self.start(*arguments, env=env, before=before), code)

    def json(self, *arguments: object, code: int = 0) -> Any:
        """Run with ``--json``; standard output must hold one line, which is JSON."""
        return the_json(self(*arguments, "--json", code=code))


class Inside:
    """`vcg` inside the process of the tests: arguments in; exit code, standard output and standard error out."""

    def __init__(self, printed: pytest.CaptureFixture[str]) -> None:
        self._printed = printed

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        code = run([str(each) for each in arguments])
        out, err = self._printed.readouterr()
        return code, out, err


_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["vcg_tui.cli.commands", "vcg_tui.services.studio", "vcg_tui.providers.tts.espeak"])


def forked(folder: Path, *arguments: object) -> ForkServerProcess:
    """A running `vcg` in a process group of its own, forked from one that has imported it: for many in a row."""
    process = _FORKS.Process(target=_run, args=(folder, dict(os.environ), [str(each) for each in arguments]))
    process.start()
    return process


def _run(folder: Path, environment: dict[str, str], arguments: list[str]) -> None:
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    with Path(os.devnull).open("r+b") as nowhere:
        for descriptor in (0, 1, 2):
            os.dup2(nowhere.fileno(), descriptor)
    sys.argv[1:] = arguments
    main()


def ended(process: subprocess.Popen[str], code: int = 0) -> subprocess.CompletedProcess[str]:
    """Wait for a process; it must end with this exit code, and without a traceback."""
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, f"exit code {process.returncode}\n{out}\n{err}"
    assert "Traceback" not in err
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def the_json(done: subprocess.CompletedProcess[str]) -> Any:
    """What one line of JSON on standard output says; nothing else may be there."""
    assert done.stdout.count("\n") == 1, done.stdout
    return json.loads(done.stdout)


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """The one line of complaint on standard error; standard output must be empty."""
    assert done.stdout == ""
    assert done.stderr.startswith("vcg: ")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr.removeprefix("vcg: ").rstrip("\n")


def until(condition: Callable[[], object], what: str, bound_s: float = 40) -> None:
    """Wait until something is so."""
    end = time.monotonic() + bound_s
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.001)


def journalled(calls: Path) -> int:
    """How many turns the journal of the only call of a folder holds."""
    return sum(path.read_bytes().count(b"\n") - 1 for path in calls.glob("*/journal.jsonl"))
