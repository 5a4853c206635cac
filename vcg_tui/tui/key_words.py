"""What keys do at this moment, where that changes: for the footer and the palette."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class TellsKeys(Protocol):
    """A screen on which a key does something else, or nothing, at some moments."""

    def key_word(self, action: str, usual: str) -> str | None:
        """What an action's key does now, in a word or two.

        Args:
            action: as Textual names it: ``run_call``.
            usual: what it does at most moments.

        Returns:
            None: nothing that it should be offered for. The key may still be pressed, and says why.
        """


def key_word(screen: object, action: str, usual: str) -> str | None:
    """What an action's key does now on a screen; ``usual`` where the screen does not tell."""
    return screen.key_word(action, usual) if isinstance(screen, TellsKeys) else usual
