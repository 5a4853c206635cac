"""How the command line shows things: a transcript growing, tables, JSON."""

from __future__ import annotations

import json
import shutil
import sys
import unicodedata
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from vcg_tui.models.conversation import Conversation
    from vcg_tui.models.metrics import CallMetrics, SideMetrics
    from vcg_tui.models.role import Role

_LABEL_WIDTH = 10
_NARROWEST, _WIDEST = 40, 100


def print_json(value: Any) -> None:
    """One JSON value on one line of standard output."""
    unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    print(json.dumps(value, ensure_ascii=not unicode, default=str))


def console(stream: TextIO | None = None) -> Console:
    """A console of rich on standard output, or on this stream."""
    from rich.console import Console

    return Console(file=stream, highlight=False)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = ()) -> None:
    """Rows on standard output: a table where somebody reads it, tab-separated lines where a program does.

    Args:
        headings: of the columns.
        rows: their cells.
        right: the headings of the columns that are flush right.
    """
    if not sys.stdout.isatty():
        for row in rows:
            print("\t".join(row))
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    drawn = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        drawn.add_column(heading, justify="right" if heading in right else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*row)
    console().print(drawn)


class TranscriptPrinter:
    """Prints turns word by word as they are written, wrapped beside the speaker's name."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._colour = stream.isatty() and not _plain()
        self._width = min(max(shutil.get_terminal_size((88, 24)).columns - 1, _NARROWEST), _WIDEST)
        self._column = 0
        self._word = ""

    def begin(self, speaker: Role) -> None:
        """A turn begins."""
        self.end()
        name = f"{speaker.upper():<{_LABEL_WIDTH}}"
        if self._colour:
            name = f"\x1b[1;{'36' if speaker == 'customer' else '33'}m{name}\x1b[0m"
        self._write(name)
        self._column = _LABEL_WIDTH

    def add(self, text: str) -> None:
        """A piece of the turn's text."""
        for char in text:
            # A control character in a model's text must not reach the terminal.
            if char.isspace() or unicodedata.category(char) == "Cc":
                self._flush_word()
            else:
                self._word += char
        self._stream.flush()

    def again(self, speaker: Role, reason: str) -> None:
        """The turn comes again."""
        self.end()
        self._write(f"{'':<{_LABEL_WIDTH}}(again: {reason})\n")
        self.begin(speaker)

    def end(self) -> None:
        """The turn is over, or the call is."""
        self._flush_word()
        if self._column:
            self._write("\n")
        self._column = 0
        self._stream.flush()

    def _flush_word(self) -> None:
        if not self._word:
            return
        if self._column > _LABEL_WIDTH:
            if self._column + 1 + len(self._word) > self._width:
                self._write("\n" + " " * _LABEL_WIDTH)
                self._column = _LABEL_WIDTH
            else:
                self._write(" ")
                self._column += 1
        self._write(self._word)
        self._column += len(self._word)
        self._word = ""

    def _write(self, text: str) -> None:
        self._stream.write(text)


def metrics_rows(conversation: Conversation, metrics: CallMetrics) -> list[tuple[str, str]]:
    """A call's metrics as a person reads them."""
    outcome = f", {conversation.outcome.replace('_', ' ')}" if conversation.outcome else ""
    rows = [
        ("ended", f"{conversation.end_reason.replace('_', ' ')}{outcome}"),
        ("length", f"{_clock(metrics.duration_s)} in {metrics.turns} turns"),
        ("customer", _side(metrics.customer)),
        ("support", _side(metrics.support)),
        ("gap between turns", f"median {_seconds(metrics.gap_median_s)}, longest {_seconds(metrics.gap_max_s)}"),
        ("first audio", _seconds(metrics.time_to_first_audio_s)),
        ("text a turn", f"first {_seconds(metrics.llm_ttft_p50_s)}, whole {_seconds(metrics.llm_p50_s)} (median)"),
        ("speech a turn", f"first {_seconds(metrics.tts_ttfb_p50_s)} (median)"),
        ("made in", _seconds(metrics.making_s)),
        ("tokens", _tokens(metrics)),
        ("characters spoken", f"{metrics.characters:,}"),
        ("cost", "not known" if metrics.cost_usd is None else f"${metrics.cost_usd:.4f}"),
    ]
    if metrics.starved_s is not None:
        rows.append(("waited for sound", _seconds(metrics.starved_s)))
    if metrics.restarts or metrics.cleaned:
        rows.append(("repaired", f"{metrics.restarts} turns begun again, {metrics.cleaned} marks taken out"))
    return rows


def print_pairs(rows: Sequence[tuple[str, str]]) -> None:
    """Names and values, aligned, on standard output."""
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"  {name:<{width}}  {value}")


def _plain() -> bool:
    import os

    return bool(os.environ.get("NO_COLOR"))


def _clock(seconds: float) -> str:
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"


def _seconds(value: float | None) -> str:
    return "not known" if value is None else f"{value:.2f} s"


def _side(side: SideMetrics) -> str:
    share = "" if side.talk_share is None else f", {side.talk_share:.0%} of the talk"
    pace = "" if side.words_per_minute is None else f", {side.words_per_minute:.0f} words a minute"
    return f"{side.turns} turns, {side.words} words{share}{pace}"


def _tokens(metrics: CallMetrics) -> str:
    if metrics.prompt_tokens is None or metrics.completion_tokens is None:
        return "not known"
    return f"{metrics.prompt_tokens:,} in, {metrics.completion_tokens:,} out"
