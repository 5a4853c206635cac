"""Where things are: what is shipped with the program, and the person's own folders.

Nothing here reads or makes a file. The person's folders are the platform's usual ones; ``VCG_HOME`` names one folder
to hold all of them instead.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

APP_NAME = "vcg"
HOME_VARIABLE = "VCG_HOME"


def _shipped(name: str) -> Path:
    """What lies at the root of a checkout lies in ``shipped/`` inside an installed package."""
    package = Path(__file__).resolve().parent
    installed = package / "shipped"
    return (installed if installed.is_dir() else package.parent) / name


def shipped_personas() -> Path:
    """The folder of the shipped personas, with ``customers/`` and ``support/`` in it."""
    return _shipped("personas")


def shipped_themes() -> Path:
    """The folder of the shipped themes."""
    return _shipped("themes")


def shipped_config() -> Path:
    """The shipped ``config.yaml``: every setting, documented, at its default."""
    return _shipped("config.yaml")


def _home(environ: Mapping[str, str] | None) -> Path | None:
    value = (os.environ if environ is None else environ).get(HOME_VARIABLE, "").strip()
    return Path(value).expanduser().absolute() if value else None


def user_config_file(environ: Mapping[str, str] | None = None) -> Path:
    """The person's own ``config.yaml``; it need not exist. ``environ``: os.environ if None, here and below."""
    return _user_config_dir(environ) / "config.yaml"


def user_personas_dir(environ: Mapping[str, str] | None = None) -> Path:
    """The folder of the person's own personas; it need not exist."""
    return _user_config_dir(environ) / "personas"


def user_themes_dir(environ: Mapping[str, str] | None = None) -> Path:
    """The folder of the person's own themes; it need not exist."""
    return _user_config_dir(environ) / "themes"


def state_file(environ: Mapping[str, str] | None = None) -> Path:
    """The file in which the app remembers what was chosen in it; it need not exist."""
    home = _home(environ)
    if home is not None:
        return home / "state.json"
    from platformdirs import user_state_path

    return user_state_path(APP_NAME, appauthor=False) / "state.json"


def log_dir(environ: Mapping[str, str] | None = None) -> Path:
    """The folder for logs; it need not exist."""
    home = _home(environ)
    if home is not None:
        return home / "logs"
    from platformdirs import user_log_path

    return user_log_path(APP_NAME, appauthor=False)


def screenshots_dir(environ: Mapping[str, str] | None = None) -> Path:
    """The folder for pictures of the app; it need not exist."""
    home = _home(environ)
    if home is not None:
        return home / "screenshots"
    from platformdirs import user_data_path

    return user_data_path(APP_NAME, appauthor=False) / "screenshots"


def cache_dir(environ: Mapping[str, str] | None = None) -> Path:
    """The folder for what can be made again; it need not exist."""
    home = _home(environ)
    if home is not None:
        return home / "cache"
    from platformdirs import user_cache_path

    return user_cache_path(APP_NAME, appauthor=False)


def _user_config_dir(environ: Mapping[str, str] | None) -> Path:
    home = _home(environ)
    if home is not None:
        return home
    # imported here: it takes longer than everything else in this file
    from platformdirs import user_config_path

    return user_config_path(APP_NAME, appauthor=False)
