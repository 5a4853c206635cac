"""The next call: turns, seed, providers; remembered until the app is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Select, Static

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from vcg_tui.config import Settings


@dataclass(frozen=True, slots=True)
class CallWishes:
    """What is wanted of the next call; a seed of None: another one each time."""

    max_turns: int
    seed: int | None
    llm: str
    tts: str


class CallDialog(ModalScreen[CallWishes | None]):
    """Gives the wishes, or None where they stay as they are."""

    CSS_PATH = "call_dialog.tcss"
    BINDINGS: ClassVar = [
        Binding("escape", "dismiss(None)", "Cancel", show=False),
        Binding("ctrl+s", "take", "Take", show=False),
    ]

    def __init__(self, wishes: CallWishes, llms: Sequence[str], voices: Sequence[str]) -> None:
        """Prepare.

        Args:
            wishes: as they are.
            llms: names of the language models' providers.
            voices: names of the speech providers.
        """
        super().__init__()
        self._wishes = wishes
        self._llms, self._voices = llms, voices

    def compose(self) -> ComposeResult:
        """A field for each."""
        wishes = self._wishes
        seed = "" if wishes.seed is None else str(wishes.seed)
        with Vertical(id="wishes") as box:
            box.border_title = "The next call"
            with Horizontal(classes="wishes--row"):
                yield Label("turns at most")
                yield Input(str(wishes.max_turns), type="integer", id="max-turns", compact=True)
            with Horizontal(classes="wishes--row"):
                yield Label("seed")
                yield Input(seed, placeholder="another each time", type="integer", id="seed", compact=True)
            with Horizontal(classes="wishes--row"):
                yield Label("text")
                yield Select.from_values(self._llms, value=wishes.llm, allow_blank=False, id="llm", compact=True)
            with Horizontal(classes="wishes--row"):
                yield Label("speech")
                yield Select.from_values(self._voices, value=wishes.tts, allow_blank=False, id="tts", compact=True)
            yield Static("", id="wishes--problem", markup=False)
            with Horizontal(id="wishes--buttons"):
                yield Button("Take  ctrl+s", variant="primary", id="take", compact=True)
                yield Button("Cancel  esc", id="cancel", compact=True)

    def on_input_submitted(self) -> None:
        """Enter in a field takes all."""
        self.action_take()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Take or cancel."""
        if event.button.id == "take":
            self.action_take()
        else:
            self.dismiss(None)

    def action_take(self) -> None:
        """Check, and give the wishes."""
        turns, seed = self.query_one("#max-turns", Input).value, self.query_one("#seed", Input).value
        problem = ""
        if not turns.isdigit() or int(turns) < 2:  # a call has two sides
            problem = "Turns: a number from 2 on."
        elif seed and not seed.isdigit():
            problem = "Seed: a number from 0 on, or nothing."
        if problem:
            self.query_one("#wishes--problem", Static).update(problem)
            return
        self.dismiss(CallWishes(int(turns), int(seed) if seed else None, self._chosen("#llm"), self._chosen("#tts")))

    def _chosen(self, selector: str) -> str:
        return str(cast("Select[str]", self.query_one(selector, Select)).value)


def with_wishes(settings: Settings, wishes: CallWishes) -> Settings:
    """The settings with what is wanted of the next call; another provider leaves the old one's model behind."""
    llm, tts = settings.providers.llm, settings.providers.tts
    if wishes.llm != llm.type:
        llm = llm.model_copy(update={"type": wishes.llm, "model": None, "base_url": None, "options": {}})
    if wishes.tts != tts.type:
        tts = tts.model_copy(update={"type": wishes.tts, "model": None, "base_url": None, "options": {}})
    providers = settings.providers.model_copy(update={"llm": llm, "tts": tts})
    call = settings.call.model_copy(update={"max_turns": wishes.max_turns, "seed": wishes.seed})
    return settings.model_copy(update={"providers": providers, "call": call})
