"""What the benches that make calls share: the path, providers at the loopback servers, floors from the servers' log."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
# Nothing of the person's own settings and prices takes part.
_HOME = tempfile.TemporaryDirectory(prefix="vcg-bench-")
os.environ["VCG_HOME"] = _HOME.name

from tests.sample_calls import call_plan  # noqa: E402 - after the path
from tests.servers import LoggedRequest, LoopbackServers, ServerSettings  # noqa: E402
from tests.servers.script import built_in, tokens_of  # noqa: E402
from vcg_tui.config import Settings  # noqa: E402
from vcg_tui.models.conversation import CallPlan  # noqa: E402
from vcg_tui.models.events import CallEvent, SpeechChunk  # noqa: E402
from vcg_tui.services.control import CallControl  # noqa: E402
from vcg_tui.services.studio import Studio  # noqa: E402

NORMAL = ServerSettings(ttft_s=0.3, tokens_per_s=60, speech_ttfb_s=0.25, real_time_factor=0.2, log_event_times=True)
"""A service of ordinary speed: first token 0.3 s, 60 tokens/s, speech first byte 0.25 s, five times real time."""

OPENING = built_in(NORMAL, "support", 0)
"""What the first turn says where no text is scripted."""


@contextmanager
def servers(changed: ServerSettings = NORMAL, **changes: object) -> Iterator[LoopbackServers]:
    with LoopbackServers(changed, process=True, **changes) as running:
        yield running


def settings_at(running: LoopbackServers | str, turns: int, *, llm_limit: int = 0, tts_limit: int = 0) -> Settings:
    """``running``: the servers, or the address of their OpenAI routes."""
    url = running if isinstance(running, str) else running.openai_url

    def at(limit: int) -> dict[str, object]:
        return {"type": "openai", "base_url": url, "model": "bench", "max_concurrency": limit}

    return Settings.model_validate(
        {
            "providers": {"llm": at(llm_limit), "tts": at(tts_limit)},
            "call": {"max_turns": turns, "max_minutes": 600},
        }
    )


async def plan_for(studio: Studio, number: int = 0) -> CallPlan:
    people = call_plan()
    plan = await studio.plan(people.customer, people.support, seed=7 + number)
    return plan.model_copy(update={"call_id": f"20260102-030405-bench-{number:06}"})


@dataclass
class Made:
    """A call that was made; times of `time.monotonic`."""

    began: float
    ended: float = 0.0
    first_audio: float = 0.0
    events: list[CallEvent] = field(default_factory=list)


async def make(studio: Studio, plan: CallPlan, control: CallControl | None = None, *, keep: bool = False) -> Made:
    made = Made(time.monotonic())
    async with aclosing(studio.call(plan, control)) as events:
        async for event in events:
            if not made.first_audio and isinstance(event, SpeechChunk):
                made.first_audio = time.monotonic()
            if keep or not isinstance(event, SpeechChunk):
                made.events.append(event)
    made.ended = time.monotonic()
    return made


def of(log: Sequence[LoggedRequest], route: str) -> list[LoggedRequest]:
    return [entry for entry in log if entry.route == route]


def took(entry: LoggedRequest) -> float:
    assert entry.last_byte is not None
    return entry.last_byte - entry.started


def to_first_byte(entry: LoggedRequest) -> float:
    assert entry.first_byte is not None
    return entry.first_byte - entry.started


def sure_after(entry: LoggedRequest, text: str, piece: str) -> float:
    """Seconds from a text request to the token that shows that a piece of its text has ended: the next visible one."""
    written, end = "", text.index(piece) + len(piece)
    for at, token in zip(entry.event_times, tokens_of(text), strict=False):
        written += token
        if len(written) > end and not written[end:].isspace():
            return at - entry.started
    return took(entry)


def first_sentence(text: str) -> str:
    """What of the texts here could be spoken first; not asked of the program, which might find another one."""
    return text[: text.index(". ") + 1]


def critical_path(log: Sequence[LoggedRequest]) -> float:
    """The texts one after the other, and the last sentence's speech."""
    return sum(map(took, of(log, "chat"))) + took(of(log, "speech")[-1])
