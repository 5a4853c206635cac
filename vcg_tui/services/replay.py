"""Hearing a stored call again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from vcg_tui.audio.files import read_wav
from vcg_tui.audio.player import SoundDevicePlayer
from vcg_tui.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import numpy as np
    from numpy.typing import NDArray

    from vcg_tui.config import AudioSettings
    from vcg_tui.models.conversation import StoredCall, Turn

_POLL_S = 0.02


async def replay(stored: StoredCall, settings: AudioSettings) -> AsyncGenerator[Turn]:
    """Play a stored call to its end; each turn comes when it begins to be heard.

    Raises:
        AudioDeviceError: there is nothing to play on.
        StorageError: the call has no sound, or it can't be read.
    """
    conversation = stored.conversation
    rate = conversation.plan.sample_rate
    spoken = [turn for turn in conversation.turns if turn.audio is not None]
    if not spoken:
        raise StorageError(f"Call {conversation.call_id} has no sound.", "Make it anew with: vcg generate")
    with SoundDevicePlayer(rate, settings.device) as player:
        player.volume = settings.volume
        player.begin_call()
        for turn in spoken:
            player.feed(round(turn.start_s * rate), turn.turn, _sound(stored, turn))
            player.end_turn(turn.turn)
        player.finish()
        waiting = list(conversation.turns)
        while not player.drained:
            while waiting and waiting[0].start_s <= player.position_s:
                yield waiting.pop(0)
            await asyncio.sleep(_POLL_S)
        for turn in waiting:
            yield turn


def _sound(stored: StoredCall, turn: Turn) -> NDArray[np.int16]:
    path = Path(stored.path) / (turn.audio or "")
    try:
        return read_wav(path)[0]
    except (OSError, ValueError) as error:
        raise StorageError(f"The sound {path} can't be read: {error}.", "Is the file whole?") from error
