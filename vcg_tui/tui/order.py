"""In which order people look for names, and which one they mean."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def by_name(name: str) -> tuple[str, str]:
    """A key to sort names with: letters without their marks first, so that ``Ångström`` is with A and ``Zoë`` last."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char))
    return plain.casefold(), name


def meant(names: Sequence[str], words: Sequence[str]) -> int:
    """Where the name stands that somebody means who searches for some words.

    Args:
        names: of all that a search has found, by whatever is told of them; not empty.
        words: what was typed, in lower case.

    Returns:
        The first name with all the words in it; else the first of all.
    """
    return next((at for at, name in enumerate(names) if all(word in name.lower() for word in words)), 0)
