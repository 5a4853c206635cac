"""Errors that a person sees: one line that names the thing, and the remedy."""

from __future__ import annotations

from enum import StrEnum


class VcgError(Exception):
    """What went wrong, in one line, with what to do about it.

    Attributes:
        message: what is wrong, naming the thing.
        hint: the remedy; may be empty.
        exit_code: what the command line ends with: 2 for usage, 1 for failure.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(VcgError):
    """A person asked for something that can't be: a wrong name, value, file or folder."""

    exit_code = 2


class ConfigError(UsageError):
    """A setting is unknown or wrong."""


class PersonaError(UsageError):
    """A persona is unknown, or its file is broken."""


class StorageError(VcgError):
    """A call could not be stored, read or removed."""


class AudioDeviceError(VcgError):
    """There is no way to play sound."""


def plainly(kind: str, message: str) -> str:
    """What is wrong with a value, as a person would say it; to stand behind the value's name.

    Args:
        kind: pydantic's type of the mistake.
        message: its own words, kept but for their beginning where there are no better ones.
    """
    for family, words in _PLAIN.items():
        if kind.startswith(family):
            return words
    said = message.removeprefix("Input ").removeprefix("Value error, ").replace("should ", "must ", 1)
    return said[:1].lower() + said[1:]


_PLAIN = {"int_": "must be a whole number", "float_": "must be a number", "bool_": "must be true or false"}


class ProviderErrorKind(StrEnum):
    """What kind of trouble a provider had; decides whether trying again makes sense."""

    AUTH = "auth"
    QUOTA = "quota"
    RATE_LIMIT = "rate_limit"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    BAD_REQUEST = "bad_request"
    BAD_RESPONSE = "bad_response"

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later."""
        return self not in {ProviderErrorKind.AUTH, ProviderErrorKind.QUOTA, ProviderErrorKind.BAD_REQUEST}


class ProviderError(VcgError):
    """A model or speech service failed; adapters translate every SDK exception into this one.

    Attributes:
        kind: the kind of trouble.
        provider: the provider's registered name.
        retry_after: seconds the service asked to wait, or None.
    """

    def __init__(
        self,
        kind: ProviderErrorKind,
        provider: str,
        message: str,
        hint: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.kind = kind
        self.provider = provider
        self.retry_after = retry_after
