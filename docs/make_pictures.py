"""Makes the pictures of the README from the program itself: ``make pictures``."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

PICTURES = Path(__file__).parent / "pictures"
COLUMNS = 92


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


async def screens(folder: Path) -> None:
    """Draw the app's screens as they look after two calls."""
    from vcg_tui.config import load_settings
    from vcg_tui.tui.app import VcgApp

    random.seed(11)
    settings = load_settings(
        cwd=folder, environ={}, overrides={"storage": {"local": {"base_path": folder / "calls"}}, "call": {"seed": 5}}
    )
    app = VcgApp(settings)
    async with app.run_test(size=(132, 38)) as pilot:
        await pilot.pause()
        _keep("welcome", app.export_screenshot(title="vcg"), folder)
        await pilot.press("f5")
        await pilot.pause(16)
        _keep("live", app.export_screenshot(title="vcg"), folder)
        await pilot.press("f1")
        await pilot.pause(0.5)
        _keep("help", app.export_screenshot(title="vcg"), folder)
        await pilot.press("escape", "escape")
        await pilot.pause(1)
        for name, key in (("history", "f3"), ("personas", "f4"), ("settings", "f6")):
            await pilot.press(key)
            await pilot.pause(2)
            _keep(name, app.export_screenshot(title="vcg"), folder)


def _keep(name: str, svg: str, folder: Path) -> None:
    """Write a picture, with the usual place of the settings instead of the scratch one."""
    here, usual = f"{folder}/config.yaml", "~/.config/vcg/config.yaml"
    svg = svg.replace(here, usual + "&#160;" * max(0, len(here) - len(usual)))
    (PICTURES / f"{name}.svg").write_text(svg, encoding="utf-8")


def main() -> None:
    """Make every picture anew."""
    options = ["--customer", "anna-reyes", "--support", "tier1-support", "--seed", "7", "--no-play"]
    with tempfile.TemporaryDirectory() as folder:
        text = terminal_output([sys.executable, "-m", "vcg_tui", "generate", *options], folder)
    lines = [line for line in text.strip().splitlines() if not line.startswith(("Kept in", "vcg:"))]
    draw("generate", "vcg generate", "\n".join(lines).rstrip())
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VCG_HOME"] = folder
        calls = str(Path(folder) / "calls")
        for seed in ("7", "9", "12"):
            make = [sys.executable, "-m", "vcg_tui", "generate", "--seed", seed, "--no-play", "--out", calls]
            subprocess.run(make, check=True, capture_output=True)
        asyncio.run(screens(Path(folder)))


if __name__ == "__main__":
    main()
