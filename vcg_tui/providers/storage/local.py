"""Calls kept in a folder of this machine, each in a folder of its own."""

from __future__ import annotations

import contextlib
import difflib
import heapq
import re
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import ValidationError
from pydantic_core import from_json

from vcg_tui.audio.files import wav_frames
from vcg_tui.errors import StorageError
from vcg_tui.models.conversation import CallPlan, CallState, CallSummary, Conversation, EndReason, StoredCall
from vcg_tui.models.metrics import CallMetrics
from vcg_tui.models.summary import summarise
from vcg_tui.providers.base import StorageGateway
from vcg_tui.providers.registry import register_storage
from vcg_tui.providers.storage import journal
from vcg_tui.providers.storage.faults import faults_named
from vcg_tui.providers.storage.index import summarise_folders
from vcg_tui.providers.storage.listing import is_call, read_conversation, summarise_folder
from vcg_tui.providers.storage.notes import read_notes, write_notes
from vcg_tui.providers.storage.writer import (
    CONVERSATION,
    LOCK,
    METRICS,
    LocalCallWriter,
    place,
    release,
    turn_audio,
    write_whole,
)

if TYPE_CHECKING:
    from collections.abc import Generator

    from filelock import BaseFileLock
    from numpy.typing import NDArray

    from vcg_tui.audio.mixing import PlacedWav
    from vcg_tui.config import Settings
    from vcg_tui.models.conversation import CallNotes

_SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_LOCK_WAIT_S = 0.25
"""A lister holds a call's lock for a moment to see whether it is free; whoever means it waits that long."""
_LIST_HINT = "`vcg conversations list` shows the calls there are."
_DELETED = ".deleting-"


class LocalStorage(StorageGateway):
    """Keeps every call in ``base_path/<call_id>/``; any number of processes may use the same folder at once.

    Ids that people give may be a unique beginning of a call's id.
    """

    name = "local"

    def __init__(self, base_path: Path) -> None:
        """Nothing is touched yet; the folder is made when the first call is stored.

        Args:
            base_path: the folder of all calls; ``~`` is the home folder.
        """
        self.base_path = base_path.expanduser().absolute()

    def open_call(self, plan: CallPlan) -> LocalCallWriter:
        """Begin to store a call in a new folder.

        Raises:
            StorageError: there is a call by this id already, the id is no safe name, or the folder can't be made.
        """
        if not _SAFE_ID.fullmatch(plan.call_id):
            raise StorageError(
                f"{plan.call_id!r} can't be the id of a call.", "Use letters, digits and hyphens, a letter first."
            )
        folder = self.base_path / plan.call_id
        with faults_named(self.base_path, "store the call"):
            self.base_path.mkdir(parents=True, exist_ok=True)
            try:
                folder.mkdir()
            except FileExistsError as error:
                raise StorageError(
                    f"There is a call {plan.call_id} in {self.base_path} already.", "Give the new call another id."
                ) from error
            lock = _lock(folder)
            try:
                return LocalCallWriter(folder, plan, lock)
            except BaseException:
                lock.release()
                shutil.rmtree(folder, ignore_errors=True)  # just made, and nothing of worth in it
                raise

    def save_conversation(
        self, conversation: Conversation, metrics: CallMetrics, audio: dict[int, NDArray[np.int16]] | None = None
    ) -> dict[str, Path]:
        """Store a whole call at once; ``audio`` holds each turn's sound (mono int16) by its number.

        Raises:
            StorageError: it could not be stored; then nothing of it is left behind.
        """
        plan = CallPlan(
            call_id=conversation.call_id,
            created_at=conversation.created_at,
            customer=conversation.customer,
            support=conversation.support,
            details=conversation.plan,
        )
        writer = self.open_call(plan)
        silence = np.zeros(0, np.int16)
        try:
            for turn in conversation.turns:
                writer.write_turn(turn, (audio or {}).get(turn.turn, silence))
            return writer.finish(conversation, metrics)
        except BaseException:
            writer.close()
            shutil.rmtree(writer.path, ignore_errors=True)  # the caller still has everything
            raise

    def list_conversations(self) -> list[CallSummary]:
        """All calls, newest first, each with its state; empty where the folder does not exist yet.

        Raises:
            StorageError: the folder of all calls can't be read.
        """
        return sorted(summarise_folders(self.base_path, self._folders()), key=_age, reverse=True)

    def newest_conversations(self, count: int) -> list[CallSummary]:
        """The last ones by their ids, which begin with the time; the others are not looked at.

        Raises:
            StorageError: the folder of all calls can't be read.
        """
        last = heapq.nlargest(count, self._folders(), key=lambda folder: folder.name)
        found = [summary for folder in last if (summary := summarise_folder(folder)) is not None]
        return sorted(found, key=_age, reverse=True)

    def load_conversation(self, call_id: str) -> StoredCall:
        """A whole call, by its id or a unique beginning of it.

        Raises:
            StorageError: there is none by this id, it is not whole, or its files can't be read.
        """
        return self._load(self._resolve(call_id))

    def annotate(self, call_id: str, notes: CallNotes) -> CallSummary:
        """Write a person's notes to a call, by its id or a unique beginning of it; returns it as it is listed now.

        Raises:
            StorageError: there is none by this id, or they could not be stored.
        """
        folder = self._resolve(call_id)
        with faults_named(folder, f"store the notes to call {folder.name}"):
            write_notes(folder, notes)
        summary = summarise_folder(folder)
        if summary is None:
            raise StorageError(f"Call {folder.name} was deleted just now.", _LIST_HINT)
        return summary

    def delete_conversation(self, call_id: str) -> None:
        """Remove a call, by its id or a unique beginning of it, with everything in its folder.

        Raises:
            StorageError: there is none by this id, it is being made, or it could not be removed.
        """
        folder = self._resolve(call_id)
        doomed = self.base_path / f"{_DELETED}{folder.name}-{secrets.token_hex(4)}"
        with faults_named(folder, f"delete call {folder.name}"):
            if not (folder / CONVERSATION).exists():
                _lock(folder).release()
            # Out of sight in one step: a process killed while it deletes must not leave half a call that looks whole.
            folder.rename(doomed)
            try:
                shutil.rmtree(doomed)
            except BaseException:
                with contextlib.suppress(OSError):  # what could not be removed stays where people find it
                    doomed.rename(folder)
                raise
        for leftover in self.base_path.glob(f"{_DELETED}*"):
            shutil.rmtree(leftover, ignore_errors=True)  # of a process that was killed at this point

    def recover_conversation(self, call_id: str) -> StoredCall:
        """Make an interrupted call a whole one, from its completed turns; a whole call is left as it is.

        Raises:
            StorageError: there is none by this id, it is being made, or no turn of it was complete.
        """
        folder = self._resolve(call_id)
        if not (folder / CONVERSATION).exists():
            with faults_named(folder, f"recover call {folder.name}"), _locked(folder):
                if not (folder / CONVERSATION).exists():
                    self._complete(folder)
        return self._load(folder)

    def _complete(self, folder: Path) -> None:
        try:
            content = journal.read_journal(folder / journal.NAME)
        except FileNotFoundError:
            content = journal.JournalContent(None, [])
        plan = content.plan
        placed: dict[int, PlacedWav] = {}
        turns = [entry.turn for entry in content.turns if entry.frames == 0]
        for entry in content.turns:
            if plan and entry.frames and _has_frames(folder / turn_audio(entry.turn), entry.frames):
                turns.append(entry.turn)
                placed[entry.turn.turn] = place(folder, entry.turn, entry.frames, plan.details.sample_rate)
        if plan is None or not turns:
            raise StorageError(
                f"Nothing of call {folder.name} can be recovered: no turn of it was complete.",
                f"Remove it with `vcg conversations delete {folder.name}`.",
            )
        turns.sort(key=lambda turn: turn.turn)
        conversation = Conversation.of(
            plan, turns, EndReason.INTERRUPTED, end_detail="The program was ended while it made the call."
        )
        write_whole(folder, conversation, summarise(turns), placed)

    def _load(self, folder: Path) -> StoredCall:
        with faults_named(folder, f"read call {folder.name}"):
            if not (folder / CONVERSATION).exists():
                summary = summarise_folder(folder)
                if summary and summary.state is CallState.BEING_MADE:
                    raise StorageError(f"Call {folder.name} is still being made.", "Try again when it has ended.")
                raise StorageError(
                    f"Call {folder.name} was interrupted and is not whole.",
                    f"`vcg conversations recover {folder.name}` completes it from its finished turns.",
                )
            conversation = read_conversation(folder)
            return StoredCall(
                conversation=conversation,
                metrics=_metrics(folder, conversation),
                path=str(folder),
                notes=read_notes(folder),
            )

    def _resolve(self, call_id: str) -> Path:
        """The folder of a call; only names that are really there are ever used as a path."""
        there = {folder.name: folder for folder in self._folders()}
        if call_id in there and is_call(there[call_id]):
            return there[call_id]
        begins = [name for name in there if call_id and name.startswith(call_id)]
        matches = sorted(name for name in begins if is_call(there[name]))
        if len(matches) == 1:
            return there[matches[0]]
        if matches:
            some = ", ".join(matches[:4]) + (", ..." if len(matches) > 4 else "")
            raise StorageError(f"{len(matches)} calls begin with {call_id!r}: {some}.", "Give more of the id.")
        calls = [name for name, folder in there.items() if is_call(folder)]
        nearest = difflib.get_close_matches(call_id, calls, n=3, cutoff=0.4)
        close = f" The nearest: {', '.join(nearest)}." if nearest else ""
        raise StorageError(f"There is no call {call_id!r} in {self.base_path}.{close}", _LIST_HINT)

    def _folders(self) -> list[Path]:
        with faults_named(self.base_path, "read the calls"):
            try:
                return [entry for entry in self.base_path.iterdir() if not entry.name.startswith(".")]
            except FileNotFoundError:
                return []


def _metrics(folder: Path, conversation: Conversation) -> CallMetrics:
    """The stored metrics; where they are lost, what the turns themselves tell."""
    try:
        return CallMetrics.model_validate(from_json((folder / METRICS).read_bytes()))
    except (FileNotFoundError, ValueError, ValidationError):
        return summarise(conversation.turns)


def _has_frames(path: Path, frames: int) -> bool:
    try:
        return wav_frames(path) == frames
    except (FileNotFoundError, StorageError):
        return False


def _age(summary: CallSummary) -> tuple[float, str]:
    if summary.created_at is not None:
        return summary.created_at.timestamp(), summary.call_id
    try:
        return Path(summary.path).stat().st_mtime, summary.call_id
    except OSError:  # it has just been deleted
        return 0.0, summary.call_id


def _lock(folder: Path) -> BaseFileLock:
    """Take a call's lock; the kernel releases it when this process dies.

    Raises:
        OSError: the lock file can't be written.
        StorageError: another process holds it.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK, timeout=_LOCK_WAIT_S, poll_interval=0.01, thread_local=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise StorageError(f"Call {folder.name} is being made right now.", "Try again when it has ended.") from error
    return lock


@contextlib.contextmanager
def _locked(folder: Path) -> Generator[None]:
    lock = _lock(folder)
    try:
        yield
    finally:
        release(lock, folder)


@register_storage("local")
def make(settings: Settings) -> LocalStorage:
    """The storage in the folder that the settings name."""
    return LocalStorage(settings.storage.local.base_path)
