"""Times of characters, as a service tells them while it speaks, to times of a text's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vcg_tui.models.conversation import Word

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHORTEST_S = 0.01
_BACK_S = 0.05
"""Times that go back by more than this are counted from the start of their own chunk of sound."""


class CharacterTimes:
    """Takes the characters in the order they are spoken and hands out each word of the text once it was heard.

    White space plays no part. Where the characters are others than the text's, the words from there on have no times;
    `untimed` tells them.

    Args:
        text: what is spoken.
    """

    def __init__(self, text: str) -> None:
        self._words = text.split()
        self._letters = [(index, letter) for index, word in enumerate(self._words) for letter in word]
        self._at = 0
        self._strayed = False
        self._told: list[str] = []
        self._last_end = 0.0
        self._open: tuple[float, float] | None = None
        """Start and end so far of the word that is being spelled."""
        self._ready: list[tuple[float, float]] = []
        """Of the words that are spelled to their end and not handed out yet."""
        self._given = 0
        self._given_until = 0.0

    @property
    def last_end_s(self) -> float:
        """Where the last character ends."""
        return self._last_end

    @property
    def lost(self) -> bool:
        """Whether letters are missing: some were told, and they are the text's but for those that are not there.

        A service that reads "$5" as "five dollars" tells other letters, which is no loss.
        """
        due = "".join(letter for _, letter in self._letters if letter.isalnum())
        told = "".join(self._told)
        if not told or told == due:
            return False
        rest = iter(due)
        return all(letter in rest for letter in told)

    @property
    def untimed(self) -> list[str]:
        """The words without times: those that were not handed out."""
        return self._words[self._given :]

    @property
    def given_until_s(self) -> float:
        """Where the last word that was handed out ends."""
        return self._given_until

    def feed(
        self, characters: Sequence[str], starts: Sequence[float], ends: Sequence[float], *, chunk_start_s: float
    ) -> None:
        """Take the characters of a chunk.

        Args:
            characters: in order; one may be more than one letter long.
            starts: their starts in seconds, from the start of the utterance, or of the chunk (it shows: they go back).
            ends: their ends.
            chunk_start_s: where the chunk's sound begins in the utterance.

        Raises:
            ValueError: the lists are of different lengths.
        """
        offset = chunk_start_s if starts and starts[0] + _BACK_S < self._last_end else 0.0
        for letters, start, end in zip(characters, starts, ends, strict=True):
            self._last_end = max(self._last_end, end + offset)
            for letter in letters:
                if not letter.isspace():
                    self._take(letter, start + offset, end + offset)

    def heard(self, until_s: float) -> list[Word]:
        """The words that end within the sound so far, and were not handed out before."""
        count = next((i for i, (_, end) in enumerate(self._ready) if end > until_s), len(self._ready))
        return self._give(count, until_s)

    def finish(self, duration_s: float) -> list[Word]:
        """The timed words that are left, none beyond the end of the utterance."""
        return self._give(len(self._ready), duration_s)

    def _take(self, letter: str, start: float, end: float) -> None:
        if letter.isalnum():
            self._told.append(letter)
        if self._strayed or self._at >= len(self._letters) or self._letters[self._at][1] != letter:
            self._strayed = True
            return
        begin, latest = self._open or (start, end)
        self._open = (min(begin, start), max(latest, end))
        index = self._letters[self._at][0]
        self._at += 1
        if self._at == len(self._letters) or self._letters[self._at][0] != index:
            self._ready.append(self._open)
            self._open = None

    def _give(self, count: int, until_s: float) -> list[Word]:
        words: list[Word] = []
        for left, (begin, end) in zip(range(count, 0, -1), self._ready[:count], strict=True):
            # A word needs some time for itself, also where the service gives it none or counts beyond the sound.
            start = max(self._given_until, min(begin, until_s - left * _SHORTEST_S))
            self._given_until = max(start + _SHORTEST_S, min(end, until_s))
            words.append(Word(text=self._words[self._given], start_s=start, end_s=self._given_until))
            self._given += 1
        del self._ready[:count]
        return words
