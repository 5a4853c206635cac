"""What a server remembers: its settings, the log, and the faults that are to come."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.servers.settings import ServerSettings

_STATUS = {400, 401, 402, 403, 404, 408, 409, 422, 429, 500, 502, 503, 504, 529}
_BEFORE = {"quota", "bad_param", "reset", "stall", "html", "wrong_type"}
_MIDWAY = {"reset_midway", "fin_midway", "stall_midway", "truncated", "empty"}
_EVENTS = {"malformed", "error_event"}
_TEXT = _BEFORE | _MIDWAY | _EVENTS | {"length", "content_filter"}
_SOUND = _BEFORE | _MIDWAY | {"odd", "short"}
FAULTS: dict[str, set[str]] = {
    "chat": _TEXT,
    "responses": _TEXT | {"failed"},
    "messages": _TEXT,
    "models": _BEFORE,
    "speech": _SOUND,
    "realtime": {"reset", "stall"},
    "realtime.response": _MIDWAY | _EVENTS | {"odd", "short", "reworded", "failed", "incomplete"},
    "eleven.speech": _SOUND,
    "eleven.timestamps": _SOUND | {"malformed", "no_alignment"},
    "eleven.voices": _BEFORE,
    "eleven.subscription": _BEFORE,
    "eleven.models": _BEFORE,
}
"""The routes, and which faults each can have; every one of them but realtime.response also has the status codes."""


@dataclass
class Fault:
    """Trouble for some of the requests of a route, counted from when the fault was set."""

    route: str
    nth: int
    """The first request that has it; 1: the next one."""
    kind: str
    """A status code as text, or a name of FAULTS."""
    count: int = 1
    """For how many; 0: for ever."""
    after: int | None = None
    """For faults midway: events, or bytes of sound, that are sent before; without: 3 events, or half of the sound."""
    retry_after: float | str | None = None
    """Seconds, or a date as HTTP writes it."""
    param: str | None = None
    """For bad_param."""
    param_in_message_only: bool = False
    message: str | None = None
    code: str | None = None
    seconds: float = 3600.0
    """For stall."""
    seen: int = 0

    def __post_init__(self) -> None:
        if self.route not in FAULTS:
            raise ValueError(f"no route {self.route!r}; there are {', '.join(FAULTS)}")
        is_status = self.kind.isdigit() and int(self.kind) in _STATUS and self.route != "realtime.response"
        if not is_status and self.kind not in FAULTS[self.route]:
            raise ValueError(f"{self.route} can't have {self.kind!r}; it has {', '.join(sorted(FAULTS[self.route]))}")

    def strikes(self) -> bool:
        self.seen += 1
        return self.seen >= self.nth and (self.count == 0 or self.seen < self.nth + self.count)


@dataclass
class LoggedRequest:
    """One request; times are time.monotonic() seconds, which hold across the processes of a machine."""

    number: int
    route: str
    path: str
    query: dict[str, str]
    key_present: bool
    connection: int
    """The client's port: the same for requests that shared a connection."""
    started: float
    body: Any = None
    status: int | None = None
    fault: str | None = None
    first_byte: float | None = None
    """When the first of the content was written; None where there was none."""
    last_byte: float | None = None
    bytes_sent: int = 0
    """Of the content."""
    tokens_sent: int = 0
    audio_s: float = 0.0
    """Length of the speech that was asked for."""
    event_times: list[float] = field(default_factory=list)
    ended: float | None = None
    """None while it is open."""
    end: str = "open"
    """open, complete, client_closed, or fault where the server broke it off."""


@dataclass
class ServerState:
    settings: ServerSettings
    log: list[LoggedRequest] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    active: Counter[str] = field(default_factory=Counter)

    def begin(self, route: str, **about: Any) -> tuple[LoggedRequest, Fault | None]:
        entry = LoggedRequest(number=len(self.log) + 1, route=route, started=time.monotonic(), **about)
        self.log.append(entry)
        # every fault of the route counts every request, so that two faults don't shift each other
        striking = [fault for fault in self.faults if fault.route == route and fault.strikes()]
        fault = striking[0] if striking else None
        entry.fault = fault.kind if fault else None
        return entry, fault

    def reset(self) -> None:
        """Forget the log and the faults; open requests go on unseen."""
        self.log = []
        self.faults = []
