"""Facts as people say them on the telephone."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcg_tui.providers.llm.simulator.spoken import cardinal, is_money, say_fact

BRITISH = "en-GB-rp"


@pytest.mark.parametrize(
    ("value", "american", "british"),
    [
        ("$84.50", "eighty-four dollars and fifty cents", "eighty-four dollars fifty"),
        ("$1", "one dollar", "one dollar"),
        ("$1,340.00", "one thousand three hundred and forty dollars", "one thousand three hundred and forty dollars"),
        ("£0.85", "eighty-five pence", "eighty-five pence"),
        ("£4.05", "four pounds and five pence", "four pounds and five pence"),
        ("£0.01", "one penny", "one penny"),
        ("€120.5", "one hundred and twenty euros and fifty cents", "one hundred and twenty euros fifty"),
        ("₹27,400", "twenty-seven thousand four hundred rupees", "twenty-seven thousand four hundred rupees"),
        ("₹12,50,000", "twelve lakh fifty thousand rupees", "twelve lakh fifty thousand rupees"),
        ("USD 30", "thirty dollars", "thirty dollars"),
    ],
)
def test_an_amount_is_said_in_words(value: str, american: str, british: str) -> None:
    assert is_money(value)
    assert say_fact("amount_due", value) == american
    assert say_fact("amount_due", value, BRITISH) == british


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("account_number", "447192", "four four seven, one nine two"),
        ("account_number", "0042", "zero zero four two"),
        ("order_reference", "BX-20417", "B X, two zero four, one seven"),
        ("booking_reference", "MHC7RQ", "M H C, seven, R Q"),
        ("phone_number", "+1 555 0142", "plus one, five five five, zero one four two"),
        ("postcode", "GX3 8PL", "G X, three, eight, P L"),
        ("member_id", 55012, "five five zero, one two"),
        # A code under any other name is no word either.
        ("flight", "BA2490", "B A, two four nine zero"),
        ("extension", "0042", "zero zero four two"),
    ],
)
def test_a_code_is_spelled_in_groups(name: str, value: str, said: str) -> None:
    assert say_fact(name, value) == said


@pytest.mark.parametrize(
    ("value", "american", "british"),
    [
        ("20:10", "eight ten", "ten past eight"),
        ("08:00", "eight o'clock", "eight o'clock"),
        ("18:30", "six thirty", "half past six"),
        ("07:15", "quarter past seven", "quarter past seven"),
        ("14:35", "two thirty-five", "twenty-five to three"),
        ("09:07", "nine oh seven", "nine oh seven"),
        ("00:00", "midnight", "midnight"),
        ("00:05", "twelve oh five", "five past midnight"),
        ("00:07", "twelve oh seven", "twelve oh seven"),
        ("23:45", "quarter to midnight", "quarter to midnight"),
        ("12:45", "quarter to one", "quarter to one"),
        ("7:30 pm", "seven thirty pm", "half past seven pm"),
    ],
)
def test_a_time_is_said_as_on_a_clock(value: str, american: str, british: str) -> None:
    assert say_fact("visit_time", value) == american
    assert say_fact("visit_time", value, BRITISH) == british


@pytest.mark.parametrize(
    ("name", "value", "american", "british"),
    [
        ("order_date", "2026-11-03", "November third", "the third of November"),
        ("order_date", dt.date(2026, 12, 21), "December twenty-first", "the twenty-first of December"),
        (
            "date_of_birth",
            "1944-03-17",
            "March seventeenth, nineteen forty-four",
            "the seventeenth of March, nineteen forty-four",
        ),
        ("date_of_birth", "1905-07-01", "July first, nineteen oh five", "the first of July, nineteen oh five"),
        ("date_of_birth", "1900-01-02", "January second, nineteen hundred", "the second of January, nineteen hundred"),
        ("date_of_birth", "2000-01-02", "January second, two thousand", "the second of January, two thousand"),
        ("date_of_birth", "2014-05-06", "May sixth, twenty fourteen", "the sixth of May, twenty fourteen"),
        (
            "order_date",
            "2026-02-30",
            "two thousand and twenty-six zero two thirty",
            "two thousand and twenty-six zero two thirty",
        ),
    ],
)
def test_a_date_is_said_the_way_of_the_place(name: str, value: str | dt.date, american: str, british: str) -> None:
    assert say_fact(name, value) == american
    assert say_fact(name, value, BRITISH) == british


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("anna.reyes2@example.com", "anna dot reyes two at example dot com"),
        ("k_lee-07+shop@mail.example.org", "k underscore lee dash zero seven plus shop at mail dot example dot org"),
        ("me@123.example", "me at one two three dot example"),
    ],
)
def test_an_email_keeps_its_words_apart(value: str, said: str) -> None:
    assert say_fact("email", value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("Hollis Leisure Group", "Hollis Leisure Group"),
        ("14 Wattlebird Court", "fourteen Wattlebird Court"),
        ("size 9.5", "size nine point five"),
        ("4,500 points", "four thousand five hundred points"),
        ("$12 a month", "twelve dollars a month"),
        ("40% off", "forty percent off"),
        ("the 3rd floor, flat #2", "the third floor, flat number two"),
        ("10am", "ten am"),
        ("line_two", "line two"),
        (12, "twelve"),
        (84.5, "eighty-four point five"),
        (-3, "minus three"),
        ("{off} <b>", "off b"),
    ],
)
def test_numbers_in_plain_words_are_said(value: str | float, said: str) -> None:
    assert say_fact("detail", value) == said


@given(
    name=st.sampled_from(["note", "order_number", "email", "date_of_birth", "amount", "pin"]),
    value=st.one_of(
        st.text(alphabet=st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=24),
        st.integers(0, 10**9),
        st.dates(),
        st.from_regex(r"[$£€₹]\d{1,3}(,\d{2,3}){0,2}(\.\d{1,2})?", fullmatch=True),
        st.from_regex(r"\d{1,2}:\d{2}", fullmatch=True),
        st.from_regex(r"\d{4}-\d{2}-\d{2}", fullmatch=True),
    ),
)
def test_nothing_is_left_that_a_voice_stumbles_over(name: str, value: str | int | dt.date) -> None:
    for accent in ("en-US", BRITISH):
        said = say_fact(name, value, accent)
        assert not re.search(r"[\d_{}<>]|  ", said)
        assert say_fact(name, value, accent) == said


def test_a_number_has_no_commas() -> None:
    assert cardinal(1_234_567) == "one million two hundred and thirty-four thousand five hundred and sixty-seven"
