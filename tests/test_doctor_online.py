"""`vcg doctor --online`: one tiny request to each provider, and what came of it in a person's words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.real_calls import defaults
from tests.servers import LoopbackServers
from vcg_tui.cli.commands import run

TEXT, SPEECH = "text, support, asked", "speech, asked"
KEY = "sk-doctor-0123456789abcdef"


@pytest.fixture(scope="module")
def running() -> Iterator[LoopbackServers]:
    with LoopbackServers(process=True) as servers:
        yield servers


@pytest.fixture
def servers(running: LoopbackServers) -> LoopbackServers:
    defaults(running)
    return running


@pytest.fixture
def doctor(
    servers: LoopbackServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Any:
    """`vcg doctor --online --json` with openai and elevenlabs at the servers: exit code and findings by name."""
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "LLM_PROVIDER": "openai",
        "LLM_MODEL": "gpt-6-luna",
        "LLM_BASE_URL": servers.openai_url,
        "TTS_PROVIDER": "elevenlabs",
        "TTS_BASE_URL": servers.elevenlabs_url,
        "OPENAI_API_KEY": KEY,
        "ELEVENLABS_API_KEY": KEY,
    }.items():
        monkeypatch.setenv(name, value)

    def command(**variables: str) -> tuple[int, dict[str, dict[str, str]]]:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        code = run(["doctor", "--online", "--json"])
        out = capsys.readouterr().out
        assert KEY not in out
        return code, {finding["what"]: finding for finding in json.loads(out)}

    return command


def test_all_is_well_with_times_for_one_request_each(doctor: Any, servers: LoopbackServers) -> None:
    servers.configure(ttft_s=0.2, speech_ttfb_s=0.3)
    code, found = doctor()
    assert code == 0
    assert found[TEXT]["state"] == found[SPEECH]["state"] == "ok"
    assert found[TEXT]["found"].startswith("gpt-6-luna answered; first text after ")
    assert float(found[TEXT]["found"].split()[5]) >= 0.2
    assert "spoke 0.4 s as " in found[SPEECH]["found"]
    assert float(found[SPEECH]["found"].split()[-2]) >= 0.3
    routes = [entry.route for entry in servers.log()]
    assert routes.count("chat") == routes.count("eleven.timestamps") == 1


def test_the_customers_own_model_is_asked_too(doctor: Any, servers: LoopbackServers) -> None:
    code, found = doctor(
        VCG_PROVIDERS__CUSTOMER_LLM__TYPE="openai", VCG_PROVIDERS__CUSTOMER_LLM__BASE_URL=servers.openai_url,
        VCG_PROVIDERS__CUSTOMER_LLM__MODEL="gpt-6-sol",
    )  # fmt: skip
    assert code == 0
    assert found["text, customer, asked"]["found"].startswith("gpt-6-sol answered")


@pytest.mark.parametrize(
    ("what", "route", "fault", "about", "found", "remedy"),
    [
        (TEXT, "chat", 401, {}, "refused the key (401)", "Put a valid OPENAI_API_KEY into .env.local"),
        (TEXT, "chat", "quota", {}, "the account has no credit left", "Add credit"),
        (
            TEXT, "chat", 404, {"message": "The model `gpt-6-luna` does not exist.", "code": "model_not_found"},
            "has no model 'gpt-6-luna' (404)", "Choose a model",
        ),
        (SPEECH, "eleven.timestamps", 401, {}, "refused the key (401)", "Put a valid ELEVENLABS_API_KEY into"),
        (SPEECH, "eleven.timestamps", 402, {}, "the account has no credit left", "Add credit"),
        (SPEECH, "eleven.timestamps", 404, {}, "has no voice ", "choose another one for the persona"),
        (
            SPEECH, "eleven.timestamps", 400, {"code": "model_not_found", "message": "No such model: eleven_x."},
            "No such model", "model",
        ),
        (SPEECH, "eleven.timestamps", "html", {}, "answered with text/html instead of speech", "base_url"),
    ],
)  # fmt: skip
def test_trouble_is_told_with_its_remedy(
    doctor: Any,
    servers: LoopbackServers,
    what: str,
    route: str,
    fault: str | int,
    about: dict[str, str],
    found: str,
    remedy: str,
) -> None:
    servers.fault(route, 1, fault, **about)
    code, findings = doctor()
    assert code == 1
    assert findings[what]["state"] == "bad"
    assert found in findings[what]["found"]
    assert remedy in findings[what]["remedy"]
    other = SPEECH if what == TEXT else TEXT
    assert findings[other]["state"] == "ok", "one provider's trouble says nothing about the other"


def test_an_address_where_nobody_is(doctor: Any) -> None:
    code, found = doctor(LLM_BASE_URL="http://127.0.0.1:9/v1", TTS_BASE_URL="http://127.0.0.1:9")
    assert code == 1
    assert found[TEXT]["found"] == "openai can't be reached at 127.0.0.1:9."
    assert found[SPEECH]["found"] == "elevenlabs can't be reached at 127.0.0.1:9."
    assert "base_url is right" in found[TEXT]["remedy"]


def test_too_few_voices_are_a_finding(doctor: Any, servers: LoopbackServers) -> None:
    code, found = doctor(
        TTS_PROVIDER="openai", TTS_BASE_URL=servers.openai_url, VCG_PROVIDERS__TTS__OPTIONS='{"voices": ["one"]}'
    )
    assert code == 1
    assert found[SPEECH]["state"] == "bad"
    assert "a call needs two voices" in found[SPEECH]["found"]
    assert found[TEXT]["state"] == "ok"
