"""A call within what it may cost: `call.max_cost` with real adapters, and prices for an address of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.real_calls import LLMS, SPEAKERS, MadeCall, at_servers, defaults, one_call
from tests.servers import LoopbackServers
from vcg_tui.models.conversation import EndReason
from vcg_tui.models.events import Notice
from vcg_tui.paths import user_config_file


@pytest.fixture(scope="module")
def running() -> Iterator[LoopbackServers]:
    with LoopbackServers(process=True) as servers:
        yield servers


@pytest.fixture
def servers(running: LoopbackServers) -> LoopbackServers:
    defaults(running, turns=8)
    return running


def set_prices(servers: LoopbackServers, *, speech: bool = True) -> None:
    own = user_config_file().with_name("prices.yaml")
    own.parent.mkdir(parents=True, exist_ok=True)
    text = f"- {{provider: openai, base_url: '{servers.openai_url}', model: test-model, input: 2, output: 10}}"
    voice = f"- {{provider: openai, base_url: '{servers.openai_url}', model: test-model, characters: 15}}"
    own.write_text(f"text:\n{text}\n" + (f"speech:\n{voice}\n" if speech else ""))


async def call_for(servers: LoopbackServers, folder: Path, max_cost: float | None, **others: Any) -> MadeCall:
    settings = at_servers(servers, LLMS["chat"], SPEAKERS["speech"], call={"max_cost": max_cost}, **others)
    return await one_call(settings, folder)


async def test_a_call_costs_what_its_tokens_and_characters_do(servers: LoopbackServers, tmp_path: Path) -> None:
    set_prices(servers)
    call = await call_for(servers, tmp_path, None)
    assert call.ended.end_reason is EndReason.COMPLETED
    metrics = call.metrics
    assert metrics.prompt_tokens is not None
    assert metrics.completion_tokens is not None
    paid = (2 * metrics.prompt_tokens + 10 * metrics.completion_tokens + 15 * metrics.characters) / 1_000_000
    assert metrics.cost_usd == pytest.approx(paid)
    assert call.stored().metrics.cost_usd == metrics.cost_usd
    assert all(turn.metrics.cost_usd for turn in call.turns)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
async def test_a_call_ends_before_the_turn_that_would_pass_the_limit(
    servers: LoopbackServers, share: float, tmp_path: Path
) -> None:
    set_prices(servers)
    whole = await call_for(servers, tmp_path / "whole", None)
    limit = (whole.metrics.cost_usd or 0) * share
    call = await call_for(servers, tmp_path / "limited", limit)
    assert call.ended.end_reason is EndReason.BUDGET
    assert f"would pass ${limit:g}" in call.ended.end_detail
    assert 0 < (call.metrics.cost_usd or 0) <= limit
    assert 1 <= len(call.turns) < len(whole.turns)
    # it goes on for as long as there is room: two more turns would have been too much
    assert sum(turn.metrics.cost_usd or 0 for turn in whole.turns[: len(call.turns) + 2]) > limit
    call.check_kept()
    assert call.errors == []


async def test_a_limit_that_can_not_be_kept_is_told(servers: LoopbackServers, tmp_path: Path) -> None:
    set_prices(servers, speech=False)
    call = await call_for(servers, tmp_path, 0.0001)
    assert call.ended.end_reason is EndReason.COMPLETED
    told = [notice for notice in call.of(Notice) if "max_cost" in notice.text]
    assert len(told) == 1
    assert "The price of test-model is not known" in told[0].text
    assert "prices.yaml" in told[0].remedy
    assert call.metrics.cost_usd is None
