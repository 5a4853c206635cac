"""In which order people look for names."""

from __future__ import annotations

import unicodedata


def by_name(name: str) -> tuple[str, str]:
    """A key to sort names with: letters without their marks first, so that ``Ångström`` is with A and ``Zoë`` last."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char))
    return plain.casefold(), name
