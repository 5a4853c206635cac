"""What can be done with a saved call, apart from hearing it."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from typing import TYPE_CHECKING, TypeVar

from vcg_tui.errors import StorageError, VcgError
from vcg_tui.models.conversation import CallState
from vcg_tui.tui.actions import actions_for
from vcg_tui.tui.folders import open_folder
from vcg_tui.tui.screens.call_notes import CallNotesScreen
from vcg_tui.tui.screens.compare import CompareScreen
from vcg_tui.tui.screens.confirm import ConfirmScreen
from vcg_tui.tui.screens.listening import ListeningScreen
from vcg_tui.tui.widgets.action_links import ActionLinks
from vcg_tui.tui.widgets.metrics_pane import clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from vcg_tui.models.conversation import CallNotes, CallSummary, StoredCall
    from vcg_tui.providers.base import StorageGateway
    from vcg_tui.tui.backstage import Backstage

_T = TypeVar("_T")
_WITH_A_CALL = (
    "star_call",
    "rename_call",
    "tag_call",
    "mark_call",
    "compare_calls",
    "open_folder",
    "recover_call",
    "delete_call",
)
"""What is done with the highlighted call; the row of links shows it."""
_MAY_BE_OFF = (*_WITH_A_CALL, "play_call", "recover_all_calls")


class KeepingScreen(ListeningScreen):
    """A screen on which one saved call is highlighted; whoever inherits tells which, and shows what has changed."""

    def __init__(self, backstage: Backstage) -> None:
        super().__init__(backstage)
        self.marked: CallSummary | None = None
        """The call that others are compared with."""

    @property
    @abstractmethod
    def highlighted(self) -> CallSummary | None:
        """The call that an action is meant for."""

    @property
    @abstractmethod
    def interrupted(self) -> list[CallSummary]:
        """All calls that can be recovered."""

    @abstractmethod
    def changed(self, call: CallSummary) -> None:
        """A call has other notes now."""

    @abstractmethod
    def gone(self, call: CallSummary) -> None:
        """A call was deleted."""

    @abstractmethod
    def marks_changed(self) -> None:
        """Another call is marked, or none."""

    @abstractmethod
    def stop_listening(self) -> None:
        """Fall silent."""

    @abstractmethod
    def action_reload(self) -> None:
        """Read the list anew."""

    # ------------------------------------------------------------------ asking the storage

    def say(self, text: str, *, error: bool = False) -> None:
        """A sentence on the screen."""
        self.notify(text, severity="error" if error else "information", timeout=10 if error else 5)

    async def with_storage(self, work: Callable[[StorageGateway], _T]) -> _T | None:
        """Do something with the storage in a thread; None where it failed, which is told on the screen."""
        try:
            return await asyncio.to_thread(lambda: work(self.backstage.storage))
        except VcgError as error:
            self.say(str(error), error=True)
            return None

    # ------------------------------------------------------------------ what can be done now

    def key_word(self, action: str, usual: str) -> str | None:
        """Nothing is offered that can't be done with the highlighted call."""
        # most actions never are: thousands of calls need not be gone through for them
        off = action in _MAY_BE_OFF and action in self._off
        return None if off else super().key_word(action, usual)

    def show_links(self) -> None:
        """The actions that can be clicked, with the keys that they have now; dim: what can't be done."""
        links = [
            (self.backstage.told(f"{{{action.id}}}"), action.text, f"screen.{action.method}")
            for action in actions_for("history")
            if action.method in _WITH_A_CALL
        ]
        self.query_one(ActionLinks).show(links, off={f"screen.{method}" for method in self._off})

    @property
    def _off(self) -> set[str]:
        """What can't be done with the highlighted call."""
        call, off = self.highlighted, set[str]()
        if call is None:
            return {*_MAY_BE_OFF}
        if call.state is not CallState.WHOLE:
            off |= {"play_call", "mark_call"}
        if call.state is CallState.BEING_MADE:
            off.add("delete_call")
        if call.state is not CallState.INTERRUPTED:
            off.add("recover_call")
        if not self.interrupted:
            off.add("recover_all_calls")
        if self.marked is None or self.marked.call_id == call.call_id or call.state is not CallState.WHOLE:
            off.add("compare_calls")
        return off

    def _wanted(self) -> CallSummary | None:
        """The highlighted call; where there is none, that is told."""
        if self.highlighted is None:
            self.say("No call is highlighted.")
        return self.highlighted

    # ------------------------------------------------------------------ notes

    def action_star_call(self) -> None:
        """Star the call, or take its star away."""
        if (call := self._wanted()) is not None:
            self.toggle_star(call)

    def toggle_star(self, call: CallSummary) -> None:
        """Star a call, or take its star away."""
        self._annotate(call, call.notes.model_copy(update={"starred": not call.starred}))

    def action_rename_call(self) -> None:
        """Give the call a title."""
        self._ask_notes("title")

    def action_tag_call(self) -> None:
        """Give the call tags."""
        self._ask_notes("tags")

    def _ask_notes(self, field: Literal["title", "tags"]) -> None:
        call = self._wanted()
        if call is None:
            return

        def take(notes: CallNotes | None) -> None:
            if notes is not None:
                self._annotate(call, notes)

        self.app.push_screen(CallNotesScreen(call.notes, begin_with=field), take)

    def _annotate(self, call: CallSummary, notes: CallNotes) -> None:
        async def write() -> None:
            listed = await self.with_storage(lambda storage: storage.annotate(call.call_id, notes))
            if listed is not None:
                self.changed(listed)

        self.run_worker(write(), group="change")

    # ------------------------------------------------------------------ deleting, recovering

    def action_delete_call(self) -> None:
        """Delete the call, once that was confirmed."""
        call = self._wanted()
        if call is None:
            return
        if call.state is CallState.BEING_MADE:
            self.say("This call is being made; stop it before you delete it.")
            return

        def take(sure: bool | None) -> None:
            if sure:
                self.run_worker(self._delete(call), group="change")

        when = f"{call.created_at.astimezone():%d %b %Y %H:%M}, " if call.created_at else ""
        detail = f"{when}{clock(call.duration_s)}, {call.call_id}\nIts folder and audio can't be brought back."
        question = ConfirmScreen(f'Delete "{named(call)}"?', detail, yes="Delete", danger=True)
        self.app.push_screen(question, take)

    async def _delete(self, call: CallSummary) -> None:
        if self.listening.call_id == call.call_id:
            self.stop_listening()

        def work(storage: StorageGateway) -> bool:
            storage.delete_conversation(call.call_id)
            return True

        if await self.with_storage(work):
            if self.marked is not None and self.marked.call_id == call.call_id:
                self.marked = None
            self.gone(call)
            self.say(f"{named(call)} is deleted.")

    def action_recover_call(self) -> None:
        """Recover the interrupted call."""
        call = self._wanted()
        if call is None:
            return
        if call.state is not CallState.INTERRUPTED:
            self.say("Only an interrupted call can be recovered.")
        else:
            self.run_worker(self._recover([call]), group="change")

    def action_recover_all_calls(self) -> None:
        """Recover every interrupted call."""
        if not (calls := self.interrupted):
            self.say("No call is interrupted.")
        else:
            self.run_worker(self._recover(calls), group="change")

    async def _recover(self, calls: list[CallSummary]) -> None:
        def work(storage: StorageGateway) -> tuple[int, list[str]]:
            problems: list[str] = []
            for call in calls:
                try:
                    storage.recover_conversation(call.call_id)
                except StorageError as error:
                    problems.append(error.message)
            return len(calls) - len(problems), problems

        done = await self.with_storage(work)
        if done is None:
            return
        count, problems = done
        if count:
            self.say("1 call is recovered." if count == 1 else f"{count} calls are recovered.")
        if problems:
            more = f" And {len(problems) - 1} more." if len(problems) > 1 else ""
            self.say(problems[0] + more, error=True)
        self.action_reload()

    # ------------------------------------------------------------------ folder, comparison

    def action_open_folder(self) -> None:
        """Open the call's folder, and copy its path."""
        call = self._wanted()
        if call is None:
            return
        if not call.path:
            self.say("This call is not kept in a folder of this machine.")
            return
        self.app.copy_to_clipboard(call.path)
        self.run_worker(self._open(call.path), group="folder")

    async def _open(self, path: str) -> None:
        try:
            await asyncio.to_thread(open_folder, path)
        except VcgError as error:
            self.say(f"{error} Its path is copied.", error=True)
        else:
            self.say(f"Opened {path}. Its path is copied.")

    def action_mark_call(self) -> None:
        """Mark the call to be compared with, or take the mark away."""
        call = self._wanted()
        if call is None:
            return
        if call.state is not CallState.WHOLE:
            self.say("Only a whole call has figures to compare.")
            return
        same = self.marked is not None and self.marked.call_id == call.call_id
        self.marked = None if same else call
        self.marks_changed()

    def action_compare_calls(self) -> None:
        """Compare the marked call with the highlighted one."""
        call, marked = self._wanted(), self.marked
        if call is None:
            return
        if marked is None:
            self.say(self.backstage.told("Mark a call with {mark-call} first, then highlight another and compare."))
        elif marked.call_id == call.call_id:
            self.say("This is the marked call. Highlight another to compare it with.")
        elif call.state is not CallState.WHOLE:
            self.say("Only a whole call has figures to compare.")
        else:
            self.run_worker(self._compare(marked, call), exclusive=True, group="compare")

    async def _compare(self, first: CallSummary, second: CallSummary) -> None:
        def work(storage: StorageGateway) -> tuple[StoredCall, StoredCall]:
            return storage.load_conversation(first.call_id), storage.load_conversation(second.call_id)

        both = await self.with_storage(work)
        if both is not None:
            self.app.push_screen(CompareScreen(*both))


def named(call: CallSummary) -> str:
    """What a call is called in a sentence."""
    names = " × ".join(name for name in (call.customer, call.support) if name)
    return call.title or names or call.call_id
