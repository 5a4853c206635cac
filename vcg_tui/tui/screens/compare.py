"""Two calls' figures in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import DataTable

from vcg_tui.tui.comparison import compare
from vcg_tui.tui.screens.dialog import Dialog

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from vcg_tui.models.conversation import StoredCall

_NARROWEST_CELL, _WIDEST_CELL = 16, 34
_BESIDE_CELLS = 46
"""So many columns are the frame's, the names' and the differences'."""
_MARKS = {"better": "▾ ", "worse": "▴ ", "neither": "  "}


class CompareScreen(Dialog[None]):
    """Every figure of two calls, and what the second has more or less of."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"compare--better", "compare--worse", "compare--neither"}
    CSS_PATH = "compare.tcss"
    AUTO_FOCUS = "DataTable"
    BINDINGS: ClassVar = [Binding("escape,c,q", "dismiss", "Close", show=False)]

    def __init__(self, first: StoredCall, second: StoredCall) -> None:
        super().__init__()
        self._first, self._second = first, second
        self._cell = 0

    def compose(self) -> ComposeResult:
        """The table; its frame tells what the marks mean."""
        with Vertical(id="compare") as box:
            box.border_title = "Two calls compared"
            box.border_subtitle = "[$text-success]▾ better[/]   [$text-error]▴ worse[/]   esc closes"
            yield DataTable[Text](cursor_type="none", zebra_stripes=True, id="compare--table")

    def on_mount(self) -> None:
        """Fill the table, and anew in the colours of another theme."""
        self._fill()
        self.app.theme_changed_signal.subscribe(self, lambda _: self.call_after_refresh(self._fill))

    def on_resize(self) -> None:
        """Another width: cells of another width."""
        if self._cell != self._cell_now():  # a table that is filled twice in a row has columns of no width
            self._fill()

    def _cell_now(self) -> int:
        return min(_WIDEST_CELL, max(_NARROWEST_CELL, (self.app.size.width - _BESIDE_CELLS) // 2))

    def _fill(self) -> None:
        cell = self._cell = self._cell_now()
        table = cast("DataTable[Text]", self.query_one("#compare--table"))
        table.clear(columns=True)
        table.add_column("")
        # both by what they are called, or both by when they were made
        titled = bool(self._first.notes.title and self._second.notes.title)
        when = "%d %b %Y %H:%M" if cell > len("◆ 22 Nov 2026 10:00") else "%d %b %H:%M"
        for mark, call in (("◆ ", self._first), ("", self._second)):
            made = f"{call.conversation.created_at.astimezone():{when}}"
            table.add_column(_cut(mark + (call.notes.title if titled else made), cell))
        table.add_column("  difference")
        for row in compare(self._first, self._second):
            style = self.get_component_rich_style(f"compare--{row.verdict}", partial=True)
            told = Text(_MARKS[row.verdict] + row.difference if row.difference else "", style=style)
            table.add_row(Text(row.name, style="dim"), _cut(row.first, cell), _cut(row.second, cell), told)

    def on_click(self, event: events.Click) -> None:
        """A click beside the table closes it."""
        if event.widget is self:
            self.dismiss()


def _cut(text: str, width: int) -> Text:
    """A cell of this width at most."""
    cell = Text(text)
    cell.truncate(width, overflow="ellipsis")
    return cell
