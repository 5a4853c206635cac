"""The phrase banks, and drawing from them so that no phrase comes twice in a call."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from string import Formatter
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Mapping, Sequence

# A sentence starts at the start, and after a stop that is no ellipsis.
_STARTS = re.compile(r"(?:^|[^.][.?!]\s+)$")
_ENDED = re.compile(r"[.?!]$")

_PACKAGE = "vcg_tui.providers.llm.simulator"
Bank = dict[str, "list[str] | dict[str, list[str]]"]


@cache
def load_bank(name: str) -> dict[str, Any]:
    """A data file of the simulator by its bare name."""
    text = resources.files(_PACKAGE).joinpath("data", f"{name}.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    bank: dict[str, Any] = yaml.load(text, Loader=loader)
    return bank


class PhraseBook:
    """Draws phrases for one turn, never one that was said in the call before."""

    def __init__(self, bank: str, rng: random.Random, said: Iterable[str]) -> None:
        """Open a bank.

        Args:
            bank: its name.
            rng: the turn's; the same state draws the same phrases.
            said: every turn's text so far.
        """
        self._bank: Bank = load_bank(bank)
        self._rng = rng
        self._said = normal(" \n ".join(said))

    def draw(self, act: str, slots: Mapping[str, str], key: str = "any") -> str | None:
        """A phrase of a bank, filled in; None where every one has been said.

        Args:
            act: the bank's name.
            slots: values for the placeholders; a phrase that needs another one is passed over.
            key: the mood or outcome; its own phrases are preferred to those for any.
        """
        phrases = self._bank[act]
        if isinstance(phrases, list):
            return self.choose(phrases, slots)
        return self.choose(phrases.get(key, []), slots) or self.choose(phrases.get("any", []), slots)

    def choose(self, phrases: Sequence[str], slots: Mapping[str, str]) -> str | None:
        """One of these, filled in, that has not been said; None where there is none."""
        open_to_use = [phrase for phrase in phrases if _names(phrase) <= slots.keys()]
        self._rng.shuffle(open_to_use)
        for phrase in open_to_use:
            text = fill(phrase, slots)
            if normal(text) not in self._said:
                self._said += " \n " + normal(text)
                return text
        return None


def fill(phrase: str, slots: Mapping[str, str]) -> str:
    """A phrase with its placeholders filled in, and the seams tidied: capitals at a start, no double stop."""
    text = ""
    for literal, name, _, _ in Formatter().parse(phrase):
        text += literal[1:] if _ENDED.search(text) and re.match(r"\.(?!\.)", literal) else literal
        if name:
            value = slots[name]
            text += value[:1].upper() + value[1:] if _STARTS.search(text) else value
    return text


def normal(text: str) -> str:
    """A text's words alone, so that two lines can be compared."""
    return " ".join(re.findall(r"[\w']+", text.lower()))


def _names(phrase: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(phrase) if name}
