"""Writes the page of keys from the app's own table of actions: ``make pictures``."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from vcg_tui.tui.actions import ACTIONS, Action
from vcg_tui.tui.keymap import shown_key

PAGE = Path(__file__).parent / "keys.md"
_PLACES = {
    "app": "Everywhere",
    "live": "Live",
    "history": "History",
    "personas": "Personas",
    "persona-form": "Persona form",
    "settings": "Settings",
}


def page() -> str:
    """The page's text."""
    parts = [
        "# Keys",
        "Every key of the app, from its table of actions. All of them can be changed in the settings (F6, or"
        " `tui.keymap` in your own `config.yaml`), and the palette (ctrl+p) offers every action by name.",
    ]
    for place, title in _PLACES.items():
        members = [action for action in ACTIONS if action.place == place]
        if not members:
            continue
        parts.append(f"## {title}")
        for group, actions in groupby(sorted(members, key=lambda each: each.group), key=lambda each: each.group):
            rows = [f"| {_keys(action)} | {action.text} | {action.tip} | `{action.id}` |" for action in actions]
            parts.append("\n".join([f"| {group} | | | action |", "|---|---|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def _keys(action: Action) -> str:
    return " ".join(f"`{shown_key(key)}`" for key in action.keys.split(","))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
