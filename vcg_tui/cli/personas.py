"""``vcg personas``: list, show, validate and make persona files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vcg_tui.cli.context import settings_for
from vcg_tui.cli.printing import print_json, table
from vcg_tui.errors import PersonaError

if TYPE_CHECKING:
    from vcg_tui.models.persona import AnyPersona
    from vcg_tui.models.role import Role
    from vcg_tui.services.persona_service import PersonaService

app = typer.Typer(help="Who talks in a call.", no_args_is_help=True, rich_markup_mode=None)

_Folder = Annotated[Path | None, typer.Option("--personas", metavar="DIR", help="More personas.")]
_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]
_RoleName = Annotated[str | None, typer.Option("--role", metavar="ROLE", help="customer or support.")]


@app.command("list")
def list_personas(
    context: typer.Context, role: _RoleName = None, personas: _Folder = None, *, as_json: _Json = False
) -> int:
    """All personas, and what is wrong with files that can't be used."""
    service = _service(context, personas)
    entries = [entry for entry in service.entries() if role is None or entry.persona.role == _role(role)]
    if as_json:
        print_json(
            {
                "personas": [
                    {**_brief(entry.persona), "path": str(entry.path), "origin": entry.origin} for entry in entries
                ],
                "problems": [str(problem) for problem in service.problems],
            }
        )
    else:
        rows = [list(_brief(entry.persona).values()) for entry in entries]
        table(["id", "role", "name", "mood", "difficulty", "domain", "accent", "about"], rows)
        _tell_problems(service)
    return 0


@app.command()
def show(context: typer.Context, persona: str, personas: _Folder = None, *, as_json: _Json = False) -> int:
    """One persona, whole."""
    entry = _service(context, personas).entry(persona)
    if as_json:
        print_json({**entry.persona.model_dump(mode="json"), "path": str(entry.path)})
    else:
        print(f"# {entry.path}")
        print(entry.path.read_text(encoding="utf-8"), end="")
    return 0


@app.command()
def validate(
    context: typer.Context,
    files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help="Files; none: all there are.")] = None,
    personas: _Folder = None,
    *,
    as_json: _Json = False,
) -> int:
    """Check persona files: every broken one, with field and problem. Exit code 2 if there is one."""
    from vcg_tui.services.persona_service import read_persona

    if files:
        results = [(file, *read_persona(file)) for file in files]
        good = sum(persona is not None for _, persona, _ in results)
        problems = [problem for _, _, found in results for problem in found]
    else:
        service = _service(context, personas)
        good, problems = len(service.entries()), service.problems
    if as_json:
        print_json({"valid": good, "problems": [str(problem) for problem in problems]})
    else:
        for problem in problems:
            print(f"vcg: {problem}")
        print(f"{good} valid, {len({problem.path for problem in problems})} broken")
    return 2 if problems else 0


@app.command()
def new(
    context: typer.Context,
    persona: Annotated[str, typer.Argument(metavar="ID", help="Lower-case letters, digits and hyphens.")],
    role: Annotated[str | None, typer.Option("--role", metavar="ROLE", help="customer (default) or support.")] = None,
    copy: Annotated[str | None, typer.Option("--from", metavar="ID", help="Begin with a copy of this one.")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Instead of your own folder.")] = None,
) -> int:
    """Write a persona file to start from, with a comment on every field."""
    from vcg_tui.models.role import Role
    from vcg_tui.services.persona_template import persona_copy, persona_template

    service = _service(context, None)
    wanted = _role(role) if role is not None else None
    if copy is not None:
        entry = service.entry(copy)
        if wanted is not None and wanted is not entry.persona.role:
            raise PersonaError(
                f"{copy} is a {entry.persona.role} persona, and a copy of it can't be a {wanted} persona.",
                "Leave out --role, or copy another.",
            )
        text, which = persona_copy(entry.path.read_text(encoding="utf-8"), persona), entry.persona.role
    else:
        which = wanted or Role.CUSTOMER
        text = persona_template(persona, which)
    path = service.create(persona, which, text, out)
    print(path)
    return 0


def _service(context: typer.Context, folder: Path | None) -> PersonaService:
    from vcg_tui.services.persona_service import PersonaService

    return PersonaService.from_settings(settings_for(context), folder)


def _role(name: str) -> Role:
    from vcg_tui.models.role import Role

    if name not in set(Role):
        raise PersonaError(f"There is no role {name!r}.", "It is customer or support.")
    return Role(name)


def _brief(persona: AnyPersona) -> dict[str, str]:
    customer = persona.role == "customer"
    return {
        "id": persona.id,
        "role": persona.role,
        "name": persona.name,
        "mood": persona.emotional_state if customer else "",
        "difficulty": persona.difficulty if customer else "",
        "domain": persona.domain,
        "accent": persona.voice.accent,
        "about": persona.issue if customer else persona.personality,
    }


def _tell_problems(service: PersonaService) -> None:
    for problem in service.problems:
        typer.echo(f"vcg: left out {problem}", err=True)
