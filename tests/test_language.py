"""The language of a call: who decides it, and that everything in the call keeps to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real_calls import defaults
from tests.sample_calls import call_plan
from tests.servers import LoopbackServers
from tests.vcg_command import Vcg, one_line, the_json
from vcg_tui.models.conversation import PlanDetails, VoiceConfig
from vcg_tui.models.languages import language_name, language_of, speaks
from vcg_tui.models.persona import CustomerPersona, SupportPersona
from vcg_tui.providers.base import Voice
from vcg_tui.providers.tts.elevenlabs_account import spoken_with
from vcg_tui.providers.tts.espeak import EspeakTTS
from vcg_tui.providers.tts.speaking_style import speaking_style
from vcg_tui.providers.tts.voice_catalogue import catalogue
from vcg_tui.services.casting import cast, voice_for
from vcg_tui.services.sentences import SentenceSplitter

GERMAN = (
    "Guten Tag, hier ist die Firma Nordlicht, was kann ich für Sie tun?",
    "Ich verstehe, das war am 3. Mai um 14 Uhr. Ich schaue gleich nach, z. B. in Ihrem Vertrag.",
    'Gern geschehen, auf Wiederhören.\n<end_call outcome="resolved"/>',
)
ANSWERS = (
    "Mein Internet geht seit Montag nicht mehr, und ich brauche es für die Arbeit.",
    "Danke, das wäre sehr nett von Ihnen.",
    'Vielen Dank, auf Wiederhören.\n<end_call outcome="resolved"/>',
)


@pytest.fixture(scope="module")
def running() -> Iterator[LoopbackServers]:
    with LoopbackServers(process=True) as servers:
        yield servers


def sides(customer: list[str], support: list[str]) -> tuple[CustomerPersona, SupportPersona]:
    people = call_plan()
    return (
        people.customer.model_copy(update={"languages": customer}),
        people.support.model_copy(update={"languages": support}),
    )


# ------------------------------------------------------------------ which it is


@pytest.mark.parametrize(
    ("wanted", "customer", "support", "language"),
    [
        (None, ["en"], ["en"], "en"),
        (None, ["de", "en"], ["en", "de"], "de"),
        (None, ["en", "de"], ["de", "en"], "en"),
        (None, ["pt-BR", "en"], ["pt"], "pt-BR"),
        (None, ["de"], ["fr"], "en"),
        (None, [], [], "en"),
        ("fr", ["de", "en"], ["en", "de"], "fr"),
    ],
)
def test_who_decides_the_language(wanted: str | None, customer: list[str], support: list[str], language: str) -> None:
    assert language_of(wanted, *sides(customer, support)) == language


def test_names_of_languages() -> None:
    assert [language_name(code) for code in ("de", "pt-BR", "xyz")] == ["German", "Portuguese (BR)", "xyz"]
    assert speaks(["en", "pt-BR"], "pt")
    assert speaks(["no"], "nb")
    assert not speaks(["en"], "de")


def test_a_call_from_before_there_were_languages_is_english() -> None:
    details = call_plan().details.model_dump(mode="json")
    del details["language"]
    del details["customer_voice"]["language"]
    read = PlanDetails.model_validate(details)
    assert (read.language, read.customer_voice.language) == ("en", "en")


# ------------------------------------------------------------------ the whole way


def test_a_german_call_from_the_command_to_the_disk(running: LoopbackServers, tmp_path: Path) -> None:
    defaults(running, customer=ANSWERS, support=GERMAN)
    vcg = Vcg(tmp_path)
    env = {"LLM_PROVIDER": "openai", "LLM_BASE_URL": running.openai_url, "LLM_MODEL": "test-model"}
    arguments = ["generate", "--no-play", "--json", "--language", "DE", "--customer", "anna-reyes", "--seed", 5]
    done = vcg(*arguments, env=env)
    told = the_json(done)
    assert "in German; text: test-model, speech: espeak" in done.stderr
    assert (told["language"], told["end_reason"]) == ("de", "completed")
    stored = json.loads((tmp_path / told["path"] / "conversation.json").read_text("utf-8"))
    assert stored["plan"]["language"] == "de"
    assert [turn["text"] for turn in stored["turns"]][:3] == [GERMAN[0], ANSWERS[0], GERMAN[1]]
    for side in ("customer", "support"):
        voice = stored["plan"][f"{side}_voice"]
        assert voice["voice_id"].startswith("de-de-")
        assert (voice["language"], voice["accent"]) == ("de", "de")
    # both sides were told, the facts as they are
    asked = [entry.body["messages"] for entry in running.log() if entry.route == "chat"]
    assert {messages[0]["content"][:12] for messages in asked} == {"You are Anna", asked[0][0]["content"][:12]}
    for messages in asked:
        assert "Speak German, from your first word to your last" in messages[0]["content"]
        assert "Speak English" not in messages[0]["content"]
    for value in stored["customer"]["facts"].values():
        assert str(value) in asked[1][0]["content"]


def test_what_a_call_in_english_tells_its_models(running: LoopbackServers, tmp_path: Path) -> None:
    defaults(running, turns=1)
    env = {"LLM_PROVIDER": "openai", "LLM_BASE_URL": running.openai_url, "LLM_MODEL": "test-model"}
    told = the_json(Vcg(tmp_path)("generate", "--no-play", "--json", "--no-save", "--customer", "anna-reyes", env=env))
    assert told["language"] == "en"
    asked = [entry.body["messages"][0]["content"] for entry in running.log() if entry.route == "chat"]
    assert all("Speak English, from the first word to the last." in text for text in asked)


@pytest.mark.parametrize(
    ("arguments", "env", "said"),
    [
        (
            ["--language", "de"],
            {},
            "The offline text simulator speaks English only, and this call is to be in German. Choose another text "
            "provider (providers.llm.type, as openai for Ollama and the like), or call.language en.",
        ),
        (
            ["--language", "german!"],
            {},
            "--language: call.language: 'german!' must be a language code, as de or pt-BR.",
        ),
        (
            [],
            {"VCG_CALL__LANGUAGE": "d"},
            "VCG_CALL__LANGUAGE: call.language: 'd' must be a language code, as de or pt-BR.",
        ),
    ],
)
def test_what_cannot_be_is_one_line_before_the_call(
    tmp_path: Path, arguments: list[str], env: dict[str, str], said: str
) -> None:
    vcg = Vcg(tmp_path)
    assert one_line(vcg("generate", "--no-play", *arguments, code=2, env=env)) == said
    assert not vcg.calls.exists() or not list(vcg.calls.iterdir())


def test_a_language_without_a_voice_is_told_with_those_there_are(running: LoopbackServers, tmp_path: Path) -> None:
    defaults(running)
    env = {"LLM_PROVIDER": "openai", "LLM_BASE_URL": running.openai_url, "LLM_MODEL": "test-model"}
    said = one_line(Vcg(tmp_path)("generate", "--no-play", "--language", "ja", code=2, env=env))
    assert said.startswith("espeak has no voice that speaks Japanese. Choose another TTS provider or call.language; ")
    assert "English, Finnish, French, German" in said


# ------------------------------------------------------------------ voices


async def test_espeak_casts_natives_and_keeps_gender_and_age() -> None:
    tts = EspeakTTS()
    voices = {voice.id: voice for voice in await tts.voices()}
    customer, support = sides(["en"], ["en"])
    for language in ("de", "fr", "es", "pt-BR", "it", "nl", "hi"):
        for gender in ("female", "male"):
            for age in ("young", "adult", "elderly"):
                wish = {"gender": gender, "age": age}
                caller = customer.model_copy(update={"voice": customer.voice.model_copy(update=wish)})
                agent = support.model_copy(update={"voice": support.voice.model_copy(update=wish)})
                pair = cast(caller, agent, list(voices.values()), "espeak", language)
                assert pair[0].voice_id != pair[1].voice_id
                first, second = (voices[each.voice_id] for each in pair)
                assert {first.gender, second.gender} == {gender}
                assert speaks(first.languages, language)
                assert speaks(second.languages, language)
                able = [voice for voice in voices.values() if speaks(voice.languages, language)]
                if age in {voice.age for voice in able if voice.gender == gender}:
                    assert first.age == age


def test_an_accent_of_the_language_is_kept_and_another_is_not() -> None:
    voices = [
        Voice("es", "Es", "female", "adult", "es-ES", ("es-ES",)),
        Voice("mx", "Mx", "female", "adult", "es-MX", ("es-MX",)),
        Voice("us", "Us", "female", "adult", "en-US", ("en", "es")),
    ]
    customer, _ = sides(["en", "es"], ["en"])

    def chosen(accent: str, language: str) -> VoiceConfig:
        voice = customer.voice.model_copy(update={"accent": accent, "gender": "female", "age": "adult"})
        return voice_for(customer.model_copy(update={"voice": voice}), voices, "x", language)

    assert (chosen("es-MX", "es").voice_id, chosen("es-MX", "es").accent) == ("mx", "es-MX")
    assert (chosen("en-US", "es-ES").voice_id, chosen("en-US", "es-ES").accent) == ("es", "es-ES")
    assert chosen("es-MX", "en").voice_id == "us"


def test_a_persona_keeps_its_own_voice_only_where_it_speaks_the_language() -> None:
    voices = [Voice("us", "Us", "female", "adult", "en-US"), Voice("de", "De", "female", "adult", "de-DE", ("de",))]
    customer, _ = sides(["en"], ["en"])
    own = customer.voice.model_copy(update={"ids": {"x": "us", "y": "unlisted"}})
    customer = customer.model_copy(update={"voice": own})
    assert voice_for(customer, voices, "x", "en").voice_id == "us"
    assert voice_for(customer, voices, "x", "de").voice_id == "de"
    assert voice_for(customer, voices, "y", "de").voice_id == "unlisted"


def test_services_say_what_their_voices_speak() -> None:
    assert all({"en", "de", "hi", "ja"} <= set(voice.languages) for voice, _ in catalogue("openai").values())
    spanish = Voice("id", "Ana", "female", "adult", "es", ("es",))
    assert spoken_with("eleven_flash_v2_5", spanish)[0] == "es"
    assert "de" in spoken_with("eleven_multilingual_v2", spanish)
    assert spoken_with("eleven_flash_v2", spanish) == ("en",)


def test_a_model_that_takes_instructions_is_told_the_language() -> None:
    german = speaking_style(VoiceConfig(voice_id="x", language="de", accent="de"))
    assert "Speak German" in german
    assert "Accent" not in german
    mexican = speaking_style(VoiceConfig(voice_id="x", language="es", accent="es-MX"))
    assert "Speak Spanish" in mexican
    assert "Accent: Mexican Spanish." in mexican
    assert "Accent: German." in speaking_style(VoiceConfig(voice_id="x", accent="de-DE"))


# ------------------------------------------------------------------ text


@pytest.mark.parametrize(
    ("language", "text", "sentences"),
    [
        ("de", "Das war am 3. Mai. Herr Dr. Weber sagt z. B. nein. Gut.", 3),
        ("fr", "Bonjour, M. Dupont est là. Voilà.", 2),
        ("hi", "नमस्ते। मैं आपकी मदद करूँगी। ठीक है? हाँ।", 4),
        ("en", "That was no. 5. Ask me. Fine.", 3),
    ],
)
def test_sentences_of_a_language(language: str, text: str, sentences: int) -> None:
    splitter = SentenceSplitter(language, min_chars=1)
    pieces = [*splitter.feed(text), *splitter.finish()]
    assert "".join(pieces) == text
    assert len(pieces) == sentences, pieces


@pytest.mark.parametrize("voice_id", ["de-de-anke", "de+f2"])
async def test_words_of_a_language_are_not_taken_for_english_murmurs(voice_id: str) -> None:
    tts = EspeakTTS()
    try:
        # with a comma after "um" and "er", as after an English murmur, it takes longer
        plain, murmured = [
            await tts.generate_speech(text, VoiceConfig(voice_id=voice_id, language="de"))
            for text in ("Er kommt um acht.", "Er, kommt um, acht.")
        ]
        assert [word.text for word in plain.words] == ["Er", "kommt", "um", "acht."]
        assert plain.pcm.size < 0.9 * murmured.pcm.size
    finally:
        await tts.aclose()
