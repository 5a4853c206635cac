"""The offline simulator: whole calls, text only, over all shipped personas."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

from tests.offline_calls import Call, agents, call_of, customers
from vcg_tui.models.conversation import EndReason, Outcome
from vcg_tui.models.persona import Difficulty, Direction, Intent
from vcg_tui.models.role import Role
from vcg_tui.providers.llm.offline import OfflineLLM
from vcg_tui.providers.llm.simulator import agent as agent_module
from vcg_tui.providers.llm.simulator.case_file import CaseFile
from vcg_tui.providers.llm.simulator.phrases import load_bank, normal

SEEDS = (1, 2)
DIGIT = r"(?:zero|one|two|three|four|five|six|seven|eight|nine)"


@pytest.fixture(scope="module")
def calls() -> list[Call]:
    """Every customer with every agent, twice."""

    async def make() -> list[Call]:
        llm = OfflineLLM()
        pairs = [(customer, agent) for customer in customers() for agent in agents()]
        made = [call_of(*pair, seed) for pair in pairs for seed in SEEDS]
        for call in made:
            call.llm = llm
            await call.play()
        return made

    return asyncio.run(make())


def name(call: Call) -> str:
    return f"{call.customer.id} x {call.support.id}, seed {call.seed}"


def sentences(text: str) -> list[str]:
    return [part for part in (normal(each) for each in re.split(r"(?<=[.?!])\s+", text)) if part]


@cache
def spoken_facts(customer: str) -> dict[str, str]:
    facts = CaseFile(customers()[customer], next(iter(agents().values())), 1).spoken_facts
    return {fact: normal(value) for fact, value in facts.items()}


# ------------------------------------------------------------------ every call


def test_every_call_comes_to_an_end_with_an_outcome(calls: list[Call]) -> None:
    assert len(calls) == len(customers()) * len(agents()) * len(SEEDS)
    for call in calls:
        assert call.end_reason is EndReason.COMPLETED, name(call)
        assert call.outcome is not None, name(call)
        assert 10 <= len(call.turns) <= 36, name(call)


def test_no_text_holds_what_a_voice_can_not_say(calls: list[Call]) -> None:
    for call in calls:
        for turn in call.turns:
            assert turn.text, name(call)
            assert not re.search(r"[{}<>\[\]_\d]|\s\s|\s[,.?!]|[.?!,]{2}(?<!\.\.\.)(?!\.)", turn.text), turn.text
            assert turn.text[0].isupper(), turn.text
            assert turn.text[-1] in ".?!", turn.text


def test_nobody_says_a_thing_twice(calls: list[Call]) -> None:
    for call in calls:
        texts = [turn.text for turn in call.turns]
        assert len(texts) == len(set(texts)), name(call)
        values = set(spoken_facts(call.customer.id).values())
        heard: set[str] = set()
        for turn in call.turns:
            said = {each for each in sentences(turn.text) if each.count(" ") >= 4} - values
            assert not said & heard, (name(call), said & heard)
            heard |= said


def test_both_sides_stay_in_their_role(calls: list[Call]) -> None:
    phrases = {Role.CUSTOMER: _fixed_sentences("customer"), Role.SUPPORT: _fixed_sentences("agent")}
    checked = 0
    for call in calls:
        own = {normal(line) for line in _lines_of_files(call)}
        for turn in call.turns:
            foreign = phrases[turn.speaker.other] - phrases[turn.speaker] - own
            said = {each for each in sentences(turn.text) if each.count(" ") >= 2}
            checked += len(said & phrases[turn.speaker])
            assert not said & foreign, (name(call), turn.text)
    assert checked > 10 * len(calls)


@cache
def _fixed_sentences(bank: str) -> frozenset[str]:
    """The sentences of a bank that hold no placeholder."""
    found: set[str] = set()
    for phrases in load_bank(bank).values():
        every = phrases if isinstance(phrases, list) else [phrase for each in phrases.values() for phrase in each]
        found.update(part for phrase in every for part in sentences(re.sub(r"[^.?!]*\{[^.?!]*", "", phrase)))
    return frozenset(found)


def _lines_of_files(call: Call) -> list[str]:
    """What the two personas' files give the sides to say, sentence by sentence."""
    persona = call.customer
    texts = [line for lines in call.support.says.model_dump().values() for line in lines]
    texts += re.findall(r'"([^"]+)"', f"{persona.says.model_dump_json()} {persona.case.model_dump_json()}")
    return [part for text in texts for part in re.split(r"(?<=[.?!])\s+", text)]


def test_a_fact_is_said_with_its_one_true_value(calls: list[Call]) -> None:
    told = 0
    for call in calls:
        values = spoken_facts(call.customer.id).values()
        for sentence in (each for turn in call.turns for each in sentences(turn.text)):
            for run in re.finditer(rf"\b{DIGIT}(?: {DIGIT}){{2,}}\b", sentence):
                told += 1
                said = run.group()
                # "The other one, eight eight ...": a word of the sentence may run into the value.
                assert any(said in value or value in said for value in values), (name(call), said)
    assert told > 1.5 * len(calls)


def test_a_caller_is_identified_before_anything_is_told(calls: list[Call]) -> None:
    for call in calls:
        case = CaseFile(call.customer, call.support, call.seed)
        if call.customer.case.direction is Direction.OUTBOUND or not case.identity or not case.right_desk:
            continue
        value = spoken_facts(call.customer.id)[case.identity[0]]
        given = next(i for i, turn in enumerate(call.turns) if value in normal(turn.text))
        assert call.turns[given].speaker is Role.CUSTOMER, name(call)
        record = [normal(clause) for clause in case.record]
        told = [i for i, turn in enumerate(call.turns) if any(clause in normal(turn.text) for clause in record)]
        assert told, name(call)
        assert given < min(told), name(call)


# ------------------------------------------------------------------ what becomes of it


def test_outcomes_follow_difficulty_and_authority(calls: list[Call]) -> None:
    usual = [call for call in calls if call.customer.case.intent not in {Intent.WRONG_PERSON, Intent.CALLBACK}]

    def resolved(of: list[Call]) -> float:
        return sum(call.outcome is Outcome.RESOLVED for call in of) / len(of)

    by_difficulty = {level: [c for c in usual if c.customer.difficulty is level] for level in Difficulty}
    assert resolved(by_difficulty[Difficulty.EASY]) > resolved(by_difficulty[Difficulty.MEDIUM])
    assert resolved(by_difficulty[Difficulty.MEDIUM]) > resolved(by_difficulty[Difficulty.HARD]) + 0.2
    for call in by_difficulty[Difficulty.EASY]:
        case = CaseFile(call.customer, call.support, call.seed)
        if case.right_desk:
            # Who is easily satisfied takes the lesser offer too, but that settles nothing.
            expected = Outcome.RESOLVED if case.within_authority else Outcome.UNRESOLVED
            assert call.outcome is expected, name(call)

    by_agent = {agent: [c for c in usual if c.support.id == agent] for agent in agents()}
    assert resolved(by_agent["senior-resolution"]) > resolved(by_agent["technical-desk"]) + 0.15
    for call in usual:
        if call.support.authority.escalate_to is None:
            assert call.outcome is not Outcome.ESCALATED, name(call)
    nobody_above = [c for c in usual if c.support.authority.escalate_to is None]
    assert any(c.outcome is Outcome.CALLBACK for c in nobody_above)
    assert {c.outcome for c in usual} == set(Outcome) - {Outcome.WRONG_PERSON}


def test_a_wrong_number_and_a_bad_moment_are_told_as_such(calls: list[Call]) -> None:
    for call in calls:
        wrong = call.customer.case.intent is Intent.WRONG_PERSON
        assert (call.outcome is Outcome.WRONG_PERSON) == wrong, name(call)
        if wrong:
            assert call.customer.name.split()[0] not in call.text(Role.SUPPORT), name(call)
        if call.customer.case.intent is Intent.CALLBACK:
            assert call.outcome is Outcome.CALLBACK, name(call)


def test_what_is_due_is_paid_in_the_call_by_a_link() -> None:
    call = asyncio.run(call_of("nisha-kapoor", "accounts-desk").play())
    due = spoken_facts("nisha-kapoor")["amount_due"]
    tail = [turn for turn in call.turns[-10:] if turn.speaker is Role.SUPPORT]
    assert any("link" in turn.text and due in normal(turn.text) for turn in tail)


# ------------------------------------------------------------------ variety


def test_two_seeds_make_two_calls(calls: list[Call]) -> None:
    texts: dict[tuple[str, str], set[str]] = {}
    for call in calls:
        texts.setdefault((call.customer.id, call.support.id), set()).add(call.text())
    assert all(len(each) == len(SEEDS) for each in texts.values())


def test_calls_differ_in_shape(calls: list[Call]) -> None:
    assert len({len(call.turns) for call in calls}) >= 15
    short = [call for call in calls if any(len(turn.text.split()) <= 2 for turn in call.turns)]
    assert 0.3 < len(short) / len(calls) < 1.0
    lengths = [len(turn.text.split()) for call in calls for turn in call.turns if turn.speaker is Role.CUSTOMER]
    assert min(lengths) == 1
    assert max(lengths) > 35
    shapes = {asyncio.run(_shape(seed)) for seed in range(6)}
    assert len(shapes) >= 5


async def _shape(seed: int) -> tuple[int, ...]:
    """How long the turns of one pair's call are, roughly."""
    call = await call_of("george-papas", "care-line", seed).play()
    return tuple(min(3, len(turn.text.split()) // 6) for turn in call.turns)


def test_a_mood_moves(calls: list[Call]) -> None:
    moved = [call for call in calls if max(call.moods) - min(call.moods) >= 0.2]
    assert len(moved) / len(calls) > 0.9
    assert all(-1 <= mood <= 1 for call in calls for mood in call.moods)
    settled = [c for c in calls if c.customer.emotional_state == "angry" and c.outcome is Outcome.RESOLVED]
    assert settled
    assert all(call.moods[-1] > call.moods[0] for call in settled)
    refused = [c for c in calls if c.outcome is Outcome.UNRESOLVED]
    assert sum(call.moods[-1] for call in refused) / len(refused) < sum(call.moods[-1] for call in settled) / len(
        settled
    )


# ------------------------------------------------------------------ the same again


async def test_the_same_seed_makes_the_same_call() -> None:
    first = await call_of("renata-silva", "strict-billing", 7).play()
    again = await call_of("renata-silva", "strict-billing", 7).play()
    assert first.turns == again.turns
    assert first.outcome is again.outcome


async def test_two_calls_at_once_do_not_meet() -> None:
    alone = [await call_of("anna-reyes", "care-line").play(), await call_of("ray-donnelly", "care-line").play()]
    llm = OfflineLLM()
    together = [call_of("anna-reyes", "care-line"), call_of("ray-donnelly", "care-line")]
    for call in together:
        call.llm = llm
    while any(call.end_reason is None for call in together):
        for call in together:
            if call.end_reason is None:
                call.add(await call.written())
    assert [call.turns for call in together] == [call.turns for call in alone]


@pytest.mark.parametrize("customer", ["evelyn-carter", "stefan-brandt", "nisha-kapoor"])
async def test_a_turn_asked_for_twice_or_of_a_new_provider_is_the_same(customer: str) -> None:
    call = call_of(customer, "tier1-support", 3)
    while call.end_reason is None:
        text = await call.written()
        assert await call.written() == text
        # A provider that has never heard of the call goes on from its texts alone.
        call.llm = OfflineLLM()
        assert await call.written() == text
        call.add(text)
    assert call.turns == (await call_of(customer, "tier1-support", 3).play()).turns


@pytest.mark.parametrize("max_turns", [2, 4, 6, 8, 10, 14, 17, 20])
async def test_a_call_too_long_for_its_turns_is_cut_and_not_hurried_to_a_goodbye(max_turns: int) -> None:
    ends: Counter[EndReason | None] = Counter()
    for customer in customers():
        for seed in range(3):
            call = await call_of(customer, "tier1-support", seed, max_turns).play()
            ends[call.end_reason] += 1
            if call.end_reason is EndReason.MAX_TURNS:
                assert len(call.turns) == max_turns
                # Perhaps the agent's goodbye was the last turn there was.
                assert call.outcome is None or max_turns >= 14, name(call)
                continue
            # It came to its own end: who is calling and what is done about it was said, and nobody left it there.
            case = CaseFile(call.customer, call.support, call.seed)
            told = normal(call.text(Role.CUSTOMER))
            wrong = case.intent is Intent.WRONG_PERSON
            assert wrong or spoken_facts(customer)[case.identity[0]] in told, name(call)
            offers = [normal(case.remedy), normal(case.alternative), case.payment and normal(case.payment)]
            assert any(offer and offer in normal(call.text(Role.SUPPORT)) for offer in offers), name(call)
            assert call.outcome is not None
    assert set(ends) <= {EndReason.COMPLETED, EndReason.MAX_TURNS}
    assert ends[EndReason.MAX_TURNS] > 0 or max_turns >= 17
    # With turns enough for a short call most are made whole.
    assert (ends[EndReason.COMPLETED] > ends[EndReason.MAX_TURNS]) == (max_turns >= 14), ends


async def test_a_call_that_is_cut_is_the_beginning_of_a_whole_one() -> None:
    for customer in ("anna-reyes", "hector-alvarez", "tanya-brooks"):
        whole = await call_of(customer, "tier1-support", 3).play()
        cut = await call_of(customer, "tier1-support", 3, 8).play()
        assert cut.end_reason is EndReason.MAX_TURNS
        assert cut.turns == whole.turns[:8]


async def test_pieces_come_as_a_models_tokens_and_slow_on_demand() -> None:
    call = call_of("mei-chen", "night-shift")
    pieces = [piece async for piece in call.llm.stream_completion(call.request())]
    assert 5 < len(pieces) < 60
    assert all(len(piece.strip()) <= 7 for piece in pieces if isinstance(piece, str))
    loop = asyncio.get_running_loop()
    slow = call_of("mei-chen", "night-shift")
    slow.llm = OfflineLLM(tokens_per_s=200)
    began = loop.time()
    await slow.written()
    assert loop.time() - began >= 0.5 * (len(pieces) - 1) / 200


# ------------------------------------------------------------------ the banks


@pytest.mark.parametrize("bank", ["agent", "customer"])
def test_every_phrase_can_be_drawn(bank: str) -> None:
    """A bank that no policy names, or a placeholder that nobody fills, would never be heard."""
    folder = Path(agent_module.__file__).parent
    source = "".join(file.read_text(encoding="utf-8") for file in folder.glob("*.py"))
    for act, phrases in load_bank(bank).items():
        assert f'"{act}"' in source, act
        every = phrases if isinstance(phrases, list) else [phrase for each in phrases.values() for phrase in each]
        assert max(Counter(normal(phrase) for phrase in every).values()) == 1, act
        slots = {slot for phrase in every for _, slot, _, _ in Formatter().parse(phrase) if slot}
        for slot in slots:
            assert re.search(rf"\b{slot}=|\"{slot}\":", source), (act, slot)
