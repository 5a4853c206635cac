"""The next call: turns, seed, language, providers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label, Select, Static

from vcg_tui.config import MAX_SEED
from vcg_tui.models.languages import ENGLISH, NAMES, language_name, primary, speaks
from vcg_tui.tui.screens.dialog import Dialog
from vcg_tui.tui.wishes import CallWishes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from vcg_tui.models.persona import AnyPersona

_AS_PERSONAS = ""


class CallDialog(Dialog[CallWishes | None]):
    """Gives the wishes, or None where they stay as they are."""

    CSS_PATH: ClassVar = ["buttons.tcss", "call_dialog.tcss"]
    BINDINGS: ClassVar = [
        Binding("escape", "dismiss(None)", "Cancel", show=False),
        Binding("ctrl+s", "use", "Use", show=False),
        Binding("ctrl+r", "defaults", "Defaults", show=False),
    ]

    def __init__(
        self,
        wishes: CallWishes,
        own: CallWishes,
        pair: Sequence[AnyPersona],
        llms: Sequence[str],
        voices: Sequence[str],
    ) -> None:
        """Prepare.

        Args:
            wishes: as they are.
            own: what the settings say, to go back to.
            pair: who is picked for the call.
            llms: names of the language models' providers.
            voices: names of the speech providers.
        """
        super().__init__()
        self._wishes, self._own = wishes, own
        # also one that is in the settings and not installed: the call tells what is wrong with it
        self._llms = list(dict.fromkeys([*llms, wishes.llm, own.llm]))
        self._voices = list(dict.fromkeys([*voices, wishes.tts, own.tts]))
        self._languages = language_choices(pair, [each.language for each in (wishes, own) if each.language])

    def compose(self) -> ComposeResult:
        """A field for each."""
        wishes = self._wishes
        language = wishes.language or _AS_PERSONAS
        with Vertical(id="wishes") as box:
            box.border_title = "The next call"
            with Horizontal(classes="wishes--row"):
                yield Label("turns at most")
                yield Input(str(wishes.max_turns), type="integer", id="max-turns", compact=True)
            with Horizontal(classes="wishes--row"):
                yield Label("seed")
                yield Input(_seed(wishes), placeholder="another each time", type="integer", id="seed", compact=True)
            with Horizontal(classes="wishes--row"):
                yield Label("language")
                yield Select(self._languages, value=language, allow_blank=False, id="language", compact=True)
            with Horizontal(classes="wishes--row"):
                yield Label("text")
                yield Select.from_values(self._llms, value=wishes.llm, allow_blank=False, id="llm", compact=True)
            with Horizontal(classes="wishes--row"):
                yield Label("speech")
                yield Select.from_values(self._voices, value=wishes.tts, allow_blank=False, id="tts", compact=True)
            yield Static("", id="wishes--problem", markup=False)
            yield Static(
                "These stay for all later calls.\nDefaults goes back to your settings.",
                id="wishes--hint",
                markup=False,
            )
            with Horizontal(classes="dialog--buttons"):
                yield Button("Use  ctrl+s", variant="primary", id="use", compact=True)
                yield Button("Defaults  ctrl+r", id="defaults", compact=True)
                yield Button("Cancel  esc", id="cancel", compact=True)

    def on_input_submitted(self) -> None:
        """Enter in a field uses all."""
        self.action_use()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Use, go back to the settings' own values, or cancel."""
        match event.button.id:
            case "use":
                self.action_use()
            case "defaults":
                self.action_defaults()
            case _:
                self.dismiss(None)

    def action_defaults(self) -> None:
        """Fill in what the settings say; it is used with the rest."""
        own = self._own
        self.query_one("#max-turns", Input).value = str(own.max_turns)
        self.query_one("#seed", Input).value = _seed(own)
        self._select("#language").value = own.language or _AS_PERSONAS
        self._select("#llm").value = own.llm
        self._select("#tts").value = own.tts

    def action_use(self) -> None:
        """Check, and give the wishes."""
        turns, seed = self.query_one("#max-turns", Input).value, self.query_one("#seed", Input).value
        language = str(self._select("#language").value) or None
        llm, tts = str(self._select("#llm").value), str(self._select("#tts").value)
        if not turns.isdigit() or int(turns) < 2:  # a call has two sides
            self._tell("#max-turns", "2 or more")
        elif seed and not (seed.isdigit() and int(seed) <= MAX_SEED):
            self._tell("#seed", f"0 to {MAX_SEED}, or nothing")
        elif llm == "offline" and language is not None and primary(language) != ENGLISH:
            self._tell("#language", "The offline text speaks English only; for others, use openai (also for Ollama).")
        else:
            self.dismiss(CallWishes(int(turns), int(seed) if seed else None, language, llm, tts))

    def _tell(self, field: str, problem: str) -> None:
        """Say what is wrong, right below the field."""
        rows = self.query(".wishes--row").remove_class("-wrong")
        row = next(row for row in rows if row.query(field))
        row.add_class("-wrong")
        told = self.query_one("#wishes--problem", Static)
        told.update(problem)
        told.display = True
        self.query_one("#wishes").move_child(told, after=row)
        self.query_one(field).focus()

    def _select(self, selector: str) -> Select[str]:
        return cast("Select[str]", self.query_one(selector, Select))


def language_choices(pair: Sequence[AnyPersona], more: Sequence[str]) -> list[tuple[str, str]]:
    """What is read, and the code: first the personas' own choice, then what both speak, then all the others.

    Args:
        pair: the two sides of the call.
        more: codes that have to be among them.
    """
    spoken = list(dict.fromkeys(code for persona in pair for code in persona.languages))
    both = [code for code in spoken if all(speaks(persona.languages, code) for persona in pair)]
    usual = language_name(both[0] if both else ENGLISH)
    choices = [(f"as the personas ({usual})", _AS_PERSONAS)]
    choices += [(f"● {language_name(code)}, both speak it", code) for code in both]
    others = {code for code in (*NAMES, *spoken, *more) if code not in both}
    return choices + sorted((language_name(code), code) for code in others)


def _seed(wishes: CallWishes) -> str:
    return "" if wishes.seed is None else str(wishes.seed)
