"""Themes from YAML files: checked before the app sees them, since a bad colour accepted is an app that dies."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from textual.color import Color, ColorParseError
from textual.css.constants import VALID_STYLE_FLAGS
from textual.theme import Theme

from vcg_tui.paths import shipped_themes, user_themes_dir
from vcg_tui.yaml_reading import read_yaml

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

DEFAULT_THEME = "harbour"
_OWN = {"customer": "accent", "support": "primary", "speaking": "success"}

# Textual's own are as loud as a focused pane, on a ground that is darker than the page.
_SCROLLBARS = {
    "scrollbar": 0.3,
    "scrollbar-hover": 0.45,
    "scrollbar-background": 0.06,
    "scrollbar-background-hover": 0.1,
    "scrollbar-background-active": 0.1,
    "scrollbar-corner-color": 0.06,
}
"""So much of the foreground is in them."""


class _ThemeFile(BaseModel):
    """A theme file: colours by Textual's names, and our own under ``variables``."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    dark: bool = True
    primary: str
    secondary: str | None = None
    accent: str | None = None
    foreground: str | None = None
    background: str | None = None
    surface: str | None = None
    panel: str | None = None
    boost: str | None = None
    success: str | None = None
    warning: str | None = None
    error: str | None = None
    luminosity_spread: float = 0.15
    text_alpha: float = 0.95
    variables: dict[str, str] = Field(default_factory=dict[str, str])


@dataclass(slots=True)
class ThemeShelf:
    """The themes that can be used, and one line for each file that can't."""

    themes: dict[str, Theme] = field(default_factory=dict[str, Theme])
    problems: list[str] = field(default_factory=list[str])


def load_themes(*, shipped: Collection[str] | None = None) -> ThemeShelf:
    """The shipped themes and the person's own, which win; a broken file is a problem, never an error.

    Args:
        shipped: read no others of the shipped ones, whose files have their names; None: all of them.
    """
    shelf = ThemeShelf()
    for path in sorted(shipped_themes().glob("*.yaml")):
        if shipped is None or path.stem in shipped:
            _put(shelf, path)
    for path in sorted(user_themes_dir().glob("*.y*ml")):
        _put(shelf, path)
    return shelf


def _put(shelf: ThemeShelf, path: Path) -> None:
    try:
        theme = _read(path)
    except (OSError, ValueError, ColorParseError) as error:
        shelf.problems.append(f"{path.name}: {_told(error)}")
    else:
        shelf.themes[theme.name] = theme


def user_theme_times() -> dict[Path, float]:
    """When each of the person's theme files was last saved."""
    times: dict[Path, float] = {}
    for path in user_themes_dir().glob("*.y*ml"):
        with contextlib.suppress(FileNotFoundError):  # an editor puts another file in its place
            times[path] = path.stat().st_mtime
    return times


def _read(path: Path) -> Theme:
    data = _ThemeFile.model_validate(read_yaml(path))
    theme = Theme(**data.model_dump())
    colours = theme.to_color_system().generate()
    default = Theme("default", primary=theme.primary).to_color_system().generate()
    for name, fallback in _OWN.items():
        theme.variables.setdefault(name, colours[fallback])
        theme.variables[name] = _colour(name, theme.variables[name]).hex
    on_speaking = Color.parse(theme.variables["speaking"]).get_contrast_text(1.0)
    theme.variables.setdefault("speaking-text", on_speaking.hex)
    background, foreground = (Color.parse(colours[name]) for name in ("background", "foreground"))
    for name, share in _SCROLLBARS.items():
        theme.variables.setdefault(name, background.blend(foreground, share).hex)
    for name, value in theme.variables.items():
        _check(name, value, shipped=default.get(name))
    return theme


def _check(name: str, value: str, shipped: str | None) -> None:
    """A variable that can't be what it is used as would be found out in the middle of drawing."""
    if name.endswith("-style"):
        if wrong := [word for word in value.split() if word not in VALID_STYLE_FLAGS]:
            raise ValueError(f"{name}: {wrong[0]!r} is no style")
    elif name == "speaking-text" or (shipped is not None and _is_colour(shipped)):
        _colour(name, value)


def _is_colour(value: str) -> bool:
    try:
        Color.parse(value)
    except ColorParseError:
        return False
    return True


def _colour(name: str, value: str) -> Color:
    try:
        return Color.parse(value)
    except ColorParseError as error:
        raise ValueError(f"{name}: {value!r} is no colour") from error


def _told(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return str(error).splitlines()[0]
