"""Where settings are read, how the layers are laid over each other, and how a mistake in one is told.

A layer is flat: key paths to values with their origins. It is checked for unknown names when it is read, so that a
message can name the file or variable; values are checked once, when everything has been laid together.
"""

from __future__ import annotations

import difflib
import json
import os
import re
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar, cast, get_args, get_origin

import yaml
from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import BaseModel, SecretStr, ValidationError, create_model
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsError

from vcg_tui import paths
from vcg_tui.errors import ConfigError

PREFIX = "VCG_"
DELIMITER = "__"
SHORT_NAMES = {
    "LLM_PROVIDER": "VCG_PROVIDERS__LLM__TYPE",
    "LLM_MODEL": "VCG_PROVIDERS__LLM__MODEL",
    "LLM_BASE_URL": "VCG_PROVIDERS__LLM__BASE_URL",
    "TTS_PROVIDER": "VCG_PROVIDERS__TTS__TYPE",
    "TTS_MODEL": "VCG_PROVIDERS__TTS__MODEL",
    "TTS_BASE_URL": "VCG_PROVIDERS__TTS__BASE_URL",
    "STORAGE_TYPE": "VCG_STORAGE__TYPE",
    "STORAGE_BASE_PATH": "VCG_STORAGE__LOCAL__BASE_PATH",
    "OPENAI_API_KEY": "VCG_KEYS__OPENAI_API_KEY",
    "ELEVENLABS_API_KEY": "VCG_KEYS__ELEVENLABS_API_KEY",
}
"""The variables with names of their own; the long name wins where both are set."""

SECRETS_SECTION = "keys"
SECRETS_REMEDY = "Set OPENAI_API_KEY or ELEVENLABS_API_KEY in the environment or in .env.local instead."
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


# ------------------------------------------------------------------ reading


def gather(
    model: type[BaseModel],
    *,
    config_file: Path | None,
    overrides: Mapping[str, Any],
    flag_names: Mapping[str, str],
    environ: Mapping[str, str] | None,
    cwd: Path | None,
) -> list[Layer]:
    """All layers, the weakest first; the arguments are those of `vcg_tui.config.load_settings`.

    Raises:
        ConfigError: a file can't be read, or a key is unknown.
    """
    environ = os.environ if environ is None else environ
    cwd = Path.cwd() if cwd is None else cwd
    files = [file for file in (paths.shipped_config(), paths.user_config_file(environ)) if file.exists()]
    if config_file is not None:
        files.append(config_file)
    dotenvs = [cwd / name for name in (".env", ".env.local") if (cwd / name).is_file()]
    return [
        *(_from_yaml(model, file, _shown_path(file, cwd)) for file in files),
        *(_from_variables(model, _read_dotenv(file), f"{file.name}: ") for file in dotenvs),
        # the folders were already taken from this variable above, and it is no setting
        _from_variables(model, {name: environ[name] for name in environ if name != paths.HOME_VARIABLE}, ""),
        _from_flags(model, overrides, flag_names),
    ]


def _from_yaml(model: type[BaseModel], file: Path, shown: str) -> Layer:
    try:
        data: object = yaml.load(file.read_text(encoding="utf-8-sig"), Loader=_UniqueKeysLoader)
    except FileNotFoundError:
        raise ConfigError(f"{shown}: there is no such file.") from None
    except OSError as error:
        raise ConfigError(f"{shown}: can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{shown}: is not UTF-8 text.") from error
    except yaml.MarkedYAMLError as error:
        line = f"{shown}:{error.problem_mark.line + 1}" if error.problem_mark else shown
        raise ConfigError(f"{line}: is not valid YAML: {error.problem or error.context}.") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{shown}: is not valid YAML: {str(error).splitlines()[0]}.") from error
    if data is None:
        return {}
    layer = {path: Given(value, shown) for path, value in _flat(model, data, shown)}
    _refuse_secrets(layer)
    return layer


class _UniqueKeysLoader(yaml.SafeLoader):
    """Refuses a key that is there twice, where YAML would take the last one in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            if isinstance(key_node, yaml.ScalarNode):
                if key_node.value in seen and key_node.tag != "tag:yaml.org,2002:merge":
                    problem = f"the key {key_node.value} is there twice"
                    raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
                seen.add(key_node.value)
        return super().construct_mapping(node, deep)


def _read_dotenv(file: Path) -> dict[str, str]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{file.name}: can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file.name}: is not UTF-8 text.") from error
    for binding in parse_stream(StringIO(text)):
        if binding.error:
            raise ConfigError(f"{file.name}:{binding.original.line}: is not a line of the form NAME=value.")
    variables = {name: value for name, value in dotenv_values(stream=StringIO(text)).items() if value is not None}
    if paths.HOME_VARIABLE in variables:
        raise ConfigError(
            f"{file.name}: {paths.HOME_VARIABLE} says where files are, so it can't be in one.",
            "Set it in the environment.",
        )
    return variables


def _from_variables(model: type[BaseModel], variables: Mapping[str, str], where: str) -> Layer:
    wanted: list[tuple[str, str]] = []
    for name, value in variables.items():
        if not value.strip():
            continue
        if name in SHORT_NAMES:
            wanted.insert(0, (name, value))
        elif name.startswith(PREFIX):
            wanted.append((name, value))
    if not wanted:
        return {}
    reader = create_model("Reader", __base__=(model, BaseSettings))
    source = EnvSettingsSource(cast("type[BaseSettings]", reader), env_prefix=PREFIX, env_nested_delimiter=DELIMITER)
    layer: Layer = {}
    for name, value in wanted:
        origin = f"{where}{name}"
        long_name = SHORT_NAMES.get(name, name)
        path = tuple(long_name.removeprefix(PREFIX).lower().split(DELIMITER))
        if not _exists(model, path):
            _refuse_variable(model, name, origin)
        data: dict[str, Any] = {}
        if value.strip() == "null":
            for part in reversed(path):
                data = {part: data or None}
        else:
            # one variable at a time: only so a mistake, and a value's origin, can be told by its name
            source.env_vars = {long_name.lower(): value}
            try:
                data = source()
            except SettingsError as error:
                raise ConfigError(f"{origin}: {'.'.join(path)}: is not valid JSON.") from error
        for found, given in _flat(model, data, origin):
            layer[found] = Given(_typed_option(found, given), origin)
    return layer


def _typed_option(path: KeyPath, value: object) -> object:
    """An option of a provider has no declared type, so its text is read as it would be in a YAML file."""
    if "options" not in path or not isinstance(value, str):
        return value
    try:
        return cast("object", yaml.safe_load(value))
    except yaml.YAMLError:
        return value


def _refuse_variable(model: type[BaseModel], name: str, origin: str) -> NoReturn:
    names = [PREFIX + DELIMITER.join(path).upper() for path in _all_keys(model)]
    nearest = difflib.get_close_matches(name, [*names, *SHORT_NAMES, paths.HOME_VARIABLE], n=1)
    raise ConfigError(
        f"{origin}: there is no setting by this name.",
        f"Did you mean {nearest[0]}?" if nearest else "`vcg config show` lists the settings.",
    )


def _from_flags(model: type[BaseModel], overrides: Mapping[str, Any], flag_names: Mapping[str, str]) -> Layer:
    layer: Layer = {}
    for path, value in _flat(model, _without_none(overrides), "command line"):
        layer[path] = Given(value, flag_names.get(".".join(path), "command line"))
    _refuse_secrets(layer)
    return layer


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _without_none(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else value
        for key, value in values.items()
        if value is not None
    }


def _refuse_secrets(layer: Layer) -> None:
    for path, (_, origin) in layer.items():
        if path[0] == SECRETS_SECTION:
            raise ConfigError(f"{origin}: {'.'.join(path)}: a secret can't be given here.", SECRETS_REMEDY)


def _shown_path(file: Path, cwd: Path) -> str:
    """As short as it is unmistakable."""
    if file.is_relative_to(cwd):
        return str(file.relative_to(cwd))
    home = Path.home()
    return f"~/{file.relative_to(home).as_posix()}" if file.is_relative_to(home) else str(file)


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


def _all_keys(model: type[BaseModel], prefix: KeyPath = ()) -> Iterator[KeyPath]:
    for name, field in model.model_fields.items():
        section = _section(field.annotation)
        if section is None:
            yield (*prefix, name)
        else:
            yield from _all_keys(section, (*prefix, name))


def _exists(model: type[BaseModel], path: KeyPath) -> bool:
    section: type[BaseModel] | None = model
    for index, name in enumerate(path):
        if section is None or name not in section.model_fields:
            return False
        annotation = section.model_fields[name].annotation
        if _is_free(annotation):
            return len(path) - index <= 2  # the mapping itself, or one name in it
        section = _section(annotation)
    return True


def _flat(model: type[BaseModel], data: object, origin: str, prefix: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
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
                yield from _flat(section, value, origin, path)
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
    hint = f"Did you mean {nearest[0]}?" if nearest else f"There are {', '.join(model.model_fields)}."
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
    while path and not _exists(model, path):
        path = path[:-1]  # pydantic adds the members of a union
    origin = laid[path].origin if path in laid else "settings"
    shown = "" if path[-1] in _OF_THE_TYPE or path[0] == SECRETS_SECTION else f"{first['input']!r} "
    what = re.sub(r"^(Input|Value error,) ", "", first["msg"])
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
