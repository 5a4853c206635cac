"""The metrics of a call, worked out from its turns."""

from __future__ import annotations

from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from vcg_tui.models.metrics import CallMetrics, SideMetrics
from vcg_tui.models.role import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vcg_tui.models.conversation import Turn


def summarise(
    turns: Sequence[Turn],
    *,
    time_to_first_audio_s: float | None = None,
    making_s: float | None = None,
    starved_s: float | None = None,
) -> CallMetrics:
    """The metrics of a call from its completed turns, each figure as `CallMetrics` defines it.

    The keywords are what only the maker of the call can measure, in seconds; None where nobody measured.
    """
    ordered = sorted(turns, key=lambda turn: turn.turn)
    spoken_s = sum(turn.end_s - turn.start_s for turn in ordered)
    gaps = [after.start_s - before.end_s for before, after in pairwise(ordered)]
    figures = [turn.metrics for turn in ordered]
    costs = [figure.cost_usd for figure in figures if figure.cost_usd is not None]
    return CallMetrics(
        duration_s=max((turn.end_s for turn in ordered), default=0.0),
        turns=len(ordered),
        customer=_side(ordered, Role.CUSTOMER, spoken_s),
        support=_side(ordered, Role.SUPPORT, spoken_s),
        gap_median_s=median(gaps) if gaps else None,
        gap_max_s=max(gaps, default=None),
        time_to_first_audio_s=time_to_first_audio_s,
        making_s=making_s,
        llm_ttft_p50_s=_median(figure.llm_ttft_s for figure in figures),
        llm_p50_s=_median(figure.llm_s for figure in figures),
        tts_ttfb_p50_s=_median(figure.tts_ttfb_s for figure in figures),
        starved_s=starved_s,
        prompt_tokens=_total(figure.prompt_tokens for figure in figures),
        completion_tokens=_total(figure.completion_tokens for figure in figures),
        characters=sum(figure.characters for figure in figures),
        restarts=sum(figure.attempts - 1 for figure in figures),
        cleaned=sum(figure.cleaned for figure in figures),
        cost_usd=sum(costs) if len(costs) == len(figures) else None,
    )


def _side(turns: Sequence[Turn], speaker: Role, spoken_s: float) -> SideMetrics:
    own = [turn for turn in turns if turn.speaker is speaker]
    words = sum(len(turn.text.split()) for turn in own)
    talk_s = sum(turn.end_s - turn.start_s for turn in own)
    return SideMetrics(
        turns=len(own),
        words=words,
        talk_s=talk_s,
        talk_share=talk_s / spoken_s if spoken_s > 0 else None,
        words_per_minute=words / (talk_s / 60) if talk_s > 0 else None,
    )


def _median(values: Iterable[float | None]) -> float | None:
    """The median of what was measured; a turn whose figure is unknown does not take part."""
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _total(values: Iterable[int | None]) -> int | None:
    """The sum, or None if any part of it is unknown."""
    total = 0
    for value in values:
        if value is None:
            return None
        total += value
    return total
