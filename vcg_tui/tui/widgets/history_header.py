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

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False)
        self._ways: list[Content] = [Content("")]

    def show(self, calls: Sequence[CallSummary], marked: str, told: Callable[[str], str]) -> None:
        """Show these calls.

        Args:
            calls: all there are.
            marked: what the call is called that others are compared with; empty: there is none.
            told: fills a text with the keys of now.
        """
        count = Content(f" vcg ▸ History ▸ {len(calls):,} {'call' if len(calls) == 1 else 'calls'}")
        seconds = sum(call.duration_s for call in calls)
        length = [Content(_hours(seconds))] if seconds else []
        mark = [Content(f"◆ {marked}")] if marked else []
        compared = [Content(f"◆ {marked} ({told('{compare-calls}')} compares)")] if marked else []
        broken_off = sum(call.state is CallState.INTERRUPTED for call in calls)
        key = told("{recover-all-calls}")
        # from the longest way to say it to the shortest
        ways = [f"! {broken_off} interrupted ({key} recovers all)", f"! {broken_off} interrupted", f"! {broken_off}"]
        links: list[list[Content]] = [[_link(way)] for way in ways] if broken_off else [[], [], []]
        told_ways = (
            [count, *length, *links[0], *compared],
            [count, *length, *links[1], *compared],
            [count, *length, *links[1], *mark],
            [count, *links[1], *mark],
            [count, *links[2], *mark],
        )
        self._ways = [Content(" · ").join(way) for way in told_ways]
        self._show_what_fits()

    def on_resize(self) -> None:
        """Another width: as much as there is room for."""
        self._show_what_fits()

    def _show_what_fits(self) -> None:
        fits = (way for way in self._ways if way.cell_length <= self.size.width)
        self.update(next(fits, self._ways[-1]))


def _link(text: str) -> Content:
    return Content.from_markup("[@click=screen.recover_all_calls]$text[/]", text=text)


def _hours(seconds: float) -> str:
    """A sum of calls: under a minute in seconds."""
    minutes = int(seconds // 60)
    if not minutes:
        return f"{seconds:.0f} s"
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
