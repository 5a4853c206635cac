"""What a terminal shows, as a lean SVG that a browser opens and a diff reads; and back from it to lines of text."""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.cells import cell_len, get_character_cell_size
from rich.color import Color
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from textual.app import App
from textual.strip import Strip

CELL, ROW = 10, 20
"""A cell's width and height in the picture."""
_FONT = "16.5px 'DejaVu Sans Mono','Cascadia Mono',Menlo,Consolas,monospace"
_BASELINE = 15
_CHROME, _EDGE = 34, 14
_PLAIN = TerminalTheme((0, 0, 0), (255, 255, 255), [(0, 0, 0)] * 8, [(255, 255, 255)] * 8)
_TEXT = re.compile(r'<text class="(\w+)" x="(\d+)" y="(\d+)"[^>]*>([^<]*)</text>')
_CLASS = re.compile(r"^\.(\w+)\{([^}]*)\}$", re.MULTILINE)
_GROUND = re.compile(r'<path fill="(#\w+)" d="([^"]*)"/>')
_SIZE = re.compile(r'viewBox="0 0 (\d+) (\d+)"')


@dataclass(slots=True)
class Picture:
    """A screen as it was drawn: its lines, the runs of text with their looks, and the grounds behind them."""

    width: int
    height: int
    runs: list[tuple[int, int, str, str]] = field(default_factory=list)
    """Row, column, text, look in CSS; spaces are in no run."""
    grounds: dict[str, list[tuple[int, int, int]]] = field(default_factory=dict)
    """Of each colour: row, column, width."""
    page: str = "#000000"

    @property
    def lines(self) -> list[str]:
        """The text, a cell a character; the second half of a wide one is left out."""
        cells = [[" "] * self.width for _ in range(self.height)]
        for row, column, text, _ in self.runs:
            for character in text:
                cells[row][column] = character
                for after in range(1, get_character_cell_size(character)):
                    cells[row][column + after] = ""
                column += get_character_cell_size(character)
        return ["".join(line).rstrip() for line in cells]

    def svg(self, title: str = "") -> str:
        """The picture; with a title in the frame of a window."""
        looks = [look for look, _ in Counter(look for *_, look in self.runs).most_common()]
        names = {look: _name(index) for index, look in enumerate(looks)}
        parts = [f"text{{font:{_FONT}}}", *(f".{name}{{{look}}}" for look, name in names.items())]
        drawn = [
            f'<path fill="{colour}" d="{"".join(_box(*each) for each in sorted(boxes))}"/>'
            for colour, boxes in sorted(self.grounds.items())
        ]
        drawn += [
            f'<text class="{names[look]}" x="{column * CELL}" y="{row * ROW + _BASELINE}"{_length(text)}>'
            f"{html.escape(text, quote=False)}</text>"
            for row, column, text, look in self.runs
        ]
        width, height = self.width * CELL, self.height * ROW
        head = f'<rect width="{width}" height="{height}" fill="{self.page}"/>'
        if title:
            wide, high = width + 2 * _EDGE, height + _CHROME + _EDGE
            head = (
                f'<rect width="{wide}" height="{high}" rx="10" fill="{self.page}" stroke="#808890" stroke-width="1"/>\n'
                '<circle cx="20" cy="17" r="6" fill="#ff5f57"/><circle cx="40" cy="17" r="6" fill="#febc2e"/>'
                '<circle cx="60" cy="17" r="6" fill="#28c840"/>\n'
                f'<text x="{wide // 2}" y="22" text-anchor="middle" fill="#808890">{html.escape(title)}</text>'
            )
            drawn = [f'<g transform="translate({_EDGE} {_CHROME})">', *drawn, "</g>"]
            width, height = wide, high
        style = "\n".join(parts)
        begin = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">\n<style>\n{style}\n</style>'
        return "\n".join([begin, head, *drawn, "</svg>", ""])

    @classmethod
    def read(cls, svg: str) -> Picture:
        """A picture that was written without a frame."""
        size = _SIZE.search(svg)
        if size is None:
            raise ValueError("this is no picture of a screen")
        looks = dict(_CLASS.findall(svg))
        runs = [
            (int(y) // ROW, int(x) // CELL, html.unescape(text), looks[name]) for name, x, y, text in _TEXT.findall(svg)
        ]
        page = re.search(r'<rect [^>]*fill="(#\w+)"', svg)
        grounds = {colour: [_unboxed(box) for box in boxes.split("z") if box] for colour, boxes in _GROUND.findall(svg)}
        return cls(
            int(size[1]) // CELL, int(size[2]) // ROW, runs, dict(grounds), page[1] if page is not None else "#000000"
        )


def picture_of(app: App[Any]) -> Picture:
    """What the app shows now."""
    update: Any = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    width, height = app.size
    rows = [Strip.join(list(row)).simplify() for row in update.strips]
    picture = Picture(width, height)
    boxes: dict[str, list[tuple[int, int, int]]] = {}
    area: Counter[str] = Counter()
    for row, strip in enumerate(rows):
        column = 0
        for segment in strip:
            cells = cell_len(segment.text)
            if segment.control or not cells:
                continue
            look, ground = _look(segment.style or Style.null())
            boxes.setdefault(ground, []).append((row, column, cells))
            area[ground] += cells
            _put(picture, row, column, segment.text, look)
            column += cells
    picture.page = area.most_common(1)[0][0] if area else "#000000"
    picture.grounds = {colour: _joined(found) for colour, found in boxes.items() if colour != picture.page}
    return picture


def differences(before: Picture, now: Picture, most: int = 6) -> list[str]:
    """What is seen to differ, in lines for a person; empty: nothing."""
    if (before.width, before.height) != (now.width, now.height):
        return [f"it was {before.width}x{before.height}, it is {now.width}x{now.height}"]
    told = []
    for row, (old, new) in enumerate(zip(before.lines, now.lines, strict=True)):
        if old != new:
            told += [f"line {row + 1:>2} was  {old}", f"        is   {new}"]
    if not told:
        old_runs, new_runs = set(before.runs), set(now.runs)
        gone = sorted(old_runs - new_runs)
        for row, column, text, look in sorted(new_runs - old_runs):
            was = next((other[3] for other in gone if other[:2] == (row, column)), "another run")
            told.append(f"line {row + 1}, column {column + 1}, {text!r}: was {was}, is {look}")
    if not told:
        for colour in sorted({*before.grounds, *now.grounds}):
            old, new = (set(each.grounds.get(colour, ())) for each in (before, now))
            told += [
                f"line {row + 1}, column {column + 1}: {cells} cells "
                f"{'are' if (row, column, cells) in new else 'were'} on {colour}"
                for row, column, cells in sorted(old ^ new)
            ]
    if not told and before.page != now.page:
        told.append(f"the ground was {before.page}, it is {now.page}")
    return [*told[:most], f"... and {len(told) - most} lines more"] if len(told) > most else told


def write(picture: Picture, path: Path, title: str = "") -> None:
    """Into a file, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(picture.svg(title), encoding="utf-8")


def _put(picture: Picture, row: int, column: int, text: str, look: str) -> None:
    """Add a text's runs; two spaces part them, one does not, unless a line is under it."""
    pattern = r".+" if "underline" in look else r"\S+(?: \S+)*"
    for match in re.finditer(pattern, text):
        at = column + cell_len(text[: match.start()])
        last = picture.runs[-1] if picture.runs else None
        if last and last[0] == row and last[3] == look and last[1] + cell_len(last[2]) == at:
            picture.runs[-1] = (row, last[1], last[2] + match.group(), look)
        else:
            picture.runs.append((row, at, match.group(), look))


def _look(style: Style) -> tuple[str, str]:
    """Of a style: how its text looks, in CSS, and the colour behind it."""
    fore, ground = _hex(style.color, foreground=True), _hex(style.bgcolor, foreground=False)
    if style.reverse:
        fore, ground = ground, fore
    css = [f"fill:{fore}"]
    if style.bold:
        css.append("font-weight:bold")
    if style.italic:
        css.append("font-style:italic")
    lines = [name for name, drawn in (("underline", style.underline), ("line-through", style.strike)) if drawn]
    if lines:
        css.append(f"text-decoration:{' '.join(lines)}")
    if style.dim:
        css.append("opacity:.6")
    return ";".join(css), ground


def _hex(colour: Color | None, *, foreground: bool) -> str:
    if colour is None:
        return "#ffffff" if foreground else "#000000"
    return "#" + "".join(f"{part:02x}" for part in colour.get_truecolor(_PLAIN, foreground=foreground))


def _joined(boxes: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Neighbours in a row as one."""
    joined: list[tuple[int, int, int]] = []
    for row, column, cells in boxes:
        if joined and joined[-1][0] == row and joined[-1][1] + joined[-1][2] == column:
            joined[-1] = (row, joined[-1][1], joined[-1][2] + cells)
        else:
            joined.append((row, column, cells))
    return joined


def _length(text: str) -> str:
    """Holds a run to its cells, whatever font the viewer has."""
    return f' textLength="{cell_len(text) * CELL}"' if len(text) > 1 else ""


def _box(row: int, column: int, cells: int) -> str:
    return f"M{column * CELL} {row * ROW}h{cells * CELL}v{ROW}H{column * CELL}z"


def _unboxed(box: str) -> tuple[int, int, int]:
    match = re.fullmatch(r"M(\d+) (\d+)h(\d+)v\d+H\d+", box)
    if match is None:
        raise ValueError(f"{box!r} is no ground of a picture")
    return int(match[2]) // ROW, int(match[1]) // CELL, int(match[3]) // CELL


def _name(index: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return letters[index] if index < 26 else letters[index // 26 - 1] + letters[index % 26]
