"""Where settings are read: files, variables, flags, each made into a layer."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any, NoReturn, cast

import yaml
from pydantic import BaseModel, create_model

from vcg_tui import paths
from vcg_tui.errors import ConfigError
from vcg_tui.settings_layers import SECRETS_REMEDY, SECRETS_SECTION, Given, KeyPath, Layer, all_keys, exists, flat
from vcg_tui.yaml_reading import Loader, YamlError, load_yaml, read_yaml

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
    "ANTHROPIC_API_KEY": "VCG_KEYS__ANTHROPIC_API_KEY",
}
"""The variables with names of their own; the long name wins where both are set."""


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
        data: object = read_yaml(file, _UniqueKeysLoader)
    except FileNotFoundError:
        raise ConfigError(f"{shown}: there is no such file.") from None
    except OSError as error:
        raise ConfigError(f"{shown}: can't be read: {error.strerror}.") from error
    except YamlError as error:
        where = shown if error.line is None else f"{shown}:{error.line}"
        raise ConfigError(f"{where}: {error.without_place}.") from error
    if data is None:
        return {}
    layer = {path: Given(value, shown) for path, value in flat(model, data, shown)}
    _refuse_secrets(layer)
    return layer


class _UniqueKeysLoader(Loader):
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
    # Imported where there is such a file, and below where there is a variable: every start would wait for it.
    from dotenv import dotenv_values
    from dotenv.parser import parse_stream

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
    wanted = [name for name in variables if name in SHORT_NAMES or name.startswith(PREFIX)]
    wanted = [name for name in wanted if variables[name].strip()]
    if not wanted:
        return {}
    from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsError

    # the later one wins: a long name over a short one, a key over the section it is in
    wanted.sort(key=lambda name: (name not in SHORT_NAMES, name.count(DELIMITER)))
    reader = create_model("Reader", __base__=(model, BaseSettings))
    source = EnvSettingsSource(cast("type[BaseSettings]", reader), env_prefix=PREFIX, env_nested_delimiter=DELIMITER)
    layer: Layer = {}
    for name in wanted:
        value, origin = variables[name], f"{where}{name}"
        long_name = SHORT_NAMES.get(name, name)
        path = tuple(long_name.removeprefix(PREFIX).lower().split(DELIMITER))
        if not exists(model, path):
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
        for found, given in flat(model, data, origin):
            layer.pop(found[:-1], None)  # the section was switched off by a variable before
            layer[found] = Given(_typed_option(found, given), origin)
    return layer


def _typed_option(path: KeyPath, value: object) -> object:
    """An option of a provider has no declared type, so its text is read as it would be in a YAML file."""
    if "options" not in path or not isinstance(value, str):
        return value
    try:
        return cast("object", load_yaml(value))
    except YamlError:
        return value


def _refuse_variable(model: type[BaseModel], name: str, origin: str) -> NoReturn:
    names = [PREFIX + DELIMITER.join(path).upper() for path in all_keys(model)]
    nearest = difflib.get_close_matches(name, [*names, *SHORT_NAMES, paths.HOME_VARIABLE], n=1)
    raise ConfigError(
        f"{origin}: there is no setting by this name.",
        f"Did you mean {nearest[0]}?" if nearest else "`vcg config show` lists the settings.",
    )


def _from_flags(model: type[BaseModel], overrides: Mapping[str, Any], flag_names: Mapping[str, str]) -> Layer:
    layer: Layer = {}
    for path, value in flat(model, _without_none(overrides), "command line"):
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
