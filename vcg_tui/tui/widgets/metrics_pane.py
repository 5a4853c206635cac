"""The metrics of the call on the screen, from one frozen snapshot four times a second."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.text import Text
from textual.containers import Vertical
from textual.widgets import Static

from vcg_tui.tui.session import CallPhase
from vcg_tui.tui.widgets.bars import Bars

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from vcg_tui.models.metrics import CallMetrics, TurnMetrics
    from vcg_tui.tui.session import CallSession

_TEXT, _SPEECH = "LLM per turn", "TTS per turn"
_MOODS = ((-0.6, "furious"), (-0.25, "upset"), (0.15, "tense"), (0.45, "calm"), (2.0, "pleased"))


class MetricsPane(Vertical):
    """Figures and small bars; folded, one line."""

    HELP = (
        "The call in figures; of two, the customer's stands first. First audio: from the start to the first sound. "
        "LLM TTFT and TTS TTFB: how long text takes to its first token, and speech to its first byte, in the median; "
        "gap: between two turns, in the median; ahead: sound made and not yet heard; dead air: silence in which "
        "speech was due; the bars: seconds to the last word (LLM), and to the first sound (TTS), of each turn."
    )

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = "4 Metrics"
        self.can_focus = True

    def compose(self) -> ComposeResult:
        """The figures, bars for text, bars for speech."""
        yield Static(id="metrics--figures", markup=False)
        yield Static(_TEXT, id="metrics--text-label", classes="metrics--label")
        yield Bars(id="metrics--text")
        yield Static(_SPEECH, id="metrics--speech-label", classes="metrics--label")
        yield Bars(id="metrics--speech")

    def show(self, session: CallSession, *, starved_s: float | None = None) -> None:
        """Show the figures of a call."""
        figures = session.metrics or session.snapshot.call
        rows = _rows(session, figures, starved_s)
        width = max(len(name) for name, _ in rows)
        text = Text(no_wrap=True, overflow="ellipsis")
        for number, (name, value) in enumerate(rows):
            if number:
                text.append("\n")
            text.append(f"{name:<{width}} ", style="dim")
            text.append(value)
        self.query_one("#metrics--figures", Static).update(text)
        per_turn: Sequence[TurnMetrics] = session.snapshot.per_turn
        if session.conversation is not None:
            per_turn = [turn.metrics for turn in session.conversation.turns]
        self.set_class(len(per_turn) > 1, "-curves")
        self._draw("text", _TEXT, [turn.llm_s or 0.0 for turn in per_turn])
        self._draw("speech", _SPEECH, [turn.tts_ttfb_s or 0.0 for turn in per_turn])

    def _draw(self, name: str, label: str, seconds: Sequence[float]) -> None:
        """Bars, and over them what they are and how high they go."""
        self.query_one(f"#metrics--{name}", Bars).data = seconds
        most = max(seconds, default=0.0)
        self.query_one(f"#metrics--{name}-label", Static).update(f"{label}, ≤{_at_most(most)}" if most else label)


def one_line(session: CallSession) -> str:
    """The figures that matter most, for a narrow screen."""
    figures = session.metrics or session.snapshot.call
    making = session.phase is CallPhase.MAKING
    turns = f"writing turn {session.snapshot.turn}" if making else f"{figures.turns} turns"
    parts = [turns, clock(figures.duration_s)]
    if figures.time_to_first_audio_s is not None:
        parts.append(f"first audio {figures.time_to_first_audio_s:.2f} s")
    if figures.customer.talk_share is not None:
        parts.append(f"talk {figures.customer.talk_share:.0%} / {figures.support.talk_share or 0:.0%}")
    return " · ".join(parts)


def clock(seconds: float) -> str:
    """Minutes and seconds, to the nearest one."""
    whole = round(seconds)
    return f"{whole // 60:02}:{whole % 60:02}"


def _rows(session: CallSession, figures: CallMetrics, starved_s: float | None) -> list[tuple[str, str]]:
    snapshot = session.snapshot
    # Of a call that has ended, what was kept; while it is made, the turn being written.
    making = session.phase is CallPhase.MAKING
    rows = [("writing", f"{snapshot.turn} of {snapshot.max_turns}") if making else ("turns", str(figures.turns))]
    rows.append(("length", clock(figures.duration_s)))
    rows.append(("first audio", _seconds(figures.time_to_first_audio_s)))
    rows.append(("LLM TTFT", _seconds(figures.llm_ttft_p50_s)))
    rows.append(("TTS TTFB", _seconds(figures.tts_ttfb_p50_s)))
    rows.append(("gap", _seconds(figures.gap_median_s)))
    share, other = figures.customer.talk_share, figures.support.talk_share
    rows.append(("talk", "–" if share is None or other is None else f"{share:.0%} / {other:.0%}"))
    paces = [side.words_per_minute for side in (figures.customer, figures.support)]
    rows.append(("words/min", " / ".join("–" if pace is None else f"{pace:.0f}" for pace in paces)))
    for name, tokens in (("tokens in", figures.prompt_tokens), ("tokens out", figures.completion_tokens)):
        rows.append((name, "–" if tokens is None else f"{tokens:,}"))
    rows.append(("cost", "–" if figures.cost_usd is None else f"${figures.cost_usd:.4f}"))
    if making:
        rows.append(("ahead", "–" if snapshot.ahead_s is None else f"{max(0.0, snapshot.ahead_s):.0f} s"))
    waited = figures.starved_s if figures.starved_s is not None else starved_s
    rows.append(("dead air", "–" if waited is None else f"{waited:.2f} s"))
    if snapshot.mood is not None:
        rows.append(("mood", next(word for limit, word in _MOODS if snapshot.mood < limit)))
    if session.conversation is not None:
        rows.append(("ended", session.conversation.end_reason.replace("_", " ")))
        rows.append(("outcome", (session.conversation.outcome or "–").replace("_", " ")))
    return rows


def _at_most(seconds: float) -> str:
    """The next time above that is short to tell; offline a turn is written in a millisecond."""
    digits = 1 if seconds >= 1 else 2 if seconds >= 0.1 else 3
    steps = math.ceil(round(seconds * 10**digits, 6))  # rounded: 0.3 s are not 301 ms
    return f"{steps} ms" if digits == 3 else f"{steps / 10**digits:.{digits}f} s"


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f} s"
