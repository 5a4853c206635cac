"""What every screen that plays stored calls has: the player's line, and the actions on it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from textual.screen import Screen

from vcg_tui.tui.stored_listening import StoredListening
from vcg_tui.tui.widgets.player_bar import PlayerBar

if TYPE_CHECKING:
    from textual.app import App

    from vcg_tui.audio.player import Player
    from vcg_tui.tui.backstage import Backstage
    from vcg_tui.tui.messages import SeekWanted

_STEP = 0.1
_SPEEDS = (0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
_JUMP_S = 5.0
_WRITE_AFTER_S = 0.3
"""Several choices in a row are written once."""


class ListeningScreen(Screen[None]):
    """A screen with a player for stored calls; whoever inherits composes a `PlayerBar` and begins to play."""

    def __init__(self, backstage: Backstage) -> None:
        super().__init__()
        self.backstage = backstage
        self.listening = StoredListening(backstage)

    @property
    def heard_player(self) -> Player | None:
        """The player, while this screen's call is on it."""
        return self.listening.player

    @property
    def app(self) -> App[Any]:
        """The app, as a type that the checker knows."""
        return cast("App[Any]", super().app)

    def key_word(self, action: str, usual: str) -> str | None:
        """What the key for a pause does now."""
        player = self.heard_player
        if action != "pause" or player is None:
            return usual
        return "Replay" if player.drained else "Resume" if player.paused else usual

    def jumped(self) -> None:
        """Where the call is heard has changed by hand; a screen that follows it may want to know."""

    def show_player(self) -> None:
        """Show the player as it is now."""
        self.query_one(PlayerBar).state = self.listening.state()

    def seek(self, position_s: float) -> None:
        """Go on from a place in the call, in seconds from its start."""
        if (player := self.heard_player) is not None:
            player.seek_s(max(0.0, position_s))
            self.jumped()
            self.show_player()

    def on_seek_wanted(self, message: SeekWanted) -> None:
        """A click on the player's line."""
        self.seek(message.position_s)

    def action_seek_back(self) -> None:
        """A few seconds back."""
        if (player := self.heard_player) is not None:
            self.seek(player.position_s - _JUMP_S)

    def action_seek_on(self) -> None:
        """A few seconds on."""
        if (player := self.heard_player) is not None:
            self.seek(player.position_s + _JUMP_S)

    def action_skip_turn(self) -> None:
        """On to the next turn."""
        if (player := self.heard_player) is not None:
            player.skip()
            self.jumped()

    def action_restart_turn(self) -> None:
        """Back to the start of the turn."""
        if (player := self.heard_player) is not None:
            player.restart_turn()
            self.jumped()

    def action_replay(self) -> None:
        """Back to the start of the call."""
        if (player := self.heard_player) is not None:
            player.replay()
            player.resume()
            self.jumped()

    def action_mute(self) -> None:
        """Silence, and back."""
        if (player := self.backstage.player) is not None:
            player.muted = not player.muted
            self.show_player()

    def action_louder(self) -> None:
        """A step up."""
        self._change_volume(_STEP)

    def action_softer(self) -> None:
        """A step down."""
        self._change_volume(-_STEP)

    def _change_volume(self, step: float) -> None:
        if (player := self.backstage.player) is not None:
            player.volume = min(1.0, max(0.0, round(player.volume + step, 2)))
            self._listen_as(player)

    def action_faster(self) -> None:
        """The next speed up."""
        if (player := self.backstage.player) is not None:
            player.speed = next((speed for speed in _SPEEDS if speed > player.speed), _SPEEDS[-1])
            self._listen_as(player)

    def action_slower(self) -> None:
        """The next speed down."""
        if (player := self.backstage.player) is not None:
            player.speed = next((speed for speed in reversed(_SPEEDS) if speed < player.speed), _SPEEDS[0])
            self._listen_as(player)

    def action_next_speed(self) -> None:
        """The next speed up, from the last one to the first: what a click on the speed does."""
        if (player := self.backstage.player) is not None:
            player.speed = next((speed for speed in _SPEEDS if speed > player.speed), _SPEEDS[0])
            self._listen_as(player)

    def _listen_as(self, player: Player) -> None:
        self.backstage.listen_as(player)
        self.show_player()
        self.remember()

    def remember(self) -> None:
        """Write down, soon, what was chosen; where that can't be done, it is said once."""
        self.run_worker(self._write_down, group="remember", exclusive=True)

    async def _write_down(self) -> None:
        await asyncio.sleep(_WRITE_AFTER_S)
        await asyncio.to_thread(self.backstage.remembered.save)
        self.tell_of_memory()

    def tell_of_memory(self) -> None:
        """Say it if remembering went wrong, once."""
        if problem := self.backstage.remembered.problem():
            self.notify(problem, title="Not remembered", severity="warning", timeout=10)
