"""A stored call is given to a player, which hears it at once and to the end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from tests.sample_calls import RATE, call_plan, conversation_of, dialogue, mixed, said, sound
from vcg_tui.audio.mixing import to_mono
from vcg_tui.audio.player import Player, SilentPlayer
from vcg_tui.errors import StorageError
from vcg_tui.models.conversation import StoredCall
from vcg_tui.models.summary import summarise
from vcg_tui.providers.storage.local import LocalStorage
from vcg_tui.services import replay as module
from vcg_tui.services.replay import feed_call, replay


class HandPlayer(Player):
    """Plays what is pulled by hand."""

    def __init__(self, rate: int = RATE) -> None:
        self.now = 0.0
        super().__init__(rate, clock=lambda: self.now)

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def play(self, frames: int) -> np.ndarray:
        pulled = self.pull(frames)
        self.now += frames / self.sample_rate
        return pulled


@pytest.fixture
def stored(tmp_path: Path) -> StoredCall:
    return keep(tmp_path, dialogue(5))


def keep(folder: Path, made: list) -> StoredCall:
    storage = LocalStorage(folder)
    conversation = conversation_of(call_plan("call"), [turn for turn, _ in made])
    storage.save_conversation(conversation, summarise(conversation.turns), {turn.turn: pcm for turn, pcm in made})
    return storage.load_conversation("call")


async def test_all_of_a_call_is_heard_on_the_callers_player(stored: StoredCall) -> None:
    player = HandPlayer()
    player.feed(0, 1, sound(9, 500))  # of another call
    player.play(200)
    for _ in range(2):
        await feed_call(player, stored)
        whole = to_mono(mixed(dialogue(5)))
        assert np.array_equal(player.play(len(whole))[60:], whole[60:])
        assert player.drained
        assert player.starved_s == 0
    player.replay()
    assert np.array_equal(player.play(len(whole)), whole)


async def test_the_first_turn_is_heard_before_the_rest_is_read(
    stored: StoredCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = HandPlayer()
    gate = asyncio.Event()
    loop = asyncio.get_running_loop()
    real = module._sound  # pyright: ignore[reportPrivateUsage]

    def slow(call: StoredCall, turn: object, rate: int) -> np.ndarray:
        if getattr(turn, "turn", 0) == 2:
            asyncio.run_coroutine_threadsafe(gate.wait(), loop).result(20)
        return real(call, turn, rate)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(module, "_sound", slow)
    feeding = asyncio.create_task(feed_call(player, stored))
    while player.heard_turn is None:
        await asyncio.sleep(0.001)
        player.play(10)
    assert not feeding.done()
    feeding.cancel()
    gate.set()
    await asyncio.gather(feeding, return_exceptions=True)
    assert feeding.cancelled()
    player.begin_call()
    await asyncio.sleep(0.05)  # what a thread still reads of the old call is not heard in the new one
    assert player.heard_turn is None


async def test_a_call_is_begun_in_its_midst(stored: StoredCall) -> None:
    player = HandPlayer()
    turn = stored.conversation.turns[3]
    whole = to_mono(mixed(dialogue(5)))
    start = round(turn.start_s * RATE)
    await feed_call(player, stored, turn.start_s)
    assert player.position == start
    assert not player.paused
    assert np.array_equal(player.play(len(whole) - start + 40)[40:], whole[start:])
    await feed_call(player, stored, 1e6)
    assert player.drained


async def test_sound_of_another_rate_is_brought_to_the_players(tmp_path: Path) -> None:
    tone = np.rint(9000 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype(np.int16)
    player = HandPlayer(24_000)
    await feed_call(player, keep(tmp_path, [(said(1, 0, RATE), tone), (said(2, 2 * RATE, RATE), tone)]))
    played = player.play(72_000)
    due = np.rint(9000 * np.sin(2 * np.pi * 440 * np.arange(24_000) / 24_000))
    for begin in (0, 48_000):
        assert np.abs(played[begin : begin + 24_000] - due)[500:-500].max() < 60
    assert not played[24_000:48_000].any()
    assert player.drained


@pytest.mark.parametrize("harm", ["missing", "no wav", "stereo"])
async def test_sound_that_can_not_be_read_is_named_and_the_turns_before_are_heard(
    stored: StoredCall, harm: str
) -> None:
    path = Path(stored.path) / "audio/turn-03-support.wav"
    match harm:
        case "missing":
            path.unlink()
        case "no wav":
            path.write_bytes(b"RIFFnothing")
        case _:
            path.write_bytes((Path(stored.path) / "audio/call.wav").read_bytes())
    for start_s in (0.0, 1e6):
        player = HandPlayer()
        with pytest.raises(StorageError, match="turn-03-support"):
            await feed_call(player, stored, start_s)
        before = to_mono(mixed(dialogue(2)))
        assert np.array_equal(player.play(len(before)), before)
        assert player.drained


async def test_a_call_without_sound_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="has no sound"):
        await feed_call(HandPlayer(), keep(tmp_path, [(said(1, 0, 800), sound(1, 0))]))


async def test_each_turn_comes_when_it_is_heard(stored: StoredCall) -> None:
    with SilentPlayer(RATE) as player:
        async for turn in replay(stored, player):
            assert player.position_s >= turn.start_s
            assert player.position_s < turn.start_s + 5
        assert player.drained
    (Path(stored.path) / "audio/turn-05-support.wav").unlink()
    with SilentPlayer(RATE) as player, pytest.raises(StorageError, match="turn-05"):
        async for _ in replay(stored, player):
            pass


async def test_a_replay_that_is_left_leaves_nothing_behind(stored: StoredCall) -> None:
    with SilentPlayer(RATE) as player:
        following = replay(stored, player)
        assert (await anext(following)).turn == 1
        await following.aclose()
        assert "feed-call" not in {task.get_name() for task in asyncio.all_tasks()}
