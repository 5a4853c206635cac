"""Keeping a call within what it may cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vcg_tui.models.conversation import CallPlan
    from vcg_tui.models.role import Role
    from vcg_tui.services.pricing import Prices
    from vcg_tui.services.turn_writer import Written

# Speech runs at about this rate, for prices by the minute of sound that is not there yet.
_CHARS_PER_S = 15.0


class Budget:
    """Adds up a call's cost as its turns are written, and tells before a turn that would pass the limit.

    The next turn of a side is expected to cost what its dearest one did so far, and as much more as a turn ever cost
    more than the one before of its side: prompts grow with the call. What the very first turn costs, nobody knows: it
    is always made. The speech of a turn is counted when its text is there, whether it was kept from an earlier request
    or not.
    """

    def __init__(self, plan: CallPlan, prices: Prices, max_cost: float) -> None:
        """Begin to count.

        Args:
            plan: the call's, for its models.
            prices: of models.
            max_cost: US dollars.
        """
        self._plan = plan
        self._prices = prices
        self._max_cost = max_cost
        self._spent = 0.0
        self._last: dict[Role, float] = {}
        self._dearest: dict[Role, float] = {}
        self._rise = 0.0

    def would_pass(self, role: Role) -> str:
        """Why this side should not speak again, in words; empty while it may."""
        dearest = self._dearest.get(role, max(self._dearest.values(), default=0.0))
        if self._spent + dearest + self._rise <= self._max_cost:
            return ""
        return f"about ${self._spent:.4f} is spent, and the next turn would pass ${self._max_cost:g}"

    def spend(self, role: Role, written: Written) -> None:
        """A turn's text is there."""
        details = self._plan.details
        characters = len(written.text)
        cost = self._prices.turn_cost(
            details.llm(role),
            details.tts,
            tokens=(0, 0) if written.cached else (written.prompt_tokens, written.completion_tokens),
            characters=characters,
            seconds=characters / _CHARS_PER_S,
        )
        if cost is not None:
            self._spent += cost
            self._dearest[role] = max(cost, self._dearest.get(role, 0.0))
            self._rise = max(self._rise, cost - self._last.get(role, cost))
            self._last[role] = cost
