"""Persona files, as people write them: right, wrong, bare, new."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.vcg_command import Inside, Vcg, one_line
from vcg_tui.models.role import Role
from vcg_tui.paths import shipped_personas, user_personas_dir
from vcg_tui.services.persona_service import PersonaService, read_persona

BARE = """\
id: bare-bones
name: Bare Bones
personality: Says what is needed and no more.
issue: The kettle she ordered came with a broken lid.
goal: Get a new lid.
voice: {gender: female}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of personas, with nothing in it."""
    (tmp_path / "mine" / "customers").mkdir(parents=True)
    (tmp_path / "mine" / "support").mkdir()
    return tmp_path / "mine"


def put(folder: Path, name: str, text: str | bytes, role: str = "customers") -> Path:
    path = folder / role / f"{name}.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# ------------------------------------------------------------------ what is shipped


def test_every_shipped_persona_is_valid_and_whole(inside: Inside) -> None:
    code, out, _ = inside("personas", "validate", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["problems"] == []
    files = sorted(shipped_personas().rglob("*.yaml"))
    assert told["valid"] == len(files) >= 36
    for file in files:
        persona, _ = read_persona(file)
        assert persona is not None
        assert persona.id == file.stem


def test_the_list(inside: Inside) -> None:
    code, out, _ = inside("personas", "list")
    assert code == 0
    rows = [line.split("\t") for line in out.splitlines()]
    assert {len(row) for row in rows} == {8}
    assert ["anna-reyes", "customer"] in [row[:2] for row in rows]
    assert ["tier1-support", "support"] in [row[:2] for row in rows]

    everyone = json.loads(inside("personas", "list", "--json")[1])
    assert len(everyone["personas"]) == len(rows)
    assert everyone["problems"] == []
    agents = json.loads(inside("personas", "list", "--json", "--role", "support")[1])["personas"]
    assert 0 < len(agents) < len(rows)
    assert {agent["role"] for agent in agents} == {"support"}
    assert {agent["origin"] for agent in agents} == {"shipped"}


def test_show(inside: Inside) -> None:
    path = shipped_personas() / "customers" / "anna-reyes.yaml"
    code, out, _ = inside("personas", "show", "anna-reyes")
    assert (code, out) == (0, f"# {path}\n{path.read_text('utf-8')}")
    told = json.loads(inside("personas", "show", "anna-reyes", "--json")[1])
    assert (told["id"], told["role"], told["path"]) == ("anna-reyes", "customer", str(path))


@pytest.mark.parametrize("arguments", [["personas", "show", "anna-reyse"], ["preview", "anna-reyse"],
                                       ["generate", "--no-play", "--customer", "anna-reyse"]])  # fmt: skip
def test_an_unknown_persona_names_the_nearest(inside: Inside, arguments: list[str]) -> None:
    code, out, err = inside(*arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "'anna-reyse'. Nearest: anna-reyes" in err


def test_an_unknown_role_or_folder_is_told(inside: Inside) -> None:
    code, _, err = inside("personas", "list", "--role", "boss")
    assert (code, err) == (2, "vcg: There is no role 'boss'. It is customer or support.\n")
    code, _, err = inside("personas", "list", "--personas", "nowhere")
    assert code == 2
    assert err.startswith("vcg: The persona folder nowhere is not there.")


# ------------------------------------------------------------------ what is wrong

BROKEN: list[tuple[str | bytes, str, str]] = [
    (BARE.replace("goal: Get a new lid.\n", ""), "goal", "is missing"),
    (BARE + "isue: twice\n", "isue", "is not a known field; did you mean 'issue'?"),
    (BARE.replace("{gender: female}", "{gender: female, sped: 1.2}"), "voice.sped", "did you mean 'speed'?"),
    (BARE.replace("gender: female", "gender: robot"), "voice.gender", "'female' or 'male'"),
    (BARE.replace("gender: female", "gender: female, speed: 9"), "voice.speed", "less than or equal to 2"),
    (BARE.replace("id: bare-bones", "id: Bare Bones"), "id", "lower-case letters, digits and hyphens"),
    (BARE + "emotional_state: hangry\n", "emotional_state", "'angry'"),
    (BARE + "role: support\n", "role", "says support, but the file lies in customers/"),
    (BARE + "role: [customer]\n", "role", "must be customer or support"),
    (BARE + "case: {remedy: ''}\n", "case.remedy", "at least 1 character"),
    (
        BARE + "languages: ['xx-nolang, 5']\n",
        "languages.0",
        "must be a language tag such as en or pt-BR, not 'xx-nol",
    ),
    (BARE + "facts: {lid_size: 9}\nsays: {opening: [A, 'Size {lid_sise}.']}\n", "says.opening.1", "names {lid_sise}, "),
    (BARE + "facts: {lid: 9}\nsays: {details: [{say: A, reply: 'B {lit}'}]}\n", "says.details.0.reply", "mean {lid}?"),
    (BARE + "case: {questions: [{ask: A, answer: [B, '{c}']}]}\n", "case.questions.0.answer.1", "names {c}, which is"),
    (BARE.replace("a new lid", "{lid}"), "goal", "names {lid}, which is none of the facts"),
    (
        BARE + "facts: {lid: ''}\ncase: {remedy: 'send {lid}'}\n",
        "case.remedy",
        "names {lid}, which is none of the facts",
    ),
    (BARE + "case: {record: ['it {broke']}\n", "case.record.0", "has a brace that is no name in braces"),
    (BARE + "facts:\n  due: 2026-02-31\n", "", "is not valid YAML: day"),
    (BARE + "tags: [a\n", "", "is not valid YAML: line "),
    (BARE + "tags: [\x07]\n", "", "is not valid YAML: unacceptable character"),
    ("- just\n- a list\n", "", "must hold a persona's fields"),
    ("", "", "must hold a persona's fields"),
    (b"name: \xff\xfe\n", "", "is not UTF-8 text"),
]


@pytest.mark.parametrize(("text", "field", "problem"), BROKEN)
def test_a_broken_file_is_told_with_field_and_problem_and_the_others_load(
    inside: Inside, folder: Path, text: str | bytes, field: str, problem: str
) -> None:
    broken = put(folder, "broken", text)
    put(folder, "good", BARE)
    where = f"{broken}: {field}: " if field else f"{broken}: "

    code, out, _ = inside("personas", "validate", "--personas", folder)
    assert code == 2
    (line,) = [line for line in out.splitlines() if line.startswith("vcg: ")]
    assert line.startswith(f"vcg: {where}")
    assert problem in line
    assert out.endswith(" valid, 1 broken\n")

    code, out, err = inside("personas", "list", "--personas", folder)
    assert code == 0
    assert "bare-bones\tcustomer" in out
    assert err.startswith(f"vcg: left out {where}")
    assert err.count("\n") == 1

    code, _, err = inside("generate", "--no-play", "--customer", "broken", "--personas", folder)
    assert code == 2
    assert err.splitlines()[-1].startswith(f"vcg: The persona 'broken' can't be used: {where}")


def test_a_support_agent_names_nothing_but_who_talks(inside: Inside, folder: Path) -> None:
    text = "id: x\nname: X\npersonality: P\ncompany_name: C\nagent_name: A\nvoice: {gender: male}\nrole: support\n"
    good = put(folder, "x", text + "says: {greeting: ['{company}, {agent} here.']}\n", "support")
    assert inside("personas", "validate", good)[0] == 0
    broken = put(folder, "x", text + "says: {greeting: ['{compny}, {agent} here.']}\n", "support")
    code, out, _ = inside("personas", "validate", broken)
    assert code == 2
    assert f"{broken}: says.greeting.0: names {{compny}}, which is none of the names; did you mean {{company}}?" in out


def test_validate_takes_files(inside: Inside, folder: Path) -> None:
    good, broken = put(folder, "good", "role: customer\n" + BARE), put(folder, "broken", "role: customer\nid: x\n")
    assert inside("personas", "validate", good)[:2] == (0, "1 valid, 0 broken\n")
    code, out, _ = inside("personas", "validate", good, broken, folder / "none.yaml", "--json")
    told = json.loads(out)
    assert code == 2
    assert told["valid"] == 1
    assert f"{broken}: goal: is missing" in told["problems"]
    assert f"{folder / 'none.yaml'}: can't be read: No such file or directory" in told["problems"]


def test_of_two_files_with_one_id_in_a_folder_the_second_is_told(inside: Inside, folder: Path) -> None:
    put(folder, "one", BARE)
    second = put(folder, "two", BARE.replace("Bare Bones", "Other"))
    code, out, _ = inside("personas", "validate", "--personas", folder)
    assert code == 2
    assert f"vcg: {second}: id: bare-bones is the id of one.yaml already" in out
    assert (
        json.loads(inside("personas", "show", "bare-bones", "--personas", folder, "--json")[1])["name"] == "Bare Bones"
    )


def test_a_file_of_ones_own_wins_over_the_shipped_one(inside: Inside, folder: Path) -> None:
    put(folder, "anna", BARE.replace("bare-bones", "anna-reyes"))
    code, out, _ = inside("personas", "show", "anna-reyes", "--personas", folder, "--json")
    assert code == 0
    assert json.loads(out)["name"] == "Bare Bones"


@pytest.mark.parametrize(("option", "persona", "what"), [("customer", "tier1-support", "a support agent"),
                                                         ("support", "anna-reyes", "a customer")])  # fmt: skip
def test_a_persona_of_the_other_side_is_told_as_such(inside: Inside, option: str, persona: str, what: str) -> None:
    other = "support" if option == "customer" else "customer"
    code, out, err = inside("generate", "--no-play", f"--{option}", persona)
    assert (code, out, err) == (2, "", f"vcg: {persona} is {what}; give it with --{other}.\n")


def test_a_broken_file_of_ones_own_is_told_and_not_passed_over_for_the_shipped_one(inside: Inside) -> None:
    path = Path(inside("personas", "new", "anna-reyes", "--from", "anna-reyes")[1].strip())
    path.write_text(path.read_text("utf-8").replace("{drop_time}", "{nosuchfact}"), "utf-8")
    line = f"{path}: case.record.0: names {{nosuchfact}}, which is none of the facts"
    code, out, _ = inside("personas", "validate")
    assert code == 2
    assert line in out
    code, _, err = inside("generate", "--no-play", "--customer", "anna-reyes")
    assert code == 2
    assert f"The persona 'anna-reyes' can't be used: {line}" in err
    assert inside("personas", "show", "george-papas")[0] == 0


# ------------------------------------------------------------------ what is new


def test_a_copy_keeps_the_role_of_what_it_is_copied_from(inside: Inside) -> None:
    code, out, err = inside("personas", "new", "late-two", "--role", "support", "--from", "anna-reyes")
    assert (code, out) == (2, "")
    assert err == (
        "vcg: anna-reyes is a customer persona, and a copy of it can't be a support persona. "
        "Leave out --role, or copy another.\n"
    )
    assert not list(user_personas_dir().rglob("late-two*"))
    assert inside("personas", "new", "late-two", "--role", "customer", "--from", "anna-reyes")[0] == 0


@pytest.mark.parametrize("role", ["customer", "support"])
def test_a_new_persona_is_valid_and_ready_to_call(inside: Inside, tmp_path: Path, role: str) -> None:
    code, out, _ = inside("personas", "new", "my-own", "--role", role)
    path = Path(out.strip())
    assert code == 0
    assert path.is_relative_to(user_personas_dir())
    assert inside("personas", "validate", path)[:2] == (0, "1 valid, 0 broken\n")
    assert json.loads(inside("personas", "show", "my-own", "--json")[1])["name"] == "My Own"
    told = Vcg(tmp_path).json("generate", f"--{role}", "my-own", "--no-play", "--seed", 4)
    assert told[role] == "my-own"
    assert told["end_reason"] == "completed"
    assert not any(mark in turn["text"] for turn in told["transcript"] for mark in "{}<>_")


def test_what_is_there_is_not_written_over(inside: Inside) -> None:
    path = Path(inside("personas", "new", "my-own")[1].strip())
    path.write_text("mine")
    code, out, err = inside("personas", "new", "my-own")
    assert (code, out) == (2, "")
    assert f"{path} is there already" in err
    assert path.read_text() == "mine"


def test_a_copy_keeps_everything_but_the_id(inside: Inside, tmp_path: Path) -> None:
    code, out, _ = inside("personas", "new", "anna-two", "--from", "anna-reyes", "--out", tmp_path / "out")
    path = tmp_path / "out" / "customers" / "anna-two.yaml"
    assert (code, out) == (0, f"{path}\n")
    original = (shipped_personas() / "customers" / "anna-reyes.yaml").read_text("utf-8")
    assert path.read_text("utf-8") == original.replace("id: anna-reyes\n", "id: anna-two\n", 1)
    assert read_persona(path)[1] == []


@pytest.mark.parametrize("name", ["Two Words", "../escape", "-x", "", "ü", "a" * 65])
def test_what_is_no_id_is_refused(inside: Inside, tmp_path: Path, name: str) -> None:
    code, _, err = inside("personas", "new", "--out", tmp_path / "out", "--", name)
    assert code == 2
    assert "can't be an id" in err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_takes_no_file_is_told(inside: Inside, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, out, err = inside("personas", "new", "x", "--out", tmp_path / "file")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert str(tmp_path / "file") in err


def test_a_saved_persona_reads_back_the_same(folder: Path) -> None:
    service = PersonaService([(shipped_personas(), "shipped"), (folder, "folder")])
    some = service.entries()[::7]
    for entry in some:
        path = service.save(entry.persona, folder)
        assert path.parent.name == ("customers" if entry.persona.role is Role.CUSTOMER else "support")
        assert read_persona(path)[0] == entry.persona
        assert [each.name for each in path.parent.glob("*.part")] == []
    saved = {entry.persona.id for entry in service.entries() if entry.origin == "folder"}
    assert saved == {entry.persona.id for entry in some}


def test_a_bare_persona_makes_a_full_call(folder: Path, tmp_path: Path) -> None:
    put(folder, "bare", BARE)
    told = Vcg(tmp_path).json(
        "generate", "--no-play", "--personas", folder, "--customer", "bare-bones", "--support", "care-line", "--seed", 2
    )
    assert told["end_reason"] == "completed"
    assert told["outcome"] is not None
    lines = [turn["text"] for turn in told["transcript"]]
    assert len(lines) == len(set(lines)) >= 8
    said = " ".join(lines)
    assert "lid" in said
    assert not any(mark in said for mark in "{}<>_")
    assert not any(word in said.lower().split() for word in ("she", "her"))  # of herself she speaks as "I"


def test_a_broken_file_does_not_stop_a_call(folder: Path, tmp_path: Path) -> None:
    put(folder, "broken", "id: x\n")
    done = Vcg(tmp_path)("generate", "--no-play", "--personas", folder, "--max-turns", 2, "--json")
    assert "left out" in done.stderr
    (tmp_path / "other").mkdir()
    refused = Vcg(tmp_path)("generate", "--personas", "other/none", code=2)
    assert "other/none" in one_line(refused)
