"""A transcript that goes along with whoever hears the call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vcg_tui.tui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from textual import events

    from vcg_tui.tui.session import CallSession, ShownTurn


class HeardTranscript(Transcript):
    """Keeps the heard word in sight while somebody reads along."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._heard_line: int | None = None

    def show_session(self, session: CallSession) -> None:
        """Show another call, from its start."""
        self._heard_line = None
        super().show_session(session)

    def reveal(self, shown: ShownTurn) -> None:
        """Scroll to the word being heard; not where the reader has scrolled away from it."""
        line = self._line_of_heard_word(shown)
        if line is None or line == self._heard_line:
            return
        before, self._heard_line = self._heard_line, line
        if self._in_sight(line) or (before is not None and not self._in_sight(before)):
            return
        self.scroll_to(y=max(0, line - 1), animate=False)

    def on_resize(self, event: events.Resize) -> None:
        """Another size: the heard word is brought into sight again; textual calls the other's own handler too."""
        del event
        self._heard_line = None

    def let_go(self) -> None:
        """Where it is heard has jumped: show the place, wherever the reader is."""
        self._heard_line = None

    def _line_of_heard_word(self, shown: ShownTurn) -> int | None:
        index = self._numbers.get(shown.turn)
        if index is None:
            return None
        laid = self._laid[index]
        word = max(0, shown.heard_words - 1)
        for offset, line in enumerate(laid.lines):
            if any(piece.kind == "word" and piece.word == word for piece in line.pieces):
                return laid.top + offset
        return laid.top

    def _in_sight(self, line: int) -> bool:
        top = self.scroll_offset.y
        return top <= line < top + max(1, self.scrollable_content_region.height)
