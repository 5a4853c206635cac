"""Being told to leave from outside: the system shuts down, or the terminal's window is closed."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SIGNALS = () if sys.platform == "win32" else (signal.SIGTERM, signal.SIGHUP)


def on_leave_signals(leave: Callable[[int], object]) -> Callable[[], None]:
    """Call ``leave`` with the signal's number, in the running loop, when the process is asked to end.

    Windows knows no such signals: there nothing happens.

    Returns:
        What takes the handlers away again.
    """
    loop = asyncio.get_running_loop()
    for each in _SIGNALS:
        loop.add_signal_handler(each, leave, int(each))

    def forget() -> None:
        for each in _SIGNALS:
            loop.remove_signal_handler(each)

    return forget
