"""Start the servers, in a thread or in a process of their own, and talk to them."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from tests.servers.settings import ServerSettings
from tests.servers.state import LoggedRequest

_ROOT = Path(__file__).resolve().parents[2]
_START_S = 20.0


async def serve(settings: ServerSettings, started: Callable[[int], None], stop: asyncio.Event) -> None:
    """Serve on a free port of 127.0.0.1, tell it, and go on until stopped."""
    # Here: a bench that measures its own memory has the servers in another process.
    from aiohttp import web

    from tests.servers.control import make_app

    runner: web.AppRunner

    def connections() -> int:
        return len(runner.server.connections) if runner.server else 0

    # a handler is cancelled when its client goes, so that the log says when that was
    app = make_app(settings, connections)
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.05)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
        await site.start()
        started(runner.addresses[0][1])
        await stop.wait()
    finally:
        await runner.cleanup()


class LoopbackServers:
    """All servers on one port of 127.0.0.1; a context manager, with or without ``async``.

    In a thread it starts at once; in a process of its own (``process=True``) it takes no time from the client.
    """

    def __init__(self, settings: ServerSettings | None = None, *, process: bool = False, **changes: Any) -> None:
        self._settings = (settings or ServerSettings()).changed(changes)
        self._in_process = process
        self._stop: Callable[[], None] | None = None
        self.port = 0

    # ------------------------------------------------------------ where they are

    @property
    def openai_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/openai/v1"

    @property
    def elevenlabs_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/elevenlabs"

    @property
    def anthropic_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/anthropic"

    # ------------------------------------------------------------ what they saw and shall do

    def log(self) -> list[LoggedRequest]:
        """Every request since the last reset, in order of arrival."""
        return [LoggedRequest(**entry) for entry in self._ask("GET", "/__log")["requests"]]

    def requests(self, route: str) -> list[LoggedRequest]:
        """Those of one route: chat, responses, models, speech, realtime, realtime.response, eleven.speech, ..."""
        return [LoggedRequest(**entry) for entry in self._ask("GET", f"/__log?route={route}")["requests"]]

    def peak(self, route: str) -> int:
        """How many requests of a route were open at once at most."""
        seen = self.requests(route)
        return max(
            (sum(o.started <= e.started and (o.ended is None or o.ended > e.started) for o in seen) for e in seen),
            default=0,
        )

    def open_connections(self) -> int:
        """Connections open now, without the one that asks."""
        return int(self._ask("GET", "/__log")["open_connections"]) - 1

    def fault(self, route: str, nth: int, kind: str | int, **options: Any) -> None:
        """Let the nth request of a route from now go wrong.

        ``kind``: a status code, or a name listed in `state.FAULTS`. ``options``: ``count`` (0: for ever), ``after``
        (events or bytes before a fault midway), ``retry_after``, ``param``, ``param_in_message_only``, ``message``,
        ``code``, ``seconds`` (of a stall).

        Raises:
            ValueError: there is no such route, or it can't have this fault.
        """
        self._ask("POST", "/__fault", {"route": route, "nth": nth, "kind": str(kind), **options})

    def configure(self, **changes: Any) -> None:
        """Change settings from now on."""
        self._ask("POST", "/__settings", changes)

    def reset(self) -> None:
        """Forget log and faults; settings stay."""
        self._ask("POST", "/__reset")

    async def wait_for(self, condition: Callable[[list[LoggedRequest]], bool], bound_s: float = 5.0) -> None:
        """Wait until the log is as it should be.

        Raises:
            TimeoutError: it isn't within the bound.
        """
        deadline = time.monotonic() + bound_s
        while not condition(self.log()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"after {bound_s} s the log is {self.log()}")
            await asyncio.sleep(0.01)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            headers = {"Connection": "close", "Content-Type": "application/json"}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
        if response.status != 200:
            raise ValueError(answer["error"])
        return answer

    # ------------------------------------------------------------ life

    def __enter__(self) -> LoopbackServers:
        self.port, self._stop = (_start_process if self._in_process else _start_thread)(self._settings)
        return self

    def __exit__(self, *_: object) -> None:
        if self._stop is not None:
            self._stop()
            self._stop = None

    async def __aenter__(self) -> LoopbackServers:
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.__exit__)


def _start_thread(settings: ServerSettings) -> tuple[int, Callable[[], None]]:
    ready: Future[tuple[int, Callable[[], object]]] = Future()

    async def main() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        await serve(settings, lambda port: ready.set_result((port, lambda: loop.call_soon_threadsafe(stop.set))), stop)

    def run() -> None:
        try:
            asyncio.run(main())
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    thread = threading.Thread(target=run, name="loopback-servers", daemon=True)
    thread.start()
    port, end = ready.result(_START_S)

    def stop() -> None:
        end()
        thread.join(_START_S)

    return port, stop


def _start_process(settings: ServerSettings) -> tuple[int, Callable[[], None]]:
    # it ends when its standard input does, so that it never outlives the one that started it
    command = [sys.executable, "-m", "tests.servers", "--json", json.dumps(settings.to_json())]
    process = subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    lifeline, output = process.stdin, process.stdout
    assert lifeline is not None
    assert output is not None
    line = output.readline()
    if not line:
        raise RuntimeError(f"the servers ended with code {process.wait(_START_S)}")

    def stop() -> None:
        with process:
            lifeline.close()
            try:
                process.wait(_START_S)
            except subprocess.TimeoutExpired:
                process.kill()

    return int(json.loads(line)["port"]), stop
