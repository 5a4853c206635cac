"""A call made without playback against the critical path, and beside the same call made one step after the other."""

from __future__ import annotations

import time

import _calls as calls
from _table import Table, run

from tests.servers import ServerSettings
from vcg_tui.models.conversation import Conversation
from vcg_tui.models.events import CallEnded
from vcg_tui.models.role import Role
from vcg_tui.providers.base import CompletionRequest, SaidTurn
from vcg_tui.services.prompts import messages_for
from vcg_tui.services.studio import Studio


async def sequential(studio: Studio, made: Conversation) -> tuple[float, float]:
    """The same turns as most programs make them: a whole text, then its whole speech, then the next text.

    Seconds for the call, and to its first sound: there is none before the first turn's speech is whole.
    """
    plan = calls.call_plan()
    said: list[SaidTurn] = []
    first, began = 0.0, time.monotonic()
    for turn in made.turns:
        sides = (plan.customer, plan.support)
        persona, counterpart = sides if turn.speaker is Role.CUSTOMER else sides[::-1]
        request = CompletionRequest(
            messages=messages_for(turn.speaker, plan.customer, plan.support, said),
            call_id=plan.call_id,
            role=turn.speaker,
            persona=persona,
            counterpart=counterpart,
            turns=said,
            seed=7,
            turn=turn.turn,
            max_turns=len(made.turns),
        )
        text = (await studio.providers.llm(turn.speaker).generate_completion(request)).partition("\n")[0]
        await studio.providers.tts.generate_speech(text, made.plan.voice(turn.speaker))
        first = first or time.monotonic() - began
        said.append(SaidTurn(turn.speaker, text))
    return time.monotonic() - began, first


async def bench(quick: bool) -> Table:
    table = Table("Wall time of a 12-turn call, made without playing it")
    speed = ServerSettings(ttft_s=0.02, speech_ttfb_s=0.02, log_event_times=True) if quick else calls.NORMAL
    turns = 4 if quick else 12
    with calls.servers(speed, turns=turns) as running:
        async with Studio(calls.settings_at(running, turns)) as studio:
            await studio.warm()
            found: list[tuple[float, float, calls.Made]] = []
            for _ in range(1 if quick else 3):
                running.reset()
                made = await calls.make(studio, await calls.plan_for(studio))
                found.append((made.ended - made.began, calls.critical_path(running.log()), made))
            wall, path, made = sorted(found, key=lambda each: each[0] / each[1])[len(found) // 2]
            ended = made.events[-1]
            assert isinstance(ended, CallEnded)
            slow, slow_first = await sequential(studio, ended.conversation)
    table.add("call, against the critical path", wall, "s", floor=path, goal="<= 1.03", met=wall <= 1.03 * path)
    table.add("one step after the other, beside ours", slow, "s", floor=wall)
    table.add("its first sound, beside ours", slow_first, "s", floor=made.first_audio - made.began)
    return table


if __name__ == "__main__":
    run(__doc__, bench)
