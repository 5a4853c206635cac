"""A process that speaks with eSpeak NG: requests on standard input, framed sound and word events on standard output.

It is run by its file, with the library and its data as arguments, and imports nothing of the program, so that it starts
in a few hundredths of a second, and a crash of the C library, its messages and its licence stay in here.

A request is a 4-byte length and a JSON object: ``voice``, ``variant`` (may be empty), ``rate``, ``pitch``, ``range``,
and ``pieces``: a list of ``[text, pause_ms]``, spoken one after the other, each followed by its silence.

A reply is a row of frames: 4-byte length of the header, 4-byte length of the sound, JSON header, sound (mono int16,
little-endian, as all platforms of the library are). The header's ``type`` is one of

- ``ready`` (once, at the start): ``sample_rate`` in Hz;
- ``audio``: ``words``, a list of ``[position, length, sample]``: a word of the pieces' texts joined, in characters, and
  the sample where it begins;
- ``end``: ``samples``, the length of it all;
- ``error``: ``kind`` ("library", "voice" or "engine") and ``message``.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable

_SYNCHRONOUS = 2
_DONT_EXIT = 0x8000
"""Without it the library ends the process when its data is not there."""
_CHARS_UTF8 = 1
_POSITION_CHARACTER = 1
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
_EVENT_LIST_END, _EVENT_WORD = 0, 1
_CHUNK_MS = 250
_COALESCE_BYTES = 16_384
"""After the first chunk, which goes out at once, larger frames cost the reader less."""
_LENGTH = struct.Struct("<I")
_FRAME = struct.Struct("<II")


class _EventId(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    ]


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Event))


class EspeakFailure(Exception):
    """eSpeak NG refused; ``kind`` as in an error frame."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Engine:
    """One freshly loaded library. How it says a text depends on all it has said, so each request gets its own."""

    def __init__(self, library: str, data: str) -> None:
        self._data = data
        try:
            self._lib = ctypes.CDLL(library)
        except OSError as error:
            raise EspeakFailure("library", f"the library can't be loaded: {error}") from error
        self.sample_rate = int(self._lib.espeak_Initialize(_SYNCHRONOUS, _CHUNK_MS, os.fsencode(data), _DONT_EXIT))
        if self.sample_rate <= 0:
            raise EspeakFailure("library", f"the library does not take its data in {data}")
        # The library seeds the noise of breathy voices from the clock.
        self._lib.espeak_ng_SetRandSeed(ctypes.c_long(1))

    def unload(self) -> None:
        """Forget the library, so that the next one starts from nothing."""
        import _ctypes

        self._lib.espeak_Terminate()
        handle = self._lib._handle
        if sys.platform == "win32":
            _ctypes.FreeLibrary(handle)
        else:
            _ctypes.dlclose(handle)

    def choose_voice(self, voice: str, variant: str, rate: int, pitch: int, pitch_range: int) -> None:
        """Set the voice, then its parameters (a variant may bring its own, which these replace)."""
        if variant and not Path(self._data, "voices", "!v", variant).is_file():
            # The library would take an unknown variant in silence, and speak with the plain voice.
            raise EspeakFailure("voice", f"there is no espeak variant {variant!r}")
        name = f"{voice}+{variant}" if variant else voice
        if self._lib.espeak_SetVoiceByName(name.encode()) != 0:
            raise EspeakFailure("voice", f"there is no espeak voice {voice!r}")
        for parameter, value in ((_RATE, rate), (_VOLUME, 100), (_PITCH, pitch), (_RANGE, pitch_range)):
            self._lib.espeak_SetParameter(parameter, value, 0)

    def speak(self, text: str, on_sound: Callable[[bytes, list[tuple[int, int, int]]], bool]) -> None:
        """Speak a text; ``on_sound`` gets sound and words (position, length, sample), and answers whether to go on."""

        def callback(wav: int | None, samples: int, events: Any) -> int:
            words: list[tuple[int, int, int]] = []
            index = 0
            while events[index].type != _EVENT_LIST_END:
                event = events[index]
                if event.type == _EVENT_WORD:
                    words.append((event.text_position - 1, event.length, event.sample))
                index += 1
            sound = ctypes.string_at(wav, samples * 2) if wav and samples > 0 else b""
            return 0 if on_sound(sound, words) else 1

        keep = _Callback(callback)
        self._lib.espeak_SetSynthCallback(keep)
        raw = text.encode() + b"\0"
        status = self._lib.espeak_Synth(
            raw, ctypes.c_size_t(len(raw)), 0, _POSITION_CHARACTER, 0, _CHARS_UTF8, None, None
        )
        if status != 0:
            raise EspeakFailure("engine", f"espeak_Synth failed with status {status}")


class _Reply:
    """The frames of one request."""

    def __init__(self, out: int) -> None:
        self._out = out
        self._pending = bytearray()
        self._words: list[tuple[int, int, int]] = []
        self._threshold = 1
        self._span_end = 0
        self.samples = 0
        self.broken: OSError | None = None

    def sound(self, sound: bytes, words: list[tuple[int, int, int]], text_offset: int, sample_offset: int) -> bool:
        """Take a chunk; False when nobody listens any more."""
        for position, length, sample in words:
            # A number or an address comes as several words at the same or a shifted place: the first one counts.
            if position + text_offset >= self._span_end:
                self._words.append((position + text_offset, length, sample + sample_offset))
                self._span_end = position + text_offset + max(length, 1)
        self._pending += sound
        self.samples += len(sound) // 2
        if len(self._pending) >= self._threshold:
            self.flush()
        return self.broken is None

    def flush(self) -> None:
        """Send what has gathered."""
        if not self._pending and not self._words:
            return
        self.send({"type": "audio", "words": self._words}, bytes(self._pending))
        self._pending.clear()
        self._words = []
        self._threshold = _COALESCE_BYTES

    def send(self, header: dict[str, Any], sound: bytes = b"") -> None:
        """Send a frame; an exception must not travel through the C library, so it is kept in ``broken``."""
        if self.broken is not None:
            return
        raw = json.dumps(header).encode()
        rest = memoryview(_FRAME.pack(len(raw), len(sound)) + raw + sound)
        try:
            while rest:
                rest = rest[os.write(self._out, rest) :]
        except OSError as error:
            self.broken = error


def _answer(engine: Engine, request: dict[str, Any], out: int) -> None:
    """Speak one request's pieces.

    Raises:
        OSError: nobody reads the reply any more.
    """
    reply = _Reply(out)
    try:
        engine.choose_voice(
            request["voice"], request["variant"], int(request["rate"]), int(request["pitch"]), int(request["range"])
        )
        offset = 0
        for text, pause_ms in request["pieces"]:
            if text.strip():
                start = reply.samples
                engine.speak(text, lambda sound, words, at=offset, start=start: reply.sound(sound, words, at, start))
            offset += len(text)
            if pause_ms:
                reply.sound(b"\0\0" * (engine.sample_rate * int(pause_ms) // 1000), [], 0, 0)
            if reply.broken is not None:
                break
        reply.flush()
        reply.send({"type": "end", "samples": reply.samples})
    except EspeakFailure as failure:
        reply.send({"type": "error", "kind": failure.kind, "message": str(failure)})
    if reply.broken is not None:
        raise reply.broken


def serve(library: str, data: str, requests: BinaryIO, out: int) -> int:
    """Answer requests until there are no more; returns the process's exit code."""
    start = _Reply(out)
    try:
        engine = Engine(library, data)
    except EspeakFailure as failure:
        start.send({"type": "error", "kind": failure.kind, "message": str(failure)})
        return 1
    start.send({"type": "ready", "sample_rate": engine.sample_rate})
    while len(head := requests.read(_LENGTH.size)) == _LENGTH.size:
        (length,) = _LENGTH.unpack(head)
        body = requests.read(length)
        if len(body) < length:
            break
        try:
            _answer(engine, json.loads(body), out)
        except OSError:
            return 0  # The program that asked is gone.
        # Here rather than at the next request: nobody waits for it now.
        engine.unload()
        engine = Engine(library, data)
    return 0


def main() -> int:
    """Set up the process and serve: ``espeak_worker.py LIBRARY DATA``."""
    if len(sys.argv) != 3:
        print("usage: espeak_worker.py LIBRARY DATA", file=sys.stderr)
        return 2
    # Ctrl+C and a closed window reach this process too; the program that started it decides when it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    # Whatever the C library prints must not land between the frames.
    out_fd = os.dup(1)
    os.dup2(2, 1)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(0, os.O_BINARY)
        msvcrt.setmode(out_fd, os.O_BINARY)
    return serve(sys.argv[1], sys.argv[2], sys.stdin.buffer, out_fd)


if __name__ == "__main__":
    sys.exit(main())
