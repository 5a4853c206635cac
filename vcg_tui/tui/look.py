"""Whether the settings of the app's look and keys make sense, told without starting it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.theme import BUILTIN_THEMES

from vcg_tui.services.doctor import Finding
from vcg_tui.tui.keymap import keymap_problems
from vcg_tui.tui.themes import DEFAULT_THEME, load_themes

if TYPE_CHECKING:
    from vcg_tui.config import Settings


def examine_look(settings: Settings) -> list[Finding]:
    """A finding for the theme, one for the keys; what is wrong with them is left out by the app, so none is bad."""
    return [_theme(settings), _keys(settings)]


def _theme(settings: Settings) -> Finding:
    shelf, wanted = load_themes(), settings.tui.theme
    if wanted not in shelf.themes and wanted not in BUILTIN_THEMES:
        names = ", ".join(sorted({*shelf.themes, *BUILTIN_THEMES}))
        found = f"there is no theme {wanted!r} ({settings.origin('tui.theme')}); {DEFAULT_THEME} is used"
        return Finding("theme", "note", found, f"There are: {names}.")
    if shelf.problems:
        return Finding("theme", "note", f"{wanted}; left out: {'; '.join(shelf.problems)}", "Mend the file.")
    return Finding("theme", "ok", wanted)


def _keys(settings: Settings) -> Finding:
    problems = keymap_problems(settings.tui.keymap)
    if not problems:
        own = len(settings.tui.keymap)
        return Finding("keys", "ok", f"{own} of your own" if own else "as they come")
    told = "; ".join(
        f"tui.keymap.{name} ({settings.origin(f'tui.keymap.{name}')}): {what}" for name, what in problems.items()
    )
    return Finding(
        "keys", "note", told, "Left out until mended: in your own file, or in the app's settings under Keymap."
    )
