"""Whole calls with the real adapters and SDKs against the loopback servers, in this process and kept in a folder."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.sample_calls import call_plan
from tests.servers import LoggedRequest, LoopbackServers, ServerSettings
from vcg_tui.config import Settings
from vcg_tui.models.conversation import CallPlan, Conversation, StoredCall, Turn
from vcg_tui.models.events import CallEnded, CallEvent, Notice, TurnCompleted, TurnRestarted
from vcg_tui.models.metrics import CallMetrics
from vcg_tui.models.role import Role
from vcg_tui.providers.storage.local import LocalStorage
from vcg_tui.services.control import CallControl
from vcg_tui.services.recorder import Recorder
from vcg_tui.services.retry import RetryPolicy
from vcg_tui.services.studio import Studio

BOUND_S = 30.0
"""No call of a test takes as long; one that does hangs."""

LLMS: dict[str, dict[str, Any]] = {
    "chat": {"type": "openai", "api": "chat"},
    "responses": {"type": "openai", "api": "responses"},
    "messages": {"type": "anthropic"},
}
"""What writes, by the route of the servers that it asks."""

SPEAKERS: dict[str, dict[str, Any]] = {
    "speech": {"type": "openai"},
    "speech.wav": {"type": "openai", "options": {"response_format": "wav"}},
    "realtime.response": {"type": "openai-realtime"},
    "eleven.timestamps": {"type": "elevenlabs"},
}
"""What speaks, by the route of the servers that it asks."""


def address(servers: LoopbackServers, provider: str) -> str | None:
    """Where a provider is told to ask; None for those that ask nobody."""
    if provider in {"offline", "espeak"}:
        return None
    if provider == "anthropic":
        return servers.anthropic_url
    return servers.elevenlabs_url if provider == "elevenlabs" else servers.openai_url


def at_servers(
    servers: LoopbackServers,
    llm: dict[str, Any],
    tts: dict[str, Any],
    *,
    customer_llm: dict[str, Any] | None = None,
    timeout_s: float = 20.0,
    **others: Any,
) -> Settings:
    """Settings whose providers all ask the servers."""
    chosen = {"llm": llm, "tts": tts, **({} if customer_llm is None else {"customer_llm": customer_llm})}
    sections = {
        name: {"base_url": address(servers, each["type"]), "timeout_s": timeout_s, "model": "test-model", **each}
        for name, each in chosen.items()
    }
    return Settings.model_validate({"providers": sections, **others})


@dataclass
class MadeCall:
    """A call and everything that can be known of it from outside."""

    plan: CallPlan
    folder: Path
    events: list[tuple[float, CallEvent]] = field(default_factory=list)
    """With the time of `time.monotonic` when each was received."""
    took_s: float = 0.0
    complaints: list[str] = field(default_factory=list)
    """What the event loop was told of exceptions that nobody took."""
    tasks_left: list[str] = field(default_factory=list)

    def of(self, kind: type[CallEvent]) -> list[Any]:
        return [event for _, event in self.events if isinstance(event, kind)]

    def received_at(self, kind: type[CallEvent], turn: int) -> float:
        """When the first event of a kind came of a turn."""
        return next(at for at, event in self.events if isinstance(event, kind) and getattr(event, "turn", 0) == turn)

    @property
    def ended(self) -> Conversation:
        assert isinstance(self.events[-1][1], CallEnded)
        return self.events[-1][1].conversation

    @property
    def metrics(self) -> CallMetrics:
        assert isinstance(self.events[-1][1], CallEnded)
        return self.events[-1][1].metrics

    @property
    def turns(self) -> list[Turn]:
        return self.ended.turns

    @property
    def errors(self) -> list[Notice]:
        return [notice for notice in self.of(Notice) if notice.level == "error"]

    @property
    def restarts(self) -> int:
        return len(self.of(TurnRestarted))

    def stored(self) -> StoredCall:
        return LocalStorage(self.folder).load_conversation(self.plan.call_id)

    def check_kept(self) -> None:
        """What was told as complete is on the disk, and the folder holds nothing else."""
        assert [event.turn for event in self.of(TurnCompleted)] == self.turns
        if not self.turns:
            assert list(self.folder.iterdir()) == []
            return
        assert self.stored().conversation == self.ended
        listed = LocalStorage(self.folder).list_conversations()
        assert [(each.call_id, each.state) for each in listed] == [(self.plan.call_id, "whole")]


@asynccontextmanager
async def studio_of(settings: Settings, *, retries: int = 2, deadline_s: float = 20.0) -> AsyncIterator[Studio]:
    """A studio that tries again nearly at once."""
    async with Studio(settings) as studio:
        policy = RetryPolicy(retries=retries, first_wait_s=0.01, deadline_s=deadline_s)
        studio.providers.llm_retries = dict.fromkeys(Role, policy)
        studio.providers.tts_retry = policy
        yield studio


async def plan_for(studio: Studio, *, seed: int = 7, call_id: str | None = None) -> CallPlan:
    people = call_plan()
    plan = await studio.plan(people.customer, people.support, seed=seed)
    return plan if call_id is None else plan.model_copy(update={"call_id": call_id})


async def make_call(studio: Studio, folder: Path, control: CallControl | None = None) -> MadeCall:
    """Make a call to its end, and keep it."""
    loop = asyncio.get_running_loop()
    complaints: list[str] = []
    loop.set_exception_handler(lambda _, context: complaints.append(f"{context['message']} {context.get('exception')}"))
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    try:
        async with asyncio.timeout(BOUND_S):
            call = MadeCall(await plan_for(studio), folder, complaints=complaints)
            recorder = Recorder(LocalStorage(folder))
            async with aclosing(studio.call(call.plan, control, recorder=recorder)) as events:
                async for event in events:
                    call.events.append((time.monotonic(), event))
    finally:
        loop.set_exception_handler(None)
    call.took_s = time.monotonic() - began
    own = asyncio.current_task()
    call.tasks_left = [repr(task) for task in asyncio.all_tasks() if task is not own and not task.done()]
    return call


async def one_call(settings: Settings, folder: Path, **about: Any) -> MadeCall:
    """A call in a studio of its own."""
    async with studio_of(settings, **about) as studio:
        return await make_call(studio, folder)


async def all_closed(servers: LoopbackServers) -> None:
    """Wait until nobody holds a connection to the servers, and no request runs.

    Raises:
        TimeoutError: somebody does.
    """
    await servers.wait_for(lambda log: all(entry.ended is not None for entry in log))
    async with asyncio.timeout(5):
        while servers.open_connections():
            await asyncio.sleep(0.01)


def tries(log: Sequence[LoggedRequest], route: str) -> list[LoggedRequest]:
    """The requests of a route, in order of arrival."""
    return [entry for entry in log if entry.route == route]


def asked_text(entry: LoggedRequest) -> str:
    """The text that a speech request asks for."""
    body = entry.body
    if entry.route == "realtime.response":
        return body["input"][0]["content"][0]["text"]
    return body.get("input") or body["text"]


def defaults(servers: LoopbackServers, **changes: Any) -> None:
    """The servers as at their start, but for some settings."""
    servers.reset()
    servers.configure(**{**ServerSettings().to_json(), **changes})
