from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.tui.saved_calls import GAP_S, LINES, TURN_S, Shell, break_off, plan_of, save
from vcg_tui.models.conversation import CallNotes, CallState, CallSummary, Outcome
from vcg_tui.providers.storage.local import LocalStorage
from vcg_tui.tui.call_search import CallSearch, SearchedCall
from vcg_tui.tui.comparison import compare
from vcg_tui.tui.screens.call_notes import CallNotesScreen
from vcg_tui.tui.screens.compare import CompareScreen
from vcg_tui.tui.screens.confirm import ConfirmScreen
from vcg_tui.tui.screens.history import HistoryScreen
from vcg_tui.tui.session import TurnPhase
from vcg_tui.tui.widgets.call_list import CallList
from vcg_tui.tui.widgets.call_preview import CallPreview
from vcg_tui.tui.widgets.player_bar import PlayerBar
from vcg_tui.tui.widgets.transcript import Transcript

DAY = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "calls")


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Let the app go on until something is so; what never comes is a failure."""
    for _ in range(600):
        if condition():
            return
        await pilot.pause()
        await asyncio.sleep(0.005)
    raise AssertionError(f"never came true on {pilot.app.screen}")


@asynccontextmanager
async def opened(
    folder: Path, size: tuple[int, int] = (120, 36), *, busy: bool = False
) -> AsyncGenerator[tuple[Pilot[None], Shell]]:
    """The history screen with its list read and the highlighted call shown."""
    app = Shell(folder, busy=busy)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: text_of(app) and "Reading" not in text_of(app))
        if app.history.highlighted is not None and app.history.highlighted.state is CallState.WHOLE:
            await shows(pilot, app, app.history.highlighted.call_id)
        yield pilot, app


def calls_of(app: Shell) -> CallList:
    return app.history.query_one(CallList)


def preview_of(app: Shell) -> CallPreview:
    return app.history.query_one(CallPreview)


def text_of(app: Shell) -> str:
    """The screen as it is drawn."""
    screen = app.screen
    strips = screen._compositor.render_strips()
    return "\n".join(strip.text for strip in strips)


async def shows(pilot: Pilot[None], app: Shell, call_id: str) -> None:
    """The preview holds this call."""

    def so() -> bool:
        session = preview_of(app).session
        return session is not None and session.conversation is not None and session.conversation.call_id == call_id

    await until(pilot, so)


async def search(pilot: Pilot[None], app: Shell, text: str) -> None:
    await pilot.press("slash")
    app.history.query_one(Input).value = text
    await pilot.press("enter")


def highlighted(app: Shell) -> CallSummary:
    call = app.history.highlighted
    assert call is not None
    return call


# ---------------------------------------------------------------- the list


async def test_an_empty_history_tells_how_to_make_the_first_call(tmp_path: Path) -> None:
    async with opened(tmp_path) as (pilot, app):
        assert "No call is saved yet. Press f2" in text_of(app)
        await pilot.press("enter", "s", "d", "x", "c", "o", "r", "R", "2", "3", "space", "n", "f5")
        await until(pilot, lambda: "No call is highlighted" in app.told)


async def test_calls_stand_newest_first_and_the_highlighted_one_is_shown(
    tmp_path: Path, storage: LocalStorage
) -> None:
    ids = [save(storage, number, DAY) for number in (2, 0, 1)]
    async with opened(tmp_path) as (pilot, app):
        assert highlighted(app).call_id == ids[1]
        assert "My line drops every evening" in text_of(app)
        await pilot.press("down", "down")
        await shows(pilot, app, ids[0])
        assert highlighted(app).call_id == ids[0]
        await pilot.press("home", "end", "j", "k", "up")
        assert highlighted(app).call_id == ids[1]
        assert await pilot.click(CallList, offset=(20, 1))
        await shows(pilot, app, ids[2])


async def test_a_call_made_by_another_program_appears_and_ends_by_itself(
    tmp_path: Path, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vcg_tui.tui.screens.history._LOOK_AGAIN_S", 0.05)
    save(storage, 1, DAY)
    writer = storage.open_call(plan_of(0, DAY))
    try:
        async with opened(tmp_path) as (pilot, app):
            assert highlighted(app).state is CallState.BEING_MADE
            assert "being made" in text_of(app)
            assert "can be heard when it has ended" in text_of(app)
            await pilot.press("d", "enter")
            await until(pilot, lambda: "stop it before you delete it" in app.told and "can't be heard" in app.told)
            writer.close()
            await until(pilot, lambda: highlighted(app).state is CallState.INTERRUPTED)
    finally:
        writer.close()


async def test_a_broken_call_tells_its_problem(tmp_path: Path, storage: LocalStorage) -> None:
    call_id = save(storage, 0, DAY)
    (tmp_path / "calls" / call_id / "conversation.json").write_text("{")
    async with opened(tmp_path) as (_, app):
        assert highlighted(app).state is CallState.BROKEN
        assert "This call can't be read:" in text_of(app)


async def test_a_call_that_vanishes_is_a_sentence_and_the_app_goes_on(tmp_path: Path, storage: LocalStorage) -> None:
    gone, kept = save(storage, 0, DAY), save(storage, 1, DAY)
    async with opened(tmp_path) as (pilot, app):
        await pilot.press("down")
        await shows(pilot, app, kept)
        shutil.rmtree(tmp_path / "calls" / gone)
        await pilot.press("up")
        await until(pilot, lambda: "There is no call" in text_of(app))
        await pilot.press("f5")
        await until(pilot, lambda: highlighted(app).call_id == kept)


async def test_five_thousand_calls_are_moved_and_searched_through_at_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as (pilot, app):
        calls = [
            SearchedCall.of(
                CallSummary(
                    call_id=f"20261122-120000-anna-{number:06}",
                    state=CallState.BROKEN,
                    created_at=DAY - dt.timedelta(minutes=number),
                    customer="Anna" if number % 2 else "Bela",
                )
            )
            for number in range(5_000)
        ]
        app.history._calls = calls
        app.history._fill()
        await pilot.press("end")
        await until(pilot, lambda: highlighted(app).call_id.endswith("004999"))
        assert calls_of(app).scroll_offset.y > 4_900
        await search(pilot, app, "customer:anna -id:0001")
        await until(pilot, lambda: "of 5,000" in str(app.history.query_one("#history--calls").border_subtitle))
        found = sum(number % 2 == 1 and "0001" not in f"-{number:06}" for number in range(5_000))
        assert str(app.history.query_one("#history--calls").border_subtitle) == f"{found:,} of 5,000"
        assert len(calls_of(app).children) == 0, "rows are drawn, not mounted"


@pytest.mark.parametrize("size", [(80, 24), (160, 48), (59, 20), (40, 12), (20, 5)])
async def test_every_size_shows_the_highlighted_call_in_the_list(
    tmp_path: Path, storage: LocalStorage, size: tuple[int, int]
) -> None:
    for number in range(12):
        save(storage, number, DAY)
    async with opened(tmp_path, size) as (pilot, app):
        await pilot.press("end")
        call = highlighted(app)
        await until(pilot, lambda: call.customer[:3] in text_of(app))
        await pilot.resize_terminal(120, 36)
        await pilot.resize_terminal(*size)
        await until(pilot, lambda: call.customer[:3] in text_of(app))


# ---------------------------------------------------------------- searching


def _summary(**about: object) -> SearchedCall:
    fields: dict[str, object] = {
        "call_id": "20261122-120000-anna-abc234",
        "state": CallState.WHOLE,
        "created_at": dt.datetime(2026, 11, 22, 12).astimezone(),
        "customer": "Anna Ångström",
        "customer_id": "anna",
        "support": "Tier-1 support",
        "support_id": "tier1",
        "outcome": Outcome.WRONG_PERSON,
        "llm": "openai gpt-6",
        "tts": "espeak",
        "title": "A fine one",
        "tags": ["Needs a look"],
        "starred": True,
    }
    return SearchedCall.of(CallSummary.model_validate(fields | about))


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("fine tier-1", {"title": "", "support": "Retention"}),
        ("customer:ång", {"customer": "Bela", "customer_id": "bela"}),
        ("SUPPORT:tier1", {"support_id": "retention", "support": "Retention"}),
        ("agent:tier", {"support_id": "retention", "support": "Retention"}),
        ("outcome:wrong_person", {"outcome": None}),
        ('outcome:"wrong person"', {"outcome": Outcome.RESOLVED}),
        ("-outcome:none", {"outcome": None}),
        ("provider:openai", {"llm": "offline"}),
        ("provider:espeak", {"tts": "elevenlabs"}),
        ("llm:gpt", {"llm": "offline"}),
        ("tts:espeak", {"tts": "elevenlabs"}),
        ("tag:look", {"tags": ["demo"]}),
        ("#needs", {"tags": []}),
        ("star", {"starred": False}),
        ("-tag:demo", {"tags": ["demo"]}),
        ("after:2026-11-22", {"created_at": dt.datetime(2026, 11, 21, 23, 59).astimezone()}),
        ("since:2d", {"created_at": dt.datetime(2026, 11, 20, 12).astimezone()}),
        ("before:2026-12", {"created_at": dt.datetime(2026, 12, 1).astimezone()}),
        ("on:2026-11", {"created_at": dt.datetime(2026, 10, 31).astimezone()}),
        ("on:2026", {"created_at": None}),
        ("on:yesterday", {"created_at": dt.datetime(2026, 11, 23).astimezone()}),
        ("state:whole", {"state": CallState.INTERRUPTED}),
        ('"tier-1 support"', {"support": "Tier-1"}),
    ],
)
def test_each_form_of_the_search_finds_what_it_names_and_nothing_else(text: str, other: dict[str, object]) -> None:
    search = CallSearch.parse(text, dt.date(2026, 11, 23))
    assert search.problems == []
    fits, not_so = _summary(), _summary(**other)
    assert search.find([fits, not_so]) == [fits.call]


@pytest.mark.parametrize("text", ["customer:", "after:", 'tag:""', "", "   "])
def test_a_filter_still_being_typed_hides_nothing(text: str) -> None:
    assert CallSearch.parse(text, dt.date(2026, 11, 23)).find([_summary()])


def test_what_cannot_be_understood_is_told_and_left_out() -> None:
    search = CallSearch.parse("after:soon anna", dt.date(2026, 11, 23))
    assert len(search.find([_summary()])) == 1
    assert search.problems == ["after: takes a date like 2026-11-01, 2026-11, today or 7d, not 'soon'"]
    assert CallSearch.parse("on:2026-13-01", dt.date(2026, 11, 23)).problems


async def test_searching_filters_while_typing_and_escape_empties_it(tmp_path: Path, storage: LocalStorage) -> None:
    anna, bela = save(storage, 0, DAY), save(storage, 1, DAY, Outcome.ESCALATED)
    async with opened(tmp_path) as (pilot, app):
        assert await pilot.click("#history--search")
        await pilot.press(*"bela")
        await shows(pilot, app, bela)
        assert "1 of 2" in str(app.history.query_one("#history--calls").border_subtitle)
        await pilot.press("enter", "escape")
        await until(pilot, lambda: "2" == str(app.history.query_one("#history--calls").border_subtitle))
        await search(pilot, app, "zebra")
        await until(pilot, lambda: "No call fits this search" in text_of(app))
        await search(pilot, app, "outcome:resolved")
        await shows(pilot, app, anna)
        await pilot.press("slash")
        app.history.query_one(Input).value = "on:soon"
        await until(pilot, lambda: "takes a date" in str(app.history.query_one("#history--calls").border_subtitle))


async def test_escape_at_rest_leaves_for_the_live_screen(tmp_path: Path, storage: LocalStorage) -> None:
    save(storage, 0, DAY)
    async with opened(tmp_path) as (pilot, app):
        await pilot.press("2", "escape")
        assert not app.went_live
        assert app.focused is calls_of(app)
        await pilot.press("escape")
        await until(pilot, lambda: app.went_live)


# ---------------------------------------------------------------- listening


async def begin_to_listen(pilot: Pilot[None], app: Shell) -> None:
    await pilot.press("enter")
    await until(pilot, lambda: app.history.listening.player is not None)
    await fed(pilot, app)


async def fed(pilot: Pilot[None], app: Shell) -> None:
    """All sound of the call is with the player."""
    feeding = app.history.listening._feeding
    assert feeding is not None
    await until(pilot, feeding.done)


async def test_a_call_is_heard_with_its_words_lit_paused_and_heard_again(
    tmp_path: Path, storage: LocalStorage
) -> None:
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
        assert "♪" in text_of(app)
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


async def test_escape_stops_listening_and_the_transcript_is_plain_again(tmp_path: Path, storage: LocalStorage) -> None:
    save(storage, 0, DAY)
    async with opened(tmp_path) as (pilot, app):
        await begin_to_listen(pilot, app)
        app.backstage.hand.hear(0.5)
        await pilot.press("escape")
        assert app.history.listening.call_id is None
        assert app.backstage.hand.drained
        await until(pilot, lambda: "♪" not in text_of(app))
        session = preview_of(app).session
        assert session is not None
        assert all(turn.phase is TurnPhase.PAST for turn in session.turns)


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
        room = bar.size.width - 48
        assert await pilot.click(PlayerBar, offset=(12 + room // 2, 0))
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
        await pilot.press("n", "n", "n", "n")
        app.backstage.hand.hear(4 * (TURN_S + GAP_S) + 1)
        await until(pilot, lambda: transcript.scroll_offset.y > 0)
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


# ---------------------------------------------------------------- keeping


async def test_a_star_by_key_and_by_mouse(tmp_path: Path, storage: LocalStorage) -> None:
    call_id = save(storage, 0, DAY)
    async with opened(tmp_path) as (pilot, app):
        await pilot.press("s")
        await until(pilot, lambda: highlighted(app).starred)
        assert storage.load_conversation(call_id).notes.starred
        assert "★" in text_of(app)
        assert await pilot.click(CallList, offset=(1, 0))
        await until(pilot, lambda: not highlighted(app).starred)
        links = app.history.query_one("#history--links")
        assert await pilot.click(links, offset=(2, 0))
        await until(pilot, lambda: highlighted(app).starred)


async def test_a_title_and_tags_are_kept_and_found(tmp_path: Path, storage: LocalStorage) -> None:
    call_id = save(storage, 0, DAY)
    save(storage, 1, DAY)
    async with opened(tmp_path) as (pilot, app):
        await pilot.press("e", *"Router", "enter")
        await until(pilot, lambda: highlighted(app).title == "Router")
        await pilot.press("t", *"demo, #long one", "tab")
        assert await pilot.click("#save")
        await until(pilot, lambda: highlighted(app).tags == ["demo", "long one"])
        assert storage.load_conversation(call_id).notes == CallNotes(title="Router", tags=["demo", "long one"])
        await until(pilot, lambda: "Router" in text_of(app) and "#demo" in text_of(app))
        await pilot.press("e", *" not kept")
        assert await pilot.click("#leave")
        await until(pilot, lambda: app.screen is app.history)
        assert highlighted(app).title == "Router"
        await search(pilot, app, "#demo")
        assert "1 of 2" in str(app.history.query_one("#history--calls").border_subtitle)


async def test_deleting_asks_first(tmp_path: Path, storage: LocalStorage) -> None:
    first, second, third = (save(storage, number, DAY) for number in range(3))
    async with opened(tmp_path) as (pilot, app):
        await begin_to_listen(pilot, app)
        for answer in ("escape", "n", "enter"):
            await pilot.press("d")
            await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
            await pilot.press(answer)
            await until(pilot, lambda: app.screen is app.history)
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        assert await pilot.click(offset=(2, 2))
        await until(pilot, lambda: app.screen is app.history)
        assert len(storage.list_conversations()) == 3
        await pilot.press("delete", "y")
        await until(pilot, lambda: highlighted(app).call_id == second)
        assert app.history.listening.call_id is None
        await pilot.press("down", "d")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        assert await pilot.click("#yes")
        await until(pilot, lambda: highlighted(app).call_id == second)
        assert [call.call_id for call in storage.list_conversations()] == [second]
        assert {first, third}.isdisjoint(path.name for path in (tmp_path / "calls").iterdir())


async def test_interrupted_calls_are_marked_and_made_whole(tmp_path: Path, storage: LocalStorage) -> None:
    for number in range(3):
        break_off(storage, number, DAY)
    break_off(storage, 3, DAY, turns=0)
    whole = save(storage, 4, DAY)
    async with opened(tmp_path) as (pilot, app):
        assert "! 4 interrupted" in text_of(app)
        assert "The program was ended while" in text_of(app)
        await pilot.press("r")
        await until(pilot, lambda: highlighted(app).state is CallState.WHOLE)
        assert "1 call is whole again" in app.told
        await pilot.press("r")
        await until(pilot, lambda: "Only an interrupted call" in app.told)
        await pilot.press("R")
        await until(pilot, lambda: "! 1 interrupted" in text_of(app))
        assert "2 calls are whole again" in app.told
        assert "Nothing of call" in app.told
        states = {call.call_id: call.state for call in storage.list_conversations()}
        assert list(states.values()).count(CallState.WHOLE) == 4
        assert states[whole] is CallState.WHOLE


async def test_two_calls_are_compared(tmp_path: Path, storage: LocalStorage) -> None:
    first, second = save(storage, 0, DAY), save(storage, 3, DAY, Outcome.ESCALATED)
    async with opened(tmp_path) as (pilot, app):
        await pilot.press("c")
        await until(pilot, lambda: "Mark a call with x first" in app.told)
        await pilot.press("x", "c")
        await until(pilot, lambda: "This is the marked call" in app.told)
        assert "◆" in text_of(app)
        await pilot.press("down", "c")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await until(pilot, lambda: "escalated" in text_of(app))
        assert "differs" in text_of(app)
        assert "▴ +0.30 s (+75%)" in text_of(app)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.history)
        await pilot.press("up", "x")
        assert app.history.marked is None
    rows = {row.name: row for row in compare(storage.load_conversation(second), storage.load_conversation(first))}
    assert rows["first audio"].difference == "−0.30 s (-43%)"
    assert rows["first audio"].verdict == "better"
    assert (rows["turns"].first, rows["turns"].second, rows["turns"].difference) == ("5", "2", "−3 (-60%)")
    assert (rows["customer"].difference, rows["support"].difference) == ("differs", "")
    assert rows["cost"].first == "–"


@pytest.mark.skipif(sys.platform != "linux", reason="another program opens folders there")
async def test_the_folder_opens_and_its_path_is_copied(
    tmp_path: Path, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_id = save(storage, 0, DAY)
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    path = tmp_path / "calls" / call_id
    async with opened(tmp_path) as (pilot, app):
        await pilot.press("o")
        await until(pilot, lambda: "No program xdg-open is here" in app.told)
        assert app.copied == str(path)
        opener = programs / "xdg-open"
        opener.write_text(f'#!/bin/sh\necho "$1" > "{tmp_path}/opened"\nexit 0\n')
        opener.chmod(0o755)
        await pilot.press("o")
        await until(pilot, lambda: f"Opened {path}" in app.told)
        assert (tmp_path / "opened").read_text().strip() == str(path)
        opener.write_text("#!/bin/sh\nexit 3\n")
        await pilot.press("o")
        await until(pilot, lambda: "xdg-open could not open" in app.told)


async def test_the_panes_are_reached_by_keys(tmp_path: Path, storage: LocalStorage) -> None:
    save(storage, 0, DAY)
    async with opened(tmp_path, (80, 24)) as (pilot, app):
        preview = preview_of(app)
        await pilot.press("3")
        assert app.focused is preview.figures
        await until(pilot, lambda: "3 Metrics" in text_of(app) and "2 Transcript" not in text_of(app))
        await pilot.press("2")
        assert app.focused is preview.transcript
        await until(pilot, lambda: "2 Transcript" in text_of(app) and "3 Metrics" not in text_of(app))
        await pilot.press("1")
        assert app.focused is calls_of(app)
