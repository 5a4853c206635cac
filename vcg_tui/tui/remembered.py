"""What the app remembers from one start to the next: wishes for the next call, the picked pair, volume and speed.

A wish is kept with what it stood in place of, and where that came from. It holds only while the settings still say
just that: whoever edits a ``config.yaml``, sets a variable or gives a flag afterwards has the last word.
"""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from vcg_tui.paths import shipped_config
from vcg_tui.tui.wishes import CallWishes, wishes_of, with_wishes

if TYPE_CHECKING:
    from collections.abc import Callable

    from vcg_tui.config import ProviderSettings, Settings

_VOLUME: Final = "volume"
_KEYS: Final = {
    "max_turns": "call.max_turns",
    "seed": "call.seed",
    "language": "call.language",
    "llm": "providers.llm.type",
    "tts": "providers.tts.type",
    _VOLUME: "audio.volume",
}
"""Wishes by name, with the setting that each stands in place of."""
_RIGHT: Final[dict[str, Callable[[object], bool]]] = {
    "max_turns": lambda value: _whole(value) and cast("int", value) >= 2,
    "seed": lambda value: value is None or (_whole(value) and cast("int", value) >= 0),
    "language": lambda value: value is None or (isinstance(value, str) and bool(value)),
    "llm": lambda value: isinstance(value, str) and bool(value),
    "tts": lambda value: isinstance(value, str) and bool(value),
    _VOLUME: lambda value: _number(value) and 0 <= cast("float", value) <= 1,
}
_SLOWEST, _FASTEST = 0.5, 4.0


@dataclass(frozen=True, slots=True)
class _Wish:
    """A wish, what the setting said when it was wished, and where that came from."""

    value: Any
    instead_of: Any
    origin: str


class Remembered:
    """The state file of one person. Reading and writing never raise: `problem` says what went wrong, once."""

    def __init__(self, path: Path) -> None:
        """Read it; it need not exist.

        Args:
            path: the file.
        """
        self._path = path
        self._wishes: dict[str, _Wish] = {}
        self.customer = ""
        """The ids of the pair that was picked last; empty: none was."""
        self.support = ""
        self.speed = 1.0
        """Of listening."""
        self._trouble = ""
        self._told = False
        self._unwritten = False
        self._writing = threading.Lock()
        try:
            self._read()
        except FileNotFoundError:
            pass
        except OSError as error:
            self._trouble = f"{path} can't be read: {error.strerror}. The app starts as if nothing was remembered."
        except ValueError:
            self._trouble = f"{path} is broken, so what the app remembered is lost. It is written anew."

    def problem(self) -> str:
        """What went wrong since the start, the first time that it is asked for; empty: nothing."""
        if self._told or not self._trouble:
            return ""
        self._told = True
        return self._trouble

    # ------------------------------------------------------------------ wishes

    def over(self, own: Settings) -> Settings:
        """The settings with every wish that still holds."""
        holding = {name: wish.value for name, wish in self._wishes.items() if _holds(wish, own, name)}
        volume = holding.pop(_VOLUME, own.audio.volume)
        wanted = CallWishes(**{**asdict(wishes_of(own)), **holding})
        audio = own.audio.model_copy(update={"volume": volume})
        return with_wishes(own, wanted).model_copy(update={"audio": audio})

    def wish(self, own: Settings, wanted: CallWishes) -> None:
        """Take the wishes for the next call; where one is what the settings say anyway, it is none."""
        for field in fields(CallWishes):
            self._put(own, field.name, getattr(wanted, field.name), getattr(wishes_of(own), field.name))

    def listen_at(self, own: Settings, *, volume: float, speed: float) -> None:
        """Take how loud and how fast somebody listens."""
        self._put(own, _VOLUME, volume, own.audio.volume)
        self.speed = speed

    def _put(self, own: Settings, name: str, value: object, said: object) -> None:
        if value == said:
            self._wishes.pop(name, None)
        elif name not in self._wishes or self._wishes[name].value != value or not _holds(self._wishes[name], own, name):
            self._wishes[name] = _Wish(value, _said(own, name), _place(own, name))
        self._unwritten = True

    def pick(self, *, customer: str, support: str) -> None:
        """Take the pair that was picked."""
        self.customer, self.support = customer, support
        self._unwritten = True

    # ------------------------------------------------------------------ the file

    def save(self) -> None:
        """Write what is new; may block. The last of several apps wins, and nobody ever reads half a file."""
        from vcg_tui.audio.files import write_text

        with self._writing:
            if not self._unwritten:
                return
            self._unwritten = False
            state = {
                "wishes": {name: asdict(wish) for name, wish in self._wishes.items()},
                "customer": self.customer,
                "support": self.support,
                "speed": self.speed,
            }
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                write_text(self._path, json.dumps(state, indent=2) + "\n")
            except OSError as error:
                why = error.strerror or type(error).__name__
                self._trouble = f"{self._path} can't be written: {why}. What you choose holds until you leave."

    def _read(self) -> None:
        state: Any = json.loads(self._path.read_bytes())
        if not isinstance(state, dict):
            raise ValueError("no object")  # noqa: TRY004 - the file is wrong, not the program
        given = cast("dict[str, Any]", state)
        customer, support, speed = given.get("customer", ""), given.get("support", ""), given.get("speed", 1.0)
        wished: Any = given.get("wishes", {})
        right = isinstance(customer, str) and isinstance(support, str) and _number(speed) and isinstance(wished, dict)
        if not right:
            raise ValueError("a value of another kind")
        wishes = {
            name: _read_wish(name, each) for name, each in cast("dict[str, Any]", wished).items() if name in _KEYS
        }
        self.customer, self.support = customer, support
        self.speed = min(max(float(speed), _SLOWEST), _FASTEST)
        self._wishes = wishes


def _read_wish(name: str, given: Any) -> _Wish:
    if not isinstance(given, dict) or not _RIGHT[name](cast("dict[str, Any]", given).get("value")):
        raise ValueError(name)
    wish = cast("dict[str, Any]", given)
    return _Wish(wish["value"], wish.get("instead_of"), str(wish.get("origin", "")))


def _holds(wish: _Wish, own: Settings, name: str) -> bool:
    return wish.instead_of == _said(own, name) and wish.origin == _place(own, name)


def _said(own: Settings, name: str) -> object:
    """What the settings say; of a provider also its model and address, which go with it."""
    match name:
        case "llm":
            return _provider(own.providers.llm)
        case "tts":
            return _provider(own.providers.tts)
        case "volume":
            return own.audio.volume
        case _:
            return getattr(own.call, name)


def _provider(chosen: ProviderSettings) -> str:
    # a name and password in an address are nobody's business
    address = (chosen.base_url or "").rpartition("@")[2]
    return " ".join(part for part in (chosen.type, chosen.model, address) if part)


def _place(own: Settings, name: str) -> str:
    """Where the settings have it from; a file by its whole path, wherever the app was started."""
    from vcg_tui.config import DEFAULT_ORIGIN

    origin = own.origin(_KEYS[name])
    file = Path(origin).expanduser().absolute()
    if origin == DEFAULT_ORIGIN or file == shipped_config():
        return DEFAULT_ORIGIN
    return str(file) if file.is_file() else origin


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
