"""How layers of settings are checked, laid over each other and shown.

A layer is flat: key paths to values with their origins. It is checked for unknown names when it is read, so that a
message can name the file or variable; values are checked once, when everything has been laid together.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError

from vcg_tui.errors import ConfigError, plainly

SECRETS_SECTION = "keys"
SECRETS_REMEDY = (
    "Set OPENAI_API_KEY, ELEVENLABS_API_KEY or ANTHROPIC_API_KEY in the environment or in .env.local instead."
)
_SECRET_NAME = re.compile(r"(api_?key|secret|password|token$|^authorization$|^headers$)", re.IGNORECASE)
_API_KEY_NAME = re.compile(r"^(\w+_)?api_?key$", re.IGNORECASE)
_PASSWORD_IN_URL = re.compile(r"//[^/@]*@")

_LLM = ("providers", "llm")
_CUSTOMER_LLM = ("providers", "customer_llm")
_PROVIDER_SECTIONS = (_LLM, _CUSTOMER_LLM, ("providers", "tts"))
_OF_THE_TYPE = ("model", "base_url", "options")

KeyPath = tuple[str, ...]
Model = TypeVar("Model", bound=BaseModel)


class Given(NamedTuple):
    """A value and where it was given."""

    value: Any
    origin: str


Layer = dict[KeyPath, Given]


# ------------------------------------------------------------------ the shape of the settings


def _section(annotation: object) -> type[BaseModel] | None:
    """The model of a section; None for a plain setting."""
    for candidate in (annotation, *cast("tuple[object, ...]", get_args(annotation))):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def _is_free(annotation: object) -> bool:
    """Whether a setting is a mapping with names of its own."""
    return get_origin(annotation) is dict


def all_keys(model: type[BaseModel], prefix: KeyPath = ()) -> Iterator[KeyPath]:
    """Every setting there is."""
    for name, field in model.model_fields.items():
        section = _section(field.annotation)
        if section is None:
            yield (*prefix, name)
        else:
            yield from all_keys(section, (*prefix, name))


def exists(model: type[BaseModel], path: KeyPath) -> bool:
    """Whether there is a setting or section by this path."""
    section: type[BaseModel] | None = model
    for index, name in enumerate(path):
        if section is None or name not in section.model_fields:
            return False
        annotation = section.model_fields[name].annotation
        if _is_free(annotation):
            return len(path) - index <= 2  # the mapping itself, or one name in it
        section = _section(annotation)
    return True


def flat(model: type[BaseModel], data: object, origin: str, prefix: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """The given settings, one by one; raises ConfigError for a name that does not exist."""
    values = _mapping(data, origin, prefix, f"must be a section with {', '.join(model.model_fields)}")
    for name, value in values.items():
        path = (*prefix, name)
        if name not in model.model_fields:
            _refuse_key(model, path, origin)
        field = model.model_fields[name]
        section = _section(field.annotation)
        if section is not None:
            if value is not None:
                yield from flat(section, value, origin, path)
            elif field.default is None:
                yield path, None  # a section that may be switched off
        elif _is_free(field.annotation):
            for option, given in _mapping(value or {}, origin, path, "must be a mapping of names to values").items():
                if _API_KEY_NAME.match(option):
                    raise ConfigError(f"{origin}: {'.'.join(path)}.{option}: is a secret.", SECRETS_REMEDY)
                yield (*path, option), given
        else:
            yield path, value


def _mapping(data: object, origin: str, path: KeyPath, wanted: str) -> dict[str, Any]:
    where = ": ".join([origin, ".".join(path)] if path else [origin])
    if not isinstance(data, Mapping):
        raise ConfigError(f"{where}: {wanted}.")
    values = cast("Mapping[object, Any]", data)
    for name in values:
        if not isinstance(name, str):
            raise ConfigError(f"{where}: the name {name!r} must be text.", "Put it in quotes.")
    return cast("dict[str, Any]", dict(values))


def _refuse_key(model: type[BaseModel], path: KeyPath, origin: str) -> NoReturn:
    what = f"{origin}: {'.'.join(path)}: there is no such setting."
    if _API_KEY_NAME.match(path[-1]):
        raise ConfigError(what, SECRETS_REMEDY)
    nearest = difflib.get_close_matches(path[-1].lower(), model.model_fields, n=1)
    names = list(model.model_fields)
    there = f"There are {', '.join(names)}." if len(names) > 1 else f"There is only {names[0]}."
    hint = f"Did you mean {nearest[0]}?" if nearest else there
    raise ConfigError(what, hint)


# ------------------------------------------------------------------ laying together


def validated(model: type[Model], layers: list[Layer]) -> tuple[Model, dict[str, str]]:
    """The settings that the layers make, and each given key's origin.

    Raises:
        ConfigError: a value is wrong.
    """
    laid: Layer = {}
    for layer in layers:
        laid = _laid_over(laid, layer)
    if _named(laid, _CUSTOMER_LLM) and (*_CUSTOMER_LLM, "type") not in laid:
        # without a type of its own it is the same service, differing only in what is named
        inherited = {(*_CUSTOMER_LLM, *path[2:]): given for path, given in laid.items() if path[:2] == _LLM}
        laid = inherited | laid
    try:
        settings = model.model_validate(_nested(laid))
    except ValidationError as error:
        raise _told(model, error, laid) from None
    return settings, {".".join(path): given.origin for path, given in laid.items()}


def _laid_over(below: Layer, above: Layer) -> Layer:
    """One layer over another. What belongs to a provider's type goes when the type changes."""
    # a section that was switched off comes back with any key of it, and goes with a null
    kept = {
        path: given
        for path, given in below.items()
        if not any(path == other[: len(path)] or other == path[: len(other)] for other in above)
    }
    merged = kept | above
    for section in _PROVIDER_SECTIONS:
        if _type(below, section) != _type(merged, section):
            for path in kept:
                if path[:2] == section and len(path) > 2 and path[2] in _OF_THE_TYPE:
                    del merged[path]
    return merged


def _type(layer: Layer, section: KeyPath) -> str:
    given = layer.get((*section, "type"))
    if given is not None:
        return str(given.value).strip().lower()
    return _type(layer, _LLM) if section == _CUSTOMER_LLM else ""


def _named(layer: Layer, section: KeyPath) -> bool:
    return any(path[:2] == section and len(path) > 2 for path in layer)


def _nested(layer: Layer) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for path, given in layer.items():
        target = nested
        for part in path[:-1]:
            target = target.setdefault(part, {})
        target[path[-1]] = given.value
    return nested


def _told(model: type[BaseModel], error: ValidationError, laid: Layer) -> ConfigError:
    """A value's mistake in one line; the value itself only where it can't be a secret."""
    first = error.errors(include_url=False, include_context=False)[0]
    path = tuple(str(part) for part in first["loc"])
    while path and not exists(model, path):
        path = path[:-1]  # pydantic adds the members of a union
    origin = laid[path].origin if path in laid else "settings"
    shown = "" if path[-1] in _OF_THE_TYPE or path[0] == SECRETS_SECTION else f"{first['input']!r} "
    what = plainly(first["type"], first["msg"])
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return ConfigError(f"{origin}: {'.'.join(path)}: {shown}{what}.{more}")


# ------------------------------------------------------------------ showing


def shown_rows(settings: BaseModel, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every key with its value as it may be shown."""
    for name, field in type(settings).model_fields.items():
        value: object = getattr(settings, name)
        key = f"{prefix}{name}"
        if isinstance(value, BaseModel):
            yield from shown_rows(value, f"{key}.")
        elif prefix.startswith(SECRETS_SECTION):
            yield key, "set" if isinstance(value, SecretStr) and value.get_secret_value() else "not set"
        elif _is_free(field.annotation) and value:
            for option, given in cast("dict[str, object]", value).items():
                yield f"{key}.{option}", _shown(given, secret=bool(_SECRET_NAME.search(option)))
        else:
            yield key, _shown(value)


def _shown(value: object, *, secret: bool = False) -> str:
    if secret:
        return "set"
    if isinstance(value, str | Path):
        return _PASSWORD_IN_URL.sub("//...@", str(value))
    return json.dumps(value, default=str, ensure_ascii=False)
