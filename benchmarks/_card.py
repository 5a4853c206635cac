"""Calls heard on virtual sound cards: each in a process of its own, on a card of its own, in real time."""

from __future__ import annotations

import asyncio
import ctypes.util
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import _calls as calls
import numpy as np
from numpy.typing import NDArray

from tests.virtual_card import VirtualCard, without_silence

RATE = 24_000
HELD_BYTES = 8192
"""170 ms: about what a device holds for a player that asks for 0.2 s of latency."""
ALSA = Path("/usr/share/alsa/alsa.conf")


def why_no_card() -> str:
    """Why calls are heard by the silent player instead; empty: they are not."""
    if sys.platform != "linux" or not ALSA.exists():
        return "no ALSA here"
    return "" if ctypes.util.find_library("portaudio") else "no PortAudio here"


def on_what() -> str:
    """For a table's title."""
    without = why_no_card()
    return f", by a silent player ({without})" if without else ", on a virtual card"


@dataclass
class Heard:
    """What became of a call; times in seconds, ``*_at`` of `time.monotonic`."""

    began_at: float
    fed_s: float
    """From the start to sound at the player."""
    handed_s: float
    """From the start to the first sample handed to the card."""
    played_s: float | None
    """From the start to the card taking that sample."""
    starved_s: float = 0.0
    """As the program counts it."""
    silence_s: float | None = None
    """By how much what the card played between the first and the last sample is longer than the timeline."""
    intact: bool | None = None
    """Whether the card played the timeline, sample by sample."""
    dry_s: float | None = None
    """How long the card had nothing to play at all, not even silence."""
    heard_s: float = 0.0
    turns: int = 0
    cpu_s: float = 0.0


class Listener:
    """A program that hears one call; ready to start it when entered."""

    def __init__(
        self, running: calls.LoopbackServers, turns: int, *, warm: bool = True, first_only: bool = False
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="vcg-bench-card-")
        folder = Path(self._folder.name)
        self._planned = folder / "planned.npy"
        self._card: VirtualCard | None = None
        if not why_no_card():
            self._card = VirtualCard(folder / "card", paced=True, sample_rate=RATE, held_bytes=HELD_BYTES)
        self._first_only = first_only
        self._wanted = {
            "url": running.openai_url,
            "turns": turns,
            "warm": warm,
            "first_only": first_only,
            "on_card": self._card is not None,
            "planned": str(self._planned),
        }

    async def __aenter__(self) -> Self:
        if self._card is not None:
            self._card.__enter__()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(Path(__file__).with_name("_listen.py")),
            json.dumps(self._wanted),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**(self._card.environment if self._card else os.environ), "VCG_HOME": os.environ["VCG_HOME"]},
        )
        assert (await self._line()) == "ready"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        if self._card is not None:
            await asyncio.to_thread(self._card.unplug)
        self._folder.cleanup()

    async def listen(self) -> Heard:
        """Make the call and hear it."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"go\n")
        await self._process.stdin.drain()
        told: dict[str, Any] = json.loads(await self._line())
        await self._process.wait()
        heard = Heard(
            told["began"],
            told["fed"],
            told["card"],
            None,
            told.get("starved_s") or 0.0,
            heard_s=told.get("heard_s", 0.0),
            turns=told.get("turns", 0),
            cpu_s=told.get("cpu_s", 0.0),
        )
        if self._card is not None:
            played = self._card.heard()
            heard.played_s = self._card.taken_at(int(np.flatnonzero(played)[0])) - told["began"]
            if not self._first_only:
                self._compare(heard, played)
        return heard

    def _compare(self, heard: Heard, played: NDArray[np.int16]) -> None:
        assert self._card is not None
        live, planned = without_silence(played), without_silence(np.load(self._planned))
        heard.silence_s = (len(live) - len(planned)) / RATE
        heard.intact = np.array_equal(live, planned)
        heard.dry_s = self._card.dry_s

    async def _line(self) -> str:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        assert line, f"the listening program ended with code {await self._process.wait()}"
        return line.decode().strip()
