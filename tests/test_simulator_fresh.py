"""Personas as somebody writes them in a minute: a problem, a goal, a fact or two, and no lines of their own."""

from __future__ import annotations

import re

import pytest

from tests.offline_calls import Call, agents
from vcg_tui.models.conversation import EndReason, Outcome
from vcg_tui.models.persona import Case, CustomerPersona, Direction, Intent, VoiceSpec
from vcg_tui.models.role import Role
from vcg_tui.providers.llm.simulator.case_file import CaseFile
from vcg_tui.providers.llm.simulator.desk import handles
from vcg_tui.providers.llm.simulator.phrases import normal

OUTBOUND = Case(direction=Direction.OUTBOUND)


def fresh(name: str, issue: str, goal: str, **more: object) -> CustomerPersona:
    persona = {
        "id": name.lower().replace(" ", "-"),
        "name": name,
        "personality": "Plain.",
        "issue": issue,
        "goal": goal,
    }
    return CustomerPersona.model_validate(persona | {"voice": VoiceSpec(gender="female")} | more)


FRESH = {
    Intent.FIX: fresh(
        "Lena Ortiz",
        "Her washing machine stopped in the middle of a cycle and now the door won't open.",
        "Get a technician to come this week.",
        facts={"serial_number": "WX-88210", "purchase_date": "2025-03-02"},
        emotional_state="frustrated",
    ),
    Intent.REFUND: fresh(
        "Paul Dreyer",
        "Paul was charged twice for the gym membership and nobody replied to his emails.",
        "Wants a refund of the second charge.",
        facts={"member_id": "55012", "charged_amount": "$39.90"},
        emotional_state="angry",
        difficulty="hard",
    ),
    Intent.ACCESS: fresh(
        "Ida Holm",
        "They can't log in since they changed their phone; the reset mail never arrives.",
        "Get back into their account",
        facts={"email": "ida.holm2@example.com"},
        emotional_state="anxious",
        difficulty="easy",
    ),
    Intent.CANCEL: fresh(
        "Kofi Mensah", "He is moving abroad and reads the news online now.", "Cancel the subscription before it renews."
    ),
    Intent.PLAN: fresh(
        "Rosa Lind",
        "She owes a dental bill and lost her job last month, so she can't pay it all at once.",
        "Agree on a payment plan she can afford.",
        facts={"patient_number": "7730", "balance": "$600"},
        case=OUTBOUND,
        emotional_state="anxious",
    ),
    Intent.PAY: fresh(
        "Ana Cruz",
        "Invoice is overdue. Wants to pay it today.",
        "pay the open invoice",
        facts={"invoice_number": "88-2", "amount_due": "€120.50"},
        difficulty="easy",
    ),
    Intent.CALLBACK: fresh(
        "Tim Baker",
        "He's driving and can't talk, but somebody keeps calling about a parcel.",
        "To be called back after six.",
        facts={"parcel_number": "PN-4471"},
        case=OUTBOUND,
        difficulty="easy",
    ),
    Intent.WRONG_PERSON: fresh(
        "Gil Novak",
        "Someone keeps calling this number for a Mr. Tanner. He is the wrong person.",
        "Have the number taken off the list.",
        facts={"asked_for": "Mr. Tanner"},
        case=OUTBOUND,
    ),
    Intent.INFORMATION: fresh(
        "Eva Moss",
        "She wants to know whether her insurance covers a rented bicycle.",
        "Find out what is covered.",
        emotional_state="happy",
        difficulty="easy",
    ),
}


def case_of(persona: CustomerPersona) -> CaseFile:
    return CaseFile(persona, next(iter(agents().values())), 1)


@pytest.mark.parametrize("intent", FRESH)
def test_what_somebody_is_after_is_read_from_issue_and_goal(intent: Intent) -> None:
    assert case_of(FRESH[intent]).intent is intent


@pytest.mark.parametrize("intent", FRESH)
async def test_a_call_comes_of_a_problem_and_a_goal(intent: Intent) -> None:
    persona = FRESH[intent]
    texts: set[str] = set()
    for support in agents().values():
        for seed in range(3):
            call = await Call(persona, support, seed).play()
            assert call.end_reason is EndReason.COMPLETED
            assert call.outcome is not None
            assert len(call.turns) >= (10 if handles(support, persona) else 6)
            texts.add(call.text())
            assert not re.search(r"[{}<>_\d]", call.text())
            lines = [turn.text for turn in call.turns]
            assert len(set(lines)) == len(lines)
            if intent is not Intent.WRONG_PERSON:
                assert normal(case_of(persona).issue) in normal(call.text(Role.CUSTOMER))
    assert len(texts) == 3 * len(agents())


@pytest.mark.parametrize("intent", FRESH)
async def test_the_customer_speaks_of_no_he_or_she(intent: Intent) -> None:
    opening = f"{case_of(FRESH[intent]).issue} {case_of(FRESH[intent]).goal}"
    if intent is not Intent.WRONG_PERSON:
        assert not re.search(r"\b(?:he|she|his|her|him|they|their|them|the customer)\b", opening, re.IGNORECASE)


async def test_a_plan_is_offered_in_parts_that_add_up() -> None:
    call = await Call(FRESH[Intent.PLAN], agents()["accounts-desk"], 2).play()
    assert re.search(r"twelve (?:payments|months)", call.text(Role.SUPPORT))
    assert "fifty dollars" in call.text(Role.SUPPORT)
    assert "six hundred dollars" in call.text(Role.SUPPORT)
    # Nobody may spread it so far: then no sums are made up.
    call = await Call(FRESH[Intent.PLAN], agents()["technical-desk"], 2).play()
    assert "payments of" not in call.text()


async def test_a_bill_is_paid_by_a_link_and_never_by_a_card_read_out() -> None:
    call = await Call(FRESH[Intent.PAY], agents()["tier1-support"], 3).play()
    said = call.text(Role.SUPPORT)
    assert "link" in said
    assert "one hundred and twenty euros" in said
    assert call.outcome is Outcome.RESOLVED


async def test_who_is_called_says_the_callee_is_not_there_or_asks_to_be_rung_again() -> None:
    for seed in range(40):
        call = await Call(FRESH[Intent.WRONG_PERSON], agents()["care-line"], seed).play()
        assert "Mr. Tanner" in call.turns[1].text
        assert call.outcome is Outcome.WRONG_PERSON
        # Nobody has told the agent whom it has reached.
        assert "Gil" not in call.text(Role.SUPPORT)
    for seed in range(4):
        call = await Call(FRESH[Intent.CALLBACK], agents()["care-line"], seed).play()
        assert call.outcome is Outcome.CALLBACK


async def test_odd_facts_do_no_harm() -> None:
    odd = {"ref": "", "note": "50% {off} <b>", "code": "___", "zip": "0042", "when": "2026-99-99", "x": -3, "y": 1e9}
    persona = fresh("Jo Vale", "Order is missing {note}, they want {x} back.", "refund", facts=odd)
    for seed in range(4):
        call = await Call(persona, agents()["night-shift"], seed).play()
        assert call.end_reason is EndReason.COMPLETED
        assert not re.search(r"[{}<>_\d]", call.text()), call.text()
