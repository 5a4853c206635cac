"""A YAML file changed by the program: the values are right, and what a person wrote around them stays."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vcg_tui.errors import UsageError
from vcg_tui.models.role import Role
from vcg_tui.paths import shipped_config, shipped_personas
from vcg_tui.services.persona_template import persona_template
from vcg_tui.services.yaml_editing import edit_file, edited
from vcg_tui.yaml_reading import load_yaml

HAND_WRITTEN = """\
# Mine.
call:
    max_turns: 7   # few

# Sound, as I like it.
audio: {volume:   0.5, device: 'pulse'}
tags:
  - one   # first
  - two
# about the end
last: "x"
"""


def lines_changed(before: str, after: str) -> tuple[set[str], set[str]]:
    old, new = before.splitlines(), after.splitlines()
    return {line for line in old if line not in new}, {line for line in new if line not in old}


@pytest.mark.parametrize(
    ("changes", "removed", "gone", "come"),
    [
        ({("call", "max_turns"): 9}, [], {"    max_turns: 7   # few"}, {"    max_turns: 9   # few"}),
        ({("call", "seed"): 3}, [], set[str](), {"    seed: 3"}),
        ({("last",): "y"}, [], {'last: "x"'}, {'last: "y"'}),
        ({("tags",): ["one", "three"]}, [], {"  - two"}, {"  - three"}),
        ({("tags",): ["one"]}, [], {"  - two"}, set[str]()),
        ({}, [("last",)], {'last: "x"'}, set[str]()),
        ({}, [("nothing", "here")], set[str](), set[str]()),
        ({("new", "deep", "er"): True}, [], set[str](), {"new:", "    deep:", "        er: true"}),
    ],
)
def test_only_what_changes_changes(
    changes: dict[tuple[str, ...], Any], removed: list[tuple[str, ...]], gone: set[str], come: set[str]
) -> None:
    after = edited(HAND_WRITTEN, changes, removed)
    assert lines_changed(HAND_WRITTEN, after) == (gone, come)


def test_a_new_last_key_does_not_take_the_next_sections_comment() -> None:
    after = edited(HAND_WRITTEN, {("call", "seed"): 3}).splitlines()
    assert after[after.index("    seed: 3") - 1] == "    max_turns: 7   # few"
    assert after[after.index("# Sound, as I like it.") + 1].startswith("audio:")


def test_a_comment_below_what_goes_stays() -> None:
    assert "# about the end" in edited(HAND_WRITTEN, {}, [("tags",)])
    assert "# about the end" in edited(HAND_WRITTEN, {("tags",): []})


def test_a_section_that_was_null_can_be_filled() -> None:
    shipped = shipped_config().read_text("utf-8")
    after = edited(shipped, {("providers", "customer_llm", "type"): "openai"})
    lines = after.splitlines()
    assert lines[lines.index("  customer_llm:") + 1] == "    type: openai"
    assert lines_changed(shipped, after)[0] == {"  customer_llm: null"}


@pytest.mark.parametrize(
    "text", ["no", "17:00", "2026-11-03", "12", "null", "", "a: b", "- x", "#x", "two\nlines", "~"]
)
def test_text_stays_text(text: str) -> None:
    assert yaml.safe_load(edited("a: 1\n", {("a",): text, ("b",): [text]})) == {"a": text, "b": [text]}


@pytest.mark.parametrize("text", ["?", "?0", "0?", "a, b", "a]", "x:", "}"])
def test_text_stays_text_in_brackets(text: str) -> None:
    after = edited("a: {b: 1, c: [x, {d: 2}]}\n", {("a", "b"): text, ("a", "c"): [text, {"d": text}], ("a", text): 1})
    assert yaml.safe_load(after) == load_yaml(after) == {"a": {"b": text, "c": [text, {"d": text}], text: 1}}
    assert after.count("\n") == 1


def test_a_question_needs_no_quotes() -> None:
    assert edited("a: 1\n", {("a",): "Is it? Yes."}) == "a: Is it? Yes.\n"


def test_every_shipped_file_and_template_keeps_its_lines() -> None:
    texts = [path.read_text("utf-8") for path in sorted(shipped_personas().rglob("*.yaml"))[::12]]
    for text in [*texts, *(persona_template("some-body", role) for role in Role)]:
        gone, come = lines_changed(text, edited(text, {("name",): "Zed"}))
        assert len(gone) == len(come) == 1
        assert "Zed" in next(iter(come))


@pytest.mark.parametrize("text", ["", "# only a remark", "---\n", "a: 1", "\ufeffa: 1\n", "a: 1\r\n# x\r\nb: 2\r\n"])
def test_odd_files(text: str) -> None:
    after = edited(text, {("a",): 5, ("c", "d"): 6})
    data = yaml.safe_load(after)
    assert (data["a"], data["c"]) == (5, {"d": 6})
    assert all(line in after for line in text.splitlines() if line.startswith("#"))
    assert after.count("\r\n") == (after.count("\n") if "\r" in text else 0)
    assert after.startswith("\ufeff") == text.startswith("\ufeff")


@pytest.mark.parametrize("text", ["a: [", "- a\n- b\n", "just text", "a: 1\na: 2\n"])
def test_what_is_no_mapping_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        edited(text, {("a",): 1})


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1000, 1000)
    | st.floats(-100, 100, width=16)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("pqrs"), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(
    path=st.sampled_from([("call", "max_turns"), ("call",), ("tags",), ("last",), ("n", "m"), ("audio", "device")]),
    value=plain,
)
def test_the_value_is_there_and_the_others_are_as_they_were(path: tuple[str, ...], value: object) -> None:
    data, after = yaml.safe_load(HAND_WRITTEN), yaml.safe_load(edited(HAND_WRITTEN, {path: value}))
    wanted = data
    for name in path[:-1]:
        wanted = wanted.setdefault(name, {})
    wanted[path[-1]] = value
    assert after == data


def test_a_file_is_written_whole_and_keeps_its_permissions(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "config.yaml"
    edit_file(file, {("a",): 1})
    file.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(file)
    edit_file(link, {("b",): 2})
    assert yaml.safe_load(file.read_text()) == {"a": 1, "b": 2}
    assert link.is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [each.name for each in file.parent.iterdir()] == ["config.yaml"]


def test_trouble_with_a_file_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="can't be"):
        edit_file(tmp_path / "file" / "config.yaml", {("a",): 1})
    (tmp_path / "bad.yaml").write_text("a: [")
    with pytest.raises(UsageError, match=r"bad\.yaml"):
        edit_file(tmp_path / "bad.yaml", {("a",): 1})
    assert (tmp_path / "bad.yaml").read_text() == "a: ["


@pytest.mark.parametrize(
    ("text", "gone", "left"),
    [
        ("a: 1\nproviders:\n  llm:\n    model: x  # mine\n", ("providers", "llm", "model"), "a: 1\n"),
        ("providers: {llm: {model: x}, tts: {type: y}}\n", ("providers", "llm", "model"), None),
        ("# Mine.\ncall: {max_turns: 7}\n# end\n", ("call", "max_turns"), "# Mine.\n# end\n"),
        (
            "providers:\n  # cheap\n  llm:\n    # small\n    model: x\n# calls\ncall:\n  seed: 1\n",
            ("providers", "llm", "model"),
            "  # cheap\n    # small\n# calls\ncall:\n  seed: 1\n",
        ),
        ("a: {}\nb: 1\n", ("b",), "a: {}\n"),
        ("a: {}\nb: 1\n", ("a", "c"), "a: {}\nb: 1\n"),
    ],
)
def test_a_section_that_is_empty_then_goes_and_what_is_said_in_it_stays(
    text: str, gone: tuple[str, ...], left: str | None
) -> None:
    result = edited(text, {}, [gone])
    if left is None:
        assert yaml.safe_load(result) == {"providers": {"tts": {"type": "y"}}}
    else:
        assert result == left


def test_a_section_that_gets_another_value_stays_where_it_is() -> None:
    text = "providers:\n  llm:\n    model: x\ncall:\n  seed: 1\n"
    result = edited(text, {("providers", "llm", "type"): "openai"}, [("providers", "llm", "model")])
    assert result == "providers:\n  llm:\n    type: openai\ncall:\n  seed: 1\n"
