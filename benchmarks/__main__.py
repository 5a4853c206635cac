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

from _table import Table, markdown, show

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


def put_into(page: Path, table: str) -> None:
    """Replace the page's one table of benches, from its head to the next empty line."""
    before, head, rest = page.read_text("utf-8").partition("| what |")
    if not head:
        sys.exit(f"{page} has no table that begins with '| what |' to be replaced.")
    _, gap, after = rest.partition("\n\n")
    page.write_text(before + table + gap + after, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--runs", type=int, default=1, metavar="N", help="everything N times in a row")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the rows of all runs to a file too")
    parser.add_argument("--page", metavar="FILE", type=Path, help="put the table into this Markdown page too")
    parser.add_argument("--quick", action="store_true", help="a tiny form, to see that it runs")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in BENCHES]:
        parser.error(f"there is no bench named {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    if given.runs < 1:
        parser.error("--runs is 1 or more")
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
    benches = [tables for tables in found.values() if tables]
    show(benches)
    missed = sum(row.met is False for tables in benches for table in tables for row in table.rows)
    goals = sum(row.met is not None for tables in benches for table in tables for row in table.rows)
    print(f"\n{goals - missed} of {goals} goals met" + (f", in {given.runs} runs in a row." if given.runs > 1 else "."))
    if given.page and benches:
        put_into(given.page, markdown(benches))
    if failed:
        sys.exit(f"Ended with an error: {', '.join(failed)}.")


if __name__ == "__main__":
    main()
