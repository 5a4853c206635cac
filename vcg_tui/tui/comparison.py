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
    digits: int
    """Behind the point, as ``words`` tells them."""
    less_is_better: bool = False


def compare(first: StoredCall, second: StoredCall) -> list[ComparedFigure]:
    """Every figure of two calls, those that name them first."""
    rows = [_said(name, value(first), value(second)) for name, value in _WORDS]
    if first.notes.title or second.notes.title:
        rows.insert(0, _said("title", first.notes.title, second.notes.title))
    rows += [_measured(figure, figure.value(first), figure.value(second)) for figure in _FIGURES]
    return rows


def _said(name: str, first: str, second: str) -> ComparedFigure:
    return ComparedFigure(name, first or "–", second or "–", "" if first == second else "differs")


def _measured(figure: _Figure, first: float | None, second: float | None) -> ComparedFigure:
    told = ["–" if value is None else figure.words(value) for value in (first, second)]
    if first is None or second is None or told[0] == told[1]:
        return ComparedFigure(figure.name, told[0], told[1], "")
    # of what is told, so that who reckons it up finds the same
    first, second = round(first, figure.digits), round(second, figure.digits)
    step = second - first
    sign = "+" if step > 0 else "−"
    share = f" ({sign}{abs(step) / first:.0%})" if first > 0 and figure.words is not _percent else ""
    verdict: Verdict = "neither"
    if figure.less_is_better:
        verdict = "better" if step < 0 else "worse"
    return ComparedFigure(figure.name, told[0], told[1], f"{sign}{figure.words(abs(step))}{share}", verdict)


def _seconds(value: float) -> str:
    return f"{value:.2f} s"


def _clock(value: float) -> str:
    tenths = round(round(value, 1) * 10)
    return f"{tenths // 600:02}:{tenths % 600 / 10:04.1f}"


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
    _Figure("length", lambda call: call.metrics.duration_s, _clock, 1),
    _Figure("turns", lambda call: call.metrics.turns, _count, 0),
    _Figure("customer words", lambda call: call.metrics.customer.words, _count, 0),
    _Figure("support words", lambda call: call.metrics.support.words, _count, 0),
    _Figure("customer talk", lambda call: call.metrics.customer.talk_share, _percent, 2),
    _Figure("support talk", lambda call: call.metrics.support.talk_share, _percent, 2),
    _Figure("customer words/min", lambda call: call.metrics.customer.words_per_minute, _count, 0),
    _Figure("support words/min", lambda call: call.metrics.support.words_per_minute, _count, 0),
    _Figure("gap", lambda call: call.metrics.gap_median_s, _seconds, 2),
    _Figure("longest gap", lambda call: call.metrics.gap_max_s, _seconds, 2),
    _Figure("first audio", lambda call: call.metrics.time_to_first_audio_s, _seconds, 2, less_is_better=True),
    _Figure("time to make", lambda call: call.metrics.making_s, _seconds, 2, less_is_better=True),
    _Figure("LLM TTFT", lambda call: call.metrics.llm_ttft_p50_s, _seconds, 2, less_is_better=True),
    _Figure("LLM, whole turn", lambda call: call.metrics.llm_p50_s, _seconds, 2, less_is_better=True),
    _Figure("TTS TTFB", lambda call: call.metrics.tts_ttfb_p50_s, _seconds, 2, less_is_better=True),
    _Figure("dead air", lambda call: call.metrics.starved_s, _seconds, 2, less_is_better=True),
    _Figure("tokens in", lambda call: call.metrics.prompt_tokens, _count, 0),
    _Figure("tokens out", lambda call: call.metrics.completion_tokens, _count, 0),
    _Figure("characters spoken", lambda call: call.metrics.characters, _count, 0),
    _Figure("retried turns", lambda call: call.metrics.restarts, _count, 0, less_is_better=True),
    _Figure("cost", lambda call: call.metrics.cost_usd, _money, 4, less_is_better=True),
)
