"""YAML of a person: bounds that are met before a parser can fall, and one line that tells what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.vcg_command import Vcg
from vcg_tui.config import load_settings
from vcg_tui.errors import ConfigError, UsageError
from vcg_tui.models.role import Role
from vcg_tui.paths import user_config_file, user_personas_dir, user_themes_dir
from vcg_tui.services.persona_service import read_persona
from vcg_tui.services.pricing import Prices
from vcg_tui.services.yaml_editing import edited
from vcg_tui.tui.persona_draft import PersonaDraft
from vcg_tui.tui.themes import load_themes
from vcg_tui.yaml_reading import DEEPEST, LARGEST, YamlError, load_yaml, read_yaml

DEEP = {
    "brackets": "id: x\nfacts: " + "[" * 100_000 + "]" * 100_000,
    "braces": "id: x\nfacts: " + "{a: " * 100_000 + "}" * 100_000,
    "lists in lists": "- " * 100_000 + "a",
    "sections": "".join(f"{' ' * level}a:\n" for level in range(1_200)),
    "questions": "? " * 100_000 + "a",
    "lists below one another": "".join(f"{' ' * level}-\n" for level in range(1_200)),
    "never closed": "[" * 900_000,
    "lines that end otherwise": "\x85".join(f"{' ' * level}a:" for level in range(1_200)),
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_what_would_bring_a_parser_down_is_refused_before(text: str) -> None:
    with pytest.raises(YamlError) as caught:
        load_yaml(text)
    assert "is nested too deep: line " in str(caught.value)
    assert f"at most {DEEPEST} levels" in str(caught.value)
    assert caught.value.line


def nested(levels: int, style: str) -> str:
    match style:
        case "[":
            return "[" * levels + "]" * levels
        case "-":
            return "- " * (levels - 1) + "- a"
        case _:
            return "".join(f"{' ' * level}a:\n" for level in range(levels))


@given(st.integers(1, 2 * DEEPEST), st.sampled_from("[-:"))
def test_the_depth_is_counted_to_the_level(levels: int, style: str) -> None:
    text = nested(levels, style)
    if levels <= DEEPEST:
        assert load_yaml(text) == yaml.safe_load(text)
    else:
        with pytest.raises(YamlError, match="nested too deep"):
            load_yaml(text)


@given(st.text(alphabet="ab[]{}:,-? \n#'\"&*!|>\x85\t", max_size=60))
def test_any_text_is_read_as_the_loader_reads_it_or_is_told(text: str) -> None:
    try:
        expected = repr(yaml.load(text, yaml.CSafeLoader))
    except Exception:
        with pytest.raises(YamlError):
            load_yaml(text)
    else:
        assert repr(load_yaml(text)) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [1\nb: 2\n", "is not valid YAML: line 2, column 2: did not find expected ',' or ']'"),
        ("a: 2026-02-31", "is not valid YAML: day is out of range for month"),
        ("a: !!bool 7", "is not valid YAML: a value can't be of the type that its tag says"),
        ("a: !!timestamp 7", "is not valid YAML: a value can't be of the type that its tag says"),
        ("a: !!int ''", "is not valid YAML: a value can't be of the type that its tag says"),
        ("a: \x07", "is not valid YAML: unacceptable character"),
        ("x" * (LARGEST + 1), "is too large: at most 1 MB can be read"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(text: str, told: str) -> None:
    with pytest.raises(YamlError) as caught:
        load_yaml(text)
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"\xef\xbb\xbfa: 1", None),
        (b"a: \xff", "is not UTF-8 text"),
        (b"\xff" * (LARGEST + 1), "is too large"),
        (b"a" * (LARGEST + 1), "is too large"),
        (b"a: " + "é".encode() * LARGEST, "is too large"),
    ],
)
def test_a_file(tmp_path: Path, raw: bytes, told: str | None) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(raw)
    if told is None:
        assert read_yaml(file) == {"a": 1}
    else:
        with pytest.raises(YamlError, match=told):
            read_yaml(file)


# ------------------------------------------------------------------ everywhere that a person's YAML is read


def written(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(DEEP["brackets"])
    return path


def test_a_persona() -> None:
    persona, problems = read_persona(written(user_personas_dir() / "customers" / "x.yaml"))
    assert persona is None
    assert [problem.problem for problem in problems] == [
        "is nested too deep: line 2, column 71: at most 64 levels can be read"
    ]


def test_the_settings(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"a\.yaml:2: is nested too deep: at most 64 levels can be read\."):
        load_settings(config_file=written(tmp_path / "a.yaml"), cwd=tmp_path)


def test_an_option_from_the_environment(tmp_path: Path) -> None:
    # such a text is no list, but a text it is
    environ = {"VCG_PROVIDERS__TTS__OPTIONS__X": "[" * 100_000}
    settings = load_settings(environ=environ, cwd=tmp_path)
    assert settings.providers.tts.options["x"] == "[" * 100_000


def test_the_prices() -> None:
    path = written(user_config_file().with_name("prices.yaml"))
    with pytest.raises(ConfigError) as caught:
        Prices.load()
    assert str(caught.value).startswith(f"{path}: is nested too deep: line 2")


def test_a_theme() -> None:
    written(user_themes_dir() / "x.yaml")
    assert load_themes().problems == ["x.yaml: is nested too deep: line 2, column 71: at most 64 levels can be read"]


def test_what_is_edited() -> None:
    for wrong in (
        lambda: edited(DEEP["brackets"], {("id",): "y"}),
        lambda: PersonaDraft(DEEP["brackets"], Role.CUSTOMER),
    ):
        with pytest.raises(UsageError, match="The file is nested too deep: line 2"):
            wrong()


def test_the_command_lives(tmp_path: Path) -> None:
    done = Vcg(tmp_path)("personas", "validate", written(tmp_path / "x.yaml"), code=2)
    assert "is nested too deep" in done.stdout + done.stderr
