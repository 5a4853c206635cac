"""Every customer with every support agent, whole: written, spoken, placed, stored, and checked to the sample."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections import Counter
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from fake_providers import PART, ToneTTS
from offline_calls import agents, customers
from test_generate import check_whole

from vcg_tui.config import Settings
from vcg_tui.models.conversation import EndReason
from vcg_tui.models.events import CallEnded
from vcg_tui.models.persona import CustomerPersona, SupportPersona
from vcg_tui.models.role import Role
from vcg_tui.providers.llm.offline import OfflineLLM
from vcg_tui.providers.storage.local import LocalStorage
from vcg_tui.providers.tts.espeak_voices import catalogue
from vcg_tui.services.orchestrator import ConversationOrchestrator
from vcg_tui.services.planning import make_plan
from vcg_tui.services.provider_factory import Providers
from vcg_tui.services.recorder import Recorder

_AT_ONCE = 6


class _Voices(ToneTTS):
    """Tones in the voices of the espeak catalogue: their casting is real, their sound is quickly made."""

    name = "espeak"
    part = 10 * PART

    async def voices(self) -> Any:
        return [described for described, _ in catalogue().values()]


async def _make(
    pair: tuple[CustomerPersona, SupportPersona], providers: Providers, storage: LocalStorage, gate: asyncio.Semaphore
) -> dict[str, Any]:
    async with gate:
        plan = await make_plan(Settings(), providers, *pair, seed=1)
        recorder = Recorder(storage)
        events = recorder.record(ConversationOrchestrator(providers).run(plan))
        async with aclosing(events):
            last = [event async for event in events][-1]
        assert isinstance(last, CallEnded)
        folder = recorder.path
        assert folder is not None
        call = await asyncio.to_thread(check_whole, folder)
        await asyncio.to_thread(shutil.rmtree, folder)
        return call


@pytest.mark.slow
async def test_every_pair_makes_a_whole_call(tmp_path: Path) -> None:
    llm, tts = OfflineLLM(), _Voices()
    providers, storage, gate = Providers(llm, llm, tts), LocalStorage(tmp_path), asyncio.Semaphore(_AT_ONCE)
    pairs = [(customer, support) for customer in customers().values() for support in agents().values()]
    assert len(pairs) >= 200
    calls = await asyncio.gather(*(_make(pair, providers, storage, gate) for pair in pairs))
    outcomes: Counter[str] = Counter()
    for call in calls:
        assert call["end_reason"] == EndReason.COMPLETED
        assert call["outcome"]
        outcomes[call["outcome"]] += 1
        texts = [turn["text"] for turn in call["turns"]]
        assert len(set(texts)) == len(texts), texts
        assert not any(re.search(r"[{}<>_\d]", text) for text in texts)
        assert {turn["speaker"] for turn in call["turns"]} == set(Role)
        voices = {call["plan"]["customer_voice"]["voice_id"], call["plan"]["support_voice"]["voice_id"]}
        assert len(voices) == 2
    assert set(outcomes) == {"resolved", "unresolved", "escalated", "callback", "wrong_person"}
