"""The two sides of a call."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A side of a call."""

    CUSTOMER = "customer"
    SUPPORT = "support"

    @property
    def other(self) -> Role:
        """The side across the line."""
        return Role.SUPPORT if self is Role.CUSTOMER else Role.CUSTOMER
