"""Figures as eSpeak is given them, in words; the text's own words keep their times."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcg_tui.models.conversation import VoiceConfig
from vcg_tui.providers.tts.english_figures import said_words
from vcg_tui.providers.tts.espeak import EspeakTTS
from vcg_tui.providers.tts.espeak_text import spoken_text


def said(text: str, *, american: bool = True) -> str:
    return " ".join(said_words(text.split(), american=american))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # money
        ("It's $45.20.", "It's forty-five dollars and twenty cents."),
        ("($1,340.00)", "(one thousand three hundred and forty dollars)"),
        ("$0.99 or $1", "ninety-nine cents or one dollar"),
        ("-$12, £5", "minus twelve dollars, five pounds"),
        ("$5 million.", "five million dollars."),
        ("$1.5k and $5M", "one point five thousand dollars and five million dollars"),
        ("$9.99/mo", "nine dollars and ninety-nine cents a month"),
        ("between $10-$20, or $10–20", "between ten dollars and twenty dollars, or ten to twenty dollars"),
        # percentages
        ("3.5% more", "three point five percent more"),
        ("10-20%?", "ten to twenty percent?"),
        # times
        ("at 14:30", "at fourteen thirty"),
        ("at 9:05am,", "at nine oh five AM,"),
        ("10:00 a.m. or 10:00.", "ten a.m. or ten o'clock."),
        ("by 5pm", "by five PM"),
        ("10:30-11:00", "ten thirty to eleven o'clock"),
        ("9-5, 24/7", "nine to five, twenty-four seven"),
        # dates
        ("on 2026-11-26.", "on November twenty-sixth, twenty twenty-six."),
        ("11/26/2026", "November twenty-sixth, twenty twenty-six"),
        ("26/11/26", "November twenty-sixth, twenty twenty-six"),
        ("November 3, 2026", "November third, twenty twenty-six"),
        ("in 2019 and 1990-2000", "in twenty nineteen and nineteen ninety to two thousand"),
        ("the 1st, the 23rd", "the first, the twenty-third"),
        ("a 1/2, 3/4", "a half, three quarters"),
        # telephones
        ("call 555-0142.", "call five five five, zero one four two."),
        ("+1 555 0142", "plus one five five five zero one four two"),
        ("(555) 014-2233", "five five five zero one four, two two three three"),
        ("020 7946 0958", "zero two zero seven nine four six zero nine five eight"),
        # orders, accounts, codes
        ("order AB-31960", "order eh B, three one nine, six zero"),
        ("#20417, #5", "number two zero four, one seven, number five"),
        ("order number 4471", "order number four four seven one"),
        ("ending in 447, code 0042", "ending in four four seven, code zero zero four two"),
        ("flight BA2490", "flight B A, two four nine zero"),
        ("account 447192's", "account four four seven, one nine two's"),
        # addresses
        ("anna.reyes2@example.com.", "anna dot reyes two at example dot com."),
        ("at www.example.com/help,", "at w w w dot example dot com slash help,"),
        # what the engine says well, or what is no such thing, stays
        ("1,250 points, 3.5 hours, 2000 steps", "1,250 points, 3.5 hours, 2000 steps"),
        ("order 300 units of 100000", "order 300 units of 100000"),
        ("e.g. COVID-19, a 4G phone, Windows 11", "e.g. COVID-19, a 4G phone, Windows 11"),
        ("25:99, 3.5.2.1, $, @, %", "25:99, 3.5.2.1, $, @, %"),
        ("A I saw. A B, and C A B", "A I saw. eh B, and C eh B"),
    ],
)  # fmt: skip
def test_figures_are_said_as_people_say_them(text: str, words: str) -> None:
    assert said(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("3/4/2026", "the third of April, twenty twenty-six"),
        ("£45.20", "forty-five pounds twenty"),
        ("May 5", "May the fifth"),
    ],
)
def test_british_voices_say_some_another_way(text: str, words: str) -> None:
    assert said(text, american=False) == words


@given(st.text(st.sampled_from("0123456789$£%:/-.,+()#@ abAB\n"), max_size=60))
def test_each_word_stays_one_and_no_text_breaks_it(text: str) -> None:
    words = text.split()
    found = said_words(words, american=True)
    assert len(found) == len(words)
    for word, instead in zip(words, found, strict=True):
        # nothing becomes silent, and nothing is made up
        assert any(map(str.isalnum, instead)) or not any(map(str.isalnum, word))
        assert instead == word or any(map(str.isalnum, word))


def test_the_language_of_the_voice_decides() -> None:
    assert spoken_text("$45.20", "en-us").pieces == [(" forty-five dollars and twenty cents", 0)]
    assert spoken_text("£45.20", "en-gb-scotland").pieces == [(" forty-five pounds twenty", 0)]
    assert spoken_text("45,20 €", "de").pieces == [(" 45,20 €", 0)]


async def test_the_words_that_are_shown_keep_their_times() -> None:
    text = "Your order AB-31960 of $45.20 ships 11/26/2026 at 9:05am, call 555-0142 or write to anna@example.com today."
    tts = EspeakTTS()
    try:
        speech = await tts.generate_speech(text, VoiceConfig(voice_id="us-emily"))
        plain = await tts.generate_speech(said(text), VoiceConfig(voice_id="us-emily"))
    finally:
        await tts.aclose()
    assert [word.text for word in speech.words] == text.split()
    assert not any(word.estimated for word in speech.words)
    times = [time for word in speech.words for time in (word.start_s, word.end_s)]
    assert times == sorted(times)
    lengths = {word.text: word.end_s - word.start_s for word in speech.words}
    # what takes many words to say takes their time
    assert lengths["$45.20"] > 3 * lengths["of"]
    assert lengths["AB-31960"] > 1.0
    assert lengths["11/26/2026"] > 1.0
    assert re.sub(r"\d", "", said(text)) == said(text)
    assert abs(speech.pcm.size - plain.pcm.size) < 0.05 * plain.pcm.size
