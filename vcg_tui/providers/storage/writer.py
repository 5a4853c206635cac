"""A call being written to a folder."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from vcg_tui.audio.files import PART_SUFFIX, write_text, write_wav
from vcg_tui.audio.mixing import LEFT, RIGHT, PlacedWav, write_stereo
from vcg_tui.models.role import Role
from vcg_tui.models.transcript import render_transcript
from vcg_tui.providers.base import CallWriter
from vcg_tui.providers.storage import journal
from vcg_tui.providers.storage.faults import faults_named

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from filelock import BaseFileLock
    from numpy.typing import NDArray

    from vcg_tui.models.conversation import CallPlan, Conversation, Turn
    from vcg_tui.models.metrics import CallMetrics

AUDIO = "audio"
CONVERSATION = "conversation.json"
"""Written last: a folder that holds it is a whole call."""
METRICS = "metrics.json"
TRANSCRIPT = "transcript.txt"
STEREO = f"{AUDIO}/call.wav"
LOCK = ".lock"

TURNS_KEY = "turns"
"""The last key of conversation.json, so that a list of calls need not read them."""


class LocalCallWriter(CallWriter):
    """Writes one call into a folder made for it; holds the folder's lock until closed."""

    def __init__(self, folder: Path, plan: CallPlan, lock: BaseFileLock) -> None:
        """Begin the journal in an empty folder whose lock the caller has taken and now hands over.

        Raises:
            OSError: the disk refuses.
        """
        self._folder = folder
        self._rate = plan.details.sample_rate
        self._lock = lock
        self._placed: dict[int, PlacedWav] = {}
        (folder / AUDIO).mkdir()
        self._journal = journal.Journal(folder / journal.NAME, plan)

    @property
    def path(self) -> Path:
        return self._folder

    def write_turn(self, turn: Turn, pcm: NDArray[np.int16]) -> Turn:
        audio = turn_audio(turn) if len(pcm) else None
        stored = turn.model_copy(update={"audio": audio})
        with faults_named(self._folder, f"store turn {turn.turn}"):
            if audio is not None:
                write_wav(self._folder / audio, pcm, self._rate)
            self._journal.append(stored, len(pcm))
        self._placed.pop(turn.turn, None)
        if audio is not None:
            self._placed[turn.turn] = place(self._folder, stored, len(pcm), self._rate)
        return stored

    def finish(self, conversation: Conversation, metrics: CallMetrics) -> dict[str, Path]:
        files = write_whole(self._folder, conversation, metrics, self._placed)
        self.close()
        return files

    def close(self) -> None:
        self._journal.close()
        release(self._lock, self._folder)


def turn_audio(turn: Turn) -> str:
    """Where a turn's WAV lies in its call's folder: ``audio/turn-01-support.wav``."""
    return f"{AUDIO}/turn-{turn.turn:02d}-{turn.speaker.value}.wav"


def place(folder: Path, turn: Turn, frames: int, rate: int) -> PlacedWav:
    """A turn's WAV and where it is heard."""
    return PlacedWav(
        path=folder / turn_audio(turn),
        channel=LEFT if turn.speaker is Role.CUSTOMER else RIGHT,
        start=round(turn.start_s * rate),
        frames=frames,
    )


def release(lock: BaseFileLock, folder: Path) -> None:
    """Let go of a call's lock, and take the lock file away from a call that is whole."""
    if not lock.is_locked:
        return
    if (folder / CONVERSATION).exists():
        with contextlib.suppress(OSError):  # Windows removes no open file; a leftover lock file means nothing
            (folder / LOCK).unlink(missing_ok=True)
    lock.release()


def write_whole(
    folder: Path, conversation: Conversation, metrics: CallMetrics, placed: Mapping[int, PlacedWav]
) -> dict[str, Path]:
    """Write everything a whole call has beyond its turns' sound, conversation.json last.

    Args:
        folder: the call's.
        conversation: as it ended; its turns get their ``audio`` paths from ``placed``.
        metrics: of the call.
        placed: each turn's WAV by the turn's number; a turn without one is silent.

    Returns:
        The call's files by kind; no ``audio`` in a call without sound.

    Raises:
        StorageError: it could not be written; the turns' sound and the journal are intact.
    """
    turns = [
        turn.model_copy(update={"audio": turn_audio(turn) if turn.turn in placed else None})
        for turn in conversation.turns
    ]
    stored = conversation.model_copy(update={TURNS_KEY: turns})
    heard = [placed[turn.turn] for turn in turns if turn.turn in placed]
    files = {
        "folder": folder,
        "conversation": folder / CONVERSATION,
        "metrics": folder / METRICS,
        "transcript": folder / TRANSCRIPT,
        "journal": folder / journal.NAME,
    }
    with faults_named(folder, f"complete call {conversation.call_id}"):
        write_text(files["metrics"], _readable(metrics.model_dump(mode="json")))
        if heard:
            files["audio"] = folder / STEREO
            write_stereo(files["audio"], heard, conversation.plan.sample_rate)
        write_text(files["transcript"], render_transcript(stored))
        for leftover in folder.rglob(f".*{PART_SUFFIX}"):
            leftover.unlink(missing_ok=True)
        content = stored.model_dump(mode="json")
        content[TURNS_KEY] = content.pop(TURNS_KEY)
        write_text(files["conversation"], _readable(content))
    return files


def _readable(content: object) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
