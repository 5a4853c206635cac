"""Where to click: by what stands on the screen, as a person finds it."""

from __future__ import annotations

from typing import Any, Protocol

from rich.cells import cell_len
from textual import events
from textual.pilot import Pilot
from textual.screen import Screen

from vcg_tui.tui.widgets.key_footer import KeyFooter


class Shown(Protocol):
    """Whoever has a pilot."""

    @property
    def pilot(self) -> Pilot[Any]: ...


def place_of(screen: Screen[Any], text: str, *, last: bool = False, within: Any = None) -> tuple[int, int]:
    """Column and row of the first cell of a text; ``within``: a widget."""
    lines = [strip.text for strip in screen._compositor.render_strips()]
    region = within.region if within is not None else screen.region
    found = [
        (cell_len(line[:at]), row)
        for row, line in enumerate(lines)
        for at in range(len(line))
        if line.startswith(text, at) and region.contains(cell_len(line[:at]), row)
    ]
    assert found, f"{text!r} is not on the screen:\n" + "\n".join(lines)
    return found[-1 if last else 0]


async def click_text(shown: Shown | Pilot[Any], text: str, *, last: bool = False, within: Any = None) -> None:
    """Click on a text."""
    pilot = shown if isinstance(shown, Pilot) else shown.pilot
    await pilot.click(offset=place_of(pilot.app.screen, text, last=last, within=within))


async def click_footer(shown: Shown | Pilot[Any], word: str) -> None:
    """Click on a key in the footer, once it is there and stays where it is."""
    pilot = shown if isinstance(shown, Pilot) else shown.pilot
    before = None
    for _ in range(300):
        await pilot.pause(0.01)
        footers = list(pilot.app.screen.query(KeyFooter))
        found = [(footer, entry) for footer in footers for entry in footer.entries if entry.word.endswith(word)]
        place = found[0] if found and found[0][0].region else None
        if place is not None and place == before:
            footer, entry = place
            # what it opens may be under the pointer when the button comes up
            await pilot.click(footer, offset=(footer.content_region.x - footer.region.x + entry.start, 0))
            return
        before = place
    raise AssertionError(f"the footer has no {word}")


async def wheel(shown: Shown | Pilot[Any], text: str, *, up: bool, within: Any = None) -> None:
    """Turn the wheel by one step over a text."""
    pilot = shown if isinstance(shown, Pilot) else shown.pilot
    event = events.MouseScrollUp if up else events.MouseScrollDown
    await pilot._post_mouse_events([event], offset=place_of(pilot.app.screen, text, within=within))
    await pilot.pause()
