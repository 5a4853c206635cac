"""The highlighted call: what it is, its transcript, its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from vcg_tui.models.conversation import CallState
from vcg_tui.models.languages import ENGLISH, language_name
from vcg_tui.tui.session import CallSession
from vcg_tui.tui.widgets.call_list import outcome_words
from vcg_tui.tui.widgets.heard_transcript import HeardTranscript
from vcg_tui.tui.widgets.metrics_pane import MetricsPane, clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from vcg_tui.models.conversation import CallSummary, StoredCall


class StoredTranscript(HeardTranscript):
    """A whole call's transcript, from its start."""

    HELP = (
        "The call's transcript. ○ is not heard yet, ♪ is heard. Click a turn to hear the call from there; "
        "drag to select, ctrl+c copies."
    )

    def show_session(self, session: CallSession) -> None:
        """Show another call, from its start."""
        super().show_session(session)
        self.following = False


class CallPreview(Vertical):
    """One call: a card above its transcript and its figures. ``told`` fills a text with the keys of now."""

    def __init__(self, told: Callable[[str], str], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._told = told
        self.session: CallSession | None = None
        """The call whose transcript is shown; None where there is none to show."""

    def compose(self) -> ComposeResult:
        """The card, the transcript, the figures."""
        yield Static(id="preview--card", markup=False)
        with Horizontal(id="preview--body"):
            yield StoredTranscript(id="preview--transcript")
            yield MetricsPane(id="preview--metrics")

    def on_mount(self) -> None:
        """Name the panes."""
        self.transcript.border_title = "2 Transcript"
        self.figures.border_title = "3 Metrics"

    def on_resize(self) -> None:
        """Where there is room for one of the two panes, each leads to the other."""
        both = self.screen.has_class("-huge")
        self.transcript.border_subtitle = "" if both else "[@click=screen.focus_call_metrics]3 Metrics[/]"
        self.figures.border_subtitle = "" if both else "[@click=screen.focus_call_transcript]2 Transcript[/]"

    @property
    def transcript(self) -> StoredTranscript:
        """The transcript's pane."""
        return self.query_one(StoredTranscript)

    @property
    def figures(self) -> MetricsPane:
        """The figures' pane."""
        return self.query_one(MetricsPane)

    def show_summary(self, call: CallSummary | None, *, waiting: bool) -> None:
        """Show what the list knows of a call; ``waiting``: the rest of it is on its way."""
        self._tell(_card(call, None, now=_what_now(call, self._told)) if call else Text())
        card = self.query_one("#preview--card")
        card.set_class(call is not None and call.state is not CallState.WHOLE, "-told")
        if not waiting:
            self._show_session(CallSession())
            self.session = None
            self.remove_class("-whole")

    def show_stored(self, call: CallSummary, stored: StoredCall, session: CallSession) -> None:
        """Show a whole call; ``session`` is its own, or the one in which it is being heard."""
        self.session = session
        self._tell(_card(call, stored, _figures(session)))
        self._show_session(session)
        self.add_class("-whole")
        self.figures.show(session)

    def show_notes(self, call: CallSummary, stored: StoredCall) -> None:
        """Show the new notes of the call that is shown."""
        if self.session is not None:
            self._tell(_card(call, stored, _figures(self.session)))

    def show_problem(self, call: CallSummary, problem: str) -> None:
        """Show why there is nothing to show."""
        self.show_summary(call.model_copy(update={"state": CallState.BROKEN, "problem": problem}), waiting=False)

    def _tell(self, card: Text) -> None:
        self.query_one("#preview--card", Static).update(card)

    def _show_session(self, session: CallSession) -> None:
        self.transcript.show_session(session)


def _card(call: CallSummary, stored: StoredCall | None, figures: str = "", now: str = "") -> Text:
    names = " × ".join(name for name in (call.customer, call.support) if name) or call.call_id
    card = Text()
    card.append("★ " if call.starred else "")
    card.append(call.title or names, style="bold")
    if call.title:
        card.append(f"  {names}")
    when = f"{call.created_at.astimezone():%d %b %Y %H:%M}" if call.created_at else "at no known time"
    turns = "1 turn" if call.turns == 1 else f"{call.turns} turns"
    card.append(f"\n{when} · {turns} · {clock(call.duration_s)} · {outcome_words(call)}", style="dim")
    if call.state is CallState.WHOLE:
        made = " · ".join(part for part in (call.llm, call.tts) if part)
        details = stored.conversation.plan if stored else None
        spoken = f" · {language_name(details.language)}" if details and details.language != ENGLISH else ""
        seed = f"{spoken} · seed {stored.conversation.plan.seed}" if stored else ""
        card.append(f"\n{made}{seed}", style="dim")
        if call.tags:
            card.append("  " + " ".join(f"#{tag}" for tag in call.tags), style="italic")
        if figures:
            card.append(f"\n{figures}", style="dim")
        return card
    card.append("\n\n")
    card.append(now)
    return card


def _figures(session: CallSession) -> str:
    """What the line above does not tell: how soon it was heard, and how much each side talks."""
    parts: list[str] = []
    if (metrics := session.metrics) is not None:
        if metrics.time_to_first_audio_s is not None:
            parts.append(f"first audio {metrics.time_to_first_audio_s:.2f} s")
        if metrics.customer.talk_share is not None:
            parts.append(f"talk {metrics.customer.talk_share:.0%} / {metrics.support.talk_share or 0:.0%}")
    return " · ".join(parts)


def _what_now(call: CallSummary, told: Callable[[str], str]) -> str:
    match call.state:
        case CallState.BEING_MADE:
            return "This call is being made, here or in another window. It can be heard when it has ended."
        case CallState.INTERRUPTED if call.turns:
            turns = "finished turn" if call.turns == 1 else f"{call.turns} finished turns"
            return told(f"vcg was closed during this call. Press {{recover-call}} to recover its {turns}.")
        case CallState.INTERRUPTED:
            return told("vcg was closed before a turn of this call was finished. {delete-call} deletes it.")
        case _:
            return f"This call can't be read: {call.problem}"
