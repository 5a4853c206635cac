"""What is played of a call, apart from any device: a queue that a sound card's callback pulls blocks from."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcg_tui.audio.call_queue import Block, CallQueue, mix_unheard
from vcg_tui.audio.heard import HeardLog, Level, Span
from vcg_tui.audio.stretch import Stretcher
from vcg_tui.audio.volume import SmoothVolume

SLOWEST, FASTEST = 0.75, 2.0
"""The speeds that speech can be listened to at."""

_FADE_S = 0.005


@dataclass(frozen=True, slots=True)
class HeardTurn:
    """The turn being heard."""

    turn: int
    elapsed_s: float
    """How much of it was heard, at most its length."""
    length_s: float
    """How much of it there is so far."""
    complete: bool
    """Whether all of it is there: its length is final."""


class Playout:
    """A call as it is to be heard: blocks of sound come in at their place in the call, and are pulled out in order.

    Sound is mono int16 at ``sample_rate`` Hz. A place in the call is a sample index from its start. What is pulled is
    the call itself: the silence between blocks is the timeline's own, and blocks that overlap are summed. While
    nothing is due, silence is pulled and the call stands still; the silence that a listener waited through counts
    towards the gap that the timeline puts before the next block. What was fed is kept until the next call begins, so
    that a listener can go back to it, also after the call's end and after `stop`.

    All times and samples are of the call itself, at whatever `speed` it is heard.

    All methods may be called from any thread and return at once.
    """

    def __init__(self, sample_rate: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Start empty. ``clock``: seconds, monotonic; tells when something pulled is heard."""
        self.sample_rate = sample_rate
        self._lock = threading.Lock()
        self._log = HeardLog(sample_rate, clock)
        self._fade = max(1, round(_FADE_S * sample_rate))
        self._fade_in: NDArray[np.float64] = 0.5 - 0.5 * np.cos(np.pi * np.arange(1, self._fade + 1) / (self._fade + 1))
        self._volume = SmoothVolume(sample_rate)
        self._speed = 1.0
        self._stretch = Stretcher(sample_rate)
        self._tail = self._lead = self._recent = np.zeros(0, np.int32)
        self._call = CallQueue()
        self._last_sound_out = self._paused_out = 0
        self._went_to = (0, 0)
        """What had been handed over when the call began or was last sought in, and the sample that it went to."""

    # ------------------------------------------------------------------ what is to be heard

    def begin_call(self) -> None:
        """Forget the call so far and begin another at sample 0, not paused; volume and mute stay."""
        with self._lock:
            self._cut(self._call.remove(lambda _: True))
            self._call = CallQueue()
            self._stretch.reset()
            self._lead, self._recent = self._lead[:0], self._recent[:0]
            self._last_sound_out = self._log.out
            self._went_to = (self._log.out, 0)

    def feed(self, start: int, turn: int, pcm: NDArray[np.int16]) -> None:
        """Add a piece of a turn (from 1) whose first sample has index ``start`` in the call; it is not copied.

        A piece that comes after its time is heard whole, as soon as it is there. After `stop` it is dropped; in a
        skipped turn it is kept, but heard only by who goes back.

        Raises:
            ValueError: ``pcm`` is not int16 of shape (n,), or ``start`` is negative.
        """
        if pcm.dtype != np.int16 or pcm.ndim != 1:
            raise ValueError(f"sound to play must be int16 of shape (n,), not {pcm.dtype} of shape {pcm.shape}")
        if start < 0:
            raise ValueError(f"sound to play can't start at sample {start}")
        with self._lock:
            self._call.feed(Block(start, turn, pcm))

    def end_turn(self, turn: int) -> None:
        """All of a turn was fed; its length is final."""
        with self._lock:
            if sound := self._call.turns.get(turn):
                sound.complete = True

    def discard_turn(self, turn: int) -> None:
        """Forget a turn's sound: it comes again. What was heard of it was heard."""
        with self._lock:
            self._cut([block for block in self._call.pending if block.turn == turn])
            self._call.discard(turn)

    def finish(self) -> None:
        """No more will come for this call."""
        with self._lock:
            self._call.finish()

    # ------------------------------------------------------------------ controls

    def pause(self) -> None:
        """Hold the call where it is."""
        with self._lock:
            if not self._call.paused:
                self._cut(self._call.pending)
                self._call.paused = True
                self._paused_out = self._log.out

    def resume(self) -> None:
        """Go on at the sample where `pause` held; the last 5 ms before it are heard again, fading in."""
        with self._lock:
            if not self._call.paused:
                return
            self._call.paused = False
            if self._log.out == self._paused_out:
                self._tail = self._tail[:0]  # nobody heard of the pause
            else:
                self._lead = self._rising(self._recent)

    def skip(self) -> None:
        """Jump to the start of the next turn; where it is not there yet, drop the rest of this one as it comes."""
        with self._lock:
            call = self._call
            position = self._position()
            now = call.turn_at(position)
            if call.from_turn in call.turns:
                now = max(now, call.from_turn)
            if (call.stopped and not call.pending) or call.turn_at(call.cursor) > now:
                return  # nothing plays, or the next turn is on its way already
            dropped = [block for block in call.pending if block.turn <= now]
            self._cut(dropped)
            call.from_turn = now + 1
            call.remove(lambda turn: turn <= now)
            self._stretch.reset()
            self._recent = self._recent[:0]
            if call.pending:
                call.cursor = call.pending[0].start
            else:
                call.cursor = max([call.cursor, *(block.end for block in dropped)])
                call.skip_waits = not call.finished

    def stop(self) -> None:
        """Fall silent, and drop what is still fed; what was fed before is heard again after a `seek`."""
        with self._lock:
            self._cut(self._call.remove(lambda _: True))
            self._call.stopped = True
            self._call.finish()

    def seek(self, sample: int) -> None:
        """Go on from this sample of the call, or from the end of what there is of it; a pause stays a pause.

        The last 5 ms before it are heard too, fading in. `position` is the new one at once.
        """
        with self._lock:
            self._seek(sample)

    def seek_s(self, position_s: float) -> None:
        """`seek`, in seconds from the call's start."""
        self.seek(round(position_s * self.sample_rate))

    def restart_turn(self) -> None:
        """Go back to the start of the turn being heard, or last heard in a gap."""
        with self._lock:
            turn = self._call.turns.get(self._call.turn_at(self._position()))
            self._seek(turn.start if turn else 0)

    def replay(self) -> None:
        """Go back to the start of the call; of one that is over, too. A pause stays a pause."""
        self.seek(0)

    def _seek(self, sample: int) -> None:
        call = self._call
        if self._log.out != self._went_to[0]:
            self._cut(call.pending)
        call.seek(sample)
        self._stretch.reset()
        before = min(self._fade, call.cursor)
        self._recent = call.sound(call.cursor - before, before if call.pending else 0)
        self._lead = self._recent[:0] if call.paused else self._rising(self._recent)
        self._paused_out = -1
        self._went_to = (self._log.out, call.cursor)

    @property
    def speed(self) -> float:
        """How fast the call is heard, at its own pitch: 0.75 to 2; what is set beyond is brought back."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._speed = min(FASTEST, max(SLOWEST, speed))

    @property
    def volume(self) -> float:
        """Amplitude factor, 0 to 1; what is set beyond is brought back."""
        return self._volume.volume

    @volume.setter
    def volume(self, volume: float) -> None:
        self._volume.volume = volume

    @property
    def muted(self) -> bool:
        """Whether the call goes on unheard."""
        return self._volume.muted

    @muted.setter
    def muted(self, muted: bool) -> None:
        self._volume.muted = muted

    # ------------------------------------------------------------------ what a listener hears

    @property
    def latency_s(self) -> float:
        """Seconds from a pull to its first sample being heard; set by whoever pulls."""
        return self._log.latency_s

    @latency_s.setter
    def latency_s(self, seconds: float) -> None:
        with self._lock:
            self._log.latency_s = seconds

    @property
    def paused(self) -> bool:
        """Whether the call is held."""
        return self._call.paused

    @property
    def position(self) -> int:
        """The call's sample being heard now."""
        with self._lock:
            return self._position()

    def _position(self) -> int:
        out, sample = self._went_to
        if self._log.heard() < out or self._log.out == out:
            return sample
        return self._log.call_position() or 0

    @property
    def position_s(self) -> float:
        """`position` in seconds."""
        return self.position / self.sample_rate

    @property
    def heard_turn(self) -> HeardTurn | None:
        """The turn being heard, or last heard in a gap; None before the first."""
        with self._lock:
            position = self._position()
            turn = self._call.turn_at(position)
            if not turn:
                return None
            sound = self._call.turns[turn]
            length = sound.end - sound.start
            elapsed = min(position - sound.start, length)
            return HeardTurn(turn, elapsed / self.sample_rate, length / self.sample_rate, sound.complete)

    @property
    def level(self) -> Level:
        """How loud the last 20 ms heard were, after volume and mute."""
        with self._lock:
            return self._log.level()

    @property
    def starved_s(self) -> float:
        """How long the listener waited in silence for speech that was due, in seconds of the call's time.

        Counted between the first sound and `finish`. Silence of the timeline itself, pauses, and waiting for a skip's
        turn do not count; as the length of a gap is known only when its next turn comes, it is taken off then. After a
        seek it counts again once speech is heard that was not there at the time.
        """
        with self._lock:
            return self._call.starved / self.sample_rate

    @property
    def drained(self) -> bool:
        """Whether the call is finished and all of it was heard."""
        with self._lock:
            call = self._call
            return call.finished and not call.pending and self._log.heard() >= self._last_sound_out

    # ------------------------------------------------------------------ the device's side

    def pull(self, frames: int, at: float | None = None) -> NDArray[np.int16]:
        """The next ``frames`` samples to play, of shape (frames,).

        Args:
            frames: how many.
            at: when they were asked for, on the clock; now, if None.
        """
        out = np.zeros(frames, np.int32)
        with self._lock:
            call = self._call
            lead = self._lead[:frames]
            self._lead = self._lead[frames:]
            done = len(lead)
            out[:done] = lead
            spans = [Span(0, call.cursor, 0.0)]
            if not call.paused:
                done = self._play(out, done, spans)
                self._recent = np.concatenate((self._recent, out))[-self._fade :]
                call.wait(round((frames - done) * self._speed))
            tail = self._tail[:frames]
            self._tail = self._tail[frames:]
            out[: len(tail)] += tail
            pcm = np.clip(self._volume.apply(out), -32768, 32767).astype(np.int16)
            self._log.record(pcm, tuple(spans), at)
        return pcm

    def _play(self, out: NDArray[np.int32], done: int, spans: list[Span]) -> int:
        """Fill ``out`` from ``done`` on, as far as the call goes; returns how far that is."""
        call = self._call
        first = done
        while playable := call.playable(math.ceil((len(out) - done) * FASTEST)):
            begin = call.cursor
            if self._speed != 1.0 or self._stretch.busy(begin):
                sound, end = self._stretch.read(call.sound, begin, begin + playable, len(out) - done, self._speed)
            else:
                sound = mix_unheard(call.pending, begin, min(playable, len(out) - done))
                end = begin + len(sound)
            out[done : done + len(sound)] = sound
            spans.append(Span(done, begin, (end - begin) / len(sound)))
            done += len(sound)
            call.advance(end)
        if done > first:
            self._last_sound_out = self._log.out + done
            spans.append(Span(done, call.cursor, 0.0))
        return done

    def _cut(self, blocks: list[Block]) -> None:
        """Let pending blocks that end here sound on for a moment, fading, so that there is no click."""
        call = self._call
        if call.paused:
            return
        if self._stretch.busy(call.cursor):
            turns = {block.turn for block in blocks}
            sound = self._stretch.continuation(
                lambda begin, frames: call.sound(begin, frames, turns.__contains__), call.cursor, self._fade
            )
        else:
            sound = mix_unheard(blocks, call.cursor, self._fade)
        fading = (sound * self._fade_in[::-1]).astype(np.int32)
        longer, shorter = sorted((fading, self._tail), key=len, reverse=True)
        longer = longer.copy()
        longer[: len(shorter)] += shorter
        self._tail = longer

    def _rising(self, sound: NDArray[np.int32]) -> NDArray[np.int32]:
        """The last samples of a fade-in."""
        return (sound * self._fade_in[self._fade - len(sound) :]).astype(np.int32)
