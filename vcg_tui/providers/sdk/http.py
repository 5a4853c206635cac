"""HTTP to a service without an SDK in between: kept connections, requests in JSON, answers as they come.

The openai SDK spends 2 to 3 ms of processor time on each request (it walks through the types of everything that is
sent) and half a second and 40 MB on its import; this takes a tenth of the one and next to nothing of the other.
"""

from __future__ import annotations

import os
import ssl
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from vcg_tui.providers.sdk.failures import is_loopback

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    import aiohttp

_CONNECT_S = 5.0
_KEPT_S = 30.0
"""Seconds that an idle connection is kept: longer than the pauses of a call that is written ahead of its listener."""
_MOST_OF_A_REFUSAL = 64 * 1024


class HttpRefused(Exception):
    """The service answered with the status of a failure.

    Attributes:
        status: 400 and above.
        headers: of the answer, whatever their case.
        body: the answer in JSON, or its text where it is none.
        url: what was asked.
    """

    def __init__(self, status: int, headers: Mapping[str, str], body: object, url: str) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers
        self.body = body
        self.url = url


class HttpAnswer:
    """An answer whose status is that of a success, while its body arrives."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    @property
    def headers(self) -> Mapping[str, str]:
        """The answer's headers, whatever their case."""
        return self._response.headers

    async def aiter_bytes(self) -> AsyncGenerator[bytes]:
        """The body in pieces as they come."""
        read = self._response.content.readany
        while piece := await read():
            yield piece

    async def read(self) -> bytes:
        """The whole body."""
        return await self._response.read()


class HttpClient:
    """The connections to one service, for the event loop that it is first used on.

    Making one imports aiohttp and reads the trusted certificates, so it is made in a thread. It never tries again by
    itself. Exceptions are aiohttp's and `HttpRefused`; `exceptions.translating` knows them.

    Args:
        base_url: what comes before the paths.
        headers: of every request.
        timeout_s: seconds without a sign of life; connecting may take at most five.
    """

    def __init__(self, base_url: str, headers: Mapping[str, str], timeout_s: float) -> None:
        import aiohttp

        self._base_url = base_url.rstrip("/")
        self._headers = headers
        self._timeout = aiohttp.ClientTimeout(total=None, connect=min(_CONNECT_S, timeout_s), sock_read=timeout_s)
        self._proxy = _proxy_for(base_url)
        self._trusted = _trusted() if base_url.lower().startswith("https:") else True
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def post(self, path: str, body: Mapping[str, Any]) -> AsyncGenerator[HttpAnswer]:
        """Send JSON; the answer is open inside the block, and leaving it before the answer's end closes the connection.

        Raises:
            HttpRefused: the status is that of a failure.
            aiohttp.ClientError: the service can't be reached, or the connection broke.
        """
        async with self._opened().post(self._base_url + path, data=orjson.dumps(body)) as response:
            yield await _accepted(response)

    @asynccontextmanager
    async def get(self, path: str) -> AsyncGenerator[HttpAnswer]:
        """The same for a request without a body."""
        async with self._opened().get(self._base_url + path) as response:
            yield await _accepted(response)

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            import aiohttp

            # How many requests run at once is decided above, by the provider's limit and the calls under way.
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEPT_S, ssl=self._trusted)
            self._session = aiohttp.ClientSession(
                connector=connector,
                headers={"Content-Type": "application/json", "User-Agent": "vcg-tui", **self._headers},
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                proxy=self._proxy,
            )
        return self._session


async def _accepted(response: aiohttp.ClientResponse) -> HttpAnswer:
    if response.status < 400:
        return HttpAnswer(response)
    body = await response.content.read(_MOST_OF_A_REFUSAL)
    while len(body) < _MOST_OF_A_REFUSAL and (more := await response.content.readany()):
        body += more
    try:
        told: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        told = body.decode("utf-8", "replace")
    raise HttpRefused(response.status, response.headers, told, str(response.url))


def _proxy_for(url: str) -> str | None:
    """The proxy that the environment names for an address, or None.

    Asked once: aiohttp would ask, and look for a .netrc, with every request.
    """
    from urllib.request import getproxies, proxy_bypass

    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    if not host or is_loopback(url) or proxy_bypass(host):
        return None
    named = getproxies()
    proxy = named.get(parts.scheme) or named.get("all")
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def _trusted() -> ssl.SSLContext:
    """What certificates are held against: what SSL_CERT_FILE or SSL_CERT_DIR names, or what the system trusts."""
    named = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")
    if named or (sys.platform == "linux" and ssl.get_default_verify_paths().cafile):
        return ssl.create_default_context()
    # Python's own default is empty on macOS, and where Python was built for another Linux than this.
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
