"""The terminal app in a pseudo terminal of 120x36: first paint, keys while a call streams, idle, history, memory.

Key to paint: letters that stand nowhere else are typed into a search box, and waited for in what the terminal is sent.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tempfile
from pathlib import Path

import _calls as calls
from _screen import TOKENS_PER_S, Terminal
from _table import Table, percentile, run

from tests.tui.saved_calls import save
from vcg_tui.config import Settings
from vcg_tui.providers.storage.local import LocalStorage
from vcg_tui.services.studio import Studio

# One each, so that none is mistaken for another, and none is in any persona.
LETTERS = "§¤¶ßþðøæœłđħŋĸŧžżźčćěřůőűğışțăąęėįųķļņģāēīūĉĝĥĵŝŭ"
_SCREEN = str(Path(__file__).with_name("_screen.py"))


def first_paint(folder: Path) -> float:
    terminal = Terminal(folder, "-m", "vcg_tui")
    try:
        return terminal.until("Customers") - terminal.began
    finally:
        terminal.close()


def idle(folder: Path, seconds: float) -> float:
    """Per cent of one processor."""
    terminal = Terminal(folder, "-m", "vcg_tui")
    try:
        terminal.until("Customers")
        terminal.read_for(min(3.0, 2 * seconds))
        before = terminal.cpu_s()
        terminal.read_for(seconds)
        return (terminal.cpu_s() - before) / seconds * 100
    finally:
        terminal.close()


def key_to_paint(folder: Path, turns: int, keys: int) -> list[float]:
    """Seconds from each key to its letter drawn."""
    terminal = Terminal(folder, _SCREEN, str(turns))
    try:
        terminal.until("Customers")
        terminal.read_for(3.0 if keys > 5 else 1.0)
        terminal.press("/")
        terminal.read_for(0.5)
        times: list[float] = []
        for letter in LETTERS[:keys]:
            pressed = terminal.press(letter)
            times.append(terminal.until(letter, 10) - pressed)
            # At no fixed distance from the app's own frames.
            terminal.read_for(0.05 + 0.013 * (len(times) % 5))
        return times
    finally:
        terminal.close()


def history(folder: Path, count: int) -> float:
    """Seconds from the key to the first row of so many calls."""
    calls_folder = folder / "data" / "conversations"
    storage, day = LocalStorage(calls_folder), dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
    pattern = calls_folder / save(storage, 0, day)
    told = json.loads((pattern / "conversation.json").read_text("utf-8"))
    for number in range(1, count):
        at = day - dt.timedelta(minutes=number)
        call_id = f"{at:%Y%m%d-%H%M%S}-anna-{number:06}"
        copy = calls_folder / call_id
        shutil.copytree(pattern, copy, ignore=shutil.ignore_patterns("audio"))
        changed = json.dumps({**told, "call_id": call_id, "created_at": at.isoformat()}, ensure_ascii=False)
        (copy / "conversation.json").write_text(changed, "utf-8")
    terminal = Terminal(folder, "-m", "vcg_tui")
    try:
        terminal.until("Customers")
        terminal.read_for(1.5)
        pressed = terminal.press("\x1bOR")  # F3
        return terminal.until("Ångström") - pressed
    finally:
        terminal.close()


async def memory(count: int) -> tuple[float, float]:
    """MB that the process holds after the first fifth of the calls, and after all; offline, without a screen."""

    def held() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

    early = 0.0
    async with Studio(Settings.model_validate({"call": {"max_turns": 12}})) as studio:
        for number in range(count):
            await calls.make(studio, await calls.plan_for(studio, number))
            if number == count // 5:
                early = held()
    return early, held()


async def bench(quick: bool) -> Table:
    table = Table("The app")
    with tempfile.TemporaryDirectory(prefix="vcg-bench-") as made:
        folder = Path(made)
        paint = min(first_paint(folder) for _ in range(1 if quick else 5))
        table.add("first paint", paint, "s", floor=0.6, goal="<= 0.6 s", met=paint <= 0.6)
        turns, keys = (20, 3) if quick else (500, 40)
        p95 = percentile(key_to_paint(folder, turns, keys), 0.95) * 1000
        what = f"key to paint, p95, {TOKENS_PER_S} tokens/s into {turns} turns"
        table.add(what, p95, "ms", floor=60, goal="< 60 ms", met=p95 < 60)
        busy = idle(folder, 0.5 if quick else 8.0)
        table.add("idle", busy, "% CPU", floor=3, goal="< 3 %", met=busy < 3)
        count = 20 if quick else 5000
        table.add(f"history of {count} calls, key to first row", history(folder, count), "s")
    calls_made = 3 if quick else 50
    early, late = await memory(calls_made)
    table.add(f"memory after {calls_made} calls, beside after a fifth of them", late, "MB", floor=early)
    return table


if __name__ == "__main__":
    run(__doc__, bench)
