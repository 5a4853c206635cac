"""OpenAI and all servers that speak its language, as every adapter asks them: the clients, and what errors mean.

Texts and speech go over our own HTTP; the SDK is there for the Realtime API, where it spares us a protocol.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from vcg_tui.providers.sdk.exceptions import as_provider_error, translating
from vcg_tui.providers.sdk.failures import Failures, host_of, is_loopback, key_to_send, mask
from vcg_tui.providers.sdk.http import HttpClient, HttpRefused

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

    from openai import AsyncOpenAI
    from pydantic import SecretStr

    from vcg_tui.errors import ProviderError

__all__ = [
    "OPENAI_URL",
    "checked_key",
    "failures",
    "http_client",
    "is_openai",
    "make_client",
    "mask",
    "open_connections",
    "translate",
    "translated",
]

OPENAI_URL = "https://api.openai.com/v1"
KEY_NAME = "OPENAI_API_KEY"
_CONNECT_S = 5.0
_ACCOUNT = {"OPENAI_ORG_ID": "OpenAI-Organization", "OPENAI_PROJECT_ID": "OpenAI-Project"}
"""Variables by which a key that belongs to several accounts says which one is meant, and their headers."""


def is_openai(base_url: str | None) -> bool:
    """Whether an address is OpenAI's own, rather than a server that speaks its language."""
    return base_url is None or host_of(base_url).removesuffix(":443").endswith("api.openai.com")


def checked_key(key: SecretStr | None, base_url: str | None, provider: str) -> str | None:
    """The key as it can be sent; None where a server of one's own needs none.

    Raises:
        ConfigError: there is none and OpenAI itself is asked, or it holds what no key holds.
    """
    return key_to_send(key, base_url, provider, KEY_NAME)


def http_client(*, api_key: str | None, base_url: str | None, timeout_s: float) -> HttpClient:
    """What asks for texts and speech.

    Args:
        api_key: None for servers that need none.
        base_url: None for OpenAI's own; the variable OPENAI_BASE_URL is not looked at.
        timeout_s: seconds without a sign of life.
    """
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    if is_openai(base_url):
        headers |= {header: os.environ[name] for name, header in _ACCOUNT.items() if os.environ.get(name)}
    return HttpClient(base_url or OPENAI_URL, headers, timeout_s)


async def open_connections(client: HttpClient, count: int = 1) -> None:
    """Open connections and keep them, by asking for the list of models on each at once, which costs nothing.

    Raises:
        aiohttp.ClientError: the service can't be reached, or does not answer.
    """

    async def one() -> None:
        try:
            async with client.get("/models") as answer:
                await answer.read()
        except HttpRefused:
            return  # a server without such a list, or one that refuses it: the connection is there

    await asyncio.gather(*(one() for _ in range(count)))


def make_client(*, api_key: str | None, base_url: str | None, timeout_s: float) -> AsyncOpenAI:
    """The SDK's client, which never tries again by itself, for the event loop that it is first used on.

    Takes half a second the first time (the SDK is imported): call it in a thread. The arguments are those of
    `http_client`.
    """
    import openai

    url = base_url or OPENAI_URL
    timeout = openai.Timeout(timeout_s, connect=min(_CONNECT_S, timeout_s))
    return openai.AsyncOpenAI(
        api_key=api_key or "none",
        base_url=url,
        timeout=timeout,
        max_retries=0,
        http_client=openai.DefaultAioHttpClient(timeout=timeout, trust_env=not is_loopback(url)),
    )


def failures(provider: str, base_url: str | None, api_key: str | None = None) -> Failures:
    """What makes this service's errors."""
    host = "" if base_url is None or is_openai(base_url) else host_of(base_url)
    return Failures(provider, host=host, key_name=KEY_NAME, secret=api_key or "")


def translate(
    error: Exception,
    provider: str,
    base_url: str | None,
    *,
    model: str | None = None,
    api_key: str | None = None,
    sent: Iterable[str] = (),
) -> ProviderError:
    """An exception of the transport or the SDK as ours; never holds the key, a header or a whole body.

    Args:
        error: what was raised.
        provider: the registered name.
        base_url: as it was given to `http_client`.
        model: what was asked for, to be named where it is unknown.
        api_key: to keep it out of what the server says; anything that looks like a key is kept out anyway.
        sent: the parameters that may be left out; a refusal that names one of them becomes a `ParameterRefused`.
    """
    return as_provider_error(error, failures(provider, base_url, api_key), model=model, sent=sent)


def translated(
    provider: str,
    base_url: str | None,
    *,
    model: str | None = None,
    api_key: str | None = None,
    sent: Iterable[str] = (),
) -> AbstractContextManager[None]:
    """Exceptions of the transport and the SDK leave this block as `ProviderError`; all others as they are.

    The arguments are those of `translate`.
    """
    return translating(failures(provider, base_url, api_key), model=model, sent=sent)
