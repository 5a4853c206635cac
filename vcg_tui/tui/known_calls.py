"""The saved calls that are known of: the newest first, and then, once they are read, all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vcg_tui.models.conversation import CallState
from vcg_tui.tui.call_search import SearchedCall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vcg_tui.models.conversation import CallSummary


class KnownCalls:
    """Each call with what it is searched by."""

    def __init__(self) -> None:
        self.searched: Sequence[SearchedCall] = ()
        self.read = False
        """Whether any were read yet."""
        self.all_read = True
        """Whether these are all there are, or nothing is being read."""

    @property
    def calls(self) -> list[CallSummary]:
        """The calls."""
        return [searched.call for searched in self.searched]

    def take(self, searched: Sequence[SearchedCall], *, all_read: bool) -> None:
        """Know these from now on, and no others."""
        self.searched, self.read, self.all_read = searched, True, all_read

    def in_state(self, state: CallState) -> list[CallSummary]:
        """The calls in this state."""
        return [call for call in self.calls if call.state is state]

    def change(self, call: CallSummary) -> None:
        """A call has other notes now."""
        self.searched = [
            SearchedCall.of(call) if searched.call.call_id == call.call_id else searched for searched in self.searched
        ]

    def forget(self, call: CallSummary) -> None:
        """A call is gone."""
        self.searched = [searched for searched in self.searched if searched.call.call_id != call.call_id]

    def counted(self, found: int, *, narrowed: bool) -> str:
        """How many there are, and how many of them a search that narrows them down has found; empty: none."""
        if not self.all_read:
            return "reading the older ones …"
        return f"{found:,} of {len(self.searched):,}" if narrowed else ""
