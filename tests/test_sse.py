"""Server-sent events, however the network cuts them."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcg_tui.providers.sdk.sse import SseError, SseEvent, SseParser, at, json_events

STREAM = (
    b"\xef\xbb\xbf: hello\n\ndata: one\n\nevent: named\r\ndata: two\r\ndata:  lines\r\n\r\n"
    b'id: 7\nretry: 10\ndata:{"a":"\xc3\xa9"}\r\rdata\ndata:\n\nnonsense\nevent: lost\n\ndata: last\n\n'
)
EVENTS = [
    SseEvent("", b"one"),
    SseEvent("named", b"two\n lines"),
    SseEvent("", '{"a":"é"}'.encode()),
    SseEvent("", b"\n"),
    SseEvent("", b"last"),
]


def parsed(pieces: list[bytes]) -> list[SseEvent]:
    parser = SseParser()
    return [event for piece in pieces for event in parser.feed(piece)] + parser.finish()


async def as_stream(*pieces: bytes) -> AsyncGenerator[bytes]:
    for piece in pieces:
        yield piece


def test_events_comments_and_all_line_ends() -> None:
    assert parsed([STREAM]) == EVENTS


def test_any_two_cuts_make_no_difference() -> None:
    for first in range(len(STREAM) + 1):
        for second in range(first, len(STREAM) + 1, 7):
            assert parsed([STREAM[:first], STREAM[first:second], STREAM[second:]]) == EVENTS


def test_byte_by_byte() -> None:
    assert parsed([STREAM[at : at + 1] for at in range(len(STREAM))]) == EVENTS


TEXT_LINES = st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])), min_size=1)


@given(st.lists(TEXT_LINES, min_size=1, max_size=5), st.sampled_from(["\n", "\r\n", "\r"]), st.data())
def test_what_is_written_is_read(messages: list[list[str]], line_end: str, data: st.DataObject) -> None:
    raw = "".join("".join(f"data: {line}{line_end}" for line in lines) + line_end for lines in messages).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=6)))
    pieces = [raw[start:end] for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    assert parsed(pieces) == [SseEvent("", "\n".join(lines).encode()) for lines in messages]


def test_an_event_comes_as_soon_as_it_is_whole() -> None:
    parser = SseParser()
    assert parser.feed(b"data: now\r") == []
    assert parser.feed(b"\n\r") == [SseEvent("", b"now")]
    assert parser.feed(b"\ndata: next\n\n") == [SseEvent("", b"next")]


def test_the_end_closes_an_open_event() -> None:
    assert parsed([b"data: a\ndata: b"]) == [SseEvent("", b"a\nb")]


@pytest.mark.parametrize("piece", [b"x" * 2**16, b"data: " + b"x" * 2**16 + b"\n"])
def test_an_endless_event_is_refused(piece: bytes) -> None:
    parser = SseParser()
    with pytest.raises(SseError, match="too long"):
        for _ in range(1000):
            parser.feed(piece)


async def test_json_until_done_and_the_rest_is_read() -> None:
    pieces = as_stream(b'data: {"n": 1}\n\ndata: {"n"', b": 2}\n\ndata: \n\ndata: [DONE]\n\n", b"data: not read\n\n")
    assert [event["n"] async for event in json_events(pieces)] == [1, 2]
    assert [piece async for piece in pieces] == []


async def test_json_without_done() -> None:
    assert [event async for event in json_events(as_stream(b'data: {"n": 1}\n\n', b'data: {"n": 2}'))] == [
        {"n": 1},
        {"n": 2},
    ]


@pytest.mark.parametrize("data", [b'{"n":', b"[1]", b"null", b'{"n": "\xff"}', b"[DONE"])
async def test_what_is_no_json_object(data: bytes) -> None:
    with pytest.raises(SseError):
        [event async for event in json_events(as_stream(b"data: " + data + b"\n\n"))]


def test_at_finds_or_gives_none() -> None:
    event = {"choices": [{"delta": {"content": "x"}}], "usage": None}
    assert at(event, "choices", 0, "delta", "content") == "x"
    for path in (("choices", 1), ("choices", "delta"), ("usage", "x"), ("choices", 0, 0), ("none",)):
        assert at(event, *path) is None
