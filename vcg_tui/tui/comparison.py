"""Two calls side by side: every figure of both, and how they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from vcg_tui.models.conversation import StoredCall

Verdict = Literal["better", "worse", "neither"]


@dataclass(frozen=True, slots=True)
class ComparedFigure:
    """One figure of two calls, in words."""

    name: str
    first: str
    second: str
    difference: str
    """Second less first; empty where there is none, or it can't be told."""
    verdict: Verdict = "neither"
    """Whether the second is better, for figures of which that can be said."""


@dataclass(frozen=True, slots=True)
class _Figure:
    name: str
    value: Callable[[StoredCall], float | None]
    words: Callable[[float], str]
    less_is_better: bool = False


def compare(first: StoredCall, second: StoredCall) -> list[ComparedFigure]:
    """Every figure of two calls, those that name them first."""
    rows = [_said(name, value(first), value(second)) for name, value in _WORDS]
    rows += [_measured(figure, figure.value(first), figure.value(second)) for figure in _FIGURES]
    return rows


def _said(name: str, first: str, second: str) -> ComparedFigure:
    return ComparedFigure(name, first or "–", second or "–", "" if first == second else "differs")


def _measured(figure: _Figure, first: float | None, second: float | None) -> ComparedFigure:
    told = ["–" if value is None else figure.words(value) for value in (first, second)]
    if first is None or second is None or told[0] == told[1]:
        return ComparedFigure(figure.name, told[0], told[1], "")
    step = second - first
    share = f" ({step / first:+.0%})" if first > 0 and figure.words is not _percent else ""
    sign = "+" if step > 0 else "−"
    verdict: Verdict = "neither"
    if figure.less_is_better:
        verdict = "better" if step < 0 else "worse"
    return ComparedFigure(figure.name, told[0], told[1], f"{sign}{figure.words(abs(step))}{share}", verdict)


def _seconds(value: float) -> str:
    return f"{value:.2f} s"


def _clock(value: float) -> str:
    tenths = round(value * 10)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _percent(value: float) -> str:
    return f"{value:.0%}"


def _money(value: float) -> str:
    return f"${value:.4f}"


_WORDS: tuple[tuple[str, Callable[[StoredCall], str]], ...] = (
    ("customer", lambda call: call.conversation.customer.name),
    ("support", lambda call: call.conversation.support.name),
    ("text", lambda call: call.conversation.plan.llm_label),
    ("speech", lambda call: call.conversation.plan.tts.label),
    ("seed", lambda call: str(call.conversation.plan.seed)),
    ("outcome", lambda call: (call.conversation.outcome or "").replace("_", " ")),
    ("ended", lambda call: call.conversation.end_reason.replace("_", " ")),
)


_FIGURES: tuple[_Figure, ...] = (
    _Figure("length", lambda call: call.metrics.duration_s, _clock),
    _Figure("turns", lambda call: call.metrics.turns, _count),
    _Figure("customer words", lambda call: call.metrics.customer.words, _count),
    _Figure("support words", lambda call: call.metrics.support.words, _count),
    _Figure("customer talk", lambda call: call.metrics.customer.talk_share, _percent),
    _Figure("support talk", lambda call: call.metrics.support.talk_share, _percent),
    _Figure("customer words/min", lambda call: call.metrics.customer.words_per_minute, _count),
    _Figure("support words/min", lambda call: call.metrics.support.words_per_minute, _count),
    _Figure("median gap", lambda call: call.metrics.gap_median_s, _seconds),
    _Figure("longest gap", lambda call: call.metrics.gap_max_s, _seconds),
    _Figure("first audio", lambda call: call.metrics.time_to_first_audio_s, _seconds, less_is_better=True),
    _Figure("made in", lambda call: call.metrics.making_s, _seconds, less_is_better=True),
    _Figure("text: first word", lambda call: call.metrics.llm_ttft_p50_s, _seconds, less_is_better=True),
    _Figure("text: whole turn", lambda call: call.metrics.llm_p50_s, _seconds, less_is_better=True),
    _Figure("speech: first sound", lambda call: call.metrics.tts_ttfb_p50_s, _seconds, less_is_better=True),
    _Figure("waited for sound", lambda call: call.metrics.starved_s, _seconds, less_is_better=True),
    _Figure("tokens in", lambda call: call.metrics.prompt_tokens, _count),
    _Figure("tokens out", lambda call: call.metrics.completion_tokens, _count),
    _Figure("characters spoken", lambda call: call.metrics.characters, _count),
    _Figure("turns begun again", lambda call: call.metrics.restarts, _count, less_is_better=True),
    _Figure("marks taken out", lambda call: call.metrics.cleaned, _count, less_is_better=True),
    _Figure("cost", lambda call: call.metrics.cost_usd, _money, less_is_better=True),
)
