"""From start to the first sample handed to the sound card, against what the services alone take.

The floor is read from the servers' log: the text request to the first token that shows that the first sentence has
ended, and the speech request to its first byte. Cold: a program that has just started; warm: after `Studio.warm()`.
"""

from __future__ import annotations

import time
from contextlib import aclosing

import _calls as calls
from _table import Table, run

from tests.servers import ServerSettings
from vcg_tui.audio.player import SilentPlayer
from vcg_tui.services.control import CallControl
from vcg_tui.services.studio import Studio

LONG_FIRST = (
    "Thank you for calling Northwind Broadband, where every call is answered by a real person in your own town, "
    "day and night, and my name is Robin Carter of the second line. What can I do for you today?"
)


class Watched(SilentPlayer):
    """Notes when a sample is first handed to the card; a silent one, which asks every 20 ms as a device does."""

    first: float | None = None

    def pull(self, frames: int, at: float):
        pcm = super().pull(frames, at)
        if self.first is None and pcm.any():
            self.first = time.monotonic()
        return pcm


async def heard(studio: Studio) -> tuple[float, float]:
    """Seconds until sound is fed to the player, and until the card has it."""
    plan, control, player = await calls.plan_for(studio), CallControl(), Watched(24_000)
    began, fed = time.monotonic(), 0.0
    with player:
        async with aclosing(studio.call(plan, control, player=player)) as events:
            async for event in events:
                if not fed and isinstance(event, calls.SpeechChunk):
                    fed = time.monotonic()
                if player.first is not None:
                    break
    assert player.first is not None
    return fed - began, player.first - began


def floor_of(log: list[calls.LoggedRequest], text: str) -> float:
    """First token, the tokens of the first sentence, first byte of speech. A long one is cut: that may go below."""
    asked, speech = calls.of(log, "chat")[0], calls.of(log, "speech")[0]
    sentence = text[: text.index(". ") + 1] if text == LONG_FIRST else speech.body["input"]
    return calls.sure_after(asked, text, sentence) + calls.to_first_byte(speech)


async def measure(
    table: Table, what: str, running: calls.LoopbackServers, text: str, times: int = 1, *, cold: bool = False
) -> None:
    best: tuple[float, float, float] | None = None
    for _ in range(times):
        async with Studio(calls.settings_at(running, 2)) as studio:
            if not cold:
                await studio.warm()
            running.reset()
            fed, card = await heard(studio)
            found = (card, fed, floor_of(running.log(), text))
            best = min(best or found, found)
    assert best is not None
    card, fed, floor = best
    limit = 1.05 * floor + 0.02
    goal = "" if cold else "<= 1.05 floor + 20 ms"
    table.add(f"{what}: sound to the player", fed, "s", floor=floor, goal=goal, met=None if cold else fed <= limit)
    table.add(f"{what}: sample to the card", card, "s", floor=floor, goal=goal, met=None if cold else card <= limit)


async def bench(quick: bool) -> Table:
    table = Table("First audio")
    speed = ServerSettings(ttft_s=0.02, speech_ttfb_s=0.02, log_event_times=True) if quick else calls.NORMAL
    times = 1 if quick else 5
    with calls.servers(speed) as running:
        # First of all, while no SDK is imported yet.
        await measure(table, "cold", running, calls.OPENING, cold=True)
        await measure(table, "warm", running, calls.OPENING, times)
    with calls.servers(speed, support=(LONG_FIRST,)) as running:
        await measure(table, "warm, long first sentence", running, LONG_FIRST, times)
    return table


if __name__ == "__main__":
    run(__doc__, bench)
