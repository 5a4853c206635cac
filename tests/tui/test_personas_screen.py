"""The Personas screen, by key and by mouse."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import yaml
from textual.pilot import Pilot
from textual.widgets import Button, Input, OptionList, Select, Static, TextArea

from tests.tui.live_steps import live
from tests.tui.proofs import proves
from tests.tui.stage import QuietBackstage, Stage, until
from vcg_tui.config import Settings
from vcg_tui.models.role import Role
from vcg_tui.paths import user_personas_dir
from vcg_tui.services.persona_service import PersonaEntry, read_persona
from vcg_tui.tui.screens.confirm import ConfirmScreen
from vcg_tui.tui.screens.persona_form import PersonaFormScreen
from vcg_tui.tui.screens.personas import PersonasScreen
from vcg_tui.tui.widgets.action_links import ActionLinks
from vcg_tui.tui.widgets.form_field import FormField
from vcg_tui.tui.widgets.persona_picker import PersonaPicker
from vcg_tui.tui.widgets.persona_shelf import BrokenFile, PersonaShelf

MINE = """\
# Written by hand.
id: my-caller
name: My Caller    # a friend
role: customer
personality: Calm.
issue: The kettle has a broken lid.   # true
goal: Get a new lid.

facts:
  order_number: "12-34"   # from the mail
  amount: 39.5
voice: {gender: female,  age: young}
# What comes now is long.
says:
  opening:
    - My lid is broken.   # best
"""


@pytest.fixture
def mine() -> Path:
    """A hand-written persona of the person's own."""
    path = user_personas_dir() / "customers" / "my-caller.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(MINE)
    return path


@asynccontextmanager
async def stage(
    size: tuple[int, int] = (100, 40), *, busy: bool = False
) -> AsyncIterator[tuple[Stage, Pilot[None], QuietBackstage]]:
    backstage = QuietBackstage(Settings())
    app = Stage(PersonasScreen(backstage, busy=lambda: busy))
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(app.screen, PersonasScreen) and shelf(app).highlighted is not None)
        yield app, pilot, backstage
    await backstage.aclose()


def shelf(app: Stage) -> PersonaShelf:
    return app.shown.query_one(PersonaShelf)


def highlighted(app: Stage) -> str:
    item = shelf(app).highlighted
    return item.persona.id if isinstance(item, PersonaEntry) else item.path.stem if item else ""


async def find(app: Stage, pilot: Pilot[None], words: str, wanted: str) -> None:
    await pilot.press("slash")
    app.shown.query_one("#shelf--search", Input).value = words
    await until(pilot, lambda: highlighted(app) == wanted)
    await pilot.press("enter")


async def form(app: Stage, pilot: Pilot[None]) -> PersonaFormScreen:
    await until(pilot, lambda: isinstance(app.screen, PersonaFormScreen) and app.screen.whole)
    assert isinstance(app.screen, PersonaFormScreen)
    return app.screen


def field(screen: PersonaFormScreen, key: str) -> FormField:
    return screen.query_one(f"#field-{key.replace('.', '--')}", FormField)


def fill(screen: PersonaFormScreen, key: str, value: str) -> None:
    row = field(screen, key)
    control = row.query_one(".field--control")
    if isinstance(control, Input):
        control.value = value
    elif isinstance(control, TextArea):
        control.text = value
    else:
        row.query_one(Select).value = value


def text_lines(app: Stage, selector: str) -> list[str]:
    """What is drawn, line by line."""
    widget = app.screen.query_one(selector, Static)
    return [widget.render_line(y).text for y in range(widget.size.height)]


def text_of(app: Stage, selector: str) -> str:
    return str(app.screen.query_one(selector, Static).visual)


# ------------------------------------------------------------------ the list


async def test_all_personas_are_there_and_the_own_ones_marked(mine: Path) -> None:
    (mine.parent / "broken.yaml").write_text("id: broken\nmood: happy\n")
    async with stage() as (app, pilot, backstage):
        options = app.screen.query_one(OptionList)
        lines = [str(options.get_option_at_index(at).prompt) for at in range(options.option_count)]
        assert sum(entry.persona.name in line for entry in backstage.personas.entries() for line in lines) >= 37
        assert [line for line in lines if "● yours" in line] == ["  My Caller  ● yours"]
        assert "▲ broken.yaml" in lines
        assert "▲ 1 broken" in text_of(app, "#personas--header")
        await until(pilot, lambda: shelf(app).border_subtitle == "▲ 1 broken below")
        await pilot.press("end")
        await until(pilot, lambda: not shelf(app).border_subtitle)  # it is in sight now
        await pilot.press("home")
        await until(pilot, lambda: shelf(app).border_subtitle == "▲ 1 broken below")
        await find(app, pilot, "broken.yaml", "broken")
        assert isinstance(shelf(app).highlighted, BrokenFile)
        told = "\n".join(text_lines(app, "#sheet--text"))
        assert "This file can't be used:" in told
        assert "personality is missing" in told
        assert "mood is not a known field; did you mean 'emotional_state'?" in told


async def test_a_search_goes_to_the_name_that_is_meant(mine: Path) -> None:
    mine.write_text(MINE.replace("My Caller ", "Zora Sofa "))
    async with stage() as (app, pilot, _):
        await find(app, pilot, "sofa", "my-caller")  # others have something with a sofa
        assert len(shelf(app)._items) > 1
        await find(app, pilot, "lid kettle", "my-caller")
    async with live(mine.parent) as shown:
        await shown.press("1", "slash", *"sofa")
        customers = shown.screen.query_one("#customers", PersonaPicker)
        await shown.until(lambda: customers.highlighted is not None and customers.highlighted.id == "my-caller")
        assert len(customers._shown) > 1


async def test_the_list_is_in_the_order_of_names(mine: Path) -> None:
    for number, name in enumerate(("Zoë Test", "Ångström, Anna", "anna aa")):
        text = MINE.replace("my-caller", f"a-{number}").replace("My Caller ", f"{name} ")
        (mine.parent / f"a-{number}.yaml").write_text(text)
    async with stage() as (app, _, _):
        options = app.screen.query_one(OptionList).options
        lines = [str(option.prompt).strip() for option in options if not option.disabled]
        customers = lines[: next(at for at, line in enumerate(lines) if line.startswith("Zoë")) + 1]
        assert len(customers) == 32, "the last of all customers"
        assert [line.partition("  ")[0] for line in customers[:4]] == [
            "Aisha Bello",
            "Ångström, Anna",
            "anna aa",
            "Anna Reyes",
        ]


@proves("personas", "key", "focus-sheet", "focus-shelf", "leave-personas")
@proves("personas", "mouse", "search-personas", "focus-shelf", dispatched=False)
async def test_search_and_cards_by_mouse(mine: Path) -> None:
    async with stage() as (app, pilot, _):
        await pilot.click("#shelf--search")
        await pilot.press(*"kettle")
        await until(pilot, lambda: highlighted(app) == "my-caller")
        assert shelf(app).border_subtitle == "1 of 37"
        await pilot.press("escape")
        await until(pilot, lambda: not shelf(app).border_subtitle)
        await pilot.click(OptionList, offset=(5, 3))
        await until(pilot, lambda: highlighted(app) == "ben-castillo")
        await pilot.press("2")
        assert app.focused is not None and app.focused.id == "sheet"
        await pilot.press("1", "escape")
        await until(pilot, lambda: not isinstance(app.screen, PersonasScreen))


async def test_where_there_is_room_for_one_pane_enter_shows_the_card(mine: Path) -> None:
    (mine.parent / "broken.yaml").write_text("id: broken\n")
    async with stage((58, 14)) as (app, pilot, _):
        assert text_of(app, "#personas--header") == " vcg ▸ Personas ▸ 29 + 8 personas · ▲ 1 broken"
        await until(pilot, lambda: shelf(app).border_subtitle == "enter shows the card · ▲ 1 broken below")
        sheet = app.shown.query_one("#sheet")
        for words, name in (("aisha", "aisha-bello"), ("kettle", "my-caller")):
            assert not sheet.display
            await find(app, pilot, words, name)
            await pilot.press("enter")
            await until(pilot, lambda: sheet.has_focus and sheet.display and not shelf(app).display)
            await pilot.press("escape")
            await until(pilot, lambda: shelf(app).display and shelf(app).query_one(OptionList).has_focus)
        await pilot.resize_terminal(120, 36)
        await until(pilot, lambda: sheet.display and not shelf(app).enter_told)
        assert "29 customers, 8 support agents, 1 of your own" in text_of(app, "#personas--header")
        await pilot.press("2", "escape")
        await until(pilot, lambda: app.screen is not app.shown)


async def test_the_row_of_links_dims_what_can_not_be_done(mine: Path) -> None:
    (mine.parent / "broken.yaml").write_text("id: broken\n")

    def dimmed(app: Stage) -> set[str]:
        row = app.shown.query_one(ActionLinks)
        cells = [segment for segment in row.render_line(0) if segment.text.strip()]
        return {segment.text.strip() for segment in cells if segment.style and not segment.style.meta.get("@click")}

    async with stage((120, 36)) as (app, pilot, _):
        for words, name, off in (
            ("aisha", "aisha-bello", {"e Edit", "del Delete", "o Open file"}),
            ("kettle", "my-caller", set[str]()),
            ("broken.yaml", "broken", {"c Copy", "e Edit", "v Hear"}),
        ):
            await find(app, pilot, words, name)
            await until(pilot, lambda off=off: dimmed(app) == off)


async def test_the_card_says_what_the_agent_says() -> None:
    async with stage((120, 60)) as (app, pilot, _):
        await find(app, pilot, "tier1", "tier1-support")
        await until(pilot, lambda: "Tier-1 support" in text_lines(app, "#sheet--text")[0])
        told = " ".join("\n".join(text_lines(app, "#sheet--text")).split())
        assert "Maya" in told.partition("begins with")[2]
        assert "{" not in told
        assert "refund up to 100 · credit up to 50 · payment plan up to 3 months" in told
        assert "comes with VCG; copy it to change it" in told


# ------------------------------------------------------------------ writing


@pytest.mark.parametrize(("key", "role"), [("n", Role.CUSTOMER), ("N", Role.SUPPORT)])
async def test_a_new_persona(key: str, role: Role) -> None:
    async with stage() as (app, pilot, backstage):
        await pilot.press(key)
        screen = await form(app, pilot)
        # nothing is complained about before it was touched
        assert not any(row.problem for row in screen.query(FormField))
        assert " ○ to fill in: id, name, " in text_of(app, "#form--state")
        needed = {
            row.key for row in screen.query(FormField) if "*" in str(row.query_one(".field--label", Static).visual)
        }
        assert needed == {"id", "name", "personality"} | (
            {"issue", "goal"} if role is Role.CUSTOMER else {"company_name", "agent_name"}
        )
        assert field(screen, "name").query_one(Input).placeholder == "e.g. Anna Reyes"
        assert field(screen, "name").query_one(Input).get_component_rich_style("input--placeholder").italic
        await pilot.press("tab")
        await until(pilot, lambda: field(screen, "id").problem == "is needed")
        assert not field(screen, "name").problem
        assert text_of(app, "#form--state").startswith(" ▲ 1 error: id  ○ to fill in: name, ")
        await pilot.press("tab", "tab", "ctrl+s")
        await until(pilot, lambda: app.focused is field(screen, "id").query_one(Input))
        assert app.screen is screen
        assert "id: is needed (and" in app.said[-1]
        assert field(screen, "name").problem == "is needed"
        words = {"id": "new-one", "name": "no", "personality": "Calm.", "tags": "a, no"}
        more = {"issue": "A lid.", "goal": "A new lid."} if role is Role.CUSTOMER else {}
        more |= {"company_name": "Lids", "agent_name": "Lou", "authority.refund": "12.5"} if not more else {}
        for name, value in (words | more).items():
            fill(screen, name, value)
        await until(pilot, lambda: not any(row.problem for row in screen.query(FormField)))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: highlighted(app) == "new-one")
        entry = backstage.personas.entry("new-one", role)
        assert entry.origin == "user"
        assert (entry.persona.name, entry.persona.tags) == ("no", ["a", "no"])
        assert getattr(entry.persona, "authority", None) is None or entry.persona.authority.refund == 12.5
        assert "# the industry" in entry.path.read_text() or role is Role.SUPPORT
        assert app.changes


async def test_problems_stand_beside_their_fields(mine: Path) -> None:
    async with stage() as (app, pilot, _):
        await find(app, pilot, "kettle", "my-caller")
        await pilot.press("e")
        screen = await form(app, pilot)
        for key, value, problem in [
            ("issue", "", "is needed"),
            ("voice.speed", "fast", "must be a number"),
            ("voice.speed", "9", "less than or equal to 2"),
            ("voice.accent", "English!", "language tag"),
            ("says", "opening: [", "is not valid YAML: line"),
            ("says", "openings: [x]", "unknown field openings"),
            ("case", "questions: [{ask: x}]", "questions.1.answer"),
            ("says", "opening: ['Around {nosuchfact}.']", "names {nosuchfact}, which is none of the facts"),
            ("languages", "xx-nolang, 5", "must be a language tag such as en or pt-BR, not '5'"),
            ("guardrails", "x" * 601, "at most 600"),
        ]:
            before = field(screen, key).value
            fill(screen, key, value)
            await until(pilot, lambda key=key, problem=problem: problem in field(screen, key).problem)
            assert " error" in text_of(app, "#form--state")
            fill(screen, key, str(before))
            await until(pilot, lambda key=key: not field(screen, key).problem)
        assert " error" not in text_of(app, "#form--state")
        assert field(screen, "id").query_one(Input).disabled


@proves("persona-form", "key", "save-persona")
@proves("personas", "key", "search-personas")
async def test_an_edit_leaves_the_rest_of_the_file_alone(mine: Path) -> None:
    async with stage() as (app, pilot, backstage):
        await find(app, pilot, "kettle", "my-caller")
        await pilot.press("enter")
        screen = await form(app, pilot)
        fill(screen, "name", "Our Caller")
        fill(screen, "emotional_state", "angry")
        rows = field(screen, "facts")
        rows.query(".rows--value").last(Input).value = "41"
        rows.query_one(".rows--add", Button).press()
        await until(pilot, lambda: len(rows.query(".rows--row")) == 3)
        rows.query(".rows--name").last(Input).value = "due_time"
        rows.query(".rows--value").last(Input).value = "17:00"
        await until(pilot, lambda: ("due_time", "17:00") in tuple(field(screen, "facts").value))
        fill(screen, "goal", "Get a lid at once.")  # and saved in the same breath
        # meanwhile, in an editor
        mine.write_text(mine.read_text().replace("Calm.", "Calm and kind."))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is app.shown)
        persona = backstage.personas.customer("my-caller")
        assert persona.goal == "Get a lid at once."
        assert (persona.name, persona.personality, persona.emotional_state) == ("Our Caller", "Calm and kind.", "angry")
        assert persona.facts == {"order_number": "12-34", "amount": 41, "due_time": "17:00"}
        gone = [line for line in MINE.splitlines() if line not in mine.read_text().splitlines()]
        assert gone == ["name: My Caller    # a friend", "personality: Calm.", "goal: Get a new lid.", "  amount: 39.5"]
        assert "# a friend" in mine.read_text()


@proves("personas", "key", "edit-persona")
async def test_rows_can_be_taken_out_by_mouse(mine: Path) -> None:
    async with stage() as (app, pilot, _):
        await find(app, pilot, "kettle", "my-caller")
        await pilot.press("e")
        screen = await form(app, pilot)
        removing = field(screen, "facts").query(".rows--remove").first(Button)
        screen.query_one("#form").scroll_to_widget(removing, animate=False)
        await pilot.pause()
        await pilot.click(removing)
        await until(pilot, lambda: field(screen, "facts").value == (("amount", "39.5"),))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is app.shown)
        assert yaml.safe_load(mine.read_text())["facts"] == {"amount": 39.5}


@proves("personas", "key", "new-customer", "new-agent")
@proves("persona-form", "key", "leave-form")
async def test_leaving_the_form_asks_once_something_was_typed(mine: Path) -> None:
    async with stage() as (app, pilot, _):
        for key in ("n", "N"):
            await pilot.press(key)
            await form(app, pilot)
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is app.shown)
        await find(app, pilot, "kettle", "my-caller")
        await pilot.press("e")
        await form(app, pilot)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.shown)
        await pilot.press("e")
        screen = await form(app, pilot)
        fill(screen, "name", "Other")
        await pilot.pause()
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("n")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.click("#yes")
        await until(pilot, lambda: app.screen is app.shown)
        assert mine.read_text() == MINE


@proves("personas", "key", "copy-persona")
async def test_a_copy_of_a_shipped_one() -> None:
    async with stage() as (app, pilot, backstage):
        shipped = backstage.personas.entry("aisha-bello")
        await find(app, pilot, "aisha", "aisha-bello")
        await pilot.press("e")
        assert app.screen is app.shown
        await pilot.press("x")
        assert "shipped and can't be deleted" in app.said[-1]
        await pilot.press("c")
        screen = await form(app, pilot)
        assert field(screen, "id").value == "aisha-bello-2"
        fill(screen, "id", "anna-reyes")
        await until(pilot, lambda: "taken by Anna Reyes" in field(screen, "id").problem)
        fill(screen, "id", "aisha-two")
        await until(pilot, lambda: not field(screen, "id").problem)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: highlighted(app) == "aisha-two")
        copy = backstage.personas.customer("aisha-two")
        assert copy == shipped.persona.model_copy(update={"id": "aisha-two"})


@proves("personas", "key", "delete-persona")
async def test_deleting_asks(mine: Path) -> None:
    async with stage() as (app, pilot, backstage):
        await find(app, pilot, "kettle", "my-caller")
        await pilot.press("delete")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("enter")  # a hasty Enter does no harm
        await until(pilot, lambda: app.screen is app.shown)
        assert mine.exists()
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("y")
        await until(pilot, lambda: len(backstage.personas.entries()) == 36)
        assert not mine.exists()
        await until(pilot, lambda: app.changes)


async def test_a_file_that_cannot_be_written_is_told(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise OSError(28, "No space left on device")

    async with stage() as (app, pilot, _):
        await find(app, pilot, "kettle", "my-caller")
        await pilot.press("e")
        screen = await form(app, pilot)
        fill(screen, "name", "Other")
        await pilot.pause()
        monkeypatch.setattr("vcg_tui.services.yaml_editing.tempfile.mkstemp", full)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.said)
        assert "No space left on device" in app.said[-1]
        assert app.screen is screen
        assert mine.read_text() == MINE


# ------------------------------------------------------------------ an editor, a voice


@proves("personas", "key", "open-persona-file")
async def test_the_persons_own_editor(mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "editor.py"
    script.write_text(
        "import pathlib, sys\np = pathlib.Path(sys.argv[1])\np.write_text(p.read_text().replace('Calm.', 'Wild.'))\n"
    )
    async with stage() as (app, pilot, backstage):
        monkeypatch.setattr(app, "suspend", nullcontext)
        await find(app, pilot, "kettle", "my-caller")
        monkeypatch.delenv("VISUAL", raising=False)
        monkeypatch.delenv("EDITOR", raising=False)
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv("PATH", str(tmp_path))
            await pilot.press("o")
            await until(pilot, lambda: app.said)
            assert "There is no editor here. Set EDITOR" in app.said[-1]
            # what is there is taken, though nobody named it
            nano = tmp_path / "nano"
            nano.write_text("#!/bin/sh\necho '# seen' >> \"$1\"\n")
            nano.chmod(0o755)
            await pilot.press("o")
            await until(pilot, lambda: mine.read_text().endswith("# seen\n"))
            await until(pilot, lambda: app.screen is app.shown)
        monkeypatch.setenv("EDITOR", f"{sys.executable} {script}")
        await pilot.press("o")
        await until(pilot, lambda: backstage.personas.customer("my-caller").personality == "Wild.")
        script.write_text("import pathlib, sys\npathlib.Path(sys.argv[1]).write_text('id: [')\n")
        await pilot.press("o")
        await until(pilot, lambda: isinstance(shelf(app).highlighted, BrokenFile))
        await until(pilot, lambda: any("not valid YAML" in said for said in app.said))
        # a broken one can be mended
        script.write_text(f"import pathlib, sys\npathlib.Path(sys.argv[1]).write_text({MINE!r})\n")
        await pilot.press("o")
        await until(pilot, lambda: highlighted(app) == "my-caller" and read_persona(mine)[0])


@proves("personas", "key", "hear-voice")
async def test_hearing_the_voice() -> None:
    async with stage() as (app, pilot, backstage):
        await find(app, pilot, "aisha", "aisha-bello")
        await pilot.press("v")
        await until(pilot, lambda: backstage.quiet.fed > 24_000)
        await until(pilot, lambda: app.said)


async def test_no_voice_during_a_call() -> None:
    async with stage(busy=True) as (app, pilot, backstage):
        await pilot.press("v")
        await until(pilot, lambda: app.said)
        assert "call" in app.said[-1]
        assert not backstage.quiet.fed


# ------------------------------------------------------------------ sizes


@pytest.mark.parametrize("size", [(80, 24), (20, 5), (160, 48)])
async def test_any_size(size: tuple[int, int], mine: Path) -> None:
    async with stage(size) as (app, pilot, _):
        await pilot.press("n")
        await form(app, pilot)
        await pilot.resize_terminal(20, 5)
        await pilot.press("tab", "tab", *"abc")
        await pilot.resize_terminal(*size)
        await pilot.pause()
        assert isinstance(app.screen, PersonaFormScreen)
