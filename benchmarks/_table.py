"""One table for every bench: what, measured, floor or limit, ratio, goal, met. And the flags they share."""

from __future__ import annotations

import argparse
import json
import math
import sys
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

    def show(self) -> None:
        head = ("what", "measured", "floor or limit", "ratio", "goal", "met")
        lines = [head]
        lines.extend(
            (
                row.what,
                f"{_number(row.measured)} {row.unit}",
                "" if row.floor is None else f"{_number(row.floor)} {row.unit}",
                "" if row.ratio is None else f"{row.ratio:.3f}",
                row.goal,
                "" if row.met is None else "yes" if row.met else "NO",
            )
            for row in self.rows
        )
        widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
        print(f"\n{self.title}")
        for line in lines:
            print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())

    def to_json(self) -> dict[str, Any]:
        return {"title": self.title, "rows": [{**asdict(row), "ratio": row.ratio} for row in self.rows]}


def _number(value: float) -> str:
    if math.isnan(value):
        return "-"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; ``share`` from 0 to 1."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def run(doc: str | None, bench: Callable[[bool], Coroutine[Any, Any, Table]]) -> None:
    """Parse the flags, run, print; a goal that is missed fails nothing."""
    import asyncio

    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the rows to a file too")
    parser.add_argument("--quick", action="store_true", help="a tiny form, to see that it runs")
    # `make bench ARGS=...` gives the same flags to all; what another one takes is not ours.
    given, _ = parser.parse_known_args(sys.argv[1:])
    table = asyncio.run(bench(given.quick))
    table.show()
    if given.json:
        given.json.write_text(json.dumps(table.to_json(), indent=2) + "\n", encoding="utf-8")
