"""A customer's issue and goal, written about the customer, turned into what the customer says."""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final = {
    "they": "I",
    "he": "I",
    "she": "I",
    "them": "me",
    "him": "me",
    "their": "my",
    "his": "my",
    "theirs": "mine",
    "themselves": "myself",
    "himself": "myself",
    "herself": "myself",
    "the customer": "I",
    "the caller": "I",
    "the customer's": "my",
    "the caller's": "my",
}
_VERBS: Final = {
    "is": "am",
    "are": "am",
    "isn't": "am not",
    "aren't": "am not",
    "were": "was",
    "weren't": "wasn't",
    "has": "have",
    "hasn't": "haven't",
    "does": "do",
    "doesn't": "don't",
}
_ADVERBS: Final = r"(?:(?:also|just|still|never|always|already|now|only|really|has|had|often|then)\s+)?"
_SUBJECT: Final = re.compile(rf"\b(the customer|the caller|they|he|she)\b(?!')\s+({_ADVERBS})([a-z']+)", re.IGNORECASE)
_PRONOUN: Final = re.compile(
    r"\b(the customer's|the caller's|the customer|the caller|themselves|himself|herself"
    r"|theirs|their|them|they|his|him|he|she)\b",
    re.IGNORECASE,
)
_HER: Final = re.compile(r"\bher\b(\s+[a-z])?", re.IGNORECASE)
_NO_SUBJECT: Final = re.compile(
    r"^(wants?|needs?|has|was|is|can't|cannot|got|lost|received|ordered|paid|bought)\b", re.IGNORECASE
)


def first_person(issue: str) -> str:
    """An issue as the customer tells it: "Their router drops" becomes "My router drops".

    A text that speaks of "I" or "my" already is left alone.
    """
    text = issue.strip()
    if not re.search(r"\b(?:I|my|me|I'm|I've|we|our)\b", text):
        if _NO_SUBJECT.match(text):
            text = f"they {text[0].lower()}{text[1:]}"
        text = _SUBJECT.sub(_subject, text)
        text = _HER.sub(lambda match: f"my{match.group(1)}" if match.group(1) else "me", text)
        text = _PRONOUN.sub(lambda match: _WORDS[match.group(1).lower()], text)
    text = text[0].upper() + text[1:] if text else text
    text = re.sub(r"(?<=[.?!]\s)([a-z])", lambda match: match.group(1).upper(), text)
    return text if text.endswith((".", "?", "!")) else f"{text}."


def goal_phrase(goal: str) -> str:
    """A goal as a bare verb phrase: "Get a refund." becomes "get a refund"."""
    text = goal.strip().rstrip(".")
    text = re.sub(
        r"^(?:wants? to|would like to|to|they want to|the customer wants to)\s+", "", text, flags=re.IGNORECASE
    )
    text = _SUBJECT.sub(_subject, text)
    text = _HER.sub(lambda match: f"my{match.group(1)}" if match.group(1) else "me", text)
    text = _PRONOUN.sub(lambda match: _WORDS[match.group(1).lower()], text)
    if re.match(r"^(?:a|an|the|my|some|compensation|refund|help)\b", text, re.IGNORECASE):
        text = f"get {text[0].lower()}{text[1:]}"
    return text[0].lower() + text[1:] if text and not re.match(r"^I\b", text) else text


def _subject(match: re.Match[str]) -> str:
    who, adverb, verb = match.group(1).lower(), match.group(2), match.group(3)
    adverb = re.sub(r"\bhas\b", "have", adverb)
    lower = verb.lower()
    if lower in _VERBS:
        verb = _VERBS[lower]
    elif who != "they" and not adverb.strip().endswith(("have", "had")) and _is_third_person(lower):
        verb = _without_s(lower)
    return f"I {adverb}{verb}"


def _is_third_person(verb: str) -> bool:
    return verb.endswith("s") and not verb.endswith(("ss", "us", "'s")) and verb not in {"was", "always", "as", "this"}


def _without_s(verb: str) -> str:
    if verb.endswith("ies"):
        return verb[:-3] + "y"
    if verb.endswith(("sses", "shes", "ches", "xes", "zes", "goes")):
        return verb[:-2]
    return verb[:-1]
