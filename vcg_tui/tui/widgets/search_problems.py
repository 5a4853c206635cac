"""What of a search makes no sense, and what would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Static

if TYPE_CHECKING:
    from collections.abc import Sequence


class SearchProblems(Static):
    """Stands below the search box; where there is nothing to tell, it takes no room."""

    DEFAULT_CSS = """
    SearchProblems { display: none; height: auto; color: $text-warning; padding: 0 1; }
    SearchProblems.-shown { display: block; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False)

    def show(self, problems: Sequence[str]) -> None:
        """Tell the first one of these, and how many more there are: the list needs the room."""
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        self.update(f"▲ {problems[0]}{more}" if problems else "")
        self.set_class(bool(problems), "-shown")
