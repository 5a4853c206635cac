"""The themes by name; moving over one shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

if TYPE_CHECKING:
    from collections.abc import Sequence


class ThemeList(OptionList):
    """Posts which theme to show, to keep, or to go back to."""

    HELP = "Moving shows a theme, enter keeps it, {leave-settings} goes back to the one before."

    @dataclass
    class Shown(Message):
        """Show this theme for now; None: the kept one again."""

        name: str | None

    @dataclass
    class Kept(Message):
        """Keep this theme."""

        name: str

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, compact=True, markup=False)
        self._kept = ""

    def show(self, names: Sequence[str], kept: str) -> None:
        """Show these names, one of them the kept one."""
        self._kept = kept
        at = self.highlighted
        self.set_options(
            Option(Text(f"{'●' if name == kept else ' '} {name}", style="bold" if name == kept else ""), id=name)
            for name in names
        )
        self.highlighted = at if at is not None and self.has_focus else names.index(kept) if kept in names else 0

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show it, if it is a person who moves."""
        event.stop()
        if self.has_focus and event.option_id:
            self.post_message(self.Shown(event.option_id))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Keep it."""
        event.stop()
        if event.option_id:
            self.post_message(self.Kept(event.option_id))

    def on_blur(self) -> None:
        """Gone elsewhere without keeping one."""
        self.post_message(self.Shown(None))
