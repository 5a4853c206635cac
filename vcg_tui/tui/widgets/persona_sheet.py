"""Everything about one persona, to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from textual.containers import VerticalScroll
from textual.widgets import Static

from vcg_tui.models.languages import language_name
from vcg_tui.models.persona import CustomerPersona
from vcg_tui.tui.folders import shown_path
from vcg_tui.tui.widgets.persona_shelf import MARKS, BrokenFile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType
    from textual.app import ComposeResult

    from vcg_tui.models.persona import AnyPersona
    from vcg_tui.services.persona_service import PersonaEntry

_LABEL = 11
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

    def show(self, item: PersonaEntry | BrokenFile | None) -> None:
        """Show a persona, or why a file is none."""
        text = self.query_one("#sheet--text", Static)
        if item is None:
            text.update(Text("No persona fits the search.", style="dim"))
        elif isinstance(item, BrokenFile):
            text.update(_broken(item))
        else:
            text.update(Group(*_sheet(item)))
        self.scroll_home(animate=False)


def _broken(item: BrokenFile) -> Text:
    text = Text(f"▲ {item.path.name}\n", style="bold")
    for problem in item.problems:
        text.append(f"\n{problem.field}: " if problem.field else "\n", style="bold")
        text.append(problem.problem, style="not bold")
    text.append(f"\n\n{shown_path(item.path)}\n\no opens it in your editor.", style="not bold dim")
    return text


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
            ("trade", persona.domain),
            ("tags", ", ".join(persona.tags)),
            ("languages", ", ".join(map(language_name, persona.languages))),
        ]
    )
    if not isinstance(persona, CustomerPersona):
        grants = persona.authority
        yield _rows(
            [
                ("may grant", f"refund {grants.refund:g}, credit {grants.credit:g}, plan {grants.plan_months} months"),
                ("hands on to", grants.escalate_to or "nobody"),
            ]
        )
        yield from _part("allows and asks", [(each, "· ") for each in persona.policies])
        yield from _part("hands on when", [(each, "· ") for each in persona.escalation_triggers])
    if persona.facts:
        yield Text("facts", style="dim")
        yield _rows([(f"  {name}", str(value)) for name, value in persona.facts.items()])
    yield from _part("never", [(each, "· ") for each in persona.guardrails])
    first = persona.says.opening if isinstance(persona, CustomerPersona) else persona.says.greeting
    yield from _part("begins with", [(f"“{each}”", "") for each in first[:2]])
    yield Text(f"{MARKS[entry.origin] or 'shipped, to be copied'}\n{shown_path(entry.path)}", style="dim")


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
