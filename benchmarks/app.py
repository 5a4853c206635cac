"""The terminal app in a pseudo terminal of 120x36: first paint, keys while a call streams, idle, history, memory.

Key to paint: letters that stand nowhere else are typed into a search box, and waited for in what the terminal is sent.
"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from pathlib import Path
from statistics import median

from _screen import TOKENS_PER_S, Terminal
from _table import Table, percentile, run

from tests.tui.saved_calls import save
from vcg_tui.providers.storage.local import LocalStorage

# One each, so that none is mistaken for another, and none is in any persona.
_PROBE = "§"
LETTERS = "¤¶ßþðøæœłđħŋĸŧžżźčćěřůőűğışțăąęėįųķļņģāēīūĉĝĥĵŝŭ"
_DAY = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_WARM_S = 6.0
"""After its first paint the app makes ready what a call needs; it is idle after that."""
_SCREEN = str(Path(__file__).with_name("_screen.py"))


_APP = ("-m", "vcg_tui")
_ONE_LINE = """
from textual.app import App
from textual.widgets import Static
class OneLine(App):
    def compose(self):
        yield Static("Customers")
OneLine().run()
"""
"""What Textual itself takes, in the same run: the machine is not the same in every hour."""


def first_paint(folder: Path, *command: str) -> float:
    terminal = Terminal(folder, *command)
    try:
        return terminal.until("Customers") - terminal.began
    finally:
        terminal.close()


def idle(folder: Path, seconds: float, *command: str) -> float:
    """Per cent of one processor."""
    terminal = Terminal(folder, *command)
    try:
        terminal.until("Customers")
        terminal.read_for(min(_WARM_S, 2 * seconds))
        before = terminal.cpu_s()
        terminal.read_for(seconds)
        return (terminal.cpu_s() - before) / seconds * 100
    finally:
        terminal.close()


def key_to_paint(folder: Path, turns: int, keys: int) -> list[float]:
    """Seconds from each key to its letter drawn."""
    terminal = Terminal(folder, _SCREEN, "stream", str(turns))
    try:
        terminal.until("Customers")
        terminal.read_for(3.0 if keys > 5 else 1.0)
        _begin_to_type(terminal)
        times: list[float] = []
        for letter in LETTERS[:keys]:
            pressed = terminal.press(letter)
            times.append(terminal.until(letter, 10) - pressed)
            # At no fixed distance from the app's own frames.
            terminal.read_for(0.05 + 0.013 * (len(times) % 5))
        return times
    finally:
        terminal.close()


def _begin_to_type(terminal: Terminal) -> None:
    """Open a search box; a key that comes while the app still starts may go nowhere."""
    for _ in range(10):
        terminal.press("/")
        terminal.read_for(0.3)
        terminal.press(_PROBE)
        try:
            terminal.until(_PROBE, 2)
        except TimeoutError:
            continue
        return
    raise TimeoutError("the search box never came")


def save_calls(folder: Path, count: int) -> None:
    """So many calls of six turns, as the program lays them out, a minute apart."""
    calls_folder = folder / "data" / "conversations"
    pattern = calls_folder / save(LocalStorage(calls_folder), 4, _DAY)
    made = (_DAY - dt.timedelta(hours=4)).strftime(_TIME)
    told = (pattern / "conversation.json").read_text("utf-8")
    for number in range(1, count):
        at = _DAY - dt.timedelta(hours=4, minutes=number)
        copy = calls_folder / f"{at:%Y%m%d-%H%M%S}-emre-{number:06}"
        shutil.copytree(pattern, copy, ignore=shutil.ignore_patterns("audio"))
        (copy / "conversation.json").write_text(
            told.replace(pattern.name, copy.name).replace(made, at.strftime(_TIME)), "utf-8"
        )


def history(folder: Path, count: int) -> tuple[float, float]:
    """Seconds from the key to the first row of so many calls, and to all of them being told."""
    terminal = Terminal(folder, "-m", "vcg_tui")
    try:
        terminal.until("Customers")
        terminal.read_for(1.5)
        pressed = terminal.press("\x1bOR")  # F3
        first = terminal.until("Yılmaz ×") - pressed
        return first, terminal.until(f"{count:,} calls") - pressed
    finally:
        terminal.close()


def memory(folder: Path, count: int) -> tuple[float, float]:
    """MB that the app holds after the first fifth of so many calls in one session, and after all."""
    told = folder / "memory.txt"
    terminal = Terminal(folder, _SCREEN, "calls", str(count), str(told))
    try:
        while terminal.process.poll() is None:
            terminal.read_for(0.2)
    finally:
        terminal.close()
    held = [int(line) / 1e6 for line in told.read_text("utf-8").splitlines()]
    if len(held) != count:
        raise RuntimeError(f"{len(held)} of {count} calls were made")
    return held[count // 5], held[-1]


async def bench(quick: bool) -> Table:
    table = Table("The app")
    with tempfile.TemporaryDirectory(prefix="vcg-bench-") as made:
        folder = Path(made)
        one_line = folder / "one_line.py"
        one_line.write_text(_ONE_LINE)
        paint, least = (
            median(first_paint(folder, *command) for _ in range(1 if quick else 5))
            for command in (_APP, (str(one_line),))
        )
        table.add("first paint", paint, "s", floor=0.6, goal="<= 0.6 s", met=paint <= 0.6)
        table.add("first paint, beside a Textual app of one line", paint, "s", floor=least)
        turns, keys = (20, 3) if quick else (500, 40)
        times = key_to_paint(folder, turns, keys)
        p95 = percentile(times, 0.95) * 1000
        what = f"{TOKENS_PER_S} tokens/s into {turns} turns"
        table.add(f"key to paint, median, {what}", percentile(times, 0.5) * 1000, "ms")
        table.add(f"key to paint, p95, {what}", p95, "ms", floor=60, goal="< 60 ms", met=p95 < 60)
        busy, least = (idle(folder, 0.5 if quick else 8.0, *command) for command in (_APP, (str(one_line),)))
        table.add("idle", busy, "% CPU", floor=3, goal="< 3 %", met=busy < 3)
        table.add("idle, beside a Textual app of one line", busy, "% CPU", floor=least)
        count = 200 if quick else 5000
        save_calls(folder, count)
        for index in ("without an index", "with one"):
            first, whole = history(folder, count)
            what = f"history of {count} calls {index}"
            table.add(f"{what}, key to first row", first, "s", floor=1.0, goal="< 1 s", met=first < 1.0)
            table.add(f"{what}, to all of them", whole, "s")
        calls_made = 3 if quick else 50
        early, late = memory(folder, calls_made)
        table.add(f"memory after {calls_made} calls in one session, beside after a fifth", late, "MB", floor=early)
    return table


if __name__ == "__main__":
    run(__doc__, bench)
