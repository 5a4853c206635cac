"""The cache: the same call is paid for once, and nothing that happens to its files is an error."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.real_calls import LLMS, SPEAKERS, MadeCall, at_servers, defaults, make_call, plan_for, studio_of
from tests.servers import LoopbackServers
from tests.vcg_command import Inside, Vcg
from vcg_tui.audio.files import read_wav
from vcg_tui.models.conversation import CallPlan, EndReason
from vcg_tui.paths import user_config_file
from vcg_tui.providers.cache import cache_info
from vcg_tui.services.studio import Studio


@pytest.fixture(scope="module")
def running() -> Iterator[LoopbackServers]:
    with LoopbackServers(process=True) as servers:
        yield servers


@pytest.fixture
def servers(running: LoopbackServers) -> LoopbackServers:
    defaults(running, turns=2)
    return running


async def call_with_cache(
    servers: LoopbackServers, folder: Path, tts: str = "speech", **llm: Any
) -> tuple[MadeCall, Counter[str]]:
    """A call with the cache of this folder, and how often each route was asked for it."""
    cache = {"enabled": True, "path": folder / "cache"}
    settings = at_servers(servers, {**LLMS["chat"], **llm}, SPEAKERS[tts], cache=cache)
    before = Counter(entry.route for entry in servers.log())
    async with studio_of(settings) as studio:
        call = await make_call(studio, folder / f"calls-{before.total()}")
    return call, Counter(entry.route for entry in servers.log()) - before


@pytest.mark.parametrize("tts", ["speech", "eleven.timestamps"])
@pytest.mark.parametrize("model", ["test-model", None])
async def test_the_same_call_is_asked_for_once(
    servers: LoopbackServers, tts: str, model: str | None, tmp_path: Path
) -> None:
    first, asked = await call_with_cache(servers, tmp_path, tts, model=model)
    assert asked["chat"] == 4
    assert asked[tts] >= 4
    again, asked_again = await call_with_cache(servers, tmp_path, tts, model=model)
    assert asked_again["chat"] == asked_again[tts] == 0
    assert again.ended.end_reason is EndReason.COMPLETED
    assert [turn.text for turn in again.turns] == [turn.text for turn in first.turns]
    assert [[word.text for word in turn.words] for turn in again.turns] == [
        [word.text for word in turn.words] for turn in first.turns
    ]
    for one, other in zip(first.turns, again.turns, strict=True):
        sounds = [
            read_wav(Path(call.stored().path) / (turn.audio or "")) for call, turn in ((first, one), (again, other))
        ]
        assert (sounds[0][0] == sounds[1][0]).all()
    assert not any(turn.metrics.cached for turn in first.turns)
    assert all(turn.metrics.cached for turn in again.turns)
    assert first.metrics.cost_usd is None
    assert again.metrics.cost_usd == 0.0, "nothing was paid, whatever the prices are"


async def test_what_was_kept_costs_nothing_and_the_rest_its_price(servers: LoopbackServers, tmp_path: Path) -> None:
    own = user_config_file().with_name("prices.yaml")
    own.parent.mkdir(parents=True, exist_ok=True)
    at = f"provider: openai, base_url: '{servers.openai_url}'"
    own.write_text(f"text:\n- {{{at}, input: 2, output: 10}}\nspeech:\n- {{{at}, characters: 15}}\n")
    first, _ = await call_with_cache(servers, tmp_path)
    for file in (tmp_path / "cache" / "tts").rglob("*.wav"):
        file.unlink()
    again, asked = await call_with_cache(servers, tmp_path)
    assert asked["chat"] == 0
    assert asked["speech"] >= 4
    assert (first.metrics.cost_usd or 0) > (again.metrics.cost_usd or 0)
    assert again.metrics.cost_usd == pytest.approx(15 * again.metrics.characters / 1_000_000)
    assert not any(turn.metrics.cached for turn in again.turns)


async def test_other_voices_ask_for_speech_again_and_for_no_text(
    servers: LoopbackServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = await call_with_cache(servers, tmp_path)
    usual = plan_for

    async def recast(studio: Studio) -> CallPlan:
        plan = await usual(studio)
        voices = plan.details.support_voice, plan.details.customer_voice
        swapped = {"customer_voice": voices[0], "support_voice": voices[1]}
        return plan.model_copy(update={"details": plan.details.model_copy(update=swapped)})

    monkeypatch.setattr("tests.real_calls.plan_for", recast)
    again, asked = await call_with_cache(servers, tmp_path)
    assert asked["chat"] == 0
    assert asked["speech"] >= 4
    assert [turn.text for turn in again.turns] == [turn.text for turn in first.turns]


@pytest.mark.parametrize("harm", ["cut", "sound cut", "emptied", "nonsense", "other json", "unreadable"])
async def test_a_broken_file_is_asked_for_again(servers: LoopbackServers, harm: str, tmp_path: Path) -> None:
    first, asked = await call_with_cache(servers, tmp_path)
    files = [file for file in (tmp_path / "cache").rglob("*") if file.is_file()]
    assert len(files) == asked["chat"] + 2 * asked["speech"]
    for file in files:
        if harm == "sound cut" and file.suffix != ".wav":
            continue
        whole = file.read_bytes()
        if harm == "unreadable":
            file.unlink()
            file.mkdir()
        else:
            cut = whole[: len(whole) * 2 // 3]
            damaged = {"cut": cut, "sound cut": cut, "nonsense": os.urandom(99), "other json": b'{"a": [1]}'}
            file.write_bytes(damaged.get(harm, b""))
    again, asked_again = await call_with_cache(servers, tmp_path)
    assert (again.ended.end_reason, again.complaints) == (EndReason.COMPLETED, [])
    assert [turn.text for turn in again.turns] == [turn.text for turn in first.turns]
    assert [turn.end_s - turn.start_s for turn in again.turns] == [turn.end_s - turn.start_s for turn in first.turns]
    assert asked_again["speech"] == asked["speech"]
    assert asked_again["chat"] == (0 if harm == "sound cut" else asked["chat"])
    if harm != "unreadable":
        _, asked_at_last = await call_with_cache(servers, tmp_path)
        assert asked_at_last.total() == 0, "what came in its place is kept"


async def test_a_cache_that_can_not_be_written_is_no_error(servers: LoopbackServers, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    call, _ = await call_with_cache(servers, tmp_path)
    assert (call.ended.end_reason, call.complaints) == (EndReason.COMPLETED, [])


@pytest.mark.parametrize(("route", "kind"), [("speech", "short"), ("chat", "truncated"), ("speech", "reset_midway")])
async def test_what_is_no_good_is_not_kept(servers: LoopbackServers, route: str, kind: str, tmp_path: Path) -> None:
    servers.fault(route, 1, kind)
    first, _ = await call_with_cache(servers, tmp_path)
    assert first.ended.end_reason is EndReason.COMPLETED
    again, asked = await call_with_cache(servers, tmp_path)
    assert again.ended.end_reason is EndReason.COMPLETED
    assert asked.total() == 0


async def test_an_answer_that_could_not_be_spoken_is_asked_for_again(servers: LoopbackServers, tmp_path: Path) -> None:
    # whole and well-formed, and nothing of it is speech: every try must come from the model
    servers.configure(support=["(sighs)"])
    call, asked = await call_with_cache(servers, tmp_path)
    assert call.ended.end_reason is EndReason.PROVIDER_ERROR
    assert asked["chat"] == 3
    servers.configure(support=["Hello there."], customer=['Bye.\n<end_call outcome="resolved"/>'])
    better, _ = await call_with_cache(servers, tmp_path)
    assert better.ended.end_reason is EndReason.COMPLETED


def test_the_command_tells_and_forgets(
    servers: LoopbackServers, inside: Inside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "kept"
    env = {
        "LLM_PROVIDER": "openai", "LLM_BASE_URL": servers.openai_url, "TTS_PROVIDER": "openai",
        "TTS_BASE_URL": servers.openai_url, "VCG_CACHE__ENABLED": "true", "VCG_CACHE__PATH": str(folder),
    }  # fmt: skip
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert inside("generate", "--no-play", "--seed", 3)[0] == 0
    asked = sum(entry.route in {"chat", "speech"} for entry in servers.log())
    # what one process keeps serves the next
    Vcg(tmp_path / "work")("generate", "--no-play", "--seed", 3)
    assert sum(entry.route in {"chat", "speech"} for entry in servers.log()) == asked > 8
    held = cache_info(folder)
    assert held.texts == 4
    assert f"{folder}: 4 texts, {held.utterances} utterances" in inside("cache", "info")[1]
    assert inside("cache", "clear")[0] == 0
    assert f"{folder}: 0 texts, 0 utterances, 0.0 MB" in Vcg(tmp_path / "work")("cache", "info").stdout
