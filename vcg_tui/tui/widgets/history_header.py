"""The top line of the saved calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from vcg_tui.models.conversation import CallState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vcg_tui.models.conversation import CallSummary


class HistoryHeader(Static):
    """How many calls there are, how long, and what can be done with some of them."""

    def show(self, calls: Sequence[CallSummary], marked: str, told: Callable[[str], str]) -> None:
        """Show these calls.

        Args:
            calls: all there are.
            marked: what the call is called that others are compared with; empty: there is none.
            told: fills a text with the keys of now.
        """
        parts = [Content(f" vcg ▸ History ▸ {len(calls):,} {'call' if len(calls) == 1 else 'calls'}")]
        if seconds := sum(call.duration_s for call in calls):
            parts.append(Content(f"{int(seconds // 3600)} h {int(seconds % 3600 // 60):02} min"))
        if broken_off := sum(call.state is CallState.INTERRUPTED for call in calls):
            link = "[@click=screen.recover_all_calls]! $count interrupted ($key makes them whole)[/]"
            parts.append(Content.from_markup(link, count=broken_off, key=told("{recover-all-calls}")))
        if marked:
            parts.append(Content(f"◆ {marked} ({told('{compare-calls}')} compares)"))
        self.update(Content(" · ").join(parts))
