"""``vcg config`` and ``vcg doctor``: what is set, and whether it works."""

from __future__ import annotations

from typing import Annotated

import typer

from vcg_tui.cli.context import settings_for
from vcg_tui.cli.printing import print_json, table

app = typer.Typer(help="What is set.", no_args_is_help=True, rich_markup_mode=None)

_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]
_MARKS = {"ok": "ok  ", "note": "note", "bad": "BAD "}


@app.command()
def show(context: typer.Context, *, as_json: _Json = False) -> int:
    """Every setting, its value and where it comes from. Keys are shown as set or not set; `vcg doctor` checks them."""
    from vcg_tui.config import explain

    rows = explain(settings_for(context))
    if as_json:
        print_json({key: {"value": value, "origin": origin} for key, value, origin in rows})
    else:
        table(["setting", "value", "from"], rows)
    return 0


@app.command()
def path() -> int:
    """The file of your own settings; it need not exist."""
    from vcg_tui.paths import user_config_file

    print(user_config_file())
    return 0


def doctor(
    context: typer.Context,
    *,
    online: Annotated[bool, typer.Option("--online", help="Also make one tiny request to each provider.")] = False,
    as_json: _Json = False,
) -> int:
    """Check what a call needs; each finding comes with its remedy. Exit code 1 if something is bad."""
    from vcg_tui.services.doctor import examine

    settings = settings_for(context)
    from vcg_tui.tui.look import examine_look

    findings = [*examine(settings), *examine_look(settings)]
    if online:
        import asyncio

        from vcg_tui.services.doctor_online import examine_online

        findings += asyncio.run(examine_online(settings))
    if as_json:
        print_json([finding.as_dict() for finding in findings])
    else:
        for finding in findings:
            print(f"{_MARKS[finding.state]}  {finding.what}: {finding.found}")
            if finding.remedy:
                print(f"      {finding.remedy}")
    return 1 if any(finding.state == "bad" for finding in findings) else 0
