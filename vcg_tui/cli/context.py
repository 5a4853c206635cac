"""What every command starts from: the settings as flags, files and environment make them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vcg_tui.config import Settings
    from vcg_tui.providers.base import StorageGateway


def remember(context: typer.Context, config: Path | None) -> None:
    """Keep what was given before the command."""
    context.obj = config


def settings_for(
    context: typer.Context,
    overrides: Mapping[str, Any] | None = None,
    flag_names: Mapping[str, str] | None = None,
) -> Settings:
    """The settings for this command.

    Args:
        context: the command's.
        overrides: what its flags set, nested like the settings; None in it means not given.
        flag_names: how the person typed a key, for messages.

    Raises:
        ConfigError: a file, variable or flag is wrong.
    """
    from vcg_tui.config import load_settings

    config = context.find_root().obj
    return load_settings(
        config_file=config if isinstance(config, Path) else None, overrides=overrides, flag_names=flag_names
    )


def storage_for(context: typer.Context, out: Path | None = None) -> StorageGateway:
    """The storage that the settings name, or one in this folder.

    Raises:
        ConfigError: there is no such storage.
    """
    from vcg_tui.services.provider_factory import ProviderFactory

    overrides = {"storage": {"local": {"base_path": out}}} if out is not None else None
    settings = settings_for(context, overrides, {"storage.local.base_path": "--out"})
    return ProviderFactory(settings).storage()
