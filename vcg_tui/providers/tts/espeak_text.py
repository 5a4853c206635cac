"""A text as the engine should read it, and the times of its own words from the engine's."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from itertools import accumulate

from vcg_tui.models.conversation import Word

ELLIPSIS_MS = 380
_MAX_PAUSE_MS = 1200
_SHORTEST_S = 0.01
"""No word of an event is shorter than this."""
_ELLIPSIS = re.compile(r"(?:\.{2,}|…)+([?!]*)")
_UNSAID = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "So", "Sk"})
"""Categories of characters that nobody reads aloud: controls (the engine takes some as commands), emoji, halves."""

_SOUNDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i:u+h+)"), "uh"),
    (re.compile(r"(?i:u+h*m+)"), "um"),
    (re.compile(r"[Ee]+r+"), "er"),  # not the "ER"
    (re.compile(r"(?i:e+h*r*m+)"), "erm"),
    (re.compile(r"(?i:h+m+|mm+)"), "hmm"),
    (re.compile(r"(?i:m+-?h+m+)"), "uh-huh"),
    (re.compile(r"(?i:shh*)"), "shush"),
)
"""Hesitations and murmurs in all their spellings, and the one that the engine says as a sound, not letter by letter."""
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}", re.IGNORECASE)
"""A letter three times or more ("pleeease"); the engine would say each."""
_NUMERAL = re.compile(r"[IVXLCM]+")
_CORE = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?")


@dataclass(slots=True)
class SpokenText:
    """What to say for a text.

    Attributes:
        words: the text's words, split at white space, as they stand in it.
        pieces: texts for the engine, each with the silence after it in milliseconds.
        owner: for each character of the pieces' texts joined, the index of the word it speaks for, or -1.
    """

    words: tuple[str, ...]
    pieces: list[tuple[str, int]] = field(default_factory=list)
    owner: list[int] = field(default_factory=list)

    @property
    def speakable(self) -> bool:
        """Whether there is anything to say."""
        return any(character.isalnum() for text, _ in self.pieces for character in text)


def spoken_text(text: str) -> SpokenText:
    """Prepare a text: ellipses become pauses, hesitations get a spelling that sounds like one."""
    builder = _Builder(text)
    for index, word in enumerate(builder.spoken.words):
        builder.add_word(index, word)
    builder.end_piece(0)
    return builder.spoken


def _as_a_sound(part: str) -> str | None:
    """A hesitation in the engine's spelling, with a pause after it; None for any other word."""
    core = _CORE.search(part)
    if core is None:
        return None
    before, after = part[: core.start()], part[core.end() :]
    if any(character.isalnum() for character in before + after):
        return None
    for pattern, spelling in _SOUNDS:
        if pattern.fullmatch(core[0]):
            # A hesitation stands apart from what follows.
            return before + spelling + (after or ",")
    return None


def _shortened(part: str) -> str:
    """A word without drawn-out letters; abbreviations ("AAA", "www") and numerals ("III") stay."""
    letters = "".join(character for character in part if character.isalpha())
    if len(set(letters.lower())) < 2 or _NUMERAL.fullmatch(letters):
        return part
    return _DRAWN_OUT.sub(r"\1", part)


class _Builder:
    def __init__(self, text: str) -> None:
        self.spoken = SpokenText(tuple(text.split()))
        self._piece: list[str] = []

    def add_word(self, index: int, word: str) -> None:
        self._put(" ", -1)
        at = 0
        for match in _ELLIPSIS.finditer(word):
            self._say(index, word[at : match.start()])
            if match[1] or (self._piece and self._piece[-1][-1:].isalnum()):
                self._put(match[1] or ",", -1)
            self.end_piece(ELLIPSIS_MS)
            at = match.end()
        self._say(index, word[at:])

    def _say(self, index: int, part: str) -> None:
        part = "".join(c for c in part if c == "°" or unicodedata.category(c) not in _UNSAID)
        self._put(_as_a_sound(part) or _shortened(part), index)

    def _put(self, part: str, owner: int) -> None:
        self._piece.append(part)
        self.spoken.owner.extend([owner] * len(part))

    def end_piece(self, pause_ms: int) -> None:
        text = "".join(self._piece)
        self._piece = []
        if any(c.isalnum() for c in text):
            self.spoken.pieces.append((text, pause_ms))
            return
        # Nothing to say here, as before an ellipsis that opens a text: its characters go, its pause stays.
        if text:
            del self.spoken.owner[-len(text) :]
        if not pause_ms:
            return
        said, before = self.spoken.pieces.pop() if self.spoken.pieces else ("", 0)
        self.spoken.pieces.append((said, min(before + pause_ms, _MAX_PAUSE_MS)))


def _weight(word: str) -> int:
    return 1 + sum(character.isalnum() for character in word)


class WordTimer:
    """Turns the engine's word events into the times of the text's words: each exactly once, in order, start < end.

    A word without an event of its own ("—") shares the time of the one before, by their lengths; it is
    marked as estimated.

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

    def _until(self, index: int, end: float) -> list[Word]:
        first, start = self._last or (0, 0.0)
        count = index - first
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
