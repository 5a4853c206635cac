"""A language model behind an HTTP service: one request a turn, its answer read as it comes."""

from __future__ import annotations

from abc import abstractmethod
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Protocol

from vcg_tui.providers.base import CompletionDone, CompletionRequest, LLMProvider, ProviderNotice
from vcg_tui.providers.sdk.failures import Failures, ParameterRefused, error_member
from vcg_tui.providers.sdk.sse import SseError, json_events, json_object

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection, Mapping
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    from vcg_tui.errors import ProviderError
    from vcg_tui.providers.llm.answers import AnswerReader
    from vcg_tui.providers.llm.parameters import Parameters

_MOST_OF_AN_ERROR = 64 * 1024


class Response(Protocol):
    """What is needed of an answer, whoever sent the request: our own transport or an SDK."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, whatever their case."""
        ...

    def aiter_bytes(self) -> AsyncGenerator[bytes]:
        """The body in pieces as they come."""
        ...


class NetworkLLM(LLMProvider):
    """What all such models have in common; a subclass knows its transport and the form of requests and answers."""

    max_concurrency = 0

    def __init__(self, failures: Failures, parameters: Parameters) -> None:
        self._failures = failures
        self._parameters = parameters

    async def stream_completion(
        self, request: CompletionRequest
    ) -> AsyncGenerator[str | ProviderNotice | CompletionDone]:
        """The turn's text as the model writes it.

        Raises:
            ProviderError: the request failed or its answer is none.
        """
        notice = await self._prepare()
        while True:
            if notice is not None:
                yield notice
            parameters = self._parameters.for_request(request.max_tokens)
            try:
                async with aclosing(self._answer(request, parameters)) as answer:
                    async for piece in answer:
                        yield piece
                return
            except ParameterRefused as refused:
                notice = self._parameters.refuse(refused, self._failures.who)

    async def _prepare(self) -> ProviderNotice | None:
        """What has to be known before a request; told to the person if there is something to tell."""
        return None

    @abstractmethod
    def _open(self, request: CompletionRequest, parameters: dict[str, Any]) -> AbstractAsyncContextManager[Response]:
        """Send the request; the response is open inside the block.

        Raises:
            Exception: whatever the transport raises; `_translated` is around it.
        """

    @abstractmethod
    def _translated(self, sent: Collection[str]) -> AbstractContextManager[None]:
        """Exceptions of the transport leave this block as `ProviderError`."""

    @abstractmethod
    def _reader(self) -> AnswerReader:
        """What reads one answer."""

    async def _answer(
        self, request: CompletionRequest, parameters: dict[str, Any]
    ) -> AsyncGenerator[str | CompletionDone]:
        reader = self._reader()
        with self._translated(parameters.keys()):
            async with self._open(request, parameters) as response:
                await self._check_type(response)
                pieces = response.aiter_bytes()
                async with aclosing(pieces), aclosing(json_events(pieces)) as events:
                    async for event in events:
                        if text := reader.feed(event):
                            yield text
        if text := reader.rest():
            yield text
        yield reader.done()

    async def _check_type(self, response: Response) -> None:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "text/event-stream":
            return
        if kind == "application/json" and (error := await self._told(response)) is not None:
            raise error
        what = f"{kind} instead of a stream of text" if kind else "something that does not say what it is"
        raise self._failures.bad_response(f"answered with {self._failures.quote(what)}", "Check the base_url.")

    async def _told(self, response: Response) -> ProviderError | None:
        """The error that a service tells under the status of a success."""
        body = b""
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > _MOST_OF_AN_ERROR:
                return None
        try:
            answer = json_object(body)
        except SseError:
            return None
        if "error" not in answer:
            return None
        told = error_member(answer)
        return self._failures.event(told.get("message"), told.get("code") or told.get("type"))
