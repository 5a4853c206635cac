"""One side offline, the other in words of its own, as a real model or a person would put it."""

from __future__ import annotations

import re

import pytest

from tests.offline_calls import Call, agents, call_of, customers
from vcg_tui.models.conversation import EndReason, Outcome
from vcg_tui.models.role import Role
from vcg_tui.providers.llm.simulator.phrases import load_bank, normal
from vcg_tui.providers.llm.simulator.spoken import say_fact

SEEDS = range(6)
CUSTOMER, SUPPORT = Role.CUSTOMER, Role.SUPPORT

AGENT = [
    "Thank you for calling Brightline, my name is Maya. How may I assist you today?",
    "I'm so sorry to hear that, it must be frustrating. To get started, could you share the account number with me?",
    "Thank you. And to verify, what's the phone number we have for you?",
    "Perfect, you're verified. When did the drops begin?",
    "Are the devices connected by cable affected as well, or just the wifi?",
    "I can see in our records that there's a ticket for your street that nobody picked up.",
    "I completely understand. Give me just a second while I pull up the schedule.",
    "I can send a technician to replace the card in the cabinet this Thursday morning. Would that work for you?",
    "Great, that's booked. Is there anything else I can help you with today?",
    'Thank you for your patience, Anna. Have a wonderful day, goodbye!\n<end_call outcome="resolved"/>',
]


def last(call: Call) -> str:
    return call.turns[-1].text


def answers(call: Call, ask: str) -> str:
    """What the customer answered to that line of the agent."""
    index = next(i for i, turn in enumerate(call.turns) if turn.text.startswith(ask[:30]))
    return call.turns[index + 1].text


def answers_with(call: Call, ask: str, lines: list[str]) -> bool:
    """Whether one of the lines was the answer; how a customer comes into a line varies, the rest is the line's."""
    return any(normal(line).split(" ", 2)[-1] in normal(answers(call, ask)) for line in lines)


def known_answers(customer: str, ask: str) -> list[str]:
    """What this customer's file answers to the question that begins so."""
    question = next(q for q in customers()[customer].case.questions if q.ask.startswith(ask))
    return question.answers


# ------------------------------------------------------------------ the customer offline


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_customer_follows_an_agent_of_other_words(seed: int) -> None:
    call = await call_of("anna-reyes", "tier1-support", seed).play_against(SUPPORT, AGENT)
    assert call.end_reason is EndReason.COMPLETED
    assert call.outcome is Outcome.RESOLVED
    assert len(call.turns) == 2 * len(AGENT)
    told = [normal(turn.text) for turn in call.turns if turn.speaker is CUSTOMER]
    assert len(set(told)) == len(told)

    opening = " ".join(told[:2])
    assert any(normal(line)[:30] in opening for line in _openings("anna-reyes"))
    if "six three zero" not in normal(answers(call, AGENT[1])):
        # Whoever has to look for the number has said so.
        assert any(normal(phrase) in told[1] for phrase in _phrases("searching"))
    assert "five five five zero one four two" in normal(answers(call, AGENT[2]))
    assert answers_with(call, AGENT[3], known_answers("anna-reyes", "When did this start"))
    assert answers_with(call, AGENT[4], known_answers("anna-reyes", "When it goes"))
    assert len(answers(call, AGENT[5]).split()) > 0
    taken = [*customers()["anna-reyes"].says.accept, *_phrases("accept")]
    assert any(line in answers(call, AGENT[7]) for line in taken)


def _openings(customer: str) -> list[str]:
    persona = customers()[customer]
    facts = {name: say_fact(name, value, persona.voice.accent) for name, value in persona.facts.items()}
    return [re.sub(r"\{(\w+)\}", lambda m: facts[m.group(1)], line) for line in persona.says.opening]


def _phrases(bank: str) -> list[str]:
    phrases = load_bank("customer")[bank]
    every = phrases if isinstance(phrases, list) else [phrase for each in phrases.values() for phrase in each]
    return [phrase.replace("{company}", "Brightline") for phrase in every]


@pytest.mark.parametrize(
    ("asks", "said"),
    [
        ("Could you tell me your date of birth, please?", "nineteen forty-four"),
        ("I'll need your birthday as well.", "nineteen forty-four"),
        ("Can you confirm the hospital number for me?", "eight four zero"),
        ("May I have your reference number?", "eight four zero"),
    ],
)
async def test_the_fact_that_is_asked_for_is_the_fact_that_is_given(asks: str, said: str) -> None:
    for seed in SEEDS:
        lines = ["Good morning, Pinecrest, this is Lee. What can I do for you?", asks, "No rush.", "Take your time."]
        call = await call_of("margaret-ellis", "care-line", seed).play_against(SUPPORT, lines)
        assert said in call.text(CUSTOMER).lower(), (seed, call.text(CUSTOMER))


async def test_a_refusal_is_no_offer_and_a_transfer_is_taken() -> None:
    lines = [
        "Hello, this is Lee at Northgate. How can I help?",
        "Unfortunately I'm not able to refund that.",
        "Unfortunately I can't, but I could extend the voucher by six months.",
        "Let me transfer you to my supervisor.",
        'Connecting you now, goodbye. <end_call outcome="escalated"/>',
    ]
    for seed in SEEDS:
        call = await call_of("tom-whitaker", "strict-billing", seed).play_against(SUPPORT, lines)
        assert call.end_reason is EndReason.COMPLETED
        taken = {normal(line) for line in [*customers()["tom-whitaker"].says.accept, *_phrases("accept")]}
        for turn in call.turns:
            assert normal(turn.text) not in taken
        assert any(line in call.turns[7].text for line in _phrases("agree_transfer"))


async def test_a_promise_to_look_is_no_offer() -> None:
    lines = ["Brightline, how can I help?", "I can see why that's annoying. I'll check that for you."]
    for seed in SEEDS:
        call = await call_of("mei-chen", "tier1-support", seed).play_against(SUPPORT, lines)
        taken = [*customers()["mei-chen"].says.accept, *_phrases("accept")]
        assert not any(line in last(call) for line in taken), last(call)


async def test_an_outbound_customer_follows_too() -> None:
    lines = [
        "Good afternoon, may I speak with Ben Castillo?",
        "This is Sam from the school's accounts office. Could you confirm the student number for security?",
        "Thank you. I'm calling because the spring fees are due soon.",
        "Of course. What time do you usually finish work?",
        "I'll call you back tonight at six thirty, then.",
        'Talk soon, goodbye! <end_call outcome="callback"/>',
    ]
    for seed in SEEDS:
        call = await call_of("ben-castillo", "accounts-desk", seed).play_against(SUPPORT, lines)
        assert call.end_reason is EndReason.COMPLETED
        assert call.outcome is Outcome.CALLBACK
        assert any(line in call.text(CUSTOMER) for line in _openings("ben-castillo"))


async def test_a_customer_comes_to_an_end_with_an_agent_who_does_not() -> None:
    script = ["Hello, this is Lee. How can I help?", *["Is there anything else I can help you with?"] * 40]
    for seed in SEEDS:
        call = await call_of("jordan-blake", "tier1-support", seed).play_against(SUPPORT, script)
        # The agent's own repeated line may end it first; the customer has not looped.
        own = [turn.text for turn in call.turns if turn.speaker is CUSTOMER]
        assert len(set(own)) == len(own)
        assert len(call.turns) < 16


# ------------------------------------------------------------------ the agent offline


CALLER = [
    "Hi, um, my internet keeps cutting out every evening and I'm honestly so done with it.",
    "Why do you need that?",
    "Fine. It's 630418.",
]


@pytest.mark.parametrize("seed", SEEDS)
async def test_an_agent_insists_on_the_number_and_takes_it_in_digits(seed: int) -> None:
    call = await call_of("anna-reyes", "tier1-support", seed).play_against(CUSTOMER, CALLER)
    asked = [turn.text for turn in call.turns if turn.speaker is SUPPORT and "account number" in turn.text]
    assert len(asked) == 2
    assert any(line in asked[1] for line in load_bank("agent")["why_identity"])
    after = call.turns[-1].text if call.role is CUSTOMER else await call.written()
    assert "account number" not in after


REPLIES = {
    "account number": "It's six three zero four one eight.",
    "phone number": "Plus one five five five zero one four two.",
    "Anna Reyes": "Yes, that's me.",
    "start": "About three weeks ago.",
    "wifi": "No, the computer on the cable drops too.",
    "stay down": "Ten minutes or so.",
    "changed at your place": "No, nothing new in here.",
    "Thursday": "Okay, that works for me.",
    "nything else": "No, that's all, thank you.",
    "other questions": "No, that's all, thank you.",
    "something else": "No, that's all, thank you.",
}


@pytest.mark.parametrize("seed", SEEDS)
async def test_an_agent_leads_a_caller_of_other_words_to_the_end(seed: int) -> None:
    call = call_of("anna-reyes", "senior-resolution", seed)
    call.add(await call.written())
    call.add(CALLER[0])
    while call.end_reason is None:
        text = await call.written()
        call.add(text)
        if call.end_reason is None:
            key = next((key for key in reversed(REPLIES) if key in last(call)), None)
            call.add(
                "Thanks, bye." if "<end_call" in text else REPLIES[key] if key else f"Mm, right. {len(call.turns)}."
            )
    assert call.end_reason is EndReason.COMPLETED
    assert call.outcome is Outcome.RESOLVED
    assert len(call.turns) <= 34
    own = [turn.text for turn in call.turns if turn.speaker is SUPPORT]
    assert len(set(own)) == len(own)


async def test_an_agent_hands_on_who_asks_for_a_manager() -> None:
    for seed in SEEDS:
        call = call_of("tom-whitaker", "accounts-desk", seed)
        lines = [
            "I want my money back for the flight you cancelled.",
            "KTW4LP.",
            "Yes.",
            "I want to speak to your manager right now.",
            "Good.",
            "Bye.",
        ]
        await call.play_against(CUSTOMER, lines)
        assert call.outcome is Outcome.ESCALATED
        assert call.end_reason is EndReason.COMPLETED


NOS = [
    "Thanks, but that's not good enough.",
    "Okay, look, that doesn't help me one bit.",
    "Sure, and that's ridiculous, if you ask me.",
    "Fine words, but I'm still not happy with it.",
    "All right, but it's unacceptable all the same.",
]


async def test_an_agent_takes_no_for_a_no() -> None:
    case = customers()["callum-fraser"]
    for seed in SEEDS:
        call = Call(case, agents()["strict-billing"], seed)
        call.add(await call.written())
        call.add("There's a roaming charge on my bill that was never meant to be there.")
        nos = iter(NOS)
        offered = False
        while call.end_reason is None:
            text = await call.written()
            call.add(text)
            offered = offered or "freeze the charge" in text
            if call.end_reason is not None:
                break
            if "<end_call" in text:
                call.add("Bye.")
            elif offered:
                call.add(next(nos))
            elif "account number" in text:
                call.add("582034.")
            else:
                call.add(f"I've told you number {len(call.turns)}, yes.")
        assert offered
        assert call.end_reason is EndReason.COMPLETED
        assert call.outcome in {Outcome.ESCALATED, Outcome.UNRESOLVED}, call.outcome


async def test_a_question_of_the_caller_gets_the_answer_of_the_case() -> None:
    ask = "Will I have to pay anything for shipping the shoes back to you?"
    answer = next(each.answer for each in customers()["marcus-bell"].case.customer_asks if "shipping" in each.ask)
    for seed in SEEDS:
        call = call_of("marcus-bell", "care-line", seed)
        await call.play_against(CUSTOMER, ["The sneakers I got are too small.", "SN-40925.", "Yes.", ask])
        reply = last(call) if call.role is CUSTOMER else await call.written()
        assert normal(answer)[-25:] in normal(reply)
