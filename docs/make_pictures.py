"""Makes the pictures of the README from the program itself: ``make pictures``."""

from __future__ import annotations

import io
import os
import pty
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


def main() -> None:
    """Make every picture anew."""
    options = ["--customer", "anna-reyes", "--support", "tier1-support", "--seed", "7", "--no-play"]
    with tempfile.TemporaryDirectory() as folder:
        text = terminal_output([sys.executable, "-m", "vcg_tui", "generate", *options], folder)
    lines = [line for line in text.strip().splitlines() if not line.startswith(("Kept in", "vcg:"))]
    draw("generate", "vcg generate", "\n".join(lines).rstrip())


if __name__ == "__main__":
    main()
