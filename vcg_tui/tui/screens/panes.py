"""Panes beside each other, or over each other where there is no room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vcg_tui.tui.screens.casting import CastingScreen
from vcg_tui.tui.widgets.metrics_pane import MetricsPane
from vcg_tui.tui.widgets.persona_picker import PersonaPicker
from vcg_tui.tui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from textual.widget import Widget


class PanesScreen(CastingScreen):
    """The personas and the metrics around a transcript; whoever inherits composes them."""

    def action_focus_customers(self) -> None:
        """Go to the customers."""
        self._bring("sidebar")
        self.query_one("#customers", PersonaPicker).focus_list()

    def action_focus_support(self) -> None:
        """Go to the support agents."""
        self._bring("sidebar")
        self.query_one("#support", PersonaPicker).focus_list()

    def action_focus_transcript(self) -> None:
        """Go to the transcript."""
        self.put_away()
        self.query_one(Transcript).focus()

    def action_focus_metrics(self) -> None:
        """Go to the metrics."""
        self._bring("metrics")
        self.query_one(MetricsPane).focus()

    def action_toggle_sidebar(self) -> None:
        """Show or hide the personas."""
        sidebar = self.query_one("#sidebar")
        if sidebar.display:
            sidebar.remove_class("-over").add_class("-away")
            self.query_one(Transcript).focus()
        else:
            self.action_focus_customers()
        self.refresh_bindings()

    def _bring(self, name: str) -> None:
        """Show a pane; where there is no room beside the transcript, over it."""
        pane = self.query_one(f"#{name}")
        self.query("#body > .-over").remove_class("-over")  # one at a time: two would cover everything
        pane.remove_class("-away")
        if not pane.display:
            pane.add_class("-over")
            self.refresh_bindings()

    @property
    def lying_over(self) -> bool:
        """Whether something lies over the transcript."""
        return bool(self.query("#body > .-over"))

    def put_away(self) -> bool:
        """Take away what lies over the transcript; returns whether anything did."""
        over = self.lying_over
        if over:
            self.query("#body > .-over").remove_class("-over")
            self.query_one(Transcript).focus()
            self.refresh_bindings()
        return over

    def on_resize(self) -> None:
        """Another size: panes find their places anew."""
        self.put_away()
        self.call_after_refresh(self._keep_focus)

    def _keep_focus(self) -> None:
        """The focused pane may have gone for want of room: the keys would be nobody's."""
        focused = self.focused
        gone = focused is None or not all(node.display for node in focused.ancestors_with_self)
        if gone and self.is_current:
            # before the first call there is no transcript yet
            places: tuple[Widget, ...] = (
                self.query_one(Transcript),
                self.query_one("#customers", PersonaPicker).list,
            )
            here = (place for place in places if all(node.display for node in place.ancestors_with_self))
            self.set_focus(next(here, None))
