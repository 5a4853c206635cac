"""``vcg conversations``: the calls that are kept."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vcg_tui.cli.context import settings_for, storage_for
from vcg_tui.cli.printing import metrics_rows, print_json, print_pairs, table

if TYPE_CHECKING:
    from vcg_tui.models.conversation import CallNotes, CallSummary

app = typer.Typer(help="The calls that are kept.", no_args_is_help=True, rich_markup_mode=None)

_Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="The folder that calls go into.")]
_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]
_Call = Annotated[str, typer.Argument(metavar="CALL", help="A call's id, or a beginning that is no other's.")]


@app.command("list")
def list_calls(
    context: typer.Context,
    limit: Annotated[int, typer.Option(metavar="N", min=0, help="At most so many; 0: all.")] = 0,
    out: _Out = None,
    *,
    as_json: _Json = False,
) -> int:
    """All calls, newest first; interrupted ones are marked."""
    from vcg_tui.models.conversation import CallNotes

    found = storage_for(context, out).list_conversations()
    if as_json:
        print_json([call.model_dump(mode="json") for call in _newest(found, limit)])
        return 0
    if not found:
        typer.echo("vcg: no call is kept here yet; make one with: vcg generate", err=True)
        return 0
    shown = _newest(found, limit)
    headings = ["call", "state", "customer", "support", "turns", "length", "ended", "outcome"]
    rows = [_row(call) for call in shown]
    if any(call.notes != CallNotes() for call in shown):
        headings.append("notes")
        rows = [[*row, _noted(call.notes)] for row, call in zip(rows, shown, strict=True)]
    table(headings, rows, right=["turns", "length"])
    if any(call.state == "interrupted" for call in found):
        typer.echo("vcg: complete the interrupted ones with: vcg conversations recover", err=True)
    return 0


@app.command()
def show(context: typer.Context, call: _Call, out: _Out = None, *, as_json: _Json = False) -> int:
    """A call's transcript and metrics."""
    from vcg_tui.models.transcript import render_transcript

    stored = storage_for(context, out).load_conversation(call)
    if as_json:
        print_json(
            {
                "path": stored.path,
                "conversation": stored.conversation.model_dump(mode="json"),
                "metrics": stored.metrics.model_dump(mode="json"),
            }
        )
        return 0
    print(render_transcript(stored.conversation))
    print_pairs(metrics_rows(stored.conversation, stored.metrics))
    print(f"\nKept in {stored.path}")
    return 0


@app.command()
def play(context: typer.Context, call: _Call, out: _Out = None) -> int:
    """Hear a call again, with its transcript."""
    from vcg_tui.audio.player import SoundDevicePlayer
    from vcg_tui.audio.stderr_guard import guard_stderr
    from vcg_tui.paths import log_dir
    from vcg_tui.services.replay import replay

    stored = storage_for(context, out).load_conversation(call)
    audio = settings_for(context).audio

    async def follow() -> None:
        with SoundDevicePlayer(stored.conversation.plan.sample_rate, audio.device) as player:
            player.volume = audio.volume
            async for turn in replay(stored, player):
                print(f"{turn.speaker.upper():<10}{turn.text}", flush=True)

    with guard_stderr(log_dir() / "audio.log"):
        asyncio.run(follow())
    return 0


@app.command()
def tag(
    context: typer.Context,
    call: _Call,
    out: _Out = None,
    *,
    title: Annotated[str | None, typer.Option(metavar="T", help="What to call it; empty: nothing.")] = None,
    tags: Annotated[
        list[str] | None, typer.Option("--tag", metavar="X", help="A tag, instead of those it has; empty: none.")
    ] = None,
    star: Annotated[bool | None, typer.Option("--star/--no-star", help="Mark it, or not.")] = None,
    as_json: _Json = False,
) -> int:
    """Give a call a title, tags or a star; without any, show what it has."""
    storage = storage_for(context, out)
    stored = storage.load_conversation(call)
    changes = {"title": title, "tags": tags, "starred": star}
    notes = stored.notes.model_copy(update={key: value for key, value in changes.items() if value is not None})
    call_id = stored.conversation.call_id
    if notes != stored.notes:
        notes = storage.annotate(call_id, notes).notes
    if as_json:
        print_json({"call_id": call_id, **notes.model_dump(mode="json")})
    else:
        print(f"{call_id}  {_noted(notes) or 'no notes'}")
    return 0


@app.command()
def delete(
    context: typer.Context,
    call: _Call,
    out: _Out = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> int:
    """Remove a call and everything of it."""
    from vcg_tui.errors import UsageError

    storage = storage_for(context, out)
    if not yes and not sys.stdin.isatty():
        raise UsageError(f"Nobody can be asked here whether to delete {call}.", "Add --yes to delete it unasked.")
    if not yes and not typer.confirm(f"Delete {call} for good?", err=True):
        typer.echo("vcg: nothing is deleted", err=True)
        return 1
    storage.delete_conversation(call)
    return 0


@app.command()
def recover(
    context: typer.Context,
    call: Annotated[str | None, typer.Argument(metavar="[CALL]", help="One call; none: all interrupted ones.")] = None,
    out: _Out = None,
    *,
    as_json: _Json = False,
) -> int:
    """Make interrupted calls whole, from their completed turns."""
    from vcg_tui.errors import StorageError

    storage = storage_for(context, out)
    if call is not None:
        ids = [call]
    else:
        ids = [found.call_id for found in storage.list_conversations() if found.state == "interrupted"]
    failed = False
    recovered: list[dict[str, object]] = []
    for call_id in ids:
        try:
            stored = storage.recover_conversation(call_id)
        except StorageError as error:
            typer.echo(f"vcg: {error}", err=True)
            failed = True
            continue
        conversation = stored.conversation
        recovered.append({"call_id": conversation.call_id, "path": stored.path, "turns": len(conversation.turns)})
        if not as_json:
            print(f"{conversation.call_id}  {len(conversation.turns)} turns  {stored.path}")
    if as_json:
        print_json(recovered)
    elif not ids:
        print("No call is interrupted.")
    return 1 if failed else 0


def _newest(calls: list[CallSummary], limit: int) -> list[CallSummary]:
    return calls[:limit] if limit else calls


def _noted(notes: CallNotes) -> str:
    star = ["★"] if notes.starred else []
    return " ".join([*star, *filter(None, [notes.title]), *(f"#{tag}" for tag in notes.tags)])


def _row(call: CallSummary) -> list[str]:
    return [
        call.call_id,
        call.state.replace("_", " "),
        call.customer,
        call.support,
        str(call.turns),
        "{}:{:02}".format(*divmod(round(call.duration_s), 60)),
        (call.end_reason or "").replace("_", " "),
        (call.outcome or "").replace("_", " ") or call.problem,
    ]
