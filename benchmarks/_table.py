"""One table for every bench: what, measured, floor or limit, ratio, goal, met. And the flags they share."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass
class Row:
    """``floor``: what it is held against, or None; ``goal``: in words; ``met``: None where there is no goal."""

    what: str
    measured: float
    unit: str
    floor: float | None = None
    goal: str = ""
    met: bool | None = None

    @property
    def ratio(self) -> float | None:
        return self.measured / self.floor if self.floor else None


class Table:
    def __init__(self, title: str) -> None:
        self.title = title
        self.rows: list[Row] = []

    def add(
        self,
        what: str,
        measured: float,
        unit: str,
        *,
        floor: float | None = None,
        goal: str = "",
        met: bool | None = None,
    ) -> None:
        self.rows.append(Row(what, measured, unit, floor, goal, met))

    def to_json(self) -> dict[str, Any]:
        return {"title": self.title, "rows": [{**asdict(row), "ratio": row.ratio} for row in self.rows]}

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Table:
        table = cls(told["title"])
        table.rows = [Row(**{name: value for name, value in row.items() if name != "ratio"}) for row in told["rows"]]
        return table


HEAD = ("what", "measured", "floor or limit", "ratio", "goal", "met")


def lines_of(runs: Sequence[Table]) -> list[tuple[str, ...]]:
    """The table's lines: each cell tells all runs of one bench, one after the other; the floor is the last run's."""
    return [_line(rows) for rows in zip(*(table.rows for table in runs), strict=True)]


def _line(rows: Sequence[Row]) -> tuple[str, ...]:
    last = rows[-1]
    met = [row.met for row in rows if row.met is not None]
    return (
        last.what,
        f"{', '.join(_number(row.measured) for row in rows)} {last.unit}",
        "" if last.floor is None else f"{_number(last.floor)} {last.unit}",
        ", ".join(f"{row.ratio:.3f}" for row in rows if row.ratio is not None),
        last.goal,
        "" if not met else "yes" if all(met) else "NO" if not any(met) else f"{sum(met)} of {len(met)}",
    )


def show(benches: Sequence[Sequence[Table]]) -> None:
    """One table on the terminal: of each bench its runs."""
    told = {runs[-1].title: lines_of(runs) for runs in benches}
    every = [HEAD, *(line for lines in told.values() for line in lines)]
    widths = [max(len(line[column]) for line in every) for column in range(len(HEAD))]

    def say(line: tuple[str, ...]) -> None:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())

    for title, lines in told.items():
        print(f"\n{title}")
        say(HEAD)
        for line in lines:
            say(line)


def markdown(benches: Sequence[Sequence[Table]]) -> str:
    """The same table for a page."""
    lines = [HEAD, ("---",) * len(HEAD)]
    for runs in benches:
        lines += [(f"**{runs[-1].title}**", *[""] * (len(HEAD) - 1)), *lines_of(runs)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _number(value: float) -> str:
    if math.isnan(value):
        return "-"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; ``share`` from 0 to 1."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def writable(file: str) -> Path:
    """A file to be named with a flag: one that can't be written is told before anything is measured."""
    path = Path(file)
    try:
        path.open("a").close()
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{file}: {error.strerror}") from None
    return path


def run(doc: str | None, bench: Callable[[bool], Coroutine[Any, Any, Table]]) -> None:
    """Parse the flags, run, print; a goal that is missed fails nothing."""
    import asyncio

    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--json", metavar="FILE", type=writable, help="write the rows to a file too")
    parser.add_argument("--quick", action="store_true", help="a tiny form, to see that it runs")
    given = parser.parse_args()
    table = asyncio.run(bench(given.quick))
    show([[table]])
    if given.json:
        given.json.write_text(json.dumps(table.to_json(), indent=2) + "\n", encoding="utf-8")
