"""A person's own keys for actions: what is wrong with them, and what is left to use. No widget."""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import TYPE_CHECKING

from textual.keys import KEY_NAME_REPLACEMENTS, Keys, format_key

from vcg_tui.tui.actions import ACTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vcg_tui.tui.actions import Action

_MODIFIERS = {"ctrl", "alt", "shift", "meta", "super", "hyper"}
_NAMED = {key.value for key in Keys if not key.value.startswith("<")} | set(KEY_NAME_REPLACEMENTS.values())
_BY_ID = {action.id: action for action in ACTIONS}
_NAMED_IN_TEXT = re.compile(r"\{([a-z-]+)\}")


def keymap_problems(keymap: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with a keymap, by action: an unknown action, a key that is none, a key that is in use.

    Args:
        keymap: an action's id to its keys, with commas between them.
    """
    problems: dict[str, str] = {}
    for action_id, keys in keymap.items():
        if action_id not in _BY_ID:
            near = difflib.get_close_matches(action_id, _BY_ID, n=1)
            problems[action_id] = "there is no such action" + (f"; did you mean {near[0]}?" if near else "")
        elif bad := [key for key in split_keys(keys) if not is_key(key)]:
            problems[action_id] = f"{bad[0]!r} is no key; keys are written as f8, ctrl+g or x"
        elif not split_keys(keys):
            problems[action_id] = "no key is named"
    for action_id in keymap:
        if action_id not in problems and (other := _clash(_BY_ID[action_id], keymap, problems)):
            key, action = other
            problems[action_id] = f"{key} is the key of {action.text} ({action.id})"
    return problems


def usable_keymap(keymap: Mapping[str, str]) -> dict[str, str]:
    """The entries with nothing wrong, as textual takes them."""
    problems = keymap_problems(keymap)
    return {name: ",".join(split_keys(keys)) for name, keys in keymap.items() if name not in problems}


def split_keys(keys: str) -> list[str]:
    """The keys of an entry, each as textual names it."""
    return [_named(key.strip()) for key in keys.split(",") if key.strip()]


def shown_key(key: str) -> str:
    """A key as people write it: ``esc``, ``enter``, ``ctrl+p``, ``/``."""
    *modifiers, last = key.strip().split("+")
    return "+".join([*modifiers, last if last == "enter" else format_key(last)])


def shown_keys(keys: str) -> str:
    """All keys of an action: ``f3 or h``."""
    return " or ".join(map(shown_key, split_keys(keys)))


def with_keys(text: str, keymap: Mapping[str, str]) -> str:
    """A text with each ``{action-id}`` in it replaced by the first key that the action has now."""

    def key_of(found: re.Match[str]) -> str:
        action = _BY_ID.get(found[1])
        return shown_key(keymap.get(action.id, action.keys).partition(",")[0]) if action else found[0]

    return _NAMED_IN_TEXT.sub(key_of, text)


def is_key(key: str) -> bool:
    """Whether a terminal can send such a key."""
    *modifiers, last = key.split("+")
    if not last or any(each not in _MODIFIERS for each in modifiers) or len(set(modifiers)) < len(modifiers):
        return False
    if modifiers and last != last.lower():
        return False  # textual wants ctrl+shift+a
    return (len(last) == 1 and last.isalnum()) or last in _NAMED or _is_character(last)


def _clash(action: Action, keymap: Mapping[str, str], left_out: Mapping[str, str]) -> tuple[str, Action] | None:
    """A key of this action that another one has that can be pressed at the same time."""
    own = set(split_keys(keymap[action.id]))
    # an action may be there in several places, always with the same key
    places = {each.place for each in ACTIONS if each.id == action.id}
    for other in ACTIONS:
        together = other.place in places or other.place == "app" or "app" in places
        if other.id == action.id or not together:
            continue
        theirs = keymap[other.id] if other.id in keymap and other.id not in left_out else other.keys
        if shared := own.intersection(split_keys(theirs)):
            return min(shared), other
    return None


def _named(key: str) -> str:
    """A single character by its name, as textual does it: ``slash`` for ``/``."""
    if len(key) != 1 or key.isalnum():
        return key
    name = unicodedata.name(key, key).lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


def _is_character(name: str) -> bool:
    try:
        return len(unicodedata.lookup(name.replace("_", " "))) == 1
    except KeyError:
        return False
