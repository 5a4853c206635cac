"""Language models of Anthropic: a provider as any installed package could add one, through an entry point.

The entry point is ``anthropic = "vcg_tui.providers.llm.anthropic:make"`` in the group ``vcg_tui.llm``; the SDK comes
with ``pip install 'vcg-tui[anthropic]'``.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

from pydantic import SecretStr

from vcg_tui.errors import ConfigError
from vcg_tui.providers.base import CompletionRequest
from vcg_tui.providers.llm.answers import AnswerReader, merged
from vcg_tui.providers.llm.network import NetworkLLM
from vcg_tui.providers.llm.openai_chat import count
from vcg_tui.providers.llm.parameters import Parameters
from vcg_tui.providers.sdk.exceptions import translating
from vcg_tui.providers.sdk.failures import Failures, error_member, host_of, is_loopback, key_to_send
from vcg_tui.providers.sdk.shared_client import SharedClient
from vcg_tui.providers.sdk.sse import at

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection, Mapping
    from contextlib import AbstractContextManager

    import httpx2
    from anthropic import AsyncAnthropic

    from vcg_tui.config import LLMSettings, Settings

ANTHROPIC_URL = "https://api.anthropic.com"
KEY_NAME = "ANTHROPIC_API_KEY"
DEFAULT_MODEL = "claude-haiku-5-5"
_DEFAULT_CAP = 400
_CONNECT_S = 5.0


class AnthropicLLM(NetworkLLM):
    """Writes turns with the Messages API.

    Args:
        model: None for a small, quick one.
        base_url: None for Anthropic itself.
        api_key: None for servers that need none.
        timeout_s: seconds that a request may take without a sign of life.
        options: further parameters by the API's own names; ``max_tokens`` (400 unless set) is the token limit.

    Raises:
        ConfigError: an option can't be one.
    """

    name = "anthropic"

    def __init__(
        self,
        *,
        model: str | None = None,
        base_url: str | None = None,
        api_key: str | None = None,
        timeout_s: float = 60,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.model: str = model or DEFAULT_MODEL
        host = host_of(base_url) if base_url else ""
        super().__init__(
            Failures(self.name, host=host, key_name=KEY_NAME, secret=api_key or ""),
            Parameters(options or {}, cap_names=("max_tokens",), cap=_DEFAULT_CAP),
        )
        self._client = SharedClient(lambda: _make_client(api_key or "none", base_url or ANTHROPIC_URL, timeout_s))

    async def warm(self, requests: int = 1) -> None:
        del requests
        await self._client.get()

    async def aclose(self) -> None:
        """Close the connections. The provider can be used again, also from another event loop."""
        await self._client.aclose()

    @asynccontextmanager
    async def _open(self, request: CompletionRequest, parameters: dict[str, Any]) -> AsyncGenerator[httpx2.Response]:
        client = await self._client.get()
        system = "\n\n".join(message.content for message in request.messages if message.role == "system")
        said = merged(message for message in request.messages if message.role != "system")
        if not said or said[0]["role"] != "user":
            said.insert(0, {"role": "user", "content": "(The call begins.)"})  # the API wants to be spoken to first
        others = {name: value for name, value in parameters.items() if name != "max_tokens"}
        async with client.messages.with_streaming_response.create(
            model=self.model,
            system=system,
            messages=cast("Any", said),
            max_tokens=parameters["max_tokens"],
            stream=True,
            extra_body=others,
        ) as response:
            yield response.http_response

    def _translated(self, sent: Collection[str]) -> AbstractContextManager[None]:
        # The API takes no request without a token limit.
        droppable = [name for name in sent if name != "max_tokens"]
        return translating(self._failures, model=self.model, sent=droppable)

    def _reader(self) -> AnswerReader:
        return MessageAnswer(self._failures)


class MessageAnswer(AnswerReader):
    """Reads the events of one message."""

    def _text(self, event: dict[str, Any]) -> str:
        match event.get("type"):
            case "content_block_delta":
                # Thoughts come as deltas of another type.
                text = at(event, "delta", "text") if at(event, "delta", "type") == "text_delta" else None
                return text if isinstance(text, str) else ""
            case "message_start":
                self._count(at(event, "message", "usage"))
            case "message_delta":
                self.finish_reason = at(event, "delta", "stop_reason") or self.finish_reason
                self._count(at(event, "usage"))
            case "error":
                told = error_member(event)
                raise self.failures.event(told.get("message"), told.get("type"))
            case _:
                pass  # blocks that begin and end, signs of life
        return ""

    def _count(self, usage: object) -> None:
        prompt = [
            at(usage, name) for name in ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
        ]
        if count(prompt[0]) is not None:
            self.prompt_tokens = sum(count(tokens) or 0 for tokens in prompt)
        self.completion_tokens = count(at(usage, "output_tokens")) or self.completion_tokens


def make(chosen: LLMSettings, settings: Settings) -> AnthropicLLM:
    """The provider that the settings ask for.

    Raises:
        ConfigError: the SDK is not installed, Anthropic itself is asked without a key, or an option can't be one.
    """
    if find_spec("anthropic") is None:
        raise ConfigError("The package for anthropic is not installed.", "Run: pip install 'vcg-tui[anthropic]'")
    key = getattr(settings.keys, "anthropic_api_key", None) or SecretStr(os.environ.get(KEY_NAME, ""))
    return AnthropicLLM(
        model=chosen.model,
        base_url=chosen.base_url,
        api_key=key_to_send(key, chosen.base_url, AnthropicLLM.name, KEY_NAME),
        timeout_s=chosen.timeout_s,
        options=chosen.options,
    )


def _make_client(api_key: str, base_url: str, timeout_s: float) -> AsyncAnthropic:
    import anthropic

    timeout = anthropic.Timeout(timeout_s, connect=min(_CONNECT_S, timeout_s))
    return anthropic.AsyncAnthropic(
        api_key=api_key,
        base_url=base_url,
        timeout=timeout,
        max_retries=0,
        http_client=anthropic.DefaultAioHttpClient(timeout=timeout, trust_env=not is_loopback(base_url)),
    )
