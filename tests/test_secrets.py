"""A key never appears: not in a file, a log, an event, an error, or in anything that is printed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.real_calls import LLMS, SPEAKERS, address, at_servers, defaults, make_call, studio_of
from tests.servers import LoopbackServers
from tests.vcg_command import Vcg
from vcg_tui.config import load_settings

KEYS = {
    "OPENAI_API_KEY": "sk-proj-HUSH1openai7Zq81mWx4",
    "ELEVENLABS_API_KEY": "HUSH2elevenlabs0a1bQx7Rt",
    "ANTHROPIC_API_KEY": "sk-ant-HUSH3anthropic9Lk2Pv",
}
SIGNS = [*KEYS.values(), "HUSH", "openai7Zq", "elevenlabs0a1b", "anthropic9Lk", "81mWx4", "Qx7Rt", "9Lk2Pv"]


@pytest.fixture(scope="module")
def running() -> Iterator[LoopbackServers]:
    with LoopbackServers(process=True) as servers:
        yield servers


@pytest.fixture
def servers(running: LoopbackServers) -> LoopbackServers:
    defaults(running, turns=2)
    return running


def check_silent(text: str, where: object) -> None:
    found = [sign for sign in SIGNS if sign in text]
    assert not found, f"{where}: {found}"


def check_files(*folders: Path) -> int:
    """No file below holds a key, nor does its name; returns how many there are."""
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    for file in files:
        check_silent(str(file), file)
        check_silent(file.read_bytes().decode("latin-1"), file)
    return len(files)


def key_faults(key: str) -> list[dict[str, Any]]:
    """Troubles in which a server says the key: as it is, starred out, in an error of another kind, in a stream."""
    return [
        {"kind": 401},
        {"kind": 403, "message": f"The key {key} may not do that."},
        {"kind": 400, "message": f"Bad header: Authorization: Bearer {key}"},
        {"kind": 404, "message": f"No model for {key[:8]}************{key[-4:]}"},
        {"kind": 500, "message": f"Worker died with {key!r}", "count": 0},
        {"kind": "html"},
    ]


@pytest.mark.parametrize(("llm", "tts"), [("chat", "eleven.timestamps"), ("messages", "speech")])
async def test_no_event_and_no_file_of_any_call_holds_a_key(
    servers: LoopbackServers, llm: str, tts: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)
    keys = load_settings(cwd=tmp_path).keys
    settings = at_servers(servers, LLMS[llm], SPEAKERS[tts]).model_copy(update={"keys": keys})
    own = {"chat": "OPENAI", "speech": "OPENAI", "messages": "ANTHROPIC", "eleven.timestamps": "ELEVENLABS"}
    troubles = [(route, fault) for route in (llm, tts) for fault in key_faults(KEYS[f"{own[route]}_API_KEY"])]
    ends: set[str] = set()
    async with studio_of(settings) as studio:
        for number, (route, fault) in enumerate([*troubles, (llm, {"kind": "error_event"})]):
            servers.reset()
            servers.fault(route, 1, **fault)
            call = await make_call(studio, tmp_path / str(number))
            ends.add(call.ended.end_reason)
            assert servers.log()[0].key_present or llm == "messages", "a key that is not sent can't be told"
            for _, event in call.events:
                check_silent(repr(event), type(event))
            check_silent(f"{call.complaints}{call.tasks_left}", "the event loop")
        check_silent(f"{studio.providers!r}{settings!r}{settings.model_dump()}{vars(studio)!r}", "what can be printed")
    assert ends == {"completed", "provider_error"}
    assert check_files(tmp_path, Path(os.environ["VCG_HOME"])) > 10


@pytest.mark.parametrize(
    ("route", "fault"),
    [
        (None, {}),
        ("chat", {"kind": 401}),
        ("eleven.timestamps", {"kind": 500, "message": KEYS["ELEVENLABS_API_KEY"], "count": 0}),
    ],
)
def test_nothing_that_a_command_prints_or_writes_holds_a_key(
    servers: LoopbackServers, route: str | None, fault: dict[str, Any], tmp_path: Path
) -> None:
    vcg = Vcg(tmp_path / "work")
    env = {
        "LLM_PROVIDER": "openai",
        "LLM_MODEL": "gpt-6-luna",
        "LLM_BASE_URL": address(servers, "openai") or "",
        "TTS_PROVIDER": "elevenlabs",
        "TTS_BASE_URL": address(servers, "elevenlabs") or "",
        "VCG_PROVIDERS__TTS__RETRIES": "1",
        "VCG_CACHE__ENABLED": "true",
        "VCG_HOME": str(tmp_path / "home"),
    }
    # the file of the person's own is where keys are: nowhere else may they get to
    secrets = vcg.folder / ".env.local"
    secrets.write_text("".join(f"{name}={key}\n" for name, key in KEYS.items()))
    if route is not None:
        servers.fault(route, 1, **fault)
    done = vcg("generate", "--no-play", env=env, code=0 if route is None else 1)
    assert servers.log()[0].key_present
    check_silent(done.stdout + done.stderr, "generate")
    if route is not None:
        assert done.stderr.splitlines()[-1].startswith("vcg: ") or "provider" in done.stdout
    else:
        for arguments in (["config", "show"], ["config", "show", "--json"], ["doctor", "--online"], ["voices"]):
            shown = vcg(*arguments, env=env)
            check_silent(shown.stdout + shown.stderr, arguments)
            assert shown.stdout
    secrets.unlink()
    assert check_files(tmp_path) >= (5 if route is None else 0)
