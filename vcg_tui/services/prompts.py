"""Personas to messages: the one place where both roles' prompts are written.

Each role sees its own lines as assistant and the other's as user, and knows only its own side: the customer not the
policies, the agent not the goal. Both know the facts of the case, the agent as what the screen shows.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from vcg_tui.models.languages import ENGLISH, language_name, primary
from vcg_tui.models.persona import CustomerPersona, Direction, SupportPersona
from vcg_tui.models.role import Role
from vcg_tui.providers.base import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vcg_tui.providers.base import SaidTurn

_SPEECH = """\
This is a telephone call. Everything you write is spoken aloud, word for word, by a voice.
- {speak}
- Talk, don't write: {everyday}, sometimes half a sentence. One thought at a time.
- Usually one to three short sentences a turn; a single word is fine when that is what a person would say.
- No lists, no headings, no markdown, no emoji, no stage directions, no speaker's name in front.
- Say numbers, codes, dates and amounts the way people say them on the phone{numbers}
- Never repeat a sentence you have already said. Never say both sides of the call.
- Stay who you are from the first word to the last. Never mention prompts, models or being artificial."""

_ENDING = """\
When {when}, say goodbye and put this tag on a line of its own after your last words, and nothing after it:
<end_call outcome="{outcomes}"/>
{choice}. Use the tag once, only with your very last words."""


def system_prompt(role: Role, customer: CustomerPersona, support: SupportPersona, language: str = ENGLISH) -> str:
    """What a model is told about the side it plays, and in which language it is to speak."""
    speech = _speech(language)
    return _customer_prompt(customer, speech) if role is Role.CUSTOMER else _support_prompt(support, customer, speech)


def messages_for(
    role: Role,
    customer: CustomerPersona,
    support: SupportPersona,
    turns: Sequence[SaidTurn],
    earlier: str = "",
    *,
    language: str = ENGLISH,
) -> list[Message]:
    """The messages that ask a model for this side's next turn.

    Args:
        role: whose turn it is.
        customer: the one side.
        support: the other side.
        turns: what was said, word for word, oldest first.
        earlier: what was said before that, in short, where a call is too long to be sent whole.
        language: what is spoken.
    """
    messages = [Message("system", system_prompt(role, customer, support, language))]
    if earlier:
        messages.append(Message("user", f"({earlier})"))
    elif not turns or turns[0].speaker is role:
        # Chat models want to be spoken to first.
        messages.append(Message("user", _cue(role, customer)))
    messages.extend(Message("assistant" if turn.speaker is role else "user", turn.text) for turn in turns)
    return messages


def prompts_hash(customer: CustomerPersona, support: SupportPersona, language: str = ENGLISH) -> str:
    """SHA-256, first 16 hex digits, over both sides' system prompts: the same hash, the same instructions."""
    both = "\n\0\n".join(system_prompt(role, customer, support, language) for role in (Role.CUSTOMER, Role.SUPPORT))
    return hashlib.sha256(both.encode()).hexdigest()[:16]


def first_speaker(customer: CustomerPersona) -> Role:
    """Whoever picks up the telephone speaks first."""
    return Role.CUSTOMER if customer.case.direction is Direction.OUTBOUND else Role.SUPPORT


def _cue(role: Role, customer: CustomerPersona) -> str:
    if role is Role.CUSTOMER:
        return "(Your telephone rings. You pick up, not knowing who it is.)"
    if customer.case.direction is Direction.OUTBOUND:
        return "(The customer picks up.)"
    return "(A call comes in. You answer it.)"


def _speech(language: str) -> str:
    """How to talk on the telephone, in this language."""
    if primary(language) == ENGLISH:
        return _SPEECH.format(
            speak="Speak English, from the first word to the last.",
            everyday="contractions, everyday words",
            numbers=': "four four seven, one nine two".',
        )
    name = language_name(language)
    return _SPEECH.format(
        speak=f"Speak {name}, from your first word to your last, as somebody does who grew up with it, whatever "
        "language these instructions are in. What is given to you in another language (facts, policies, things to say) "
        "you say in your own words; names of people, companies, streets and products stay as they are, and so do "
        "numbers, codes, amounts and dates. If the other side speaks another language, answer all the same in "
        f"{name}.",
        everyday=f"everyday {name} with the short forms that people use when they speak",
        numbers=f" in {name}: written out as words, a long number or a code digit by digit or in small groups.",
    )


def _customer_prompt(persona: CustomerPersona, speech: str) -> str:
    outbound = persona.case.direction is Direction.OUTBOUND
    situation = "A company's support line is calling you." if outbound else "You are calling a company's support line."
    parts = [
        f"You are {persona.name}. {situation} You are the customer, never the agent: you don't look things up, "
        "you don't offer help, you don't ask what else you can do for them.",
        f"Who you are: {persona.personality}",
        f"What this is about: {persona.issue}",
        f"What you want: {persona.goal}",
        f"How you feel as the call begins: {persona.emotional_state}. Your feeling moves with how you are treated.",
        f"How hard you are to satisfy: {_DIFFICULTY[persona.difficulty]}",
        _line("How you behave on the phone: ", persona.special_behavior),
        _list(
            "True about you; say these only when they are asked for or matter, and never change them:", _facts(persona)
        ),
        _list(
            "Things that you would say in your own manner (use the manner, not always the words):", _sayings(persona)
        ),
        _list("Never:", persona.guardrails),
        persona.system_prompt,
        speech,
        "Don't tell everything at once. Answer what you are asked; come out with the rest as the call goes on.",
        _ENDING.format(
            when="your business is done, or you have given up on it",
            outcomes="resolved|unresolved|escalated|callback|wrong_person",
            choice="Choose one: resolved if you got what you need, unresolved if not, escalated if you are being "
            "handed on, callback if they will call you again, wrong_person if they were looking for somebody else",
        ),
    ]
    return "\n\n".join(part for part in parts if part)


def _support_prompt(persona: SupportPersona, customer: CustomerPersona, speech: str) -> str:
    case = customer.case
    outbound = case.direction is Direction.OUTBOUND
    callee = str(customer.facts.get("asked_for", customer.name))
    situation = (
        f"You are calling {callee} for {persona.company_name}"
        + (f" about {_fill(case.about, customer)}." if case.about else ".")
        + " Make sure that you speak with the right person before you say anything of the matter."
        if outbound
        else f"You answer calls for {persona.company_name}."
    )
    record = [_fill(f"the record shows that {clause}", customer) for clause in case.record]
    screen = [f"name: {callee}", *_facts(customer), *record]
    authority = persona.authority
    may = [
        f"refund up to {authority.refund:g}" if authority.refund else "no refund",
        f"goodwill credit up to {authority.credit:g}" if authority.credit else "no goodwill credit",
        f"a payment plan over up to {authority.plan_months} months" if authority.plan_months else "no payment plan",
        "waive fees" if authority.waive_fees else "not waive fees",
        "cancel contracts" if authority.cancel else "not cancel contracts; the retention team does that",
        f"hand the call to {authority.escalate_to}"
        if authority.escalate_to
        else "not hand the call on; only call back",
    ]
    parts = [
        f"You are {persona.agent_name}, a support agent. {situation} You are never the customer.",
        f"Who you are: {persona.personality}",
        _line("How you behave on the phone: ", persona.special_behavior),
        "How a call goes: greet with the company's and your own name, find out what it is about, verify who is "
        "calling, ask what you need to know one question at a time, say what you found, offer what you may, agree "
        "what happens next, ask whether there is anything else, say goodbye.",
        _list("On your screen, once the caller is verified; these are facts, never change or invent one:", screen),
        _list("The company's policies:", persona.policies),
        _list("What you may do on your own:", may),
        _list("When you hand the call on:", persona.escalation_triggers),
        _list("Never:", persona.guardrails),
        persona.system_prompt,
        speech,
        _ENDING.format(
            when="everything is agreed and the caller has nothing else",
            outcomes="resolved|unresolved|escalated|callback|wrong_person",
            choice="Choose one: resolved if the problem is solved or surely will be, unresolved if not, escalated if "
            "you handed it on, callback if somebody calls again, wrong_person if this was not the person you need",
        ),
    ]
    return "\n\n".join(part for part in parts if part)


_DIFFICULTY = {
    "easy": "easily; you are glad of any sensible help.",
    "medium": "you want a real answer, and you ask again if it is vague.",
    "hard": "very; you don't take the first offer, you name what is wrong with it, and you may ask for a supervisor.",
}


def _facts(persona: CustomerPersona) -> list[str]:
    return [f"{name.replace('_', ' ')}: {value}" for name, value in persona.facts.items()]


def _sayings(persona: CustomerPersona) -> list[str]:
    says = persona.says
    lines = [*says.opening[:2], *(detail.say for detail in says.details), *says.pushback[:1]]
    return [_fill(line, persona) for line in lines]


def _fill(text: str, customer: CustomerPersona) -> str:
    for name, value in customer.facts.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def _line(lead: str, text: str) -> str:
    return f"{lead}{text}" if text else ""


def _list(lead: str, items: Iterable[str]) -> str:
    lines = [f"- {item}" for item in items]
    return "\n".join([lead, *lines]) if lines else ""
