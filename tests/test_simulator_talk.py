"""How the offline sides talk with one another: answers beside their questions, the right desk, no stock phrases."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.offline_calls import Call, agents, call_of, customers
from vcg_tui.models.conversation import EndReason, Outcome
from vcg_tui.models.persona import Direction, Intent
from vcg_tui.models.role import Role
from vcg_tui.providers.llm.simulator.case_file import CaseFile
from vcg_tui.providers.llm.simulator.desk import fits, handles, intent_of
from vcg_tui.providers.llm.simulator.phrases import load_bank, normal
from vcg_tui.services.pairing import choose_pair

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CALLS = 200
# A phrase of so few words is how everybody talks.
SHORT = 4


def everybody() -> Any:
    return SimpleNamespace(customers=list(customers().values()), supports=list(agents().values()))


@pytest.fixture(scope="module")
def calls() -> list[Call]:
    """Calls of pairs as they are drawn."""

    async def make() -> list[Call]:
        made = [Call(*choose_pair(everybody(), seed, None, None), seed) for seed in range(CALLS)]
        for call in made:
            await call.play()
        return made

    return asyncio.run(make())


def name(call: Call) -> str:
    return f"{call.customer.id} x {call.support.id}, seed {call.seed}"


def case_of(call: Call) -> CaseFile:
    return CaseFile(call.customer, call.support, call.seed)


def after(call: Call) -> Iterator[tuple[str, str]]:
    """What the customer said, and what the agent said to it."""
    for one, two in zip(call.turns, call.turns[1:], strict=False):
        if one.speaker is Role.CUSTOMER:
            yield one.text, two.text


# ------------------------------------------------------------------ one speaks to what the other said


def test_an_answer_stands_right_after_its_question(calls: list[Call]) -> None:
    answered = 0
    for call in calls:
        case = case_of(call)
        said = {normal(ask.ask).split(" ", 1)[-1]: ask.answer for ask in case.customer_asks}
        said |= {normal(each.say).split(" ", 1)[-1]: each.reply for each in case.details if each.reply}
        for heard, reply in after(call):
            for line, answer in said.items():
                if normal(heard).endswith(line):
                    answered += 1
                    assert reply.startswith(answer), (name(call), heard, reply)
    assert answered > 2 * CALLS


def test_who_did_not_follow_is_asked_in_other_words() -> None:
    again = 0
    lost = {normal(phrase) for phrase in load_bank("customer")["lost"]}
    for customer in ("evelyn-carter", "george-papas", "ramesh-iyer"):
        asks = {question.ask: question for question in case_of(call_of(customer, "care-line")).questions}
        assert all(question.simpler for question in asks.values())
        for seed in range(20):
            call = asyncio.run(call_of(customer, "care-line", seed).play())
            for asked, (heard, reply) in zip((turn.text for turn in call.turns), _pairs(call), strict=False):
                if normal(heard) not in lost:
                    continue
                again += 1
                question = next(each for ask, each in asks.items() if asked.endswith(ask))
                assert question.simpler
                assert reply.endswith(question.simpler)
                assert question.ask not in reply
                assert len(question.simpler) < len(question.ask)
    assert again > 20


def _pairs(call: Call) -> Iterator[tuple[str, str]]:
    for one, two in zip(call.turns[1:], call.turns[2:], strict=False):
        yield one.text, two.text


def test_a_question_without_simpler_words_is_let_go() -> None:
    """A persona that a person has just written has none."""
    persona = customers()["george-papas"]
    questions = [question.model_copy(update={"simpler": None}) for question in persona.case.questions]
    bare = persona.model_copy(update={"case": persona.case.model_copy(update={"questions": questions})})
    lost = {normal(phrase) for phrase in load_bank("customer")["lost"]}
    let_go = 0
    for seed in range(20):
        call = asyncio.run(Call(bare, agents()["care-line"], seed).play())
        assert call.end_reason is EndReason.COMPLETED
        for heard, reply in after(call):
            if normal(heard) in lost:
                let_go += 1
                assert any(reply.startswith(phrase) for phrase in load_bank("agent")["never_mind"]), reply
    assert let_go > 5


async def test_who_wants_to_pay_gets_one_link_and_no_offer() -> None:
    for seed in range(12):
        call = await call_of("nisha-kapoor", "accounts-desk", seed).play()
        said = [turn.text for turn in call.turns if turn.speaker is Role.SUPPORT]
        assert sum("link" in text for text in said) == 1, name(call)
        assert not any(phrase in " ".join(said) for phrase in load_bank("agent")["think"])
        assert len(call.turns) <= 27
        assert call.outcome is Outcome.RESOLVED


async def test_a_refusal_names_what_is_refused() -> None:
    refused = 0
    for seed in range(12):
        call = await call_of("dwayne-campbell", "care-line", seed).play()
        for turn in call.turns:
            if "credits stop at seventy-five" in turn.text:
                refused += 1
                assert "take the guessed part off today" in turn.text.lower()
    assert refused


# ------------------------------------------------------------------ the right desk


def test_whoever_is_drawn_deals_with_the_case_and_who_is_named_stays() -> None:
    for seed in range(100):
        customer, support = choose_pair(everybody(), seed, None, None)
        assert fits(support, customer), (seed, customer.id, support.id)
    named = cast("Any", SimpleNamespace(**vars(everybody()), support=lambda i: agents()[i], customer=customers().get))
    for seed in range(30):
        customer, support = choose_pair(named, seed, None, "technical-desk")
        assert support.id == "technical-desk"
        assert intent_of(customer) in {Intent.FIX, Intent.ACCESS}
        customer, support = choose_pair(named, seed, "tanya-brooks", None)
        assert customer.id == "tanya-brooks"
        assert fits(support, customer)
    pair = choose_pair(named, 1, "hector-alvarez", "accounts-desk")
    assert [persona.id for persona in pair] == ["hector-alvarez", "accounts-desk"]


@pytest.mark.parametrize("support", ["accounts-desk", "technical-desk", "night-shift", "retention-team"])
def test_a_wrong_desk_identifies_the_caller_and_passes_the_call_on(support: str) -> None:
    agent = agents()[support]
    tried = 0
    for customer in customers().values():
        if handles(agent, customer):
            continue
        tried += 1
        for seed in range(2):
            call = asyncio.run(Call(customer, agent, seed).play())
            case = case_of(call)
            said = normal(call.text(Role.SUPPORT))
            assert call.end_reason is EndReason.COMPLETED
            expected = Outcome.CALLBACK if agent.authority.escalate_to is None else Outcome.ESCALATED
            assert call.outcome is expected, name(call)
            assert normal(case.right_team) in said, name(call)
            assert normal(case.remedy) not in said, name(call)
            assert "link" not in said, name(call)
            if customer.case.direction is Direction.INBOUND:
                assert normal(case.spoken_facts[case.identity[0]]) in normal(call.text(Role.CUSTOMER))
    assert tried > 3


def test_a_blocked_card_is_opened_to_nobody_who_has_named_one_number_only() -> None:
    for seed in range(10):
        call = asyncio.run(call_of("hector-alvarez", "tier1-support", seed).play())
        told = normal(call.text(Role.CUSTOMER))
        case = case_of(call)
        assert all(normal(case.spoken_facts[fact]) in told for fact in case.identity), name(call)


# ------------------------------------------------------------------ goodbyes


def test_a_goodbye_says_what_has_become_of_it(calls: list[Call]) -> None:
    bank = cast("dict[str, list[str]]", load_bank("agent")["farewell"])
    seen: Counter[str] = Counter()
    for call in calls:
        last = next(turn.text for turn in reversed(call.turns) if turn.speaker is Role.SUPPORT)
        if call.outcome in {Outcome.ESCALATED, Outcome.CALLBACK}:
            seen[call.outcome] += 1
            plain = re.sub(r"\{customer\}", call.customer.name.split()[0], "\n".join(bank[call.outcome]))
            plain = plain.replace("{company}", call.support.company_name)
            assert last in plain.split("\n"), (name(call), last)
    assert seen[Outcome.ESCALATED] > 5
    assert not any(re.search(r"\b(?:fix|all sorted|all done)", phrase) for phrase in bank["resolved"])


# ------------------------------------------------------------------ variety


def test_no_phrase_of_the_banks_is_in_more_than_one_of_twelve_calls(calls: list[Call]) -> None:
    texts = [f" {normal(call.text())} " for call in calls]
    often: dict[str, float] = {}
    for bank in ("agent", "customer"):
        for phrases in load_bank(bank).values():
            every = phrases if isinstance(phrases, list) else [phrase for each in phrases.values() for phrase in each]
            for phrase in every:
                if len(re.sub(r"\{\w+\}", "", phrase).split()) > SHORT:
                    share = sum(map(bool, map(_said_as(phrase), texts))) / len(texts)
                    often |= {phrase: share} if share > 1 / 12 else {}
    assert not often


def _said_as(phrase: str) -> Callable[[str], object]:
    """Looks for a phrase in the words of a call, whatever fills its blanks."""
    frames = [normal(literal) for literal in re.split(r"\{\w+\}", phrase)]
    longest = max(frames, key=len)
    whole = re.compile(".{1,120}?".join(re.escape(words) for words in frames))
    return lambda text: longest in text and whole.search(text)


@pytest.mark.parametrize("customer", sorted(customers()))
def test_two_calls_of_one_customer_differ_in_most_of_what_is_said(customer: str) -> None:
    for one, two in ((101, 103), (1, 2), (20, 21)):
        lines = [
            [turn.text for turn in call.turns if turn.speaker is Role.CUSTOMER]
            for call in (asyncio.run(call_of(customer, "tier1-support", seed).play()) for seed in (one, two))
        ]
        same = set(lines[0]) & set(lines[1])
        assert len(same) / min(map(len, lines)) < 0.5, (one, two, same)
