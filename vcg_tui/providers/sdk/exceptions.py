"""Exceptions of the openai and anthropic SDKs, and of the transports below and beside them, as ours."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

from vcg_tui.errors import ProviderError
from vcg_tui.providers.sdk.failures import Failures, error_member, retry_after
from vcg_tui.providers.sdk.http import HttpRefused
from vcg_tui.providers.sdk.sse import SseError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

_ROOTS = (
    ("openai", "OpenAIError"),
    ("anthropic", "AnthropicError"),
    ("httpx2", "HTTPError"),
    ("httpx2", "InvalidURL"),
    ("aiohttp", "ClientError"),
)
"""Packages and the roots of their exceptions."""


def as_provider_error(
    error: Exception, failures: Failures, *, model: str | None = None, sent: Iterable[str] = ()
) -> ProviderError:
    """An exception of an SDK or a transport as ours; never holds the key, a header or a whole body.

    Args:
        error: what was raised.
        failures: makes the service's errors.
        model: what was asked for, to be named where it is unknown.
        sent: the parameters that may be left out; a refusal that names one of them becomes a `ParameterRefused`.
    """
    if isinstance(error, ProviderError):
        return error
    if (refused := _refusal(error)) is not None:
        told = error_member(refused.body)
        return failures.status(
            refused.status,
            message=told.get("message"),
            code=f"{told.get('code') or ''} {told.get('type') or ''}",
            wait_s=retry_after(refused.headers),
            model=model,
            url=refused.url,
            param=told.get("param"),
            body=refused.body,
            sent=sent,
        )
    if isinstance(error, SseError):
        return failures.bad_response("sent something that can't be read")
    return failures.transport(error)


@contextlib.contextmanager
def translating(failures: Failures, *, model: str | None = None, sent: Iterable[str] = ()) -> Generator[None]:
    """Exceptions of SDKs and transports leave this block as `ProviderError`; all others as they are.

    Args:
        failures: makes the service's errors.
        model: what was asked for, to be named where it is unknown.
        sent: the parameters that may be left out.

    Raises:
        ProviderError: the request failed or broke.
    """
    try:
        yield
    except Exception as error:
        if not isinstance(error, (HttpRefused, OSError, SseError, *_known())):
            raise
        # Not chained: the SDK's exceptions quote servers, and a server may quote the key.
        raise as_provider_error(error, failures, model=model, sent=sent) from None


def _known() -> list[type[Exception]]:
    # What nobody has imported, or another thread has only begun to, has raised nothing yet; to import it here would
    # make everybody wait.
    roots = (getattr(sys.modules.get(package), root, None) for package, root in _ROOTS)
    return [root for root in roots if root is not None]


def _refusal(error: Exception) -> HttpRefused | None:
    """An answer with the status of a failure, from our own transport or from an SDK; None: it is something else."""
    if isinstance(error, HttpRefused):
        return error
    response: Any = getattr(error, "response", None)
    status: Any = getattr(error, "status_code", None)
    if not isinstance(status, int) or response is None:
        return None
    return HttpRefused(status, response.headers, getattr(error, "body", None), str(response.request.url))
