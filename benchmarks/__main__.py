"""Every bench, each in a process of its own, and one table of them all.

python benchmarks                    all of them
python benchmarks many_calls app     some of them
python benchmarks --runs 3           three times in a row: each cell tells all three
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _table import Table, markdown, show, writable

FOLDER = Path(__file__).resolve().parent
# In the order in which a call is made: its first word, the rest of it, many of them, the app around it.
BENCHES = ("first_audio", "dead_air", "wall_time", "many_calls", "offline", "growth", "app")


def measure(name: str, quick: bool) -> Table | None:
    """One bench, once; None where it ended with an error, which it has told on stderr itself."""
    with tempfile.TemporaryDirectory(prefix="vcg-bench-") as folder:
        out = Path(folder, "rows.json")
        command = [sys.executable, str(FOLDER / f"{name}.py"), "--json", str(out), *["--quick"] * quick]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        if done.returncode:
            return None
        return Table.from_json(json.loads(out.read_text("utf-8")))


def into_page(page: str, table: str) -> str:
    """The page with its one table of benches replaced, from its head to the next empty line.

    Raises:
        ValueError: there is none.
    """
    before, head, rest = page.partition("| what |")
    if not head:
        raise ValueError("there is no table that begins with '| what |'")
    _, gap, after = rest.partition("\n\n")
    return before + table + gap + after


def flags() -> argparse.Namespace:
    """What is asked for; everything that is wrong with it is told now, and not when all has been measured."""
    parser = argparse.ArgumentParser(
        prog="benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--runs", type=int, default=1, metavar="N", help="everything N times in a row")
    parser.add_argument("--json", metavar="FILE", type=writable, help="write the rows of all runs to a file too")
    parser.add_argument("--page", metavar="FILE", type=Path, help="put the table into this Markdown page too")
    parser.add_argument("--quick", action="store_true", help="a tiny form, to see that it runs")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in BENCHES]:
        parser.error(f"there is no bench named {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    if given.runs < 1:
        parser.error("--runs is 1 or more")
    if given.page:
        try:
            with given.page.open("r+", encoding="utf-8") as page:
                into_page(page.read(), "")
        except (OSError, ValueError) as error:
            parser.error(f"--page {given.page}: {error.strerror if isinstance(error, OSError) else error}")
    return given


def measure_all(given: argparse.Namespace) -> tuple[list[list[Table]], list[str]]:
    """The tables of each bench, one a run, and which benches ended with an error. What there is so far is kept."""
    found: dict[str, list[Table]] = {name: [] for name in given.names or BENCHES}
    failed: list[str] = []
    for run in range(1, given.runs + 1):
        for name, tables in found.items():
            began = time.monotonic()
            table = measure(name, given.quick)
            took = f"{time.monotonic() - began:.0f} s"
            if table is None:
                failed.append(name)
                word = "ended with an error"
            else:
                tables.append(table)
                missed = [row.what for row in table.rows if row.met is False]
                word = f"missed: {'; '.join(missed)}" if missed else "every goal met"
            print(f"run {run} of {given.runs}, {name}, {took}: {word}", file=sys.stderr)
            if given.json:
                told = {each: [table.to_json() for table in tables] for each, tables in found.items()}
                given.json.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return [tables for tables in found.values() if tables], failed


def main() -> None:
    given = flags()
    benches, failed = measure_all(given)
    show(benches)
    met = [row.met for tables in benches for table in tables for row in table.rows if row.met is not None]
    print(f"\n{sum(met)} of {len(met)} goals met" + (f", in {given.runs} runs in a row." if given.runs > 1 else "."))
    if given.page and benches:
        page = into_page(given.page.read_text("utf-8"), markdown(benches))
        given.page.write_text(page, encoding="utf-8")
    if failed:
        sys.exit(f"Ended with an error: {', '.join(failed)}.")


if __name__ == "__main__":
    main()
