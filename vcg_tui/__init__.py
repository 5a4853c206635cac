"""VCG, the Voice Conversation Generator: synthetic customer-support phone calls.

The public API, loaded at first use::

    import asyncio
    from vcg_tui import PersonaService, Recorder, Settings, Studio, load_settings

    async def main() -> None:
        settings = load_settings()
        personas = PersonaService.from_settings(settings)
        async with Studio(settings) as studio:
            plan = await studio.plan(personas.customer("anna-reyes"), personas.support("tier1-support"), seed=7)
            async for event in studio.call(plan):
                print(event)

    asyncio.run(main())
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vcg_tui.config import Settings, load_settings
    from vcg_tui.models import events
    from vcg_tui.models.conversation import CallPlan, Conversation, EndReason, Outcome, Turn
    from vcg_tui.models.metrics import CallMetrics
    from vcg_tui.models.persona import CustomerPersona, SupportPersona
    from vcg_tui.providers.registry import register_llm, register_storage, register_tts
    from vcg_tui.services.control import CallControl
    from vcg_tui.services.orchestrator import ConversationOrchestrator
    from vcg_tui.services.persona_service import PersonaService
    from vcg_tui.services.recorder import Recorder
    from vcg_tui.services.studio import Studio

__version__ = "0.1.0"

__all__ = [
    "CallControl",
    "CallMetrics",
    "CallPlan",
    "Conversation",
    "ConversationOrchestrator",
    "CustomerPersona",
    "EndReason",
    "Outcome",
    "PersonaService",
    "Recorder",
    "Settings",
    "Studio",
    "SupportPersona",
    "Turn",
    "__version__",
    "events",
    "load_settings",
    "register_llm",
    "register_storage",
    "register_tts",
]

_HOMES = {
    "CallControl": "services.control",
    "CallMetrics": "models.metrics",
    "CallPlan": "models.conversation",
    "Conversation": "models.conversation",
    "ConversationOrchestrator": "services.orchestrator",
    "CustomerPersona": "models.persona",
    "EndReason": "models.conversation",
    "Outcome": "models.conversation",
    "PersonaService": "services.persona_service",
    "Recorder": "services.recorder",
    "Settings": "config",
    "Studio": "services.studio",
    "SupportPersona": "models.persona",
    "Turn": "models.conversation",
    "load_settings": "config",
    "register_llm": "providers.registry",
    "register_storage": "providers.registry",
    "register_tts": "providers.registry",
}


def __getattr__(name: str) -> object:
    if name == "events":
        return import_module("vcg_tui.models.events")
    if name in _HOMES:
        return getattr(import_module(f"vcg_tui.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'vcg_tui' has no attribute {name!r}")
