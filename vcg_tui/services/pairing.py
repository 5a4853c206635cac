"""Who talks to whom, where nobody said so. Quick to import: the app's first screen shows a pair."""

from __future__ import annotations

import random
import secrets
from typing import TYPE_CHECKING

from vcg_tui.providers.llm.simulator.desk import fits

if TYPE_CHECKING:
    from vcg_tui.models.persona import CustomerPersona, SupportPersona
    from vcg_tui.services.persona_service import PersonaService

_SEEDS = 2**31


def new_seed() -> int:
    """A seed nobody asked for."""
    return secrets.randbelow(_SEEDS)


def choose_pair(
    personas: PersonaService, seed: int, customer_id: str | None, support_id: str | None
) -> tuple[CustomerPersona, SupportPersona]:
    """The personas asked for; whoever was not named is drawn, the same for the same seed.

    Whoever is drawn fits the other one, where somebody does: a desk that deals with what the customer is after.

    Raises:
        PersonaError: there is no such persona.
    """
    rng = random.Random(f"{seed}/pair")
    if customer_id is None and support_id is not None:
        support = personas.support(support_id)
        fitting = [each for each in personas.customers if fits(support, each)]
        return rng.choice(fitting or personas.customers), support
    drawn = rng.choice(personas.customers)
    customer = personas.customer(customer_id) if customer_id else drawn
    if support_id is not None:
        return customer, personas.support(support_id)
    fitting = [each for each in personas.supports if fits(each, customer)]
    return customer, rng.choice(fitting or personas.supports)
