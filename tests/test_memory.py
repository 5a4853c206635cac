"""What of a long call a model still gets to see."""

from __future__ import annotations

from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fake_providers import ScriptedLLM, line, plan_of, providers
from tests.sample_calls import call_plan
from vcg_tui.models.events import CallEnded
from vcg_tui.models.role import Role
from vcg_tui.providers.base import CompletionRequest, SaidTurn
from vcg_tui.services.memory import CallMemory, in_short
from vcg_tui.services.orchestrator import ConversationOrchestrator
from vcg_tui.services.prompts import messages_for, system_prompt
from vcg_tui.services.said_facts import facts_in, holds_fact


def turn(number: int, text: str | None = None) -> SaidTurn:
    return SaidTurn(Role.CUSTOMER if number % 2 else Role.SUPPORT, text or line(number))


def size(request: CompletionRequest) -> int:
    return sum(len(message.content) for message in request.messages)


def test_a_short_call_is_sent_whole() -> None:
    memory = CallMemory(6000)
    turns = [turn(number) for number in range(40)]
    for each in turns:
        memory.add(each)
    assert memory.recent == turns
    assert memory.earlier == ""


def test_what_is_dropped_is_told_in_short_and_in_order() -> None:
    memory = CallMemory(2000)
    for number in range(200):
        memory.add(turn(number))
    kept = memory.recent
    assert 2 <= len(kept) < 200
    assert kept == [turn(number) for number in range(200 - len(kept), 200)]
    head, *notes = memory.earlier.split("\n")
    assert head == "Earlier in this call:"
    assert notes[0] == "- agent: This is what turn number 0 has to say. ... It ends with code 0 and a full stop."
    gap = notes.index("...")
    assert [_number(note) for note in notes[:4]] == [0, 1, 2, 3]
    later = [_number(note) for note in notes[gap + 1 :]]
    assert later == list(range(later[0], 200 - len(kept)))


def _number(note: str) -> int:
    return int(note.split("turn number ")[1].split(maxsplit=1)[0])


def _talk(number: int) -> str:
    """Nothing that anybody would ask about again, and no turn like another."""
    word = "".join("bdfgklmn"[number // 8**place % 8] + "o" for place in range(3))
    return f"Well, I hear what you say about the {word}, and I would very much like to go on with it now, please."


SAID = (
    ("my ticket is four four seven one nine", "four four seven one nine"),
    (
        "and, because it went on like this for so long that I lost all hope of it ever ending, it's reference B4471",
        "B4471",
    ),
    ("Good morning to you, my name is Jane Doe", "Jane Doe"),
    ("Let me look. Your refund is fifteen dollars", "fifteen dollars"),
    ("write to jane dot doe at example dot com", "doe at example dot com"),
    ("it comes on Thursday", "Thursday"),
    ("Guten Tag, meine Kundennummer ist vier vier sieben eins neun", "vier vier sieben eins neun"),
    ("Buenos días, mi número es cuatro cuatro siete uno", "cuatro cuatro siete uno"),
    ("c'est le quatre-vingt-dix-sept, rue Monge", "quatre-vingt-dix-sept"),
    ("我的订单号是四四七一九", "四四七一九"),
    ("मेरा नंबर ४४७१ है", "४४७१"),
)


@pytest.mark.parametrize(("said", "fact"), SAID)
def test_a_fact_that_was_said_is_still_there_hundreds_of_turns_later(said: str, fact: str) -> None:
    memory = CallMemory(3000)
    for number in range(500):
        memory.add(turn(number, said if number == 20 else _talk(number)))
        assert fact in memory.earlier + " ".join(each.text for each in memory.recent) or number < 20
    assert memory.earlier.count(fact) == 1


def test_all_of_them_at_once() -> None:
    memory = CallMemory(3000)
    for number in range(500):
        at = (number - 20) // 10
        given = number >= 20 and number % 10 == 0 and at < len(SAID)
        memory.add(turn(number, SAID[at][0] if given else _talk(number)))
    assert not [fact for _, fact in SAID if fact not in memory.earlier]
    assert _talk(250) not in memory.earlier


def test_what_is_said_again_and_again_is_one_fact() -> None:
    memory = CallMemory(1000)
    for number in range(300):
        memory.add(turn(number, f"{_talk(number)} As I said, it was on Monday."))
    assert memory.earlier.partition("\n...")[0].count("Monday") == 4 + 1


def test_what_is_a_fact() -> None:
    assert not holds_fact("Well, that one is no good. Just give me one second. Once again, yes and no, I may.")
    assert not holds_fact("I'm sorry, this is what I mean.")
    assert list(facts_in("It is 4471, or 4471 again. Or 5.").values()) == ["It is 4471,", "Or 5."]
    assert list(facts_in("It takes one day. It takes one week.")) == ["one day", "one week"]
    cut = facts_in(f"{'on and on ' * 30}reference 4471 {'and on ' * 30}")
    assert [len(each) <= 110 and each.endswith("reference 4471") for each in cut.values()] == [True]


def test_a_letter_of_a_dense_script_counts_as_a_token() -> None:
    latin, chinese = CallMemory(1000), CallMemory(1000)
    for number in range(200):
        latin.add(turn(number, "abcd" * 10))
        chinese.add(turn(number, "好" * 10))
    assert len(latin.recent) == len(chinese.recent)
    assert sum(len(each.text) for each in chinese.recent) + len(chinese.earlier) < 1000


@given(
    st.lists(st.text(alphabet=st.sampled_from("ab1 ,.?\n—。"), min_size=1, max_size=400), max_size=120),
    st.integers(500, 3000),
)
def test_the_budget_is_kept(texts: list[str], budget: int) -> None:
    memory = CallMemory(budget)
    for number, text in enumerate(texts):
        memory.add(turn(number, text))
        said = memory.recent
        assert said[-1].text == text
        # A note or two of the opening may stand above the share; nothing grows with the call.
        most = budget * 4 + 200 if len(said) > 2 else budget * 4 + 1000
        assert len(memory.earlier) + sum(len(each.text) for each in said) <= most


def test_a_turn_longer_than_everything_is_sent_whole() -> None:
    memory = CallMemory(500)
    for number in range(5):
        memory.add(turn(number, f"{number} " + "word " * 2000))
    assert [each.text[0] for each in memory.recent] == ["3", "4"]


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("My internet has been down since Monday, and nobody called.", "My internet has been down since Monday,"),
        ("Well, yes, I did that. It did not help.", "Well, yes, I did that."),
        ("Let me see here. The account is 4471, I think. Nothing else.", "Let me see here. ... The account is 4471,"),
        ("Of course, madam. It comes on Thursday.", "Of course, madam. ... It comes on Thursday."),
        ("Okay.", "Okay."),
        ("...", "..."),
    ],
)
def test_in_short(text: str, short: str) -> None:
    assert in_short(text) == short


def test_a_note_has_an_end() -> None:
    short = in_short("one two " * 200)
    assert len(short) <= 164
    assert short.endswith(("two ...", "one ..."))


def test_messages_of_a_long_call() -> None:
    plan = call_plan()
    memory = CallMemory(1000)
    for number in range(60):
        memory.add(turn(number))
    for role in Role:
        messages = messages_for(role, plan.customer, plan.support, memory.recent, memory.earlier)
        assert messages[0].content == system_prompt(role, plan.customer, plan.support)
        assert messages[1].role == "user"
        assert messages[1].content == f"({memory.earlier})"
        assert [message.content for message in messages[2:]] == [each.text for each in memory.recent]


async def requests_of(turns: int, **about: int) -> list[CompletionRequest]:
    llm = ScriptedLLM()
    async with aclosing(ConversationOrchestrator(providers(llm), **about).run(plan_of(turns))) as events:
        ended = [event async for event in events if isinstance(event, CallEnded)]
    assert len(ended[0].conversation.turns) == turns
    return llm.requests


async def test_messages_stop_growing_and_facts_stay() -> None:
    asked = await requests_of(160, context_tokens=1500)
    customer = plan_of(2).customer
    assert max(map(size, asked)) <= 1500 * 4 + 400
    for request in asked:
        system = request.messages[0].content
        assert f"account: {customer.facts['account']}" in system
    assert "Earlier in this call" not in "".join(message.content for message in asked[5].messages)
    assert "Earlier in this call" in asked[-1].messages[1].content
    # What is answered is there word for word.
    assert asked[-1].messages[-1].content == line(159)
    # The offline simulator understands a call from all of it.
    assert len(asked[-1].turns) == 159


async def test_by_default_a_call_of_ordinary_length_is_whole() -> None:
    asked = await requests_of(60)
    assert not any("Earlier in this call" in message.content for message in asked[-1].messages)
    assert [message.content for message in asked[-1].messages[-59:]] == [line(number) for number in range(1, 60)]
