"""The app as a program of its own in a pseudo terminal.

Run as a script it is the app while something goes on in it. ``stream TURNS``: a call of so many turns, then text
without end. ``calls COUNT FILE``: so many calls one after another, the process's memory after each in the file.
"""

from __future__ import annotations

import asyncio
import fcntl
import gc
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TOKENS_PER_S = 60
HURRY = 40
"""So many times faster than it sounds a call is heard where only memory is measured."""


class Terminal:
    """A program in a terminal of 120x36, and what it has drawn."""

    def __init__(self, folder: Path, *command: str) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        outside = {name: value for name, value in os.environ.items() if not name.startswith(("VCG_", "LLM_", "TTS_"))}
        environment = {
            **outside,
            "PYTHONPATH": str(ROOT),
            "VCG_HOME": str(folder / "home"),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
        }
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, *command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)
        self._seen = b""

    def until(self, text: str, bound_s: float = 60.0) -> float:
        """Read until a text is drawn; `time.monotonic` of then."""
        wanted, deadline = text.encode(), time.monotonic() + bound_s
        while wanted not in self._seen:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._master], [], [], left)[0]:
                raise TimeoutError(f"{text!r} was not drawn within {bound_s} s")
            self._seen += os.read(self._master, 65_536)
        return time.monotonic()

    def press(self, keys: str) -> float:
        """Type; what was drawn before counts no more. `time.monotonic` of the key."""
        self.read_for(0)
        self._seen = b""
        now = time.monotonic()
        os.write(self._master, keys.encode())
        return now

    def read_for(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while select.select([self._master], [], [], max(0.0, deadline - time.monotonic()))[0]:
            try:
                self._seen += os.read(self._master, 65_536)
            except OSError:  # nobody is at the other end any more
                return
            if time.monotonic() >= deadline:
                return

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)


async def _stream(app: Any, turns: int) -> None:
    """A call of so many turns, then text without end at a model's speed."""
    from tests.sample_calls import call_plan
    from vcg_tui.models.events import CallStarted, TextDelta, TurnStarted
    from vcg_tui.models.role import Role
    from vcg_tui.tui.messages import CallEventArrived

    plan = call_plan()
    live = app.screen
    text = "I have looked at the line from here, and everything up to your building is in good order. " * 2
    live.post_message(CallEventArrived(CallStarted(plan.call_id, 0.0, plan)))
    roles = (Role.SUPPORT, Role.CUSTOMER)
    number, due = 0, time.monotonic()
    while True:
        number += 1
        role = roles[number % 2]
        live.post_message(CallEventArrived(TurnStarted(plan.call_id, 0.0, number, role)))
        if number <= turns:
            live.post_message(CallEventArrived(TextDelta(plan.call_id, 0.0, number, role, text)))
            if number % 25 == 0:
                await asyncio.sleep(0.02)
            continue
        for word in text.split(" "):
            live.post_message(CallEventArrived(TextDelta(plan.call_id, 0.0, number, role, f"{word} ")))
            # By the clock, not by naps: what the app takes for itself must not slow the model down.
            due = max(due + 1 / TOKENS_PER_S, time.monotonic() - 1.0)
            await asyncio.sleep(max(0.0, due - time.monotonic()))


async def _calls(app: Any, count: int, told: Path) -> None:
    """Calls as a person makes them, heard by nobody in a fraction of their time."""
    from vcg_tui.audio import player

    def hurried(rate: int, _: object) -> tuple[player.Player, None]:
        silent = player.SilentPlayer(rate, clock=lambda: time.monotonic() * HURRY)
        silent.open()
        return silent, None

    player.open_player = hurried
    live = app.screen
    with told.open("w", encoding="utf-8", buffering=1) as lines:
        for _ in range(count):
            await app.run_action("screen.random_pair", live)
            await app.run_action("screen.run_call", live)
            while live.busy:
                await asyncio.sleep(0.02)
            pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
            lines.write(f"{pages * os.sysconf('SC_PAGE_SIZE')}\n")
    app.exit()


def main(what: str, *arguments: str) -> None:
    gc.disable()  # as the command starts the app
    from vcg_tui.config import Settings
    from vcg_tui.tui.app import VcgApp

    class Busy(VcgApp):
        def on_ready(self) -> None:
            if what == "stream":
                work = _stream(self, int(arguments[0]))
            else:
                work = _calls(self, int(arguments[0]), Path(arguments[1]))
            self.run_worker(work, group="bench")

    Busy(Settings.model_validate({"call": {"max_turns": 12}})).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
