"""A text as the engine should read it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from vcg_tui.providers.tts.english_figures import said_words

ELLIPSIS_MS = 380
_MAX_PAUSE_MS = 1200
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


def spoken_text(text: str, language: str = "en-us") -> SpokenText:
    """Prepare a text: ellipses become pauses; in English, hesitations and figures get a spelling that sounds like them.

    Args:
        text: what is to be said.
        language: what the engine reads it as; the figures are American in ``en-us``, British in any other English.
    """
    english = language.partition("-")[0] == "en"
    builder = _Builder(text, english=english)
    words = builder.spoken.words
    said = said_words(words, american=language.startswith("en-us")) if english else words
    for index, word in enumerate(said):
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
    def __init__(self, text: str, *, english: bool) -> None:
        self._english = english
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
        # "um" and "er" are words of other languages
        sound = _as_a_sound(part) if self._english else None
        self._put(sound or _shortened(part), index)

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
