"""What went wrong at a network service, told to a person: one line without secrets, the kind of trouble, the remedy."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import math
import re
import ssl
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from vcg_tui.errors import ConfigError, ProviderError, ProviderErrorKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import SecretStr

_LONGEST_QUOTE = 120
_SHORTEST_SECRET = 8

_KEY_LIKE = re.compile(
    r"""(?ix)
    \b(?: bearer | basic ) \s+ [\w.~+/*=-]{12,}            # an authorization header
    | \b(?: sk | pk | rk | xi ) [-_] [\w.*-]{3,}           # the form of most services' keys
    | [\w-]* \*{3,} [\w-]*                                # a key that is starred out, not quite
    | \b(?= \w* \d) (?= \w* [a-z]) \w{32,} \b             # a long run of letters and digits
    """
)

_NO_CREDIT = ("insufficient_quota", "exceeded your current quota", "billing")
_CHECK = "Check the provider's model and options in the settings."

# Status: kind, what is told, remedy. What ends with a full stop is told without the server's own words.
_REFUSED = {
    401: (ProviderErrorKind.AUTH, "{who} refused the key (401).", "Put a valid {key} into .env.local."),
    402: (
        ProviderErrorKind.QUOTA,
        "{who} says that the account has no credit left.",
        "Add credit to the account, or choose another provider.",
    ),
    403: (
        ProviderErrorKind.AUTH,
        "{who} denied access (403)",
        "Check that the key in {key} may use this model, and from this country.",
    ),
}
_NOT_NOW = {
    408: (ProviderErrorKind.TIMEOUT, "{who} gave up waiting (408).", "Try again later."),
    409: (ProviderErrorKind.CONNECTION, "{who} could not take the request now (409)", "Try again."),
    425: (ProviderErrorKind.CONNECTION, "{who} could not take the request now (425)", "Try again."),
    429: (
        ProviderErrorKind.RATE_LIMIT,
        "{who} asks for fewer requests (429).",
        "Wait a little, or lower the provider's max_concurrency.",
    ),
}


def mask(text: str, *secrets: str) -> str:
    """The text without ``secrets`` and without anything that looks like a key."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "[key]")
    return _KEY_LIKE.sub("[key]", text)


def quoted(text: str, *secrets: str) -> str:
    """A server's own words, fit to be shown: on one line, masked, at most 120 characters."""
    line = mask(" ".join("".join(char if char.isprintable() else " " for char in text).split()), *secrets)
    return line if len(line) <= _LONGEST_QUOTE else line[: _LONGEST_QUOTE - 1].rstrip() + "…"


def host_of(base_url: str) -> str:
    """Host and port of an address, without a name or password in it; empty if there is none."""
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{port}" if port else host


def is_loopback(base_url: str) -> bool:
    """Whether an address is this computer's own, which no proxy can reach."""
    try:
        host = urlsplit(base_url).hostname or ""
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def key_to_send(key: SecretStr | None, base_url: str | None, provider: str, key_name: str) -> str | None:
    """A key as it can be sent; None where a server of one's own needs none.

    Raises:
        ConfigError: there is none and the service itself is asked, or it holds what no key holds.
    """
    text = key.get_secret_value().strip() if key is not None else ""
    if not text:
        if base_url is None:
            hint = f"Put {key_name}=... into .env.local, or name a server of your own in base_url."
            raise ConfigError(f"{provider} needs a key.", hint)
        return None
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ConfigError(f"{key_name} holds characters that no key has.", "Copy the key again into .env.local.")
    return text


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a service asks to wait (``retry-after-ms``, ``retry-after`` in seconds or as a date), or None."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        with contextlib.suppress(ValueError):  # not a number: the next form is tried
            seconds = float(value) * unit
            return seconds if math.isfinite(seconds) and seconds >= 0 else None
    try:
        then = parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=dt.UTC)
    return max(0.0, (then - dt.datetime.now(dt.UTC)).total_seconds())


def error_member(body: object) -> dict[str, Any]:
    """The ``error`` object of a service's answer in JSON, or what comes nearest to it; empty if there is none."""
    if not isinstance(body, dict):
        return {"message": body} if isinstance(body, str) else {}
    answer = cast("dict[str, Any]", body)
    inner: Any = answer.get("error", answer.get("detail", answer))
    if isinstance(inner, str):
        return {"message": inner}
    return cast("dict[str, Any]", inner) if isinstance(inner, dict) else {}


class ParameterRefused(ProviderError):
    """The service refused one named parameter of the request; without it the request may succeed.

    Attributes:
        parameter: its name, as it was sent.
        said: the server's own words, fit to be shown; may be empty.
    """

    def __init__(self, refused: ProviderError, parameter: str, said: str) -> None:
        super().__init__(refused.kind, refused.provider, refused.message, refused.hint)
        self.parameter = parameter
        self.said = said


class Failures:
    """Makes the `ProviderError` of one service.

    Args:
        provider: its registered name.
        host: host and port, where it helps to name it; empty for the service's own address.
        key_name: the environment variable of its key.
        secret: the key, to keep it out of what a server says.
    """

    def __init__(self, provider: str, *, host: str = "", key_name: str, secret: str = "") -> None:
        self.provider = provider
        self.who = f"{provider} at {host}" if host else provider
        self._host = host
        self._key_name = key_name
        self._secrets = (secret, secret.strip())

    def quote(self, message: object) -> str:
        """A server's words, fit to be shown; empty if there are none."""
        return quoted(message, *self._secrets) if isinstance(message, str) else ""

    def status(
        self,
        status: int,
        *,
        message: object = "",
        code: object = "",
        wait_s: float | None = None,
        model: str | None = None,
        url: str = "",
        param: object = None,
        body: object = None,
        sent: Iterable[str] = (),
    ) -> ProviderError:
        """The error of an HTTP status; a `ParameterRefused` where the answer names a parameter that may be left out.

        Args:
            status: the status.
            message: the server's own words.
            code: the server's own code or type of the error.
            wait_s: seconds that the server asked to wait.
            model: what was asked for, to be named where it is unknown.
            url: the full address, to be named where there is nothing.
            param: the parameter that the server says is wrong.
            body: the server's whole answer, where ``param`` does not say it.
            sent: the names of the parameters that may be left out.
        """
        said = self.quote(message)
        words = f"{code} {said}".lower()
        if status == 429 and any(sign in words for sign in _NO_CREDIT):
            status = 402
        if status in {404, 410}:
            return self._missing(status, said, words, model, url)
        if status in _REFUSED:
            kind, text, hint = _REFUSED[status]
            wait_s = None
        elif status in _NOT_NOW:
            kind, text, hint = _NOT_NOW[status]
        elif 400 <= status < 500:
            kind, text, hint = ProviderErrorKind.BAD_REQUEST, "{who} refused the request ({status})", _CHECK
            wait_s = None
        elif status >= 500:
            kind, text, hint = ProviderErrorKind.CONNECTION, "{who} is in trouble ({status})", "Try again later."
        else:
            return self.bad_response(f"answered with status {status}")
        text = text.format(who=self.who, status=status)
        if not text.endswith("."):
            text = _with(text, said)
        error = self.error(kind, text, hint.format(key=self._key_name), wait_s)
        if status in {400, 422} and (name := _named(param, f"{message} {body}", sent)):
            return ParameterRefused(error, name, said)
        return error

    def event(self, message: object, code: object) -> ProviderError:
        """The error that a service tells in the midst of its answer."""
        said, name = self.quote(message), str(code or "").lower()
        if name.isdecimal() and 400 <= int(name) < 600:
            return self.status(int(name), message=message)
        if "quota" in name or "billing" in name:
            return self.status(402)
        if "rate_limit" in name:
            return self.status(429)
        if "authentication" in name or "permission" in name:
            return self.status(401 if "authentication" in name else 403, message=message)
        if "invalid_request" in name or "not_found" in name:
            return self.error(ProviderErrorKind.BAD_REQUEST, _with(f"{self.who} refused the request", said), _CHECK)
        kind = ProviderErrorKind.TIMEOUT if "timeout" in name else ProviderErrorKind.CONNECTION
        return self.error(kind, _with(f"{self.who} broke off with an error", said), "Try again.")

    def transport(self, error: BaseException) -> ProviderError:
        """The error of a connection that could not be made, broke, or fell silent."""
        import aiohttp

        chain = _causes(error)
        # The client libraries take a lost connection for a timeout: what lies deepest knows better.
        deep = [each for each in chain if isinstance(each, (OSError, aiohttp.ClientError))]
        names = {base.__name__ for each in chain for base in type(each).__mro__}
        timed_out = isinstance(deep[-1], TimeoutError) if deep else any("Timeout" in name for name in names)
        where = f" at {self._host}" if self._host else ""
        if any(
            isinstance(each, (ssl.SSLCertVerificationError, aiohttp.ClientConnectorCertificateError)) for each in chain
        ):
            return self.error(
                ProviderErrorKind.CONNECTION,
                f"The certificate of {self.who} is not trusted.",
                "Name the right certificate authority in SSL_CERT_FILE, or correct the base_url.",
            )
        if names & {"InvalidURL", "UnsupportedProtocol", "LocalProtocolError"}:
            hint = "Correct the provider's base_url in the settings."
            return self.error(ProviderErrorKind.BAD_REQUEST, f"The address of {self.provider} can't be used.", hint)
        if timed_out:
            return self.error(
                ProviderErrorKind.TIMEOUT,
                f"{self.who} did not answer in time.",
                "Try again, or raise the provider's timeout_s.",
            )
        unreached = names & {"ClientConnectorError", "ConnectionRefusedError", "gaierror"}
        if unreached or ("ConnectError" in names and "ConnectionResetError" not in names):
            hint = "Check that it is running and that base_url is right." if where else "Check the network."
            return self.error(ProviderErrorKind.CONNECTION, f"{self.provider} can't be reached{where}.", hint)
        return self.error(ProviderErrorKind.CONNECTION, f"The connection to {self.who} broke.", "Try again.")

    def bad_response(self, what: str, hint: str = "Try again, or choose another model.") -> ProviderError:
        """The error of an answer that is none. ``what``: a verb phrase after the provider's name."""
        return self.error(ProviderErrorKind.BAD_RESPONSE, f"{self.who} {what}.", hint)

    def error(
        self, kind: ProviderErrorKind, message: str, hint: str = "", wait_s: float | None = None
    ) -> ProviderError:
        """An error in this service's name."""
        return ProviderError(kind, self.provider, message, hint, wait_s)

    def _missing(self, status: int, said: str, words: str, model: str | None, url: str) -> ProviderError:
        if model and ("model" in words or model.lower() in words):
            text = f"{self.who} has no model {model!r} ({status})."
            hint = "Choose a model that it has, in the provider's settings."
        else:
            place = f" at {quoted(_without_login(url), *self._secrets)}" if url else ""
            text = _with(f"{self.provider} found nothing{place} ({status})", said)
            hint = "Check the provider's base_url (most end in /v1) and model."
        return self.error(ProviderErrorKind.BAD_REQUEST, text, hint)


def _with(text: str, said: str) -> str:
    if not said:
        return f"{text}."
    return f"{text}: {said}" if said[-1] in ".!?…" else f"{text}: {said}."


def _named(param: object, text: str, sent: Iterable[str]) -> str | None:
    """Which of the sent parameters an answer names."""
    names = list(sent)
    if isinstance(param, str) and param:
        # "stream_options.include_usage", "reasoning[effort]": the first part is what was sent.
        first = re.split(r"[.\[]", param)[0]
        return first if first in names else None
    return next((name for name in names if re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", text)), None)


def _without_login(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{host_of(url)}{parts.path}"


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what caused it, the deepest last."""
    chain: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in chain:
        chain.append(at)
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    return chain
