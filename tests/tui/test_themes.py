"""Themes: the shipped ones, a person's own, broken ones."""

from __future__ import annotations

import os
from itertools import combinations
from pathlib import Path

import pytest
from textual.color import Color
from textual.filter import dim_color

from tests.tui.contrast import contrast
from tests.tui.live_steps import live
from vcg_tui.paths import shipped_themes, user_themes_dir
from vcg_tui.tui.app import DIM_FACTOR
from vcg_tui.tui.themes import load_themes

SHIPPED = sorted(path.stem for path in shipped_themes().glob("*.yaml"))
MINE = """\
name: mine
primary: "#336699"
background: "{background}"
variables:
  customer: "#ff0000"
"""


def write(name: str, text: str) -> Path:
    user_themes_dir().mkdir(parents=True, exist_ok=True)
    path = user_themes_dir() / name
    path.write_text(text)
    return path


def test_all_shipped_themes_are_whole_and_there_are_enough() -> None:
    shelf = load_themes()
    assert not shelf.problems
    assert sorted(shelf.themes) == SHIPPED
    assert len(SHIPPED) >= 8
    assert sum(not theme.dark for theme in shelf.themes.values()) >= 2


@pytest.mark.parametrize("name", SHIPPED)
def test_what_is_lit_and_who_speaks_can_be_read(name: str) -> None:
    theme = load_themes().themes[name]
    colours = theme.to_color_system().generate()
    own = {key: Color.parse(theme.variables[key]) for key in ("customer", "support", "speaking", "speaking-text")}
    assert contrast(own["speaking"], own["speaking-text"]) >= 4.5
    for ground in ("background", "surface", "panel"):
        for side in ("customer", "support", "foreground"):
            colour = own[side] if side in own else Color.parse(colours[side])
            assert contrast(colour, Color.parse(colours[ground])) >= 4.5, (side, ground)


@pytest.mark.parametrize("name", SHIPPED)
def test_what_is_dim_can_be_read_and_is_told_from_what_is_not(name: str) -> None:
    colours = load_themes().themes[name].to_color_system().generate()
    background, foreground = Color.parse(colours["background"]), Color.parse(colours["foreground"])
    dim = dim_color(background.rich_color, foreground.rich_color, DIM_FACTOR)
    seen = Color.from_rich_color(dim)
    assert contrast(seen, background) >= 4.5
    assert contrast(foreground, background) / contrast(seen, background) >= 1.5


def test_high_contrast_is_high() -> None:
    theme = load_themes().themes["beacon"]
    background = Color.parse(theme.to_color_system().generate()["background"])
    for name in ("customer", "support", "speaking"):
        assert contrast(Color.parse(theme.variables[name]), background) >= 7


@pytest.mark.parametrize("blindness", ["protan", "deutan", "tritan"])
def test_the_sides_are_told_apart_with_any_colour_vision(blindness: str) -> None:
    theme = load_themes().themes["okabe"]
    own = [Color.parse(theme.variables[name]) for name in ("customer", "support", "speaking")]
    seen = [_as_seen(colour, blindness) for colour in own]
    for one, other in combinations(seen, 2):
        assert sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5 >= 60


# Viénot, Brettel and Mollon (1999) for red and green; for blue the usual linear one. On linear light.
_VISION = {
    "protan": ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),
    "deutan": ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),
    "tritan": ((1.0, 0.1446, -0.1446), (0.0, 0.8592, 0.1408), (0.0, 0.8592, 0.1408)),
}


def _as_seen(colour: Color, blindness: str) -> tuple[float, ...]:
    """As somebody sees it who lacks one kind of cones; 0 to 255 each."""
    linear = [(part / 255) ** 2.2 for part in colour.rgb]
    seen = (sum(share * part for share, part in zip(row, linear, strict=True)) for row in _VISION[blindness])
    return tuple(255 * min(1.0, max(0.0, part)) ** (1 / 2.2) for part in seen)


async def test_every_shipped_theme_and_textuals_own_can_be_used(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.run()
        for name in [*SHIPPED, "nord", "textual-light", "ansi-dark"]:
            shown.app.theme = name
            await shown.pilot.pause()
            assert "3 Transcript" in shown.text


async def test_a_theme_of_ones_own_is_used_again_when_it_is_saved(tmp_path: Path) -> None:
    path = write("mine.yaml", MINE.format(background="#101010"))
    async with live(tmp_path, tui={"theme": "mine", "first_run_done": True}) as shown:
        assert shown.app.theme == "mine"
        assert shown.screen.styles.background.hex == "#101010"
        path.write_text(MINE.format(background="#202020"))
        os.utime(path, (1, 1))
        await shown.until(lambda: shown.screen.styles.background.hex == "#202020")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: [", "broken.yaml"),
        ('name: broken\nprimary: "#12"\n', "broken.yaml"),
        ('name: broken\nprimary: "#336699"\nvariables: {customer: bluish}\n', "'bluish' is no colour"),
        ('name: broken\nprimary: "#336699"\nvariables: {speaking-text: bluish}\n', "'bluish' is no colour"),
        ('name: broken\nprimary: "#336699"\nvariables: {border: bluish}\n', "'bluish' is no colour"),
        ('name: broken\nprimary: "#336699"\nvariables: {button-focus-text-style: wavy}\n', "'wavy' is no style"),
        ("just words", "broken.yaml"),
        ('name: broken\nprimary: "#336699"\nshade: 3\n', "shade"),
    ],
)
async def test_a_broken_theme_is_a_notice(tmp_path: Path, text: str, told: str) -> None:
    write("broken.yaml", text)
    async with live(tmp_path, tui={"theme": "broken", "first_run_done": True}) as shown:
        await shown.until(lambda: told in shown.said)
        assert "There is no theme 'broken'; this is harbour." in shown.said
        assert "3 Transcript" in shown.text


async def test_a_theme_broken_while_it_is_used_leaves_the_look_as_it_is(tmp_path: Path) -> None:
    path = write("mine.yaml", MINE.format(background="#101010"))
    async with live(tmp_path, tui={"theme": "mine", "first_run_done": True}) as shown:
        path.write_text("name: [")
        os.utime(path, (1, 1))
        await shown.until(lambda: "mine.yaml" in shown.said)
        path.unlink()
        await shown.pilot.pause(1.1)
        assert shown.screen.styles.background.hex == "#101010"
