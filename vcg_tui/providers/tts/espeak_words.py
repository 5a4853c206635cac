"""The times of a text's words, from the engine's word events and its sound."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from vcg_tui.models.conversation import Word

if TYPE_CHECKING:
    from vcg_tui.audio.pcm import Pcm
    from vcg_tui.providers.tts.espeak_text import SpokenText

_SHORTEST_S = 0.01
"""No word of an event is shorter than this."""
_HOP_S = 0.01
_BREATH = 0.02
"""Of the loudest so far, 34 dB below it: the engine's pauses are silent, but for the breath of some voices."""
_PAUSE_S = 0.08
"""Shorter silences are parts of a word: the closure of a p, t or k."""


def _weight(word: str) -> int:
    return 1 + sum(character.isalnum() for character in word)


class WordTimer:
    """Turns the engine's word events into the times of the text's words: each exactly once, in order, start < end.

    A word ends where its sound ends, not where the next one begins after a pause. One without an event of its own
    ("—", or the last of "there it is") shares the time of the one before, by their lengths; it is marked as estimated.

    Args:
        spoken: the text that the events belong to.
        rate: Hz in which events count.
    """

    def __init__(self, spoken: SpokenText, rate: int) -> None:
        self._spoken = spoken
        self._rate = rate
        self._ahead: list[tuple[int, float]] = []
        """Words with an event whose sound has not come yet, and their starts in seconds."""
        self._last: tuple[int, float] | None = None
        """The last word with an event; it is handed out when its end is known."""
        self._peaks = np.zeros(0, np.int32)
        """The largest sample of each hundredth of a second."""
        self._rest = np.zeros(0, np.int16)

    def hear(self, pcm: Pcm) -> None:
        """Take the engine's sound, as it comes."""
        hop = round(self._rate * _HOP_S)
        sound = np.concatenate((self._rest, pcm))
        whole = sound.size // hop
        peaks = np.abs(sound[: whole * hop].astype(np.int32)).reshape(whole, hop).max(axis=1, initial=0)
        self._peaks = np.concatenate((self._peaks, peaks))
        self._rest = sound[whole * hop :]

    def event(self, position: int, length: int, sample: int) -> None:
        """Take an event: characters of the pieces' texts joined, and the sample where they begin to be heard."""
        owners = self._spoken.owner[position : position + max(length, 1)]
        index = next((owner for owner in owners if owner >= 0), -1)
        before = self._ahead[-1] if self._ahead else self._last
        start = sample / self._rate
        if before is None:
            # Room for words in front that make no sound.
            start = max(start, index * _SHORTEST_S)
        # Later events of one word say nothing new.
        if index >= 0 and (before is None or (index > before[0] and start >= before[1] + _SHORTEST_S)):
            self._ahead.append((index, start))

    def heard(self, samples: int) -> list[Word]:
        """The words whose times are certain, now that so many samples have come."""
        words: list[Word] = []
        while self._ahead and self._ahead[0][1] + _SHORTEST_S <= samples / self._rate:
            index, start = self._ahead.pop(0)
            words += self._until(index, start)
            self._last = (index, start)
        return words

    def finish(self, duration_s: float) -> list[Word]:
        """The words that are left, up to the end of the utterance. Events after its end are no use."""
        return self._until(len(self._spoken.words), duration_s)

    def _sound_end(self, earliest: float, end: float) -> float:
        """Where the last sound before a time ends; the time itself, unless a pause lies between."""
        span = self._peaks[int(earliest / _HOP_S) : int(end / _HOP_S)]
        loud = np.flatnonzero(span > _BREATH * self._peaks.max(initial=0))
        if not loud.size:
            return end
        stop = (int(earliest / _HOP_S) + int(loud[-1]) + 1) * _HOP_S
        return min(max(stop, earliest), end) if end - stop >= _PAUSE_S else end

    def _until(self, index: int, end: float) -> list[Word]:
        first, start = self._last or (0, 0.0)
        count = index - first
        if self._last is not None:
            end = self._sound_end(start + count * _SHORTEST_S, end)
        reach = [0, *accumulate(_weight(word) for word in self._spoken.words[first:index])]
        edges = [start + (end - start) * part / reach[-1] for part in reach[:-1]] + [end]
        return [
            Word(
                text=self._spoken.words[first + i],
                start_s=edges[i],
                end_s=edges[i + 1],
                estimated=i > 0 or self._last is None,
            )
            for i in range(count)
        ]
