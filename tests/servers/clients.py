"""The shortest ways to ask the servers with the real openai SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import openai

CUSTOMER = {"role": "system", "content": "You are Anna. You are the customer, never the agent."}
SUPPORT = {"role": "system", "content": "You are Robin, a support agent."}
CUE = {"role": "user", "content": "(A call comes in.)"}
TEXT = "Good morning, this is Robin; how can I help?"


class Said:
    """What came of a chat request."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.finish: str | None = None
        self.usage: Any = None

    @property
    def text(self) -> str:
        return "".join(self.pieces)


async def ask(client: openai.AsyncOpenAI, *messages: dict[str, str], said: Said | None = None, **options: Any) -> Said:
    said = said or Said()
    create: Any = client.chat.completions.create
    stream = await create(
        model="gpt-6-luna",
        messages=list(messages or (SUPPORT, CUE)),
        stream=True,
        stream_options={"include_usage": True},
        **options,
    )
    async with stream:
        async for chunk in stream:
            said.usage = chunk.usage or said.usage
            for choice in chunk.choices:
                said.pieces += [choice.delta.content] if choice.delta.content else []
                said.finish = choice.finish_reason or said.finish
    return said


async def speak(client: openai.AsyncOpenAI, text: str = TEXT, kind: Any = "pcm", **options: Any) -> bytes:
    create = client.audio.speech.with_streaming_response.create
    async with create(model="any", voice="alloy", input=text, response_format=kind, **options) as answer:
        return b"".join([piece async for piece in answer.iter_bytes()])
