from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.history_steps import (
    DAY,
    begin_to_listen,
    fed,
    opened,
    preview_of,
    shows,
    text_of,
    until,
)
from tests.tui.proofs import proves
from tests.tui.saved_calls import GAP_S, LINES, TURN_S, save
from vcg_tui.providers.storage.local import LocalStorage
from vcg_tui.tui.screens.call_notes import CallNotesScreen
from vcg_tui.tui.screens.history import HistoryScreen
from vcg_tui.tui.session import TurnPhase
from vcg_tui.tui.widgets.call_list import CallList
from vcg_tui.tui.widgets.player_bar import PlayerBar
from vcg_tui.tui.widgets.transcript import Transcript


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "calls")


@proves("history", "key", "play-call", "pause")
async def test_a_call_is_heard_with_its_words_lit_paused_and_heard_again(tmp_path: Path, storage: LocalStorage) -> None:
    save(storage, 4, DAY)
    async with opened(tmp_path) as (pilot, app):
        await begin_to_listen(pilot, app)
        hand, session = app.backstage.hand, app.history.listening.session
        assert session is not None
        assert session is preview_of(app).session
        hand.hear(TURN_S + GAP_S + 0.5)
        await until(pilot, lambda: session.turns[1].phase is TurnPhase.HEARD)
        words = LINES[1].split()
        assert session.turns[1].heard_words == 1 + int(0.5 / (TURN_S / len(words)))
        assert app.history.query_one(PlayerBar).state.turn == 2
        await until(pilot, lambda: "♪" in text_of(app))
        await pilot.press("space")
        assert hand.paused
        await until(pilot, lambda: app.history.query_one(PlayerBar).state.paused)
        await pilot.press("space")
        assert not hand.paused
        hand.hear(30)
        await until(pilot, lambda: all(turn.phase is TurnPhase.PAST for turn in session.turns))
        await pilot.press("space")
        hand.hear(0.5)
        await until(pilot, lambda: session.turns[0].phase is TurnPhase.HEARD)
        assert hand.position_s == pytest.approx(0.5, abs=0.05)


@proves("history", "key", "stop-listening")
async def test_escape_stops_listening_and_the_transcript_is_plain_again(tmp_path: Path, storage: LocalStorage) -> None:
    save(storage, 0, DAY)
    async with opened(tmp_path) as (pilot, app):
        await begin_to_listen(pilot, app)
        app.backstage.hand.hear(0.5)
        await until(pilot, lambda: "esc Stop" in text_of(app))
        await pilot.press("escape")
        assert app.history.listening.call_id is None
        await until(pilot, lambda: "esc Back" in text_of(app))
        assert not app.went_live
        assert app.backstage.hand.drained
        await until(pilot, lambda: "♪" not in text_of(app))
        session = preview_of(app).session
        assert session is not None
        assert all(turn.phase is TurnPhase.PAST for turn in session.turns)


@proves(
    "history",
    "key",
    "seek-on",
    "seek-back",
    "skip-turn",
    "restart-turn",
    "replay",
    "mute",
    "softer",
    "faster",
    "louder",
    "slower",
)
async def test_the_listener_moves_about_by_keys(tmp_path: Path, storage: LocalStorage) -> None:
    save(storage, 4, DAY)
    async with opened(tmp_path) as (pilot, app):
        await begin_to_listen(pilot, app)
        hand = app.backstage.hand
        await pilot.press("full_stop")
        assert hand.position_s == pytest.approx(5, abs=0.01)
        hand.hear(1)
        await pilot.press("comma")
        assert hand.position_s == pytest.approx(1, abs=0.05)
        await pilot.press("n")
        hand.hear(0.5)
        assert hand.position_s == pytest.approx(TURN_S + GAP_S + 0.5, abs=0.05)
        await pilot.press("b")
        assert hand.position_s == pytest.approx(TURN_S + GAP_S, abs=0.05)
        await pilot.press("ctrl+r")
        assert hand.position_s == 0
        await pilot.press("m", "minus", "right_square_bracket")
        assert (hand.muted, hand.volume, hand.speed) == (True, 0.9, 1.25)
        await pilot.press("m", "plus", "left_square_bracket", "left_square_bracket")
        assert (hand.muted, hand.volume, hand.speed) == (False, 1.0, 0.75)


async def test_a_click_on_the_players_line_seeks(tmp_path: Path, storage: LocalStorage) -> None:
    save(storage, 4, DAY)
    async with opened(tmp_path) as (pilot, app):
        await begin_to_listen(pilot, app)
        bar = app.history.query_one(PlayerBar)
        await until(pilot, lambda: bar.state.length_s > 0)
        assert await pilot.click(PlayerBar, offset=(bar.line[len(bar.line) // 2], 0))
        await until(pilot, lambda: app.backstage.hand.position_s > 1)
        assert app.backstage.hand.position_s == pytest.approx(bar.state.length_s / 2, abs=0.3)


async def test_a_click_on_a_turn_hears_the_call_from_there(tmp_path: Path, storage: LocalStorage) -> None:
    save(storage, 4, DAY)
    async with opened(tmp_path) as (pilot, app):
        preview_of(app).transcript.post_message(Transcript.TurnChosen(3))
        await until(pilot, lambda: app.history.listening.player is not None)
        await fed(pilot, app)
        assert app.backstage.hand.position_s == pytest.approx(2 * (TURN_S + GAP_S), abs=0.01)
        assert not app.backstage.hand.paused
        assert await pilot.click(Transcript, offset=(25, 1))
        await until(pilot, lambda: app.backstage.hand.position_s == 0)


async def test_the_heard_word_stays_in_sight(tmp_path: Path, storage: LocalStorage) -> None:
    save(storage, 4, DAY)
    async with opened(tmp_path, (80, 20)) as (pilot, app):
        await begin_to_listen(pilot, app)
        transcript = preview_of(app).transcript
        assert transcript.scroll_offset.y == 0
        app.backstage.hand.hear(4 * (TURN_S + GAP_S) + 1)
        await until(pilot, lambda: transcript.scroll_offset.y > 0)
        await until(pilot, lambda: LINES[4][:20] in text_of(app))
        await pilot.resize_terminal(160, 48)
        await until(pilot, lambda: LINES[0][:20] in text_of(app))
        await pilot.resize_terminal(80, 20)
        await until(pilot, lambda: LINES[4][:20] in text_of(app))


async def test_a_double_click_plays_and_another_call_takes_over(tmp_path: Path, storage: LocalStorage) -> None:
    first, second = save(storage, 0, DAY), save(storage, 1, DAY)
    async with opened(tmp_path) as (pilot, app):
        assert await pilot.double_click(CallList, offset=(20, 1))
        await until(pilot, lambda: app.history.listening.call_id == second)
        await fed(pilot, app)
        await pilot.press("up")
        await shows(pilot, app, first)
        app.backstage.hand.hear(1)
        await pilot.press("enter")
        await until(pilot, lambda: app.history.listening.call_id == first)
        await fed(pilot, app)
        assert app.backstage.hand.position_s == 0
        await pilot.press("down")
        await shows(pilot, app, second)
        await pilot.press("up")
        await until(pilot, lambda: preview_of(app).session is app.history.listening.session)


async def test_a_call_without_sound_and_a_busy_player_are_told(tmp_path: Path, storage: LocalStorage) -> None:
    call_id = save(storage, 0, DAY)
    stored = storage.load_conversation(call_id)
    storage.delete_conversation(call_id)
    storage.save_conversation(stored.conversation, stored.metrics)
    async with opened(tmp_path) as (pilot, app):
        await pilot.press("enter")
        await until(pilot, lambda: "has no sound" in app.told)
        assert app.history.listening.call_id is None
    async with opened(tmp_path, busy=True) as (pilot, app):
        await pilot.press("enter")
        await until(pilot, lambda: "A call is being made and has the player" in app.told)
        assert app.history.listening.call_id is None


async def test_another_screen_ends_the_listening_and_a_dialog_does_not(tmp_path: Path, storage: LocalStorage) -> None:
    call_id = save(storage, 0, DAY)
    async with opened(tmp_path) as (pilot, app):
        await begin_to_listen(pilot, app)
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, CallNotesScreen))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.history)
        assert app.history.listening.call_id == call_id
        await app.push_screen(HistoryScreen(app.backstage))
        await until(pilot, lambda: app.history.listening.call_id is None)
