"""Cutting a stream of text into pieces to be spoken, as early as is safe."""

from __future__ import annotations

import re
from typing import Final, cast

# These end a sentence whatever follows; a Latin full stop may belong to an abbreviation, a number or an address.
_HARD: Final = "。！？．｡।॥؟۔።။។։"
_CLOSERS: Final = r"[\"'”’»)\]」』）】》]"
# Letters of scripts that put no space between sentences.
_UNSPACED: Final = "\u3040-\u30ff\u3400-\u9fff「『（【《"
# Where a sentence may end: just before the first visible character that follows. Nothing gives back what it took, so
# that a closing quote still to come is waited for.
_CANDIDATE: Final = re.compile(
    rf"(?:[{_HARD}]++[{_HARD}.!?]*+{_CLOSERS}*+\s*+|[.!?…]++{_CLOSERS}*+\s++"
    rf"|[!?]++{_CLOSERS}*+(?=[{_UNSPACED}])|\s*\n\s*+)(?=\S)"
)
# 「はい。」と言いました: what follows the quotation belongs to its sentence.
_QUOTED: Final = re.compile(r"[」』]\s*$")
_QUOTING: Final = "とっのをがにだで"
_LIST_MARKER: Final = re.compile(r"^\s*(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,4}|[Ss]tep \d+)[.)]$")


def _word(*words: str) -> re.Pattern[str]:
    """One of these at the end of a text, whole, with its full stop."""
    return re.compile(rf"(?:^|[\s(])(?:{'|'.join(words)})\.$", re.IGNORECASE)


# Abbreviations that the library does not know, or not in every language; calls mix languages within a sentence. A cut
# missed after one of them can't be heard, a wrong one can.
_NEVER_LAST: Final = _word(
    *("Mrs?", "Ms", "Mx", "Dr", "Prof", "Rev", "Capt", "Sgt", "Lt", "Gen", "Asst", "Supt", "Hon", "Jr", "Attn"),
    *("St", "Ste", "Rd", "Ave?", "Ft", "Mt", "Apt", "Acct", "Ref", "vs", "approx", "e\\.g", "i\\.e"),
    *("Mon", "Tues?", "Wed", "Thu(?:rs?)?", "Fri", "Sat", "Rm", "Cust", "Nr", "R[ée]f", "kl", "zzgl", "a?prox"),
    *("Sra?", "Srta", "Sta", "Dra", "Dña", "Ing", "Lic", "Ex[mc][oa]", "Mme", "Mlle", "Sig", "Dott", "Fr", "Hr"),
    *("Profa", "Pr", "Col", "Al", "Cad", "обл", "प्रो", "Κος", "Κα", "ود"),
    *("Dhr", "Mevr", "Sn", "Smt", "Shri", "ul", "ул", "им", "проф", "डॉ", "श्री"),
    # A letter: an initial, or short for a word; the Russian for "me" is one.
    "[a-z\u0400-\u042e\u0430-\u044e\u05d0-\u05ea\u0621-\u064a]",
)
_NUMBERED: Final = _word(
    *("No", "Nr", "Nos", "Vol", "Tel", "Ext", "pp?", "Err", "Fig", "Sec", "Art", "v", "Ver", "Min", "Max", "ca", "ok"),
    *("núm", "pág", "godz", "кв", "корп", "тел", "стр", "नं", "रु"),
)
# "Order no. A-4471": here no is no answer.
_NAMED_NUMBER: Final = re.compile(
    r"\b(?:order|account|ticket|case|invoice|reference|item|policy|customer|contract|tracking|serial|part|model"
    r"|flight|card|phone|claim|bill|booking|confirmation|receipt|parcel|unit|room|meter)\s+n[or]\.$",
    re.IGNORECASE,
)
# English words that the library takes for abbreviations, and what it keeps with the text that follows: brackets.
_SURE: Final = re.compile(r"(?:^|[^\w.])(?:no|me|us|may)\.$", re.IGNORECASE)
_BRACKETED: Final = re.compile(r"\w{2}[.!?]\)$")
# "am 3. Mai": where a full stop after a number makes it an ordinal, it ends no sentence for certain.
_ORDINAL: Final = re.compile(r"(?:^|[\s(])\d{1,2}\.$")
_ORDINAL_LANGUAGES: Final = frozenset(
    {"cs", "da", "de", "et", "fi", "hr", "hu", "lt", "lv", "nb", "pl", "sk", "sl", "sr", "tr"}
)
# 12：30 and １，０００ are one number.
_CLAUSE: Final = re.compile(r"[,;:—–،؛]\s+|(?<!\d)[、，；：]|[、，；：](?!\d)")
# A quarter of a second of a model's writing: a shorter sentence is worth waiting for, it sounds better whole.
_LONG_WAIT: Final = 80
_SHORTEST_CLAUSE: Final = 12
# A letter of these scripts takes a model about as long as three of an alphabet, and as long to say.
_DENSE: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class SentenceSplitter:
    """Takes text as it is written and hands out pieces to speak; joined, they are the text.

    A piece is one sentence, or several short ones; after the first piece, which leaves as soon as it is sure, pieces
    shorter than ``min_chars`` wait for company, because every piece is a request. A sentence longer than ``max_chars``
    is cut at a clause. With ``hurry``, so is a first sentence that is longer than ``_LONG_WAIT`` letters, at its
    first clause.
    """

    def __init__(self, language: str = "en", *, min_chars: int = 20, max_chars: int = 280, hurry: bool = False) -> None:
        self._language = language
        self._min_chars = min_chars
        self._max_chars = max_chars
        self._buffer = ""
        self._short = ""
        self._first = True
        self._hurry = hurry

    def feed(self, text: str) -> list[str]:
        """Add text; returns the pieces that are certainly complete, the same however the text is cut up."""
        self._buffer += text
        pieces: list[str] = []
        while cut := self._cut():
            self._short += self._buffer[:cut]
            self._buffer = self._buffer[cut:]
            # What holds nothing to speak ("...") is no piece of its own.
            if any(map(str.isalnum, self._short)) and (self._first or len(self._short.strip()) >= self._min_chars):
                pieces.append(self._short)
                self._short = ""
                self._first = False
        return pieces

    def finish(self) -> list[str]:
        """The text has ended; returns what is left."""
        rest, self._short, self._buffer = self._short + self._buffer, "", ""
        return [rest] if rest.strip() else []

    def _cut(self) -> int:
        """Where the buffer is to be cut; 0: nowhere yet."""
        sentence = self._boundary()
        if (
            self._hurry
            and self._first
            and _is_long(self._buffer)
            and (not sentence or _is_long(self._buffer[:sentence]))
        ):
            clause = _first_clause(self._buffer[: self._max_chars + 1])
            if clause and not 0 < sentence <= clause:
                return clause
        return sentence or self._cap()

    def _boundary(self) -> int:
        """Where the first certain sentence of the buffer ends, its white space included; 0: nowhere yet."""
        for candidate in _CANDIDATE.finditer(self._buffer[: self._max_chars + 1]):
            if self._is_certain(candidate.group(), candidate.end()):
                return candidate.end()
        return 0

    def _is_certain(self, mark: str, end: int) -> bool:
        """Whether a sentence ends with this mark; looks no further than the character after it."""
        before, follower = self._buffer[:end].rstrip(), self._buffer[end]
        if not before:
            return False
        if _QUOTED.search(mark) and follower in _QUOTING:
            return False
        if mark[0] in _HARD:
            return not (mark == "．" and follower.isdigit())
        if "\n" in mark or not mark[-1].isspace():
            return True
        if follower.islower() or _goes_on(before, follower):
            return False
        if self._language in _ORDINAL_LANGUAGES and _ORDINAL.search(before):
            return False
        sure = _BRACKETED.search(before) or (self._language == "en" and _SURE.search(before))
        return bool(sure) or _segment(self._language, self._buffer[: end + 1])[-1] == follower

    def _cap(self) -> int:
        if len(self._buffer) <= self._max_chars:
            return 0
        window = self._buffer[: self._max_chars]
        clauses = [match.end() for match in _CLAUSE.finditer(window)]
        if clauses and clauses[-1] >= self._max_chars // 4:
            return clauses[-1]
        return window.rfind(" ") + 1 or self._max_chars


def _goes_on(before: str, follower: str) -> bool:
    """Whether what seems to be a sentence's end is known to be none."""
    # ". . ." is one mark, and its next part is looked at by itself.
    if follower in ".…!?" or _LIST_MARKER.match(before):
        return True
    if _NUMBERED.search(before) and (follower.isdigit() or follower == "#"):
        return True
    return bool(_NEVER_LAST.search(before) or _NAMED_NUMBER.search(before))


def _letters(text: str) -> int:
    """How long a text is, in letters of an alphabet."""
    return len(text) + 2 * len(_DENSE.findall(text))


def _is_long(text: str) -> bool:
    return _letters(text) > _LONG_WAIT


def _first_clause(text: str) -> int:
    """Where the first clause of a text ends, white space included; 0: nowhere.

    For the one case in which a listener waits in silence, and the first words should not wait for a whole sentence.
    """
    for match in _CLAUSE.finditer(text):
        if _letters(text[: match.start()]) >= _SHORTEST_CLAUSE and match.end() < len(text):
            return match.end()
    return 0


def _segment(language: str, text: str) -> list[str]:
    # Loaded at first use: most commands never split a sentence.
    import sentencex

    # Compiled code without types of its own.
    return cast("list[str]", sentencex.segment(language, text))  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
