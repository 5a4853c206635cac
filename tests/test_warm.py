"""What is loaded at first use is loaded while a person is choosing, not within the first call."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.servers import LoopbackServers

_WARM_THEN_CALL = """
import asyncio, json, sys
from contextlib import aclosing
from tests.sample_calls import call_plan
from vcg_tui.config import Settings
from vcg_tui.services.studio import Studio

async def main(url):
    at = {"type": "openai", "base_url": url, "model": "m"}
    settings = Settings.model_validate({"providers": {"llm": at, "tts": at}})
    async with Studio(settings) as studio:
        await studio.warm()
        people = call_plan()
        plan = await studio.plan(people.customer, people.support, seed=1)
        before = set(sys.modules)
        async with aclosing(studio.call(plan)) as events:
            turns = [event async for event in events if type(event).__name__ == "TurnCompleted"]
        print(json.dumps([len(turns), sorted(set(sys.modules) - before)]))

asyncio.run(main(sys.argv[1]))
"""
# The SDK's own, which it imports when something of it is first touched.
_OF_THE_SDK = {"openai", "jiter"}


def test_the_first_call_after_warm_imports_nothing() -> None:
    said = {"support": ("It is 14 o'clock, no. 5. Or 6.",), "customer": ("I paid 20 dollars. Twice.",)}
    with LoopbackServers(**said) as servers:
        done = subprocess.run(
            [sys.executable, "-c", _WARM_THEN_CALL, servers.openai_url],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=Path(__file__).parent.parent,
        )
    assert done.returncode == 0, done.stderr
    turns, imported = json.loads(done.stdout)
    assert turns > 1
    assert [name for name in imported if name.partition(".")[0] not in _OF_THE_SDK] == []
