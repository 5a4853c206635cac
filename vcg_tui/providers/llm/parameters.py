"""The parameters of a model's requests: what the person asked for, without what the service turned out to refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vcg_tui.errors import ConfigError
from vcg_tui.providers.base import ProviderNotice

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from vcg_tui.providers.sdk.failures import ParameterRefused

_OURS = frozenset({"model", "messages", "input", "instructions", "system", "stream", "n", "tools"})
"""What the program itself decides."""


class Parameters:
    """What goes into each request besides the model and the messages.

    Args:
        options: the person's, by the service's own names; one that is None is left out. ``max_tokens`` is always the
            name of the token limit, whatever the service calls it.
        cap_names: what the service may call its token limit, the likeliest first.
        cap: the token limit where the person sets none; None: no limit.
        defaults: what is sent where the person says nothing.
        where: the settings' key of the options, for messages.

    Raises:
        ConfigError: an option can't be one.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        *,
        cap_names: Sequence[str],
        cap: int | None = None,
        defaults: Mapping[str, Any] | None = None,
        where: str = "providers.llm.options",
    ) -> None:
        for name in options:
            if name in _OURS:
                raise ConfigError(f"{where}.{name} is not an option.", "The program decides it; take it out.")
        own_cap = options.get("max_tokens")
        if own_cap is not None and (isinstance(own_cap, bool) or not isinstance(own_cap, int) or own_cap < 1):
            raise ConfigError(f"{where}.max_tokens is {own_cap!r}.", "It must be a whole number above 0.")
        self._cap = own_cap or cap
        self._cap_names = cap_names
        self._asked = {name: value for name, value in options.items() if name != "max_tokens"}
        self._values = {**(defaults or {}), **self._asked}
        self._refused: set[str] = set()
        self._where = where

    def for_request(self, cap: int | None = None) -> dict[str, Any]:
        """The parameters to send. ``cap``: this request's own token limit."""
        values = {
            name: value for name, value in self._values.items() if value is not None and name not in self._refused
        }
        limit = cap or self._cap
        cap_name = next((name for name in self._cap_names if name not in self._refused), None)
        if limit is not None and cap_name is not None:
            values[cap_name] = limit
        return values

    def refuse(self, refused: ParameterRefused, who: str) -> ProviderNotice | None:
        """Never send a parameter again; returns what to tell the person, once."""
        name = refused.parameter
        if name in self._refused:
            return None  # another request has met the same refusal meanwhile
        self._refused.add(name)
        if name in self._cap_names:
            if not self._all_refused(self._cap_names):
                return None
            name = "max_tokens"
        said = f" ({refused.said.rstrip('.')})" if refused.said else ""
        remedy = ""
        if name in self._asked or (name == "max_tokens" and self._cap is not None):
            remedy = f"Take {name} out of {self._where}."
        return ProviderNotice(f"{who} refuses {name}{said}; the call goes on without it.", remedy)

    def _all_refused(self, names: Collection[str]) -> bool:
        return self._refused.issuperset(names)
