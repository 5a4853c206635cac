"""The highlighted persona: who, mood, issue, goal, difficulty, voice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from vcg_tui.models.languages import language_name
from vcg_tui.models.role import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from vcg_tui.models.persona import AnyPersona

_MARKS = {"easy": "▪▫▫ easy", "medium": "▪▪▫ medium", "hard": "▪▪▪ hard"}
_LINKS = (("{preview}", "preview", "hear"), ("{random-pair}", "random_pair", "random pair"))


class PersonaCard(Static):
    """One persona, told in a few lines. ``told`` fills a text with the keys of now."""

    persona: reactive[AnyPersona | None] = reactive(None)

    def __init__(self, told: Callable[[str], str], *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._told = told
        self.border_title = "Persona"

    def on_mount(self) -> None:
        """Show what can be clicked."""
        self.tell_keys()

    def tell_keys(self) -> None:
        """What can be clicked, with the keys of now."""
        self.border_subtitle = Content("  ").join(
            Content.from_markup(f"[@click=screen.{action}][$accent b]$key[/] {word}[/]", key=self._told(key))
            for key, action, word in _LINKS
        )

    def watch_persona(self, persona: AnyPersona | None) -> None:
        """Draw the card anew."""
        self.update("" if persona is None else _card(persona))


def _card(persona: AnyPersona) -> Text:
    voice = persona.voice
    # most speak English alone, which need not be said
    spoken = "" if persona.languages == ["en"] else f" · {', '.join(map(language_name, persona.languages))}"
    card = Text()
    card.append(persona.name, style="bold")
    customer = persona.role is Role.CUSTOMER
    if customer:
        how_hard = f"{_MARKS[persona.difficulty]} call"
        card.append(f"\n{persona.emotional_state} · {how_hard}{spoken}", style="italic")
    else:
        card.append(f"\n{persona.agent_name}, {persona.company_name}{spoken}", style="italic")
    card.append("\nvoice ", style="dim").append(f"{voice.gender}, {voice.age}, {voice.accent}")
    card.append(f"\n\n{persona.issue if customer else persona.personality}")
    if customer:
        card.append("\n\nwants to ", style="dim").append(persona.goal[:1].lower() + persona.goal[1:])
    return card
