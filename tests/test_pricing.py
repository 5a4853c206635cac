"""What a call costs: the shipped prices, a person's own, and what is not known."""

from __future__ import annotations

from pathlib import Path

import pytest

from vcg_tui.errors import ConfigError
from vcg_tui.models.conversation import ModelChoice
from vcg_tui.paths import user_config_file
from vcg_tui.services.pricing import Prices

LUNA = ModelChoice(provider="openai", model="gpt-6-luna")
FLASH = ModelChoice(provider="elevenlabs", model="eleven_flash_v2_5")
OWN = "http://127.0.0.1:8000/v1"


def with_own(text: str) -> Prices:
    own = user_config_file().with_name("prices.yaml")
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(text)
    return Prices.load()


def at_own(model: str | None, url: str = OWN) -> ModelChoice:
    return ModelChoice(provider="openai", model=model, base_url=url)


def test_the_shipped_prices_are_dated_and_tokens_are_told_in_millions() -> None:
    prices = Prices.load()
    assert prices.as_of is not None
    assert prices.text_cost(LUNA, 1_000_000, 0) == pytest.approx(0.10)
    assert prices.text_cost(LUNA, 0, 2_000_000) == pytest.approx(1.00)
    assert prices.speech_cost(FLASH, 10_000, 600) == pytest.approx(0.50)
    mini_tts = ModelChoice(provider="openai", model="gpt-4o-mini-tts")
    assert prices.speech_cost(mini_tts, 10_000, 120) == pytest.approx(0.03)


@pytest.mark.parametrize(
    ("model", "known"),
    [("gpt-6-luna", True), ("gpt-6-luna-2026-09-01", True), ("gpt-6-luna-pro", False), ("gpt-6", False), (None, False)],
)
def test_a_dated_release_is_the_model_and_another_name_is_not(model: str | None, known: bool) -> None:
    cost = Prices.load().text_cost(ModelChoice(provider="openai", model=model), 10, 10)
    assert (cost is not None) is known


def test_what_is_unknown_stays_unknown() -> None:
    prices = Prices.load()
    assert prices.text_cost(LUNA, None, 5) is None
    assert prices.text_cost(ModelChoice(provider="anthropic", model="gpt-6-luna"), 5, 5) is None
    unknown = ModelChoice(provider="openai", model="mine")
    assert prices.turn_cost(unknown, FLASH, tokens=(5, 5), characters=5, seconds=1) is None
    assert prices.turn_cost(LUNA, unknown, tokens=(5, 5), characters=5, seconds=1) is None


def test_where_nobody_sends_a_bill_there_is_no_cost_and_beside_a_paid_part_it_is_nothing() -> None:
    prices = Prices.load()
    offline, espeak = ModelChoice(provider="offline"), ModelChoice(provider="espeak")
    assert prices.turn_cost(offline, espeak, tokens=(None, None), characters=9, seconds=1) is None
    assert prices.turn_cost(offline, FLASH, tokens=(None, None), characters=10_000, seconds=1) == pytest.approx(0.5)
    assert prices.turn_cost(LUNA, espeak, tokens=(1_000_000, 0), characters=9, seconds=1) == pytest.approx(0.1)


def test_what_was_not_paid_for_costs_nothing_whatever_its_price() -> None:
    unknown = ModelChoice(provider="openai", model="mine")
    assert Prices.load().turn_cost(unknown, unknown, tokens=(0, 0), characters=0, seconds=0.0) == 0.0
    assert Prices.load().turn_cost(unknown, FLASH, tokens=(0, 0), characters=10_000, seconds=9) == pytest.approx(0.5)


def test_a_persons_own_prices_win() -> None:
    prices = with_own("text:\n- {provider: openai, model: gpt-6-luna, input: 7, output: 9}\nfree: [elevenlabs]\n")
    assert prices.text_cost(LUNA, 1_000_000, 1_000_000) == pytest.approx(16)
    assert prices.speech_cost(FLASH, 10_000, 1) == 0.0
    assert prices.as_of is not None
    assert prices.text_cost(ModelChoice(provider="openai", model="gpt-5.5"), 1_000_000, 0) == pytest.approx(5)


def test_an_address_of_ones_own_has_prices_of_its_own_alone() -> None:
    prices = with_own(
        f"text:\n"
        f"- {{provider: openai, base_url: '{OWN}', input: 1, output: 2}}\n"
        f"- {{provider: openai, base_url: '{OWN}', model: big, input: 10, output: 20}}\n"
        f"speech:\n- {{provider: openai, base_url: '{OWN}/', model: kokoro, characters: 3}}\n"
    )
    assert prices.text_cost(at_own("big"), 1_000_000, 0) == pytest.approx(10)
    assert prices.text_cost(at_own(None), 1_000_000, 0) == pytest.approx(1)
    assert prices.text_cost(at_own("gpt-6-luna", f"{OWN}/"), 1_000_000, 0) == pytest.approx(1)
    assert prices.text_cost(at_own("gpt-6-luna", "http://elsewhere/v1"), 1_000_000, 0) is None
    assert prices.text_cost(LUNA, 1_000_000, 0) == pytest.approx(0.10), "nothing changes at the provider's own address"
    assert prices.speech_cost(at_own("kokoro"), 1_000_000, 1) == pytest.approx(3)
    assert prices.speech_cost(at_own("other"), 1_000_000, 1) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("text:\n- {provider: openai, input: 1, output: 2}\n", "text.0: a price needs a model, or the base_url"),
        ("text:\n- {provider: openai, model: m, input: -1, output: 2}\n", "text.0.input: "),
        ("speeches: []\n", "speeches: "),
        ("text: [\n", "is not valid YAML: line 2"),
    ],
)
def test_a_wrong_file_is_told_by_its_name_and_place(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        with_own(text)
    assert str(Path("prices.yaml")) in caught.value.message
    assert told in caught.value.message
    assert caught.value.hint
