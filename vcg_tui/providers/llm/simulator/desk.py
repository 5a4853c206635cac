"""Which desk is the right one: what a customer is after, and who deals with that."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vcg_tui.models.persona import Direction, Intent

if TYPE_CHECKING:
    from vcg_tui.models.persona import CustomerPersona, SupportPersona

# The first that matches decides; the rarer meanings stand first.
_INTENTS: Final = (
    (
        Intent.WRONG_PERSON,
        r"wrong (?:person|number)|not the person|somebody else's|someone else's number|different person",
    ),
    (Intent.CALLBACK, r"call(?:ed)? back|callback|ring back|another time|can't talk|is driving|too busy to talk"),
    (
        Intent.ALREADY_PAID,
        r"already paid|has paid|have paid|says it is paid|says it's paid|payment (?:was|has been) made",
    ),
    (Intent.PLAN, r"instal+ment|payment plan|hardship|can't (?:afford|pay)|cannot (?:afford|pay)|no funds|spread the"),
    (Intent.CANCEL, r"cancel(?! ?l?ed)|terminate|close (?:the|my|their|his|her) account|end the contract"),
    (Intent.ACCESS, r"locked out|log ?in|password|two-factor|blocked|can't get in|no access|reset"),
    (Intent.REFUND, r"refund|money back|damaged|broken|never (?:came|arrived)|return"),
    (Intent.CREDIT, r"overcharged|charged|bill|fee|compensation|credit|discount"),
    (Intent.PAY, r"\bpay\b|payment|due|outstanding|overdue"),
    (Intent.CHANGE, r"change|move|reschedule|exchange|update|upgrade|switch|transfer"),
    (Intent.FIX, r"not work|doesn't work|stopped|drops|fault|error|outage|slow|crash|repair|fix|no heating|leak"),
)
# A wrong number and a bad moment are put right by whoever happens to be on the line.
_ANY_DESK: Final = frozenset({Intent.WRONG_PERSON, Intent.CALLBACK})


def intent_of(customer: CustomerPersona) -> Intent:
    """What a customer is after: as the file says, else as goal and issue sound."""
    if customer.case.intent is not None:
        return customer.case.intent
    for text in (customer.goal, customer.issue, f"{customer.special_behavior} {' '.join(customer.tags)}"):
        for intent, pattern in _INTENTS:
            if re.search(pattern, text, re.IGNORECASE):
                return intent
    return Intent.INFORMATION


def handles(support: SupportPersona, customer: CustomerPersona) -> bool:
    """Whether an agent's desk deals with what a customer is after."""
    intent = intent_of(customer)
    return not support.handles or intent in _ANY_DESK or intent in support.handles


def fits(support: SupportPersona, customer: CustomerPersona) -> bool:
    """Whether these two would be on the line with one another, as things usually go."""
    rings = support.calls_out or customer.case.direction is Direction.INBOUND
    return rings and (not support.handles or intent_of(customer) in support.handles)
