"""The ``vcg`` command: parses, calls services, prints. No logic of its own."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Annotated

import typer

from vcg_tui import __version__
from vcg_tui.cli import caching, configuration, conversations, generate, personas, sounds
from vcg_tui.cli.context import remember, settings_for

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
    if sys.stdin.isatty() and sys.stdout.isatty():
        # What a start brings into memory stays there: looking for garbage in it takes an eighth of the time to the
        # first paint. The app turns the collector on again.
        gc.disable()
        from vcg_tui.tui.app import run_app

        run_app(settings_for(context))
    else:
        generate.one_call(context)


def main() -> None:
    """Run ``vcg`` and leave with its exit code: 0, 1 for failure, 2 for usage."""
    from vcg_tui.cli.running import run

    sys.exit(run(app))
