"""What a call needs, examined: each finding with its remedy."""

from __future__ import annotations

import os
import platform
import tempfile
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from vcg_tui import __version__
from vcg_tui.audio.player import list_devices
from vcg_tui.errors import AudioDeviceError, VcgError
from vcg_tui.paths import log_dir, user_config_file, user_personas_dir
from vcg_tui.services.persona_service import PersonaService
from vcg_tui.services.provider_factory import ProviderFactory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vcg_tui.config import Settings

# Providers that are of no use without a key, and the variable that holds it.
_KEYS = {"openai": "OPENAI_API_KEY", "elevenlabs": "ELEVENLABS_API_KEY"}
_PACKAGES = ("textual", "openai", "elevenlabs", "espeakng-loader", "numpy", "sounddevice", "soxr")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    state: Literal["ok", "note", "bad"]
    found: str
    remedy: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The finding as plain data."""
        return asdict(self)


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; nothing is sent anywhere, nothing is left behind."""
    return [
        *_versions(),
        *_providers(settings),
        *_keys(settings),
        _personas(settings),
        _sound(settings),
        _folder("calls", settings.storage.local.base_path),
        _folder("your personas", user_personas_dir()),
        _folder("logs", log_dir()),
        _config(),
    ]


def _versions() -> Iterator[Finding]:
    yield Finding("vcg", "ok", f"{__version__}, Python {platform.python_version()}, {platform.platform(terse=True)}")
    found: list[str] = []
    for package in _PACKAGES:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            yield Finding(package, "bad", "not installed", f"pip install {package}")
    yield Finding("packages", "ok", ", ".join(found))


def _providers(settings: Settings) -> Iterator[Finding]:
    chosen = settings.providers
    named = [("text, support", chosen.llm), ("text, customer", chosen.customer), ("speech", chosen.tts)]
    try:
        ProviderFactory(settings).providers()
    except VcgError as error:
        yield Finding("providers", "bad", error.message, error.hint)
        return
    for what, provider in named:
        model = f", model {provider.model}" if provider.model else ""
        where = f", at {provider.base_url}" if provider.base_url else ""
        note = " (simulated, no key, no network)" if provider.type == "offline" else ""
        yield Finding(what, "ok", f"{provider.type}{note}{model}{where}")


def _keys(settings: Settings) -> Iterator[Finding]:
    present = {
        "openai": settings.keys.openai_api_key is not None,
        "elevenlabs": settings.keys.elevenlabs_api_key is not None,
    }
    chosen = settings.providers
    for name, variable in _KEYS.items():
        users = [each for each in (chosen.llm, chosen.customer, chosen.tts) if each.type == name]
        if present[name]:
            yield Finding(variable, "ok", "set")
        elif any(user.base_url is None for user in users):
            yield Finding(variable, "bad", f"not set, and {name} is chosen", f"Put {variable}=... into .env.local")
        else:
            yield Finding(variable, "note", f"not set; needed for {name} only")


def _personas(settings: Settings) -> Finding:
    try:
        service = PersonaService.from_settings(settings)
    except VcgError as error:
        return Finding("personas", "bad", error.message, error.hint)
    found = f"{len(service.customers)} customers, {len(service.supports)} support agents"
    if service.problems:
        broken = len({problem.path for problem in service.problems})
        return Finding("personas", "note", f"{found}, {broken} broken", "See: vcg personas validate")
    return Finding("personas", "ok", found)


def _sound(settings: Settings) -> Finding:
    try:
        devices = list_devices()
    except AudioDeviceError as error:
        return Finding("sound", "note", error.message, error.hint)
    if not devices:
        return Finding("sound", "note", "no output device", "Calls are made and kept without being heard.")
    names = [device.name + (" (default)" if device.default else "") for device in devices]
    wanted = settings.audio.device
    if wanted is not None and not any(wanted == each.index or str(wanted) in each.name for each in devices):
        return Finding("sound", "bad", f"there is no device {wanted!r}", f"There are: {', '.join(names)}")
    return Finding("sound", "ok", ", ".join(names))


def _folder(what: str, path: Path) -> Finding:
    """Whether files can be made in a folder, or it can itself be made."""
    nearest = path.absolute()
    while not nearest.exists() and nearest != nearest.parent:
        nearest = nearest.parent
    there = nearest == path.absolute()
    try:
        if there:
            with tempfile.TemporaryFile(dir=nearest):
                pass
        elif not (nearest.is_dir() and os.access(nearest, os.W_OK)):
            raise PermissionError(13, "no permission")
    except OSError as error:
        return Finding(
            what, "bad", f"{path} can't be written to: {error.strerror}", "Give yourself write access to it."
        )
    return Finding(what, "ok", str(path) if there else f"{path} (will be made)")


def _config() -> Finding:
    file = user_config_file()
    return Finding("your settings", "ok", str(file) if file.is_file() else f"{file} (none yet; defaults apply)")
