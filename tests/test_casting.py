"""Voices for both sides, and who talks when nobody was named."""

from __future__ import annotations

from typing import Any

import pytest

from vcg_tui.config import load_settings
from vcg_tui.errors import ConfigError
from vcg_tui.models.persona import CustomerPersona, EmotionalState, SupportPersona
from vcg_tui.paths import shipped_personas
from vcg_tui.providers.base import Voice
from vcg_tui.services.casting import cast, voice_for
from vcg_tui.services.pairing import choose_pair
from vcg_tui.services.persona_service import PersonaService
from vcg_tui.services.provider_factory import ProviderFactory


@pytest.fixture(scope="module")
def personas() -> PersonaService:
    return PersonaService([(shipped_personas(), "shipped")])


async def espeak_voices(tmp_path: Any) -> list[Voice]:
    tts = ProviderFactory(load_settings(cwd=tmp_path)).tts()
    try:
        return list(await tts.voices())
    finally:
        await tts.aclose()


def customer(**voice: Any) -> CustomerPersona:
    return CustomerPersona.model_validate(
        {"id": "caller", "name": "Caller", "personality": "Calm.", "issue": "It broke.", "goal": "Mend it.",
         "voice": {"gender": "female", **voice}}
    )  # fmt: skip


def support(**voice: Any) -> SupportPersona:
    return SupportPersona.model_validate(
        {"id": "agent", "name": "Agent", "personality": "Calm.", "company_name": "Acme", "agent_name": "Kim",
         "voice": {"gender": "female", **voice}}
    )  # fmt: skip


def voice(voice_id: str, gender: Any = "female", age: Any = "adult", accent: str = "en-US") -> Voice:
    return Voice(id=voice_id, name=voice_id.title(), gender=gender, age=age, accent=accent)


async def test_no_shipped_pair_shares_a_voice_and_everyone_sounds_as_they_are(
    personas: PersonaService, tmp_path: Any
) -> None:
    voices = await espeak_voices(tmp_path)
    by_id = {each.id: each for each in voices}
    assert len(personas.customers) >= 28
    assert len(personas.supports) >= 8
    for caller in personas.customers:
        for agent in personas.supports:
            pair = cast(caller, agent, voices, "espeak")
            assert pair[0].voice_id != pair[1].voice_id
            assert pair == cast(caller, agent, list(reversed(voices)), "espeak")
            for persona, chosen in zip((caller, agent), pair, strict=True):
                assert by_id[chosen.voice_id].gender == persona.voice.gender
                assert by_id[chosen.voice_id].accent.split("-")[0] == persona.voice.accent.split("-")[0]
                assert chosen.accent == persona.voice.accent
                gentle = persona is agent and (caller.voice.age == "elderly" or caller.emotional_state == "confused")
                assert (chosen.speed == persona.voice.speed) != gentle
                assert chosen.manner == persona.personality


async def test_the_shipped_personas_do_not_all_sound_the_same(personas: PersonaService, tmp_path: Any) -> None:
    voices = await espeak_voices(tmp_path)
    used = {voice_for(persona, voices, "espeak").voice_id for persona in personas.customers}
    assert len(used) >= 12


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ({"accent": "en-IN"}, "indian"),
        ({"accent": "en-GB-scotland"}, "british"),
        ({"age": "elderly"}, "old"),
        ({"gender": "male", "accent": "en-IN"}, "man"),
        ({}, "plain"),
    ],
)
def test_the_nearest_voice_gender_before_accent_before_age(wanted: Any, chosen: str) -> None:
    voices = [
        voice("plain"),
        voice("old", age="elderly"),
        voice("indian", accent="en-IN"),
        voice("british", accent="en-GB"),
        voice("man", gender="male"),
        voice("it", gender="neutral"),
    ]
    assert voice_for(customer(**wanted), voices, "x").voice_id == chosen


def test_a_neutral_voice_is_nearer_than_one_of_the_other_gender() -> None:
    voices = [voice("man", gender="male"), voice("it", gender="neutral", accent="fr-FR")]
    assert voice_for(customer(), voices, "x").voice_id == "it"


def test_a_voice_that_a_persona_insists_on_is_its_own() -> None:
    voices = [voice("a"), voice("b")]
    insists = {"ids": {"x": "special"}}
    _, agent = cast(customer(), support(**insists), voices, "x")
    caller, _ = cast(customer(**insists), support(), voices, "x")
    assert caller.voice_id == agent.voice_id == "special"
    assert {each.voice_id for each in cast(customer(**insists), support(), voices, "y")} == {"a", "b"}


def test_where_both_insist_on_the_same_voice_the_caller_gets_another() -> None:
    insists = {"ids": {"x": "a"}}
    caller, agent = cast(customer(**insists), support(**insists), [voice("a"), voice("b")], "x")
    assert (caller.voice_id, agent.voice_id) == ("b", "a")


@pytest.mark.parametrize("ids", [{}, {"ids": {"x": "a"}}])
@pytest.mark.parametrize("voices", [[], [voice("a")]])
def test_too_few_voices_are_told(voices: list[Voice], ids: Any) -> None:
    with pytest.raises(ConfigError, match=r"x has no (other )?voice for \w+, and a call needs two voices"):
        cast(customer(**ids), support(**ids), voices, "x")


def test_two_own_voices_need_no_catalogue() -> None:
    pair = cast(customer(ids={"x": "one"}), support(ids={"x": "two"}), [], "x")
    assert [each.voice_id for each in pair] == ["one", "two"]


def test_whoever_is_not_named_is_drawn_by_the_seed(personas: PersonaService) -> None:
    drawn = [choose_pair(personas, seed, None, None) for seed in range(30)]
    assert drawn == [choose_pair(personas, seed, None, None) for seed in range(30)]
    assert len({caller.id for caller, _ in drawn}) > 10
    assert len({agent.id for _, agent in drawn}) > 4
    named = choose_pair(personas, 5, "anna-reyes", None)
    assert named == choose_pair(personas, 5, "anna-reyes", None)
    assert named[0].id == "anna-reyes"
    assert len({choose_pair(personas, seed, "anna-reyes", None)[1].id for seed in range(30)}) > 3


def test_whoever_is_old_or_confused_is_spoken_to_more_slowly() -> None:
    voices = [voice("a"), voice("b")]
    _, usual = cast(customer(), support(speed=1.0), voices, "x")
    _, gentle = cast(customer(age="elderly"), support(speed=1.0), voices, "x")
    confused = customer().model_copy(update={"emotional_state": EmotionalState.CONFUSED})
    caller, patient = cast(confused, support(speed=1.0), voices, "x")
    assert usual.speed == caller.speed == 1.0
    assert gentle.speed == patient.speed < 0.9
