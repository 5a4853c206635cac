"""Pictures of the screens, kept as SVG and compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.tui.picture import Picture, differences, write
from tests.tui.scenes.stage import THEMES, Scene, stage

KEPT = Path(__file__).parent / "snapshots"
"""The pictures as somebody has looked at them."""
NEW = KEPT.parent / "snapshots-new"
"""What differs now, to be looked at; git leaves it alone."""
_REMEDY = "Look at the new picture; if it is as it should be, `make snapshots` keeps it."


def compare(picture: Picture, name: str, *, update: bool) -> list[str]:
    """What is told of a picture that is not as it is kept; with ``update`` it is kept as it is."""
    kept, new = KEPT / name, NEW / name
    if update:
        write(picture, kept)
        return []
    if not kept.exists():
        told = ["there is no such picture yet"]
    elif (before := kept.read_text("utf-8")) != picture.svg():
        told = differences(Picture.read(before), picture) or ["nothing that is seen; the file is written another way"]
    else:
        new.unlink(missing_ok=True)
        return []
    write(picture, new)
    return [f"{name}; the new one is {new}", *(f"    {line}" for line in told)]


def picture_name(scene: str, size: tuple[int, int], theme: str) -> str:
    """Where a picture is kept."""
    return f"{scene}/{size[0]}x{size[1]}-{theme}.svg"


async def take_all(chain: Sequence[Scene], folder: Path, *, update: bool) -> None:
    """Play some scenes, and take a picture of each at every size in a dark and a light theme.

    Raises:
        AssertionError: one of them is not as it is kept, or not kept.
    """
    themes = list(THEMES)
    told: list[str] = []
    async with stage(chain[0], folder) as shown:
        shown.app.theme = themes[0]
        for scene in chain:
            await shown.play(scene)
            sizes = list(scene.sizes)
            for theme in themes:
                shown.app.theme = theme
                for size in sizes:
                    await shown.resize(size)
                    picture = await shown.picture()
                    told += compare(picture, picture_name(scene.name, size, theme), update=update)
                sizes.reverse()
            themes.reverse()  # where one scene ends the next begins: a change of themes is dear
    if told:
        raise AssertionError("\n".join(["these screens look different", *told, _REMEDY]))


def left_over(tables: Mapping[str, Scene]) -> list[Path]:
    """Kept pictures that no scene takes."""
    wanted = {
        KEPT / picture_name(name, size, theme)
        for name, scene in tables.items()
        for size in scene.sizes
        for theme in THEMES
    }
    return sorted(path for path in KEPT.rglob("*") if path.is_file() and path not in wanted)
