"""The top line: who talks, what is happening, with what; a click on a part goes to where it is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from vcg_tui.models.languages import language_name
from vcg_tui.tui.widgets.metrics_pane import clock

if TYPE_CHECKING:
    from vcg_tui.config import Settings
    from vcg_tui.models.persona import AnyPersona

_MARKS = {"ready": "○", "writing": "◌", "speaking": "●", "paused": "❚❚", "ended": "■"}
_PROGRAM = " vcg ▸ "
_NAMES = 30
"""So many columns of the names go before the providers."""


class CallHeader(Widget):
    """``vcg ▸ Anna Reyes × Tier-1 support ▸ ● speaking 00:42 … offline · espeak``.

    The program's name opens the palette, the names the lists of personas, the providers the call's settings.
    """

    DEFAULT_CSS = """
    CallHeader {
        link-style: none;
        link-color: $foreground;
        link-background-hover: $primary;
        link-style-hover: bold;
    }
    """

    customer: reactive[str] = reactive("")
    support: reactive[str] = reactive("")
    state: reactive[str] = reactive("ready")
    position_s: reactive[float] = reactive(0.0)
    providers: reactive[str] = reactive("")
    upcoming: reactive[str] = reactive("")
    """Who is picked for the next call, where that is not who is on the screen."""

    def show_people(
        self, heard: tuple[AnyPersona | None, AnyPersona | None], picked: tuple[AnyPersona | None, AnyPersona | None]
    ) -> None:
        """Who talks in the call on the screen, and who would in the next one."""
        names, others = (tuple(each.name if each else "" for each in pair) for pair in (heard, picked))
        self.customer, self.support = names
        self.upcoming = " × ".join(others) if others != names else ""

    def show_settings(self, settings: Settings) -> None:
        """What writes and speaks the next call, and its language where one is set."""
        chosen, language = settings.providers, settings.call.language
        spoken = f" · {language_name(language)}" if language else ""
        self.providers = f"{chosen.llm.model or chosen.llm.type} · {chosen.tts.model or chosen.tts.type}{spoken}"

    def render(self) -> Text:
        """The line; where it is too long the names are cut, then the providers left out."""
        at = f" {clock(self.position_s)}" if self.position_s else ""
        state = f" ▸ {_MARKS.get(self.state, '')} {self.state}{at}"
        names = f"{self.customer} × {self.support}"
        right = f"{self.providers} "
        room = self.size.width - cell_len(state) - len(_PROGRAM)
        if room - cell_len(right) < min(cell_len(names), _NAMES):
            right = ""
        room = max(0, room - cell_len(right) - 1)
        if cell_len(names) > room:
            names = f"{set_cell_size(names, room - 1)}…" if room else ""
        line = Text(no_wrap=True, overflow="crop")
        line.append(_PROGRAM, style=_link("app.command_palette", "bold"))
        line.append(names, style=_link("screen.toggle_sidebar", "bold"))
        line.append(f"{state} ")
        if self.upcoming and line.cell_len + cell_len(self.upcoming) + cell_len(right) + 9 < self.size.width:
            line.append(f"  next: {self.upcoming}", style="italic")
        line.append(" " * max(0, self.size.width - line.cell_len - cell_len(right)))
        line.append(right, style=_link("screen.call_settings", "dim"))
        return line


def _link(action: str, look: str) -> Style:
    return Style.parse(look) + Style(meta={"@click": action})
