"""Settings to providers, by registered name.

A provider registers with one decorator::

    @register_llm("mine")
    def make(chosen: LLMSettings, settings: Settings) -> LLMProvider: ...

The built-in ones are named here and imported when they are asked for. An installed package adds its own through the
entry point groups ``vcg_tui.llm``, ``vcg_tui.tts`` and ``vcg_tui.storage``: an entry's name is the provider's, its
object such a function.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

from vcg_tui.errors import ConfigError
from vcg_tui.models.role import Role
from vcg_tui.paths import cache_dir
from vcg_tui.providers.cache import CachedLLM, CachedTTS
from vcg_tui.providers.registry import REGISTRY, Kind
from vcg_tui.services.gate import Gate
from vcg_tui.services.retry import RetryPolicy
from vcg_tui.services.word_estimator import WordEstimator

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vcg_tui.config import ProviderSettings, Settings
    from vcg_tui.providers.base import LLMProvider, StorageGateway, TTSProvider

_BUILT_IN: dict[Kind, dict[str, str]] = {
    "llm": {"offline": "vcg_tui.providers.llm.offline", "openai": "vcg_tui.providers.llm.openai"},
    "tts": {
        "espeak": "vcg_tui.providers.tts.espeak",
        "openai": "vcg_tui.providers.tts.openai",
        "openai-realtime": "vcg_tui.providers.tts.openai_realtime",
        "elevenlabs": "vcg_tui.providers.tts.elevenlabs",
    },
    "storage": {"local": "vcg_tui.providers.storage.local"},
}
# Made here for nothing, faster than a file is read.
_NOT_CACHED = {"offline", "espeak"}
# How alike two names have to be, from 0 to 1, for one to be a misspelling of the other.
_NEAR = 0.7


@dataclass(slots=True)
class Providers:
    """What calls are made with; one set serves any number of calls at once."""

    customer_llm: LLMProvider
    support_llm: LLMProvider
    tts: TTSProvider
    llm_retries: dict[Role, RetryPolicy] = field(default_factory=dict[Role, RetryPolicy])
    tts_retry: RetryPolicy = field(default_factory=RetryPolicy)
    word_estimator: WordEstimator = field(default_factory=WordEstimator)
    _gates: dict[int, Gate | None] = field(default_factory=dict[int, Gate | None])

    @property
    def all(self) -> tuple[LLMProvider, LLMProvider, TTSProvider]:
        """All of them; one that plays both sides is there twice."""
        return self.customer_llm, self.support_llm, self.tts

    def llm(self, role: Role) -> LLMProvider:
        """What writes this side."""
        return self.customer_llm if role is Role.CUSTOMER else self.support_llm

    def retry(self, role: Role) -> RetryPolicy:
        """How a failed request of this side is tried again."""
        return self.llm_retries.get(role, RetryPolicy())

    def llm_gate(self, role: Role) -> Gate | None:
        """Held during a request of this side, over all calls; None: no limit."""
        return self._gate(self.llm(role))

    @property
    def tts_gate(self) -> Gate | None:
        """Held during a speech request, over all calls; None: no limit."""
        return self._gate(self.tts)

    async def aclose(self) -> None:
        """Close every provider once."""
        for provider in {id(each): each for each in self.all}.values():
            await provider.aclose()

    def _gate(self, provider: LLMProvider | TTSProvider) -> Gate | None:
        if id(provider) not in self._gates:
            limit = provider.max_concurrency
            self._gates[id(provider)] = Gate(limit) if limit else None
        return self._gates[id(provider)]


class ProviderFactory:
    """Makes the providers that settings name."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def providers(self) -> Providers:
        """What calls are made with.

        Raises:
            ConfigError: a provider is unknown, or lacks what it needs.
        """
        chosen = self._settings.providers
        support_llm = self._make("llm", chosen.llm)
        customer_llm = support_llm if chosen.customer_llm is None else self._make("llm", chosen.customer_llm)
        return Providers(
            customer_llm=customer_llm,
            support_llm=support_llm,
            tts=self.tts(),
            llm_retries={Role.CUSTOMER: _retry(chosen.customer), Role.SUPPORT: _retry(chosen.llm)},
            tts_retry=_retry(chosen.tts),
        )

    def tts(self) -> TTSProvider:
        """The voice service alone."""
        return self._make("tts", self._settings.providers.tts)

    def storage(self) -> StorageGateway:
        """Where calls are kept.

        Raises:
            ConfigError: the storage is unknown.
        """
        return _maker("storage", self._settings.storage.type)(self._settings)

    def _make(self, kind: Kind, chosen: ProviderSettings) -> Any:
        provider = _maker(kind, chosen.type)(chosen, self._settings)
        if chosen.max_concurrency is not None:
            provider.max_concurrency = chosen.max_concurrency
        cache = self._settings.cache
        if not cache.enabled or provider.name in _NOT_CACHED:
            return provider
        shape = {"base_url": chosen.base_url, "options": chosen.options}
        folder = cache_folder(self._settings)
        return CachedLLM(provider, folder, shape) if kind == "llm" else CachedTTS(provider, folder, shape)


def cache_folder(settings: Settings) -> Path:
    """Where text and speech of real providers are kept."""
    return settings.cache.path or cache_dir()


def known(kind: Kind) -> list[str]:
    """The names of all providers of a kind, built in and installed."""
    return sorted({*_BUILT_IN[kind], *REGISTRY[kind], *(entry.name for entry in _entry_points(kind))})


def _maker(kind: Kind, name: str) -> Callable[..., Any]:
    if name not in REGISTRY[kind]:
        if name in _BUILT_IN[kind]:
            import_module(_BUILT_IN[kind][name])
        else:
            for entry in _entry_points(kind):
                if entry.name == name:
                    REGISTRY[kind][name] = entry.load()
    if name not in REGISTRY[kind]:
        near = difflib.get_close_matches(name, known(kind), n=1, cutoff=_NEAR)
        guess = f"Did you mean {near[0]}? " if near else ""
        raise ConfigError(
            f"There is no {kind} provider named {name!r}.", f"{guess}There are: {', '.join(known(kind))}."
        )
    return REGISTRY[kind][name]


def _entry_points(kind: Kind) -> metadata.EntryPoints:
    return metadata.entry_points(group=f"vcg_tui.{kind}")


def _retry(chosen: ProviderSettings) -> RetryPolicy:
    return RetryPolicy(retries=chosen.retries, deadline_s=chosen.timeout_s * 2)
