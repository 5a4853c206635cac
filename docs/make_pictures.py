"""Makes the pictures of the README and of `screens.md` from the program itself: ``make pictures``."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tests.tui.picture import write
from tests.tui.scenes import history, live, screens
from tests.tui.scenes.stage import Scenes, stage

PICTURES = Path(__file__).parent / "pictures"
COLUMNS = 92
SIZE = (120, 36)
LIGHT = "daylight"
SCREENS = {
    "live-first-run": "welcome",
    "live-call": "live",
    "live-ended": "ended",
    "history": "history",
    "compare": "compare",
    "personas": "personas",
    "persona-form": "persona-form",
    "settings-speech": "settings",
    "settings-theme": "themes",
    "help-live": "help",
    "palette": "palette",
    "jump": "jump",
    "call-dialog": "call-dialog",
}
"""The scenes that are shown, and their pictures' names."""
ALSO_LIGHT = {"live-call", "history"}


def terminal_output(command: list[str], folder: str) -> str:
    """What a command writes to a terminal of COLUMNS columns, escape codes included."""
    written = io.BytesIO()

    def keep(descriptor: int) -> bytes:
        data = os.read(descriptor, 65_536)
        written.write(data)
        return b" " * bool(data)

    environment = {"COLUMNS": str(COLUMNS), "VCG_HOME": folder, "TERM": "xterm-256color"}
    before = dict(os.environ), Path.cwd()
    os.environ.update(environment)
    os.chdir(folder)
    try:
        pty.spawn(command, keep)
    finally:
        os.environ.clear()
        os.environ.update(before[0])
        os.chdir(before[1])
    return written.getvalue().decode().replace("\r\n", "\n")


def draw(name: str, title: str, text: str) -> None:
    """Draw a terminal with this text into ``pictures/NAME.svg``."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(text), soft_wrap=True)
    PICTURES.mkdir(exist_ok=True)
    console.save_svg(str(PICTURES / f"{name}.svg"), title=title, unique_id=name)


async def draw_screens(scenes: Scenes) -> None:
    """Draw those of some scenes that are shown, with the personas that are shipped."""
    for chain in scenes.chains().values():
        last = max((index for index, scene in enumerate(chain) if scene.name in SCREENS), default=-1)
        if last < 0:
            continue
        with tempfile.TemporaryDirectory() as folder:
            async with stage(chain[0], Path(folder), personas=False) as shown:
                for scene in chain[: last + 1]:
                    await shown.play(scene)
                    if scene.name not in SCREENS:
                        continue
                    await shown.resize(SIZE)
                    write(await shown.picture(), PICTURES / f"{SCREENS[scene.name]}.svg", "vcg")
                    if scene.name in ALSO_LIGHT:
                        usual, shown.app.theme = shown.app.theme, LIGHT
                        write(await shown.picture(), PICTURES / f"{SCREENS[scene.name]}-light.svg", "vcg")
                        shown.app.theme = usual


def main() -> None:
    """Make every picture anew."""
    options = ["--customer", "anna-reyes", "--support", "tier1-support", "--seed", "7", "--no-play"]
    with tempfile.TemporaryDirectory() as folder:
        text = terminal_output([sys.executable, "-m", "vcg_tui", "generate", *options], folder)
    lines = [line for line in text.strip().splitlines() if not line.startswith(("Kept in", "vcg:"))]
    draw("generate", "vcg generate", "\n".join(lines).rstrip())
    for scenes in (live.SCENES, history.SCENES, screens.SCENES):
        asyncio.run(draw_screens(scenes))


if __name__ == "__main__":
    main()
