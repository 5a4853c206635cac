"""The transcript: turns streaming in, the heard word lit, thousands of lines at the price of the visible ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from vcg_tui.models.role import Role
from vcg_tui.tui.session import TurnPhase
from vcg_tui.tui.transcript_layout import NARROW, Line, Piece, lay_out
from vcg_tui.tui.transcript_matches import Match, matches_in, search_pattern

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable

    from textual import events
    from textual.selection import Selection

    from vcg_tui.tui.session import CallSession, ShownTurn


_ABOVE_MATCH = 2
"""So many lines stay above the line that a search goes to."""


@dataclass(slots=True)
class _Laid:
    """A turn's lines and where they begin."""

    shown: ShownTurn
    lines: list[Line]
    top: int = 0
    found: tuple[list[Line], list[Match]] | None = None
    """Where the searched text stands, in these lines."""


class Transcript(ScrollView, can_focus=True):
    """The turns of one call.

    It follows the end until it is scrolled up, and again once it is back at the end; ``unseen`` counts the turns that
    came meanwhile. The widget draws only what is visible, so a call may have any number of turns.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "transcript--customer",
        "transcript--support",
        "transcript--text",
        "transcript--writing",
        "transcript--waiting",
        "transcript--lit",
        "transcript--heard",
        "transcript--time",
        "transcript--mark",
        "transcript--match",
        "transcript--current",
    }
    BINDINGS: ClassVar = [
        Binding("end", "follow", "To the end", show=False),
        Binding("home", "scroll_home", "To the start", show=False),
    ]
    HELP = (
        "The call's transcript. … is being written, ○ is not heard yet, ♪ is heard. "
        "Scroll with the arrows or the wheel; end follows the call again. "
        "Drag to select, ctrl+c copies."
    )

    virtual_size: reactive[Size] = reactive(Size(0, 0))
    """Textual's own lays out the whole screen when it changes; see `_resize`."""
    unseen: reactive[int] = reactive(0)
    following: reactive[bool] = reactive(True)

    @dataclass
    class TurnChosen(Message):
        """Somebody clicked a turn."""

        turn: int

    @dataclass
    class FollowingChanged(Message):
        """The view let go of the end, or is back at it; ``unseen`` turns came meanwhile."""

        following: bool
        unseen: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._laid: list[_Laid] = []
        self._numbers: dict[int, int] = {}
        self._lines: list[Line] = []
        self._pattern: re.Pattern[str] | None = None
        self._current: tuple[int, int] | None = None
        """The match that the search is at: the index of its turn, its place in the turn's text."""
        self._styles: dict[str, Style] = {}

    # ------------------------------------------------------------------ what is shown

    def show_session(self, session: CallSession) -> None:
        """Show another call, from its start."""
        self._laid.clear()
        self._current = None
        self._numbers.clear()
        self._lines.clear()
        self.unseen, self.following = 0, True
        self.update_turns(session.turns)
        self._resize()
        self.scroll_to(0, 0, animate=False, immediate=True, force=True)

    def update_turns(self, turns: Iterable[ShownTurn]) -> None:
        """These turns look different, or are new."""
        width, beside = self._text_width, self._beside
        tail: int | None = None
        for shown in turns:
            index = self._numbers.get(shown.turn)
            if index is None:
                index = self._numbers[shown.turn] = len(self._laid)
                self._laid.append(_Laid(shown, [], len(self._lines)))
                if not self.following:
                    self.unseen += 1
            laid = self._laid[index]
            laid.shown = shown
            lines = lay_out(shown, width, beside=beside)
            if len(lines) == len(laid.lines):
                self._lines[laid.top : laid.top + len(lines)] = lines
                laid.lines = lines
                self.refresh_lines(laid.top, len(lines))
            else:
                laid.lines = lines
                tail = index if tail is None else min(tail, index)
        if tail is not None:
            self._place_from(tail)

    def drop_missing(self, session: CallSession) -> None:
        """Take away turns that are no part of the call any more."""
        kept = {shown.turn for shown in session.turns}
        if all(laid.shown.turn in kept for laid in self._laid):
            return
        self._laid = [laid for laid in self._laid if laid.shown.turn in kept]
        self._numbers = {laid.shown.turn: index for index, laid in enumerate(self._laid)}
        self._place_from(0)

    def search(self, text: str, *, step: int = 0) -> tuple[int, int]:
        """Mark every place where this text stands, and go to one. An empty text marks nothing.

        Args:
            text: in any case; it may run across lines.
            step: 0: the place where the search is, or the first one in sight; 1: the next one, -1: the one before.

        Returns:
            Which place it is at, from 1, and how many there are; 0 and 0 where there is none.
        """
        pattern = search_pattern(text)
        self._pattern = pattern
        for laid in self._laid:
            laid.found = None
        self.refresh()
        if pattern is None:
            self._current = None
            return 0, 0
        found = [
            ((index, match.start), laid.top + match.spans[0][0])
            for index, laid in enumerate(self._laid)
            for match in self._matches(laid, pattern)
        ]
        if not found:
            return 0, 0
        at = self._place_among(found, step)
        self._current, line = found[at]
        self._go_to_match(line)
        return at + 1, len(found)

    def _go_to_match(self, line: int) -> None:
        self.following = False
        self.scroll_to(y=max(0, line - _ABOVE_MATCH), animate=False)

    def _place_among(self, found: list[tuple[tuple[int, int], int]], step: int) -> int:
        """Which of the found places to go to."""
        here = self._current
        if here is None:
            top = self.scroll_offset.y
            return next((at for at, (_, line) in enumerate(found) if line >= top), 0)
        if step < 0:
            return max((at for at, (place, _) in enumerate(found) if place < here), default=len(found) - 1)
        return next((at for at, (place, _) in enumerate(found) if place > here or (not step and place == here)), 0)

    def _matches(self, laid: _Laid, pattern: re.Pattern[str]) -> list[Match]:
        if laid.found is None or laid.found[0] is not laid.lines:
            laid.found = (laid.lines, matches_in(laid.lines, pattern))
        return laid.found[1]

    def action_follow(self) -> None:
        """Go to the end and stay there."""
        self.following, self.unseen = True, 0
        self.scroll_end(animate=False)

    # ------------------------------------------------------------------ drawing

    def render_line(self, y: int) -> Strip:
        """One visible line."""
        x, top = self.scroll_offset
        index, width = top + y, self.size.width
        base = self.rich_style
        if index >= len(self._lines):
            return Strip.blank(width, base)
        line = self._lines[index]
        shown = self._laid[self._numbers[line.turn]].shown if line.turn else None
        segments = [Segment(piece.text, base + self._style(piece, shown)) for piece in line.pieces]
        strip = Strip(segments)
        strip = self._marked(strip, line, index)
        return strip.crop_extend(x, x + width, base).apply_offsets(x, index)

    def _marked(self, strip: Strip, line: Line, index: int) -> Strip:
        """The line with search matches and the selection on it."""
        spans: list[tuple[int, int, Style]] = []
        if self._pattern is not None and line.turn:
            number = self._numbers[line.turn]
            laid = self._laid[number]
            for match in self._matches(laid, self._pattern):
                name = "transcript--current" if (number, match.start) == self._current else "transcript--match"
                mark = self._component(name)
                spans.extend((left, right, mark) for at, left, right in match.spans if laid.top + at == index)
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(index)) is not None:
            start, end = span
            style = self.screen.get_component_rich_style("screen--selection")
            spans.append((start, len(line.plain) if end == -1 else end, style))
        for start, end, style in spans:
            strip = _styled(strip, cell_len(line.plain[:start]), cell_len(line.plain[:end]), style)
        return strip

    def _style(self, piece: Piece, shown: ShownTurn | None) -> Style:
        if shown is None:
            return Style.null()
        match piece.kind:
            case "bar" | "name":
                side = "customer" if shown.speaker is Role.CUSTOMER else "support"
                return self._component(f"transcript--{side}")
            case "time" | "mark":
                return self._component(f"transcript--{piece.kind}")
            case _:
                return self._component(_text_class(piece, shown))

    def _component(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
            style = self._styles[name] = self.get_component_rich_style(name, partial=True)
        return style

    def notify_style_update(self) -> None:
        """Theme or classes changed: look the styles up again."""
        self._styles.clear()
        super().notify_style_update()

    # ------------------------------------------------------------------ place and size

    @property
    def _text_width(self) -> int:
        return max(20, self.scrollable_content_region.width or 80)

    @property
    def _beside(self) -> bool:
        """Whether the speakers stand beside the text: as if there were always a scroll bar, so that it never flips."""
        bar = 0 if self.show_vertical_scrollbar else self.styles.scrollbar_size_vertical
        return self._text_width - bar >= NARROW

    def _place_from(self, index: int) -> None:
        """Lay the turns from this one on below the ones before it."""
        top = self._laid[index - 1].top + len(self._laid[index - 1].lines) if index else 0
        del self._lines[top:]
        for laid in self._laid[index:]:
            laid.top = len(self._lines)
            self._lines.extend(laid.lines)
        self._resize()
        self.refresh()

    def _resize(self) -> None:
        before, size = self.virtual_size, Size(self._text_width, len(self._lines))
        if size != before:
            self.virtual_size = size
            if self.show_vertical_scrollbar and min(before.height, size.height) > self.container_size.height:
                # Line after line, while a call streams in: what is around stays where it is.
                self.vertical_scrollbar.window_virtual_size = size.height
            else:
                self.refresh(layout=True)
        if self.following:
            # forced: the line that first needs a scroll bar comes before there is one
            self.scroll_end(animate=False, immediate=True, force=True, x_axis=False)

    def on_resize(self, event: events.Resize) -> None:
        """Another width: every turn is laid out anew."""
        del event
        width, beside = self._text_width, self._beside
        for laid in self._laid:
            laid.lines = lay_out(laid.shown, width, beside=beside)
        if self._laid:
            self._place_from(0)
        if self._current is not None and self._pattern is not None:
            laid = self._laid[self._current[0]]
            starts = (
                match.spans[0][0] for match in self._matches(laid, self._pattern) if match.start == self._current[1]
            )
            for start in starts:
                self._go_to_match(laid.top + start)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolled: up lets go of the end, reaching the end takes hold of it again."""
        super().watch_scroll_y(old_value, new_value)
        if self.is_vertical_scroll_end:
            self.following, self.unseen = True, 0
        elif new_value < old_value:
            self.following = False

    def watch_following(self) -> None:
        """Tell whoever shows the hint."""
        self.post_message(self.FollowingChanged(self.following, self.unseen))

    def watch_unseen(self) -> None:
        """Tell whoever shows the hint."""
        self.post_message(self.FollowingChanged(self.following, self.unseen))

    # ------------------------------------------------------------------ selecting, clicking

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """What is selected, a turn a line: the words as they are said, not as they are wrapped and decorated."""
        said: dict[int, str] = {}
        for index, line in enumerate(self._lines):
            if line.turn and (span := selection.get_span(index)) is not None:
                start, end = span
                part = line.said(start, len(line.plain) if end == -1 else end)
                said[line.turn] = " ".join(filter(None, (said.get(line.turn, ""), part)))
        return "\n".join(said.values()), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """The selection changed."""
        del selection
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Choose the turn under the pointer."""
        offset = event.get_content_offset(self)
        if offset is None or self.text_selection is not None:
            return  # on the border; or the end of a drag that selects
        index = self.scroll_offset.y + offset.y
        if 0 <= index < len(self._lines) and self._lines[index].turn:
            self.post_message(self.TurnChosen(self._lines[index].turn))


def _styled(strip: Strip, start: int, end: int, style: Style) -> Strip:
    """The strip with a style over what stands from one cell to another."""
    if not 0 <= start < end:
        return strip
    cuts = [cut for cut in (start, end) if 0 < cut < strip.cell_length]
    parts = list(strip.divide([*cuts, strip.cell_length]))
    index = 1 if start else 0
    marked = [Segment(text, (own or Style.null()) + style, control) for text, own, control in parts[index]]
    parts[index] = Strip(marked, parts[index].cell_length)
    return Strip.join(parts)


def _text_class(piece: Piece, shown: ShownTurn) -> str:
    match shown.phase:
        case TurnPhase.WRITING:
            return "transcript--writing"
        case TurnPhase.WAITING:
            return "transcript--waiting"
        case TurnPhase.HEARD:
            if piece.kind == "word" and piece.word == shown.heard_words - 1:
                return "transcript--lit"
            return "transcript--heard" if piece.word < shown.heard_words else "transcript--waiting"
        case TurnPhase.PAST:
            return "transcript--text"
