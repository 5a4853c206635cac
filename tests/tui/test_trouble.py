"""What goes wrong is a sentence on the screen, and the app goes on."""

from __future__ import annotations

import asyncio
import errno
from pathlib import Path

import pytest

from tests.fake_providers import ScriptedLLM, ToneTTS, said, trouble
from tests.tui.live_steps import HandPlayer, kept_calls, live
from vcg_tui.config import load_settings
from vcg_tui.errors import ProviderErrorKind, VcgError
from vcg_tui.paths import log_dir, user_personas_dir
from vcg_tui.tui import app as app_module
from vcg_tui.tui.screens.history import HistoryScreen
from vcg_tui.tui.widgets.call_header import CallHeader


async def test_no_device_is_told_once_and_the_call_goes_on(tmp_path: Path) -> None:
    async with live(tmp_path, sound_problem="No sound: there is nothing to play on.") as shown:
        for _ in range(2):
            await shown.run_to_end()
        assert shown.said.count("nothing to play on") == 1
        assert len(kept_calls(tmp_path)) == 2


async def test_a_device_lost_in_the_middle_is_told_and_looked_for_again(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.run()
        shown.player.problem = "No sound: the sound device is gone."
        assert shown.player.on_problem is not None
        await asyncio.to_thread(shown.player.on_problem, shown.player.problem)
        await shown.until(lambda: "the sound device is gone" in shown.said)
        await shown.run_to_end()
        fresh = HandPlayer()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("vcg_tui.audio.player.open_player", lambda *_: (fresh, None))
            await shown.press("f5")
            await shown.until(lambda: shown.screen.backstage.player is fresh and shown.turn(1) is not None)
        await shown.press("escape")
        await shown.until(lambda: not shown.screen.busy)
        assert shown.player.closed


async def test_a_failing_writer_is_a_sentence_and_the_next_call_works(tmp_path: Path) -> None:
    llm = ScriptedLLM({1: [[trouble(ProviderErrorKind.AUTH, "The key is wrong.")]]})
    async with live(tmp_path, llm=llm) as shown:
        await shown.press("f5")
        await shown.until(lambda: "The key is wrong. Plug it in." in shown.said)
        await shown.until(lambda: not shown.screen.busy)
        llm.turns.clear()
        await shown.run_to_end()
        assert len(shown.session.turns) == 4


async def test_a_provider_that_raises_anything_is_a_sentence_with_the_log(tmp_path: Path) -> None:
    class Broken(ToneTTS):
        async def voices(self) -> None:  # type: ignore[override] - a provider of somebody who made a mistake
            raise ZeroDivisionError("by hand")

    async with live(tmp_path, tts=Broken()) as shown:
        await shown.press("f5")
        await shown.until(lambda: "ZeroDivisionError: by hand" in shown.said)
        assert "app.log" in shown.said
        await shown.until(lambda: not shown.screen.busy)
        assert shown.screen.query_one(CallHeader).state == "ready"
    from vcg_tui.paths import log_dir

    assert "Traceback" in (log_dir() / "app.log").read_text()


async def test_a_data_folder_that_cant_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "calls").write_text("a file where the folder should be")
    async with live(tmp_path) as shown:
        await shown.press("f5")
        await shown.until(lambda: str(tmp_path / "calls") in shown.said)
        await shown.until(lambda: (shown.player.hear_all(), not shown.screen.busy)[1])


async def test_a_broken_persona_file_is_a_sentence(tmp_path: Path) -> None:
    folder = user_personas_dir() / "customers"
    folder.mkdir(parents=True)
    (folder / "broken.yaml").write_text("id: broken\nname: [half\n")
    async with live(tmp_path) as shown:
        await shown.until(lambda: "broken.yaml" in shown.said)
        await shown.run_to_end()


async def test_a_disk_that_is_full_in_the_middle_is_a_sentence_and_the_next_call_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    gate = asyncio.Event()
    async with live(tmp_path, llm=ScriptedLLM({3: [[gate, *said("The third turn.")]]})) as shown:
        await shown.run_to_third()
        with monkeypatch.context() as patch:
            patch.setattr("vcg_tui.providers.storage.writer.write_wav", full)
            gate.set()
            await shown.until(lambda: "no space left for" in shown.said)
            await shown.until(lambda: (shown.player.hear_all(), not shown.screen.busy)[1])
        shown.llm.turns.clear()
        before = kept_calls(tmp_path)
        await shown.run_to_end()
        assert len(kept_calls(tmp_path)) == len(before) + 1


async def test_a_home_that_can_not_be_written_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    monkeypatch.setenv("VCG_HOME", str(tmp_path / "home"))
    async with live(tmp_path, tui={}) as shown:
        await shown.run_to_end()
        await shown.until(lambda: "Not remembered" in shown.said)
        await shown.press("f3")
        await shown.until(lambda: isinstance(shown.app.screen, HistoryScreen) and "max turns" in shown.text)


async def test_two_apps_at_once_keep_their_calls_in_one_folder(tmp_path: Path) -> None:
    async def one() -> str:
        async with live(tmp_path) as shown:
            await shown.run_to_end()
            assert shown.session.conversation is not None
            return shown.session.conversation.call_id

    made = await asyncio.gather(asyncio.create_task(one()), asyncio.create_task(one()))
    assert sorted(made) == [folder.name for folder in kept_calls(tmp_path)]


def test_after_a_crash_one_line_names_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    class Crashing(app_module.VcgApp):
        def on_mount(self) -> None:
            super().on_mount()
            self.call_after_refresh(self._fall)

        def _fall(self) -> None:
            raise LookupError("fell over")

        def run(self, **_: object) -> None:
            super().run(headless=True)

    monkeypatch.setattr(app_module, "VcgApp", Crashing)
    with pytest.raises(VcgError, match="LookupError") as caught:
        app_module.run_app(load_settings(cwd=tmp_path))
    assert str(log_dir() / "app.log") in str(caught.value)
    log = (log_dir() / "app.log").read_text()
    assert "fell over" in log
    assert "_fall" in log
    assert "Traceback" not in capfd.readouterr().err
