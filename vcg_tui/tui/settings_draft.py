"""What the Settings screen can set: the table of it, how a value is read, checked, written and taken over."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from pydantic import BaseModel, ValidationError

from vcg_tui.config import DEFAULT_ORIGIN, Settings, explain
from vcg_tui.errors import ConfigError, plainly
from vcg_tui.paths import shipped_config, user_config_file
from vcg_tui.services.provider_factory import known
from vcg_tui.services.yaml_editing import edit_file
from vcg_tui.tui.folders import shown_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vcg_tui.services.yaml_editing import KeyPath
    from vcg_tui.tui.widgets.form_field import FieldValue

SAME = "same as Text"
"""The choice by which the customer's side is written by what writes the support agent's."""
_AS_TEXT = "as in Text"
"""Shown in the customer's other fields meanwhile."""
KEYMAP = "tui.keymap."
"""Before an action's id: the setting that holds its keys."""

Kind = Literal["text", "number", "choice", "switch", "device", "volume"]


@dataclass(frozen=True, slots=True)
class ShownSetting:
    """A setting in the screen; ``example`` is shown while it is empty."""

    key: str
    label: str
    kind: Kind
    section: str
    hint: str
    example: str = ""


def _provider(prefix: str, section: str, what: str) -> tuple[ShownSetting, ...]:
    own = "the provider's own"
    chosen = "Choosing another one clears model and address."
    address = "Of a server that works like the provider's; empty: the provider's own."
    waits = "Seconds that a request may take without a sign of life."
    return (
        ShownSetting(f"{prefix}.type", what, "choice", section, chosen),
        ShownSetting(f"{prefix}.model", "model", "text", section, "The model's name; empty: the provider's own.", own),
        ShownSetting(f"{prefix}.base_url", "address", "text", section, address, own),
        ShownSetting(f"{prefix}.timeout_s", "timeout (s)", "number", section, waits),
        ShownSetting(f"{prefix}.retries", "retries", "number", section, "How often a failed request is sent again."),
    )


SECTIONS = ("Text", "Customer text", "Speech", "Service keys", "Sound", "Calls", "Cache", "Theme", "Keymap")
_SEED = "An offline call comes out the same with the same seed."
_COST = "A call ends before the turn that would cost more, where prices are known."
_AHEAD = "Seconds of sound that are made ahead of what is heard."
_ANSWERS = "Keeps each answer, so that the same request is never paid for twice."
SHOWN: tuple[ShownSetting, ...] = (
    *_provider("providers.llm", "Text", "written by"),
    *_provider("providers.customer_llm", "Customer text", "written by"),
    *_provider("providers.tts", "Speech", "spoken by"),
    ShownSetting("audio.play", "hear calls", "switch", "Sound", "Whether calls are heard while they are made."),
    ShownSetting("audio.device", "device", "device", "Sound", "Output device for calls."),
    ShownSetting("audio.volume", "volume (%)", "volume", "Sound", "0 to 100. Recordings are stored at full volume."),
    ShownSetting("call.max_turns", "max turns", "number", "Calls", "A call ends after this many turns of both sides."),
    ShownSetting("call.max_minutes", "max minutes", "number", "Calls", "A call ends after this many minutes of sound."),
    ShownSetting(
        "call.language",
        "language",
        "text",
        "Calls",
        "A code such as de; empty: the personas' own.",
        "the personas' own",
    ),
    ShownSetting("call.seed", "seed", "number", "Calls", _SEED, "by chance"),
    ShownSetting("call.max_cost", "max cost ($)", "number", "Calls", _COST, "no limit"),
    ShownSetting("call.lookahead_s", "buffer ahead (s)", "number", "Calls", _AHEAD),
    ShownSetting("cache.enabled", "keep answers", "switch", "Cache", _ANSWERS),
    ShownSetting(
        "cache.path",
        "folder",
        "text",
        "Cache",
        "Where answers are kept; empty: the system's folder for caches.",
        "the system's own",
    ),
)
_OF_THE_TYPE = ("model", "base_url", "options")
_ASK_NO_SERVICE = ("offline", "espeak")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
KEYS = (
    ("openai_api_key", "OPENAI_API_KEY", "openai, openai-realtime"),
    ("elevenlabs_api_key", "ELEVENLABS_API_KEY", "elevenlabs"),
    ("anthropic_api_key", "ANTHROPIC_API_KEY", "anthropic"),
)
"""Each secret's name in the settings, its variable, and the providers that need it."""


@dataclass(frozen=True, slots=True)
class Change:
    """Values to write, keys to take out, and the settings they make.

    Attributes:
        settings: as they are now, but for what is hidden.
        hidden: what hides a written value, by key.
    """

    values: dict[str, Any]
    removed: tuple[str, ...]
    settings: Settings
    hidden: dict[str, str]

    def write(self) -> Path:
        """Write the person's own file; returns it.

        Raises:
            UsageError: it can't be read or written, or is no YAML.
        """
        file = user_config_file()
        edit_file(file, {_path(key): value for key, value in self.values.items()}, map(_path, self.removed))
        return file


def shown_value(settings: Settings, setting: ShownSetting) -> FieldValue:
    """A setting as its field shows it."""
    if setting.key == "providers.customer_llm.type" and settings.providers.customer_llm is None:
        return SAME
    value = _value(settings, setting.key)
    if setting.kind == "switch":
        return bool(value)
    if value is None:
        return ""
    if setting.kind == "volume":
        return f"{float(value) * 100:g}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def unused(settings: Settings, key: str) -> str:
    """What a provider's field says while nothing reads its setting; empty: something does."""
    section, _, name = key.rpartition(".")
    if section == "providers.customer_llm" and name != "type" and settings.providers.customer_llm is None:
        return _AS_TEXT
    if name not in _OF_THE_TYPE or _value(settings, key):
        return ""  # one that is set can be emptied
    chosen = _value(settings, f"{section}.type")
    return f"not used by {chosen}" if chosen in _ASK_NO_SERVICE else ""


def choices_for(setting: ShownSetting) -> list[tuple[str, str]]:
    """What a choice offers: the registered providers."""
    names = known("tts" if ".tts." in setting.key else "llm")
    first = [(SAME, SAME)] if ".customer_llm." in setting.key else []
    return [*first, *((name, name) for name in names)]


def read(settings: Settings, setting: ShownSetting, value: FieldValue) -> Change:
    """What a filled-in field changes.

    Raises:
        ConfigError: the value is wrong; one line.
    """
    section = setting.key.rpartition(".")[0]
    if setting.kind == "choice":
        if value == SAME:
            return changed(settings, {section: None})
        # what belonged to the old provider goes
        gone = tuple(f"{section}.{name}" for name in _OF_THE_TYPE)
        return changed(settings, {setting.key: value}, gone)
    plain: Any = value.strip() or None if isinstance(value, str) else value
    if isinstance(plain, str) and setting.kind in {"number", "volume"} and _NUMBER.fullmatch(plain):
        plain = float(plain) if "." in plain else int(plain)
    if setting.kind == "volume" and isinstance(plain, int | float):
        if not 0 <= plain <= 100:
            raise ConfigError("must be from 0 to 100")
        plain = round(plain / 100, 4)
    if setting.kind == "device" and isinstance(plain, str) and plain.isdigit():
        plain = int(plain)
    return changed(settings, {setting.key: plain})


def to_default(settings: Settings, key: str) -> Change:
    """What taking a key out of the person's file changes.

    Raises:
        ConfigError: the default does not go with the rest.
    """
    if key == "providers.customer_llm.type":
        key = "providers.customer_llm"
    if key == "providers.llm.type":
        return changed(settings, {}, (key, *(f"providers.llm.{name}" for name in _OF_THE_TYPE)))
    return changed(settings, {}, (key,))


def changed(settings: Settings, values: Mapping[str, Any], removed: tuple[str, ...] = ()) -> Change:
    """Settings with some changes, checked by the settings' own models.

    Raises:
        ConfigError: a value is wrong.
    """
    origins = {key: origin for key, _, origin in explain(settings)}
    hidden = {key: by for key in values if (by := hidden_by(settings, key))}
    # everything is checked, also what is hidden now: it is written, and counts one day
    _checked(settings, values, removed)
    open_values = {key: value for key, value in values.items() if key not in hidden}
    open_removed = tuple(key for key in removed if not hidden_by(settings, key))
    new = _checked(settings, open_values, open_removed)
    origins.update(dict.fromkeys(open_values, shown_file()))
    for key in open_removed:
        origins.pop(key, None)
    return Change(dict(values), removed, new.with_origins(origins), hidden)


def hidden_by(settings: Settings, key: str) -> str:
    """What is stronger than the person's own file and names this key; empty: nothing."""
    for name in (key, *(each for each, _, _ in explain(settings) if each.startswith(f"{key}."))):
        origin = settings.origin(name)
        if not (origin == DEFAULT_ORIGIN or _is(origin, user_config_file()) or _is(origin, shipped_config())):
            return origin
    return ""


def origin_told(settings: Settings, key: str) -> str:
    """Where a value comes from, in a word or two."""
    origin = settings.origin(key)
    if origin == DEFAULT_ORIGIN or _is(origin, shipped_config()):
        return "default"
    return "yours" if _is(origin, user_config_file()) else origin


def shown_file() -> str:
    """The person's own file, as settings name it as an origin."""
    return shown_path(user_config_file())


def _checked(settings: Settings, values: Mapping[str, Any], removed: tuple[str, ...]) -> Settings:
    data = settings.model_dump()
    for key in removed:
        if key.startswith(KEYMAP):
            data["tui"]["keymap"].pop(key.removeprefix(KEYMAP), None)
        else:
            _put(data, key, _value(Settings(), key))
    for key, value in values.items():
        _put(data, key, value)
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise ConfigError(plainly(first["type"], first["msg"])) from None


def _put(data: dict[str, Any], key: str, value: object) -> None:
    *way, name = _path(key)
    for each in way:
        inner = data.get(each)
        if not isinstance(inner, dict):
            inner = data[each] = {}
        data = cast("dict[str, Any]", inner)
    data[name] = value


def _value(settings: Settings, key: str) -> Any:
    value: Any = settings
    for name in _path(key):
        if isinstance(value, BaseModel):
            value = getattr(value, name)
        else:
            value = cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None
    return {} if value is None and key.endswith(".options") else value


def _path(key: str) -> KeyPath:
    return tuple(key.split("."))


def _is(origin: str, file: Path) -> bool:
    return os.path.abspath(os.path.expanduser(origin)) == os.path.abspath(file)  # noqa: PTH100, PTH111 - an origin may be no path at all
