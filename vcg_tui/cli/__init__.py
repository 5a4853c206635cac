"""The ``vcg`` command."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run ``vcg`` and leave with its exit code: 0, 1 for failure, 2 for usage."""
    # Our models need nobody's plugins, and pydantic looks for them in all that is installed: a twentieth of the time to
    # the app.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")
    from vcg_tui.cli.running import guarded, in_a_terminal, run_app

    args = sys.argv[1:]
    if not args and in_a_terminal():
        sys.exit(guarded(run_app))  # nothing to parse: loading the parser would be a tenth of the time to the app
    from vcg_tui.cli.commands import run

    sys.exit(run(args))
