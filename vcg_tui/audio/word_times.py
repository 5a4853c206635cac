"""When each word of a text is heard, worked out from the sound alone, for voices that do not say.

The sound's pauses are laid on the gaps between words (long ones rather after a comma or a full stop, and so that what
lies between two pauses is as long as its syllables ask for); between two pauses the words share the time by their
syllables and letters.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np

from vcg_tui.audio.pcm import FULL_SCALE, Pcm
from vcg_tui.models.conversation import Word

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HOP_S = 0.01
_QUIETEST_DB = -70.0
_BELOW_SPEECH_DB = 30.0
"""A frame this far below the loud parts of the speech is a pause."""
_ABOVE_NOISE_DB = 6.0
_SHORTEST_PAUSE_S = 0.05
"""Shorter silences are parts of a sound: the closure of a p, t or k."""
_SHORTEST_SOUND_S = 0.03
_SHORTEST_WORD_S = 0.01
_REACH_S = 0.7
"""How far from where the syllables put it a pause is looked for, at least; half of the time before it, if more."""
_KEPT = 6
"""Ways that are followed at each pause."""
_MOST_IGNORED = 3
"""Pauses in a row that may lie inside words."""

_VOWELS = re.compile(r"[aeiouyàâäáåãæèéêëìíîïòóôöõøœùúûüýÿ]+")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_LONGEST_NUMBER = 4
"""Digits that are read as one number; longer ones, as in an order number, are read digit by digit."""
_UNSTRESSED = re.compile(
    r"an?|and|are|as|at|be|but|can|do|for|had|has|have|im?|if|in|is|its?|me|my|of|on|or|so|that|the|this|to|was|we|will"
    r"|with|youre|your?"
)
"""Short words that are passed over quickly."""
_FULL_STOP = re.compile(r"[.!?…:;。！？]['\"’”)\]]*$")
_COMMA = re.compile(r"[,，、—–-]['\"’”)\]]*$")


def estimate_words(text: str, pcm: Pcm, sample_rate: int, *, start_s: float = 0.0) -> tuple[Word, ...]:
    """The words of a text, split at white space, each exactly once and in order, with estimated times.

    Args:
        text: what is said.
        pcm: the sound of it and nothing else, shape (n,).
        sample_rate: Hz.
        start_s: where the sound begins, in seconds; added to all times.

    Every word has start < end and lies within the sound, unless the sound is shorter than 10 ms a word: then the words
    share it evenly (and beyond its end, where there is no sound at all, 10 ms each).
    """
    words = text.split()
    if not words:
        return ()
    duration = pcm.size / sample_rate
    if duration <= len(words) * _SHORTEST_WORD_S * 2:
        step = duration / len(words) or _SHORTEST_WORD_S
        spans = [(i * step, (i + 1) * step) for i in range(len(words))]
    else:
        runs = _speech_runs(pcm, sample_rate) or [(0.0, duration)]
        spans = _separated(_spans(words, runs), duration)
    return tuple(
        Word(text=word, start_s=start_s + begin, end_s=start_s + end, estimated=True)
        for word, (begin, end) in zip(words, spans, strict=True)
    )


# ------------------------------------------------------------------ the sound


def _speech_runs(pcm: Pcm, sample_rate: int) -> list[tuple[float, float]]:
    """Where there is speech, in seconds: runs between pauses; empty where all is silent."""
    hop = max(1, round(_HOP_S * sample_rate))
    frames = math.ceil(pcm.size / hop)
    padded = np.zeros(frames * hop, np.float32)
    padded[: pcm.size] = pcm
    framed = padded.reshape(frames, hop)
    power = np.einsum("ij,ij->i", framed, framed) / (hop * FULL_SCALE**2)
    level = 10 * np.log10(np.maximum(power, 10 ** (_QUIETEST_DB / 10)))
    noise, loud = _shares(level, 0.05, 0.95)
    if loud <= _QUIETEST_DB:
        return []
    # Noise may be near to the speech, as on a bad line, but a threshold above half of the speech would cut into it.
    threshold = max(loud - _BELOW_SPEECH_DB, min(noise + _ABOVE_NOISE_DB, loud - 12))
    edges = np.flatnonzero(np.diff(np.concatenate(([False], level > threshold, [False])).astype(np.int8)))
    sounds = [
        (begin * hop / sample_rate, min(end * hop, pcm.size) / sample_rate)
        for begin, end in edges.reshape(-1, 2).tolist()
    ]
    runs: list[tuple[float, float]] = []
    for begin, end in sounds:
        if runs and begin - runs[-1][1] < _SHORTEST_PAUSE_S:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((begin, end))
    return [run for run in runs if run[1] - run[0] >= _SHORTEST_SOUND_S] or sounds


def _shares(values: NDArray[np.float32], *shares: float) -> list[float]:
    """What these shares of the values lie below: `np.percentile`, without what makes it slow for so few."""
    ordered = np.sort(values)
    found: list[float] = []
    for share in shares:
        place = share * (len(ordered) - 1)
        below = int(place)
        above = min(below + 1, len(ordered) - 1)
        found.append(float(ordered[below] + (ordered[above] - ordered[below]) * (place - below)))
    return found


# ------------------------------------------------------------------ the text


def syllables(word: str) -> int:
    """About how many syllables a word has when it is read aloud in English; 0 for one that has no sound."""
    return sum(_syllables_of(part) for part in _read_aloud(word))


@lru_cache(maxsize=4096)  # a call says the same words again and again
def _weight(word: str) -> float:
    """How long a word takes, in units of about a tenth of a second."""
    parts = _read_aloud(word)
    if not parts:
        return 0.1
    count, letters = sum(_syllables_of(part) for part in parts), sum(len(part) for part in parts)
    weight = 0.5 + 0.6 * count + 0.45 * letters
    if len(parts) == 1 and _UNSTRESSED.fullmatch(parts[0]):
        weight *= 0.7
    # The last word before a pause is drawn out.
    return weight + (1.2 if _FULL_STOP.search(word) or _COMMA.search(word) else 0.0)


def _read_aloud(word: str) -> list[str]:
    """A word as letters, lower case: numbers in words, abbreviations letter by letter."""
    said = _NUMBER.sub(lambda match: f" {_number_in_words(match[0])} ", word)
    if "$" in word or "£" in word or "€" in word:
        said += " dollars"
    said = said.replace("%", " percent ").replace("&", " and ").replace("@", " at ")
    parts = re.findall(r"[^\W\d_]+", re.sub(r"(?<=\w)['’](?=\w)", "", said))
    read: list[str] = []
    for part in parts:
        if len(part) > 1 and (part.isupper() or not _VOWELS.search(part.lower())):
            read.extend("double" if letter in "wW" else "ay" for letter in part)
        else:
            read.append(part.lower())
    return read


def _number_in_words(number: str) -> str:
    digits = re.sub(r"\D", "", number)
    if len(digits) > _LONGEST_NUMBER and "," not in number and "." not in number:
        return " ".join(_DIGITS[int(digit)] for digit in digits)
    whole, _, fraction = number.replace(",", "").partition(".")
    return f"{_whole_in_words(int(whole))} {' '.join(_DIGITS[int(digit)] for digit in fraction)}"


def _whole_in_words(number: int) -> str:
    """As it is said in English. By hand: the library that knows it imports forty languages, in the midst of a call."""
    if number < 20:
        return _DIGITS[number]
    if number < 100:
        return f"{_TENS[number // 10]} {_DIGITS[number % 10] if number % 10 else ''}"
    if number < 1000:
        rest = f"and {_whole_in_words(number % 100)}" if number % 100 else ""
        return f"{_DIGITS[number // 100]} hundred {rest}"
    power, name = next((power, name) for power, name in _POWERS if number >= power)
    rest = number % power
    said = f"{'and ' if 0 < rest < 100 else ''}{_whole_in_words(rest)}" if rest else ""
    return f"{_whole_in_words(number // power)} {name} {said}"


_DIGITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_POWERS = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (10**3, "thousand"))


def _syllables_of(part: str) -> int:
    count = len(_VOWELS.findall(part))
    if part.endswith(("ea", "ia", "io", "eo")) and len(part) > 3:
        count += 1
    if re.search(r"[^aeiouyl]e$", part) or re.search(r"[^aeioutd]ed$", part) or re.search(r"[^aeiouyscxzgh]es$", part):
        count -= 1
    count += len(re.findall(r"i[ao](?!u|$)|eo(?!$)|[^q]ua(?!r)|ying", part)) - len(re.findall(r"[tscg]i[ao]", part))
    return max(count, 1)


# ------------------------------------------------------------------ laying one on the other


def _spans(words: list[str], runs: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Each word's start and end in seconds."""
    reach = [0.0, *accumulate(_weight(word) for word in words)]
    spans: list[tuple[float, float]] = []
    for (first_run, first), (run, last) in pairwise(_anchors(words, runs, reach)):
        begin, end = runs[first_run][0], runs[run - 1][1]
        if first == last:
            continue
        unit = (end - begin) / (reach[last] - reach[first])
        edges = [begin + (reach[i] - reach[first]) * unit for i in range(first, last)] + [end]
        spans.extend(pairwise(edges))
    return spans


def _anchors(words: list[str], runs: list[tuple[float, float]], reach: list[float]) -> list[tuple[int, int]]:
    """Runs of speech that begin with a known word: (run, word), from (0, 0) to (number of runs, number of words)."""
    count, end = len(words), len(runs)
    unit = sum(stop - begin for begin, stop in runs) / reach[-1]
    due = [units * unit for units in reach]
    missed = [0.0, *accumulate(_pause_missed(word) for word in words)]
    # What a word costs as the first of a run, besides the time; worked out once, for it is asked for every way.
    pauses = [(0.0, 0.0), *(_pause_here(word) for word in words)]
    begun = [0.0, *(missed[word] + pauses[word + 1][0] for word in range(count))]
    a_second = [each for _, each in pauses]

    costs = [[math.inf] * (count + 1) for _ in range(end + 1)]
    before = [[(0, 0)] * (count + 1) for _ in range(end + 1)]
    costs[0][0] = 0.0
    for run in range(end):
        # Beyond the best few, none has ever become part of the best way.
        best = sorted((cost, word) for word, cost in enumerate(costs[run]) if cost < math.inf)[:_KEPT]
        for so_far, first in best:
            since, base = due[first], so_far - missed[first]
            for then in range(run + 1, min(end, run + 1 + _MOST_IGNORED) + 1):
                seconds = runs[then - 1][1] - runs[run][0]
                row, way = costs[then], before[then]
                if then == end:
                    # Only the end of all sound goes with the end of all words.
                    pause, low, high = 0.0, count, count + 1
                    base -= pauses[count][0]
                else:
                    pause = runs[then][0] - runs[then - 1][1]
                    slack = max(_REACH_S, 0.5 * seconds)
                    low = max(bisect_left(due, since + seconds - slack), first + 1)
                    high = min(bisect_right(due, since + seconds + slack), count)
                for word in range(low, high):
                    expected = due[word] - since
                    off = seconds - expected
                    cost = base + off * off / (0.02 + 0.04 * expected) + begun[word] + a_second[word] * pause
                    if cost < row[word]:
                        row[word], way[word] = cost, (run, first)
                # What lies inside words counts as speech.
                base += 25 * pause
    if costs[end][count] == math.inf:
        # More pauses than words can account for: they are spread evenly over all of it.
        return [(0, 0), (end, count)]
    found = [(end, count)]
    while found[-1] != (0, 0):
        run, word = found[-1]
        found.append(before[run][word])
    return found[::-1]


def _pause_here(word: str) -> tuple[float, float]:
    """How unlikely a pause is after a word: at all, and for each second of it."""
    if _FULL_STOP.search(word):
        return 0.0, 0.0
    return (0.3, 2.0) if _COMMA.search(word) else (1.0, 8.0)


def _pause_missed(word: str) -> float:
    """How unlikely it is that a word is followed by no pause."""
    return 1.5 if _FULL_STOP.search(word) else 0.5 if _COMMA.search(word) else 0.0


def _separated(spans: list[tuple[float, float]], duration: float) -> list[tuple[float, float]]:
    """The same, in order, with every word at least 10 ms long and none beyond the end."""
    separated: list[tuple[float, float]] = []
    at = 0.0
    for index, (wanted, end) in enumerate(spans):
        room = duration - _SHORTEST_WORD_S * (len(spans) - index)
        begin = min(max(wanted, at), room)
        at = min(max(end, begin + _SHORTEST_WORD_S), room + _SHORTEST_WORD_S)
        separated.append((begin, at))
    return separated
