"""Language models of OpenAI and of all servers that speak its language: Ollama, llama.cpp, vLLM, gateways."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal, cast

import orjson

from vcg_tui.errors import ProviderErrorKind
from vcg_tui.providers.base import CompletionRequest, ProviderNotice
from vcg_tui.providers.llm.answers import AnswerReader, merged
from vcg_tui.providers.llm.network import NetworkLLM, Response
from vcg_tui.providers.llm.openai_chat import CHAT_DEFAULTS, ChatAnswer
from vcg_tui.providers.llm.openai_responses import ResponsesAnswer, responses_options
from vcg_tui.providers.llm.parameters import Parameters
from vcg_tui.providers.registry import register_llm
from vcg_tui.providers.sdk.openai import checked_key, failures, http_client, is_openai, open_connections, translated
from vcg_tui.providers.sdk.shared_client import SharedClient
from vcg_tui.providers.sdk.sse import at

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection, Mapping
    from contextlib import AbstractContextManager

    from vcg_tui.config import LLMSettings, Settings

DEFAULT_MODEL = "gpt-6-luna"
"""Asked of OpenAI itself where the settings name none."""

_NO_WRITER = re.compile(r"embed|rerank|whisper|tts", re.IGNORECASE)


class OpenAILLM(NetworkLLM):
    """Writes turns with the Chat Completions API, or with the Responses API.

    Args:
        model: None for OpenAI's default; a server of one's own is asked which it has.
        base_url: None for OpenAI itself.
        api_key: None for servers that need none.
        timeout_s: seconds that a request may take without a sign of life.
        api: which of the two is spoken.
        options: further parameters by the API's own names; ``max_tokens`` is the token limit of both.

    Raises:
        ConfigError: an option can't be one.
    """

    name = "openai"

    def __init__(
        self,
        *,
        model: str | None = None,
        base_url: str | None = None,
        api_key: str | None = None,
        timeout_s: float = 60,
        api: Literal["chat", "responses"] = "chat",
        options: Mapping[str, Any] | None = None,
    ) -> None:
        own = is_openai(base_url)
        self.model = model or (DEFAULT_MODEL if own else None)
        self._base_url = base_url
        self._api_key = api_key
        self._api = api
        super().__init__(
            failures(self.name, base_url, api_key),
            _parameters(dict(options or {}), api, own=own, quick=own and self.model == DEFAULT_MODEL),
        )
        self._client = SharedClient(lambda: http_client(api_key=api_key, base_url=base_url, timeout_s=timeout_s))

    async def warm(self, requests: int = 1) -> None:
        client = await self._client.get()
        with self._translated(()):
            await open_connections(client, requests)

    async def aclose(self) -> None:
        """Close the connections. The provider can be used again, also from another event loop."""
        await self._client.aclose()

    async def _prepare(self) -> ProviderNotice | None:
        if self.model is not None:
            return None
        with self._translated(()):
            client = await self._client.get()
            async with client.get("/models") as answer:
                body = await answer.read()
        try:
            listed = orjson.loads(body)
        except orjson.JSONDecodeError:
            listed = None
        entries = at(listed, "data")
        ids = [at(entry, "id") for entry in cast("list[Any]", entries)] if isinstance(entries, list) else []
        models = [name for name in ids if isinstance(name, str) and not _NO_WRITER.search(name)]
        if not models:
            hint = "Load one there, or name it in the provider's model setting (LLM_MODEL)."
            what = f"{self._failures.who} names no model to choose."
            raise self._failures.error(ProviderErrorKind.BAD_REQUEST, what, hint)
        if self.model is not None:
            return None  # another request has asked meanwhile, and told
        self.model = models[0]
        if len(models) == 1:
            return None
        return ProviderNotice(
            f"{self._failures.who} has {len(models)} models; {self.model} is used.",
            "Name the one you want in the provider's model setting (LLM_MODEL).",
        )

    @asynccontextmanager
    async def _open(self, request: CompletionRequest, parameters: dict[str, Any]) -> AsyncGenerator[Response]:
        client, model = await self._client.get(), self.model or ""
        if self._api == "chat":
            path = "/chat/completions"
            body = {"model": model, "messages": merged(request.messages), "stream": True}
        else:
            path = "/responses"
            system = [message.content for message in request.messages if message.role == "system"]
            body = {
                "model": model,
                "instructions": "\n\n".join(system),
                "input": merged(message for message in request.messages if message.role != "system"),
                "stream": True,
                "store": False,
            }
        # The parameters as they are: other servers know other ones than OpenAI.
        async with client.post(path, {**body, **parameters}) as answer:
            yield answer

    def _translated(self, sent: Collection[str]) -> AbstractContextManager[None]:
        return translated(self.name, self._base_url, model=self.model, api_key=self._api_key, sent=sent)

    def _reader(self) -> AnswerReader:
        return ChatAnswer(self._failures) if self._api == "chat" else ResponsesAnswer(self._failures)


def _parameters(options: dict[str, Any], api: str, *, own: bool, quick: bool) -> Parameters:
    """The parameters of one API. ``own``: OpenAI itself; ``quick``: its default model, which need not think."""
    defaults: dict[str, Any] = {"reasoning_effort": "none"} if quick else {}
    if api == "responses":
        if "reasoning" in options or "reasoning_effort" in options:
            defaults = {}
        return Parameters(
            responses_options(options), cap_names=("max_output_tokens",), defaults=responses_options(defaults)
        )
    cap_names = ("max_completion_tokens", "max_tokens") if own else ("max_tokens", "max_completion_tokens")
    return Parameters(options, cap_names=cap_names, defaults=CHAT_DEFAULTS | defaults)


@register_llm("openai")
def make(chosen: LLMSettings, settings: Settings) -> OpenAILLM:
    """The provider that the settings ask for.

    Raises:
        ConfigError: OpenAI itself is asked without a key, or an option can't be one.
    """
    key = checked_key(settings.keys.openai_api_key, chosen.base_url, OpenAILLM.name)
    return OpenAILLM(
        model=chosen.model,
        base_url=chosen.base_url,
        api_key=key,
        timeout_s=chosen.timeout_s,
        api=getattr(chosen, "api", "chat"),
        options=chosen.options,
    )
