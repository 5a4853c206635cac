"""From start to the first sample handed to the sound card, against what the services alone take.

The card is a virtual one that plays in real time. Handed over is when the device's callback returns with the sample;
the card plays it when what it was given before is over: that share is its own and is shown apart. The floor is read
from the servers' log: the text request to the first token that shows that the first sentence has ended, and the speech
request to its first byte. Every measurement is the first call of a program of its own. Cold: it has just started;
warm: after `Studio.warm()`, as when a person has been choosing.
"""

from __future__ import annotations

import _calls as calls
from _card import Heard, Listener, on_what
from _table import Table, run

from tests.servers import ServerSettings

LONG_FIRST = (
    "Thank you for calling Northwind Broadband, where every call is answered by a real person in your own town, "
    "day and night, and my name is Robin Carter of the second line. What can I do for you today?"
)


def floor_of(log: list[calls.LoggedRequest], text: str) -> float:
    """First token, the tokens of the text's first sentence, whatever was made of it, and the first byte of speech."""
    asked, speech = calls.of(log, "chat")[0], calls.of(log, "speech")[0]
    return calls.sure_after(asked, text, calls.first_sentence(text)) + calls.to_first_byte(speech)


async def measure(
    table: Table, what: str, running: calls.LoopbackServers, text: str, times: int = 1, *, cold: bool = False
) -> None:
    """Show the middle one of some calls, by its ratio."""
    found: list[tuple[float, float, Heard]] = []
    for _ in range(times):
        async with Listener(running, 2, warm=not cold, first_only=True) as listener:
            running.reset()
            heard = await listener.listen()
        floor = floor_of(running.log(), text)
        found.append((heard.handed_s / floor, floor, heard))
    _, floor, heard = sorted(found, key=lambda each: each[0])[len(found) // 2]
    # A listener in silence need not wait for all of a long one: it is cut, and has to come before its own end.
    limit = floor if text == LONG_FIRST else 1.05 * floor + 0.02
    goal = "" if cold else "<= floor" if text == LONG_FIRST else "<= 1.05 floor + 20 ms"
    for name, seconds in (("sound to the player", heard.fed_s), ("sample to the card", heard.handed_s)):
        table.add(f"{what}: {name}", seconds, "s", floor=floor, goal=goal, met=None if cold else seconds <= limit)
    if heard.played_s is not None:
        table.add(f"{what}: the card's own share", heard.played_s - heard.handed_s, "s")


async def bench(quick: bool) -> Table:
    table = Table(f"First audio{on_what()}")
    speed = ServerSettings(ttft_s=0.02, speech_ttfb_s=0.02, log_event_times=True) if quick else calls.NORMAL
    times = 1 if quick else 5
    with calls.servers(speed) as running:
        if not quick:
            await measure(table, "cold", running, calls.OPENING, cold=True)
        await measure(table, "warm", running, calls.OPENING, times)
    if not quick:
        with calls.servers(speed, support=(LONG_FIRST,)) as running:
            await measure(table, "warm, long first sentence", running, LONG_FIRST, times)
    return table


if __name__ == "__main__":
    run(__doc__, bench)
