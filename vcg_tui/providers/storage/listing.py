"""What kind of call a folder holds, told fast enough to list thousands."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError
from pydantic_core import from_json

from vcg_tui.errors import StorageError
from vcg_tui.models.conversation import CallState, CallSummary, Conversation, ModelChoice, llm_label
from vcg_tui.providers.storage import journal
from vcg_tui.providers.storage.notes import NAME as NOTES
from vcg_tui.providers.storage.notes import read_notes
from vcg_tui.providers.storage.writer import CONVERSATION, LOCK, TURNS_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MARKS = (CONVERSATION, journal.NAME, LOCK)
_TURNS_BEGIN = f'\n  "{TURNS_KEY}": ['.encode()
_TURN = b'\n      "turn": '
_TURNS_END = b"\n  ]\n}\n"


def is_call(folder: Path) -> bool:
    """Whether a folder is a call, and not something else that lies between them."""
    return not folder.name.startswith(".") and any((folder / mark).exists() for mark in _MARKS)


def summarise_folder(folder: Path) -> CallSummary | None:
    """The call in a folder, whatever its state; None where there is none (any more)."""
    if folder.name.startswith("."):
        return None
    summary = _without_notes(folder)
    if summary is None or not os.path.exists(f"{folder}{os.sep}{NOTES}"):  # noqa: PTH110  as in the index: thousands
        return summary
    return summary.model_copy(update=dict(read_notes(folder)))


def _without_notes(folder: Path) -> CallSummary | None:
    try:
        summary = _whole(folder)
        if summary is None and is_being_made(folder):
            return _unfinished(folder, CallState.BEING_MADE)
        # It may have become whole between the first look and the look at its lock.
        return summary or _whole(folder) or (_unfinished(folder, CallState.INTERRUPTED) if is_call(folder) else None)
    except OSError as error:
        return _broken(folder, error.strerror or str(error)) if folder.exists() else None
    except StorageError as error:
        return _broken(folder, error.message)


def is_being_made(folder: Path) -> bool:
    """Whether a living process holds the call's lock.

    Raises:
        OSError: the lock can't be asked, as in a folder of another user.
    """
    if not (folder / LOCK).exists():
        return False
    from filelock import FileLock, Timeout

    # Two tries a moment apart: somebody else may be asking the same question right now.
    lock = FileLock(folder / LOCK, timeout=0.004, poll_interval=0.002, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        return True
    lock.release()
    return False


def read_conversation(folder: Path) -> Conversation:
    """The whole call in a folder.

    Raises:
        OSError: it can't be read; FileNotFoundError where the call is not whole.
        StorageError: it is no conversation.
    """
    try:
        return Conversation.model_validate(from_json((folder / CONVERSATION).read_bytes()))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise StorageError(f"{folder / CONVERSATION} is no conversation: {where}: {first['msg']}.") from error
    except ValueError as error:
        raise StorageError(f"{folder / CONVERSATION} can't be read: {error}.") from error


def _whole(folder: Path) -> CallSummary | None:
    try:
        content = (folder / CONVERSATION).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    quick = _quick(folder, content)
    if quick is not None:
        return quick
    conversation = read_conversation(folder)
    return CallSummary(
        call_id=folder.name,
        state=CallState.WHOLE,
        created_at=conversation.created_at,
        customer=conversation.customer.name,
        support=conversation.support.name,
        turns=len(conversation.turns),
        duration_s=conversation.duration_s,
        end_reason=conversation.end_reason,
        outcome=conversation.outcome,
        path=str(folder),
        customer_id=conversation.customer.id,
        support_id=conversation.support.id,
        llm=conversation.plan.llm_label,
        tts=conversation.plan.tts.label,
    )


def _quick(folder: Path, content: bytes) -> CallSummary | None:
    """The summary from what stands before the turns; None unless the file is laid out as this program writes it.

    The turns are nearly all of the file. They are counted by their indentation, which no text inside a JSON string can
    imitate: a string holds no newline.
    """
    head, found, turns = content.partition(_TURNS_BEGIN)
    if not found or not turns.endswith(_TURNS_END):
        return None
    try:
        fields = cast("Mapping[str, Any]", from_json(head.rstrip().rstrip(b",") + b"}"))
        plan = fields["plan"]
        customer_llm, support_llm, tts = (ModelChoice(**plan[name]) for name in ("customer_llm", "support_llm", "tts"))
        return CallSummary(
            call_id=folder.name,
            state=CallState.WHOLE,
            created_at=fields["created_at"],
            customer=fields["customer"]["name"],
            support=fields["support"]["name"],
            turns=turns.count(_TURN),
            duration_s=fields["duration_s"],
            end_reason=fields["end_reason"],
            outcome=fields["outcome"],
            path=str(folder),
            customer_id=fields["customer"]["id"],
            support_id=fields["support"]["id"],
            llm=llm_label(customer_llm, support_llm),
            tts=tts.label,
        )
    except (ValueError, KeyError, TypeError):
        return None


def _unfinished(folder: Path, state: CallState) -> CallSummary:
    try:
        content = journal.read_journal(folder / journal.NAME)
    except FileNotFoundError:
        content = journal.JournalContent(None, [])
    plan = content.plan
    return CallSummary(
        call_id=folder.name,
        state=state,
        created_at=plan.created_at if plan else None,
        customer=plan.customer.name if plan else "",
        support=plan.support.name if plan else "",
        turns=len(content.turns),
        duration_s=max((entry.turn.end_s for entry in content.turns), default=0.0),
        path=str(folder),
        customer_id=plan.customer.id if plan else "",
        support_id=plan.support.id if plan else "",
        llm=plan.details.llm_label if plan else "",
        tts=plan.details.tts.label if plan else "",
    )


def _broken(folder: Path, problem: str) -> CallSummary:
    return CallSummary(call_id=folder.name, state=CallState.BROKEN, path=str(folder), problem=problem)
