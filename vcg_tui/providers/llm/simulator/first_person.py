"""A customer's issue and goal, written about the customer, turned into what the customer says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

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
_SHORT_FORMS: Final = {"re": "'m", "ve": "'ve", "d": "'d", "ll": "'ll"}
# After "she's", these make it "she has"; "she's locked out" is "she is".
_PARTICIPLES: Final = frozenset(
    (
        *(
            "been",
            "got",
            "had",
            "already",
            "never",
            "lost",
            "paid",
            "bought",
            "sent",
            "made",
            "moved",
            "changed",
            "tried",
        ),
        *("called", "ordered", "received", "waited", "noticed", "found", "asked", "written", "spent", "missed"),
    )
)
# A verb that ends in s and yet belongs to no "he".
_NO_S: Final = frozenset(["was", "always", "as", "this", "unless", "perhaps", "sometimes"])
# Notes leave out "is" before these.
_STATES: Final = frozenset(["locked", "stuck", "unable", "unhappy", "worried", "confused", "waiting", "missing"])
_ADVERBS: Final = r"(?:(?:also|just|still|never|always|already|now|only|really|has|had|often|then)\s+)*"
# A sentence of a note that leaves the customer out: "Wants a refund."
_NO_SUBJECT: Final = re.compile(
    r"(^|[.;!?]\s+)((?:wants?|needs?|has|hasn't|had|was|wasn't|is|isn't|can't|cannot|couldn't|didn't|doesn't|would like"
    r"|says|claims|thinks|believes|keeps|never|got|lost|received|ordered|paid|bought|called|moved|missed|forgot|booked"
    r"|tried|noticed|found|signed|wrote|returned|asked|wonders|hopes|expects|owes|lives|works|feels)\b)",
    re.IGNORECASE,
)
_SECOND_VERB: Final = re.compile(r"\b(and|but) (want|need|say|think|hope|feel|ask|wonder)s\b", re.IGNORECASE)
# What follows "her" where it is no possessive.
_AFTER_OBJECT: Final = (
    r"(?=\s*(?:$|[.,;!?])|\s+(?:an?|the|for|to|about|twice|again|that|this|with|in|on|at|and|but|because|when|if|as|from"
    r"|another|any|some|no|so|reminders?|letters|emails|messages|texts|bills|calls|out|off|up|over)\b)"
)
# Where a name or "the customer" is the one who does something, and not the one it is done to.
_BEFORE_SUBJECT: Final = re.compile(
    r"(?:^|[.,;:!?]|\b(?:and|but|or|because|when|since|that|after|before|if|so|as|until|while|though|although|where))\s*$",
    re.IGNORECASE,
)
_OWN: Final = re.compile(r"\b(?:I|my|me|I'm|I've|we|our)\b")


@dataclass(frozen=True)
class _Words:
    """What a text calls its customer by: one set of pronouns; other people keep theirs."""

    subject: str
    object: str
    possessive: str
    alone: str
    reflexive: str
    names: str
    """Alternatives of a pattern."""


_PRONOUNS: Final = (
    ("they", "them", "their", "theirs", "themselves"),
    ("he", "him", "his", "his", "himself"),
    ("she", "her", "her", "hers", "herself"),
)


def first_person(issue: str, name: str = "") -> str:
    """An issue as the customer tells it: "Their router drops" becomes "My router drops".

    A text that speaks of "I" or "my" already is left alone.

    Args:
        issue: what is the matter, told of somebody.
        name: the customer's, where the issue may call them by it.
    """
    text = issue.strip()
    if not _OWN.search(text):
        text = _NO_SUBJECT.sub(lambda match: f"{match.group(1)}the customer {match.group(2).lower()}", text)
        text = _as_i(text, name)
    text = re.sub(r"(^|[.?!]\s+)([a-z])", lambda match: match.group(1) + match.group(2).upper(), text)
    return text if text.endswith((".", "?", "!")) else f"{text}."


def goal_phrase(goal: str, name: str = "") -> str:
    """A goal as a bare verb phrase: "Get a refund." becomes "get a refund"."""
    text = goal.strip().rstrip(".")
    who = rf"^(?:(?:{_words(text, name).names}|they|he|she|I)\s+)?"
    text = re.sub(rf"{who}(?:(?:wants?|would like|needs?|hopes?)\s+)?to\s+", "", text, flags=re.IGNORECASE)
    text = re.sub(rf"{who}(?:wants?|would like|needs?)\s+", "get ", text, flags=re.IGNORECASE)
    text = text if _OWN.search(text) else _as_i(text, name)
    if re.match(r"(?:refund|replacement|credit|discount)(?=$| (?:of|for|on)\b)", text, re.IGNORECASE):
        text = f"a {text[0].lower()}{text[1:]}"
    if re.match(r"(?:an?|the|my|some|compensation|help|information|advice)\b", text, re.IGNORECASE):
        text = f"get {text[0].lower()}{text[1:]}"
    return text[0].lower() + text[1:] if text and not re.match(r"I\b", text) else text


def _words(text: str, name: str) -> _Words:
    # "He" or "she" is rather the customer than "they", who may be the company; not where the text begins with "they".
    pattern = r"they|them|their" if re.match(r"the(?:y|m|ir)\b", text, re.IGNORECASE) else r"he|him|his|she|her"
    first = re.search(rf"\b(?:{pattern})\b", text, re.IGNORECASE)
    row = next((row for row in _PRONOUNS if first and first.group().lower() in row), _PRONOUNS[0])
    names = [r"(?:the )?\b(?:customer|caller|client|user)"]
    parts = [re.escape(part) for part in name.split()]
    if parts:
        names += [r"\s+".join(parts), rf"(?:Mr|Mrs|Ms|Miss|Dr)\.?\s+{parts[-1]}", parts[0]]
    return _Words(*row, names="|".join(names))


def _as_i(text: str, name: str) -> str:
    words = _words(text, name)
    text = re.sub(rf"\b(?:{words.names})'s?(?!\w)", "my", text, flags=re.IGNORECASE)
    text = re.sub(rf"\b({words.subject})'(s|re|ve|d|ll)\b(\s+\w+)?", _short_form, text, flags=re.IGNORECASE)
    # Doers first: "the customer was" is "I was", "they charged the customer" is "they charged me".
    pattern = rf"\b({words.subject}|{words.names})\s+({_ADVERBS})([a-z]+(?:'[a-z]+)?)"
    text = re.sub(pattern, lambda match: _subject(match, words), text, flags=re.IGNORECASE)
    text = re.sub(rf"\b(?:{words.names})(?!\w)", "me", text, flags=re.IGNORECASE)
    if words.subject != "they":
        text = _SECOND_VERB.sub(r"\1 \2", text)
    if words.object == words.possessive:
        text = re.sub(rf"\b{words.object}\b{_AFTER_OBJECT}", "me", text, flags=re.IGNORECASE)
    turned = {
        words.object: "me",
        words.alone: "mine",
        words.possessive: "my",
        words.reflexive: "myself",
        words.subject: "I",
    }
    pattern = rf"\b({'|'.join(sorted(turned, key=len, reverse=True))})\b"
    return re.sub(pattern, lambda match: turned[match.group().lower()], text, flags=re.IGNORECASE)


def _short_form(match: re.Match[str]) -> str:
    ending, after = match.group(2).lower(), match.group(3) or ""
    if ending == "s":
        ending = "ve" if after.strip().lower() in _PARTICIPLES else "re"
    return f"I{_SHORT_FORMS[ending]}{after}"


def _subject(match: re.Match[str], words: _Words) -> str:
    who, adverb, verb = match.groups()
    is_name = who.lower() != words.subject
    if is_name and not _BEFORE_SUBJECT.search(match.string[: match.start()]):
        return f"me {adverb}{verb}"
    has = re.search(r"\bha[sd]\b", adverb)
    adverb = re.sub(r"\bhas\b", "have", adverb)
    lower = verb.lower()
    if lower in _STATES:
        verb = f"am {verb}"
    elif lower in _VERBS:
        verb = _VERBS[lower]
    elif (is_name or words.subject != "they") and not has and _is_third_person(lower):
        verb = _without_s(lower)
    return f"I {adverb}{verb}"


def _is_third_person(verb: str) -> bool:
    return verb.endswith("s") and not verb.endswith(("ss", "us", "'s")) and verb not in _NO_S


def _without_s(verb: str) -> str:
    if verb.endswith("ies"):
        return verb[:-3] + "y"
    if verb.endswith(("sses", "shes", "ches", "xes", "zes", "goes")):
        return verb[:-2]
    return verb[:-1]
