"""Word times for speech that came without, a few sentences in each round of the event loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np

from vcg_tui.audio.word_times import estimate_words
from vcg_tui.services.gate import Gate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vcg_tui.audio.pcm import Pcm
    from vcg_tui.models.conversation import Word

_AT_ONCE = 4


class WordEstimator:
    """Works out word times for all calls of a studio.

    Of many calls at once a hundred sentences may end in the same moment. One after the other, without a break, they
    would hold up the event loop for as long as all of them take, and with it every request that is to be sent.
    """

    def __init__(self) -> None:
        self._gate = Gate(_AT_ONCE)

    async def words(self, text: str, sound: Sequence[Pcm], sample_rate: int) -> tuple[Word, ...]:
        """The words of a text, marked as estimated; see `estimate_words`.

        Args:
            text: what is said.
            sound: all of it, in pieces of shape (n,).
            sample_rate: Hz.
        """
        async with self._gate.entered():
            await asyncio.sleep(0)  # whatever else is due goes first
            return estimate_words(text, np.concatenate(sound), sample_rate)
