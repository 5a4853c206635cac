"""The personas of the pictures: few, unchanging, with long names, wide characters and every mood among them."""

from __future__ import annotations

from pathlib import Path

_CUSTOMERS = (
    ("anna-reyes", "Anna Reyes", "frustrated", "medium", "telecom", "Her internet drops every evening."),
    ("bela-kovacs", "Béla Kovács", "angry", "hard", "banking", "A payment of his was made twice."),
    ("chidi-okafor", "Chidi Okafor", "neutral", "easy", "travel", "He needs another seat on his flight."),
    ("dana-whitfield", "Dana Whitfield", "anxious", "medium", "utilities", "Her meter shows twice of what she uses."),
    ("emre-yilmaz", "Emre Yılmaz", "confused", "medium", "software", "The invoice has a line he can't explain."),
    (
        "fatima-al-sayed",
        "Fatima al-Sayed",
        "frustrated",
        "hard",
        "retail",
        "The wrong parcel came for the second time.",
    ),
    ("guillermo", "Guillermo Santiago Villanueva-Ortega", "angry", "hard", "insurance", "His claim was turned down."),
    ("hana-sato", "佐藤 花子", "neutral", "easy", "travel", "She would like to move a booking by a day."),
    ("ines-duarte", "Inês Duarte", "happy", "easy", "telecom", "She wants a second line at the better price."),
    ("jonas-lind", "Jonas Lind", "neutral", "medium", "banking", "He has locked himself out of his account."),
    ("kemi-adeyemi", "Kemi Adeyemi", "anxious", "hard", "utilities", "The power is off and the milk is warm."),
    ("lars-holm", "Lars Holm", "frustrated", "medium", "telecom", "The engineer did not come."),
)
_AGENTS = (
    ("billing-desk", "Billing desk", "Rowan", "Exact, unhurried, never guesses at a sum."),
    ("night-shift", "Night shift", "Noor", "Alone on the floor, quick and kind."),
    ("retention-team", "Retention team", "Sasha", "Cheerful; has an offer for everybody who wants to leave."),
    ("tier1-support", "Tier-1 support", "Maya", "A warm all-rounder who listens first and keeps things moving."),
)
_CUSTOMER = """\
id: {id}
name: "{name}"
role: customer
domain: {domain}
emotional_state: {mood}
difficulty: {level}
tags: [{domain}, repeat-caller]
languages: [en]
voice: {{gender: female, age: adult, accent: en-US, speed: 1.05}}
personality: "Quick, dry, fair underneath. Has run out of patience with a line that has none left either."
issue: "{issue}"
goal: "Have it put right for good, without being told to try once more"
special_behavior: "Warms up as soon as somebody takes it seriously."
guardrails:
  - "Never invents an account number other than the one in the facts."
facts:
  account_number: "630418"
  phone_number: "+1 555 0142"
says:
  opening:
    - "It's every single evening, right around ten past eight, it's like clockwork."
"""
_AGENT = """\
id: {id}
name: "{name}"
role: support
company_name: "Brightline"
agent_name: {agent}
domain: general
personality: "{personality}"
special_behavior: "Says back the one detail that matters most."
goal: "Settle the call, or hand it over with full notes"
tags: [warm, inbound]
languages: [en]
voice: {{gender: female, age: adult, accent: en-US}}
authority: {{refund: 100, credit: 50, plan_months: 3, escalate_to: "my supervisor"}}
policies:
  - "Refunds over a hundred go to the billing team"
escalation_triggers:
  - "The caller asks for a supervisor twice."
guardrails:
  - "Never gives out account details before the caller has been identified."
says:
  greeting:
    - "Thanks for calling {{company}}, {{agent}} speaking. How can I help?"
"""
OWN = """\
# Written by hand.
id: my-caller
name: My Caller
role: customer
emotional_state: confused
personality: Calm, and a little lost.
issue: The kettle has a broken lid.
goal: Get a new lid.
facts:
  order_number: "12-34"
voice: {gender: female, age: young}
"""
BROKEN = """\
id: my-broken
name: Broken
role: customer
mood: sad
"""


def write_cast(folder: Path) -> None:
    """Write all of them as files, as they are shipped."""
    customers, supports = folder / "customers", folder / "support"
    customers.mkdir(parents=True)
    supports.mkdir()
    for name, full, mood, level, domain, issue in _CUSTOMERS:
        text = _CUSTOMER.format(id=name, name=full, mood=mood, level=level, domain=domain, issue=issue)
        (customers / f"{name}.yaml").write_text(text, "utf-8")
    for name, full, agent, personality in _AGENTS:
        text = _AGENT.format(id=name, name=full, agent=agent, personality=personality)
        (supports / f"{name}.yaml").write_text(text, "utf-8")


def write_own(folder: Path) -> None:
    """Write a persona of the person's own, and a file that can't be used."""
    customers = folder / "customers"
    customers.mkdir(parents=True)
    (customers / "my-caller.yaml").write_text(OWN, "utf-8")
    (customers / "my-broken.yaml").write_text(BROKEN, "utf-8")
