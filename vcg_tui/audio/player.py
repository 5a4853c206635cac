"""Players: a call being heard on a sound device, or in silence where there is none."""

from __future__ import annotations

import importlib
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from vcg_tui.audio.playout import Playout
from vcg_tui.errors import AudioDeviceError

_LATENCY_S = 0.2
"""The least at which Python's own threads never starved the device, measured with four of them busy."""

_PERIOD_S = 0.02
_STALL_S = 1.0


@dataclass(frozen=True, slots=True)
class OutputDevice:
    """Something that sound can go to."""

    index: int
    name: str
    host_api: str
    default_rate: float
    """Hz."""
    default: bool


class Player(Playout, ABC):
    """A playout with somebody who pulls it at real time. Open, play call after call, close."""

    audible: bool = False
    """Whether it can be heard."""
    problem: str | None = None
    """Why it can't be heard any more, and what to do; None while all is well."""
    on_problem: Callable[[str], None] | None = None
    """Told of a problem once, from a thread of the device's."""

    @abstractmethod
    def open(self) -> None:
        """Begin to pull; nothing happens if it is open already. May block for a moment.

        Raises:
            AudioDeviceError: the device can't be played on.
        """

    @abstractmethod
    def close(self) -> None:
        """Fall silent at once, and let go of the device and every thread. Safe to call twice."""

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Pacer:
    """A thread that pulls a playout at real time, without drift, and lets the sound go."""

    def __init__(self, playout: Playout, clock: Callable[[], float]) -> None:
        self._playout = playout
        self._clock = clock
        self._frames = max(1, round(_PERIOD_S * playout.sample_rate))
        self._began = clock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="vcg-silent-player", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        began = self._began
        pulled = 0
        while not self._closing.is_set():
            due = began + pulled / self._playout.sample_rate
            now = self._clock()
            if now < due:
                self._closing.wait(min(due - now, _PERIOD_S))
                continue
            if now - due > _STALL_S:
                # The machine slept or the process was held: a device would not have played on either.
                began, pulled, due = now, 0, now
            self._playout.pull(self._frames, due)
            pulled += self._frames

    def close(self) -> None:
        self._closing.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()


class SilentPlayer(Player):
    """Keeps the time of a call that nobody can hear."""

    def __init__(self, sample_rate: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock``: seconds, monotonic."""
        super().__init__(sample_rate, clock=clock)
        self._pacing_clock = clock
        self._pacer: _Pacer | None = None

    def open(self) -> None:
        """Begin to keep time."""
        if self._pacer is None:
            self._pacer = _Pacer(self, self._pacing_clock)

    def close(self) -> None:
        """End the thread."""
        if self._pacer is not None:
            self._pacer.close()
            self._pacer = None


class SoundDevicePlayer(Player):
    """Plays on a sound device, through one stream for as long as it is open.

    Where the device is lost while playing, the call goes on in silence from the same place, and `problem` says so.
    """

    def __init__(self, sample_rate: int, device: int | str | None = None) -> None:
        """``device``: an index or name of `list_devices`; None for the system's own choice."""
        super().__init__(sample_rate)
        self._device = device
        self._stream: Any = None
        self._pacer: _Pacer | None = None
        self._closing = False
        self._state = threading.Lock()

    def open(self) -> None:
        """Open the device and begin to play.

        Raises:
            AudioDeviceError: PortAudio is missing, there is no such device, or it refuses.
        """
        if self._stream is not None:
            return
        sd = _sounddevice()
        self._closing = False
        self.problem = None
        try:
            stream = sd.OutputStream(
                samplerate=self.sample_rate,
                device=self._device,
                channels=1,
                dtype="int16",
                latency=_LATENCY_S,
                callback=self._fill,
                finished_callback=self._ended,
                extra_settings=_extra_settings(sd, self._device),
            )
            try:
                self.latency_s = float(stream.latency)
                stream.start()
            except BaseException:
                stream.close()
                raise
        except (sd.PortAudioError, ValueError) as error:
            raise _refused(self._device, error) from error
        self._stream = stream
        self.audible = self.problem is None

    def _fill(self, outdata: Any, frames: int, _time: Any, _status: Any) -> None:
        outdata[:, 0] = self.pull(frames)

    def _ended(self) -> None:
        with self._state:
            if self._closing:
                return
            self._pacer = _Pacer(self, time.monotonic)
            self.audible = False
            self.problem = (
                "No sound: the sound device is gone. The call goes on in silence; "
                "plug the device in again and restart to hear it."
            )
        if self.on_problem is not None:
            self.on_problem(self.problem)

    def close(self) -> None:
        """Fall silent and close the device."""
        with self._state:
            self._closing = True
            stream, self._stream = self._stream, None
            pacer, self._pacer = self._pacer, None
        self.audible = False
        if stream is not None:
            stream.abort()
            stream.close()
        if pacer is not None:
            pacer.close()


def open_player(sample_rate: int, device: int | str | None = None) -> tuple[Player, str | None]:
    """An open player, and None; or, where no sound can be had, an open silent one and why. May block for a moment."""
    player = SoundDevicePlayer(sample_rate, device)
    try:
        player.open()
    except AudioDeviceError as error:
        silent = SilentPlayer(sample_rate)
        silent.open()
        return silent, str(error)
    return player, None


def list_devices() -> list[OutputDevice]:
    """The devices that sound can go to; may be none.

    Raises:
        AudioDeviceError: PortAudio is missing.
    """
    sd = _sounddevice()
    default = sd.default.device[1]
    apis = sd.query_hostapis()
    system_default = sd.query_hostapis(sd.default.hostapi)["default_output_device"] if apis and default < 0 else default
    return [
        OutputDevice(
            index=device["index"],
            name=device["name"],
            host_api=apis[device["hostapi"]]["name"],
            default_rate=device["default_samplerate"],
            default=device["index"] == system_default,
        )
        for device in sd.query_devices()
        if device["max_output_channels"] > 0
    ]


def _sounddevice() -> Any:
    """The sounddevice module, whose import looks for PortAudio and starts it."""
    try:
        return importlib.import_module("sounddevice")
    except (OSError, ImportError) as error:
        remedy = (
            "Install it with: apt-get install libportaudio2 (Debian, Ubuntu), dnf install portaudio (Fedora)."
            if sys.platform.startswith("linux") and not isinstance(error, ImportError)
            else "Install it again with: pip install --force-reinstall sounddevice"
        )
        raise AudioDeviceError("No sound: PortAudio is missing.", remedy) from error


def _extra_settings(sd: Any, device: int | str | None) -> Any:
    """Windows' WASAPI refuses every rate but the device's own unless told to convert."""
    if sys.platform != "win32":
        return None
    api = sd.query_hostapis(sd.query_devices(device, "output")["hostapi"])["name"]
    return sd.WasapiSettings(auto_convert=True) if "WASAPI" in api else None


def _refused(device: int | str | None, error: Exception) -> AudioDeviceError:
    which = "there is no sound device to play on" if device is None else f"the sound device {device!r} can't be used"
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return AudioDeviceError(f"No sound: {which} ({reason}).", "`vcg doctor` lists the devices.")
