"""What the keys in the last line, the links and the palette say at each moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.history_steps import DAY, opened, search
from tests.tui.live_steps import Live, live
from tests.tui.saved_calls import break_off, save
from tests.tui.test_actions import offered
from tests.tui.waiting import until
from vcg_tui.providers.storage.local import LocalStorage
from vcg_tui.tui.screens.history import HistoryScreen
from vcg_tui.tui.screens.live import LiveScreen
from vcg_tui.tui.widgets.action_links import ActionLinks
from vcg_tui.tui.widgets.key_footer import KeyFooter


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "calls")


def footer(screen: LiveScreen | HistoryScreen) -> list[str]:
    return [f"{entry.shown} {entry.word}" for entry in screen.query_one(KeyFooter).entries]


def off(screen: HistoryScreen) -> set[str]:
    """The words of the links that lead nowhere now."""
    row = screen.query_one(ActionLinks)
    cells = [segment for segment in row.render_line(0) if segment.text.strip()]
    return {part.text.split()[-1] for part in cells if part.style and not part.style.meta.get("@click")}


async def shows(shown: Live, *words: str) -> None:
    await shown.until(lambda: set(words) <= set(footer(shown.screen)))


async def test_the_keys_of_a_call_follow_it(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shows(shown, "f5 Run", "f6 Settings")
        await shown.run()
        await shows(shown, "esc Stop", "space Pause")
        assert "f5 Run" not in footer(shown.screen), "there is one already"
        assert len(footer(shown.screen)) == 7, "and not all for which there would be room"
        await shown.press("space")
        await shows(shown, "space Resume")
        await shown.press("space")
        await shows(shown, "space Pause")
        await shown.run_to_end()
        await shows(shown, "space Replay", "f5 Run")
        await shown.press("space")
        await shows(shown, "space Pause")
        await shown.press("space")
        await shows(shown, "space Resume")


async def test_the_palette_says_what_can_be_done_now(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.run()
        await shown.press("space")
        await shows(shown, "space Resume")
        names = await offered(shown)
        assert {"Listening: Resume", "Call: Stop"} <= set(names)
        assert not [name for name in names if name in {"Call: Run", "Call: Next call"} or "None" in name]


async def test_what_lies_over_the_transcript_is_closed_and_a_call_stopped(tmp_path: Path) -> None:
    async with live(tmp_path, size=(58, 20)) as shown:
        await shown.run()
        await shown.press("4")
        await shows(shown, "esc Close")
        await shown.press("escape")
        await shows(shown, "esc Stop")
        assert shown.screen.busy


async def test_a_search_tells_its_own_keys_and_no_letter_that_would_be_typed(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.run_to_end()
        await shown.press("3", "slash")
        await shows(shown, "enter Next", "↑ Back", "esc Close")
        assert not {"/ Search", "space Replay"} & set(footer(shown.screen))
        await shown.press("1", "escape", "1", "slash")
        await shown.until(lambda: "/ Search" not in footer(shown.screen) and "f1 Help" in footer(shown.screen))


async def test_a_saved_call_is_offered_what_can_be_done_with_it(tmp_path: Path, storage: LocalStorage) -> None:
    save(storage, 1, DAY)
    break_off(storage, 0, DAY)
    async with opened(tmp_path) as (pilot, app):
        screen = app.history
        await until(pilot, lambda: off(screen) == {"Mark", "Compare"})
        assert not any("Listen" in each for each in footer(screen))
        await pilot.press("down")
        await until(pilot, lambda: off(screen) == {"Compare", "Recover"})
        await until(pilot, lambda: any("Listen" in each for each in footer(screen)))
        await pilot.press("x")
        await until(pilot, lambda: "◆" in str(screen.query_one("#history--header").render()))
        assert "Compare" in off(screen), "not with itself"
        await search(pilot, app, "nothing-like-it")
        await until(pilot, lambda: len(off(screen)) == 8 and any("Clear" in each for each in footer(screen)))


@pytest.mark.parametrize("key", ["c", "r"])
async def test_a_key_that_is_not_offered_says_why(tmp_path: Path, storage: LocalStorage, key: str) -> None:
    save(storage, 0, DAY)
    async with opened(tmp_path) as (pilot, app):
        await pilot.press(key)
        await until(pilot, lambda: "Mark a call with x first" in app.told or "Only an interrupted call" in app.told)


async def test_a_notice_is_no_markup(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        for text in ("nano: [Errno 2] No such file", "/calls/[x=/1]", "[red]not red[/red]"):
            shown.app.notify(text, title="[b]Title")
            await shown.until(lambda text=text: text in shown.text and "[b]Title" in shown.text)


async def test_a_call_that_is_heard_again_is_read_along(tmp_path: Path) -> None:
    async with live(tmp_path, size=(80, 14)) as shown:
        await shown.run_to_end()
        await shown.until(lambda: "turn number 1" not in shown.text)
        await shown.press("ctrl+r")
        await shown.until(lambda: "turn number 1" in shown.text)
        await shown.hear_until(lambda: shown.bar.turn == 4)
        await shown.until(lambda: "turn number 4" in shown.text)
