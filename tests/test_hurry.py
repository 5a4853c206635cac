"""The first words for somebody who waits in silence: a long first sentence is cut at a clause, and only that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fake_providers import ScriptedLLM, ToneTTS, plan_of, providers
from vcg_tui.models.events import CallEnded
from vcg_tui.services.control import CallControl
from vcg_tui.services.orchestrator import ConversationOrchestrator
from vcg_tui.services.sentences import SentenceSplitter

LONG = (
    "Thank you for calling Northwind Broadband, where every call is answered by a real person in your own town, "
    "and my name is Robin Carter. What can I do for you, Sir, today?"
)
FIRST = "Thank you for calling Northwind Broadband, "


def split(text: str, sizes: tuple[int, ...], *, hurry: bool = True) -> list[str]:
    splitter = SentenceSplitter(hurry=hurry)
    pieces: list[str] = []
    at = number = 0
    while at < len(text):
        step = sizes[number % len(sizes)]
        pieces += splitter.feed(text[at : at + step])
        at, number = at + step, number + 1
    return pieces + splitter.finish()


def test_a_long_first_sentence_is_cut_once() -> None:
    assert split(LONG, (5,)) == [FIRST, *split(LONG[len(FIRST) :], (5,), hurry=False)]
    assert split(LONG, (5,), hurry=False)[0].endswith("Robin Carter. ")


def test_it_leaves_before_the_sentence_is_written() -> None:
    splitter = SentenceSplitter(hurry=True)
    assert splitter.feed(LONG[:80]) == []
    assert splitter.feed(LONG[80]) == [FIRST]


def test_a_sentence_of_ordinary_length_stays_whole() -> None:
    text = "Good morning, this is Robin, how can I help? " + LONG
    assert split(text, (5,)) == split(text, (5,), hurry=False)


@pytest.mark.parametrize(
    ("first", "rest"),
    [
        ("感谢您致电北风宽带，", "我是第二线的罗宾，今天我能为您做些什么，先生，请告诉我您的问题。"),
        # no number is cut
        ("请您在今天下午12：30给我们的办公室打电话，", "经理会在那里等着您，并且会把所有的问题都给您解释清楚。"),
        ("合計は１，０００円になりますので、", "ご確認のうえ本日の午後五時までに指定の口座へお支払いください。"),
        (
            "お電話ありがとうございます、",
            "私はノースウィンド社のロビンと申しますが、本日はどのようなご用件でしょうか。",
        ),
        (
            "شكرا لاتصالك بشركة نورث ويند للاتصالات، ",
            "اسمي روبن من قسم الدعم الفني وأنا هنا لأساعدك في كل ما تحتاجه اليوم فكيف أخدمك؟",
        ),
    ],
)
def test_other_scripts_have_clauses_too(first: str, rest: str) -> None:
    assert split(first + rest, (1,)) == [first, rest]
    assert split(first + rest, (1,), hurry=False) == [first + rest]


def test_a_sentence_of_ordinary_length_in_another_script_stays_whole() -> None:
    text = "您好，我是罗宾，请问有什么可以帮您？"
    assert split(text, (1,)) == [text]


@given(
    st.text(alphabet=st.sampled_from("abcD  ,;.?—、。\n中、か，؛"), max_size=700),
    st.lists(st.integers(1, 40), min_size=1),
)
def test_lossless_and_the_same_however_it_comes(text: str, sizes: list[int]) -> None:
    pieces = split(text, tuple(sizes))
    assert "".join(pieces).strip() == text.strip()
    assert pieces == split(text, (len(text) or 1,))


async def asked_for(llm: ScriptedLLM, *, playing: bool) -> list[str]:
    control, tts = CallControl(), ToneTTS()
    if playing:
        control.begin_playing()
        control.report_position(1000.0)
    orchestrator = ConversationOrchestrator(providers(llm, tts))
    async for event in orchestrator.run(plan_of(2), control):
        if isinstance(event, CallEnded):
            assert event.conversation.turns[0].text == LONG
            assert event.conversation.turns[1].text == LONG.replace("Robin", "Sam")
    return tts.asked


def scripted() -> ScriptedLLM:
    return ScriptedLLM({1: LONG, 2: LONG.replace("Robin", "Sam")})


async def test_only_the_call_s_first_piece_and_only_for_a_listener() -> None:
    assert FIRST.strip() not in await asked_for(scripted(), playing=False)
    heard = await asked_for(scripted(), playing=True)
    assert heard.count(FIRST.strip()) == 1
    assert heard[0] == FIRST.strip()


async def test_never_where_text_costs_no_time() -> None:
    llm = scripted()
    llm.instant = True
    assert FIRST.strip() not in await asked_for(llm, playing=True)
