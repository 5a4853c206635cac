"""Providers by name. Registering one is one decorator on a function that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from vcg_tui.config import LLMSettings, Settings, TTSSettings
    from vcg_tui.providers.base import LLMProvider, StorageGateway, TTSProvider

Kind = Literal["llm", "tts", "storage"]

REGISTRY: dict[Kind, dict[str, Callable[..., Any]]] = {"llm": {}, "tts": {}, "storage": {}}
"""Everything registered so far: kind, then name."""

_LLM = TypeVar("_LLM", bound="Callable[[LLMSettings, Settings], LLMProvider]")
_TTS = TypeVar("_TTS", bound="Callable[[TTSSettings, Settings], TTSProvider]")
_Storage = TypeVar("_Storage", bound="Callable[[Settings], StorageGateway]")


def register_llm(name: str) -> Callable[[_LLM], _LLM]:
    """Register what makes a language model provider, given its own settings and all of them (for the keys)."""

    def register(make: _LLM) -> _LLM:
        REGISTRY["llm"][name] = make
        return make

    return register


def register_tts(name: str) -> Callable[[_TTS], _TTS]:
    """Register what makes a speech provider, given its own settings and all of them (keys, the call's sample rate)."""

    def register(make: _TTS) -> _TTS:
        REGISTRY["tts"][name] = make
        return make

    return register


def register_storage(name: str) -> Callable[[_Storage], _Storage]:
    """Register what makes a storage, given all settings."""

    def register(make: _Storage) -> _Storage:
        REGISTRY["storage"][name] = make
        return make

    return register
