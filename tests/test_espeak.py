"""The espeak voice provider, through its front door and as real processes."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import json
import os
import random
import signal
import struct
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import espeakng_loader
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcg_tui.audio.pcm import peak_dbfs
from vcg_tui.errors import ProviderError, ProviderErrorKind
from vcg_tui.models.conversation import VoiceConfig, Word
from vcg_tui.models.persona import EmotionalState
from vcg_tui.providers.base import Speech, SpeechPart
from vcg_tui.providers.tts import espeak_pool, espeak_worker
from vcg_tui.providers.tts.espeak import EspeakTTS
from vcg_tui.providers.tts.espeak_text import spoken_text
from vcg_tui.providers.tts.espeak_words import WordTimer

ROOT = Path(__file__).parents[1]
VOICE = VoiceConfig(voice_id="us-karen")
SENTENCE = "I have been waiting for two hours, and nobody could tell me why."
LONG = "And then they said that somebody would call me back, which did not happen. " * 60
ACCENTS = {
    *("en-US", "en-GB", "en-GB-rp", "en-GB-scotland", "en-GB-lancashire", "en-GB-westmidlands", "en-029"),
    *("en-US-nyc", "en-IN", "en-AU", "fr-FR", "de-DE", "es-MX", "pt-BR"),
}

LANGUAGES = {"de", "fr", "es", "pt", "it", "nl", "hi", "pl", "cs", "sv", "fi", "tr"}


@pytest.fixture
async def tts() -> AsyncIterator[EspeakTTS]:
    provider = EspeakTTS()
    yield provider
    await provider.aclose()


def measuring() -> Any:
    spec = importlib.util.spec_from_file_location("measure_voices", ROOT / "benchmarks" / "measure_voices.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def digest(speech: Speech) -> str:
    return hashlib.sha256(speech.pcm.tobytes() + repr(speech.words).encode()).hexdigest()


def check_words(text: str, speech: Speech) -> None:
    assert [word.text for word in speech.words] == text.split()
    assert all(word.start_s < word.end_s for word in speech.words)
    assert all(a.end_s <= b.start_s for a, b in zip(speech.words, speech.words[1:], strict=False))
    if speech.words:
        assert speech.words[0].start_s >= 0
        assert speech.words[-1].end_s <= speech.pcm.size / speech.sample_rate + 1e-9


def loud(speech: Speech, start_s: float, end_s: float) -> bool:
    """Whether there is speech in a stretch, at a fiftieth of full scale or more."""
    stretch = speech.pcm[round(start_s * speech.sample_rate) : round(end_s * speech.sample_rate)]
    return bool(np.any(np.abs(stretch.astype(np.int32)) > 650))


def running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


# ------------------------------------------------------------------ the same each time


async def test_the_same_request_gives_the_same_bytes_whatever_came_before(tts: EspeakTTS) -> None:
    texts = [f"{SENTENCE} This is number {number}." for number in range(6)]
    first = [digest(await tts.generate_speech(text, VOICE, seed=7)) for text in texts]
    shuffled = list(reversed(texts))
    together = await asyncio.gather(*(tts.generate_speech(text, VOICE, seed=7) for text in shuffled))
    assert [digest(speech) for speech in reversed(together)] == first
    assert len(set(first)) == len(texts)


async def test_breath_is_the_same_each_second(tts: EspeakTTS) -> None:
    # The engine seeds its noise from the clock; fr-camille and us-karen are breathy.
    voices = [VOICE, VoiceConfig(voice_id="fr-camille")]
    first = [digest(await tts.generate_speech(SENTENCE, voice)) for voice in voices]
    second = int(time.time())
    while int(time.time()) == second:
        await asyncio.sleep(0.02)
    assert [digest(await tts.generate_speech(SENTENCE, voice)) for voice in voices] == first


async def test_another_process_gives_the_same_bytes(tts: EspeakTTS) -> None:
    program = f"""
        import asyncio, hashlib
        from vcg_tui.models.conversation import VoiceConfig
        from vcg_tui.providers.tts.espeak import EspeakTTS

        async def main():
            tts = EspeakTTS(workers=1)
            voice = VoiceConfig(voice_id="us-karen")
            await tts.generate_speech("Something else before.", VoiceConfig(voice_id="scot-hamish"))
            speech = await tts.generate_speech({SENTENCE!r}, voice, seed=3)
            print(hashlib.sha256(speech.pcm.tobytes() + repr(speech.words).encode()).hexdigest())
            await tts.aclose()

        asyncio.run(main())
    """
    there = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert there.stderr == ""
    assert there.stdout.strip() == digest(await tts.generate_speech(SENTENCE, VOICE, seed=3))


async def test_a_seed_varies_a_little(tts: EspeakTTS) -> None:
    plain = await tts.generate_speech(SENTENCE, VOICE)
    others = [await tts.generate_speech(SENTENCE, VOICE, seed=seed) for seed in range(1, 9)]
    assert len({digest(speech) for speech in [plain, *others]}) > 4
    assert all(abs(speech.pcm.size / plain.pcm.size - 1) < 0.05 for speech in others)


# ------------------------------------------------------------------ words and sound


@pytest.mark.parametrize(
    "text",
    [
        SENTENCE,
        "Hello.",
        "... Hello... um... I was — well, I was (sort of) waiting...",
        "It costs $45.20, or 1,234,567 and 50% of £12; order #AB-1234 on 2026-11-22 at 10:45am!",
        "Write to anna.reyes@example.com or call 0800-555-1234 today, so-called—expert.",
        "It has to be, of the four, the one that I am  after:\n\tthe “last” one… right?!",
        "👍 ok 👍🏽 fine 👍",
        "I <b>said</b> AT&T & <speak>you</speak> &amp; [[h@l'oU]] \x01 50P ok",
        "नमस्ते, 你好 and مرحبا to you",
    ],
)
async def test_words_cover_the_text_in_order(tts: EspeakTTS, text: str) -> None:
    speech = await tts.generate_speech(text, VOICE)
    check_words(text, speech)
    assert loud(speech, 0, speech.pcm.size / speech.sample_rate)


@settings(max_examples=200)
@given(
    text=st.lists(st.sampled_from(["a", "ab", "b...", "…", "—", "a—b"]), max_size=10).map(" ".join),
    events=st.lists(st.tuples(st.integers(0, 25), st.integers(0, 5), st.integers(0, 30_000)), max_size=12),
    chunks=st.lists(st.integers(0, 20_000), max_size=8),
)
def test_whatever_the_engine_reports_the_words_have_sound_times(
    text: str, events: list[tuple[int, int, int]], chunks: list[int]
) -> None:
    timer = WordTimer(spoken_text(text), 22_050)
    for event in events:
        timer.event(*event)
    words: list[Word] = []
    samples = 5_000
    for chunk in chunks:
        samples += chunk
        words += timer.heard(samples)
    words += timer.finish(samples / 22_050)
    check_words(text, Speech(np.zeros(samples, np.int16), tuple(words), 22_050))


async def test_the_engine_times_the_words_of_plain_text(tts: EspeakTTS) -> None:
    speech = await tts.generate_speech("Nobody called yesterday, although Margaret promised.", VOICE)
    assert not any(word.estimated for word in speech.words)


async def test_a_word_begins_where_it_is_heard(tts: EspeakTTS) -> None:
    speech = await tts.generate_speech("... Hello, Peter... goodbye", VOICE)
    dots, hello, peter, goodbye = speech.words
    assert dots.text == "..."
    assert not loud(speech, 0, hello.start_s - 0.005)
    assert hello.start_s >= 0.3
    assert loud(speech, hello.start_s, hello.start_s + 0.08)
    assert not loud(speech, goodbye.start_s - 0.3, goodbye.start_s - 0.005)
    assert loud(speech, goodbye.start_s, goodbye.start_s + 0.08)
    assert loud(speech, peter.start_s, peter.start_s + 0.1)


@pytest.mark.parametrize("voice_id", ["us-karen", "gb-james", "scot-morag", "carib-winston"])
async def test_a_word_ends_where_its_sound_ends(tts: EspeakTTS, voice_id: str) -> None:
    text = "Right. There it is. I mean, six three zero, four one eight... well, it is what it is. Okay?"
    speech = await tts.generate_speech(text, VoiceConfig(voice_id=voice_id))
    check_words(text, speech)
    pauses = [b.start_s - a.end_s for a, b in zip(speech.words, speech.words[1:], strict=False)]
    assert sum(pause > 0.1 for pause in pauses) >= 4, "between the sentences, and at the dots"
    for word in speech.words:
        assert loud(speech, word.start_s, word.end_s), f"{word.text} is silent"
        assert word.end_s - word.start_s < 0.3 or loud(speech, word.end_s - 0.2, word.end_s), f"{word.text} ends late"


async def test_words_come_in_order_and_no_later_than_half_a_second_after_their_sound(tts: EspeakTTS) -> None:
    heard = 0
    words: list[str] = []
    async for part in tts.stream_speech(LONG[:600], VOICE):
        heard += part.pcm.size
        words += [word.text for word in part.words]
        assert all(word.end_s > heard / tts.sample_rate - 1.5 for word in part.words)
    assert words == LONG[:600].split()


async def test_hesitation_is_a_sound_of_its_own_and_not_spelled(tts: EspeakTTS) -> None:
    same = [await tts.generate_speech(f"{word} I think so", VOICE) for word in ("um", "Um,", "ummmm", "Uhm")]
    assert len({speech.pcm.tobytes() for speech in same}) == 1
    assert same[2].words[0].text == "ummmm"
    um, first = same[0].words[:2]
    assert not loud(same[0], first.start_s - 0.15, first.start_s - 0.005)
    assert um.end_s - um.start_s > 0.3
    murmur = await tts.generate_speech("Hm", VOICE)
    spelled = await tts.generate_speech("H.M.", VOICE)
    assert murmur.pcm.size < 0.8 * spelled.pcm.size
    drawn = await tts.generate_speech("Nooooo, pleeease", VOICE)
    plain = await tts.generate_speech("No, please", VOICE)
    assert drawn.pcm.tobytes() == plain.pcm.tobytes()


async def test_text_is_never_taken_as_markup(tts: EspeakTTS) -> None:
    speech = await tts.generate_speech("wait <break time='9s'/> \x01 9000B for it", VOICE)
    silent = np.abs(speech.pcm.astype(np.int32)) < 100
    longest = max(len(run) for run in "".join("x" if quiet else " " for quiet in silent).split())
    assert longest < tts.sample_rate


@pytest.mark.parametrize("text", ["", " \n", "...", "!!", "— … —", "👍", "\x00\x01", "\ud800"])
async def test_nothing_to_say_is_a_short_silence(tts: EspeakTTS, text: str) -> None:
    speech = await tts.generate_speech(text, VOICE)
    check_words(text, speech)
    assert speech.pcm.size == round(0.3 * tts.sample_rate)
    assert not speech.pcm.any()
    assert tts.worker_pids() == []


async def test_five_hundred_random_texts(tts: EspeakTTS) -> None:
    rng = random.Random(20)
    planes = [(32, 127), (32, 127), (0, 0x250), (0x370, 0x700), (0x900, 0xE00), (0x2000, 0x2C00), (0x3040, 0xD7FF)]

    def text() -> str:
        low, high = rng.choice([*planes, (0, 0x110000)])
        letters = (
            rng.choice((" ", ".", chr(rng.randrange(low, high)), chr(rng.randrange(low, high)))) for _ in range(12)
        )
        return "".join(letters)

    texts = [text() for _ in range(500)]
    fast = VOICE.model_copy(update={"speed": 2.0})
    async with asyncio.timeout(60):
        speeches = await asyncio.gather(*(tts.generate_speech(text, fast) for text in texts))
    for said, speech in zip(texts, speeches, strict=True):
        check_words(said, speech)
        assert speech.pcm.size > 0


async def test_the_rate_is_the_one_asked_for() -> None:
    lengths: list[float] = []
    for rate in (8_000, 22_050, 24_000, 48_000):
        provider = EspeakTTS(sample_rate=rate)
        speech = await provider.generate_speech(SENTENCE, VOICE)
        await provider.aclose()
        check_words(SENTENCE, speech)
        lengths.append(speech.pcm.size / rate)
    assert max(lengths) - min(lengths) < 1 / 8_000


# ------------------------------------------------------------------ voices


async def test_the_catalogue_is_wide(tts: EspeakTTS) -> None:
    voices = await tts.voices()
    assert len({voice.id for voice in voices}) == len({voice.name for voice in voices}) == len(voices) >= 26
    english = [voice for voice in voices if voice.languages == ("en",)]
    assert {voice.accent for voice in english} == ACCENTS
    for accent in ACCENTS:
        assert {voice.gender for voice in english if voice.accent == accent} == {"female", "male"}
    others = {voice.languages for voice in voices if voice not in english}
    assert {languages[0].partition("-")[0] for languages in others} >= LANGUAGES
    for languages in others:
        speakers = [voice for voice in voices if voice.languages == languages]
        # two women, or two men, may talk to each other
        assert sorted(voice.gender for voice in speakers) == ["female", "female", "male", "male"]
        assert all(voice.accent.startswith(languages[0]) for voice in speakers)
    elderly = {voice.accent for voice in voices if voice.age == "elderly"}
    assert elderly >= {"en-GB-rp", "en-IN", "en-GB-scotland", "en-AU", "en-US"}
    assert {voice.age for voice in voices} == {"young", "adult", "elderly"}


async def test_every_voice_is_even_and_unlike_its_neighbours(tts: EspeakTTS) -> None:
    bench = measuring()
    voices = await tts.voices()
    english = [
        "Could you please check whether the engineer is still coming this afternoon?",
        "That's not what I was promised, so I'd rather speak to your manager.",
        "Thank you for holding, your refund should arrive within five working days.",
    ]
    pitch: dict[str, float] = {}
    for voice in voices:
        config = VoiceConfig(voice_id=voice.id)
        language = voice.languages[0].partition("-")[0]
        texts = english if language == "en" else bench.SENTENCES[language][1:3]
        speeches = await asyncio.gather(*(tts.generate_speech(text, config) for text in texts))
        level = float(np.mean([bench.speech_dbfs(speech.pcm, tts.sample_rate) for speech in speeches]))
        assert level == pytest.approx(-20, abs=1.5), voice.id
        assert max(peak_dbfs(speech.pcm) for speech in speeches) < -1, voice.id
        pitch[voice.id] = float(np.median(bench.pitches(speeches[0].pcm, tts.sample_rate)))
        assert (pitch[voice.id] > 160) if voice.gender == "female" else (pitch[voice.id] < 150), voice.id
    for one in voices:
        for other in voices:
            if one.id < other.id and (one.accent, one.languages) == (other.accent, other.languages):
                low, high = sorted((pitch[one.id], pitch[other.id]))
                assert high / low > 1.12, (one.id, other.id)


async def test_speed_and_mood_change_the_pace(tts: EspeakTTS) -> None:
    async def size(**changes: Any) -> float:
        return (await tts.generate_speech(SENTENCE, VOICE.model_copy(update=changes))).pcm.size

    plain = await size()
    assert await size(speed=1.5) < 0.8 * plain
    assert await size(speed=0.75) > 1.2 * plain
    assert await size(mood=EmotionalState.ANGRY) < await size(mood=EmotionalState.FRUSTRATED) < plain
    assert await size(mood=EmotionalState.CONFUSED) > plain


async def test_a_voice_may_be_named_by_the_engines_own_id(tts: EspeakTTS) -> None:
    raw = await tts.generate_speech(SENTENCE, VoiceConfig(voice_id="en-gb-scotland+f2"))
    plain = await tts.generate_speech(SENTENCE, VoiceConfig(voice_id="en-gb-scotland"))
    assert raw.pcm.tobytes() != plain.pcm.tobytes()


@pytest.mark.parametrize("voice_id", ["zz-nobody", "en-us+Nobody", "en-us+../f2", "a b", ""])
async def test_an_unknown_voice_is_a_plain_error(tts: EspeakTTS, voice_id: str) -> None:
    with pytest.raises(ProviderError, match=r"no espeak v.*us-emily") as caught:
        await tts.generate_speech(SENTENCE, VoiceConfig(voice_id=voice_id))
    assert caught.value.kind is ProviderErrorKind.BAD_REQUEST
    check_words("Still here.", await tts.generate_speech("Still here.", VOICE))


# ------------------------------------------------------------------ processes


async def test_a_killed_worker_is_replaced_in_the_middle_of_a_reply() -> None:
    provider = EspeakTTS(workers=1)
    reference = digest(await provider.generate_speech(LONG, VOICE))
    (before,) = provider.worker_pids()
    parts: list[SpeechPart] = []
    async for part in provider.stream_speech(LONG, VOICE):
        if not parts:
            os.kill(before, signal.SIGKILL)
        parts.append(part)
    (after,) = provider.worker_pids()
    await provider.aclose()
    words = tuple(word for part in parts for word in part.words)
    assert digest(Speech(np.concatenate([part.pcm for part in parts]), words, 24_000)) == reference
    assert after != before


async def test_workers_that_died_idle_are_replaced(tts: EspeakTTS) -> None:
    await asyncio.gather(*(tts.generate_speech(LONG[:300], VOICE) for _ in range(8)))
    for pid in tts.worker_pids():
        os.kill(pid, signal.SIGKILL)
    for _ in range(4):
        check_words("Still here.", await tts.generate_speech("Still here.", VOICE))


async def test_cancelling_midway_leaves_the_pool_sound() -> None:
    provider = EspeakTTS(workers=1)
    pids: set[int] = set()
    for _ in range(3):
        begun = asyncio.Event()

        async def listen(begun: asyncio.Event = begun) -> None:
            async for _part in provider.stream_speech(LONG, VOICE):
                begun.set()

        task = asyncio.create_task(listen())
        await asyncio.wait_for(begun.wait(), 20)
        pids |= set(provider.worker_pids())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        check_words("Still here.", await provider.generate_speech("Still here.", VOICE))
        assert len(provider.worker_pids()) == 1
    pids |= set(provider.worker_pids())
    await provider.aclose()
    assert len(pids) == 4
    assert not any(running(pid) for pid in pids)


async def test_a_slow_reader_holds_no_worker() -> None:
    provider = EspeakTTS(workers=1)
    slow = provider.stream_speech(LONG, VOICE)
    await anext(slow)
    async with asyncio.timeout(20):
        check_words("Still here.", await provider.generate_speech("Still here.", VOICE))
    await slow.aclose()
    await provider.aclose()


def test_a_second_event_loop_after_closing() -> None:
    provider = EspeakTTS()

    async def once() -> str:
        speech = await provider.generate_speech(SENTENCE, VOICE)
        await provider.aclose()
        await provider.aclose()
        return digest(speech)

    assert asyncio.run(once()) == asyncio.run(once())


@pytest.fixture
def fake_worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A worker that is ready, takes a request, and then does what the test writes at its end."""
    script = tmp_path / "worker.py"
    script.write_text(
        textwrap.dedent("""
            import json, struct, sys, time
            def send(header, sound=b""):
                raw = json.dumps(header).encode()
                sys.stdout.buffer.write(struct.pack("<II", len(raw), len(sound)) + raw + sound)
                sys.stdout.buffer.flush()
            send({"type": "ready", "sample_rate": 22050})
            sys.stdin.buffer.read(struct.unpack("<I", sys.stdin.buffer.read(4))[0])
        """)
    )
    monkeypatch.setattr(espeak_pool, "_WORKER", script)
    monkeypatch.setattr(espeak_pool, "_FRAME_TIMEOUT_S", 0.3)
    return script


@pytest.mark.parametrize(
    ("behaviour", "told"),
    [
        ("", "broke twice.*it ended"),
        ("send({'type': 'audio', 'words': []}, bytes(100)); sys.exit(3)", "broke twice.*it ended"),
        ("time.sleep(30)", "broke twice.*said nothing"),
        ("send({'type': 'end', 'samples': 50})", "50 samples, and 0 came"),
        ("send({'type': 'error', 'kind': 'engine', 'message': 'no luck'})", "failed: no luck"),
    ],
)
async def test_a_worker_that_keeps_breaking_is_a_plain_error(
    tts: EspeakTTS, fake_worker: Path, behaviour: str, told: str
) -> None:
    fake_worker.write_text(fake_worker.read_text() + behaviour + "\n")
    with pytest.raises(ProviderError, match=told) as caught:
        await tts.generate_speech(SENTENCE, VOICE)
    assert caught.value.kind is ProviderErrorKind.BAD_RESPONSE


@pytest.mark.parametrize("content", [None, b"this is no library"])
async def test_no_library_is_a_plain_error_with_a_remedy(
    tts: EspeakTTS, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    library = tmp_path / "libespeak-ng.so"
    if content is not None:
        library.write_bytes(content)
    monkeypatch.setattr(espeakng_loader, "get_library_path", lambda: str(library))
    with pytest.raises(ProviderError, match="pip install espeakng-loader") as caught:
        await tts.generate_speech(SENTENCE, VOICE)
    assert caught.value.kind is ProviderErrorKind.CONNECTION


@pytest.mark.parametrize("folder", ["x" * 180, "größe"])
async def test_data_at_a_path_that_the_library_does_not_take(
    tts: EspeakTTS, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: str
) -> None:
    reference = digest(await tts.generate_speech(SENTENCE, VOICE))
    data = tmp_path / folder / "espeak-ng-data"
    data.parent.mkdir()
    data.symlink_to(espeakng_loader.get_data_path(), target_is_directory=True)
    short = tmp_path / "t"
    short.mkdir()
    monkeypatch.setattr(espeakng_loader, "get_data_path", lambda: str(data))
    monkeypatch.setattr("tempfile.tempdir", str(short))
    provider = EspeakTTS()
    assert digest(await provider.generate_speech(SENTENCE, VOICE)) == reference
    assert list(short.iterdir())
    await provider.aclose()
    assert not list(short.iterdir())


def test_the_worker_alone_says_nothing_but_frames_and_ends_with_its_input() -> None:
    request = {
        "voice": "en-us",
        "variant": "f2",
        "rate": 170,
        "pitch": 50,
        "range": 50,
        "pieces": [["Hello there", 100]],
    }
    raw = json.dumps(request).encode()
    message = struct.pack("<I", len(raw)) + raw
    unknown = message.replace(b'"f2"', b'"f9"')
    done = subprocess.run(
        # -S: without the packages of the environment, so that none can slow its start.
        [
            sys.executable,
            "-I",
            "-S",
            espeak_worker.__file__,
            espeakng_loader.get_library_path(),
            espeakng_loader.get_data_path(),
        ],
        input=message + unknown + message,
        capture_output=True,
        timeout=30,
        check=True,
    )
    rest, kinds, sound = done.stdout, [], []
    while rest:
        head, size = struct.unpack("<II", rest[:8])
        header = json.loads(rest[8 : 8 + head])
        kinds.append(header["type"])
        sound.append(rest[8 + head : 8 + head + size])
        rest = rest[8 + head + size :]
    assert [kind for kind in kinds if kind != "audio"] == ["ready", "end", "error", "end"]
    one, two = "".join("|" if kind in {"end", "error"} else "a" for kind in kinds).split("||")
    assert one.strip("a") == ""
    assert two.strip("a|") == ""
    assert b"".join(sound).count(b"\1") > 0
    half = len(b"".join(sound)) // 2
    assert b"".join(sound)[:half] == b"".join(sound)[half:]


def test_the_worker_ends_when_nobody_reads() -> None:
    request = {"voice": "en-us", "variant": "", "rate": 170, "pitch": 50, "range": 50, "pieces": [[LONG, 0]]}
    raw = json.dumps(request).encode()
    with subprocess.Popen(
        [sys.executable, espeak_worker.__file__, espeakng_loader.get_library_path(), espeakng_loader.get_data_path()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        assert worker.stderr is not None
        worker.stdin.write(struct.pack("<I", len(raw)) + raw)
        worker.stdin.flush()
        worker.stdout.read(1000)
        worker.stdout.close()
        assert worker.wait(30) == 0
        assert worker.stderr.read() == b""
