"""Everything about one persona, to read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from textual.containers import VerticalScroll
from textual.widgets import Static

from vcg_tui.models.languages import language_name
from vcg_tui.models.persona import CustomerPersona
from vcg_tui.providers.llm.simulator.phrases import fill_facts
from vcg_tui.tui.folders import shown_path
from vcg_tui.tui.widgets.persona_shelf import MARKS, BrokenFile

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rich.console import Console, ConsoleOptions, RenderableType
    from textual.app import ComposeResult

    from vcg_tui.models.persona import AnyPersona, Authority
    from vcg_tui.services.persona_service import PersonaEntry

_LABEL = 13
_SAID_OF_A_FIELD = ("is ", "must ", "says ")
_LEVELS = {"easy": "▪▫▫ easy", "medium": "▪▪▫ medium", "hard": "▪▪▪ hard"}


class PersonaSheet(VerticalScroll):
    """A persona's card with all that its file says."""

    HELP = "The highlighted persona: who, what it is about, its rules, voice and words, and the file it is in."

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = "2 Card"

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static(id="sheet--text", markup=False)

    def show(self, item: PersonaEntry | BrokenFile | None, open_key: str) -> None:
        """Show a persona, or why a file is none, and the key that opens it in an editor."""
        text = self.query_one("#sheet--text", Static)
        if item is None:
            text.update(Text("No persona fits the search.", style="dim"))
        elif isinstance(item, BrokenFile):
            text.update(Group(*_broken(item, open_key)))
        else:
            text.update(Group(*_sheet(item)))
        self.scroll_home(animate=False)


class _FilePath:
    """A file's path, broken only behind a slash where a line is too short for it."""

    def __init__(self, path: Path) -> None:
        self._parts = re.findall(r"[^/]*/|[^/]+$", shown_path(path))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterable[RenderableType]:
        line = ""
        for part in self._parts:
            if line and cell_len(line + part) > options.max_width:
                yield Text(line, style="dim")
                line = ""
            line += part
        yield Text(line, style="dim")


def _broken(item: BrokenFile, open_key: str) -> Iterable[RenderableType]:
    yield Text(f"▲ {item.path.name}", style="bold")
    yield Text("This file can't be used:\n")
    for problem in item.problems:
        # most are the rest of a sentence that begins with the field
        colon = "" if problem.problem.startswith(_SAID_OF_A_FIELD) else ":"
        text = Text(f"{problem.field}{colon} " if problem.field else "", style="bold")
        yield text.append(problem.problem, style="not bold")
    yield Text("")
    yield _FilePath(item.path)
    yield Text(f"\n{open_key} opens it in your editor.", style="dim")


def _sheet(entry: PersonaEntry) -> Iterable[RenderableType]:
    persona, voice = entry.persona, entry.persona.voice
    yield Text(persona.name, style="bold")
    yield Text(f"{_who(persona)}\n", style="italic")
    yield from _part("", [(persona.personality, "")])
    if isinstance(persona, CustomerPersona):
        yield _rows([("issue", persona.issue), ("goal", persona.goal), ("behavior", persona.special_behavior)])
    else:
        yield _rows([("goal", persona.goal), ("behavior", persona.special_behavior)])
    described = f"{voice.gender}, {voice.age}, {voice.accent}" + (f", {voice.speed:g}x" if voice.speed != 1 else "")
    yield _rows(
        [
            ("voice", described),
            ("industry", persona.domain),
            ("tags", ", ".join(persona.tags)),
            ("languages", ", ".join(map(language_name, persona.languages))),
        ]
    )
    if not isinstance(persona, CustomerPersona):
        grants = persona.authority
        yield _rows(
            [
                ("may grant", _granted(grants)),
                ("hands over to", grants.escalate_to or "nobody"),
            ]
        )
        yield from _part("policies", [(each, "· ") for each in persona.policies])
        yield from _part("hands over when", [(each, "· ") for each in persona.escalation_triggers])
    if persona.facts:
        yield Text("facts", style="dim")
        yield _rows([(f"  {name}", str(value)) for name, value in persona.facts.items()])
    yield from _part("never", [(each, "· ") for each in persona.guardrails])
    yield from _part("begins with", [(f"“{each}”", "") for each in _first_words(persona)])
    yield Text(MARKS[entry.origin] or "comes with VCG; copy it to change it", style="dim")
    yield _FilePath(entry.path)


def _granted(grants: Authority) -> str:
    granted = [
        f"{name} up to {most:g}" for name, most in (("refund", grants.refund), ("credit", grants.credit)) if most
    ]
    if grants.waive_fees:
        granted.append("fees waived")
    if grants.plan_months:
        granted.append(f"payment plan up to {grants.plan_months} months")
    return " · ".join(granted) or "nothing"


def _first_words(persona: AnyPersona) -> list[str]:
    """As they are heard: with the names and facts that the file only points at."""
    if isinstance(persona, CustomerPersona):
        known = {name: str(value) for name, value in persona.facts.items()}
        return [fill_facts(line, known) for line in persona.says.opening[:2]]
    known = {"company": persona.company_name, "agent": persona.agent_name}
    return [fill_facts(line, known) for line in persona.says.greeting[:2]]


def _who(persona: AnyPersona) -> str:
    if isinstance(persona, CustomerPersona):
        return f"customer · {persona.emotional_state} · {_LEVELS[persona.difficulty]}"
    return f"support · {persona.agent_name}, {persona.company_name}"


def _rows(rows: list[tuple[str, str]]) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True, min_width=_LABEL)
    table.add_column(overflow="fold")
    for name, value in rows:
        if value:
            table.add_row(Text(name), Text(value))
    return Padding(table, (0, 0, 1, 0)) if table.row_count else Text("", end="")


def _part(title: str, lines: list[tuple[str, str]]) -> Iterable[RenderableType]:
    if not lines:
        return
    if title:
        yield Text(title, style="dim")
    for line, mark in lines:
        grid = Table.grid()
        if mark:
            grid.add_row(Text(f"  {mark}", style="dim"), Text(line))
        else:
            grid.add_row(Text(line))
        yield grid
    yield Text("")
