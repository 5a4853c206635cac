from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vcg_tui.models.conversation import Outcome
from vcg_tui.services.spoken_text import EndSignal, EndTagFilter, SpokenTextFilter

sizes = st.lists(st.integers(1, 9), min_size=1, max_size=8)
# Ordinary text, with angle brackets that belong to no tag.
_PLAIN = st.lists(
    st.sampled_from(["Bye", " ", ".", "a < b", "x > y", "\n", "the end_call", "é", "<3", "</b>", "<end", "<<", ">"]),
    max_size=12,
).map("".join)
_TAGS = st.builds(
    lambda opener, name, middle, outcome, closer: (f"{opener}{name}{middle.format(outcome)}{closer}", outcome),
    st.sampled_from(["<", "</", "< "]),
    st.sampled_from(["end_call", "END_CALL", "End_Call"]),
    st.sampled_from([' outcome="{}"', " outcome='{}'", " outcome={}", '\n  outcome = "{}" ', ' x="1" outcome="{}"']),
    st.sampled_from([each.value for each in Outcome]),
    st.sampled_from(["/>", ">", " />", "\n/>"]),
)


def chunks(text: str, sizes: list[int]) -> list[str]:
    found: list[str] = []
    at = 0
    while at < len(text):
        size = sizes[len(found) % len(sizes)]
        found.append(text[at : at + size])
        at += size
    return found


def untagged(text: str, sizes: list[int]) -> tuple[str, EndSignal | None]:
    tags = EndTagFilter()
    passed = "".join(tags.feed(chunk) for chunk in chunks(text, sizes)) + tags.finish()
    return passed, tags.signal


def cleaned(text: str, sizes: list[int] | None = None) -> tuple[str, int]:
    clean = SpokenTextFilter()
    passed = "".join(clean.feed(chunk) for chunk in chunks(text, sizes or [len(text) or 1])) + clean.finish()
    return passed, clean.cleaned


# ------------------------------------------------------------------ the tag


@given(before=_PLAIN, tag=_TAGS, after=_PLAIN, sizes=sizes)
def test_a_tag_is_found_in_any_split_and_nothing_of_it_leaks(
    before: str, tag: tuple[str, str], after: str, sizes: list[int]
) -> None:
    assert untagged(before + tag[0] + after, sizes) == (before + after, EndSignal(Outcome(tag[1])))


@given(text=_PLAIN, sizes=sizes)
def test_an_angle_bracket_that_is_no_tag_passes(text: str, sizes: list[int]) -> None:
    assert untagged(text, sizes) == (text, None)


@pytest.mark.parametrize("text", ["<end_caller>", "<end_call_now/>", "a <b> c", "1 < 2", "<endcall/>", "<end", "</"])
def test_what_only_looks_like_the_tag_passes(text: str) -> None:
    assert untagged(text, [1]) == (text, None)


@pytest.mark.parametrize(
    ("text", "passed", "outcome"),
    [
        ("Bye.<end_call/>", "Bye.", None),
        ('Bye.<end_call outcome="maybe"/>', "Bye.", None),
        ('Bye.<end_call outcome="RESOLVED"/>', "Bye.", Outcome.RESOLVED),
        ('Bye.<end_call outcome="resolved|unresolved"/>', "Bye.", Outcome.RESOLVED),
        ('Bye.<end_call outcome="callback', "Bye.", Outcome.CALLBACK),
        ("Bye.<end_call", "Bye.", None),
        ('<end_call/><end_call outcome="escalated"/>', "", Outcome.ESCALATED),
        ('<end_call outcome="escalated"/><end_call/>', "", Outcome.ESCALATED),
    ],
)
def test_what_a_tag_says(text: str, passed: str, outcome: Outcome | None) -> None:
    assert untagged(text, [1]) == untagged(text, [999]) == (passed, EndSignal(outcome))


def test_text_before_an_angle_bracket_is_not_held_back() -> None:
    tags = EndTagFilter()
    assert tags.feed("Good bye <e") == "Good bye "
    assert tags.feed("m>") == "<em>"


# ------------------------------------------------------------------ the marks


@pytest.mark.parametrize(
    ("text", "spoken", "count"),
    [
        ("Nothing to clean here.", "Nothing to clean here.", 0),
        ("*sighs* I am *really* tired of **this**.", "I am really tired of this.", 5),
        ("[laughs] No. (sighs deeply) Yes.", "No. Yes.", 2),
        ("*nodding* Yes *sobbing softly* fine", "Yes fine", 2),
        ("Fine.*sighs* Okay.", "Fine. Okay.", 1),
        ("Be *clear* and *wait* here.", "Be clear and wait here.", 4),
        ("(clearly a mistake) and (crypto) stay", "(clearly a mistake) and (crypto) stay", 0),
        ("(clears his throat) Hello.", "Hello.", 1),
        ("So (and this is true) it broke.", "So (and this is true) it broke.", 0),
        ("Agent: Hello there.", "Hello there.", 1),
        ("**Agent:** Hello there.", "Hello there.", 1),
        ("  Support agent : hello", "hello", 1),
        ("Support is what I need: now", "Support is what I need: now", 0),
        ("- First thing\n- Second\n3. Third\n## Fourth", "First thing Second Third Fourth", 4),
        ("A well-known fact - really", "A well-known fact - really", 0),
        ("Good 😀! Thanks ❤️.", "Good! Thanks.", 3),
        ("my file_name is _so_ long", "my file_name is so long", 2),
        ("It costs .5 and ~50 `now`", "It costs .5 and 50 now", 3),
        ("two\n\n  lines\tand  more ", "two lines and more", 0),
        ("an open [ bracket", "an open [ bracket", 0),
        ("", "", 0),
    ],
)
def test_marks_of_written_language_are_taken_out_and_counted(text: str, spoken: str, count: int) -> None:
    assert cleaned(text) == (spoken, count)
    assert cleaned(text, [1]) == (spoken, count)


_MARKS = ["*", "**", "_", "__", "(", "[", ")", "]", "`", "~", "#", ".", ",", ":", "<", "-", "\n", "\r\n", "😀"]
_BITS = ["a", " ", "agent", "Agent: ", "- ", "1. ", "sighs", "(sighs)", "[pause]", "word", "é", "ſupport", "x" * 50]
_MARKED = st.lists(st.sampled_from(_MARKS + _BITS), max_size=40).map("".join)


@given(text=_MARKED, sizes=sizes)
@example(text="agent" + " " * 30 + ": hello", sizes=[1])
@example(text="*" * 120 + " hello", sizes=[1])
def test_the_result_does_not_depend_on_the_chunks(text: str, sizes: list[int]) -> None:
    assert cleaned(text, sizes) == cleaned(text)


@given(text=_MARKED, sizes=sizes)
def test_cleaned_text_holds_no_marks(text: str, sizes: list[int]) -> None:
    spoken, _ = cleaned(text, sizes)
    assert not set(spoken) & set("*`~😀\n\r")
    assert "  " not in spoken
    assert spoken == spoken.strip()


@given(text=st.text(st.characters(categories=["L", "Nd"]) | st.sampled_from(" ,.?!'-"), max_size=120), sizes=sizes)
def test_plain_words_pass_as_they_are(text: str, sizes: list[int]) -> None:
    words = " ".join(text.split())
    # A bullet or a number at the start of a line is a list's.
    if not words.startswith("-") and not words[:1].isdigit():
        assert cleaned(words, sizes) == (words, 0)


def test_an_emphasised_word_does_not_hold_the_rest_back() -> None:
    clean = SpokenTextFilter()
    assert clean.feed("I *really* need it. And ~50 of **them** now ") == "I really need it. And 50 of them now"
