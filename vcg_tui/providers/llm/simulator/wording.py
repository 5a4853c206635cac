"""The same thing said a little differently each time: how a customer comes into a line of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vcg_tui.models.persona import EmotionalState
from vcg_tui.providers.llm.simulator.acts import Act

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

_VARIED: Final = 0.6
"""How often a line is varied at all."""
_OF_MOOD: Final = 0.6
"""How often it is the mood that colours it, and not just how people talk."""

_LEADS: Final = {
    Act.ANSWER: ("Well,", "Um,", "Uh,", "Let me think.", "Hm.", "Let's see."),
    Act.DETAIL: ("By the way,", "You know,", "The thing is,", "And", "I should say,", "Oh, and"),
    Act.ASK: ("And", "Can I ask,", "Just so I know,", "While I think of it,", "Oh, and", "But", "Sorry,"),
    Act.PUSH_BACK: ("Well,", "I mean,", "But", "Hm."),
}
_MOOD_LEADS: Final = {
    EmotionalState.ANGRY: ("Look,", "Listen,", "Well,"),
    EmotionalState.FRUSTRATED: ("Honestly,", "Look,", "I mean,"),
    EmotionalState.CONFUSED: ("Er,", "Um,", "Let me see.", "Oh,"),
    EmotionalState.ANXIOUS: ("Um,", "Well,", "Oh,", "Uh,"),
    EmotionalState.HAPPY: ("Oh,", "Well,", "Ha,", "Ooh,"),
    EmotionalState.NEUTRAL: ("Well,", "Um,", "Let me think."),
}
# Hesitation that a line can do without.
_IDLE: Final = re.compile(r"(?:um|uh|er|well|oh|hm|hmm|you know|i mean|so|okay so|sorry),? (?=\w)", re.IGNORECASE)
# What a line already comes in with: another word before it would be a stammer.
_COMES_IN: Final = re.compile(
    r"(?:um|uh|er|well|oh|hm+|ha|ooh|look|listen|right|okay|sorry|honestly|now|and|but|so|you know|i mean|hang on|wait"
    r"|let me|actually|excuse me|please|och|aye|arre|accha|haan)\b|\S+\.\.\.|[^\s,.?!]+[,.!?]",
    re.IGNORECASE,
)
_LOWER: Final = re.compile(
    r"(?:it|it's|its|you|you'll|you're|you've|we|we'll|we're|we've|they|they're|that|that's|there|there's|this|these"
    r"|those|the|an?|my|he|he's|she|she's|his|her|our|your|their|one|two|three|four|five|six|ten|both|same|every"
    r"|everything|nobody|somebody|some|any|all|only|just|nothing|not|never|is|are|was|do|does|did|can|could|will|would"
    r"|should|have|has|how|how's|what|what's|when|where|who|why|which|in|on|at|by|with|from|before|after|last|because"
    r"|as|if|once|twice|maybe|most|half|a|like|somewhere|don't)(?=[ ,.?!])",
    re.IGNORECASE,
)
_OWN: Final = re.compile(r"I(?:'\w+)?\b")


def vary(act: Act, text: str, tone: EmotionalState, rng: random.Random, heard: Callable[[str], bool]) -> str:
    """A line as it comes out this time.

    Args:
        act: what is done with it.
        text: the line as the persona has it.
        tone: the customer's feeling now.
        rng: the turn's.
        heard: whether the customer has come in with these words before.
    """
    if act not in _LEADS or rng.random() >= _VARIED:
        return text
    if idle := _IDLE.match(text):
        rest = text[idle.end() :]
        return rest[0].upper() + rest[1:]
    if _COMES_IN.match(text):
        return text
    own = _OWN.match(text)
    if not own and not _LOWER.match(text):
        return text
    first = _MOOD_LEADS[tone] if act in {Act.ANSWER, Act.PUSH_BACK} and rng.random() < _OF_MOOD else _LEADS[act]
    leads = [lead for lead in first if not heard(lead) and lead.strip(",.").lower() not in text.lower()]
    if not leads:
        return text
    lead = rng.choice(leads)
    return f"{lead} {text if own or lead.endswith('.') else text[0].lower() + text[1:]}"
