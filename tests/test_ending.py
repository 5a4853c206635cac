from __future__ import annotations

import pytest

from vcg_tui.models.conversation import EndReason, Outcome
from vcg_tui.models.role import Role
from vcg_tui.services.ending import CallEnding
from vcg_tui.services.spoken_text import EndSignal

CUSTOMER, SUPPORT = Role.CUSTOMER, Role.SUPPORT


def reasons(*turns: tuple[Role, str]) -> list[EndReason | None]:
    ending = CallEnding()
    return [ending.after(speaker, text, None) for speaker, text in turns]


@pytest.mark.parametrize("first", list(Role))
def test_after_one_sides_signal_the_other_has_one_last_word(first: Role) -> None:
    ending = CallEnding()
    assert ending.after(first.other, "Anything else that I can do?", None) is None
    assert not ending.signalled
    assert ending.after(first, "No, good bye.", EndSignal(Outcome.RESOLVED)) is None
    assert ending.signalled
    assert ending.after(first.other, "Good bye.", None) is EndReason.COMPLETED
    assert ending.outcome is Outcome.RESOLVED


def test_both_may_signal_and_the_last_word_may_be_silent() -> None:
    ending = CallEnding()
    assert ending.after(SUPPORT, "Bye.", EndSignal(None)) is None
    assert ending.after(CUSTOMER, "", EndSignal(Outcome.CALLBACK)) is EndReason.COMPLETED
    assert ending.outcome is Outcome.CALLBACK


@pytest.mark.parametrize(
    ("support", "customer", "outcome"),
    [
        (Outcome.ESCALATED, Outcome.UNRESOLVED, Outcome.ESCALATED),
        (None, Outcome.UNRESOLVED, Outcome.UNRESOLVED),
        (Outcome.RESOLVED, None, Outcome.RESOLVED),
        (None, None, None),
    ],
)
@pytest.mark.parametrize("first", list(Role))
def test_the_agent_has_the_say_on_the_outcome(
    support: Outcome | None, customer: Outcome | None, outcome: Outcome | None, first: Role
) -> None:
    ending = CallEnding()
    signals = {SUPPORT: EndSignal(support), CUSTOMER: EndSignal(customer)}
    ending.after(first, "Bye now.", signals[first])
    ending.after(first.other, "Bye to you.", signals[first.other])
    assert ending.outcome is outcome


def test_nobody_signalled_no_outcome() -> None:
    assert CallEnding().outcome is None


@pytest.mark.parametrize(
    "text",
    [
        "That's not helpful at all!",
        "No thanks to you, this is still broken.",
        "Thank you, goodbye, have a nice day!",
        "I want to end this call. That's all. Resolved!",
        "No, that's everything.",
    ],
)
def test_no_words_end_a_call(text: str) -> None:
    ending = CallEnding()
    assert ending.after(CUSTOMER, text, None) is None
    assert ending.after(SUPPORT, "I see, let me look at it again.", None) is None
    assert not ending.signalled


def test_the_same_line_twice_running_ends_the_call() -> None:
    assert reasons(
        (CUSTOMER, "My router has been down all day."),
        (SUPPORT, "Is its light on?"),
        (CUSTOMER, "my router has BEEN down, all day!"),
    ) == [None, None, EndReason.REPEATED_LINE]


def test_the_same_line_for_the_third_time_ends_the_call() -> None:
    stuck = (SUPPORT, "Could you say that again for me?")
    turns = [stuck, (SUPPORT, "I see what you mean."), stuck, (SUPPORT, "Let me have a look."), stuck]
    assert reasons(*turns) == [None, None, None, None, EndReason.REPEATED_LINE]


def test_short_lines_and_what_the_other_side_said_may_come_again() -> None:
    assert set(reasons((CUSTOMER, "Yes, I am."), (SUPPORT, "And the other one?"), (CUSTOMER, "Yes, I am."))) == {None}
    assert set(reasons((CUSTOMER, "The light on it is red."), (SUPPORT, "The light on it is red."))) == {None}


def test_four_short_farewells_running_are_a_loop() -> None:
    loop = [
        (CUSTOMER, "Thank you, bye."),
        (SUPPORT, "Good bye, have a great day!"),
        (CUSTOMER, "You too, take care."),
        (SUPPORT, "Take care, bye now."),
    ]
    assert reasons((SUPPORT, "It is all done now."), *loop) == [None, None, None, None, EndReason.GOODBYE_LOOP]
    assert set(reasons(*loop[:3], (SUPPORT, "Wait, one more question."), loop[0])) == {None}


def test_a_long_turn_with_a_farewell_in_it_is_no_loop() -> None:
    long = "Before we say goodbye, would you tell me once more which of the two lights on the box is red"
    turns = [(CUSTOMER, f"{long} {number}?") for number in range(5)]
    assert set(reasons(*turns)) == {None}
