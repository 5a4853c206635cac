"""What a call cost and took. Each figure's definition is its docstring.

Times while a call is made are measured on one monotonic clock; times in the call come from its timeline. A figure that
is not known is None, never 0.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class _Figures(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class TurnMetrics(_Figures):
    """What one turn cost and took; of its last, good attempt unless said otherwise."""

    llm_ttft_s: float | None = None
    """From the request sent to the first piece of text."""
    llm_s: float | None = None
    """From the request sent to the last piece of text."""
    tts_ttfb_s: float | None = None
    """First sentence: from the request sent to the first sound received."""
    tts_s: float | None = None
    """From the first sentence's request to the last sound of the turn received."""
    first_audio_s: float | None = None
    """From the turn's LLM request to its first sound placed on the timeline."""
    attempts: int = 1
    """How often the text was begun; 1: no restart."""
    cleaned: int = 0
    """Marks of written language (list bullets, emoji, stage directions) taken out before speaking."""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    characters: int = 0
    """Characters sent to speech."""
    cached: bool = False
    """Text and speech were kept from earlier requests; nothing was paid for them."""
    cost_usd: float | None = None
    """Text and speech together; None while a price is unknown, and where nobody sends a bill for either."""


class SideMetrics(_Figures):
    """One side's share of a call."""

    turns: int = 0
    words: int = 0
    """Words of the transcript, split at white space."""
    talk_s: float = 0.0
    """Sum of the lengths of the side's turns, pauses inside a turn included."""
    talk_share: float | None = None
    """talk_s over both sides' talk_s; None in a call without speech."""
    words_per_minute: float | None = None
    """words over talk_s in minutes; None without speech."""


class CallMetrics(_Figures):
    """What a call cost and took."""

    duration_s: float = 0.0
    """The call as heard: from its start to the end of the last turn."""
    turns: int = 0
    customer: SideMetrics = Field(default_factory=SideMetrics)
    support: SideMetrics = Field(default_factory=SideMetrics)
    gap_median_s: float | None = None
    """Median silence from the end of a turn to the start of the next; negative where they overlap; None under two turns."""
    gap_max_s: float | None = None
    """The longest such silence."""
    time_to_first_audio_s: float | None = None
    """From the start of making the call to its first sound placed on the timeline."""
    making_s: float | None = None
    """From the start of making the call to its last turn complete."""
    llm_ttft_p50_s: float | None = None
    """Median over the turns of llm_ttft_s."""
    llm_p50_s: float | None = None
    """Median over the turns of llm_s."""
    tts_ttfb_p50_s: float | None = None
    """Median over the turns of tts_ttfb_s."""
    starved_s: float | None = None
    """While playing: how long the listener waited in silence for speech that was due; None if nothing played."""
    prompt_tokens: int | None = None
    """Sum over the turns; None if any turn's is unknown."""
    completion_tokens: int | None = None
    """Sum over the turns; None if any turn's is unknown."""
    characters: int = 0
    """Sum over the turns of the characters sent to speech."""
    restarts: int = 0
    """How often a turn's text had to be begun again."""
    cleaned: int = 0
    """Sum over the turns of the marks taken out before speaking."""
    cost_usd: float | None = None
    """Sum over the turns; None if any turn's is unknown."""


class MetricsSnapshot(_Figures):
    """The metrics of a call being made, as of one moment."""

    turn: int = 0
    """The turn being written."""
    max_turns: int = 0
    call: CallMetrics = Field(default_factory=CallMetrics)
    per_turn: tuple[TurnMetrics, ...] = ()
    """Of the completed turns, in order."""
    ahead_s: float | None = None
    """Sound made and not yet heard; None if nothing plays."""
    mood: float | None = None
    """The customer's mood from -1 (furious) to 1 (delighted), where the model tells it."""
