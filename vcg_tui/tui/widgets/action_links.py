"""Actions with their keys, in a row, to be clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

if TYPE_CHECKING:
    from collections.abc import Sequence


class ActionLinks(Static):
    """Each action as its key and a word; a click does what the key does."""

    def show(self, actions: Sequence[tuple[str, str, str]]) -> None:
        """Show actions.

        Args:
            actions: of each, its key as people write it, its word, and textual's name for it (``screen.star_call``).
        """
        links = [
            Content.from_markup(f"[@click={action}][$accent b]$key[/] $word[/]", key=key, word=word)
            for key, word, action in actions
        ]
        self.update(Content("  ").join(links))
