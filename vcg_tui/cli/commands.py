"""The commands of ``vcg``: they parse, call services, print. No logic of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vcg_tui import __version__
from vcg_tui.cli import caching, configuration, conversations, generate, personas, sounds
from vcg_tui.cli.context import remember, settings_for
from vcg_tui.cli.running import guarded, in_a_terminal, run_app
from vcg_tui.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

app = typer.Typer(
    help="Make synthetic customer-support phone calls: two personas, two voices, sound, transcript and metrics.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("generate")(generate.generate)
app.add_typer(personas.app, name="personas")
app.command("voices")(sounds.voices)
app.command("preview")(sounds.preview)
app.add_typer(conversations.app, name="conversations")
app.add_typer(configuration.app, name="config")
app.add_typer(caching.app, name="cache")
app.command("doctor")(configuration.doctor)


def _show_version(asked: bool) -> None:
    if asked:
        print(f"vcg {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="Settings that go over the ones of your own.")
    ] = None,
    version: Annotated[  # noqa: ARG001 - answered by its callback
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Without a command: the app, or where there is no terminal, one call."""
    remember(context, config)
    if context.invoked_subcommand is not None:
        return
    if in_a_terminal():
        run_app(settings_for(context))
    else:
        generate.one_call(context)


def run(args: Sequence[str]) -> int:
    """Run one command; returns the exit code: 0, 1 for failure, 2 for usage."""
    return guarded(lambda: _parsed(args))


def _parsed(args: Sequence[str]) -> Any:
    try:
        return app(args=args, standalone_mode=False)
    except typer.Exit as leaving:
        return leaving.exit_code
    except typer.Abort as abort:
        raise KeyboardInterrupt from abort
    except Exception as error:
        # The parser's own errors know how to tell themselves.
        if tell := getattr(error, "format_message", None):
            told = str(tell()).rstrip(".")
            raise UsageError(f"{told}{'' if told.endswith('?') else '.'}", "See: vcg --help") from error
        raise
