"""The phrase banks, and drawing from them so that no phrase comes twice in a call."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import resources
from string import Formatter
from typing import TYPE_CHECKING, Any

from vcg_tui.yaml_reading import load_yaml

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

# A sentence starts at the start, and after a stop that is no ellipsis.
_STARTS = re.compile(r"(?:^|[^.][.?!]\s+)$")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_ENDED = re.compile(r"[.?!]$")

# How often a phrase for any mood is taken though the mood has its own.
_PLAIN = 0.25
# From this many blanks on, the same words twice are noticed.
_NOTICED = 3

_EVERYDAY = re.compile(
    r"(?:it|it's|its|no|yes|you|you'll|you're|you've|we|we'll|we've|they|they're|that|that's|there|there's|nothing|nobody"
    r"|the|a|an|not|only|just|usually|once|up|if|at|until|from|for|as|after|don't|this|these|those|your|our)(?=[ ,.])",
    re.IGNORECASE,
)

_PACKAGE = "vcg_tui.providers.llm.simulator"
Bank = dict[str, "list[str] | dict[str, list[str]]"]


@cache
def load_bank(name: str) -> dict[str, Any]:
    """A data file of the simulator by its bare name."""
    text = resources.files(_PACKAGE).joinpath("data", f"{name}.yaml").read_text(encoding="utf-8")
    bank: dict[str, Any] = load_yaml(text)
    return bank


def warm_up() -> None:
    """Read the data files that every call needs."""
    for name in ("cases", "customer", "agent"):
        load_bank(name)


class PhraseBook:
    """Draws phrases for one turn, never one that was said in the call before."""

    def __init__(self, bank: str, rng: random.Random, said: Sequence[str]) -> None:
        """Open a bank.

        Args:
            bank: its name.
            rng: the turn's; the same state draws the same phrases.
            said: every turn's text so far.
        """
        self._bank: Bank = load_bank(bank)
        self._rng = rng
        self._sentences = {sentence for turn in said for sentence in _sentences(turn)}
        self._words = " ".join(normal(turn) for turn in said)

    def draw(self, act: str, slots: Mapping[str, str], key: str = "any", *, plain: float = _PLAIN) -> str | None:
        """A phrase of a bank, filled in; None where every one has been said.

        Args:
            act: the bank's name.
            slots: values for the placeholders; a phrase that needs another one is passed over.
            key: the mood or outcome; its own phrases are preferred to those for any.
            plain: how often a phrase for any is taken all the same.
        """
        phrases = self._bank[act]
        if isinstance(phrases, list):
            return self.choose(phrases, slots)
        pools = [phrases.get(key, []), phrases.get("any", [])]
        if self._rng.random() < plain:
            pools.reverse()
        return self.choose(pools[0], slots) or self.choose(pools[1], slots)

    def choose(self, phrases: Sequence[str], slots: Mapping[str, str]) -> str | None:
        """One of these, filled in, that has not been said; None where there is none."""
        open_to_use = [phrase for phrase in phrases if _names(phrase) <= slots.keys()]
        self._rng.shuffle(open_to_use)
        for phrase in open_to_use:
            text = fill(phrase, slots)
            if not self._was_said(phrase, text):
                self._sentences.update(_sentences(text))
                self._words += f" {normal(text)}"
                return text
        return None

    def heard(self, words: str) -> bool:
        """Whether either side has said these words in the call."""
        return normal(words) in self._words

    def _was_said(self, phrase: str, text: str) -> bool:
        """Whether the ear would notice: the words around a value, a whole sentence, or all of a short answer."""
        if any(frame in self._words for frame in _frames(phrase)):
            return True
        sentences = _sentences(text)
        said = [sentence for sentence in sentences if sentence in self._sentences]
        return len(said) == len(sentences) or any(sentence.count(" ") >= _NOTICED for sentence in said)


def fill(phrase: str, slots: Mapping[str, str]) -> str:
    """A phrase with its placeholders filled in, and the seams tidied: capitals at a start, no double stop."""
    text = ""
    for literal, name, _, _ in Formatter().parse(phrase):
        text += literal[1:] if _ENDED.search(text) and re.match(r"\.(?!\.)", literal) else literal
        if name:
            value = slots[name]
            text += value[:1].upper() + value[1:] if _STARTS.search(text) else value
    return text


def fill_facts(line: str, facts: Mapping[str, str]) -> str:
    """A persona's line with its facts filled in; a name that is no fact becomes plain words, better than its braces."""

    def value(match: re.Match[str]) -> str:
        said = facts.get(match.group(1), match.group(1).replace("_", " "))
        return said[:1].upper() + said[1:] if _STARTS.search(line[: match.start()]) else said

    return _PLACEHOLDER.sub(value, line)


def join(lead: str, text: str) -> str:
    """A lead-in ("And to your question,") and what it leads to; left out before what can't follow a comma."""
    return f"{lead} {text[0].lower()}{text[1:]}" if lead and _EVERYDAY.match(text) else text


@lru_cache(maxsize=4096)
def normal(text: str) -> str:
    """A text's words alone, so that two lines can be compared."""
    return " ".join(re.findall(r"[\w']+", text.lower()))


@lru_cache(maxsize=4096)
def _sentences(text: str) -> tuple[str, ...]:
    every = (normal(part) for part in re.split(r"[.?!]+", text))
    return tuple(sentence for sentence in every if sentence)


@cache
def _names(phrase: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(phrase) if name)


@cache
def _frames(phrase: str) -> tuple[str, ...]:
    """The longer runs of words around a phrase's placeholders; none where it has no placeholder."""
    if not _names(phrase):
        return ()
    every = (normal(literal) for literal, _, _, _ in Formatter().parse(phrase))
    return tuple(words for words in every if words.count(" ") >= _NOTICED)
