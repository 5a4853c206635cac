"""The saved calls: find one, read it, hear it again, compare it with another."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.screen import ModalScreen

from vcg_tui.errors import VcgError
from vcg_tui.models.conversation import CallState
from vcg_tui.tui.actions import bindings_for
from vcg_tui.tui.call_search import CallSearch, SearchedCall, today
from vcg_tui.tui.known_calls import KnownCalls
from vcg_tui.tui.screens.keeping import KeepingScreen, named
from vcg_tui.tui.session import CallSession
from vcg_tui.tui.widgets.action_links import ActionLinks
from vcg_tui.tui.widgets.call_list import CallList, CallListHeader
from vcg_tui.tui.widgets.call_preview import CallPreview
from vcg_tui.tui.widgets.call_search_box import CallSearchBox
from vcg_tui.tui.widgets.history_header import HistoryHeader
from vcg_tui.tui.widgets.key_footer import KeyFooter
from vcg_tui.tui.widgets.player_bar import PlayerBar
from vcg_tui.tui.widgets.search_problems import SearchProblems
from vcg_tui.tui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.widgets import Input
    from textual.worker import Worker

    from vcg_tui.models.conversation import CallSummary, StoredCall
    from vcg_tui.providers.base import StorageGateway
    from vcg_tui.tui.actions import Place
    from vcg_tui.tui.backstage import Backstage

_FRAMES_PER_S = 25
_SETTLED_S = 0.05
"""A call is read once the cursor has rested on it for so long."""
_LOOK_AGAIN_S = 3.0
_SCREENFUL = 100
"""More rows than any terminal shows."""
_NO_CALLS = "No calls saved yet. Press {live}, then {run-call}, to make one."


class HistoryScreen(KeepingScreen):
    """All saved calls beside the highlighted one."""

    PLACE: ClassVar[Place] = "history"
    TITLE = "History"
    CSS_PATH = "history.tcss"
    AUTO_FOCUS = "CallList"
    BINDINGS: ClassVar = bindings_for("history")
    HORIZONTAL_BREAKPOINTS: ClassVar = [(0, "-tiny"), (60, "-narrow"), (110, "-wide"), (150, "-huge")]
    VERTICAL_BREAKPOINTS: ClassVar = [(0, "-sliver"), (8, "-flat"), (16, "-low"), (30, "-tall")]

    def __init__(self, backstage: Backstage, *, busy: Callable[[], bool] = lambda: False) -> None:
        """Prepare.

        Args:
            backstage: where storage and player are.
            busy: whether a call is being made in this app; then the player is not to be had.
        """
        super().__init__(backstage)
        self._busy = busy
        self._known = KnownCalls()
        self._stored: StoredCall | None = None
        self._reading: Worker[None] | None = None
        self._away = True
        self._offered: tuple[bool, str | None] = False, ""

    def compose(self) -> ComposeResult:
        """Header, the list, the highlighted call, the player, the keys."""
        yield HistoryHeader(id="history--header")
        with Vertical(id="history--body"):
            with Vertical(id="history--calls"):
                yield CallSearchBox(id="history--search")
                yield SearchProblems(id="history--problems")
                yield CallListHeader(id="history--columns")
                yield CallList(id="history--list")
            yield CallPreview(self.backstage.told, id="history--preview")
        yield ActionLinks(id="history--links")
        yield PlayerBar(id="history--player")
        yield KeyFooter()

    def on_mount(self) -> None:
        """Name the panes."""
        self.query_one("#history--calls").border_title = "1 Calls"
        self._frames = self.set_interval(1 / _FRAMES_PER_S, self._frame, pause=True)
        self._fill()

    def on_screen_resume(self) -> None:
        """Back from another screen: what is saved may have changed."""
        if self._away:
            self._away = False
            self.show_links()
            self.action_reload()

    def on_screen_suspend(self) -> None:
        """Another screen takes the player; a dialog does not."""
        if not isinstance(self.app.screen, ModalScreen):
            self._away = True
            self.stop_listening()

    # ------------------------------------------------------------------ the list

    @property
    def _list(self) -> CallList:
        return self.query_one(CallList)

    @property
    def _preview(self) -> CallPreview:
        return self.query_one(CallPreview)

    @property
    def _search_box(self) -> CallSearchBox:
        return self.query_one(CallSearchBox)

    @property
    def highlighted(self) -> CallSummary | None:
        """The call under the cursor."""
        return self._list.highlighted

    @property
    def interrupted(self) -> list[CallSummary]:
        """All calls that can be recovered."""
        return self._known.in_state(CallState.INTERRUPTED)

    def changed(self, call: CallSummary) -> None:
        """Show a call's new notes."""
        self._known.change(call)
        self._fill()
        self._read_once_more()

    def gone(self, call: CallSummary) -> None:
        """Take a deleted call from the list."""
        self._known.forget(call)
        self._fill()
        self._read_once_more()

    def _read_once_more(self) -> None:
        """Where the list is still being read, it may be read without the change."""
        if not self._known.all_read:
            self.action_reload()

    def marks_changed(self) -> None:
        """Show which call is marked."""
        self._tell()

    def action_reload(self) -> None:
        """Read the list anew."""
        self.run_worker(self._read_list(), exclusive=True, group="list")

    async def _read_list(self) -> None:
        began = time.monotonic()
        if not self._known.read:
            # Thousands take a moment: what stands on the first screenful is there at once.
            newest = await self._calls_by(lambda storage: storage.newest_conversations(_SCREENFUL))
            if newest:
                self._known.take(newest, all_read=len(newest) < _SCREENFUL)
                self._fill()
        calls = await self._calls_by(lambda storage: storage.list_conversations())
        self._known.take(self._known.searched if calls is None else calls, all_read=True)
        self._fill()
        if self._known.in_state(CallState.BEING_MADE):
            self.set_timer(max(_LOOK_AGAIN_S, 20 * (time.monotonic() - began)), self._look_again)

    async def _calls_by(self, ask: Callable[[StorageGateway], list[CallSummary]]) -> list[SearchedCall] | None:
        return await self.with_storage(lambda storage: [SearchedCall.of(call) for call in ask(storage)])

    def _look_again(self) -> None:
        """A call is being made somewhere: it may have ended."""
        if not self._away:
            self.action_reload()

    def _fill(self, *, searching: bool = False) -> None:
        """Show the calls that the search finds; ``searching``: it is being typed."""
        if not self.query(CallList):
            return  # left while the disk was read
        on = today()
        search = CallSearch.parse(self._search_box.value, on)
        known = self._known
        found = search.find(known.searched)
        empty = "No call fits this search. {back} empties it." if known.searched else _NO_CALLS
        if not known.read:
            empty = "Reading the calls …"
        self.set_class(known.read and not known.searched, "-empty")
        self._list.show(found, today=on, empty=self.backstage.told(empty), searching=searching)
        pane = self.query_one("#history--calls")
        pane.border_subtitle = known.counted(len(found), narrowed=bool(search.tests))
        self.query_one(SearchProblems).show([self.backstage.told(problem) for problem in search.problems])
        self._tell()

    def _tell(self) -> None:
        """The top line, and the marks in the list."""
        marked = named(self.marked) if self.marked else ""
        self.query_one(HistoryHeader).show(self._known.calls, marked, self.backstage.told)
        self._list.mark(playing=self.listening.call_id, marked=self.marked.call_id if self.marked else None)
        self._what_can_be_done()

    def _what_can_be_done(self) -> None:
        """Another call, or another state of it: other actions apply."""
        self.show_links()
        self.refresh_bindings()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search while typing."""
        event.stop()
        self._fill(searching=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the search box goes on to the list."""
        event.stop()
        self.action_focus_calls()

    # ------------------------------------------------------------------ the highlighted call

    def on_call_list_highlighted(self, message: CallList.Highlighted) -> None:
        """Show the call."""
        self._show(message.call)
        self._what_can_be_done()

    def on_call_list_star_clicked(self, message: CallList.StarClicked) -> None:
        """A click on a star."""
        self.toggle_star(message.call)

    def _show(self, call: CallSummary | None) -> None:
        whole = call is not None and call.state is CallState.WHOLE
        if call and whole and self._stored and self._stored.conversation.call_id == call.call_id:
            self._preview.show_notes(call, self._stored)
            return
        self._preview.show_summary(call, waiting=whole)
        self._stored = None
        self._leave_reading()
        if call is not None and whole:
            self._reading = self.run_worker(self._read(call), group="preview")

    def _leave_reading(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    async def _read(self, call: CallSummary) -> None:
        await asyncio.sleep(_SETTLED_S)
        try:
            stored = await asyncio.to_thread(self._load, call)
        except VcgError as error:
            self._preview.show_problem(call, str(error))
            return
        self._stored = stored
        heard = self.listening.session if self.listening.call_id == call.call_id else None
        session = heard or CallSession.stored(stored.conversation, stored.metrics)
        self._preview.show_stored(call, stored, session)

    def _load(self, call: CallSummary) -> StoredCall:
        return self.backstage.storage.load_conversation(call.call_id)

    # ------------------------------------------------------------------ listening

    def on_call_list_chosen(self, message: CallList.Chosen) -> None:
        """A double click plays."""
        self._play(message.call)

    def on_transcript_turn_chosen(self, message: Transcript.TurnChosen) -> None:
        """A click on a turn: hear the call from there."""
        call, session = self.highlighted, self._preview.session
        if call is None or session is None:
            return
        turn = next(shown for shown in session.turns if shown.turn == message.turn)
        if self.listening.call_id == call.call_id:
            self.seek(turn.start_s or 0.0)
        else:
            self._play(call, turn.start_s or 0.0)

    def action_play_call(self) -> None:
        """Hear the highlighted call from its start."""
        if (call := self.highlighted) is not None:
            self._play(call)

    def action_pause(self) -> None:
        """Pause, or go on; where nothing is heard, hear the highlighted call."""
        if self.listening.player is None:
            self.action_play_call()
        else:
            self.listening.pause_or_go_on()
            self.show_player()

    def _play(self, call: CallSummary, at_s: float = 0.0) -> None:
        if call.state is not CallState.WHOLE:
            self.say(f"{named(call)} is {call.state.replace('_', ' ')} and can't be heard.")
        elif self._busy():
            text = "A call is being made and has the player. {live} goes there, {stop-call} ends it."
            self.say(self.backstage.told(text))
        else:
            self.run_worker(self._hear(call, at_s), exclusive=True, group="hear")

    async def _hear(self, call: CallSummary, at_s: float) -> None:
        try:
            stored = self._stored
            if stored is None or stored.conversation.call_id != call.call_id:
                stored = await asyncio.to_thread(self._load, call)
            session = CallSession.stored(stored.conversation, stored.metrics)
            if self.highlighted == call:
                self._stored = stored
                self._leave_reading()
                self._preview.show_stored(call, stored, session)
            self._frames.resume()
            self._tell()
            await self.listening.begin(stored, session, at_s)
        except VcgError as error:
            self.say(str(error), error=True)
        self._tell()

    def _frame(self) -> None:
        """One frame: where the listener is."""
        changed = self.listening.advance()
        session = self.listening.session
        if session is not None and session is self._preview.session:
            self._preview.transcript.update_turns(changed)
            if (player := self.listening.player) is not None and (heard := player.heard_turn) is not None:
                self._preview.transcript.reveal(session.turns[heard.turn - 1])
        self.show_player()
        offered = session is not None, self.key_word("pause", "")
        if self._offered != offered:
            self._offered = offered
            self.refresh_bindings()
        if session is None:
            self._frames.pause()
            self._tell()

    def key_word(self, action: str, usual: str) -> str | None:
        """Esc empties the search before it leaves."""
        if action == "back" and self._search_box.value:
            return "Clear"
        return super().key_word(action, usual)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What can be done with what is heard is there while something is."""
        del parameters
        return self.listening.session is not None if action in {"stop_listening", "pause"} else True

    def action_stop_listening(self) -> None:
        """Fall silent."""
        self.stop_listening()

    def jumped(self) -> None:
        """The transcript goes where the listener went."""
        self._preview.transcript.let_go()

    def stop_listening(self) -> None:
        self.listening.stop()
        self._frame()
        if (session := self._preview.session) is not None:
            self._preview.transcript.update_turns(session.turns)

    # ------------------------------------------------------------------ panes

    def action_search(self) -> None:
        """Search in the list."""
        self._search_box.focus()

    def action_focus_calls(self) -> None:
        """Go to the list, and to what a search has found."""
        self._list.settle()
        self._list.focus()

    def action_focus_call_transcript(self) -> None:
        """Go to the transcript; where there is room for one pane, it is this one."""
        self._preview.remove_class("-figures")
        self._preview.transcript.focus()

    def action_focus_call_metrics(self) -> None:
        """Go to the figures; where there is room for one pane, it is this one."""
        if self._preview.session is not None:
            self._preview.add_class("-figures")
            self._preview.figures.focus()

    def action_back(self) -> None:
        """Empty the search; else back to the live screen."""
        if self._search_box.value:
            self._search_box.value = ""
            self._list.focus()
        elif self.focused is not self._list:
            self._list.focus()
        else:
            self.app.call_later(self.app.run_action, "live")
