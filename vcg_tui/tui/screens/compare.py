"""Two calls' figures in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import DataTable

from vcg_tui.tui.comparison import compare

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from vcg_tui.models.conversation import StoredCall

_CELL = 16
_MARKS = {"better": "▾ ", "worse": "▴ ", "neither": "  "}


class CompareScreen(ModalScreen[None]):
    """Every figure of two calls, and what the second has more or less of."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"compare--better", "compare--worse", "compare--neither"}
    CSS_PATH = "compare.tcss"
    AUTO_FOCUS = "DataTable"
    BINDINGS: ClassVar = [Binding("escape,c,q", "dismiss", "Close", show=False)]

    def __init__(self, first: StoredCall, second: StoredCall) -> None:
        super().__init__()
        self._first, self._second = first, second

    def compose(self) -> ComposeResult:
        """The table; its frame tells what the marks mean."""
        with Vertical(id="compare") as box:
            box.border_title = "Two calls compared"
            box.border_subtitle = "▾ less is better   ▴ more is worse   esc closes"
            yield DataTable[Text](cursor_type="none", zebra_stripes=True, id="compare--table")

    def on_mount(self) -> None:
        """Fill the table."""
        table = cast("DataTable[Text]", self.query_one("#compare--table"))
        table.add_column("")
        for mark, call in (("◆ ", self._first), ("", self._second)):
            table.add_column(_cut(mark + _headed(call)))
        table.add_column("difference")
        for row in compare(self._first, self._second):
            style = self.get_component_rich_style(f"compare--{row.verdict}", partial=True)
            told = Text(_MARKS[row.verdict] + row.difference if row.difference else "", style=style)
            table.add_row(Text(row.name, style="dim"), _cut(row.first), _cut(row.second), told)

    def on_click(self, event: events.Click) -> None:
        """A click beside the table closes it."""
        if event.widget is self:
            self.dismiss()


def _headed(call: StoredCall) -> str:
    """What the call is called: its title, else when it was made."""
    return call.notes.title or f"{call.conversation.created_at.astimezone():%d %b %H:%M}"


def _cut(text: str) -> Text:
    """A cell that leaves room for the others on 80 columns."""
    cell = Text(text)
    cell.truncate(_CELL, overflow="ellipsis")
    return cell
