"""A list of personas with search as you type."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from vcg_tui.models.languages import language_name
from vcg_tui.models.role import Role
from vcg_tui.tui.messages import PersonaHighlighted, PersonaPicked
from vcg_tui.tui.order import by_name, meant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from vcg_tui.models.persona import AnyPersona


class PersonaPicker(Vertical):
    """The personas of one role: typing in the search box filters, Enter picks."""

    HELP = "Personas. Type {search} to search by name, issue, tag or language; enter picks; {preview} says a line."
    BINDINGS: ClassVar = [Binding("escape", "leave_search", "Leave search", show=False)]

    def __init__(self, title: str, *, id: str) -> None:
        super().__init__(id=id)
        self.border_title = title
        self._personas: list[AnyPersona] = []
        self._shown: list[AnyPersona] = []
        self._picked: str | None = None

    def compose(self) -> ComposeResult:
        """A search box, and the list."""
        yield Input(placeholder="/ search", compact=True, classes="picker--search")
        yield OptionList(classes="picker--list", compact=True, markup=False)

    @property
    def highlighted(self) -> AnyPersona | None:
        """The persona under the cursor."""
        index = self.list.highlighted
        return self._shown[index] if index is not None and index < len(self._shown) else None

    def show(self, personas: Sequence[AnyPersona], picked: str | None = None) -> None:
        """Show these personas, one of them picked."""
        self._personas = sorted(personas, key=lambda each: by_name(each.name))
        self._picked = picked
        self._fill()

    def pick(self, persona: AnyPersona) -> None:
        """Mark a persona as the picked one and put the cursor on it."""
        self._picked = persona.id
        self.query_one(Input).value = ""
        self._fill()
        self._move_to(persona.id)

    def focus_search(self) -> None:
        """Begin to search."""
        self.query_one(Input).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape is the picker's own only while its search box is in use."""
        del parameters
        return action != "leave_search" or (self.is_mounted and self.query_one(Input).has_focus)

    def action_leave_search(self) -> None:
        """Show all again, and go to the list."""
        self.query_one(Input).value = ""
        self.list.focus()

    def focus_list(self) -> None:
        """Go to the list."""
        self.list.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while typing."""
        event.stop()
        self._fill()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the search box goes on to the list."""
        event.stop()
        self.list.focus()

    def on_descendant_focus(self) -> None:
        """Somebody came here: its persona is the one to show."""
        if self.highlighted is not None:
            self.post_message(PersonaHighlighted(self.highlighted))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """The cursor moved."""
        event.stop()
        if self.highlighted is not None:
            self.post_message(PersonaHighlighted(self.highlighted))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter, or a click: this one it is."""
        event.stop()
        persona = self._shown[event.option_index]
        self._picked = persona.id
        self._fill()
        self._move_to(persona.id)
        self.post_message(PersonaPicked(persona))

    @property
    def list(self) -> OptionList:
        """Its list."""
        return self.query_one(OptionList)

    def _fill(self) -> None:
        words = self._words
        before = self.highlighted
        self._shown = [persona for persona in self._personas if all(word in _searched(persona) for word in words)]
        self.list.set_options([Option(self._line(persona)) for persona in self._shown])
        self.border_subtitle = f"{len(self._shown)} of {len(self._personas)}" if words else ""
        self._move_to(before.id if before else self._picked)

    def _move_to(self, persona_id: str | None) -> None:
        """Put the cursor on a persona; where a search has left it out, on the one that is meant."""
        if self._shown:
            named = meant([persona.name for persona in self._shown], self._words)
            index = next((at for at, persona in enumerate(self._shown) if persona.id == persona_id), named)
            self.list.highlighted = index

    @property
    def _words(self) -> list[str]:
        return self.query_one(Input).value.lower().split()

    def _line(self, persona: AnyPersona) -> Text:
        picked = persona.id == self._picked
        line = Text("● " if picked else "  ", no_wrap=True, overflow="ellipsis")
        line.append(persona.name, style="bold" if picked else "")
        if persona.role is Role.CUSTOMER:
            line.append(f"  {persona.emotional_state}", style="italic")
        return line


def _searched(persona: AnyPersona) -> str:
    words = [persona.id, persona.name, persona.issue, persona.domain, persona.personality]
    words += [*persona.tags, *persona.languages, *map(language_name, persona.languages)]
    words += [persona.voice.accent, persona.emotional_state, persona.difficulty]
    return " ".join(words).lower()
