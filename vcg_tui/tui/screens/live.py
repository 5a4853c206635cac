"""The first screen: choose who talks, watch the call being written, hear it being spoken."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical
from textual.widgets import Footer, Input, Static

from vcg_tui.errors import VcgError
from vcg_tui.models.events import CallEnded, CallStarted, MetricsChanged, Notice
from vcg_tui.models.persona import CustomerPersona, SupportPersona
from vcg_tui.services.planning import new_seed
from vcg_tui.services.preview import say_a_line
from vcg_tui.services.provider_factory import known
from vcg_tui.tui.actions import bindings_for
from vcg_tui.tui.bridge import CallBridge
from vcg_tui.tui.messages import CallEventArrived, CallFailed, PersonaHighlighted, PersonaPicked
from vcg_tui.tui.screens.call_dialog import CallDialog, CallWishes, with_wishes
from vcg_tui.tui.screens.listening import ListeningScreen
from vcg_tui.tui.session import CallPhase, CallSession
from vcg_tui.tui.widgets.call_header import CallHeader
from vcg_tui.tui.widgets.metrics_pane import MetricsPane, one_line
from vcg_tui.tui.widgets.persona_card import PersonaCard
from vcg_tui.tui.widgets.persona_picker import PersonaPicker
from vcg_tui.tui.widgets.player_bar import PlayerBar, PlayerState
from vcg_tui.tui.widgets.transcript import Transcript
from vcg_tui.tui.widgets.welcome import Welcome

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from vcg_tui.audio.player import Player
    from vcg_tui.models.persona import AnyPersona
    from vcg_tui.tui.backstage import Backstage
    from vcg_tui.tui.session import ShownTurn

_FRAMES_PER_S = 25


class LiveScreen(ListeningScreen):
    """Two personas, their call, its figures."""

    PLACE: ClassVar = "live"
    CSS_PATH = "live.tcss"
    BINDINGS: ClassVar = bindings_for("live")
    HORIZONTAL_BREAKPOINTS: ClassVar = [(0, "-tiny"), (60, "-narrow"), (80, "-normal"), (120, "-wide")]
    VERTICAL_BREAKPOINTS: ClassVar = [(0, "-flat"), (16, "-low"), (30, "-tall")]

    def __init__(self, backstage: Backstage) -> None:
        super().__init__(backstage)
        self._wishes: CallWishes | None = None
        self._previewing = False
        self._session = CallSession()
        self._bridge = CallBridge(backstage, self.post_message)
        self._customer: CustomerPersona | None = None
        self._support: SupportPersona | None = None
        self._changed: dict[int, ShownTurn] = {}
        self._figures_changed = False
        self._told_of_sound = False

    def compose(self) -> ComposeResult:
        """Header, the four panes, the player, the keys."""
        yield CallHeader(id="header")
        with Horizontal(id="body"):
            with Vertical(id="sidebar"):
                yield PersonaPicker("1 Customers", id="customers")
                yield PersonaPicker("2 Support", id="support")
                yield PersonaCard(id="card")
            with Vertical(id="middle"):
                yield Welcome(first_run=not self.backstage.settings.tui.first_run_done, id="welcome")
                yield Transcript(id="transcript")
                yield Input(placeholder="search the transcript", id="transcript-search", compact=True)
                yield Static(id="more")
            yield MetricsPane(id="metrics")
        yield Static(id="metrics-line", markup=False)
        yield PlayerBar(id="player")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Fill the lists, begin to draw."""
        for name in ("#transcript", "#welcome"):
            self.query_one(name).border_title = "3 Transcript"
        self.query_one("#transcript").display = False
        self.query_one(MetricsPane).show(self._session)
        self.show_personas()
        self.query_one("#customers", PersonaPicker).focus_list()
        self.set_interval(1 / _FRAMES_PER_S, self._draw)

    def show_personas(self) -> None:
        """Fill the lists with what there is now; the picked ones stay picked."""
        personas = self.backstage.personas
        customers, supports = personas.customers, personas.supports
        picked = self._customer.id if self._customer else ""
        self._customer = next((each for each in customers if each.id == picked), random.choice(customers))
        picked = self._support.id if self._support else ""
        self._support = next((each for each in supports if each.id == picked), random.choice(supports))
        self.query_one("#customers", PersonaPicker).show(customers, self._customer.id)
        self.query_one("#support", PersonaPicker).show(supports, self._support.id)
        self.query_one("#card", PersonaCard).persona = self._customer
        self._tell_pair()
        problems = personas.problems
        if problems:
            more = f" (and {len(problems) - 1} more: vcg personas validate)" if len(problems) > 1 else ""
            title = "A persona was left out"
            self.notify(f"{problems[0]}{more}", title=title, severity="warning", markup=False, timeout=10)

    # ------------------------------------------------------------------ choosing

    def on_persona_highlighted(self, message: PersonaHighlighted) -> None:
        """Show the persona's card."""
        self.query_one("#card", PersonaCard).persona = message.persona

    def on_persona_picked(self, message: PersonaPicked) -> None:
        """Take the persona for the next call."""
        self._pick(message.persona)

    def _pick(self, persona: AnyPersona) -> None:
        if isinstance(persona, CustomerPersona):
            self._customer = persona
        else:
            self._support = persona
        self._tell_pair()

    def action_random_pair(self) -> None:
        """Pick two personas by chance."""
        personas = self.backstage.personas
        for name, chosen in (
            ("customers", random.choice(personas.customers)),
            ("support", random.choice(personas.supports)),
        ):
            self.query_one(f"#{name}", PersonaPicker).pick(chosen)
            self._pick(chosen)

    # ------------------------------------------------------------------ the call

    def action_run_call(self) -> None:
        """Make a call with the two picked personas."""
        if self._bridge.control is not None:
            self.notify("A call is being made. Esc stops it.")
            return
        if self._customer is None or self._support is None:
            return
        seed = self.backstage.settings.call.seed
        making = self._bridge.make(self._customer, self._support, new_seed() if seed is None else seed)
        self.run_worker(making, exclusive=True, group="call", exit_on_error=True)

    def action_preview(self) -> None:
        """Say a line in the highlighted persona's voice."""
        persona = self.query_one("#card", PersonaCard).persona
        if self.busy or self._previewing:
            self.notify("Not while a call is being made." if self.busy else "A voice is being heard.")
        elif persona is not None:
            self.run_worker(self._say_a_line(persona), group="preview", exclusive=True)

    async def _say_a_line(self, persona: AnyPersona) -> None:
        self._previewing = True
        try:
            player = await self.backstage.open_player()
            line, voice, speech = await say_a_line(persona, self.backstage.studio.providers.tts)
            self.notify(line, title=f"{persona.name}, voice {voice.name}", markup=False)
            self._show(CallSession())
            player.begin_call()
            player.feed(0, 1, speech.pcm)
            player.finish()
        except VcgError as error:
            self.notify(str(error), severity="error", markup=False, timeout=10)
        finally:
            self._previewing = False

    def action_call_settings(self) -> None:
        """Set the next call."""
        if self.busy:
            self.notify("Not while a call is being made. Esc stops it.")
            return
        settings = self.backstage.settings
        chosen = settings.providers
        wishes = self._wishes or CallWishes(
            settings.call.max_turns, settings.call.seed, chosen.llm.type, chosen.tts.type
        )
        self.app.push_screen(CallDialog(wishes, known("llm"), known("tts")), self._take_wishes)

    async def _take_wishes(self, wishes: CallWishes | None) -> None:
        if wishes is None:
            return
        self._wishes = wishes
        try:
            await self.backstage.use(with_wishes(self.backstage.settings, wishes))
        except VcgError as error:
            self.notify(str(error), severity="error", markup=False, timeout=10)
        self._tell_pair()

    def action_stop_call(self) -> None:
        """End the call and keep what is complete."""
        if self._bridge.control is not None:
            self._bridge.control.stop()

    @property
    def busy(self) -> bool:
        """Whether a call is being made."""
        return self._bridge.control is not None

    def on_call_event_arrived(self, message: CallEventArrived) -> None:
        """Take what happened into the session; it is drawn with the next frame."""
        event = message.event
        if isinstance(event, CallStarted):
            self._show(CallSession())
            self._session.listening = True
            self.query_one("#welcome").display = False
            self.query_one("#transcript").display = True
            if self.backstage.sound_problem and not self._told_of_sound:
                self._told_of_sound = True
                text = f"{self.backstage.sound_problem} The call goes on in silence, at the same pace."
                self.notify(text, title="No sound", severity="warning", markup=False, timeout=12)
        changed = self._session.apply(event)
        if changed is not None:
            self._changed[changed.turn] = changed
        match event:
            case MetricsChanged() | CallStarted():
                self._figures_changed = True
            case Notice():
                severity = "information" if event.level == "info" else event.level
                self.notify(f"{event.text} {event.remedy}".strip(), severity=severity, markup=False, timeout=10)
            case CallEnded():
                self._ended()
            case _:
                pass

    def on_call_failed(self, message: CallFailed) -> None:
        """Say why no call was made."""
        self.notify(message.text, title="No call", severity="error", markup=False, timeout=15)

    def _show(self, session: CallSession) -> None:
        self._session = session
        self._changed.clear()
        self._figures_changed = True
        self.query_one(Transcript).show_session(session)

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

    @property
    def heard_player(self) -> Player | None:
        """The player, once there is a call to hear on this screen."""
        return self.backstage.player if self._session.phase is not CallPhase.NONE else None

    def show_player(self) -> None:
        """Drawn with the next frame."""

    def on_transcript_turn_chosen(self, message: Transcript.TurnChosen) -> None:
        """Hear a clicked turn, if its sound is there."""
        start = next((turn.start_s for turn in self._session.turns if turn.turn == message.turn), None)
        if start is not None:
            self.seek(start)

    # ------------------------------------------------------------------ drawing

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
        self._draw_player()
        self._tell_pair()

    def _draw_player(self) -> None:
        player, session = self.backstage.player, self._session
        if player is None:
            return
        heard = player.heard_turn
        self.query_one(PlayerBar).state = PlayerState(
            turn=heard.turn if heard else 0,
            position_s=player.position_s,
            length_s=max((turn.end_s or turn.start_s or 0.0 for turn in session.turns), default=0.0),
            paused=player.paused,
            muted=player.muted,
            volume=player.volume,
            speed=player.speed,
            level_dbfs=player.level.rms_dbfs,
            audible=player.audible,
            active=not player.drained,
        )

    def _tell_pair(self) -> None:
        header = self.query_one(CallHeader)
        header.customer = self._customer.name if self._customer else ""
        header.support = self._support.name if self._support else ""
        chosen = self.backstage.settings.providers
        header.providers = f"{chosen.llm.model or chosen.llm.type} · {chosen.tts.model or chosen.tts.type}"
        player, control = self.backstage.player, self._bridge.control
        if control is None:
            header.state = "ended" if self._session.phase is CallPhase.ENDED else "ready"
        elif control.paused:
            header.state = "paused"
        elif player is not None and player.position_s > 0:
            header.state = "speaking"
        else:
            header.state = "writing"
        header.position_s = player.position_s if player is not None and control is not None else 0.0

    # ------------------------------------------------------------------ panes

    def action_focus_customers(self) -> None:
        """Go to the customers."""
        self.query_one("#customers", PersonaPicker).focus_list()

    def action_focus_support(self) -> None:
        """Go to the support agents."""
        self.query_one("#support", PersonaPicker).focus_list()

    def action_focus_transcript(self) -> None:
        """Go to the transcript."""
        self.query_one(Transcript).focus()

    def action_focus_metrics(self) -> None:
        """Go to the metrics."""
        self.query_one(MetricsPane).focus()

    def action_toggle_sidebar(self) -> None:
        """Show or hide the personas on a narrow screen."""
        self.query_one("#sidebar").toggle_class("-shown")

    def action_search(self) -> None:
        """Search in the focused pane."""
        pane = self.focused
        for picker in self.query(PersonaPicker):
            if pane is not None and picker in pane.ancestors_with_self:
                picker.focus_search()
                return
        box = self.query_one("#transcript-search", Input)
        box.add_class("-shown")
        box.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Mark what is searched for."""
        if event.input.id == "transcript-search":
            self.query_one(Transcript).search(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter leaves the search box; an empty one closes."""
        if event.input.id == "transcript-search":
            event.input.set_class(bool(event.value), "-shown")
            self.query_one(Transcript).focus()

    def on_transcript_following_changed(self, message: Transcript.FollowingChanged) -> None:
        """Say how many turns came below."""
        more = self.query_one("#more", Static)
        more.set_class(not message.following and message.unseen > 0, "-shown")
        more.update(f"↓ {message.unseen} new (End)")
