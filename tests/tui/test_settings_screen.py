"""The Settings screen, by key and by mouse."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from textual.pilot import Pilot
from textual.widgets import ContentSwitcher, Input, OptionList, Select, Static, Switch

from tests.tui.proofs import proves
from tests.tui.stage import QuietBackstage, Stage, until
from vcg_tui.audio.player import OutputDevice
from vcg_tui.config import load_settings
from vcg_tui.errors import AudioDeviceError
from vcg_tui.paths import user_config_file
from vcg_tui.tui.keymap import keymap_problems, usable_keymap
from vcg_tui.tui.screens import settings as module
from vcg_tui.tui.screens.key_capture import KeyCaptureScreen
from vcg_tui.tui.screens.settings import SettingsScreen
from vcg_tui.tui.settings_draft import SAME, SHOWN, Change
from vcg_tui.tui.widgets.form_field import FormField

HAND_WRITTEN = """\
# Mine.
call:
  max_turns: 7   # few
"""
DEVICES = [
    OutputDevice(0, "Speakers", "ALSA", 48_000, True),
    OutputDevice(3, "Headset", "ALSA", 48_000, False),
]


@pytest.fixture(autouse=True)
def devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "list_devices", lambda: DEVICES)


@asynccontextmanager
async def stage(
    tmp_path: Path, size: tuple[int, int] = (100, 40), *, call: list[bool] | None = None, **given: Any
) -> AsyncIterator[tuple[Stage, Pilot[None], QuietBackstage]]:
    backstage = QuietBackstage(load_settings(cwd=tmp_path, **given))
    app = Stage(SettingsScreen(backstage, busy=lambda: bool(call)))
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.screen is app.shown and shown_section(app) == "section-text")
        yield app, pilot, backstage
    await backstage.aclose()


def written() -> Any:
    return yaml.safe_load(user_config_file().read_text()) if user_config_file().exists() else None


def field(app: Stage, key: str) -> FormField:
    return app.shown.query_one(f"#field-{key.replace('.', '--')}", FormField)


def shown_section(app: Stage) -> str | None:
    return app.shown.query_one("#section", ContentSwitcher).current


def state(app: Stage) -> str:
    return str(app.shown.query_one("#settings--state", Static).visual)


async def section(app: Stage, pilot: Pilot[None], name: str) -> None:
    await pilot.press("1")
    sections = app.shown.query_one("#sections", OptionList)
    sections.highlighted = sections.get_option_index(f"section-{name}")
    await until(pilot, lambda: shown_section(app) == f"section-{name}")


async def type_in(app: Stage, pilot: Pilot[None], key: str, text: str) -> None:
    box = field(app, key).query_one(Input)
    box.focus()
    box.value = text
    await pilot.pause()


# ------------------------------------------------------------------ values


async def test_a_value_is_checked_while_typed_and_written_with_its_file_kept(tmp_path: Path) -> None:
    user_config_file().write_text(HAND_WRITTEN)
    async with stage(tmp_path) as (app, pilot, backstage):
        await section(app, pilot, "calls")
        assert field(app, "call.max_turns").aside.strip() == "yours"
        assert field(app, "call.seed").aside.strip() == "default"
        await type_in(app, pilot, "call.max_turns", "1")
        await until(pilot, lambda: "greater than or equal to 2" in field(app, "call.max_turns").problem)
        await pilot.press("enter")
        await pilot.pause()
        assert user_config_file().read_text() == HAND_WRITTEN
        await pilot.press("escape")
        assert field(app, "call.max_turns").value == "7"
        await type_in(app, pilot, "call.max_turns", "12")
        await pilot.press("enter")
        await until(pilot, lambda: backstage.settings.call.max_turns == 12)
        assert user_config_file().read_text() == HAND_WRITTEN.replace("7 ", "12")
        assert "saved" in state(app)
        # leaving the field is as good as Enter
        await type_in(app, pilot, "call.seed", "5")
        await pilot.press("tab")
        await until(pilot, lambda: backstage.settings.call.seed == 5)
        assert field(app, "call.seed").aside.strip() == "yours"
        assert load_settings(cwd=tmp_path).call.seed == 5
        await type_in(app, pilot, "call.seed", "")
        await pilot.press("enter")
        await until(pilot, lambda: backstage.settings.call.seed is None)
        await type_in(app, pilot, "call.max_turns", "12")
        await pilot.press("ctrl+r")
        await until(pilot, lambda: backstage.settings.call.max_turns == 40)
        assert written() == {"call": {"seed": None}}


async def test_another_provider_drops_what_belonged_to_the_old_one(tmp_path: Path) -> None:
    user_config_file().write_text("providers: {llm: {type: openai, model: m, timeout_s: 9}}\n")
    async with stage(tmp_path) as (app, pilot, backstage):
        assert field(app, "providers.llm.model").value == "m"
        await type_in(app, pilot, "providers.llm.base_url", "localhost")
        await until(pilot, lambda: "http://" in field(app, "providers.llm.base_url").problem)
        field(app, "providers.llm.type").query_one(Select).value = "offline"
        await until(pilot, lambda: backstage.settings.providers.llm.type == "offline")
        assert written() == {"providers": {"llm": {"type": "offline", "timeout_s": 9}}}
        assert backstage.settings.providers == load_settings(cwd=tmp_path).providers
        await until(pilot, lambda: field(app, "providers.llm.model").value == "")


async def test_the_customers_own_model(tmp_path: Path) -> None:
    async with stage(tmp_path) as (app, pilot, backstage):
        await section(app, pilot, "customer-text")
        model = field(app, "providers.customer_llm.model")
        assert model.disabled
        assert model.query_one(Input).placeholder == "as in Text"
        choice = field(app, "providers.customer_llm.type").query_one(Select)
        choice.value = "openai"
        await until(pilot, lambda: backstage.settings.providers.customer_llm is not None and not model.disabled)
        assert model.query_one(Input).placeholder == "the provider's own"
        await type_in(app, pilot, "providers.customer_llm.model", "small")
        await pilot.press("enter")
        await until(pilot, lambda: backstage.settings.providers.customer.model == "small")
        assert load_settings(cwd=tmp_path).providers == backstage.settings.providers
        choice.value = SAME
        await until(pilot, lambda: backstage.settings.providers.customer_llm is None)
        assert load_settings(cwd=tmp_path).providers.customer_llm is None


async def test_what_a_provider_without_a_service_does_not_read(tmp_path: Path) -> None:
    user_config_file().write_text("providers: {tts: {model: old}}\n")
    async with stage(tmp_path) as (app, pilot, backstage):
        address, timeout = field(app, "providers.llm.base_url"), field(app, "providers.llm.timeout_s")
        assert address.disabled
        assert address.query_one(Input).placeholder == "not used by offline"
        assert not timeout.disabled
        field(app, "providers.llm.type").query_one(Select).value = "openai"
        await until(pilot, lambda: backstage.settings.providers.llm.type == "openai" and not address.disabled)
        assert address.query_one(Input).placeholder == "the provider's own"
        await section(app, pilot, "speech")
        model = field(app, "providers.tts.model")
        assert field(app, "providers.tts.base_url").disabled
        assert not model.disabled, "what is set can be emptied"
        await type_in(app, pilot, "providers.tts.model", "")
        await pilot.press("enter")
        await until(pilot, lambda: model.disabled)
        assert not written()["providers"]["tts"].get("model")


async def test_what_hides_a_written_value_is_told(tmp_path: Path) -> None:
    async with stage(tmp_path, environ={"TTS_MODEL": "loud", "VCG_HOME": str(user_config_file().parent)}) as (
        app,
        pilot,
        backstage,
    ):
        await section(app, pilot, "speech")
        assert field(app, "providers.tts.model").aside.strip() == "⚑ TTS_MODEL"
        await type_in(app, pilot, "providers.tts.model", "soft")
        await pilot.press("enter")
        await until(pilot, lambda: "TTS_MODEL hides it" in state(app))
        assert written() == {"providers": {"tts": {"model": "soft"}}}
        assert backstage.settings.providers.tts.model == "loud"
        assert field(app, "providers.tts.model").value == "loud"


async def test_during_a_call_it_waits(tmp_path: Path) -> None:
    call = [True]
    async with stage(tmp_path, call=call) as (app, pilot, backstage):
        await section(app, pilot, "calls")
        await type_in(app, pilot, "call.max_turns", "12")
        await pilot.press("enter")
        await until(pilot, lambda: "next call" in state(app))
        await pilot.press("escape", "escape")
        assert not backstage.used
        call.clear()
        await until(pilot, lambda: backstage.settings.call.max_turns == 12)
        assert written() == {"call": {"max_turns": 12}}


async def test_a_file_that_can_not_be_changed_is_told(tmp_path: Path) -> None:
    async with stage(tmp_path) as (app, pilot, backstage):
        user_config_file().write_text("call: [")
        await section(app, pilot, "calls")
        await type_in(app, pilot, "call.max_turns", "12")
        await pilot.press("enter")
        await until(pilot, lambda: app.said)
        assert "config.yaml" in app.said[-1]
        assert backstage.settings.call.max_turns == 40
        assert field(app, "call.max_turns").value == "40"
        assert user_config_file().read_text() == "call: ["


async def test_leaving_while_a_change_is_being_written_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_go_on, write = threading.Event(), threading.Event(), Change.write

    def slow(change: Change) -> Path:
        begun.set()
        assert may_go_on.wait(30)
        return write(change)

    monkeypatch.setattr(Change, "write", slow)
    async with stage(tmp_path) as (app, pilot, _):
        await section(app, pilot, "calls")
        await type_in(app, pilot, "call.max_turns", "9")
        pressed = asyncio.create_task(pilot.press("enter"))  # which waits until nothing happens any more
        assert await asyncio.to_thread(begun.wait, 30)
        leaving = asyncio.ensure_future(app.pop_screen())
        while app.screen is app.shown:
            await asyncio.sleep(0)
        may_go_on.set()
        await asyncio.gather(leaving, pressed)
        assert written() == {"call": {"max_turns": 9}}


async def test_keys_are_present_or_missing_and_never_shown(tmp_path: Path) -> None:
    environ = {"OPENAI_API_KEY": "sk-secret", "VCG_HOME": str(user_config_file().parent)}
    async with stage(tmp_path, environ=environ) as (app, pilot, _):
        await section(app, pilot, "service-keys")
        told = str(app.shown.query_one("#keys", Static).visual)
        assert "● present  OPENAI_API_KEY" in told
        assert "○ missing  ELEVENLABS_API_KEY" in told
        assert ".env.local" in told
        assert "sk-secret" not in app.export_screenshot() + told


async def test_a_section_is_there_once_it_is_wanted(tmp_path: Path) -> None:
    async with stage(tmp_path) as (app, pilot, backstage):
        assert {each.key for each in app.shown.query(FormField)} == {
            each.key for each in SHOWN if each.section == "Text"
        }
        # the keys for a section and into it come faster than its fields
        await pilot.press("down", "down", "down", "down", "down", "2")
        await until(pilot, lambda: app.focused in app.shown.query("#field-call--max_turns *"))
        assert shown_section(app) == "section-calls"
        assert not app.shown.query("#section-cache, #themes, #keymap--list")
        await type_in(app, pilot, "call.max_turns", "12")
        await pilot.press("enter")
        await until(pilot, lambda: backstage.settings.call.max_turns == 12)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: backstage.settings.call.max_turns == 40)


# ------------------------------------------------------------------ sound


async def test_device_volume_and_switches(tmp_path: Path) -> None:
    async with stage(tmp_path) as (app, pilot, backstage):
        await section(app, pilot, "sound")
        select = field(app, "audio.device").query_one(Select)
        await pilot.click(select)
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: backstage.settings.audio.device == "Headset")
        await type_in(app, pilot, "audio.volume", "101")
        await until(pilot, lambda: field(app, "audio.volume").problem)
        await type_in(app, pilot, "audio.volume", "25")
        await pilot.press("enter")
        await until(pilot, lambda: backstage.settings.audio.volume == 0.25)
        await pilot.click(field(app, "audio.play").query_one(Switch))
        await until(pilot, lambda: not backstage.settings.audio.play)
        assert written() == {"audio": {"device": "Headset", "volume": 0.25, "play": False}}
        assert load_settings(cwd=tmp_path).audio == backstage.settings.audio


@proves("settings", "key", "test-tone")
@proves("settings", "mouse", "test-tone", dispatched=False)
async def test_the_tone_goes_to_the_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[tuple[int, int, Any]] = []
    broken: list[bool] = []

    async def play(pcm: Any, rate: int, audio: Any) -> None:
        played.append((abs(pcm).max(), len(pcm), audio.device))
        if broken:
            raise AudioDeviceError("No sound: nothing here.")

    monkeypatch.setattr(module, "play", play)
    user_config_file().write_text("audio: {device: Headset}\n")
    async with stage(tmp_path) as (app, pilot, _):
        await section(app, pilot, "sound")
        await pilot.click("#tone")
        await until(pilot, lambda: "was played" in state(app))
        await section(app, pilot, "calls")
        await until(pilot, lambda: "was played" not in state(app))
        await section(app, pilot, "sound")
        assert [(4_000 < peak < 16_000, size, device) for peak, size, device in played] == [(True, 14_400, "Headset")]
        broken.append(True)
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "no sound" in state(app))
        assert app.said == ["No sound: nothing here."]


async def test_no_device_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Any:
        raise AudioDeviceError("No sound: PortAudio is missing.", "Install it.")

    monkeypatch.setattr(module, "list_devices", missing)
    async with stage(tmp_path) as (app, pilot, _):
        await section(app, pilot, "sound")
        await until(pilot, lambda: "PortAudio" in str(app.shown.query_one("#devices", Static).visual))


async def test_the_footer_shows_what_can_be_done_here(tmp_path: Path) -> None:
    def shown(app: Stage) -> dict[str, bool]:
        bindings = app.screen.active_bindings.values()
        return {str(each.binding.id): each.enabled for each in bindings if each.binding.show}

    async with stage(tmp_path) as (app, pilot, _):
        await until(pilot, lambda: shown(app).get("reset-setting") is False)
        assert "test-tone" not in shown(app)
        await section(app, pilot, "sound")
        await until(pilot, lambda: "test-tone" in shown(app) and not shown(app)["reset-setting"])
        await pilot.press("2")
        await until(pilot, lambda: shown(app)["reset-setting"])
        await section(app, pilot, "calls")
        await until(pilot, lambda: "test-tone" not in shown(app))
        await section(app, pilot, "keymap")
        await pilot.press("2")
        await until(pilot, lambda: shown(app)["reset-setting"])


async def test_a_focused_switch_is_a_switch(tmp_path: Path) -> None:
    async with stage(tmp_path) as (app, pilot, _):
        await section(app, pilot, "cache")
        switch = field(app, "cache.enabled").query_one(Switch)
        before = switch.render_line(0)
        await pilot.press("2")
        await until(pilot, lambda: switch.has_focus and switch.render_line(0) != before)
        assert switch.render_line(0).text == before.text  # the one line of it is no border


# ------------------------------------------------------------------ theme and keys


@proves("settings", "key", "focus-section", "leave-settings")
async def test_themes_show_while_moving_and_escape_goes_back(tmp_path: Path) -> None:
    async with stage(tmp_path) as (app, pilot, backstage):
        before = app.theme
        await section(app, pilot, "theme")
        await pilot.press("2")
        themes = app.shown.query_one("#themes", OptionList)
        await pilot.press("home", "down")
        await until(pilot, lambda: app.theme != before)
        await pilot.press("escape")
        await until(pilot, lambda: app.theme == before)
        assert written() is None
        themes.focus()
        await until(pilot, lambda: themes.has_focus)
        themes.highlighted = themes.get_option_index("nord")
        await until(pilot, lambda: app.theme == "nord")
        await pilot.press("enter")
        await until(pilot, lambda: written() == {"tui": {"theme": "nord"}})
        await pilot.press("escape")
        await pilot.pause()
        assert app.theme == "nord"
        assert backstage.settings.tui.theme == "nord"
        assert not backstage.used  # no provider was closed for a colour


@proves("settings", "key", "reset-setting", "focus-sections")
async def test_a_key_is_set_by_pressing_it(tmp_path: Path) -> None:
    async with stage(tmp_path) as (app, pilot, backstage):
        await section(app, pilot, "keymap")
        actions = app.shown.query_one("#keymap--list", OptionList)
        actions.focus()
        actions.highlighted = actions.get_option_index("run-call")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, KeyCaptureScreen))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.shown)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, KeyCaptureScreen))
        await pilot.press("r")
        told = app.screen.query_one("#capture--problem", Static)
        await until(pilot, lambda: "Random pair" in str(told.visual))
        await pilot.press("f9")
        await until(pilot, lambda: written() == {"tui": {"keymap": {"run-call": "f9"}}})
        assert load_settings(cwd=tmp_path).tui.keymap == backstage.settings.tui.keymap == {"run-call": "f9"}
        await until(pilot, lambda: "yours, was f5" in str(actions.get_option("run-call").prompt))
        await pilot.press("ctrl+r")
        await until(pilot, lambda: not backstage.settings.tui.keymap)
        assert not (written() or {}).get("tui", {}).get("keymap")


async def test_going_back_to_the_default_leaves_nothing_behind(tmp_path: Path) -> None:
    user_config_file().write_text("# Mine.\n")
    async with stage(tmp_path) as (app, pilot, backstage):
        await type_in(app, pilot, "providers.llm.timeout_s", "9")
        await pilot.press("enter")
        await until(pilot, lambda: backstage.settings.providers.llm.timeout_s == 9)
        assert written() == {"providers": {"llm": {"timeout_s": 9}}}
        await pilot.press("ctrl+r")
        await until(pilot, lambda: backstage.settings.providers.llm.timeout_s == 60)
        assert user_config_file().read_text() == "# Mine.\n"


async def test_a_changed_key_works_at_once(tmp_path: Path) -> None:
    user_config_file().write_text("tui: {keymap: {nonsense: f9, focus-section: 'x y'}}\n")
    async with stage(tmp_path) as (app, pilot, _):
        await section(app, pilot, "keymap")
        problems = str(app.shown.query_one("#keymap--problems", Static).visual)
        assert "nonsense: there is no such action" in problems
        assert "focus-section: 'x y' is no key" in problems
        actions = app.shown.query_one("#keymap--list", OptionList)
        actions.focus()
        actions.highlighted = actions.get_option_index("focus-section")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, KeyCaptureScreen))
        await pilot.press("f10")
        await until(pilot, lambda: "f10" in user_config_file().read_text())
        await section(app, pilot, "text")
        await pilot.press("f10")
        await until(
            pilot, lambda: app.focused is not None and field(app, "providers.llm.type") in app.focused.ancestors
        )


@pytest.mark.parametrize(
    ("keymap", "problem"),
    [
        ({"run-cal": "f9"}, "did you mean run-call"),
        ({"run-call": "ctrl+"}, "is no key"),
        ({"run-call": "ctrl+A"}, "is no key"),
        ({"run-call": "hyperdrive"}, "is no key"),
        ({"run-call": "f9,bogus+x"}, "is no key"),
        ({"run-call": ","}, "no key is named"),
        ({"run-call": "r"}, "Random pair"),
        ({"run-call": "f1"}, "Help"),
        ({"help": "r"}, "is the key of"),
        ({"run-call": "f9", "random-pair": "f9"}, "is the key of"),
        ({"run-call": "r", "random-pair": "f9"}, None),
        ({"run-call": "ctrl+g,/,f9", "search": "question_mark"}, None),
        ({"search-personas": "r"}, None),
    ],
)
def test_keymaps(keymap: dict[str, str], problem: str | None) -> None:
    problems = keymap_problems(keymap)
    if problem is None:
        assert not problems
        assert usable_keymap(keymap).keys() == keymap.keys()
    else:
        assert any(problem in each for each in problems.values()), problems
        assert not usable_keymap(keymap).keys() & problems.keys()


@pytest.mark.parametrize("size", [(80, 24), (20, 5)])
async def test_any_size_and_out_again(size: tuple[int, int], tmp_path: Path) -> None:
    async with stage(tmp_path, size) as (app, pilot, _):
        for _ in range(9):
            await pilot.press("down")
        await pilot.resize_terminal(20, 5)
        await pilot.press("2", "tab", "escape", "escape")
        await until(pilot, lambda: app.screen is not app.shown)
