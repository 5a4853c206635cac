"""What is played of a call, apart from any device: a queue that a sound card's callback pulls blocks from."""

from __future__ import annotations

import bisect
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vcg_tui.audio.heard import HeardLog, Level, Span
from vcg_tui.audio.volume import SmoothVolume

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


@dataclass(slots=True)
class _Block:
    start: int
    turn: int
    pcm: NDArray[np.int16]
    heard: int = 0
    """Samples handed over; they are not played again when the cursor goes back for a late block."""

    @property
    def end(self) -> int:
        return self.start + len(self.pcm)


@dataclass(slots=True)
class _TurnSound:
    start: int
    end: int
    complete: bool = False
    blocks: list[_Block] = field(default_factory=list[_Block])
    """All of it, heard or not, so that a turn can be heard again."""


@dataclass(slots=True)
class _Call:
    """The state of one call's playing."""

    turns: dict[int, _TurnSound] = field(default_factory=dict[int, _TurnSound])
    pending: list[_Block] = field(default_factory=list[_Block])
    """Blocks not wholly handed over, by start."""
    cursor: int = 0
    """The call's sample to be handed over next."""
    from_turn: int = 0
    """Turns before this one were skipped."""
    skip_waits: bool = False
    """A skip waits for its turn to come."""
    paused: bool = False
    started: bool = False
    finished: bool = False
    stopped: bool = False
    waited: int = 0
    """Frames of silence handed over since the queue ran dry."""
    starved: int = 0

    def turn_at(self, sample: int) -> int:
        """The latest turn begun at a sample; 0: none."""
        return max((turn for turn, sound in self.turns.items() if sound.start <= sample), default=0)

    def remove(self, turns: Callable[[int], bool]) -> list[_Block]:
        """Take the pending blocks of some turns out of the queue."""
        removed = [block for block in self.pending if turns(block.turn)]
        self.pending = [block for block in self.pending if not turns(block.turn)]
        return removed

    def playable(self, frames: int) -> int:
        """How many of the next frames hold the call: sound, or silence of the timeline before sound."""
        if not self.pending:
            return 0
        if self.pending[-1].end >= self.cursor + frames:
            return frames
        return min(frames, max(block.end for block in self.pending) - self.cursor)


class Playout:
    """A call as it is to be heard: blocks of sound come in at their place in the call, and are pulled out in order.

    Sound is mono int16 at ``sample_rate`` Hz. A place in the call is a sample index from its start. What is pulled is
    the call itself: the silence between blocks is the timeline's own, and blocks that overlap are summed. While
    nothing is due, silence is pulled and the call stands still; the silence that a listener waited through counts
    towards the gap that the timeline puts before the next block.

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
        self._tail = self._lead = self._recent = np.zeros(0, np.int32)
        self._call = _Call()
        self._began_out = self._last_sound_out = self._paused_out = 0

    # ------------------------------------------------------------------ what is to be heard

    def begin_call(self) -> None:
        """Forget the call so far and begin another at sample 0, not paused; volume and mute stay."""
        with self._lock:
            self._cut(self._call.remove(lambda _: True))
            self._call = _Call()
            self._lead, self._recent = self._lead[:0], self._recent[:0]
            self._began_out = self._last_sound_out = self._log.out

    def feed(self, start: int, turn: int, pcm: NDArray[np.int16]) -> None:
        """Add a piece of a turn (from 1) whose first sample has index ``start`` in the call; it is not copied.

        A piece that comes after its time is heard whole, as soon as it is there. After `stop`, and for skipped turns,
        it is dropped.

        Raises:
            ValueError: ``pcm`` is not int16 of shape (n,), or ``start`` is negative.
        """
        if pcm.dtype != np.int16 or pcm.ndim != 1:
            raise ValueError(f"sound to play must be int16 of shape (n,), not {pcm.dtype} of shape {pcm.shape}")
        if start < 0:
            raise ValueError(f"sound to play can't start at sample {start}")
        block = _Block(start, turn, pcm)
        with self._lock:
            call = self._call
            if call.stopped or not len(pcm):
                return
            if turn < call.from_turn:
                if call.skip_waits:
                    # The call moves past what is skipped, so that who writes ahead of the listener goes on writing.
                    call.cursor = max(call.cursor, block.end)
                return
            if call.skip_waits:
                call.skip_waits = False
                call.cursor = start
            elif not call.pending and call.started:
                credit = min(max(0, start - call.cursor), call.waited)
                call.cursor += credit
                call.starved += call.waited - credit
            call.waited = 0
            call.cursor = min(call.cursor, start)
            bisect.insort(call.pending, block, key=_start_of)
            sound = call.turns.setdefault(turn, _TurnSound(start, start))
            sound.start, sound.end = min(sound.start, start), max(sound.end, block.end)
            sound.blocks.append(block)

    def end_turn(self, turn: int) -> None:
        """All of a turn was fed; its length is final."""
        with self._lock:
            if sound := self._call.turns.get(turn):
                sound.complete = True

    def discard_turn(self, turn: int) -> None:
        """Forget a turn's sound: it comes again. What was heard of it was heard."""
        with self._lock:
            self._call.turns.pop(turn, None)
            self._cut(self._call.remove(lambda other: other == turn))

    def finish(self) -> None:
        """No more will come for this call."""
        with self._lock:
            self._finish()

    def _finish(self) -> None:
        call = self._call
        call.finished = True
        call.starved += call.waited
        call.waited = 0

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
                self._lead = (self._recent * self._fade_in[self._fade - len(self._recent) :]).astype(np.int32)

    def skip(self) -> None:
        """Jump to the start of the next turn; where it is not there yet, drop the rest of this one as it comes."""
        with self._lock:
            call = self._call
            position = self._position()
            now = call.turn_at(position)
            if call.from_turn in call.turns:
                now = max(now, call.from_turn)
            if call.stopped or call.turn_at(call.cursor) > now:
                return  # nothing plays, or the next turn is on its way already
            call.from_turn = now + 1
            dropped = call.remove(lambda turn: turn <= now)
            self._cut(dropped)
            self._recent = self._recent[:0]
            if call.pending:
                call.cursor = call.pending[0].start
            else:
                call.cursor = max([call.cursor, *(block.end for block in dropped)])
                call.skip_waits = not call.finished

    def stop(self) -> None:
        """Fall silent for good: what is queued is dropped, and so is what is still fed."""
        with self._lock:
            self._cut(self._call.remove(lambda _: True))
            self._call.stopped = True
            self._finish()

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
        if self._log.heard() < self._began_out or self._log.out == self._began_out:
            return 0
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
        """How long the listener waited in silence for speech that was due, in seconds.

        Counted between the first sound and `finish`. Silence of the timeline itself, pauses, and waiting for a skip's
        turn do not count; as the length of a gap is known only when its next turn comes, it is taken off then.
        """
        with self._lock:
            return (self._call.starved + self._call.waited) / self.sample_rate

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
            spans = [Span(0, call.cursor, moving=False)]
            playable = 0 if call.paused else call.playable(frames - done)
            if playable:
                spans.append(Span(done, call.cursor, moving=True))
                out[done : done + playable] = self._advance(playable)
                done += playable
                self._last_sound_out = self._log.out + done
                spans.append(Span(done, call.cursor, moving=False))
            if not call.paused:
                self._recent = np.concatenate((self._recent, out))[-self._fade :]
                if call.started and not call.finished and not call.skip_waits:
                    call.waited += frames - done
            tail = self._tail[:frames]
            self._tail = self._tail[frames:]
            out[: len(tail)] += tail
            pcm = np.clip(self._volume.apply(out), -32768, 32767).astype(np.int16)
            self._log.record(pcm, tuple(spans), at)
        return pcm

    def _advance(self, frames: int) -> NDArray[np.int32]:
        call = self._call
        end = call.cursor + frames
        sound = _mix(call.pending, call.cursor, frames)
        for block in call.pending:
            if block.start >= end:
                break
            block.heard = max(block.heard, min(end, block.end) - block.start)
            call.started = True
        call.cursor = end
        while call.pending and call.pending[0].end <= end:
            del call.pending[0]
        return sound

    def _cut(self, blocks: list[_Block]) -> None:
        """Let blocks that end here sound on for a moment, fading, so that there is no click."""
        if not self._call.paused:
            fading = _mix(blocks, self._call.cursor, self._fade) * self._fade_in[::-1]
            longer, shorter = sorted((fading.astype(np.int32), self._tail), key=len, reverse=True)
            longer = longer.copy()
            longer[: len(shorter)] += shorter
            self._tail = longer


def _start_of(block: _Block) -> int:
    return block.start


def _mix(blocks: list[_Block], begin: int, frames: int) -> NDArray[np.int32]:
    """The sum of what blocks, sorted by start, still have to be heard from ``begin`` on."""
    out = np.zeros(frames, np.int32)
    for block in blocks:
        if block.start >= begin + frames:
            break
        low, high = max(begin, block.start + block.heard), min(begin + frames, block.end)
        if low < high:
            out[low - begin : high - begin] += block.pcm[low - block.start : high - block.start]
    return out
