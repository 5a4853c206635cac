"""The app as a person starts it: in a terminal, on a sound card that keeps what it plays."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.virtual_card import VirtualCard, without_silence
from vcg_tui.audio.files import read_wav

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="virtual cards are ALSA's")

_ESCAPES = re.compile(rb"\x1b\[[0-9;?<>=]*[a-zA-Z]|\x1b[()][A-Z0-9]|\x1b[=>]")


class Terminal:
    """A command in a pseudo terminal; a thread takes what it writes."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str], size: tuple[int, int]) -> None:
        self._end, theirs = pty.openpty()
        columns, rows = size
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(theirs)
        self._theirs = theirs
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
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

    def type(self, keys: bytes) -> int:
        """Press keys; returns the place in what is written."""
        place = len(self.written)
        os.write(self._end, keys)
        return place

    def until(self, condition: Callable[[], object], what: str, bound_s: float = 60) -> None:
        end = time.monotonic() + bound_s
        while not condition():
            assert self.process.poll() is None, f"the app ended before {what}: {self.text()[-2000:]}"
            assert time.monotonic() < end, f"{what} never came: {self.text()[-2000:]}"
            time.sleep(0.01)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._closing.set()
        self._reader.join()
        os.close(self._end)
        os.close(self._theirs)


@contextmanager
def terminal(folder: Path, environment: dict[str, str], size: tuple[int, int] = (120, 36)) -> Iterator[Terminal]:
    command = [sys.executable, "-m", "vcg_tui"]
    shown = Terminal(command, folder, environment, size)
    try:
        shown.until(lambda: "3 Transcript" in shown.text(), "the first screen")
        yield shown
    finally:
        shown.close()


F5, ESCAPE, CTRL_Q = b"\x1b[15~", b"\x1b", b"\x11"


def test_start_run_pause_skip_stop_quit_and_what_was_heard_is_in_the_call(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "config.yaml").write_text("call:\n  max_turns: 12\n")
    with VirtualCard(tmp_path / "card", paced=True) as card:
        home = {"VCG_HOME": str(folder), "PYTHONPATH": card.environment["PYTHONPATH"]}
        with terminal(folder, {**card.environment, **home}) as shown:
            shown.type(F5)
            shown.until(lambda: len(without_silence(card.heard())) > 12_000, "sound")
            place = shown.type(b" ")
            shown.until(lambda: "paused" in shown.text(place), "the pause")
            shown.type(b" ")
            (journal,) = folder.glob("data/conversations/*/journal.jsonl")
            shown.until(lambda: journal.read_text().count("\n") > 3, "three turns")
            before = len(card.heard())
            shown.type(b"n")
            shown.until(lambda: len(card.heard()) > before + 36_000, "sound after the skip")
            shown.type(ESCAPE)
            shown.until(lambda: list(folder.glob("data/conversations/*/conversation.json")), "the kept call")
            shown.type(CTRL_Q)
            assert shown.process.wait(30) == 0
            left = bytes(shown.written)
            assert shown.after == shown.before
        heard = card.heard()
    for on, off in ((b"\x1b[?1049h", b"\x1b[?1049l"), (b"\x1b[?1000h", b"\x1b[?1000l"), (b"\x1b[?25l", b"\x1b[?25h")):
        assert left.rfind(off) > left.rfind(on) >= 0
    assert b"ALSA" not in left
    assert b"Traceback" not in left
    (kept,) = folder.glob("data/conversations/*/conversation.json")
    call = json.loads(kept.read_text())
    assert call["end_reason"] == "stopped"
    sound, rate = read_wav(kept.parent / call["turns"][0]["audio"])
    assert rate == 24_000
    assert _holds(heard, sound[4_800:9_600])


def _holds(heard: np.ndarray[Any, Any], part: np.ndarray[Any, Any]) -> bool:
    """Whether a part of the call stands in what was heard, sample for sample."""
    needle = part.astype(np.int16)
    places = np.flatnonzero(heard[: len(heard) - len(needle) + 1] == needle[0])
    return any(np.array_equal(heard[at : at + len(needle)], needle) for at in places)


def _colours(written: bytes) -> set[tuple[int, ...]]:
    return {tuple(map(int, found)) for found in re.findall(rb"[34]8;2;(\d+);(\d+);(\d+)", written)}


def test_no_color_is_respected(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}

    def colours(**more: str) -> set[tuple[int, ...]]:
        with terminal(tmp_path, {**environment, **more}, (80, 24)) as shown:
            shown.type(CTRL_Q)
            assert shown.process.wait(30) == 0
            return _colours(bytes(shown.written))

    assert any(len(set(colour)) > 1 for colour in colours())
    grey = colours(NO_COLOR="1")
    assert grey
    assert all(len(set(colour)) == 1 for colour in grey)
