"""The top line: who talks, what is happening, with what."""

from __future__ import annotations

from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from vcg_tui.tui.widgets.metrics_pane import clock

_MARKS = {"ready": "○", "writing": "◌", "speaking": "●", "paused": "❚❚", "ended": "■"}


class CallHeader(Widget):
    """``vcg ▸ Anna Reyes × Tier-1 support ▸ ● speaking 00:42 … offline · espeak``."""

    customer: reactive[str] = reactive("")
    support: reactive[str] = reactive("")
    state: reactive[str] = reactive("ready")
    position_s: reactive[float] = reactive(0.0)
    providers: reactive[str] = reactive("")

    def render(self) -> Text:
        """The line, cut on the left part where it is too long."""
        at = f" {clock(self.position_s)}" if self.position_s else ""
        left = Text(" vcg ▸ ", style="bold")
        left.append(f"{self.customer} × {self.support}", style="bold")
        left.append(f" ▸ {_MARKS.get(self.state, '')} {self.state}{at}")
        right = f"{self.providers} "
        room = self.size.width - len(right) - 1
        if room < 20:
            left.truncate(self.size.width, overflow="ellipsis")
            return left
        left.truncate(room, overflow="ellipsis", pad=True)
        left.append(f" {right}", style="dim")
        return left
