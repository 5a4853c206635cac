"""The app as a person starts it: in a terminal, on a sound card that keeps what it plays."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.virtual_card import VirtualCard, without_silence
from vcg_tui.audio.files import read_wav

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="virtual cards are ALSA's")

_ESCAPES = re.compile(rb"\x1b\[[0-9;?<>=]*[a-zA-Z]|\x1b[()][A-Z0-9]|\x1b[=>]")


_Sound = np.ndarray[Any, np.dtype[np.int32]]


def _own_terminal() -> None:
    """In the child: the terminal is its own, and tells it when it is closed."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """A command in a pseudo terminal; a thread takes what it writes."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str], size: tuple[int, int]) -> None:
        self._end, theirs = pty.openpty()
        columns, rows = size
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(theirs)
        self._folder = folder
        self._theirs = theirs
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONFAULTHANDLER": "1"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=_own_terminal,
        )
        self.written = bytearray()
        self._closing = threading.Event()
        self._reader = threading.Thread(target=self._read, name="terminal")
        self._reader.start()

    def _read(self) -> None:
        while not self._closing.is_set():
            if select.select([self._end], [], [], 0.05)[0]:
                try:
                    self.written += os.read(self._end, 65536)
                except OSError:
                    return

    @property
    def after(self) -> list[Any]:
        """The terminal's modes now."""
        return termios.tcgetattr(self._theirs)

    def text(self, since: int = 0) -> str:
        """Everything written since a place, without what moves and colours it."""
        return _ESCAPES.sub(b"", bytes(self.written[since:])).decode(errors="replace")

    @property
    def words(self) -> str:
        """All words written so far, whatever stands between them."""
        return " ".join(re.sub(r"[^\w\s.:,;'()!?/-]", " ", self.text()).split())

    def type(self, keys: bytes) -> int:
        """Press keys; returns the place in what is written."""
        place = len(self.written)
        os.write(self._end, keys)
        return place

    def until(self, condition: Callable[[], object], what: str, bound_s: float = 60) -> None:
        end = time.monotonic() + bound_s
        while not condition():
            assert self.process.poll() is None, f"the app ended before {what}: {self.text()[-2000:]}"
            if time.monotonic() > end:
                raise AssertionError(f"{what} never came: {self.text()[-2000:]}\n{self._stuck()}")
            time.sleep(0.01)

    def ended(self, bound_s: float = 60) -> int:
        """The exit code, when it has ended."""
        try:
            return self.process.wait(bound_s)
        except subprocess.TimeoutExpired:
            text = self.text()[-2000:]
            raise AssertionError(f"the app did not end in {bound_s} s: {text}\n{self._stuck()}") from None

    def _stuck(self) -> str:
        """End it; where each of its threads was, and who of its children was there."""
        children = ", ".join(in_session(self))
        place = len(self.written)
        self.process.send_signal(signal.SIGABRT)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        logs = [path.read_text(errors="replace") for path in self._folder.rglob("logs/*.log")]
        return "\n".join([f"processes: {children}", *logs, self.text(place)])

    def hang_up(self) -> None:
        """The window is closed."""
        self._closing.set()
        self._reader.join()
        os.close(self._theirs)
        os.close(self._end)
        self._end = self._theirs = -1

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._closing.set()
        self._reader.join()
        if self._end >= 0:
            os.close(self._end)
            os.close(self._theirs)


@contextmanager
def terminal(
    folder: Path,
    environment: dict[str, str],
    size: tuple[int, int] = (120, 36),
    program: tuple[str, ...] = ("-m", "vcg_tui"),
) -> Iterator[Terminal]:
    shown = Terminal([sys.executable, *program], folder, environment, size)
    try:
        shown.until(lambda: "3 Transcript" in shown.text(), "the first screen")
        yield shown
    finally:
        shown.close()


F3, F5, ESCAPE, CTRL_Q = b"\x1bOR", b"\x1b[15~", b"\x1b", b"\x11"
FADE = 120
"""5 ms: what is cut fades out, what goes on after a pause fades in again."""
LEFT_AGAIN = (
    (b"\x1b[?1049h", b"\x1b[?1049l"),  # the other screen
    (b"\x1b[?25l", b"\x1b[?25h"),  # no cursor
    *((b"\x1b[?%dh" % mode, b"\x1b[?%dl" % mode) for mode in (1000, 1003, 1015, 1006)),  # the mouse
    (b"\x1b[?1004h", b"\x1b[?1004l"),  # focus
    (b"\x1b[?2004h", b"\x1b[?2004l"),  # pasting
    (b"\x1b[>25u", b"\x1b[<u"),  # keys in kitty's way
)


def assert_as_before(shown: Terminal) -> None:
    """The terminal is as it was, and nobody but the app wrote to it."""
    left = bytes(shown.written)
    assert shown.after == shown.before
    for on, off in LEFT_AGAIN:
        assert left.rfind(off) > left.rfind(on) >= 0, f"{on!r} was not taken back"
    behind = _ESCAPES.sub(b"", left[left.rfind(b"\x1b[?1049l") :]).strip()
    assert behind == b"", f"{behind!r} was printed on the person's own screen"
    for noise in (b"ALSA", b"PortAudio", b"Traceback", b"underrun"):
        assert noise not in left


def in_session(shown: Terminal) -> list[str]:
    """The processes that the app has started and that are still there, with itself."""
    found: list[str] = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = status.read_text().partition(" (")[2].rpartition(") ")
        except OSError:  # it has just ended
            continue
        state, _, _, session = rest.split()[:4]
        if int(session) == shown.process.pid and state != "Z":
            found.append(name)
    return found


def test_what_was_heard_is_what_the_call_holds_and_the_terminal_is_as_before(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    # first turns that are long: near the end of a turn the next one is on its way, and none is skipped
    (folder / "config.yaml").write_text("call:\n  max_turns: 12\n  seed: 2\n")
    (folder / "state.json").write_text('{"customer": "helen-moreau", "support": "care-line"}')
    with VirtualCard(tmp_path / "card", paced=True) as card:
        home = {"VCG_HOME": str(folder), "PYTHONPATH": card.environment["PYTHONPATH"]}
        with terminal(folder, {**card.environment, **home}) as shown:
            shown.type(F5)
            shown.until(lambda: len(without_silence(card.heard())) > 12_000, "sound")
            place = shown.type(b" ")
            shown.until(lambda: "paused" in shown.text(place), "the pause")
            shown.until(lambda: not card.heard()[-12_000:].any(), "silence")
            shown.type(b" ")
            (journal,) = folder.glob("data/conversations/*/journal.jsonl")
            before = len(card.heard())
            shown.until(lambda: journal.read_text().count("\n") > 2, "two turns")
            shown.until(lambda: card.heard()[before:].any(), "sound after the pause")
            skipped = shown.type(b"n")
            shown.until(lambda: re.search(r"» turn [2-9]", shown.text(skipped)), "the next turn")
            before = len(card.heard())
            shown.until(lambda: len(card.heard()) > before + 36_000, "sound after the skip")
            ended = shown.type(ESCAPE)
            shown.until(lambda: "■ ended" in shown.text(ended), "the call's end")
            assert list(folder.glob("data/conversations/*/conversation.json"))
            shown.type(CTRL_Q)
            assert shown.ended() == 0
            assert_as_before(shown)
            assert in_session(shown) == []
        heard = card.heard()
    (kept,) = folder.glob("data/conversations/*/conversation.json")
    call = json.loads(kept.read_text())
    assert call["end_reason"] == "stopped"
    sound, rate = read_wav(kept.parent / "audio" / "call.wav")
    assert rate == 24_000
    mix = np.clip(sound.astype(np.int32).sum(axis=1), -32768, 32767)
    starts = [round(turn["start_s"] * rate) for turn in call["turns"]]
    assert starts[1] > 6 * rate
    steps = _explain(heard.astype(np.int32), mix, starts)
    broken = heard.astype(np.int32)
    broken[np.flatnonzero(broken)[0] + 6_000] += 1  # the comparison sees a single sample
    with pytest.raises(AssertionError, match="something else"):
        _explain(broken, mix, starts)
    # on a busy machine a turn may come late, too
    assert [step for step, _ in steps if step != "silence"] == ["skip", "stop"]
    assert max(length for step, length in steps[: steps.index(("skip", 0))] if step == "silence") >= 12_000


def _explain(heard: _Sound, mix: _Sound, starts: list[int]) -> list[tuple[str, int]]:
    """Everything that was heard, as the call's sound sample for sample with what was done to it in between.

    Returns:
        What happened, in order, each with how many samples of silence it brought.
    """
    steps: list[tuple[str, int]] = []
    at, place = int(np.flatnonzero(heard)[0]), int(np.flatnonzero(mix)[0])
    while True:
        both = min(len(heard) - at, len(mix) - place)
        differs = np.flatnonzero(heard[at : at + both] != mix[place : place + both])
        same = int(differs[0]) if len(differs) else both
        assert same > FADE, f"at {at}, {place} of the call, something else was heard"
        at, place = at + same, place + same
        sounds = np.flatnonzero(heard[at:])
        if not len(sounds) or not heard[at + FADE :].any():
            return [*steps, ("stop", len(heard) - at)]
        skipped = _skipped(heard[at + FADE :], mix, [start for start in starts if start > place])
        if skipped is not None:
            at, place = at + FADE, skipped
            steps.append(("skip", 0))
        elif not heard[at - 1 : at + FADE].any() and not mix[place - 1]:
            # held where the call itself is silent, or the next turn came later than its place
            steps.append(("silence", int(sounds[0])))
            at += int(sounds[0])
            place += int(np.flatnonzero(mix[place:])[0])
        else:
            # faded out, silence, and from 5 ms before the place faded in
            silence = int(np.flatnonzero(heard[at + FADE :])[0])
            at += FADE + silence
            back = (back for back in range(2 * FADE) if np.array_equal(heard[at + back :][:FADE], mix[place:][:FADE]))
            found = next(back, None)
            assert found is not None, f"at {at}, {place} of the call, something else was heard"
            at += found
            steps.append(("silence", silence))


def _skipped(heard: _Sound, mix: _Sound, starts: list[int]) -> int | None:
    """Where in the call this goes on, if it is the next turn below whose beginning the old sound has faded out.

    That need not be seen 5 ms from its beginning: where both sounds are silent at first, later.
    """
    if not starts or not mix[starts[0] :].any():
        return None
    lead = int(np.flatnonzero(mix[starts[0] :])[0])
    window = heard[: lead + 4 * FADE]
    places = range(starts[0], starts[0] + lead + FADE + 1)
    return next((place for place in places if np.array_equal(window, mix[place:][: len(window)])), None)


@pytest.mark.parametrize("way", ["SIGTERM", "SIGHUP", "closed"])
def test_told_to_end_during_a_call_it_keeps_the_call_and_leaves_nothing_behind(tmp_path: Path, way: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "VCG_HOME": str(tmp_path)}
    (tmp_path / "config.yaml").write_text("call:\n  max_turns: 12\naudio:\n  device: nowhere\n")
    with terminal(tmp_path, environment) as shown:
        shown.type(F5)
        shown.until(lambda: any(_journals(tmp_path, 3)), "three turns")
        assert len(in_session(shown)) > 1
        assert " 1x no sound" in shown.words
        assert "No sound: the sound device 'nowhere' can't be used" in shown.words
        if way == "closed":
            shown.hang_up()
        else:
            shown.process.send_signal(signal.Signals[way])
        number = signal.SIGTERM if way == "SIGTERM" else signal.SIGHUP
        assert shown.ended() == 128 + number
        if way != "closed":
            assert_as_before(shown)
        end = time.monotonic() + 20
        while (left := in_session(shown)) and time.monotonic() < end:
            time.sleep(0.02)
        assert left == []
    (kept,) = tmp_path.glob("data/conversations/*/conversation.json")
    call = json.loads(kept.read_text())
    assert call["end_reason"] == "stopped"
    assert len(call["turns"]) >= 3
    assert "Traceback" not in (tmp_path / "app.log").read_text() if (tmp_path / "app.log").exists() else True


def test_two_apps_at_once_keep_their_own_calls_and_see_each_others(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "VCG_HOME": str(tmp_path)}
    (tmp_path / "config.yaml").write_text("call:\n  max_turns: 12\naudio:\n  device: nowhere\n")
    with terminal(tmp_path, environment) as one, terminal(tmp_path, environment) as two:
        for shown in (one, two):
            shown.type(b"r" + F5)
        one.until(lambda: len(list(_journals(tmp_path, 2))) == 2, "two turns of both")
        place = one.type(ESCAPE)
        one.until(lambda: "■ ended" in one.text(place), "the first one's end")
        place = one.type(F3)
        one.until(lambda: "being made" in one.text(place), "the other one's call in the list")
        place = two.type(ESCAPE)
        two.until(lambda: "■ ended" in two.text(place), "the second one's end")
        for shown in (one, two):
            shown.type(CTRL_Q)
            assert shown.ended() == 0
            assert_as_before(shown)
    kept = [json.loads(path.read_text()) for path in tmp_path.glob("data/conversations/*/conversation.json")]
    assert [call["end_reason"] for call in kept] == ["stopped", "stopped"]
    assert len({call["call_id"] for call in kept}) == 2
    assert "first_run_done: true" in (tmp_path / "config.yaml").read_text()
    assert json.loads((tmp_path / "state.json").read_text())
    assert not list(tmp_path.glob("*.part"))


def test_a_card_that_is_unplugged_is_a_sentence_and_the_call_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "config.yaml").write_text("call:\n  max_turns: 12\n")
    with VirtualCard(tmp_path / "card", paced=True) as card:
        home = {"VCG_HOME": str(folder), "PYTHONPATH": card.environment["PYTHONPATH"]}
        with terminal(folder, {**card.environment, **home}) as shown:
            shown.type(F5)
            shown.until(lambda: len(without_silence(card.heard())) > 12_000, "sound")
            card.unplug()
            shown.until(lambda: "No sound: the sound device is gone" in shown.words, "the sentence")
            place = len(shown.written)
            shown.until(lambda: "00:04" in shown.text(place), "the call going on")
            ended = shown.type(ESCAPE)
            shown.until(lambda: "■ ended" in shown.text(ended), "the call's end")
            assert list(folder.glob("data/conversations/*/conversation.json"))
            shown.type(CTRL_Q)
            assert shown.ended() == 0
            assert_as_before(shown)


CRASH = """
from vcg_tui.cli import main
from vcg_tui.tui import app

class Crashing(app.VcgApp):
    def action_help(self):
        raise LookupError("fell over")

app.VcgApp = Crashing
main()
"""


def test_after_a_crash_the_terminal_is_usable_and_the_log_is_named(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "VCG_HOME": str(tmp_path)}
    with terminal(tmp_path, environment, program=("-c", CRASH)) as shown:
        shown.type(b"\x1bOP")
        assert shown.ended() == 1
        assert shown.after == shown.before
        left = bytes(shown.written)
        for on, off in LEFT_AGAIN:
            assert left.rfind(off) > left.rfind(on) >= 0
        told = _ESCAPES.sub(b"", left[left.rfind(b"\x1b[?1049l") :]).decode()
        assert "The app had to end (LookupError)." in told
        assert "app.log" in told
        assert "Traceback" not in told
        assert in_session(shown) == []


def _journals(folder: Path, lines: int) -> Iterator[Path]:
    for path in folder.glob("data/conversations/*/journal.jsonl"):
        if path.read_text().count("\n") > lines:
            yield path


def _colours(written: bytes) -> set[tuple[int, ...]]:
    return {tuple(map(int, found)) for found in re.findall(rb"[34]8;2;(\d+);(\d+);(\d+)", written)}


def test_no_color_is_respected(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}

    def colours(**more: str) -> set[tuple[int, ...]]:
        with terminal(tmp_path, {**environment, **more}, (80, 24)) as shown:
            shown.type(CTRL_Q)
            assert shown.ended() == 0
            return _colours(bytes(shown.written))

    assert any(len(set(colour)) > 1 for colour in colours())
    grey = colours(NO_COLOR="1")
    assert grey
    assert all(len(set(colour)) == 1 for colour in grey)
