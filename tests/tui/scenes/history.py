"""The history screen's states, and the dialogs over it."""

from __future__ import annotations

from textual.widgets import Input

from tests.tui.saved_calls import LocalStorage, break_off, save
from tests.tui.scenes.stage import TODAY, Scenes, Shown
from vcg_tui.models.conversation import CallNotes, CallState, Outcome
from vcg_tui.tui.screens.history import HistoryScreen
from vcg_tui.tui.session import TurnPhase
from vcg_tui.tui.stored_listening import StoredListening
from vcg_tui.tui.widgets.call_preview import CallPreview

SCENES = Scenes()
scene = SCENES.scene
SMALL = ((58, 14), (20, 5))
_OUTCOMES = (Outcome.RESOLVED, Outcome.ESCALATED, Outcome.UNRESOLVED, Outcome.CALLBACK, Outcome.WRONG_PERSON)


def heard_in(listening: StoredListening) -> list[int]:
    """The turns that are being heard."""
    turns = listening.session.turns if listening.session is not None else ()
    return [turn.turn for turn in turns if turn.phase is TurnPhase.HEARD]


def fill(shown: Shown, count: int = 18) -> None:
    """Save calls of the last days: starred, named, tagged, one interrupted."""
    storage = LocalStorage(shown.folder / "calls")
    for number in range(1, count + 1):
        if number == 4:
            break_off(storage, number, TODAY, turns=3)
            continue
        llm = "openai" if number % 6 == 5 else "offline"
        call_id = save(storage, number, TODAY, _OUTCOMES[number % len(_OUTCOMES)], llm=llm)
        notes = {
            2: CallNotes(title="The one for the demo", tags=["demo", "latency"], starred=True),
            6: CallNotes(tags=["needs-a-look"]),
            9: CallNotes(title="花子さんの電話", starred=True),
        }
        if number in notes:
            storage.annotate(call_id, notes[number])


async def opened(shown: Shown) -> None:
    """Go to the history screen."""
    await shown.press("f3")
    await shown.until(lambda: isinstance(shown.app.screen, HistoryScreen) and "Reading" not in shown.text)
    await settled(shown)


def opened_screen(shown: Shown) -> HistoryScreen:
    return next(each for each in shown.app.screen_stack if isinstance(each, HistoryScreen))


async def go(shown: Shown, row: int) -> None:
    """Highlight a call, and have it read."""
    await shown.press("home", *["down"] * row)
    await settled(shown)


async def settled(shown: Shown) -> None:
    """The highlighted call is the one that is shown."""
    screen = opened_screen(shown)
    preview = screen.query_one(CallPreview)

    def so() -> bool:
        call = screen.highlighted
        if call is None or call.state is not CallState.WHOLE:
            return preview.session is None
        session = preview.session
        return session is not None and session.conversation is not None and session.conversation.call_id == call.call_id

    await shown.until(so)


@scene()
async def history_empty(shown: Shown) -> None:
    await opened(shown)


@scene(after="history-empty", sizes=((80, 24), (120, 36), (160, 48), *SMALL))
async def history(shown: Shown) -> None:
    fill(shown)
    await shown.press("f5")
    await shown.shows("18 calls")
    await go(shown, 1)


@scene(after="history")
async def history_figures(shown: Shown) -> None:
    await shown.press("3")


@scene(after="history-figures")
async def history_listening(shown: Shown) -> None:
    await shown.press("2", "enter")
    listening = opened_screen(shown).listening
    await shown.until(lambda: listening.player is not None)
    feeding = listening._feeding
    assert feeding is not None
    await shown.until(feeding.done)
    # step by step, so that the view follows from the same place each time
    shown.backstage.hand.hear(0.5)
    await shown.until(lambda: heard_in(listening) == [1])
    await shown.shows("00:00 ♪")
    shown.backstage.hand.hear(4.7)
    await shown.until(lambda: heard_in(listening) == [3])
    await shown.shows("00:04 ♪")

    async def follow() -> None:
        # a frame at this size, before the picture: where the view goes to depends on where it was
        await shown.pilot.pause()
        opened_screen(shown)._frame()
        await shown.pilot.pause()

    shown.again.append(follow)


@scene(after="history-listening")
async def delete_question(shown: Shown) -> None:
    await shown.press("escape", "1", "d")
    await shown.shows('Delete "The one')


@scene(after="delete-question")
async def call_notes(shown: Shown) -> None:
    await shown.press("n", "t")
    await shown.shows("Title and tags")


@scene(after="call-notes")
async def compare(shown: Shown) -> None:
    await shown.press("escape", "x")
    await go(shown, 4)
    await shown.press("c")
    await shown.shows("Two calls compared")


@scene(after="compare")
async def history_interrupted(shown: Shown) -> None:
    await shown.press("escape")
    await go(shown, 3)


@scene(after="history-interrupted")
async def history_search(shown: Shown) -> None:
    await shown.press("slash")
    shown.app.screen.query_one(Input).value = "outcome:escalated"
    await shown.shows(" of 18")
    await settled(shown)


@scene(after="history-search")
async def help_history(shown: Shown) -> None:
    await shown.press("f1")
    await shown.shows("esc closes")


@scene(after="help-history")
async def history_nothing_found(shown: Shown) -> None:
    await shown.press("escape")
    opened_screen(shown).query_one(Input).value = "outcome:escalated zebra"
    await shown.shows("No call fits")
    await settled(shown)


@scene(after="history-nothing-found")
async def history_wrong_filter(shown: Shown) -> None:
    opened_screen(shown).query_one(Input).value = "outcom:escalated"
    await shown.shows("No filter")
    await settled(shown)
