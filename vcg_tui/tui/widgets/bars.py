"""A value of each turn as a bar, from nought up."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Sequence

_EIGHTHS = " ▁▂▃▄▅▆▇█"


class Bars(Widget):
    """Bars side by side over the whole width; the highest is as high as the widget.

    Textual's sparkline begins at the lowest value: of turns that take the same time it draws a line at the bottom.
    """

    data: reactive[Sequence[float]] = reactive(())
    """From 0 up; where there are more than columns, a column shows the highest of its own."""

    def render(self) -> Text:
        """The bars, a column of text each."""
        width, height = self.content_size
        values, most = self.data, max(self.data, default=0.0)
        if not most or not width:
            return Text()
        count = len(values)
        edges = [at * count // width for at in range(width + 1)]
        columns = [max(values[begin : max(begin + 1, end)]) for begin, end in pairwise(edges)]
        levels = [max(1, round(value / most * height * 8)) if value else 0 for value in columns]
        rows = ("".join(_EIGHTHS[min(max(level - 8 * row, 0), 8)] for level in levels) for row in range(height))
        return Text("\n".join(reversed(list(rows))), no_wrap=True)
