"""What a call needs, examined: each finding with its remedy."""

from __future__ import annotations

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
_KEYS = {
    "OPENAI_API_KEY": ("openai", "openai-realtime"),
    "ELEVENLABS_API_KEY": ("elevenlabs",),
    "ANTHROPIC_API_KEY": ("anthropic",),
}
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
    chosen = settings.providers
    in_use = [each for each in (chosen.llm, chosen.customer, chosen.tts) if each.base_url is None]
    for variable, names in _KEYS.items():
        users = sorted({each.type for each in in_use if each.type in names})
        if getattr(settings.keys, variable.lower()) is not None:
            yield Finding(variable, "ok", "set")
        elif users:
            remedy = f"Put {variable}=... into .env.local"
            yield Finding(variable, "bad", f"not set, and {', '.join(users)} is chosen", remedy)
        else:
            yield Finding(variable, "note", f"not set; needed for {', '.join(names)} only")


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


def why_unwritable(folder: Path) -> OSError | None:
    """Why nothing can be put into a folder, which need not exist yet; None if it can. Nothing is left behind."""
    try:
        nearest = folder.absolute()
        while not nearest.exists() and nearest != nearest.parent:
            nearest = nearest.parent
        # Trying is the only way to know: root passes every look at permissions, and some file systems take nothing.
        with tempfile.TemporaryDirectory(dir=nearest, prefix=".vcg-"):
            return None
    except OSError as error:
        return error


def _folder(what: str, path: Path) -> Finding:
    if error := why_unwritable(path):
        return Finding(
            what, "bad", f"{path} can't be written to: {error.strerror}", "Give yourself write access to it."
        )
    return Finding(what, "ok", str(path) if path.exists() else f"{path} (will be made)")


def _config() -> Finding:
    file = user_config_file()
    return Finding("your settings", "ok", str(file) if file.is_file() else f"{file} (none yet; defaults apply)")
