"""The first screen: choose who talks, watch the call being written, hear it being spoken."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from vcg_tui.errors import VcgError
from vcg_tui.models.events import CallEnded, CallStarted, MetricsChanged, Notice
from vcg_tui.tui.actions import bindings_for
from vcg_tui.tui.bridge import CallBridge
from vcg_tui.tui.frames import Frames
from vcg_tui.tui.messages import CallEventArrived, CallFailed
from vcg_tui.tui.screens.panes import PanesScreen
from vcg_tui.tui.session import CallPhase, CallSession
from vcg_tui.tui.widgets.call_header import CallHeader
from vcg_tui.tui.widgets.heard_transcript import HeardTranscript
from vcg_tui.tui.widgets.key_footer import KeyFooter
from vcg_tui.tui.widgets.metrics_pane import MetricsPane, one_line
from vcg_tui.tui.widgets.persona_card import PersonaCard
from vcg_tui.tui.widgets.persona_picker import PersonaPicker
from vcg_tui.tui.widgets.player_bar import PlayerBar, PlayerState
from vcg_tui.tui.widgets.transcript import Transcript
from vcg_tui.tui.widgets.transcript_search import TranscriptSearch
from vcg_tui.tui.widgets.welcome import Welcome

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.worker import Worker

    from vcg_tui.audio.player import Player
    from vcg_tui.models.persona import AnyPersona
    from vcg_tui.tui.backstage import Backstage
    from vcg_tui.tui.session import ShownTurn


class LiveScreen(PanesScreen):
    """Two personas, their call, its figures."""

    PLACE: ClassVar = "live"
    TITLE = "Live"
    CSS_PATH = "live.tcss"
    BINDINGS: ClassVar = bindings_for("live")
    HORIZONTAL_BREAKPOINTS: ClassVar = [(0, "-tiny"), (60, "-narrow"), (80, "-normal"), (120, "-wide"), (150, "-huge")]
    VERTICAL_BREAKPOINTS: ClassVar = [(0, "-sliver"), (8, "-flat"), (16, "-low"), (30, "-tall")]

    def __init__(self, backstage: Backstage) -> None:
        super().__init__(backstage)
        self._session = CallSession()
        self._bridge = CallBridge(backstage, self.post_message)
        self._making: Worker[None] | None = None
        self._changed: dict[int, ShownTurn] = {}
        self._figures_changed = False
        self._told_of_sound = False
        self._pause_word: str | None = ""

    def compose(self) -> ComposeResult:
        """Header, the four panes, the player, the keys."""
        yield CallHeader(id="header")
        with Horizontal(id="body"):
            with Vertical(id="sidebar"):
                yield PersonaPicker("1 Customers", id="customers")
                yield PersonaPicker("2 Support", id="support")
                yield PersonaCard(self.backstage.told, id="card")
            with Vertical(id="middle"):
                first_run = not self.backstage.settings.tui.first_run_done
                yield Welcome(self.backstage.told, first_run=first_run, id="welcome")
                yield HeardTranscript(id="transcript")
                yield TranscriptSearch(id="transcript-search")
                yield Static(id="more")
            yield MetricsPane(id="metrics")
        yield Static(id="metrics-line", markup=False)
        yield PlayerBar(id="player")
        yield KeyFooter()

    def on_mount(self) -> None:
        """Fill the lists, begin to draw."""
        for name in ("#transcript", "#welcome"):
            self.query_one(name).border_title = "3 Transcript"
        self.query_one("#transcript").display = False
        self.query_one(MetricsPane).show(self._session)
        self.query_one("#customers", PersonaPicker).focus_list()
        # Their files are read when there is something to see.
        self.call_after_refresh(self.first_personas)
        self._frames = Frames(self, self._draw, self._moving)

    def on_screen_resume(self) -> None:
        """Back from another screen: keys may have changed, and a call may have gone on."""
        self.query_one(Welcome).write()
        self.query_one(PersonaCard).tell_keys()
        self._frames.front()

    def on_screen_suspend(self) -> None:
        """Nothing is drawn behind another screen; a dialog lets the screen behind it be seen."""
        if not isinstance(self.app.screen, ModalScreen):
            self._frames.behind()

    # ------------------------------------------------------------------ the call

    def action_run_call(self) -> None:
        """Make a call with the two picked personas."""
        self.first_personas()  # for a key that was pressed before there was anything to see
        if self.busy:
            self.notify(self.backstage.told("A call is being made. {stop-call} stops it."))
        elif self.customer is not None and self.support is not None:
            from vcg_tui.services.pairing import new_seed

            self.put_away()
            seed = self.backstage.settings.call.seed
            making = self._bridge.make(self.customer, self.support, new_seed() if seed is None else seed)
            self._making = self.run_worker(making, group="call")
            self.refresh_bindings()

    def action_stop_call(self) -> None:
        """Put away what lies over the transcript; else end the call and keep what is complete."""
        if not self.put_away():
            self.stop_call()

    def stop_call(self) -> None:
        """End the call and keep what is complete."""
        if self._bridge.control is not None:
            self._bridge.control.stop()

    async def leave_call(self) -> None:
        """End a call that is still being made, and wait until it is kept."""
        await self._bridge.aclose()

    @property
    def busy(self) -> bool:
        """Whether a call is being made."""
        return self._making is not None and not self._making.is_finished

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Not there while there is nothing to do it to."""
        del parameters
        if not self.is_mounted:
            return True
        if action == "stop_call":
            return self.busy or self.lying_over
        if action in {"pause", "skip_turn", "restart_turn", "replay"}:
            return self.busy or (self.heard_player is not None and bool(self._session.turns))
        return True

    def key_word(self, action: str, usual: str) -> str | None:
        """Some keys do something else, or nothing, while a call is made, or a pane lies over the transcript."""
        match action:
            case "run_call" | "preview" | "call_settings":
                return None if self.busy else usual
            case "stop_call":
                return "Close" if self.lying_over else usual
            case "pause" if self._bridge.control is not None:
                return "Resume" if self._bridge.control.paused else usual
            case _:
                return super().key_word(action, usual)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A call begins or is over: other keys apply."""
        if event.worker is self._making:
            self._frames.wake()
            self.refresh_bindings()

    def on_call_event_arrived(self, message: CallEventArrived) -> None:
        """Take what happened into the session; it is drawn with the next frame."""
        event = message.event
        self._frames.wake()
        if isinstance(event, CallStarted):
            self._show(CallSession())
            self._session.listening = True
            self.query_one("#welcome").display = False
            self.query_one("#transcript").display = True
            if self.backstage.sound_problem and not self._told_of_sound:
                self._told_of_sound = True
                text = f"{self.backstage.sound_problem} The call goes on in silence, at the same pace."
                self.notify(text, title="No sound", severity="warning", timeout=12)
        changed = self._session.apply(event)
        if changed is not None:
            self._changed[changed.turn] = changed
        match event:
            case MetricsChanged() | CallStarted():
                self._figures_changed = True
            case Notice():
                severity = "information" if event.level == "info" else event.level
                self.notify(f"{event.text} {event.remedy}".strip(), severity=severity, timeout=10)
            case CallEnded():
                self._ended()
                self.run_worker(self._remember_first_run(), group="first-run")
            case _:
                pass

    def on_call_failed(self, message: CallFailed) -> None:
        """Say why no call was made."""
        self.notify(message.text, title="No call", severity="error", timeout=15)

    def _show(self, session: CallSession) -> None:
        self._session = session
        self._changed.clear()
        self._figures_changed = True
        self.query_one(Transcript).show_session(session)

    async def _remember_first_run(self) -> None:
        try:
            await self.backstage.remember_first_run()
        except VcgError as error:
            self.notify(str(error), title="Not remembered", severity="warning", timeout=10)

    def _ended(self) -> None:
        self._figures_changed = True
        transcript = self.query_one(Transcript)
        transcript.drop_missing(self._session)
        self._changed.update({shown.turn: shown for shown in self._session.turns})

    # ------------------------------------------------------------------ listening

    def action_pause(self) -> None:
        """Pause, or go on."""
        control, player = self._bridge.control, self.heard_player
        if control is not None:
            if control.paused:
                control.resume()
            else:
                control.pause()
        elif player is not None:
            if player.drained:
                player.replay()
            elif player.paused:
                player.resume()
            else:
                player.pause()
        self.show_player()

    def action_replay(self) -> None:
        """From the start of the call, also out of a pause."""
        if self._bridge.control is not None:
            self._bridge.control.resume()
        super().action_replay()

    @property
    def heard_player(self) -> Player | None:
        """The player, once there is a call to hear on this screen."""
        return self.backstage.player if self._bridge.lent == self.backstage.lent else None

    def jumped(self) -> None:
        """The transcript goes where the listener went."""
        self.query_one(HeardTranscript).let_go()
        self.show_player()

    def show_player(self) -> None:
        """Drawn with the next frame."""
        self._frames.wake()

    def _pick(self, persona: AnyPersona) -> None:
        super()._pick(persona)
        self._frames.wake()

    def on_transcript_turn_chosen(self, message: Transcript.TurnChosen) -> None:
        """Hear a clicked turn, if its sound is there."""
        start = next((turn.start_s for turn in self._session.turns if turn.turn == message.turn), None)
        if start is not None:
            self.seek(start)

    # ------------------------------------------------------------------ drawing

    def _moving(self) -> bool:
        player = self.backstage.player
        return self.busy or (player is not None and not player.drained and not player.paused)

    def _draw(self) -> None:
        """One frame: what changed since the last one, and where the listener is."""
        player, session = self.heard_player, self._session
        making = session.phase is CallPhase.MAKING
        if player is not None:
            heard = session.heard_until(player.position_s, playing=True) if not player.drained else session.all_heard()
            self._changed.update({shown.turn: shown for shown in heard})
        if self._changed:
            self.query_one(Transcript).update_turns([self._changed[turn] for turn in sorted(self._changed)])
            self._changed.clear()
        if self._figures_changed:
            self._figures_changed = False
            starved = player.starved_s if player is not None and making else None
            self.query_one(MetricsPane).show(session, starved_s=starved)
            self.query_one("#metrics-line", Static).update(f" {one_line(session)}")
        if player is not None and not making and self._moving() and (heard_turn := player.heard_turn) is not None:
            self._reveal(heard_turn.turn)
        self._draw_player()
        self._draw_header()
        if (word := self.key_word("pause", "")) != self._pause_word:
            self._pause_word = word
            self.refresh_bindings()

    def _reveal(self, turn: int) -> None:
        """A call that is heard again: read along."""
        for shown in self._session.turns:
            if shown.turn == turn:
                self.query_one(HeardTranscript).reveal(shown)

    def _draw_player(self) -> None:
        player = self.backstage.player
        if player is None:
            return
        heard = player.heard_turn
        length = heard.length_s if heard else 0.0
        if self.heard_player is not None:
            length = max((turn.end_s or turn.start_s or 0.0 for turn in self._session.turns), default=0.0)
        self.query_one(PlayerBar).state = PlayerState.of(
            player,
            turn=heard.turn if heard else 0,
            position_s=min(player.position_s, length),
            length_s=length,
            paused=player.paused,
            active=not player.drained and (self.busy or heard is not None),
        )

    def _draw_header(self) -> None:
        header = self.query_one(CallHeader)
        picked = self.customer, self.support
        plan = self._session.plan
        header.show_people((plan.customer, plan.support) if plan is not None else picked, picked)
        header.show_settings(self.backstage.settings)
        player, control = self.heard_player, self._bridge.control
        position = player.position_s if player is not None and control is not None else 0.0
        if control is None:
            header.state = "ended" if self._session.phase is CallPhase.ENDED else "ready"
        elif control.paused:
            header.state = "paused"
        else:
            header.state = "speaking" if position > 0 else "writing"
        header.position_s = position

    # ------------------------------------------------------------------ the transcript

    def action_search(self) -> None:
        """Search in the focused pane."""
        pane = self.focused
        for picker in self.query(PersonaPicker):
            if pane is not None and picker in pane.ancestors_with_self:
                picker.focus_search()
                return
        self.query_one(TranscriptSearch).begin()

    def on_transcript_search_wanted(self, message: TranscriptSearch.Wanted) -> None:
        """Mark what is searched for, and say how often it is there."""
        transcript = self.query_one(Transcript)
        at, count = transcript.search(message.text, step=message.step)
        told = f"{at} of {count}" if count else "nowhere"
        transcript.border_subtitle = told if message.text.strip() else ""

    def on_transcript_search_left(self) -> None:
        """Back to the transcript."""
        self.query_one(Transcript).focus()

    def on_transcript_following_changed(self, message: Transcript.FollowingChanged) -> None:
        """Say how many turns came below."""
        more = self.query_one("#more", Static)
        more.set_class(not message.following and message.unseen > 0, "-shown")
        more.update(f"↓ {message.unseen} new (end)")

    def on_click(self, event: events.Click) -> None:
        """A click on the hint goes to the end."""
        if event.widget is not None and event.widget.id == "more":
            self.query_one(Transcript).action_follow()
