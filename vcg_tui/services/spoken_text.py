"""From what a model writes to what a person says: the end-of-call tag taken out, marks of written language too.

Both filters work on a stream: what can't be judged yet is held back until it can.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from vcg_tui.models.conversation import Outcome

_TAG: Final = re.compile(r"</?\s*end_call\b([^<>]*)>", re.IGNORECASE)
_TAG_START: Final = re.compile(
    r"<(?:/?\s*(?:e(?:n(?:d(?:_(?:c(?:a(?:l(?:l(?:\b[^<>]*)?)?)?)?)?)?)?)?)?)?$", re.IGNORECASE
)
_OUTCOME: Final = re.compile(r"outcome\s*=\s*[\"']?\s*([a-z_]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class EndSignal:
    """A side ended its part."""

    outcome: Outcome | None
    """None: the side named none, or one that there is not."""


class EndTagFilter:
    """Takes `<end_call outcome="..."/>` out of a stream, even when it arrives in pieces."""

    def __init__(self) -> None:
        self._held = ""
        self.signal: EndSignal | None = None

    def feed(self, text: str) -> str:
        """Add text; returns what surely is no part of a tag."""
        self._held = _TAG.sub(self._take, self._held + text)
        start = _TAG_START.search(self._held)
        cut = start.start() if start else len(self._held)
        passed, self._held = self._held[:cut], self._held[cut:]
        return passed

    def finish(self) -> str:
        """The text has ended; a tag that was cut off after its name still counts."""
        rest, self._held = self._held, ""
        cut_off = re.match(r"(?s)</?\s*end_call\b.*", rest, re.IGNORECASE)
        if cut_off:
            self._take(cut_off)
            return ""
        return rest

    def _take(self, match: re.Match[str]) -> str:
        found = _OUTCOME.search(match.group(0))
        try:
            outcome = Outcome(found.group(1).lower()) if found else None
        except ValueError:
            outcome = None
        if self.signal is None or outcome is not None:
            self.signal = EndSignal(outcome)
        return ""


# Sounds and gestures in every form of the word; what is also plain speech ("clear", "type", "wait") only in the forms
# that stage directions use.
_VOCAL: Final = re.compile(
    r"\s*(?:(?:deep|long|small|short|nervous|awkward|slight|heavy|soft|quiet|brief)(?:ly)?\s+)*"
    r"(?:(?:sigh|laugh|chuckl|giggl|paus|sniffl?|cough|groan|gasp|smil|nod|whisper|sob|mutter|inhal|exhal|hesitat|frown"
    r"|grumbl|huff)(?:s|e|es|ed|[bd]?ing|ter)?"
    r"|breath(?:s|es|e|ing)?|crying|cries|(?:shout|yell|wait|listen|typ)(?:s|es|ing)|clear(?:s|ing)\s.*throat"
    r"|beat|silence|on hold|tuts?|sounds? of|(?:hold |background )?(?:music|noise|chatter))\b",
    re.IGNORECASE,
)
_LABELS: Final = (
    "customer",
    "caller",
    "client",
    "agent",
    "support agent",
    "support",
    "assistant",
    "user",
    "representative",
)
_LABEL: Final = re.compile(rf"\**(?:{'|'.join(_LABELS)})\** *:\**", re.IGNORECASE | re.ASCII)
_LINE_MARK: Final = re.compile(r"(?:[-•‣▪*]|#{1,6}|\d{1,2}[.)])[ \t]+")
_LINE_MARK_START: Final = re.compile(r"[-•‣▪*]|#{1,6}|\d{1,2}[.)]?")
_EMOJI: Final = re.compile(
    "[\U0001f000-\U0001faff\U00002600-\U000027bf\U0000fe0f\U0000200d\U000020e3\U0001f1e6-\U0001f1ff\U00002b50\U00002b55]"
)
_PLAIN: Final = re.compile(r"[^\W_]+[,.!?;:'’-]?")
"""What is said whatever stands around it: gone over in one step, for most of every text is that."""
_CLOSER: Final = {"[": "]", "(": ")"}
# How far ahead a mark's other half is looked for; a mark without one is an ordinary character.
_LOOK_AHEAD: Final = 90
_LABEL_LENGTH: Final = 24


class SpokenTextFilter:
    """Takes marks of written language out of a stream: stage directions, markdown, list bullets, emoji, speaker labels.

    ``cleaned`` counts what was taken out. White space becomes single blanks. Round brackets that hold no stage
    direction stay. The result does not depend on how the text was cut into pieces.
    """

    def __init__(self) -> None:
        self.cleaned = 0
        self._held = ""
        self._finished = False
        self._at_start = True
        self._at_line_start = True
        self._blank = False
        self._said = False
        self._last = ""
        self._just_dropped = False

    def feed(self, text: str) -> str:
        """Add text; returns what is sure to be spoken."""
        self._held += text
        return self._scan()

    def finish(self) -> str:
        """The text has ended; returns the rest, without white space at its end."""
        self._finished = True
        return self._scan()

    def _scan(self) -> str:
        out: list[str] = []
        while self._held:
            if self._at_start:
                self._held = self._held.lstrip()
                start = self._held[:_LABEL_LENGTH]
                if not self._finished and _may_become_label(start):
                    break
                self._at_start = False
                if label := _LABEL.match(start):
                    self._drop(label.end())
                continue
            step = self._step()
            if step is None:
                break
            out.append(step)
        return "".join(out)

    def _step(self) -> str | None:
        """Deal with the first unit held; None: more text is needed to know."""
        char = self._held[0]
        if char.isspace():
            self._at_line_start = self._at_line_start or char == "\n"
            self._blank = True
            self._held = self._held[1:]
            return ""
        if self._at_line_start:
            if _LINE_MARK_START.fullmatch(self._held) and not self._finished:
                return None
            self._at_line_start = False
            if mark := _LINE_MARK.match(self._held):
                self._drop(mark.end())
                return ""
        if char in _CLOSER:
            return self._bracket(char, _CLOSER[char])
        if char in "*_`~":
            return self._emphasis(char)
        if _EMOJI.match(char):
            self._drop(1)
            return ""
        plain = _PLAIN.match(self._held)
        return self._say(plain.end() if plain else 1)

    def _bracket(self, opener: str, closer: str) -> str | None:
        end = self._held.find(closer, 1, _LOOK_AHEAD)
        if end < 0:
            return self._say(1) if self._finished or len(self._held) >= _LOOK_AHEAD else None
        if opener == "[" or _VOCAL.match(self._held[1:end]):
            self._drop(end + 1)
            return ""
        return self._say(1)

    def _emphasis(self, char: str) -> str | None:
        window = self._held[:_LOOK_AHEAD]
        size = len(window) - len(window.lstrip(char))
        complete = self._finished or len(window) == _LOOK_AHEAD
        follower = window[size : size + 1]
        if not (follower or complete):
            return None
        adjacent = self._said and not self._blank
        if char == "_" and size == 1 and adjacent and self._last.isalnum() and follower.isalnum():
            return self._say(1)
        opens = char in "*_" and bool(follower) and not follower.isspace() and (follower.isalnum() or not adjacent)
        end = window.find(char * size, size) if opens else -1
        if opens and end < 0 and not complete:
            return None
        # What is only emphasised is said; only the marks go.
        direction = end >= 0 and _VOCAL.match(window[size:end])
        self._drop(end + size if direction else size)
        return ""

    def _drop(self, length: int) -> None:
        self._held = self._held[length:]
        self._just_dropped = True
        self.cleaned += 1

    def _say(self, length: int) -> str:
        text, self._held = self._held[:length], self._held[length:]
        # A mark taken out before punctuation leaves a blank that nobody wants.
        blank = self._blank and self._said and not (self._just_dropped and text[0] in ",.!?;:")
        self._blank, self._said, self._just_dropped = False, True, False
        self._last = text[-1]
        return f" {text}" if blank else text


def _may_become_label(start: str) -> bool:
    """Whether the beginning of a turn could still grow into "Agent:", or into a longer form of it."""
    if len(start) >= _LABEL_LENGTH:
        return False
    if label := _LABEL.match(start):
        return label.end() == len(start)
    letters = start.lstrip("*").lower()
    return any(label.startswith(letters) or letters.rstrip("* ") == label for label in _LABELS)
