"""The next call's dialog, and what the app remembers of it and of listening from one start to the next."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input, OptionList, Select

from tests.tui.live_steps import Live, live
from tests.tui.proofs import proves
from vcg_tui.config import load_settings
from vcg_tui.paths import state_file, user_config_file
from vcg_tui.tui.app import VcgApp
from vcg_tui.tui.remembered import Remembered
from vcg_tui.tui.screens.call_dialog import CallDialog
from vcg_tui.tui.screens.settings import SettingsScreen
from vcg_tui.tui.wishes import wishes_of


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The titles of all notices, also of those that have gone again."""
    titles: list[str] = []
    notify = VcgApp.notify

    def noting(app: VcgApp, message: str, **about: Any) -> None:
        titles.append(about.get("title", ""))
        notify(app, message, **about)

    monkeypatch.setattr(VcgApp, "notify", noting)
    return titles


async def opened(shown: Live) -> CallDialog:
    await shown.press("s")
    await shown.until(lambda: isinstance(shown.app.screen, CallDialog) and shown.app.screen.query("#tts"))
    return shown.app.screen


async def wish(shown: Live, **fields: str) -> None:
    """Fill in some fields of the dialog and take it."""
    dialog = await opened(shown)
    for name, value in fields.items():
        widget = dialog.query_one(f"#{name.replace('_', '-')}")
        assert isinstance(widget, Input | Select)
        widget.value = value
    await shown.press("ctrl+s")
    await shown.until(lambda: shown.app.screen is shown.screen)


def filled(dialog: CallDialog) -> dict[str, object]:
    """What the dialog's fields hold."""
    names = ("max-turns", "seed", "language", "llm", "tts")
    return {name: dialog.query_one(f"#{name}").value for name in names}  # pyright: ignore[reportAttributeAccessIssue] - all have one


def turns_and_seed(shown: Live) -> tuple[int, int | None]:
    call = shown.screen.backstage.settings.call
    return call.max_turns, call.seed


# ------------------------------------------------------------------ the dialog


@proves("live", "key", "call-settings")
async def test_the_call_settings_are_checked_and_taken(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        dialog = await opened(shown)
        dialog.query_one("#max-turns", Input).value = "1"
        await shown.press("ctrl+s")
        await shown.until(lambda: "2 or more" in shown.text)
        dialog.query_one("#max-turns", Input).value = "2"
        dialog.query_one("#seed", Input).value = "99"
        await shown.pilot.click("#use")
        await shown.until(lambda: shown.app.screen is shown.screen and turns_and_seed(shown) == (2, 99))
        await shown.run_to_end()
        assert shown.session.plan is not None
        assert (shown.session.plan.details.max_turns, shown.session.plan.details.seed) == (2, 99)
        dialog = await opened(shown)
        assert filled(dialog) == {"max-turns": "2", "seed": "99", "language": "", "llm": "scripted", "tts": "tone"}
        await shown.press("escape")
        await shown.until(lambda: shown.app.screen is shown.screen)


async def test_the_language_is_chosen_by_keys_and_made(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        shown.tts.languages = ("en", "de")
        shown.screen.customer = shown.screen.backstage.personas.customer("lukas-weber")
        dialog = await opened(shown)
        choices = [str(label) for label, _ in dialog._languages]
        assert choices[0].startswith("as the personas (")
        marked = [label for label in choices if label.startswith("● ")]
        assert marked
        assert choices[1 : 1 + len(marked)] == marked
        assert choices[1 + len(marked) :] == sorted(choices[1 + len(marked) :])
        dialog.query_one("#language").focus()
        await shown.press("enter", "g", "e", "r", "enter")
        await shown.until(lambda: dialog.query_one("#language", Select).value == "de")
        await shown.press("ctrl+s")
        await shown.until(lambda: shown.screen.backstage.settings.call.language == "de")
        await shown.until(lambda: "scripted · tone · German" in shown.text)
        await shown.run_to_end()
        assert shown.session.plan is not None
        details = shown.session.plan.details
        assert (details.language, details.customer_voice.language) == ("de", "de")
        assert "Speak German" in shown.llm.requests[0].messages[0].content


async def test_the_offline_text_says_in_the_dialog_what_it_can_not(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        dialog = await opened(shown)
        dialog.query_one("#llm", Select).value = "offline"
        dialog.query_one("#language", Select).value = "de"
        await shown.press("ctrl+s")
        await shown.until(lambda: "speaks English only" in shown.text)
        assert shown.app.screen is dialog


async def test_a_call_that_a_provider_can_not_speak_does_not_begin(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        shown.tts.languages = ("en",)
        await wish(shown, language="hi")
        await shown.press("f5")
        await shown.until(lambda: "tone has no voice that speaks Hindi" in shown.said)
        assert shown.session.plan is None


async def test_defaults_bring_back_what_the_settings_say(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await wish(shown, max_turns="9", seed="5", language="fr", tts="espeak")
        assert turns_and_seed(shown) == (9, 5)
        dialog = await opened(shown)
        await shown.pilot.click("#defaults")
        own = {"max-turns": "4", "seed": "7", "language": "", "llm": "scripted", "tts": "tone"}
        await shown.until(lambda: filled(dialog) == own)
        await shown.press("ctrl+s")
        await shown.until(lambda: shown.app.screen is shown.screen and turns_and_seed(shown) == (4, 7))
    assert json.loads(state_file().read_text("utf-8"))["wishes"] == {}


# ------------------------------------------------------------------ remembered


async def test_wishes_pair_volume_and_speed_are_there_at_the_next_start(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        shown.tts.languages = ("de",)
        await wish(shown, max_turns="3", seed="", language="de")
        await shown.press("1", "end", "enter")
        await shown.until(lambda: shown.screen.customer == shown.screen.backstage.personas.customers[-1])
        await shown.run_to_end()
        await shown.press("minus", "minus", "right_square_bracket")
        await shown.until(lambda: (shown.bar.volume, shown.bar.speed) == (0.8, 1.25))
        pair = shown.screen.customer, shown.screen.support
    written = state_file().read_text("utf-8")
    assert not user_config_file().exists() or "max_turns" not in user_config_file().read_text("utf-8")
    async with live(tmp_path) as shown:
        assert (shown.screen.customer, shown.screen.support) == pair
        assert turns_and_seed(shown) == (3, None)
        assert shown.screen.backstage.settings.call.language == "de"
        shown.tts.languages = ("de",)
        await shown.run()
        assert (shown.player.volume, shown.player.speed) == (0.8, 1.25)
    assert state_file().read_text("utf-8") == written


async def test_who_edits_the_settings_has_the_last_word(tmp_path: Path) -> None:
    async with live(tmp_path, call={}) as shown:
        assert turns_and_seed(shown) == (40, None)
        await wish(shown, max_turns="3", seed="5")
    user_config_file().write_text("call: {max_turns: 12}\n", encoding="utf-8")
    async with live(tmp_path, call={}) as shown:
        assert turns_and_seed(shown) == (12, 5)


@pytest.mark.parametrize(
    ("change", "turns"),
    [
        (lambda _: None, 3),
        (lambda patch: patch.setenv("VCG_CALL__MAX_TURNS", "12"), 12),
        # the value that the wish stood in place of, but said by somebody
        (lambda patch: patch.setenv("VCG_CALL__MAX_TURNS", "40"), 40),
        (lambda _: user_config_file().write_text("call: {max_turns: 40}\n", encoding="utf-8"), 40),
    ],
)
def test_a_wish_holds_while_nobody_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[pytest.MonkeyPatch], object], turns: int
) -> None:
    own = load_settings(cwd=tmp_path)
    remembered = Remembered(state_file())
    remembered.wish(own, replace(wishes_of(own), max_turns=3, seed=5))
    remembered.save()
    change(monkeypatch)
    own = load_settings(cwd=tmp_path)
    now = wishes_of(Remembered(state_file()).over(own))
    assert (now.max_turns, now.seed) == (turns, 5)
    flagged = load_settings(cwd=tmp_path, overrides={"call": {"seed": 6}})
    assert wishes_of(Remembered(state_file()).over(flagged)).seed == 6
    # what was wished once and is the settings' own again is no wish any more
    remembered = Remembered(state_file())
    remembered.wish(own, wishes_of(own))
    remembered.save()
    assert json.loads(state_file().read_text("utf-8"))["wishes"] == {}


def test_a_file_counts_wherever_the_app_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user_config_file().write_text("call: {max_turns: 12}\n", encoding="utf-8")
    for folder in (tmp_path / "a", user_config_file().parent):
        folder.mkdir(exist_ok=True)
        monkeypatch.chdir(folder)
        own = load_settings()
        remembered = Remembered(state_file())
        if folder.name == "a":
            remembered.wish(own, replace(wishes_of(own), max_turns=3))
            remembered.save()
        assert remembered.over(own).call.max_turns == 3


async def test_another_provider_in_the_settings_ends_the_wish_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with live(tmp_path, providers={}) as shown:
        assert wishes_of(shown.screen.backstage.settings).llm == "offline"
        await wish(shown, llm="scripted")
    async with live(tmp_path, providers={}) as shown:
        assert wishes_of(shown.screen.backstage.settings).llm == "scripted"
    monkeypatch.setenv("LLM_PROVIDER", "openai")
    monkeypatch.setenv("LLM_BASE_URL", "http://somebody:secret@127.0.0.1:9/v1")
    async with live(tmp_path, providers={}) as shown:
        assert wishes_of(shown.screen.backstage.settings).llm == "openai"
        await wish(shown, llm="offline")
    assert "secret" not in state_file().read_text("utf-8")
    async with live(tmp_path, providers={}) as shown:
        assert wishes_of(shown.screen.backstage.settings).llm == "offline"
    monkeypatch.setenv("LLM_MODEL", "another")
    async with live(tmp_path, providers={}) as shown:
        assert wishes_of(shown.screen.backstage.settings).llm == "openai"
        assert shown.screen.backstage.settings.providers.llm.model == "another"


async def test_the_settings_screen_shows_and_changes_what_is_set_not_what_is_wished(tmp_path: Path) -> None:
    async with live(tmp_path, call={"seed": 7, "sample_rate": 8000}) as shown:
        await wish(shown, max_turns="3")
        await shown.press("f6")
        await shown.until(lambda: isinstance(shown.app.screen, SettingsScreen) and shown.app.screen.is_mounted)
        shown.app.screen.query_one("#sections", OptionList).highlighted = 5
        await shown.press("enter")
        await shown.until(lambda: shown.app.focused in shown.app.screen.query("#field-call--max_turns Input"))
        field = shown.app.screen.query_one("#field-call--max_turns Input", Input)
        assert field.value == "40"
        field.value = "30"
        await shown.press("enter")
        await shown.until(lambda: shown.screen.backstage.settings.call.max_turns == 30)
        assert "max_turns: 30" in user_config_file().read_text("utf-8")


# ------------------------------------------------------------------ what goes wrong


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"wishes": 5}',
        '{"wishes": {"max_turns": 5}}',
        '{"customer": 5}',
        '{"speed": "fast"}',
        '{"wishes": {"max_turns": {"value": "x"}}}',
        '{"wishes": {"volume": {"value": 7}}}',
        "\udce4",
    ],
)
def test_a_file_of_another_form_is_broken(text: str) -> None:
    state_file().write_bytes(text.encode("utf-8", "surrogateescape"))
    remembered = Remembered(state_file())
    assert "is broken" in remembered.problem()
    assert remembered.problem() == ""
    assert (remembered.customer, remembered.speed) == ("", 1.0)


async def test_a_broken_state_file_is_one_notice_and_is_written_anew(tmp_path: Path, told: list[str]) -> None:
    state_file().write_text("{", encoding="utf-8")
    async with live(tmp_path) as shown:
        await shown.until(lambda: "state.json is broken" in shown.said)
        await wish(shown, max_turns="3")
        await shown.until(lambda: json.loads(state_file().read_text("utf-8"))["wishes"]["max_turns"]["value"] == 3)
        assert told.count("Not remembered") == 1
    told.clear()
    async with live(tmp_path) as shown:
        assert turns_and_seed(shown) == (3, 7)
        assert "Not remembered" not in told


async def test_a_folder_that_takes_no_file_is_one_notice(
    tmp_path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("VCG_HOME", str(tmp_path / "file"))
    async with live(tmp_path) as shown:
        await wish(shown, max_turns="3")
        await shown.until(lambda: "state.json can't be" in shown.said)
        await shown.press("r")
        await wish(shown, max_turns="5")
        assert turns_and_seed(shown) == (5, 7)
        await shown.app.workers.wait_for_complete()
        assert told.count("Not remembered") == 1


@pytest.mark.slow
async def test_two_apps_at_once_leave_a_whole_file(tmp_path: Path) -> None:
    async with live(tmp_path) as one, live(tmp_path) as two:
        for turn in range(2, 6):
            await wish(one, max_turns=str(turn))
            await wish(two, max_turns=str(turn + 10))
            one.screen.backstage.remembered.save()
            two.screen.backstage.remembered.save()
            assert json.loads(state_file().read_text("utf-8"))["wishes"]["max_turns"]["value"] == turn + 10
    names = [path.name for path in state_file().parent.iterdir()]
    assert "state.json" in names
    assert not [name for name in names if name.endswith(".part")]


async def test_a_persona_that_is_gone_is_forgotten(tmp_path: Path, told: list[str]) -> None:
    state_file().write_text(json.dumps({"customer": "nobody", "support": "nobody", "speed": 99}), encoding="utf-8")
    async with live(tmp_path) as shown:
        assert shown.screen.customer is not None
        assert shown.screen.backstage.remembered.speed <= 4
        assert "Not remembered" not in told
