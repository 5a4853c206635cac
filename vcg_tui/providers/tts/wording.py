"""Whether what a model says it spoke is what it was asked to speak."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

_LIKE_ENOUGH = 0.9
_SAME_WORD = 0.75
_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_NUMBERS = {word: value for value, word in enumerate(_ONES)} | {w: 10 * n for n, w in enumerate(_TENS, 2)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_ORDINALS = {"third": "three", "fifth": "five", "eighth": "eight", "ninth": "nine", "twelfth": "twelve"}
_UNSAID = frozenset({"and", "dollar", "dollars", "cent", "cents", "pound", "pounds", "pence", "euro", "euros", "point"})
"""Words that are written or not written around a number."""
_NO = frozenset({"not", "no", "never", "none", "nothing", "nobody"})
_TOKEN = re.compile(r"\d+|[^\W\d_]+")


def same_words(spoken: str, asked: str) -> bool:
    """Whether a transcript holds the words of a text, but for spelling and the way numbers are written.

    One word in ten may differ; a "not" more or less, or other digits, is another text.
    """
    heard, wanted = _normal(spoken), _normal(asked)
    if heard == wanted:
        return True
    if sum(word in _NO for word in heard) != sum(word in _NO for word in wanted):
        return False
    digits, due = ("".join(word for word in words if word.isdigit()) for words in (heard, wanted))
    if len(digits) == len(due) and digits != due:
        return False
    return _alike(heard, wanted) >= _LIKE_ENOUGH or _letters_alike(heard, wanted)


def _normal(text: str) -> list[str]:
    """The words, lower case, without punctuation; numbers in figures, those in a row as one."""
    text = text.lower().replace("’", "'").replace("%", " percent ").replace("&", " and ")
    text = re.sub(r"\bcan't\b|\bcannot\b", "can not", text.replace("won't", "will not"))
    text = re.sub(r"\bokay\b|\bo\.k\.", "ok", re.sub(r"n't\b", " not", text))
    text = re.sub(r"[.:]00\b", "", text)
    text = re.sub(r"(?<=\d)(st|nd|rd|th)\b|(?<=\d),(?=\d{3})|'", "", text)
    words: list[str] = []
    for word in _figures([word for word in _TOKEN.findall(text) if word not in _UNSAID]):
        if words and word.isdigit() and words[-1].isdigit():
            words[-1] += word
        else:
            words.append(word)
    return words


def _figures(words: list[str]) -> list[str]:
    """Number words as figures: "forty four seventy one" is 44, 71, "four hundred ten" is 410."""
    said: list[str] = []
    value: int | None = None
    group = 0
    """What was last added to the number: what may follow must be smaller."""
    for index, word in enumerate(words):
        number = _number(word)
        if word == "oh" and (value is not None or (said and said[-1].isdigit())):
            number = 0
        if value is not None and word in _SCALES:
            scale = _SCALES[word]
            value = value // 1000 * 1000 + value % 1000 * scale if scale == 100 else value * scale
            group = scale
        elif number is not None and value is not None and 0 < number < group:
            value += number
            group = 10 if number >= 20 else 0
        else:
            if value is not None:
                said.append(str(value))
            value = number
            group = 10 if number is not None and number >= 20 else 0
            if number is None:
                alone = word in _SCALES and not (index and words[index - 1] in _SCALES)
                said.append(str(_SCALES[word]) if alone else word)
    if value is not None:
        said.append(str(value))
    return said


def _number(word: str) -> int | None:
    plain = _ORDINALS.get(word, word)
    if plain.endswith("ieth"):
        plain = plain[:-4] + "y"
    elif plain.endswith("th") and plain[:-2] in _NUMBERS:
        plain = plain[:-2]
    return _NUMBERS.get(plain)


def _alike(one: list[str], other: list[str]) -> float:
    """The share of words that both have in the same order, from 0 to 1; words that sound nearly alike count."""
    matched = 0.0
    for kind, from_one, to_one, from_other, to_other in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if kind == "equal":
            matched += to_one - from_one
        elif kind == "replace":
            # "wifi" for "wi-fi", "colour" for "color"
            left, right = "".join(one[from_one:to_one]), "".join(other[from_other:to_other])
            if _ratio(left, right) >= _SAME_WORD and not (left + right).isdigit():
                matched += (to_one - from_one + to_other - from_other) / 2
    return 2 * matched / (len(one) + len(other)) if one or other else 1.0


def _letters_alike(one: list[str], other: list[str]) -> bool:
    """For texts of a few words, where one that is spelled otherwise ("OK", "okay") weighs too much."""
    return max(len(one), len(other)) <= 4 and _ratio("".join(one), "".join(other)) >= _LIKE_ENOUGH


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
