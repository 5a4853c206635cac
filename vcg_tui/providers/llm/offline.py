"""The default language model: no key, no network, no model, a simulator of support calls.

See `vcg_tui.providers.llm.simulator` for how a turn comes about.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections import OrderedDict
from typing import TYPE_CHECKING, cast

from vcg_tui.models.persona import CustomerPersona, SupportPersona
from vcg_tui.models.role import Role
from vcg_tui.providers.base import CompletionDone, CompletionRequest, LLMProvider
from vcg_tui.providers.llm.simulator.dialogue import Dialogue
from vcg_tui.providers.llm.simulator.phrases import warm_up
from vcg_tui.providers.registry import register_llm

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from vcg_tui.config import LLMSettings, Settings

# Calls that may be in progress at once and still be remembered; an older one is understood from its text.
_MOST_CALLS = 512


class OfflineLLM(LLMProvider):
    """Plays both sides from the personas alone. The same personas and seed make the same call."""

    name = "offline"
    model = None
    max_concurrency = 0
    languages = ("en",)
    # Also where tokens_per_s slows it down: how a call sounds must not depend on who listens.
    instant = True

    def __init__(self, *, tokens_per_s: float | None = None) -> None:
        """Prepare to play.

        Args:
            tokens_per_s: how fast the text streams out; None: as fast as it can be taken.
        """
        self._tokens_per_s = tokens_per_s
        self._calls: OrderedDict[str, Dialogue] = OrderedDict()

    async def stream_completion(self, request: CompletionRequest) -> AsyncGenerator[str | CompletionDone]:
        """The turn, in pieces about as long as a model's tokens."""
        text, mood = self._dialogue(request).next_turn(request)
        rng = random.Random(f"{request.seed}/tokens/{request.turn}")
        for piece in re.findall(r"\s*\S{1,7}", text):
            if self._tokens_per_s:
                await asyncio.sleep(rng.uniform(0.5, 1.5) / self._tokens_per_s)
            yield piece
        yield CompletionDone("stop", mood=mood if request.role is Role.CUSTOMER else None)

    async def warm(self, requests: int = 1) -> None:
        del requests
        # The banks are read once; in a thread, because the screen is being drawn.
        await asyncio.to_thread(warm_up)

    def _dialogue(self, request: CompletionRequest) -> Dialogue:
        dialogue = self._calls.get(request.call_id)
        if dialogue is None:
            sides = {request.role: request.persona, request.role.other: request.counterpart}
            customer = cast("CustomerPersona", sides[Role.CUSTOMER])
            dialogue = Dialogue(customer, cast("SupportPersona", sides[Role.SUPPORT]), request.seed)
            self._calls[request.call_id] = dialogue
            while len(self._calls) > _MOST_CALLS:
                self._calls.popitem(last=False)
        return dialogue


@register_llm("offline")
def make(chosen: LLMSettings, settings: Settings) -> OfflineLLM:
    """The offline provider; option ``tokens_per_s`` slows its text to a model's speed."""
    del settings
    speed = chosen.options.get("tokens_per_s")
    return OfflineLLM(tokens_per_s=float(speed) if speed else None)
