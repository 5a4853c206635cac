"""A call as text that a person reads."""

from __future__ import annotations

import textwrap
import unicodedata
from typing import TYPE_CHECKING

from vcg_tui.models.role import Role

if TYPE_CHECKING:
    from vcg_tui.models.conversation import Conversation, ModelChoice, Turn

COLUMNS = 100
_LABEL = 12
"""Columns of a header line's name."""
_SPEAKER = len(Role.CUSTOMER.value)


def render_transcript(conversation: Conversation) -> str:
    """The transcript: a header, then every turn with its time, wrapped at 100 columns; ends with a newline."""
    plan = conversation.plan
    customer, support = conversation.customer, conversation.support
    end = conversation.end_reason.value.replace("_", " ")
    if conversation.end_detail:
        end = f"{end} ({conversation.end_detail})"
    header = {
        "Call": conversation.call_id,
        "Date": conversation.created_at.isoformat(sep=" ", timespec="seconds"),
        "Customer": customer.name,
        "Support": f"{support.agent_name}, {support.company_name} ({support.name})",
        "Text": _text_models(plan.customer_llm, plan.support_llm),
        "Speech": _choice(plan.tts),
        "Duration": clock(conversation.duration_s),
        "Turns": str(len(conversation.turns)),
        "Outcome": conversation.outcome.value.replace("_", " ") if conversation.outcome else "unknown",
        "Ended": end,
    }
    lines = [line for name, value in header.items() for line in _wrapped(f"{name + ':':<{_LABEL}}", value)]
    for turn in conversation.turns:
        lines += ["", *_turn(turn)]
    return "\n".join(lines) + "\n"


def clock(seconds: float) -> str:
    """A time of a call for people: ``00:03.2``, from an hour on ``1:00:03.2``."""
    tenths = max(0, round(seconds * 10))
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    text = f"{minutes:02d}:{tenths // 10:02d}.{tenths % 10}"
    return f"{hours}:{text}" if hours else text


def _turn(turn: Turn) -> list[str]:
    return _wrapped(f"[{clock(turn.start_s)}] {turn.speaker.value.upper():<{_SPEAKER}}  ", turn.text)


def _wrapped(prefix: str, text: str) -> list[str]:
    # A model's text may hold anything: a control character must not reach the terminal of who reads the file.
    clean = "".join(" " if unicodedata.category(character) == "Cc" else character for character in text)
    lines = textwrap.wrap(
        clean, COLUMNS, initial_indent=prefix, subsequent_indent=" " * len(prefix), break_on_hyphens=False
    )
    return lines or [prefix.rstrip()]


def _text_models(customer: ModelChoice, support: ModelChoice) -> str:
    if customer == support:
        return _choice(customer)
    return f"{_choice(customer)} for the customer, {_choice(support)} for support"


def _choice(choice: ModelChoice) -> str:
    """The provider as people know it; ``offline`` says of itself that no model wrote the text."""
    name = f"{choice.provider} {choice.model}" if choice.model else choice.provider
    return f"{name} (simulated, no language model)" if choice.provider == "offline" else name
