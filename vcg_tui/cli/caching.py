"""``vcg cache``: what is kept of real providers' answers."""

from __future__ import annotations

from typing import Annotated

import typer

from vcg_tui.cli.context import settings_for
from vcg_tui.cli.printing import print_json
from vcg_tui.errors import VcgError

app = typer.Typer(
    help="Text and speech kept so that nothing is paid twice.", no_args_is_help=True, rich_markup_mode=None
)

_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.command()
def info(context: typer.Context, *, as_json: _Json = False) -> int:
    """Where the cache is, and what it holds."""
    from vcg_tui.providers.cache import cache_info
    from vcg_tui.services.provider_factory import cache_folder

    settings = settings_for(context)
    held = cache_info(cache_folder(settings))
    if as_json:
        print_json(
            {
                "enabled": settings.cache.enabled,
                "path": str(held.path),
                "texts": held.texts,
                "utterances": held.utterances,
                "bytes": held.size,
            }
        )
        return 0
    print(f"{held.path}: {held.texts} texts, {held.utterances} utterances, {held.size / 1e6:.1f} MB")
    if not settings.cache.enabled:
        print("It is not used: set cache.enabled to true in your settings, or VCG_CACHE__ENABLED=true.")
    return 0


@app.command()
def clear(context: typer.Context) -> int:
    """Forget everything in the cache."""
    from vcg_tui.providers.cache import clear_cache
    from vcg_tui.services.provider_factory import cache_folder

    folder = cache_folder(settings_for(context))
    try:
        clear_cache(folder)
    except OSError as error:
        raise VcgError(f"The cache in {folder} can't be cleared: {error.strerror}.", "Remove it by hand.") from error
    return 0
