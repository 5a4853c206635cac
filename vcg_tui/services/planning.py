"""From a pair to a call that can be made: in which voices, with which models, under which name."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TYPE_CHECKING

from vcg_tui.errors import ConfigError
from vcg_tui.models.conversation import CallPlan, ModelChoice, PlanDetails
from vcg_tui.models.languages import language_name, language_of, speaks
from vcg_tui.services.casting import cast
from vcg_tui.services.prompts import prompts_hash

if TYPE_CHECKING:
    from vcg_tui.config import ProviderSettings, Settings
    from vcg_tui.models.persona import CustomerPersona, SupportPersona
    from vcg_tui.providers.base import LLMProvider, TTSProvider
    from vcg_tui.services.provider_factory import Providers

_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"


def new_call_id(customer_id: str, now: dt.datetime) -> str:
    """A name that sorts by time, is safe as a folder, and is nobody else's: ``20261122-074855-anna-reyes-x3k9qa``."""
    tail = "".join(secrets.choice(_BASE32) for _ in range(6))
    return f"{now.astimezone(dt.UTC):%Y%m%d-%H%M%S}-{customer_id}-{tail}"


async def make_plan(
    settings: Settings,
    providers: Providers,
    customer: CustomerPersona,
    support: SupportPersona,
    *,
    seed: int,
) -> CallPlan:
    """A plan for one call with these settings and providers.

    Raises:
        ProviderError: the voices can't be listed.
        ConfigError: a text provider does not speak the call's language, or there are no two voices in it.
    """
    tts = providers.tts
    language = language_of(settings.call.language, customer, support)
    check_writers(providers, language)
    caller, agent = cast(customer, support, await tts.voices(), tts.name, language)
    now = dt.datetime.now(dt.UTC)
    call = settings.call
    return CallPlan(
        call_id=new_call_id(customer.id, now),
        created_at=now,
        customer=customer,
        support=support,
        details=PlanDetails(
            seed=seed,
            max_turns=call.max_turns,
            max_minutes=call.max_minutes,
            sample_rate=tts.sample_rate,
            language=language,
            customer_llm=_choice(providers.customer_llm, settings.providers.customer),
            support_llm=_choice(providers.support_llm, settings.providers.llm),
            tts=_choice(tts, settings.providers.tts),
            customer_voice=caller,
            support_voice=agent,
            prompts_hash=prompts_hash(customer, support, language),
        ),
    )


def check_writers(providers: Providers, language: str) -> None:
    """Refuse a language that one of the text providers does not write.

    Raises:
        ConfigError: it does not.
    """
    for llm in (providers.customer_llm, providers.support_llm):
        if llm.languages is not None and not speaks(llm.languages, language):
            what = "The offline text simulator" if llm.name == "offline" else llm.name
            known = " and ".join(map(language_name, llm.languages))
            raise ConfigError(
                f"{what} speaks {known} only, and this call is to be in {language_name(language)}.",
                "Choose another text provider (providers.llm.type, as openai for Ollama and the like), "
                f"or call.language {llm.languages[0]}.",
            )


def _choice(provider: LLMProvider | TTSProvider, chosen: ProviderSettings) -> ModelChoice:
    base_url = chosen.base_url
    if base_url is not None and "@" in base_url:
        # A name and password in an address are nobody's business.
        scheme, _, rest = base_url.partition("://")
        base_url = f"{scheme}://{rest.rpartition('@')[2]}"
    return ModelChoice(provider=provider.name, model=provider.model, base_url=base_url)
