from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from vcg_tui import paths
from vcg_tui.config import Settings, explain, load_settings
from vcg_tui.errors import ConfigError

Load = Callable[..., Settings]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads settings from what is given here, and from nothing else."""

    def loader(
        *,
        user: str | None = None,
        file: str | None = None,
        env: Mapping[str, str] | None = None,
        flags: Mapping[str, Any] | None = None,
        flag_names: Mapping[str, str] | None = None,
        **dotenv: str,
    ) -> Settings:
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        if user is not None:
            (home / "config.yaml").write_text(user)
        config_file = tmp_path / "given.yaml" if file is not None else None
        if config_file is not None:
            config_file.write_text(file or "")
        for name, text in dotenv.items():
            (tmp_path / {"dotenv": ".env", "dotenv_local": ".env.local"}[name]).write_text(text)
        return load_settings(
            config_file=config_file,
            overrides=flags,
            flag_names=flag_names,
            environ={"VCG_HOME": str(home), **(env or {})},
            cwd=tmp_path,
        )

    return loader


def refused(load: Load, **layers: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        load(**layers)
    text = str(caught.value)
    assert "\n" not in text
    assert caught.value.exit_code == 2
    return text


# ------------------------------------------------------------------ defaults


def test_shipped_config_is_the_defaults(load: Load) -> None:
    assert load().model_dump() == Settings().model_dump()


def test_shipped_config_names_every_setting_but_the_secrets() -> None:
    def keys(values: Mapping[str, Any], prefix: str = "") -> set[str]:
        found: set[str] = set()
        for name, value in values.items():
            found |= keys(value, f"{prefix}{name}.") if isinstance(value, dict) and value else {f"{prefix}{name}"}
        return found

    shipped = keys(yaml.safe_load(paths.shipped_config().read_text()))
    assert shipped == {key for key in keys(Settings().model_dump()) if not key.startswith("keys.")}


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Settings().call.max_turns = 3  # type: ignore[misc] - that is the point


# ------------------------------------------------------------------ order


def test_each_layer_lies_over_the_one_before(load: Load) -> None:
    everything: dict[str, Any] = {
        "user": "call: {max_turns: 11}",
        "file": "call: {max_turns: 12}",
        "dotenv": "VCG_CALL__MAX_TURNS=13",
        "dotenv_local": "VCG_CALL__MAX_TURNS=14",
        "env": {"VCG_CALL__MAX_TURNS": "15"},
        "flags": {"call": {"max_turns": 16}},
    }
    names = list(everything)
    for count in range(1, len(names) + 1):
        settings = load(**{name: everything[name] for name in names[:count]})
        assert settings.call.max_turns == 10 + count


def test_a_layer_that_says_nothing_of_a_key_leaves_the_one_below(load: Load) -> None:
    settings = load(user="call: {max_minutes: 3}", file="call: {max_turns: 12}", env={"VCG_CALL__SEED": "5"})
    assert (settings.call.max_minutes, settings.call.max_turns, settings.call.seed) == (3, 12, 5)


def test_short_variables(load: Load) -> None:
    settings = load(
        env={
            "LLM_PROVIDER": "OpenAI",
            "LLM_MODEL": "gpt-x",
            "LLM_BASE_URL": "http://localhost:1/v1/",
            "TTS_PROVIDER": "elevenlabs",
            "TTS_MODEL": "flash",
            "TTS_BASE_URL": "https://tts.test",
            "STORAGE_TYPE": "s3",
            "STORAGE_BASE_PATH": "~/calls",
            "OPENAI_API_KEY": "sk-one",
            "ELEVENLABS_API_KEY": "el-two",
        }
    )
    llm, tts = settings.providers.llm, settings.providers.tts
    assert (llm.type, llm.model, llm.base_url) == ("openai", "gpt-x", "http://localhost:1/v1")
    assert (tts.type, tts.model, tts.base_url) == ("elevenlabs", "flash", "https://tts.test")
    assert settings.storage.type == "s3"
    assert settings.storage.local.base_path == Path.home() / "calls"
    assert settings.keys.openai_api_key is not None
    assert settings.keys.openai_api_key.get_secret_value() == "sk-one"
    assert settings.keys.elevenlabs_api_key is not None
    assert settings.keys.elevenlabs_api_key.get_secret_value() == "el-two"


@pytest.mark.parametrize("reverse", [False, True])
def test_long_variable_wins_over_the_short_one(load: Load, reverse: bool) -> None:
    both = [("LLM_MODEL", "short"), ("VCG_PROVIDERS__LLM__MODEL", "long")]
    assert load(env=dict(reversed(both) if reverse else both)).providers.llm.model == "long"


def test_variables_of_every_kind(load: Load) -> None:
    settings = load(
        user="call: {seed: 3}",
        env={
            "VCG_AUDIO__PLAY": "false",
            "VCG_AUDIO__DEVICE": "3",
            "VCG_CALL__SEED": "null",
            "VCG_CALL": '{"max_turns": 6}',
            "VCG_PROVIDERS__LLM__OPTIONS__TEMPERATURE": "0.5",
            "VCG_PROVIDERS__TTS__OPTIONS": '{"speed": "1.0", "list": [1, 2]}',
            "VCG_PERSONAS__FOLDER": "mine",
        },
    )
    assert settings.audio.play is False
    assert settings.audio.device == 3
    assert settings.call.seed is None
    assert settings.call.max_turns == 6
    assert settings.providers.llm.options == {"temperature": 0.5}
    assert settings.providers.tts.options["list"] == [1, 2]
    assert settings.personas.folder == Path("mine")


def test_empty_and_foreign_variables_say_nothing(load: Load) -> None:
    foreign = {"LLM_MODEL": " ", "OPENAI_API_KEY": "", "VCG_CALL__SEED": "", "PATH": "x", "LLM_OTHER": "y"}
    assert load(env=foreign, dotenv="DJANGO_SECRET=1\nexport FOO\n").model_dump() == Settings().model_dump()


def test_flags_not_given_say_nothing(load: Load) -> None:
    settings = load(user="call: {seed: 3}", flags={"call": {"seed": None}, "providers": {"llm": {"type": None}}})
    assert settings.call.seed == 3


def test_environ_and_working_folder_are_taken_when_none_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VCG_CALL__SEED", "77")
    (tmp_path / ".env").write_text("VCG_CALL__MAX_TURNS=9\n")
    settings = load_settings()
    assert (settings.call.seed, settings.call.max_turns) == (77, 9)


# ------------------------------------------------------------------ what belongs to a provider's type

OPENAI = """
providers:
  llm: {type: openai, model: gpt-x, base_url: "http://a.test/v1", options: {temperature: 1}, timeout_s: 5}
"""


@pytest.mark.parametrize(
    "above",
    [
        {"flags": {"providers": {"llm": {"type": "offline"}}}},
        {"env": {"LLM_PROVIDER": "offline"}},
        {"file": "providers: {llm: {type: offline}}"},
        {"dotenv_local": "LLM_PROVIDER=offline"},
    ],
)
def test_another_type_drops_what_belonged_to_the_first(load: Load, above: dict[str, Any]) -> None:
    llm = load(user=OPENAI, **above).providers.llm
    assert (llm.type, llm.model, llm.base_url, llm.options) == ("offline", None, None, {})
    assert llm.timeout_s == 5


def test_another_type_keeps_what_its_own_layer_names(load: Load) -> None:
    llm = load(user=OPENAI, env={"LLM_PROVIDER": "other", "LLM_MODEL": "m"}).providers.llm
    assert (llm.type, llm.model, llm.base_url, llm.options) == ("other", "m", None, {})


def test_the_same_type_again_drops_nothing(load: Load) -> None:
    llm = load(user=OPENAI, env={"LLM_PROVIDER": "OPENAI"}, flags={"providers": {"llm": {"model": "n"}}}).providers.llm
    assert (llm.type, llm.model, llm.base_url) == ("openai", "n", "http://a.test/v1")


def test_another_tts_does_not_take_the_llm_with_it(load: Load) -> None:
    settings = load(user=OPENAI, env={"TTS_PROVIDER": "openai"})
    assert settings.providers.llm.model == "gpt-x"
    assert settings.providers.tts.model is None


def test_storage_base_path_survives_the_type(load: Load) -> None:
    assert load(user="storage: {local: {base_path: x}}", env={"STORAGE_TYPE": "s3"}).storage.local.base_path == Path(
        "x"
    )


# ------------------------------------------------------------------ the customer's own model


def test_customer_is_the_llm_unless_given(load: Load) -> None:
    settings = load(user=OPENAI)
    assert settings.providers.customer_llm is None
    assert settings.providers.customer is settings.providers.llm


def test_customer_without_a_type_takes_what_it_does_not_name(load: Load) -> None:
    customer = load(user=OPENAI + "  customer_llm: {model: gpt-y, options: {top_p: 1}}").providers.customer
    assert (customer.type, customer.model, customer.base_url) == ("openai", "gpt-y", "http://a.test/v1")
    assert customer.options == {"temperature": 1, "top_p": 1}
    assert customer.timeout_s == 5


def test_customer_with_a_type_stands_by_itself(load: Load) -> None:
    customer = load(user=OPENAI + "  customer_llm: {type: openai, model: gpt-y}").providers.customer
    assert (customer.type, customer.model, customer.base_url, customer.timeout_s) == ("openai", "gpt-y", None, 60)


def test_customer_goes_with_the_type_it_followed(load: Load) -> None:
    text = OPENAI + "  customer_llm: {model: gpt-y, retries: 1}"
    customer = load(user=text, env={"LLM_PROVIDER": "offline"}).providers.customer
    assert (customer.type, customer.model, customer.retries) == ("offline", None, 1)


def test_customer_can_be_switched_off_and_on_again(load: Load) -> None:
    on = OPENAI + "  customer_llm: {type: other, model: z}"
    off = "providers: {customer_llm: null}"
    assert load(user=on, file=off).providers.customer_llm is None
    assert load(user=on, env={"VCG_PROVIDERS__CUSTOMER_LLM": "null"}).providers.customer_llm is None
    again = load(user=on, file=off, env={"VCG_PROVIDERS__CUSTOMER_LLM__TYPE": "third"}).providers.customer_llm
    assert again is not None
    assert (again.type, again.model) == ("third", None)
    forgotten = load(user=on, file=off, env={"VCG_PROVIDERS__CUSTOMER_LLM__TYPE": "other"}).providers.customer_llm
    assert forgotten is not None
    assert forgotten.model is None


@pytest.mark.parametrize("reverse", [False, True])
def test_a_variable_for_a_key_wins_over_one_for_its_section(load: Load, reverse: bool) -> None:
    both = [
        ("VCG_PROVIDERS__CUSTOMER_LLM", "null"),
        ("VCG_PROVIDERS__CUSTOMER_LLM__TYPE", "other"),
        ("VCG_CALL", '{"max_turns": 6, "seed": 1}'),
        ("VCG_CALL__SEED", "2"),
    ]
    settings = load(env=dict(reversed(both) if reverse else both))
    assert settings.providers.customer.type == "other"
    assert (settings.call.max_turns, settings.call.seed) == (6, 2)


# ------------------------------------------------------------------ mistakes


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ({"user": "call: {max_turn: 5}"}, ["config.yaml", "call.max_turn", "Did you mean max_turns?"]),
        ({"file": "cal: {max_turns: 5}"}, ["given.yaml", "cal", "Did you mean call?"]),
        ({"file": "providers: {llm: {typ: x}}"}, ["given.yaml", "providers.llm.typ", "Did you mean type?"]),
        ({"file": "call: {zzzz: 5}"}, ["given.yaml", "call.zzzz", "There are max_turns, max_minutes"]),
        ({"file": "call: 5"}, ["given.yaml", "call", "must be a section"]),
        ({"file": "- a"}, ["given.yaml", "must be a section"]),
        ({"file": "call: {5: 5}"}, ["given.yaml", "call", "5 must be text"]),
        ({"file": "providers: {llm: {options: 5}}"}, ["given.yaml", "providers.llm.options", "mapping"]),
        ({"file": "call:\n  max_turns: 1"}, ["given.yaml", "call.max_turns", "1 must be greater than or equal to 2"]),
        ({"file": "call: {max_minutes: .inf}"}, ["given.yaml", "call.max_minutes", "finite"]),
        ({"file": "call: {max_turns: many}"}, ["given.yaml", "call.max_turns", "'many'", "whole number"]),
        ({"file": "audio: {volume: 1.5}"}, ["given.yaml", "audio.volume", "1.5"]),
        ({"file": "audio: {device: [1]}"}, ["given.yaml", "audio.device"]),
        ({"file": "providers: {llm: {base_url: ftp://x}}"}, ["given.yaml", "providers.llm.base_url", "http://"]),
        ({"file": "providers: {customer_llm: {retries: -1}}"}, ["given.yaml", "providers.customer_llm.retries", "-1"]),
        ({"file": "call: {max_turns: 1, sample_rate: 1}"}, ["call.max_turns", "(and 1 more)"]),
        ({"file": "call:\n  seed: 1\n  seed: 2\n"}, ["given.yaml:3", "the key seed is there twice"]),
        ({"file": "call:\n  seed: [1\nx: y"}, ["given.yaml:3", "not valid YAML"]),
        ({"file": "\ta: 1"}, ["given.yaml:1", "not valid YAML"]),
        ({"file": "a: \x01"}, ["given.yaml", "not valid YAML"]),
        ({"env": {"VCG_CALL__MAX_TURNS": "many"}}, ["VCG_CALL__MAX_TURNS", "call.max_turns", "'many'"]),
        ({"env": {"VCG_CALL_MAX_TURNS": "4"}}, ["VCG_CALL_MAX_TURNS", "Did you mean VCG_CALL__MAX_TURNS?"]),
        ({"env": {"VCG_CALL__MAX_TURNS__X": "4"}}, ["VCG_CALL__MAX_TURNS__X", "no setting"]),
        ({"env": {"VCG_HOMES": "4"}}, ["VCG_HOMES", "VCG_HOME?"]),
        ({"env": {"VCG_QQQQQQQQQQQQ": "4"}}, ["VCG_QQQQQQQQQQQQ", "vcg config show"]),
        ({"env": {"VCG_CALL": "{"}}, ["VCG_CALL", "not valid JSON"]),
        ({"env": {"VCG_CALL": '{"x": 1}'}}, ["VCG_CALL", "call.x", "no such setting"]),
        ({"env": {"LLM_BASE_URL": "nowhere"}}, ["LLM_BASE_URL", "providers.llm.base_url", "http://"]),
        ({"dotenv": "VCG_CALL__SEED=-4"}, [".env: VCG_CALL__SEED", "call.seed", "'-4'"]),
        ({"dotenv": "VCG_CALL__SEEDS=4"}, [".env: VCG_CALL__SEEDS", "Did you mean VCG_CALL__SEED?"]),
        ({"dotenv_local": "A=1\n= = =\n"}, [".env.local:2", "NAME=value"]),
        ({"dotenv": "VCG_HOME=/x"}, [".env", "VCG_HOME", "Set it in the environment"]),
        ({"flags": {"call": {"max_turns": 1}}}, ["command line", "call.max_turns"]),
        (
            {"flags": {"call": {"max_turns": 1}}, "flag_names": {"call.max_turns": "--max-turns"}},
            ["--max-turns", "call.max_turns"],
        ),
    ],
)
def test_a_mistake_is_one_line_that_names_the_thing(load: Load, layers: dict[str, Any], words: list[str]) -> None:
    text = refused(load, **layers)
    for word in words:
        assert word in text


def test_a_bad_value_that_is_overridden_does_no_harm(load: Load) -> None:
    assert load(file="call: {max_turns: 1}", flags={"call": {"max_turns": 4}}).call.max_turns == 4


@pytest.mark.parametrize(
    "layers",
    [
        {"file": "keys: {openai_api_key: sk-hidden}"},
        {"user": "keys: {elevenlabs_api_key: sk-hidden}"},
        {"file": "openai_api_key: sk-hidden"},
        {"file": "providers: {llm: {api_key: sk-hidden}}"},
        {"file": "providers: {llm: {options: {api_key: sk-hidden}}}"},
        {"flags": {"keys": {"openai_api_key": "sk-hidden"}}},
    ],
)
def test_a_secret_outside_the_environment_is_refused_and_not_told(load: Load, layers: dict[str, Any]) -> None:
    text = refused(load, **layers)
    assert "OPENAI_API_KEY" in text
    assert ".env.local" in text
    assert "sk-hidden" not in text


@pytest.mark.parametrize(
    "layers",
    [
        {"env": {"LLM_BASE_URL": "sk-hidden"}},
        {"env": {"VCG_KEYS": '{"openai_api_key": ["sk-hidden"]}'}},
        {"env": {"VCG_KEYS": '{"openai_api_key": "sk-hidden"'}},
        {"dotenv": "OPENAI_API_KEY sk-hidden\n"},
        {"file": 'providers: {llm: {options: {a: "sk-hidden}}}'},
    ],
)
def test_a_message_never_tells_what_may_be_a_secret(load: Load, layers: dict[str, Any]) -> None:
    if "dotenv" in layers:
        # no line of its form, so nothing is set by it; python-dotenv takes it for a name alone
        with pytest.raises(ConfigError, match=r"\.env:1"):
            load(**layers)
    assert "sk-hidden" not in refused(load, **layers)


def test_missing_and_unreadable_files(tmp_path: Path) -> None:
    for file, word in [(tmp_path / "none.yaml", "no such file"), (tmp_path, "can't be read")]:
        with pytest.raises(ConfigError) as caught:
            load_settings(config_file=file, environ={"VCG_HOME": str(tmp_path)}, cwd=tmp_path)
        assert str(caught.value).startswith(f"{file.relative_to(tmp_path)}: ")
        assert word in str(caught.value)
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"call: {seed: \xe9}")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_settings(config_file=latin, environ={"VCG_HOME": str(tmp_path)}, cwd=tmp_path)


@pytest.mark.parametrize("text", ["", "# only a comment\n", "call:\n", "providers:\n  llm:\n", "\ufeffcall:\n"])
def test_a_file_that_says_nothing(load: Load, text: str) -> None:
    assert load(file=text).model_dump() == Settings().model_dump()


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
trees = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["providers", "llm", "type", "call", "seed", "customer_llm", "options"])
            | st.text(max_size=4),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(tree=trees)
def test_any_file_makes_settings_or_one_line(tmp_path_factory: pytest.TempPathFactory, tree: object) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "any.yaml").write_text(yaml.safe_dump(tree), encoding="utf-8")
    try:
        settings = load_settings(config_file=folder / "any.yaml", environ={"VCG_HOME": str(folder)}, cwd=folder)
    except ConfigError as error:
        assert "any.yaml" in str(error)
    else:
        assert explain(settings)


# ------------------------------------------------------------------ explain


def test_explain_tells_value_and_origin(load: Load) -> None:
    settings = load(
        user="call: {max_turns: 11}",
        file='providers: {llm: {type: other, base_url: "https://me:pw@a.test", options: {extra_token: t0, b: 1}}}',
        dotenv_local="OPENAI_API_KEY=sk-hidden",
        env={"VCG_CALL__SEED": "5", "TTS_PROVIDER": "openai"},
        flags={"audio": {"play": False}},
        flag_names={"audio.play": "--no-play"},
    )
    rows = {key: (value, origin) for key, value, origin in explain(settings)}
    assert rows["call.max_turns"] == ("11", "home/config.yaml")
    assert rows["call.seed"] == ("5", "VCG_CALL__SEED")
    assert rows["call.sample_rate"][0] == "24000"
    assert rows["call.sample_rate"][1].endswith("config.yaml")
    assert rows["providers.tts.type"] == ("openai", "TTS_PROVIDER")
    assert rows["providers.tts.model"] == ("null", "default")
    assert rows["providers.llm.base_url"] == ("https://...@a.test", str(Path("given.yaml")))
    assert rows["providers.llm.options.b"][0] == "1"
    assert rows["providers.llm.options.extra_token"][0] == "set"
    assert rows["audio.play"] == ("false", "--no-play")
    assert rows["keys.openai_api_key"] == ("set", ".env.local: OPENAI_API_KEY")
    assert rows["keys.elevenlabs_api_key"] == ("not set", "default")
    assert "sk-hidden" not in str(rows)
    assert "sk-hidden" not in repr(settings)


def test_explain_without_loading() -> None:
    assert {origin for _, _, origin in explain(Settings())} == {"default"}


# ------------------------------------------------------------------ folders


def test_folders_follow_vcg_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCG_HOME", str(tmp_path))
    found = [
        paths.user_config_file(),
        paths.user_personas_dir(),
        paths.user_themes_dir(),
        paths.log_dir(),
        paths.cache_dir(),
    ]
    assert all(path.is_relative_to(tmp_path) for path in found)
    assert len(set(found)) == len(found)
    assert list(tmp_path.iterdir()) == []


def test_folders_are_the_platforms_own_without_vcg_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VCG_HOME")
    for path in (paths.user_config_file(), paths.log_dir(), paths.cache_dir()):
        assert path.is_absolute()
        assert "vcg" in path.parts


def test_shipped_things_are_there() -> None:
    assert paths.shipped_config().is_file()
    assert paths.shipped_personas().is_dir()
    assert paths.shipped_themes().is_dir()


def test_importing_config_brings_in_nothing_slow() -> None:
    code = "import sys, vcg_tui.config; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ.copy()
    ).stdout.split()
    slow = {"pydantic_settings", "asyncio", "yaml", "platformdirs", "textual", "numpy", "openai", "typer"}
    assert slow.isdisjoint(loaded)
    assert "vcg_tui.config" in loaded
