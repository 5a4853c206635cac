"""The live screen's states, and what lies over it."""

from __future__ import annotations

from tests.tui.live_steps import HandPlayer
from tests.tui.scenes.stage import Scenes, Shown
from vcg_tui.models.events import Notice
from vcg_tui.tui.screens.live import LiveScreen
from vcg_tui.tui.widgets.transcript import Transcript

SCENES = Scenes()
scene = SCENES.scene
SMALL = ((58, 14), (20, 5))


def live(shown: Shown) -> LiveScreen:
    return shown.app._live


def player(shown: Shown) -> HandPlayer:
    return shown.backstage.hand


async def call(shown: Shown, said: int = 4, heard_s: float = 21.3) -> None:
    """Begin the call, and hear so much of it."""
    shown.backstage.scripted.said = said
    await shown.press("f5")
    await shown.until(lambda: len(live(shown)._session.turns) == said + 2 and live(shown)._session.snapshot.turn)
    player(shown).hear(heard_s)


async def ended(shown: Shown, said: int = 16) -> None:
    """Hear the call to its end."""
    studio = shown.backstage.scripted
    studio.said, studio.whole = said, True
    await shown.press("f5")
    await shown.until(lambda: len(live(shown)._session.turns) == said)
    player(shown).hear_all()
    studio.gate.set()
    await shown.until(lambda: not live(shown).busy and live(shown)._session.conversation)


@scene(first_run=True, sizes=((80, 24), (120, 36), (160, 48), *SMALL))
async def live_first_run(shown: Shown) -> None:
    await shown.shows("Welcome")


@scene()
async def live_ready(shown: Shown) -> None:
    await shown.press("2", "down", "enter", "1", "down", "down")


@scene(after="live-ready")
async def live_pick_search(shown: Shown) -> None:
    await shown.press("1", "slash", *"telecom")


@scene(after="live-pick-search")
async def call_dialog(shown: Shown) -> None:
    await shown.press("escape", "s")
    await shown.shows("The next call")


@scene(after="call-dialog")
async def call_dialog_wrong(shown: Shown) -> None:
    await shown.press("backspace", "backspace", "x", "ctrl+s")


@scene(after="call-dialog-wrong")
async def help_live(shown: Shown) -> None:
    await shown.press("escape", "3", "f1")
    await shown.shows("esc closes")


@scene(after="help-live")
async def palette(shown: Shown) -> None:
    async def reopen() -> None:
        # an open palette keeps the theme that it was opened in
        await shown.press("escape", "ctrl+p")
        await shown.shows("General: Help")

    shown.again.append(reopen)


@scene(after="palette")
async def palette_search(shown: Shown) -> None:
    async def reopen() -> None:
        await shown.press("escape", "ctrl+p", *"voice")
        await shown.until(lambda: "Personas: Hear voice" in shown.text and "General: Jump" not in shown.text)

    shown.again.append(reopen)


@scene(sizes=((80, 24), (120, 36), (160, 48), *SMALL))
async def live_call(shown: Shown) -> None:
    await call(shown)
    await shown.press("3")


@scene(after="live-call", sizes=((70, 24), *SMALL))
async def live_sidebar_over(shown: Shown) -> None:
    async def bring() -> None:
        await shown.press("3", "1")

    shown.again.append(bring)


@scene(after="live-sidebar-over", sizes=((80, 24), *SMALL))
async def live_metrics_over(shown: Shown) -> None:
    async def bring() -> None:
        await shown.press("3", "4")

    shown.again.append(bring)


@scene(after="live-metrics-over")
async def jump(shown: Shown) -> None:
    await shown.press("3", "ctrl+o")


@scene(after="jump")
async def quit_question(shown: Shown) -> None:
    await shown.press("escape", "ctrl+q")
    await shown.shows("Stop it and quit?")


@scene(after="quit-question")
async def live_paused(shown: Shown) -> None:
    await shown.press("n", "space", "m", "right_square_bracket")
    player(shown).pause()  # as the call's own player does it


@scene(after="live-paused")
async def notices(shown: Shown) -> None:
    studio = shown.backstage.scripted
    studio.after = [
        Notice("c", 1.0, "info", "The answer was kept from an earlier call.", "Nothing was paid for it."),
        Notice("c", 1.0, "warning", "The line to openai broke; turn 4 begins again."),
        Notice("c", 1.0, "error", "elevenlabs refuses the key.", "Set ELEVENLABS_API_KEY and start vcg again."),
    ]
    studio.more.set()
    await shown.shows("refuses the key")


@scene()
async def live_scrolled_up(shown: Shown) -> None:
    await call(shown, said=14, heard_s=8.0)
    transcript = live(shown).query_one(Transcript)
    await shown.press("3", "end")
    await shown.until(lambda: transcript.scroll_y and transcript.is_vertical_scroll_end)
    await shown.press("home")
    await shown.until(lambda: not transcript.following)
    studio = shown.backstage.scripted
    studio.after = studio.later_turns()
    studio.more.set()
    await shown.until(lambda: transcript.unseen)


@scene()
async def live_ended(shown: Shown) -> None:
    await ended(shown)
    await shown.press("3")


@scene(after="live-ended")
async def live_search(shown: Shown) -> None:
    await shown.press("slash", *"ing", "enter")
