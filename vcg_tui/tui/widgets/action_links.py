"""Actions with their keys, in a row, to be clicked."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from rich.style import Style


_BETWEEN = 2


class ActionLinks(Static):
    """Each action as its key and a word, as many as there is room for; a click does what the key does."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown: tuple[Sequence[tuple[str, str, str]], Container[str]] = (), ()

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
        if (tuple(actions), off) != self._shown:
            self._shown = tuple(actions), off
            self._draw()

    def on_resize(self) -> None:
        """More or less room."""
        self._draw()

    def _draw(self) -> None:
        actions, off = self._shown
        ends = accumulate(cell_len(f"{key} {word}") + _BETWEEN for key, word, _ in actions)
        room = self.content_size.width + _BETWEEN
        links = [
            Content.from_markup(
                "[$foreground 50%]$key $word[/]" if action in off else f"[@click={action}][$accent b]$key[/] $word[/]",
                key=key,
                word=word,
            )
            for (key, word, action), end in zip(actions, ends, strict=True)
            if end <= room
        ]
        self.update(Content(" " * _BETWEEN).join(links))
