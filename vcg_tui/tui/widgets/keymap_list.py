"""The actions with their keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from vcg_tui.tui.actions import ACTIONS, Action
from vcg_tui.tui.keymap import keymap_problems, shown_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult


_PLACES = {"app": "everywhere", "persona-form": "persona form"}
_ORDER = list(dict.fromkeys(each.place for each in ACTIONS))
_ACTIONS: dict[str, Action] = {}
for _each in ACTIONS:
    _ACTIONS.setdefault(_each.id, _each)  # the first of several places with the same id stands for all of them


class KeymapList(Vertical):
    """Every action, its key, and where it applies; what is wrong in the person's keymap stands above."""

    HELP = "enter asks for another key for the action; {reset-setting} restores the default key."

    @dataclass
    class Chosen(Message):
        """Another key is wanted for this action."""

        action: Action

    def compose(self) -> ComposeResult:
        """What is wrong, and the list."""
        yield Static(id="keymap--problems", markup=False)
        yield OptionList(id="keymap--list", compact=True, markup=False)

    @property
    def highlighted(self) -> Action | None:
        """The action under the cursor."""
        option = self.query_one(OptionList).highlighted_option
        return _ACTIONS.get(option.id) if option is not None and option.id else None

    def show(self, keymap: Mapping[str, str]) -> None:
        """Show the actions with these keys of the person's own."""
        problems = keymap_problems(keymap)
        told = self.query_one("#keymap--problems", Static)
        told.update("\n".join(f"▲ {action_id}: {problem}" for action_id, problem in problems.items()))
        told.set_class(bool(problems), "-shown")
        actions = self.query_one(OptionList)
        at = actions.highlighted
        options: list[Option | None] = []
        place = ""
        for action in sorted(_ACTIONS.values(), key=lambda each: _ORDER.index(each.place)):
            if action.place != place:
                place = action.place
                heading = Text(_heading(place), style="bold")
                options.extend([None] if options else [])
                options.append(Option(heading, disabled=True))
            own = keymap.get(action.id) if action.id not in problems else None
            options.append(Option(_line(action, own), id=action.id))
        actions.set_options(options)
        actions.highlighted = at if at is not None else 1

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Another key for this one."""
        event.stop()
        if self.highlighted is not None:
            self.post_message(self.Chosen(self.highlighted))


def _heading(place: str) -> str:
    return _PLACES.get(place, place).capitalize()


def _line(action: Action, own: str | None) -> Text:
    line = Text(f"  {action.text:<17}", no_wrap=True, overflow="ellipsis")
    line.append(f"{shown_keys(own or action.keys):<18}", style="bold" if own else "")
    if own:
        line.append(f"● yours, was {shown_keys(action.keys)}", style="italic")
    others = [each.place for each in ACTIONS if each.id == action.id and each is not action]
    for place in others:
        line.append(f"  also in {_heading(place)}", style="dim")
    return line
