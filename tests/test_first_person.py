"""An issue told of somebody, turned into what they say themselves."""

from __future__ import annotations

import pytest

from vcg_tui.providers.llm.simulator.first_person import first_person, goal_phrase


@pytest.mark.parametrize(
    ("issue", "said"),
    [
        ("Their router drops every evening.", "My router drops every evening."),
        ("They are moving and don't know which tariff they need.", "I am moving and don't know which tariff I need."),
        (
            "They can't log in since they changed their phone; the reset mail never arrives.",
            "I can't log in since I changed my phone; the reset mail never arrives.",
        ),
        ("They've lost their card and they're abroad.", "I've lost my card and I'm abroad."),
        ("He goes to work at six.", "I go to work at six."),
        ("He's driving and can't talk.", "I'm driving and can't talk."),
        (
            "She hasn't received the parcel she ordered for herself.",
            "I haven't received the parcel I ordered for myself.",
        ),
        ("She's been waiting three weeks.", "I've been waiting three weeks."),
        ("He was charged twice and nobody answered his emails.", "I was charged twice and nobody answered my emails."),
        ("The shop sent him the wrong size.", "The shop sent me the wrong size."),
        ("He works nights and needs it done by noon.", "I work nights and need it done by noon."),
        # "Her" is both.
        ("Her washing machine stopped and nobody called her.", "My washing machine stopped and nobody called me."),
        (
            "The school keeps sending her reminders about her son.",
            "The school keeps sending me reminders about my son.",
        ),
        # Other people keep their pronouns.
        ("She says they never called; her bill is wrong.", "I say they never called; my bill is wrong."),
        ("The firm calls him at work and they won't stop.", "The firm calls me at work and they won't stop."),
        # The customer by any name.
        ("The customer was charged twice.", "I was charged twice."),
        ("The app charged the customer twice.", "The app charged me twice."),
        ("The caller's meter was never read.", "My meter was never read."),
        ("Customer is locked out.", "I am locked out."),
        (
            "Anna's line drops. Anna has called and they keep telling her to wait.",
            "My line drops. I have called and they keep telling me to wait.",
        ),
        ("Mrs. Reyes needs a new card.", "I need a new card."),
        # Notes without a subject.
        ("Wants a refund for a broken lamp", "I want a refund for a broken lamp."),
        ("Never received the refund. wants it today", "I never received the refund. I want it today."),
        ("Says it's paid already.", "I say it's paid already."),
        # Nothing to turn.
        ("My order arrived broken.", "My order arrived broken."),
        ("I was charged twice", "I was charged twice."),
        ("Router fault", "Router fault."),
        ("What is covered abroad?", "What is covered abroad?"),
    ],
)
def test_an_issue_is_told_by_whom_it_is_about(issue: str, said: str) -> None:
    assert first_person(issue, "Anna Reyes") == said
    assert first_person(said, "Anna Reyes") == said


@pytest.mark.parametrize(
    ("goal", "phrase"),
    [
        ("Get a refund.", "get a refund"),
        ("Wants a refund of the second charge.", "get a refund of the second charge"),
        ("Wants to get his money back", "get my money back"),
        ("To be called back after six.", "be called back after six"),
        ("a replacement", "get a replacement"),
        ("refund", "get a refund"),
        ("Refund of the deposit", "get a refund of the deposit"),
        ("The customer wants their account unlocked", "get my account unlocked"),
        ("They would like to have her card replaced", "have my card replaced"),
        ("have someone call them back", "have someone call me back"),
        ("I want my account back", "get my account back"),
        ("Stop the calls to her number", "stop the calls to my number"),
        ("Anna wants to cancel.", "cancel"),
        ("Cancel before it renews.", "cancel before it renews"),
    ],
)
def test_a_goal_becomes_what_one_would_like_to_do(goal: str, phrase: str) -> None:
    assert goal_phrase(goal, "Anna Reyes") == phrase
