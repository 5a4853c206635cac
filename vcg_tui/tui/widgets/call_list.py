"""The saved calls as a list that draws only what is visible: thousands of them cost what thirty cost."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from vcg_tui.models.conversation import CallState
from vcg_tui.tui.widgets.metrics_pane import clock

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from textual import events

    from vcg_tui.models.conversation import CallSummary

_STATE_MARKS = {CallState.BEING_MADE: "◌", CallState.INTERRUPTED: "!", CallState.BROKEN: "✗"}
_GUTTER = 4
_STAR_AT = 1
_WORTH_A_PART = 6
"""With fewer columns than this, names behind a title, or tags behind names, are left out."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """How wide each column is; 0: there is no room for it."""

    when: int
    names: int
    turns: int
    length: int
    outcome: int

    @classmethod
    def within(cls, width: int) -> _Columns:
        when, turns, length, outcome = 12, 5, 5, 12
        if width < 76:
            turns = 0
        if width < 52:
            length = 0
        if width < 46:
            outcome = 0
        if width < 30:  # a time or a day alone would not tell one call from another
            when = 0
        rest = sum(size + 2 for size in (when, turns, length, outcome) if size)
        return cls(when, max(4, width - _GUTTER - rest), turns, length, outcome)


class CallListHeader(Widget):
    """What the columns of the list are."""

    def render(self) -> Text:
        """The names of the columns, where the list draws them."""
        columns = _Columns.within(self.size.width - 1)
        parts = [_fit("when", columns.when)] if columns.when else []
        parts.append(_fit("call", columns.names))
        told = " " * _GUTTER + "  ".join(parts)
        for name, size in (("turns", columns.turns), ("length", columns.length)):
            told += f"{name:>{size + 2}}" if size else ""
        told += "  outcome" if columns.outcome else ""
        return Text(told, no_wrap=True, overflow="crop")


class CallList(ScrollView, can_focus=True):
    """Calls in rows, one of them under the cursor."""

    HELP = (
        "The saved calls, newest first. {play-call} plays the highlighted one, {search} searches, "
        "{star-call} stars it, {mark-call} marks it to be compared with another, {delete-call} removes it."
    )
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "calls--cursor",
        "calls--dim",
        "calls--name",
        "calls--star",
        "calls--playing",
        "calls--marked",
        "calls--making",
        "calls--interrupted",
        "calls--broken",
        "calls--tag",
    }
    BINDINGS: ClassVar = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "move_page(-1)", "Page up", show=False),
        Binding("pagedown", "move_page(1)", "Page down", show=False),
        Binding("home", "move_to_end(-1)", "First", show=False),
        Binding("end", "move_to_end(1)", "Last", show=False),
    ]

    @dataclass
    class Highlighted(Message):
        """The cursor is on another call, or on none."""

        call: CallSummary | None

    @dataclass
    class Chosen(Message):
        """A call was double-clicked."""

        call: CallSummary

    @dataclass
    class StarClicked(Message):
        """The star of a call was clicked."""

        call: CallSummary

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._calls: list[CallSummary] = []
        self._cursor = 0
        self._chosen = ""
        """The call that was highlighted by hand: a search comes back to it when it finds it again."""
        self._told: CallSummary | None = None
        self._playing: str | None = None
        self._marked: str | None = None
        self._empty = ""
        self._today: dt.date | None = None
        self._styles: dict[str, Style] = {}

    # ------------------------------------------------------------------ what is shown

    @property
    def highlighted(self) -> CallSummary | None:
        """The call under the cursor; None in an empty list."""
        return self._calls[self._cursor] if self._cursor < len(self._calls) else None

    def show(self, calls: Sequence[CallSummary], *, today: dt.date, empty: str, searching: bool = False) -> None:
        """Show these calls; the cursor stays on its call, or where that is gone, at its place.

        Args:
            calls: in order.
            today: of calls of its year day and time are told, of others day and year.
            empty: what is said where there are none.
            searching: the list follows a search that is being typed: where the call that was highlighted before it
                is not among those found, the first one is.
        """
        before = self.highlighted
        self._calls, self._empty, self._today = list(calls), empty, today
        place = 0 if searching else max(0, min(self._cursor, len(self._calls) - 1))
        wanted = [self._chosen, before.call_id if before else ""]
        found = {call.call_id: at for at, call in enumerate(self._calls) if call.call_id in wanted}
        self._cursor = next((found[call_id] for call_id in wanted if call_id in found), place)
        if not searching:
            self.settle()
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._calls))
        self._reveal()
        self.refresh()
        self._tell()

    def settle(self) -> None:
        """The highlighted call is the one that is wanted, whatever is typed into the search from now on."""
        self._chosen = self.highlighted.call_id if self.highlighted else ""

    def mark(self, *, playing: str | None, marked: str | None) -> None:
        """Show which call (by id) is being heard, and which is marked to be compared."""
        if (playing, marked) != (self._playing, self._marked):
            self._playing, self._marked = playing, marked
            self.refresh()

    def move_to(self, call_id: str) -> None:
        """Put the cursor on a call, if it is in the list."""
        for index, call in enumerate(self._calls):
            if call.call_id == call_id:
                self._go(index)

    # ------------------------------------------------------------------ moving

    def action_move(self, step: int) -> None:
        """Up or down."""
        self._go(self._cursor + step)

    def action_move_page(self, direction: int) -> None:
        """A page up or down."""
        self._go(self._cursor + direction * max(1, self.scrollable_content_region.height - 1))

    def action_move_to_end(self, direction: int) -> None:
        """To the first or the last."""
        self._go(len(self._calls) if direction > 0 else 0)

    def _go(self, index: int) -> None:
        index = max(0, min(index, len(self._calls) - 1))
        if index != self._cursor:
            self._cursor = index
            self._reveal()
            self.refresh()
        self.settle()
        self._tell()

    def _reveal(self) -> None:
        self.scroll_to_region(Region(0, self._cursor, 1, 1), animate=False, immediate=True, force=True)

    def _tell(self) -> None:
        if self.highlighted != self._told:
            self._told = self.highlighted
            self.post_message(self.Highlighted(self.highlighted))

    def on_click(self, event: events.Click) -> None:
        """A click goes to a call, or on its star; a double click chooses it."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        index = self.scroll_offset.y + offset.y
        if index >= len(self._calls):
            return
        self._go(index)
        call = self._calls[index]
        if offset.x == _STAR_AT:
            self.post_message(self.StarClicked(call))
        elif event.chain == 2:
            self.post_message(self.Chosen(call))

    def on_resize(self, event: events.Resize) -> None:
        """Another size: the cursor stays in sight."""
        del event
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._calls))
        self._reveal()

    # ------------------------------------------------------------------ drawing

    def render_line(self, y: int) -> Strip:
        """One visible row."""
        width, base = self.scrollable_content_region.width, self.rich_style
        index = self.scroll_offset.y + y
        if not self._calls:
            return self._empty_line(y, width, base)
        if index >= len(self._calls):
            return Strip.blank(width, base)
        row = self._row(self._calls[index], width)
        if index == self._cursor:
            # in one colour: what is dim, or a colour of its own, can't be read on the cursor's ground
            segments = [Segment("".join(text for text, _ in row), base + self._cursor_style)]
        else:
            segments = [Segment(text, base + style) for text, style in row]
        return Strip(segments).adjust_cell_length(width, base)

    @property
    def _cursor_style(self) -> Style:
        """The cursor's colours: the whole style, since in part of it a text colour that suits the ground is missing."""
        style = self._styles.get("cursor")
        if style is None:
            style = self._styles["cursor"] = self.get_component_rich_style("calls--cursor")
        return style

    def _empty_line(self, y: int, width: int, base: Style) -> Strip:
        lines = textwrap.wrap(self._empty, max(8, width - 4))
        row = y - max(0, (self.size.height - len(lines)) // 2)
        if not 0 <= row < len(lines):
            return Strip.blank(width, base)
        plain = lines[row]
        pad = " " * max(0, (width - cell_len(plain)) // 2)
        return Strip([Segment(pad + plain, base + self._component("calls--dim"))]).adjust_cell_length(width, base)

    def _row(self, call: CallSummary, width: int) -> list[tuple[str, Style]]:
        columns = _Columns.within(width)
        dim = self._component("calls--dim")
        row = self._gutter(call)
        if columns.when:
            row.append((_fit(self._when(call), columns.when) + "  ", dim))
        row += self._names(call, columns.names)
        if columns.turns:
            row.append((f"  {call.turns or '':>{columns.turns}}", dim))
        if columns.length:
            length = clock(call.duration_s) if call.duration_s else ""
            row.append((f"  {length:>{columns.length}}", dim))
        if columns.outcome:
            style = self._state_style(call) or Style.null()
            row.append(("  " + _fit(outcome_words(call), columns.outcome), style))
        return row

    def _gutter(self, call: CallSummary) -> list[tuple[str, Style]]:
        if call.call_id == self._playing:
            state = ("♪", self._component("calls--playing"))
        else:
            state = (_STATE_MARKS.get(call.state, " "), self._state_style(call) or Style.null())
        star = ("★", self._component("calls--star")) if call.starred else ("·", self._component("calls--dim"))
        mark = "◆" if call.call_id == self._marked else " "
        return [state, star, (f"{mark} ", self._component("calls--marked"))]

    def _names(self, call: CallSummary, room: int) -> list[tuple[str, Style]]:
        dim = self._component("calls--dim")
        names = " × ".join(name for name in (call.customer, call.support) if name) or call.call_id
        parts = [(call.title, self._component("calls--name")), ("  ", dim), (names, dim)] if call.title else []
        parts = parts or [(names, self._component("calls--name"))]
        if call.tags:
            parts += [("  ", dim), (" ".join(f"#{tag}" for tag in call.tags), self._component("calls--tag"))]
        fitted: list[tuple[str, Style]] = []
        for at, (text, style) in enumerate(parts):
            if at and cell_len(text) > room and (room < _WORTH_A_PART or text.isspace()):
                break  # a letter or two and an ellipsis tell nothing
            if cell_len(text) > room:
                fitted.append((_fit(text, room), style))
                return fitted
            fitted.append((text, style))
            room -= cell_len(text)
        fitted.append((" " * room, dim))
        return fitted

    def _when(self, call: CallSummary) -> str:
        if call.created_at is None:
            return "–"
        at = call.created_at.astimezone()
        if self._today is None or at.year != self._today.year:
            return f"{at:%d %b %Y}"
        return f"{at:%d %b %H:%M}"

    def _state_style(self, call: CallSummary) -> Style | None:
        match call.state:
            case CallState.BEING_MADE:
                return self._component("calls--making")
            case CallState.INTERRUPTED:
                return self._component("calls--interrupted")
            case CallState.BROKEN:
                return self._component("calls--broken")
            case CallState.WHOLE:
                return None

    def _component(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
            style = self._styles[name] = self.get_component_rich_style(name, partial=True)
        return style

    def notify_style_update(self) -> None:
        """Theme or classes changed: look the styles up again."""
        self._styles.clear()
        super().notify_style_update()


def outcome_words(call: CallSummary) -> str:
    """What became of a call, in a word or two."""
    return call.became.replace("_", " ")


def _fit(text: str, room: int) -> str:
    """Exactly so many columns; what is cut ends with an ellipsis."""
    if cell_len(text) <= room:
        return set_cell_size(text, room)
    return set_cell_size(text, room - 1) + "…" if room > 0 else ""
