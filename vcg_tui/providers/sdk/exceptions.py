"""Exceptions of the openai and anthropic SDKs, which have the same form, and of the transport below them, as ours."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from vcg_tui.errors import ProviderError
from vcg_tui.providers.sdk.failures import Failures, error_member, retry_after
from vcg_tui.providers.sdk.sse import SseError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable


def as_provider_error(
    error: Exception, failures: Failures, *, model: str | None = None, sent: Iterable[str] = ()
) -> ProviderError:
    """An exception of an SDK or its transport as ours; never holds the key, a header or a whole body.

    Args:
        error: what was raised.
        failures: makes the service's errors.
        model: what was asked for, to be named where it is unknown.
        sent: the parameters that may be left out; a refusal that names one of them becomes a `ParameterRefused`.
    """
    if isinstance(error, ProviderError):
        return error
    response: Any = getattr(error, "response", None)
    status: Any = getattr(error, "status_code", None)
    if isinstance(status, int) and response is not None:
        body: Any = getattr(error, "body", None)
        told = error_member(body)
        return failures.status(
            status,
            message=told.get("message"),
            code=f"{told.get('code') or ''} {told.get('type') or ''}",
            wait_s=retry_after(response.headers),
            model=model,
            url=str(response.request.url),
            param=told.get("param"),
            body=body,
            sent=sent,
        )
    if isinstance(error, ValueError):
        return failures.bad_response("sent something that can't be read")
    return failures.transport(error)


@contextlib.contextmanager
def translating(
    failures: Failures, sdk_error: Callable[[], type[Exception]], *, model: str | None = None, sent: Iterable[str] = ()
) -> Generator[None]:
    """Exceptions of an SDK and its transport leave this block as `ProviderError`; all others as they are.

    Args:
        failures: makes the service's errors.
        sdk_error: gives the root of the SDK's exceptions; called when something was raised.
        model: what was asked for, to be named where it is unknown.
        sent: the parameters that may be left out.

    Raises:
        ProviderError: the request failed or broke.
    """
    try:
        yield
    except Exception as error:
        # Imported here: nobody who only opens the block should wait for the SDK.
        import aiohttp
        import httpx2

        known = (sdk_error(), httpx2.HTTPError, httpx2.InvalidURL, aiohttp.ClientError, OSError, SseError)
        if not isinstance(error, known):
            raise
        # Not chained: the SDK's exceptions quote servers, and a server may quote the key.
        raise as_provider_error(error, failures, model=model, sent=sent) from None
