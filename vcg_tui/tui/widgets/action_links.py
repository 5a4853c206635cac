"""Actions with their keys, in a row, to be clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from rich.style import Style


class ActionLinks(Static):
    """Each action as its key and a word; a click does what the key does."""

    @property
    def link_style(self) -> Style:
        """Without Textual's one colour for all of a link: the key has a colour of its own, as in the footer."""
        return self.styles.link_style

    def show(self, actions: Sequence[tuple[str, str, str]], *, off: Container[str] = ()) -> None:
        """Show actions.

        Args:
            actions: of each, its key as people write it, its word, and textual's name for it (``screen.star_call``).
            off: the names of those that can't be done now.
        """
        links = [
            Content.from_markup(
                "[$foreground 50%]$key $word[/]" if action in off else f"[@click={action}][$accent b]$key[/] $word[/]",
                key=key,
                word=word,
            )
            for key, word, action in actions
        ]
        self.update(Content("  ").join(links))
