"""Hearing a stored call again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vcg_tui.audio.conditioning import SpeechConditioner
from vcg_tui.audio.files import read_wav
from vcg_tui.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from numpy.typing import NDArray

    from vcg_tui.audio.player import Player
    from vcg_tui.models.conversation import StoredCall, Turn

_POLL_S = 0.02


async def feed_call(player: Player, stored: StoredCall, start_s: float = 0.0) -> None:
    """Begin a stored call on a player and give it all its sound, turn by turn; the first is heard at once.

    Returns when all was given, long before it was heard. Files are read in a thread, and sound of another rate than
    the player's is brought to it. Cancel it before the player is used for another call.

    Args:
        player: open or not; the call it had is forgotten.
        stored: the call.
        start_s: where to begin to hear it, in seconds from its start.

    Raises:
        StorageError: the call has no sound, or some of it can't be read; what came before is heard.
    """
    conversation = stored.conversation
    spoken = sorted((turn for turn in conversation.turns if turn.audio is not None), key=lambda turn: turn.start_s)
    if not spoken:
        raise StorageError(f"Call {conversation.call_id} has no sound.", "Make it anew with: vcg generate")
    player.begin_call()
    held = start_s > 0
    if held:
        player.pause()
    try:
        for turn in spoken:
            sound = await asyncio.to_thread(_sound, stored, turn, player.sample_rate)
            player.feed(round(turn.start_s * player.sample_rate), turn.turn, sound)
            player.end_turn(turn.turn)
            if held and turn.end_s > start_s:
                held = False
                player.seek_s(start_s)
                player.resume()
    except StorageError:
        player.finish()
        player.resume()
        raise
    player.finish()
    if held:
        player.seek_s(start_s)
        player.resume()


async def replay(stored: StoredCall, player: Player) -> AsyncGenerator[Turn]:
    """Play a stored call to its end on an open player; each turn comes when it begins to be heard.

    Raises:
        StorageError: the call has no sound, or some of it can't be read.
    """
    feeding = asyncio.create_task(feed_call(player, stored), name="feed-call")
    try:
        waiting = list(stored.conversation.turns)
        while not feeding.done() or not player.drained:
            if feeding.done():
                feeding.result()  # what went wrong with it ends this too
            while waiting and waiting[0].start_s <= player.position_s:
                yield waiting.pop(0)
            await asyncio.sleep(_POLL_S)
        feeding.result()
        for turn in waiting:
            yield turn
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)


def _sound(stored: StoredCall, turn: Turn, rate: int) -> NDArray[np.int16]:
    path = Path(stored.path) / (turn.audio or "")
    try:
        pcm, own_rate = read_wav(path)
    except (OSError, ValueError) as error:
        raise StorageError(f"The sound {path} can't be read: {error}.", "Is the file whole?") from error
    if pcm.ndim != 1:
        raise StorageError(f"The sound {path} has {pcm.shape[1]} channels; a turn has one.", "Is it the call's own?")
    if own_rate == rate:
        return pcm
    conditioner = SpeechConditioner(own_rate, rate)
    return np.concatenate((conditioner.feed(pcm), conditioner.finish()))
