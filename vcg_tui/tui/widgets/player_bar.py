"""What is being heard: position, level, volume, speed; every part of it can be clicked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from rich.text import Text
from textual.reactive import reactive
from textual.widgets import Static

from vcg_tui.tui.messages import SeekWanted
from vcg_tui.tui.widgets.metrics_pane import clock

if TYPE_CHECKING:
    from textual import events

    from vcg_tui.audio.player import Player

_BARS = "▁▂▃▄▅▆▇█"
_LOWEST_DB = -48.0
_LINE_AT = 12
_ROOMY = 56
_WHEEL = {
    "volume": ("screen.softer", "screen.louder"),
    "speed": ("screen.slower", "screen.faster"),
    "line": ("screen.seek_back", "screen.seek_on"),
}
"""What the wheel does over a part: downwards, upwards."""


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

    @classmethod
    def of(
        cls, player: Player, *, position_s: float, length_s: float, turn: int, paused: bool, active: bool
    ) -> PlayerState:
        """The player as it is set, at a place of what is heard."""
        return cls(
            turn=turn,
            position_s=position_s,
            length_s=length_s,
            paused=paused,
            muted=player.muted,
            volume=player.volume,
            speed=player.speed,
            level_dbfs=player.level.rms_dbfs,
            audible=player.audible,
            active=active,
        )


class PlayerBar(Static):
    """One line: play or pause, the turn, the line of time, the level, the volume, the speed.

    The marks are clicked for what they show; a click on the speed goes to the next one, and from the last to the
    first. The wheel turns the volume and the speed, and elsewhere the time.
    """

    HELP = (
        "The player. Space pauses, n skips to the next turn, m mutes, + and - set the volume. By mouse: « ▶ » are the "
        "start of the turn, pause and the next turn; a click on the line goes there, on the volume mutes, on the speed "
        "changes it; the wheel turns what it is over."
    )

    COMPONENT_CLASSES: ClassVar[set[str]] = {"player--done"}
    DEFAULT_CSS = """
    PlayerBar {
        link-style: none;
        link-color: $foreground;
        link-background-hover: $primary;
        link-style-hover: bold;
    }
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
        line = self._head()
        tail = self._tail()
        room = max(4, self.size.width - line.cell_len - tail.cell_len)
        done = round(room * min(1.0, state.position_s / state.length_s)) if state.length_s else 0
        mark = "╸" if 0 < done < room else ""
        line.append("━" * done + mark, style=self.get_component_rich_style("player--done", partial=True))
        line.append("─" * (room - done - len(mark)), style="dim")
        return line.append_text(tail)

    def _head(self) -> Text:
        """What stands before the line of time; the neighbours of the turn only where there is room."""
        state = self.state
        mark = "▶" if state.active and not state.paused else "❚❚" if state.paused else "■"
        head = Text(" ", no_wrap=True, overflow="crop")
        if self._roomy:
            head.append("«", _part("screen.restart_turn")).append(" ")
        head.append(f"{mark:<2}", _part("screen.pause")).append(" ")
        if self._roomy:
            head.append("»", _part("screen.skip_turn")).append(" ")
        return head.append(f"turn {state.turn or '–':<3} "[: _LINE_AT - 4].ljust(_LINE_AT - 4))

    def _tail(self) -> Text:
        """What stands behind the line of time; less of it where there is little room."""
        state = self.state
        tail = Text(f" {clock(state.position_s)}/{clock(state.length_s)} ")
        if self._roomy:
            tail.append(_meter(state), style="dim" if state.muted else "")
            volume = "  muted" if state.muted else f"vol {round(state.volume * 100):>3}"
            tail.append(" ").append(volume, _part("screen.mute", "volume"))
        elif state.muted:
            tail.append("muted")
        if self._roomy or state.speed != 1.0:
            tail.append(" ").append(f"{state.speed:g}x", _part("screen.next_speed", "speed"))
        if not state.audible:
            tail.append(" no sound", style="italic")
        return tail.append(" ")

    @property
    def _roomy(self) -> bool:
        return self.size.width >= _ROOMY

    @property
    def line(self) -> range:
        """The columns of the line of time."""
        begin = self._head().cell_len
        return range(begin, begin + max(4, self.size.width - begin - self._tail().cell_len))

    def on_click(self, event: events.Click) -> None:
        """Go to where the line was clicked; the other parts are links."""
        line = self.line
        if event.x in line and self.state.length_s:
            self.post_message(SeekWanted(self.state.length_s * (event.x - line.start) / len(line)))

    async def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Less of what is under the pointer."""
        await self._turn(event, 0)

    async def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """More of what is under the pointer."""
        await self._turn(event, 1)

    async def _turn(self, event: events.MouseEvent, up: int) -> None:
        event.stop()
        await self.app.run_action(_WHEEL[event.style.meta.get("wheel", "line")][up], self)


def _part(action: str, wheel: str = "line") -> Style:
    """A part that can be clicked."""
    return Style(meta={"@click": action, "wheel": wheel})


def _meter(state: PlayerState) -> str:
    """The level as a small column of bars that grows to the right."""
    loud = max(0.0, 1 - state.level_dbfs / _LOWEST_DB) if state.active and not state.paused else 0.0
    return "".join(_BARS[min(7, int(max(0.0, loud * 5 - step) * 8))] if loud * 5 > step else " " for step in range(5))
