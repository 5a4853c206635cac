"""The command palette, and its entries: every action of the table that applies now."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider

from vcg_tui.tui.actions import ACTIONS, bindings_of_dialogs
from vcg_tui.tui.key_words import key_word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vcg_tui.tui.actions import Action

_NOT_LISTED = {"command-palette"}


class Palette(CommandPalette):
    """Textual's own, from which one can quit as from every dialog."""

    BINDINGS: ClassVar = bindings_of_dialogs()


class ActionCommands(Provider):
    """``Group: what it does`` for each action of the app and of the screen below."""

    async def discover(self) -> Hits:
        """Everything, before anything is typed."""
        for action, name, told in self._now():
            yield DiscoveryHit(name, partial(self.app.run_action, self._named(action)), help=told)

    async def search(self, query: str) -> Hits:
        """What matches."""
        matcher = self.matcher(query)
        for action, name, told in self._now():
            score = matcher.match(name)
            if score > 0:
                run = partial(self.app.run_action, self._named(action))
                yield Hit(score, matcher.highlight(name), run, help=told)

    def _now(self) -> Iterator[tuple[Action, str, str]]:
        """The actions that exist here and are not switched off: their names, their keys and what they do."""
        keys: dict[str | None, str] = {}
        for _, binding, _, _ in self.screen.active_bindings.values():
            keys.setdefault(binding.id, self.app.get_key_display(binding))
        for action in ACTIONS:
            owner = self.app if action.place == "app" else self.screen
            place = getattr(self.screen, "PLACE", None)
            here = (action.place == "app" and action.id != place) or action.place == place
            if action.id in _NOT_LISTED or not here or not hasattr(owner, f"action_{action.method}"):
                continue
            word = key_word(self.screen, action.method, action.text)
            if word and owner.check_action(action.method, ()):
                told = " · ".join(part for part in (keys.get(action.id), action.tip) if part)
                yield action, f"{action.group}: {word}", told

    def _named(self, action: Action) -> str:
        return f"{'app' if action.place == 'app' else 'screen'}.{action.method}"
