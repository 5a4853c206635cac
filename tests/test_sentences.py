from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.servers.script import tokens_of
from vcg_tui.services.sentences import SentenceSplitter

# Each list is one text, cut where it is to be cut. Where both would do, no cut is expected: a missed cut is inaudible.
GOLDEN: list[list[str]] = [
    ["Hello there. ", "How can I help you today?"],
    ["Dr. Smith will call you back. ", "Is that okay?"],
    ["Mr. and Mrs. Patel are on the line. ", "Please wait."],
    ["Ask for Prof. Lee at the desk. ", "He knows."],
    ["Bob Jr. called me about his account. ", "Okay?"],
    ["J. R. Smith signed for it on Monday. ", "Did you know him?"],
    ["The total is 3.14 dollars. ", "Thank you for waiting."],
    ["It costs $4.99. ", "That is not much."],
    ["It costs $4. ", "Is that too much?"],
    ["I gave you 3. ", "You lost 2. ", "Now what?"],
    ["Version 2.0.1 fixes it. ", "Please update the app."],
    ["Write to jane.doe@example.com today. ", "We will answer."],
    ["Go to www.example.com/help.html for that. ", "It helps."],
    ["Your order no. 4471-92 has shipped. ", "Anything else?"],
    ["Your order No. 447192 has shipped. ", "Anything else?"],
    ["Is it Vol. 3 or Vol. 4? ", "I need the first one."],
    ["Cancel order #88. ", "2 items come back to us."],
    ["Call ext. 4471 and ask for Anna. ", "She knows."],
    ["I moved to apt. 12 in May. ", "Nothing came since."],
    ["Is that a no? ", "No. ", "It is a yes from me."],
    ["The answer is no. ", "I won't do that."],
    ["It's me. ", "I called before."],
    ["Call us. ", "We are open."],
    ["Well... I don't know what to say. ", "Let me think."],
    ["Well... ", "Let me think about it."],
    ["I was... you know, waiting. ", "For hours!"],
    ["Hold on… let me check that for you. ", "Okay."],
    ['He said "I will pay." ', "Then he hung up."],
    ["She asked, “Is it done?” ", "I said that it was not."],
    ["(I am waiting.) ", "Please hurry up."],
    ["Really?! ", "You can't be serious. ", "Wow."],
    ["Oh my God!!! ", "This is the third time."],
    ["No! ", "No! ", "That is not what I asked for."],
    ["You can use any charger, e.g. the one from your phone. ", "It works."],
    ["Any charger, i.e. Anything with a plug. ", "It works."],
    ["Meet me at approx. 5 o'clock on Friday. ", "Fine?"],
    ["I live on St. James Street. ", "The door is red."],
    ["It arrives at 5 p.m. today I think. ", "Okay?"],
    ["It arrives at 5 p.m. ", "Please be home then."],
    ["It is in Rm. 12 for Cust. 44 on Sat. Sept. 3. ", "All right?"],
    ["It leaves on Fri. Sept. 3 and is with you by Tues. or Wed. the week after. ", "All right?"],
    ["We open at 9 a.m. and close at 5 p.m. on weekdays. ", "Sundays closed."],
    ["The U.S. office is closed now. ", "Call tomorrow."],
    ["I paid on Jan. 5 and on Feb. 7. ", "Nothing came."],
    ["I work at Acme Inc. and I like it there. ", "Do you?"],
    ["Yahoo! is my provider as of last year. ", "Is that bad?"],
    ["1. Unplug the router. ", "2. Wait ten seconds. ", "3. Plug it in."],
    ["Step 1. Restart the phone. ", "Step 2. Log in again."],
    ["Okay. so, you know, it broke. then it caught fire."],
    ["Hello.Is it me you are looking for?"],
    ["Thanks. ", "Bye. ", "Take care."],
    ["First line\n", "Second line\n\n", "Third line"],
    ["मेरा नाम अन्ना है। ", "मुझे मदद चाहिए। ", "धन्यवाद।"],
    ["こんにちは。", "注文番号は四四七です。", "よろしいですか？", "はい。"],
    ["「はい。」", "そう言いました。"],
    ["価格は３．５ユーロです。", "はい。"],
    ["你好。", "请问有什么可以帮您？", "我的订单没到！"],
    ["هل يمكنك مساعدتي؟ ", "نعم بالتأكيد. ", "شكرا لك."],
    ["آپ کیسے ہیں۔ ", "میں ٹھیک ہوں۔"],
    ["El Sr. García llamó ayer. ", "¿Puede esperar? ", "¡Gracias!"],
    ["Das ist z.B. ein Test. ", "Geht es Ihnen gut?"],
    ["... ? Hello. ", "Are you there? ..."],
    ["Your order no. A-4471 has shipped. ", "Okay?"],
    ["It is case no. C22 I think. ", "Yes."],
    ["Is it your order? ", "No. ", "A friend's."],
    ["The acct. B-17 is yours, the ref. AX-441 is not. ", "Right?"],
    ["It said err. 404 on p. 4, fig. 3. ", "Nothing else."],
    ["You need min. 5 GB and max. 8 GB. ", "Okay?"],
    ["Attn. Bob Miller in Ft. Worth. ", "Okay?"],
    ["It came on Sept. 5 or on Thurs. Sept. 7. ", "Okay?"],
    ["Is it plan A or plan B? ", "I forgot."],
    ["I waited . . . and waited. ", "Okay?"],
    ["My e-mail is j.r.smith@mail.example.com. ", "Got it?"],
    ["It's 1.234,56 € or 1'234.56. ", "Okay?"],
    ["Serial SN.44.71.B2 is on the box. ", "Okay?"],
    ["Call 1.800.555.0199 now. ", "Dial *611#. ", "Then 1."],
    ["We have 24/7 service. ", "Call 1-800-555-0199. ", "Ask for ext. 4."],
    ["My IP is 192.168.0.1. ", "The firmware is v2.3.1-rc.4. ", "Okay?"],
    ["Okay. ", "$20 is fine. ", "#88 is cancelled."],
    ["Okay. ", "1 moment please."],
    ["「本当ですか？」と聞きました。", "はい。"],
    ["ありがとう!", "また明日!"],
    ["您的订单号是A-44.1。", "金额是￥3.14元。", "对吗？"],
    ["他说：“好的。”", "然后挂了。"],
    ["የኔ ስም አና ነው። ", "እሺ።"],
    ["ဟုတ်ကဲ့။ ", "ကျေးဇူးပါ။"],
    ["Բարև։ ", "Լավ եմ։"],
]

# Calls are in a language; its abbreviations come in calls in English too.
OF_LANGUAGES: list[tuple[str, list[str]]] = [
    ("de", ["Das ist bei Nr. 5 z. B. kaputt, d. h. Sie zahlen nichts. ", "Danke."]),
    ("de", ["Ihre Nr. A-5 liegt hier, zzgl. Versand. ", "Gut?"]),
    ("sv", ["Vi ses kl. 15.30 i morgon. ", "Bra?"]),
    ("fr", ["C'est la réf. A-5 du Pr. Durand. ", "Bien ?"]),
    ("es", ["Son aprox. 5 euros en la Col. Centro. ", "¿Vale?"]),
    ("pl", ["To ok. 5 zł, nr. A-5. ", "Dobrze?"]),
    ("hi", ["प्रो. शर्मा यहाँ हैं। ", "ठीक?"]),
    ("ja", ["「はい！」だったと言いました。", "はい。"]),
    ("de", ["Herr Dr. Müller rief Fr. Meier an. ", "Das kostet 3,50 Euro. ", "Gut?"]),
    ("es", ["La Dra. Ruiz y Dña. Ana llaman por el núm. 5 de la pág. 4. ", "¿Vale?"]),
    ("pt", ["Moro na Av. Paulista, o Exmo. Sr. Costa ligou. ", "Certo?"]),
    ("fr", ["Bonjour, M. Dupont. ", "Mme. Curie est là. ", "Ça va ?"]),
    ("it", ["Il Sig. Rossi e il Dott. Bianchi. ", "Bene?"]),
    ("nl", ["Dhr. Jansen en mevr. Visser bellen. ", "Goed?"]),
    ("pl", ["Mieszkam na ul. Prostej, nr. 5 obok. ", "Dobrze?"]),
    ("ru", ["Это г. Москва, ул. Ленина, кв. 5, т.е. центр. ", "Верно?"]),
    ("ru", ["Это я. ", "Вы меня слышите?"]),
    ("ar", ["السيد د. أحمد هنا. ", "حسنا؟"]),
    ("hi", ["आपका ऑर्डर नं. 44 है, बिल रु. 500 का। ", "क्या आप ठीक हैं? ", "जी हाँ!"]),
    ("ko", ["네. ", "주문 번호는 4.5입니다. ", "맞나요?"]),
    ("ja", ["「本当ですか？」と聞きました。", "はい。"]),
    ("zh", ["他说：“好的。”", "金额是￥3.14元。", "对吗？"]),
]

# What texts of calls are made of, and what is hard about them.
_BITS = st.sampled_from(
    [
        *" .?!,;:\n…\"')(。！？।؟．",
        *"aAbI1８中क",
        "Mr.",
        "no. ",
        "No. ",
        "e.g. ",
        "Hello",
        "you ",
        ". ",
        "? ",
        "...",
        "5 ",
        "。」",
        "と",
        "order no. ",
        "г. ",
    ]
)
texts = st.lists(_BITS, max_size=80).map("".join) | st.text(max_size=80)


def split(text: str, sizes: list[int] | None = None, **options: int) -> list[str]:
    """The pieces of a text that comes in chunks of the given sizes, over and over (None: at once)."""
    splitter = SentenceSplitter(**options)
    pieces: list[str] = []
    at, number = 0, 0
    while at < len(text):
        size = sizes[number % len(sizes)] if sizes else len(text)
        pieces += splitter.feed(text[at : at + size])
        at, number = at + size, number + 1
    return pieces + splitter.finish()


@pytest.mark.parametrize("pieces", GOLDEN, ids=lambda pieces: "".join(pieces)[:30])
def test_a_text_is_cut_where_its_sentences_end(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert split(text, min_chars=1) == pieces
    assert split(text, [1], min_chars=1) == pieces
    assert split(text, [len(token) for token in tokens_of(text)], min_chars=1) == pieces


@pytest.mark.parametrize(("language", "pieces"), OF_LANGUAGES)
def test_a_text_of_another_language_is_cut_where_its_sentences_end(language: str, pieces: list[str]) -> None:
    text = "".join(pieces)
    for spoken in {language, "en"}:
        splitter = SentenceSplitter(spoken, min_chars=1)
        assert [*splitter.feed(text), *splitter.finish()] == pieces


@given(text=texts, sizes=st.lists(st.integers(1, 9), min_size=1, max_size=6), longest=st.integers(8, 60))
@example(text="A" * 9 + ". B", sizes=[1], longest=10)
def test_pieces_are_the_text_and_do_not_depend_on_its_chunks(text: str, sizes: list[int], longest: int) -> None:
    pieces = split(text, sizes, max_chars=longest)
    assert "".join(pieces) == text or not text[len("".join(pieces)) :].strip()
    assert "".join(pieces) == text[: len("".join(pieces))]
    assert pieces == split(text, max_chars=longest)


@given(text=texts, sizes=st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_no_piece_but_the_last_is_without_a_word_or_too_short(text: str, sizes: list[int]) -> None:
    pieces = split(text, sizes, min_chars=12)
    for number, piece in enumerate(pieces[:-1]):
        assert any(char.isalnum() for char in piece)
        assert number == 0 or len(piece.strip()) >= 12


def test_the_first_sentence_leaves_at_the_first_letter_of_the_next() -> None:
    splitter = SentenceSplitter()
    assert splitter.feed("Hi. ") == []
    assert splitter.feed("H") == ["Hi. "]


def test_short_sentences_after_the_first_wait_for_company() -> None:
    assert split("Hi. Yes. No, wait a moment please. Bye. Now.") == [
        "Hi. ",
        "Yes. No, wait a moment please. ",
        "Bye. Now.",
    ]


def test_a_sentence_without_end_is_cut_at_a_clause_then_at_a_word_then_anywhere() -> None:
    assert split("one two three, four five six seven eight", max_chars=30) == [
        "one two three, ",
        "four five six seven eight",
    ]
    assert split("one two three four five six", max_chars=14) == ["one two three ", "four five six"]
    pieces = split("x" * 70, max_chars=30, min_chars=1)
    assert [len(piece) for piece in pieces] == [30, 30, 10]


def test_white_space_alone_is_nothing_to_speak() -> None:
    assert split("   ") == []
    assert split("") == []
    assert split("Done. " + " " * 900 + "\n")[0].strip() == "Done."
    assert len(split("Done. " + " " * 900)) == 1
