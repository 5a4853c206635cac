"""The last line: the keys that matter now, as many as there is room for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.widget import Widget
from textual.widgets import Input

from vcg_tui.tui.key_words import key_word

if TYPE_CHECKING:
    from textual import events
    from textual.screen import Screen

_BETWEEN = 2
_MOST = 7


@dataclass(frozen=True, slots=True)
class FooterEntry:
    """A key, what it does, and where that stands: columns from ``start`` up to ``end``."""

    key: str
    shown: str
    word: str
    tip: str
    enabled: bool
    start: int
    end: int


class KeyFooter(Widget):
    """The bindings of the screen that are to be shown, in one line; a click presses the key.

    Textual's own makes a widget for each key whenever anything changes, and keeps all it ever made; and it cuts the
    last one in two where there is no room for it.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"footer--key"}
    DEFAULT_CSS = """
    KeyFooter {
        dock: bottom;
        height: 1;
        padding: 0 1;
        color: $footer-description-foreground;
        background: $footer-background;
        & > .footer--key {
            color: $footer-key-foreground;
            text-style: bold;
        }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[FooterEntry] = []

    def on_mount(self) -> None:
        """Follow what can be pressed."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    @property
    def entries(self) -> list[FooterEntry]:
        """What is shown now, from the left."""
        return self._entries

    def _bindings_changed(self, screen: Screen[object]) -> None:
        if self.is_attached and screen is self.screen:
            self.call_after_refresh(self._look)

    def on_resize(self) -> None:
        """More or less room."""
        self._look()

    def _look(self) -> None:
        if self.is_attached and (entries := self._fitting()) != self._entries:
            self._entries = entries
            self.refresh()

    def _fitting(self) -> list[FooterEntry]:
        entries: list[FooterEntry] = []
        at = 0
        typing = isinstance(self.screen.focused, Input)
        # an action that has several keys is shown by its first
        first = {each.binding.action: each for each in reversed(self.screen.active_bindings.values())}
        for action in dict.fromkeys(each.binding.action for each in self.screen.active_bindings.values()):
            _, binding, enabled, tip = first[action]
            word = key_word(self.screen, binding.action, binding.description) if binding.show else None
            shown = self.app.get_key_display(binding)
            if not word or (typing and len(shown) == 1 and shown.isascii()):  # a letter would be typed
                continue
            end = at + cell_len(f"{shown} {word}")
            if end > self.content_size.width or len(entries) == _MOST:
                break
            entries.append(FooterEntry(binding.key, shown, word, tip, enabled, at, end))
            at = end + _BETWEEN
        return entries

    def render(self) -> Text:
        """The line."""
        line = Text(no_wrap=True, overflow="crop", end="")
        key = self.get_component_rich_style("footer--key", partial=True)
        for entry in self._entries:
            line.append(" " * (entry.start - line.cell_len))
            part = Text().append(entry.shown, key).append(f" {entry.word}")
            if not entry.enabled:
                part.stylize("dim")
            line.append_text(part)
        return line

    def _entry_at(self, event: events.MouseEvent) -> FooterEntry | None:
        offset = event.get_content_offset(self)
        if offset is None:
            return None
        return next((each for each in self._entries if each.start <= offset.x < each.end), None)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Say what the key under the pointer does."""
        entry = self._entry_at(event)
        self.tooltip = (entry.tip or entry.word) if entry else None

    async def on_click(self, event: events.Click) -> None:
        """Press the key."""
        entry = self._entry_at(event)
        if entry is not None and entry.enabled:
            self.app.simulate_key(entry.key)
