"""One tiny request to each configured provider: what works, how fast, and what is wrong in a person's words."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from typing import TYPE_CHECKING

from vcg_tui.errors import VcgError
from vcg_tui.models.persona import CustomerPersona, SupportPersona, VoiceSpec
from vcg_tui.models.role import Role
from vcg_tui.providers.base import CompletionDone, CompletionRequest, Message
from vcg_tui.services.casting import cast
from vcg_tui.services.doctor import Finding
from vcg_tui.services.provider_factory import ProviderFactory

if TYPE_CHECKING:
    from vcg_tui.config import Settings
    from vcg_tui.providers.base import LLMProvider, TTSProvider

_PATIENCE_S = 30.0
_TEXT_ASK = "Reply with the one word: hello"
_SPEECH_ASK = "Hello."


async def examine_online(settings: Settings) -> list[Finding]:
    """Ask each configured provider for a word; costs a fraction of a cent where anything costs at all."""
    try:
        providers = ProviderFactory(settings).providers()
    except VcgError as error:
        return [Finding("providers, asked", "bad", error.message, error.hint)]
    try:
        checks = [_text("text, support, asked", providers.support_llm)]
        if providers.customer_llm is not providers.support_llm:
            checks.append(_text("text, customer, asked", providers.customer_llm))
        checks.append(_speech("speech, asked", providers.tts))
        return list(await asyncio.gather(*checks))
    finally:
        await providers.aclose()


async def _text(what: str, provider: LLMProvider) -> Finding:
    began = time.perf_counter()
    first: float | None = None
    text = ""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            async with aclosing(provider.stream_completion(_request())) as stream:
                async for piece in stream:
                    if isinstance(piece, str) and piece:
                        first = first or time.perf_counter() - began
                        text += piece
                    elif isinstance(piece, CompletionDone):
                        break
    except (VcgError, TimeoutError) as error:
        return _trouble(what, error)
    took = time.perf_counter() - began
    name = provider.model or provider.name
    return Finding(what, "ok", f"{name} answered; first text after {first or took:.2f} s, all after {took:.2f} s")


async def _speech(what: str, provider: TTSProvider) -> Finding:
    began = time.perf_counter()
    first: float | None = None
    samples = 0
    try:
        async with asyncio.timeout(_PATIENCE_S):
            voice, _ = cast(_CALLER, _AGENT, await provider.voices(), provider.name)
            began = time.perf_counter()
            async with aclosing(provider.stream_speech(_SPEECH_ASK, voice)) as stream:
                async for part in stream:
                    if len(part.pcm):
                        first = first or time.perf_counter() - began
                        samples += len(part.pcm)
    except (VcgError, TimeoutError) as error:
        return _trouble(what, error)
    name = provider.model or provider.name
    seconds = samples / provider.sample_rate
    return Finding(what, "ok", f"{name} spoke {seconds:.1f} s as {voice.name}; first sound after {first or 0:.2f} s")


def _trouble(what: str, error: VcgError | TimeoutError) -> Finding:
    if isinstance(error, VcgError):
        return Finding(what, "bad", error.message, error.hint)
    return Finding(what, "bad", f"no answer within {_PATIENCE_S:.0f} s", "Check the address and the network.")


def _request() -> CompletionRequest:
    return CompletionRequest(
        messages=[Message("system", "You are a test."), Message("user", _TEXT_ASK)],
        call_id="doctor",
        role=Role.SUPPORT,
        persona=_AGENT,
        counterpart=_CALLER,
        turns=(),
        seed=0,
        turn=1,
        max_turns=2,
    )


_CALLER = CustomerPersona(
    id="doctor-caller",
    name="Test Caller",
    personality="Brief.",
    issue="Wants to know whether anybody answers.",
    goal="Hear a word.",
    voice=VoiceSpec(gender="female"),
)
_AGENT = SupportPersona(
    id="doctor-agent",
    name="Test agent",
    personality="Brief.",
    company_name="Test",
    agent_name="Sam",
    voice=VoiceSpec(gender="male"),
)
