"""Whole calls with real models and voices, as far as loopback servers are real: `vcg generate`, and what it streams."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.real_calls import LLMS, SPEAKERS, address, all_closed, asked_text, at_servers, defaults, one_call
from tests.servers import LoopbackServers, speech_seconds, word_times
from tests.vcg_command import Vcg, the_json
from vcg_tui.cli.commands import run
from vcg_tui.models.conversation import EndReason, Outcome
from vcg_tui.models.events import SpeechChunk, TextDelta, WordsTimed
from vcg_tui.providers.storage.local import LocalStorage

COMBINATIONS = [(llm, tts) for llm in LLMS for tts in SPEAKERS]


@pytest.fixture(scope="module")
def running() -> Iterator[LoopbackServers]:
    with LoopbackServers(process=True) as servers:
        yield servers


@pytest.fixture
def servers(running: LoopbackServers) -> LoopbackServers:
    defaults(running, turns=3, outcome="escalated")
    return running


def variables(servers: LoopbackServers, llm: dict[str, Any], tts: dict[str, Any]) -> dict[str, str]:
    """What a person sets to use these providers at an address of their own."""
    found = {
        "LLM_PROVIDER": llm["type"],
        "LLM_BASE_URL": address(servers, llm["type"]),
        "VCG_PROVIDERS__LLM__API": llm.get("api"),
        "TTS_PROVIDER": tts["type"],
        "TTS_BASE_URL": address(servers, tts["type"]),
        "VCG_PROVIDERS__TTS__OPTIONS": json.dumps(tts.get("options", {})),
    }
    return {name: value for name, value in found.items() if value is not None}


# ------------------------------------------------------------------ the command


def check_generated(told: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A call of six turns to its end, and the same on the disk as was printed; returns its conversation."""
    assert told["end_reason"] == "completed"
    assert told["outcome"] == "escalated"
    assert told["turns"] == 6
    stored = LocalStorage(folder.parent).load_conversation(told["call_id"])
    assert [turn.text for turn in stored.conversation.turns] == [turn["text"] for turn in told["transcript"]]
    assert (folder / "audio" / "call.wav").stat().st_size > 24_000 * 4 * told["duration_s"]
    return json.loads((folder / "conversation.json").read_text("utf-8"))


def test_the_lines_that_a_person_sets(servers: LoopbackServers, tmp_path: Path) -> None:
    vcg = Vcg(tmp_path)
    env = variables(servers, {"type": "openai"}, {"type": "elevenlabs"})
    told = the_json(vcg("generate", "--no-play", "--json", "--seed", 5, env=env))
    call = check_generated(told, tmp_path / told["path"])
    assert call["plan"]["tts"] == {
        "provider": "elevenlabs", "model": "eleven_flash_v2_5", "base_url": servers.elevenlabs_url,
    }  # fmt: skip
    assert {entry.route for entry in servers.log()} == {"models", "chat", "eleven.timestamps"}


@pytest.mark.parametrize(("llm", "tts"), COMBINATIONS)
def test_every_model_with_every_voice(
    servers: LoopbackServers,
    llm: str,
    tts: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in variables(servers, LLMS[llm], SPEAKERS[tts]).items():
        monkeypatch.setenv(name, value)
    assert run(["generate", "--no-play", "--json", "--seed", "5"]) == 0
    told = json.loads(capsys.readouterr().out)
    call = check_generated(told, tmp_path / told["path"])
    log = servers.log()
    assert [entry.route for entry in log].count(llm) == 6
    assert {entry.status for entry in log if entry.route != "realtime.response"} <= {101, 200}
    spoken = [asked_text(entry) for entry in log if entry.route == tts.removesuffix(".wav")]
    assert sorted(spoken) == sorted(sentence for turn in call["turns"] for sentence in sentences(turn["text"], spoken))
    assert {word["estimated"] for turn in call["turns"] for word in turn["words"]} == {tts != "eleven.timestamps"}
    assert [" ".join(word["text"] for word in turn["words"]) for turn in call["turns"]] == [
        turn["text"] for turn in call["turns"]
    ]


def sentences(text: str, spoken: list[str]) -> list[str]:
    """The pieces of a turn in the order in which they are heard, found among what was asked for."""
    found: list[str] = []
    while text:
        piece = next(piece for piece in sorted(spoken, key=len, reverse=True) if text.startswith(piece))
        found.append(piece)
        text = text[len(piece) :].strip()
    return found


def test_each_side_with_a_model_of_its_own(
    servers: LoopbackServers,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VCG_PROVIDERS__CUSTOMER_LLM__TYPE", "offline")
    for name, value in variables(servers, LLMS["chat"], SPEAKERS["speech"]).items():
        monkeypatch.setenv(name, value)
    assert run(["generate", "--no-play", "--json", "--seed", "5"]) == 0
    told = json.loads(capsys.readouterr().out)
    call = LocalStorage((tmp_path / told["path"]).parent).load_conversation(told["call_id"]).conversation
    assert (told["end_reason"], told["outcome"]) == ("completed", "escalated")
    assert call.plan.customer_llm.provider == "offline"
    assert call.plan.support_llm.provider == "openai"
    own = [turn for turn in call.turns if turn.speaker == "support"]
    assert len([entry for entry in servers.log() if entry.route == "chat"]) == len(own)
    assert all(turn.metrics.completion_tokens for turn in own)


# ------------------------------------------------------------------ the stream


@pytest.mark.parametrize("llm", LLMS)
async def test_text_comes_before_the_model_has_finished(servers: LoopbackServers, llm: str, tmp_path: Path) -> None:
    # Slow enough that a busy machine has read the first token long before the last one is sent.
    servers.configure(turns=1, ttft_s=0.15, tokens_per_s=12)
    call = await one_call(at_servers(servers, LLMS[llm], {"type": "espeak"}), tmp_path)
    asked = [entry for entry in servers.log() if entry.route == llm]
    assert len(asked) == len(call.turns) == 2
    for turn, entry in zip(call.turns, asked, strict=True):
        told = call.received_at(TextDelta, turn.turn)
        assert entry.first_byte is not None
        assert entry.last_byte is not None
        # The server notes the time after it has written: the reader may be there some microseconds before.
        assert entry.first_byte - 0.01 <= told < entry.last_byte
        # what the server saw; the way there and back, and the SDK's import before turn 1, come on top
        assert entry.first_byte - entry.started <= (turn.metrics.llm_ttft_s or 0) + 0.01
        assert entry.last_byte - entry.started <= (turn.metrics.llm_s or 0) + 0.01
        assert turn.metrics.completion_tokens == entry.tokens_sent
        assert turn.metrics.prompt_tokens is not None
        assert turn.metrics.prompt_tokens > 100
    assert call.metrics.completion_tokens == sum(entry.tokens_sent for entry in asked)
    assert call.metrics.llm_ttft_p50_s is not None
    assert call.metrics.llm_ttft_p50_s >= 0.15
    assert call.metrics.cost_usd is None
    assert call.metrics.restarts == 0


@pytest.mark.parametrize("tts", SPEAKERS)
async def test_sound_comes_before_the_voice_has_finished(servers: LoopbackServers, tts: str, tmp_path: Path) -> None:
    # Slow enough that a busy machine has read the first sound long before the last is sent.
    servers.configure(turns=1, speech_ttfb_s=0.1, real_time_factor=0.4)
    call = await one_call(at_servers(servers, LLMS["chat"], SPEAKERS[tts]), tmp_path)
    assert call.ended.end_reason is EndReason.COMPLETED
    log = [entry for entry in servers.log() if entry.route == tts.removesuffix(".wav")]
    for turn in call.turns:
        first = next(entry for entry in log if turn.text.startswith(asked_text(entry)))
        assert first.first_byte is not None
        assert first.last_byte is not None
        if turn.turn == 1:  # the sound of a later one waits for that before it
            assert first.first_byte - 0.01 <= call.received_at(SpeechChunk, 1) < first.last_byte
        assert first.first_byte - first.started <= (turn.metrics.tts_ttfb_s or 0) + 0.01
        assert (turn.metrics.tts_s or 0) > (turn.metrics.tts_ttfb_s or 0)
        assert turn.metrics.characters == sum(len(asked_text(entry)) for entry in log if asked_text(entry) in turn.text)
        assert turn.end_s - turn.start_s == pytest.approx(speech_seconds(turn.text), abs=0.4)
    assert call.metrics.cost_usd is None


async def test_elevenlabs_words_are_heard_when_it_says(servers: LoopbackServers, tmp_path: Path) -> None:
    call = await one_call(at_servers(servers, LLMS["chat"], SPEAKERS["eleven.timestamps"]), tmp_path)
    asked = [asked_text(entry) for entry in servers.log() if entry.route == "eleven.timestamps"]
    for turn in call.turns:
        at = turn.start_s
        expected: list[tuple[str, float, float]] = []
        for sentence in sentences(turn.text, asked):
            # the server's own letters begin and end at 15 a second; what stands around a word belongs to it
            expected += [(word, at + start, at + end) for word, start, end in word_times(sentence)]
            at += speech_seconds(sentence)
        assert [word.text for word in turn.words] == [word for word, _, _ in expected]
        assert not any(word.estimated for word in turn.words)
        for word, (_, start, end) in zip(turn.words, expected, strict=True):
            assert word.start_s == pytest.approx(start, abs=0.01)
            assert word.end_s == pytest.approx(end, abs=1 / 15 + 0.01)
    timed = [word for event in call.of(WordsTimed) for word in event.words]
    assert [word.start_s for word in timed] == pytest.approx(
        [word.start_s for turn in call.turns for word in turn.words]
    )


@pytest.mark.parametrize("tts", ["speech", "realtime.response"])
async def test_words_without_times_are_worked_out_near_the_truth(
    servers: LoopbackServers, tts: str, tmp_path: Path
) -> None:
    call = await one_call(at_servers(servers, LLMS["chat"], SPEAKERS[tts]), tmp_path)
    asked = [asked_text(entry) for entry in servers.log() if entry.route == tts]
    off: list[float] = []
    for turn in call.turns:
        assert all(word.estimated for word in turn.words)
        at = turn.start_s
        truth: list[float] = []
        for sentence in sentences(turn.text, asked):
            truth += [at + start for _, start, _ in word_times(sentence)]
            at += speech_seconds(sentence)
        off += [abs(word.start_s - true) for word, true in zip(turn.words, truth, strict=True)]
    assert sorted(off)[len(off) // 2] < 0.1


@pytest.mark.parametrize(("llm", "tts"), [("chat", "eleven.timestamps"), ("messages", "realtime.response")])
async def test_nothing_is_left_open(servers: LoopbackServers, llm: str, tts: str, tmp_path: Path) -> None:
    call = await one_call(at_servers(servers, LLMS[llm], SPEAKERS[tts]), tmp_path)
    assert (call.ended.end_reason, call.ended.outcome) == (EndReason.COMPLETED, Outcome.ESCALATED)
    assert (call.tasks_left, call.complaints) == ([], [])
    call.check_kept()
    await all_closed(servers)
