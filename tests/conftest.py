"""What holds for every test: nothing of the person's own settings, keys and folders gets in, nothing gets out."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import settings

from tests.vcg_command import Inside

# The same examples each time, however long one takes. Others: pytest --hypothesis-profile=others
settings.register_profile("suite", derandomize=True, deadline=None, database=None)
settings.register_profile("others", deadline=None)
settings.load_profile("suite")

_OUTSIDE = re.compile(
    r"^(VCG_|LLM_|TTS_|STORAGE_|OPENAI_|ELEVENLABS_|ANTHROPIC_|XDG_)|^((HTTPS?|ALL|NO|FTP|WSS?)_PROXY|NO_COLOR|FORCE_COLOR)$"
    # a process that a test starts need not compile the program again
    r"|^PYTHONDONTWRITEBYTECODE$",
    re.IGNORECASE,
)


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The person's folders are empty ones of this test; no variable of a provider, of ours or of a proxy is set.

    The working folder stays: a test that loads settings in-process gives ``cwd``, so that no ``.env`` is read.
    """
    for name in list(os.environ):
        if _OUTSIDE.match(name):
            monkeypatch.delenv(name)
    monkeypatch.setenv("VCG_HOME", str(tmp_path_factory.mktemp("vcg-home")))
    # Nobody cuts the power in a test, and waiting for the disk is what takes long in many; commands that run in a
    # process of their own do wait.
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Inside:
    """The command inside this process, in a folder of this test: no other takes as little time."""
    monkeypatch.chdir(tmp_path)
    return Inside(capsys)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones first: begun last, one of them would be all that still runs."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Pictures of the screens: keep them as they are now."""
    parser.addoption("--update-snapshots", action="store_true", help="keep the pictures of the screens as they are now")


@pytest.fixture
def update_snapshots(request: pytest.FixtureRequest) -> bool:
    """Whether pictures are kept as they are now, instead of compared."""
    return bool(request.config.getoption("--update-snapshots"))
