"""Sound cards for tests: ALSA devices that end in a file, for machines with or without a real card.

`exact` hands over every sample, as fast as it is asked for: only for what was fed before it plays. `paced` plays in
real time: ALSA writes into a FIFO whose reader, a thread of the test, takes it out at the card's rate. ALSA reads its
configuration when PortAudio is loaded, so sound is played in a process of its own, with the card's environment.
"""

from __future__ import annotations

import fcntl
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parent.parent
_PIPE_BYTES = 4096
_PATIENCE_S = 0.05
_NEXT_PLAYER_S = 1.0
"""A card that had nothing for as long is played on by somebody else."""
_CONFIG = """
pcm.virtual {{
    type file
    format raw
    file "{file}"
    slave.pcm {{ type null }}
}}
pcm.!default {{ type plug slave.pcm "virtual" }}
ctl.!default {{ type hw card 0 }}
"""


class VirtualCard:
    """A card of which everything that was played can be read back. Use it as a context manager."""

    def __init__(
        self, folder: Path, *, paced: bool = False, sample_rate: int = 24_000, held_bytes: int = _PIPE_BYTES
    ) -> None:
        """``held_bytes``: what a paced card holds that it has not played yet; whole pages."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._rate = sample_rate
        self.haste = 1
        """Of a paced card: how many times as fast as real time it plays what comes after a silence."""
        self._file = folder / ("played.fifo" if paced else "played.raw")
        self._played = bytearray()
        self._arrivals: list[tuple[float, int]] = []
        self.dry_s = 0.0
        """Paced: how long the card had nothing to play between two sounds, silence included, of one player."""
        self._unplug = threading.Event()
        self._reader: threading.Thread | None = None
        config = folder / "asound.conf"
        config.write_text(_CONFIG.format(file=self._file))
        self.environment = {
            **os.environ,
            "ALSA_CONFIG_PATH": f"/usr/share/alsa/alsa.conf:{config}",
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "PYTHONPATH": str(ROOT),
        }
        if paced:
            os.mkfifo(self._file)
            # Opened for writing too, so that the reader sees no end of file between two players.
            self._fifo = os.open(self._file, os.O_RDWR | os.O_NONBLOCK)
            # A full-sized pipe would let the player race 64 KiB ahead of what is heard.
            fcntl.fcntl(self._fifo, fcntl.F_SETPIPE_SZ, held_bytes)
            self._reader = threading.Thread(target=self._read_paced, name="virtual-card")

    def __enter__(self) -> VirtualCard:
        if self._reader is not None:
            self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    def unplug(self) -> None:
        """Take the card away: who plays on it gets an error."""
        if self._reader is not None and not self._unplug.is_set():
            self._unplug.set()
            self._reader.join()
            os.close(self._fifo)

    def _read_paced(self) -> None:
        began: float | None = None
        taken = 0
        while not self._unplug.is_set():
            if not select.select([self._fifo], [], [], _PATIENCE_S)[0]:
                began = None  # nobody plays: the clock starts again with the next sound
                continue
            now = time.monotonic()
            if began is None and self._arrivals and now - self._arrivals[-1][0] < _NEXT_PLAYER_S:
                self.dry_s += now - self._arrivals[-1][0]
            if began is None:
                began, taken = now, 0
            due = int((now - began) * self._rate * self.haste) * 2 - taken
            if due < 2:
                time.sleep(0.002)
                continue
            data = os.read(self._fifo, due)
            taken += len(data)
            self._played += data
            self._arrivals.append((time.monotonic(), len(self._played)))

    def heard(self) -> NDArray[np.int16]:
        """Everything played so far, mono."""
        data = bytes(self._played) if self._reader is not None else self._file.read_bytes()
        return np.frombuffer(data[: len(data) // 2 * 2], np.int16)

    def taken_at(self, sample: int) -> float:
        """When the paced card took a sample of `heard` to play it, on ``time.monotonic``."""
        return next(when for when, size in self._arrivals if size > 2 * sample)

    def run(self, command: Sequence[str], *, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a command that plays on this card."""
        return subprocess.run(
            command,
            env=self.environment,
            cwd=self._folder,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def run_python(self, snippet: str, *arguments: str, timeout: float = 60) -> str:
        """Run Python that plays on this card; returns what it printed, and fails where it failed."""
        done = self.run([sys.executable, "-W", "error", "-c", snippet, *arguments], timeout=timeout)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run_vcg(self, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run the `vcg` command on this card."""
        return self.run([sys.executable, "-m", "vcg_tui", *arguments], timeout=timeout)


def without_silence(sound: NDArray[np.int16]) -> NDArray[np.int16]:
    """The sound from its first to its last sample that is not 0."""
    there = np.flatnonzero(sound)
    return sound[there[0] : there[-1] + 1] if len(there) else sound[:0]
