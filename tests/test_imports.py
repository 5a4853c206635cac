"""What is never used is never imported: help and the offline call know no SDK and no network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.vcg_command import ROOT

SDKS = {"openai", "elevenlabs", "anthropic", "aiohttp", "httpx", "httpx2", "websockets", "textual"}


def imported_by(folder: Path, *arguments: str, **variables: str) -> set[str]:
    """The top-level packages in a process that has run a command."""
    code = (
        "import json, sys\n"
        "from vcg_tui.cli.commands import run\n"
        f"code = run({list(arguments)!r})\n"
        "print(json.dumps([code, sorted({name.partition('.')[0] for name in sys.modules})]), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    code_and_names = json.loads(done.stderr.splitlines()[-1])
    assert code_and_names[0] == 0, done.stderr
    return set(code_and_names[1])


@pytest.mark.parametrize("arguments", [["--help"], ["generate", "--help"], ["cache", "info"], ["config", "show"]])
def test_a_command_without_a_call_imports_no_sdk(arguments: list[str], tmp_path: Path) -> None:
    assert imported_by(tmp_path, *arguments) & SDKS == set()


def test_the_offline_call_imports_no_sdk(tmp_path: Path) -> None:
    names = imported_by(tmp_path, "generate", "--no-play", "--seed", "7", "--max-turns", "4")
    assert names & SDKS == set()
    assert "numpy" in names, "a call was made here"
    assert len(list((tmp_path / "data" / "conversations").glob("*/conversation.json"))) == 1


@pytest.mark.parametrize(("speaks", "sdks"), [("openai", "[]"), ("openai-realtime", "['openai']")])
def test_each_sdk_is_imported_where_it_is_used_alone(speaks: str, sdks: str, tmp_path: Path) -> None:
    # Nobody listens there. Texts and speech go without an SDK, also where they fail.
    url = "http://127.0.0.1:9/v1"
    code = (
        "import asyncio, sys\n"
        "from vcg_tui.config import load_settings\n"
        "from vcg_tui.services.doctor_online import examine_online\n"
        "found = asyncio.run(examine_online(load_settings()))\n"
        "print([finding.state for finding in found])\n"
        "print(sorted({'openai', 'elevenlabs', 'anthropic'} & set(sys.modules)))"
    )
    providers = {"LLM_PROVIDER": "openai", "LLM_BASE_URL": url, "TTS_PROVIDER": speaks, "TTS_BASE_URL": url}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), **providers},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines() == ["['bad', 'bad']", sdks]
