"""The processes that speak: started when needed, kept, and replaced when they break."""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from vcg_tui.errors import ProviderError, ProviderErrorKind

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

PROVIDER = "espeak"
ENGINE_RATE = 22_050
"""Hz of everything eSpeak NG makes; each process's own word is held against this."""
_WORKER = Path(__file__).with_name("espeak_worker.py")
_MAX_DATA_PATH = 140
"""Bytes. eSpeak NG keeps its data's path in 160 and adds to it."""
_START_TIMEOUT_S = 20.0
_FRAME_TIMEOUT_S = 20.0
"""For one frame, which takes milliseconds: longer means that the library hangs."""
_END_TIMEOUT_S = 5.0
"""For the end of a process that was killed, which takes milliseconds."""
_PIPE_LIMIT = 1 << 20
_LENGTH = struct.Struct("<I")
_FRAME = struct.Struct("<II")


class WorkerBroke(Exception):
    """A worker ended, or went silent, in the middle of a reply."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of a reply; see espeak_worker."""

    header: dict[str, Any]
    sound: bytes


class Installation:
    """Where the library and its data are, the data at a path short and plain enough for the library.

    Raises:
        ProviderError: there is no library for this platform.
    """

    def __init__(self, data: Path | None = None) -> None:
        self._short: tempfile.TemporaryDirectory[str] | None = None
        try:
            import espeakng_loader

            library = Path(espeakng_loader.get_library_path())
            data = data or Path(espeakng_loader.get_data_path())
        except (ImportError, RuntimeError) as error:
            raise _no_library(str(error)) from error
        if not library.is_file():
            raise _no_library(f"{library} is missing")
        self.library = str(library)
        self.data = str(data)
        if len(self.data.encode(errors="surrogateescape")) > _MAX_DATA_PATH or not self.data.isascii():
            self.data = self._shorten(data)

    def _shorten(self, data: Path) -> str:
        self._short = tempfile.TemporaryDirectory(prefix="vcg-", ignore_cleanup_errors=True)
        short = Path(self._short.name) / "espeak-ng-data"
        try:
            short.symlink_to(data, target_is_directory=True)
        except OSError:
            # Links may need a right that a person does not have (Windows); a copy always works.
            import shutil

            shutil.copytree(data, short)
        return str(short)

    def close(self) -> None:
        """Remove what was made for it."""
        if self._short is not None:
            self._short.cleanup()
            self._short = None


def _no_library(why: str) -> ProviderError:
    return ProviderError(
        ProviderErrorKind.CONNECTION,
        PROVIDER,
        f"eSpeak NG can't be used here: {why}.",
        "Run `pip install espeakng-loader`, or choose another voice provider (TTS_PROVIDER).",
    )


class _Worker:
    """One process. Frames are read by one request at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._stdin = process.stdin
        self._stdout = process.stdout
        self._killed = False

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    @classmethod
    async def start(cls, installation: Installation) -> _Worker:
        """Start a process and wait until it is ready.

        Raises:
            WorkerBroke: it ended at once.
            ProviderError: the library can't be loaded.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                "-S",
                str(_WORKER),
                installation.library,
                installation.data,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=_PIPE_LIMIT,
            )
        except OSError as error:
            raise ProviderError(
                ProviderErrorKind.CONNECTION,
                PROVIDER,
                f"The speech process can't be started: {error.strerror or error}.",
                "Close other programs, or raise the limits on processes and open files.",
            ) from error
        worker = cls(process)
        try:
            ready = await worker.read(_START_TIMEOUT_S)
            if ready.header["type"] == "error":
                raise _no_library(str(ready.header["message"]))
            if ready.header["sample_rate"] != ENGINE_RATE:
                raise _no_library(f"it speaks at {ready.header['sample_rate']} Hz instead of {ENGINE_RATE}")
        except BaseException:
            # Nobody else knows of it, so it is seen to its end here, pipes and all; killed, that takes no time.
            await worker.stop()
            raise
        return worker

    async def send(self, request: dict[str, Any]) -> None:
        raw = json.dumps(request).encode()
        try:
            self._stdin.write(_LENGTH.pack(len(raw)) + raw)
            await self._stdin.drain()
        except OSError as error:
            raise WorkerBroke(f"it took no request: {error}") from error

    async def read(self, timeout: float) -> Frame:
        try:
            async with asyncio.timeout(timeout):
                head, sound = _FRAME.unpack(await self._stdout.readexactly(_FRAME.size))
                body = await self._stdout.readexactly(head + sound)
        except asyncio.IncompleteReadError as error:
            raise WorkerBroke("it ended") from error
        except TimeoutError as error:
            raise WorkerBroke(f"it said nothing for {timeout:.0f} s") from error
        except OSError as error:
            raise WorkerBroke(str(error)) from error
        return Frame(json.loads(body[:head]), body[head:])

    def kill(self) -> None:
        """End it at once; safe on one that has ended, and from a loop that is closed."""
        if self._killed:  # asking a second time can take its end from the thread that waits to tell of it
            return
        self._killed = True
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def stop(self) -> None:
        """End it and wait for that, though not for ever: nobody who leaves should wait for what is killed already."""
        self.kill()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_END_TIMEOUT_S):
                await self._process.wait()
        self.close()

    def close(self) -> None:
        """Give back the pipes of a process that has ended: asyncio does it later, and not for a loop that ends now."""
        cast("Any", self._process)._transport.close()


class WorkerPool:
    """Up to ``size`` processes, for the event loop that it was made in."""

    def __init__(self, size: int) -> None:
        self.loop = asyncio.get_running_loop()
        self._slots = asyncio.Semaphore(size)
        self._workers: set[_Worker] = set()
        self._idle: list[_Worker] = []
        self._ending: set[_Worker] = set()
        self._closed = False
        self._installation: Installation | None = None

    def pids(self) -> list[int]:
        """The processes that are running."""
        return [worker.pid for worker in self._workers if worker.alive]

    async def request(self, request: dict[str, Any], *, fresh: bool = False) -> AsyncGenerator[Frame, None]:
        """The frames of a reply, without ``ready``; the last one is ``end`` or ``error``.

        When the reader leaves early, the process is ended: what it would still say belongs to nobody. ``fresh`` asks
        for a process that has just been started.

        Raises:
            WorkerBroke: the process broke; the next request gets a new one.
            ProviderError: no process can be had.
        """
        async with self._slots:
            worker = await self._take(fresh=fresh)
            whole = False
            try:
                await worker.send(request)
                while not whole:
                    frame = await worker.read(_FRAME_TIMEOUT_S)
                    whole = frame.header["type"] != "audio"
                    if whole:
                        self._idle.append(worker)
                    yield frame
            finally:
                if not whole:
                    self._end(worker)

    async def warm(self) -> None:
        """Have a process ready.

        Raises:
            WorkerBroke: it ended at once.
            ProviderError: no process can be had.
        """
        async with self._slots:
            self._idle.append(await self._take(fresh=False))

    async def _take(self, *, fresh: bool) -> _Worker:
        if self._closed:
            raise WorkerBroke("the program is ending")
        for worker in [worker for worker in self._ending if not worker.alive]:
            worker.close()
            self._ending.remove(worker)
        while self._idle:
            worker = self._idle.pop()
            if worker.alive and not fresh:
                return worker
            self._end(worker)
        if self._installation is None:
            self._installation = Installation()
        worker = await _Worker.start(self._installation)
        self._workers.add(worker)
        return worker

    def _end(self, worker: _Worker) -> None:
        worker.kill()
        self._workers.discard(worker)
        self._ending.add(worker)

    async def aclose(self) -> None:
        """End all processes and wait for that; there are no further requests."""
        self._closed = True
        await asyncio.gather(*(worker.stop() for worker in self._workers | self._ending))
        self._forget()

    def abandon(self) -> None:
        """End all processes of a loop that no longer runs."""
        for worker in self._workers:
            worker.kill()
        self._forget()

    def _forget(self) -> None:
        self._workers.clear()
        self._ending.clear()
        self._idle.clear()
        if self._installation is not None:
            self._installation.close()
            self._installation = None
