"""What OpenAI's two ways to speak have in common: whom they ask, as who, and how that goes wrong."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from vcg_tui.providers.base import TTSProvider
from vcg_tui.providers.sdk.openai import checked_key, failures, translated
from vcg_tui.providers.sdk.shared_client import Client, SharedClient

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from typing import Self

    from vcg_tui.config import Settings, TTSSettings

NOTHING_TO_SAY_S = 0.3
"""Seconds of silence for a text in which there is nothing to speak."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whom to ask, and as who."""

    api_key: str | None = field(repr=False)
    """None for servers that need none."""
    base_url: str | None = None
    """None for OpenAI's own."""
    model: str | None = None
    """None for the usual one."""
    sample_rate: int = 24_000
    """Hz of what the provider hands out."""
    timeout_s: float = 60.0
    """Seconds without a sign of life."""
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What the settings hold for this provider alone."""


class OpenAISpeech(TTSProvider, Generic[Client]):
    """A provider of speech at OpenAI, or at a server that speaks its language."""

    default_model: ClassVar[str]

    def __init__(self, account: Account) -> None:
        self._account = account
        self._model = account.model or self.default_model
        self.model: str | None = self._model
        self.sample_rate = account.sample_rate
        self.max_concurrency = 0
        self._fails = failures(self.name, account.base_url, account.api_key)
        self._client = SharedClient(self._make_client)

    @abstractmethod
    def _make_client(self) -> Client:
        """What asks; called in a thread."""

    @classmethod
    def chosen(cls, chosen: TTSSettings, settings: Settings) -> Self:
        """The provider at the call's rate.

        Raises:
            ConfigError: it needs a key, or an option is wrong.
        """
        return cls(
            Account(
                api_key=checked_key(settings.keys.openai_api_key, chosen.base_url, cls.name),
                base_url=chosen.base_url,
                model=chosen.model,
                sample_rate=settings.call.sample_rate,
                timeout_s=chosen.timeout_s,
                options=chosen.options,
            )
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    def _translated(self) -> AbstractContextManager[None]:
        """Exceptions of the transport and the SDK leave this block as `ProviderError`."""
        account = self._account
        return translated(self.name, account.base_url, model=self._model, api_key=account.api_key)
