"""What is being heard: position, level, volume; a click on the line goes there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.reactive import reactive
from textual.widgets import Static

from vcg_tui.tui.messages import SeekWanted
from vcg_tui.tui.widgets.metrics_pane import clock

if TYPE_CHECKING:
    from textual import events

_BARS = "▁▂▃▄▅▆▇█"
_LOWEST_DB = -48.0
_LINE_AT = 12
_ROOMY = 56


@dataclass(frozen=True, slots=True)
class PlayerState:
    """The player at one moment; seconds and dBFS."""

    turn: int = 0
    position_s: float = 0.0
    length_s: float = 0.0
    paused: bool = False
    muted: bool = False
    volume: float = 1.0
    speed: float = 1.0
    level_dbfs: float = -96.0
    audible: bool = True
    active: bool = False


class PlayerBar(Static):
    """One line: play or pause, the turn, the line of time, the level, the volume."""

    HELP = (
        "The player. Space pauses, n skips to the next turn, m mutes, + and - set the volume; "
        "click the line to go there."
    )

    COMPONENT_CLASSES: ClassVar[set[str]] = {"player--done"}
    DEFAULT_CSS = """
    PlayerBar > .player--done {
        color: $primary;
    }
    """

    state: reactive[PlayerState] = reactive(PlayerState())

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)

    def render(self) -> Text:
        """The line."""
        state = self.state
        mark = "▶" if state.active and not state.paused else "❚❚" if state.paused else "■"
        line = Text(no_wrap=True, overflow="crop")
        line.append(f" {mark:<2} turn {state.turn:<3} "[:_LINE_AT].ljust(_LINE_AT))
        tail = self._tail()
        room = self._room
        done = round(room * min(1.0, state.position_s / state.length_s)) if state.length_s else 0
        mark = "╸" if 0 < done < room else ""
        line.append("━" * done + mark, style=self.get_component_rich_style("player--done", partial=True))
        line.append("─" * (room - done - len(mark)), style="dim")
        return line.append_text(tail)

    def _tail(self) -> Text:
        """What stands behind the line of time; less of it where there is little room."""
        state = self.state
        tail = Text(f" {clock(state.position_s)}/{clock(state.length_s)} ")
        if self.size.width >= _ROOMY:
            tail.append(_meter(state), style="dim" if state.muted else "")
            tail.append("   muted" if state.muted else f" vol {round(state.volume * 100):>3}")
        elif state.muted:
            tail.append("muted")
        if state.speed != 1.0:
            tail.append(f" {state.speed:g}x")
        if not state.audible:
            tail.append(" no sound", style="italic")
        return tail.append(" ")

    @property
    def _room(self) -> int:
        return max(4, self.size.width - _LINE_AT - self._tail().cell_len)

    def on_click(self, event: events.Click) -> None:
        """Go to where the line was clicked."""
        at = event.x - _LINE_AT
        if 0 <= at < self._room and self.state.length_s:
            self.post_message(SeekWanted(self.state.length_s * at / self._room))


def _meter(state: PlayerState) -> str:
    """The level as a small column of bars that grows to the right."""
    loud = max(0.0, 1 - state.level_dbfs / _LOWEST_DB) if state.active and not state.paused else 0.0
    return "".join(_BARS[min(7, int(max(0.0, loud * 5 - step) * 8))] if loud * 5 > step else " " for step in range(5))
