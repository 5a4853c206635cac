"""A stored call being heard: its sound into the player, the player's place into its session."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from vcg_tui.errors import StorageError
from vcg_tui.tui.widgets.player_bar import PlayerState

if TYPE_CHECKING:
    from vcg_tui.audio.player import Player
    from vcg_tui.models.conversation import StoredCall
    from vcg_tui.tui.backstage import Backstage
    from vcg_tui.tui.session import CallSession, ShownTurn


class StoredListening:
    """At most one stored call at a time, on the app's player."""

    def __init__(self, backstage: Backstage) -> None:
        self._backstage = backstage
        self._player: Player | None = None
        self._feeding: asyncio.Task[None] | None = None
        self.session: CallSession | None = None
        """The call being heard, its turns lit as it goes; None while nothing is."""
        self.call_id: str | None = None
        """That call's id; it stays until the call is stopped, heard to its end or not."""

    @property
    def player(self) -> Player | None:
        """The player, while a stored call is on it."""
        if self._player is not None and self._player is not self._backstage.player:
            self._forget()  # other settings brought another player
        return self._player

    async def begin(self, stored: StoredCall, session: CallSession, at_s: float = 0.0) -> None:
        """Hear a call from a place on; returns when all its sound is with the player, which plays meanwhile.

        Args:
            stored: the call.
            session: its session, in which the turns are lit.
            at_s: seconds from the call's start.

        Raises:
            StorageError: the call has no sound, or some of it can't be read; what came before is heard.
        """
        from vcg_tui.services.replay import feed_call

        self.stop()
        player = await self._backstage.open_player()
        feeding = asyncio.create_task(feed_call(player, stored, at_s), name="feed-stored-call")
        self._player, self._feeding = player, feeding
        self.call_id, self.session = stored.conversation.call_id, session
        try:
            await feeding
        except StorageError:
            if all(turn.audio is None for turn in stored.conversation.turns):
                self.stop()
            raise

    def stop(self) -> None:
        """Fall silent, and be rid of the call."""
        if (player := self.player) is not None:
            player.stop()
        self._forget()

    def _forget(self) -> None:
        if self._feeding is not None:
            self._feeding.cancel()
        if self.session is not None:
            self.session.all_heard()
        self._player = self._feeding = self.session = self.call_id = None

    def pause_or_go_on(self) -> None:
        """Pause, go on, or where the call was heard to its end, begin again."""
        player = self.player
        if player is None:
            return
        if player.drained:
            player.replay()
        elif player.paused:
            player.resume()
        else:
            player.pause()

    def advance(self) -> list[ShownTurn]:
        """The listener is where the player is; returns the turns that look different now."""
        player = self.player
        if player is None or self.session is None:
            return []
        if player.drained:
            return self.session.all_heard()
        return self.session.heard_until(player.position_s, playing=True)

    def state(self) -> PlayerState:
        """The player as its bar shows it."""
        player = self._backstage.player
        if player is None:
            return PlayerState()
        listening = self.player is not None and self.session is not None
        heard = player.heard_turn if listening else None
        turns = self.session.turns if self.session is not None else []
        return PlayerState.of(
            player,
            turn=heard.turn if heard else 0,
            position_s=player.position_s if listening else 0.0,
            length_s=max((turn.end_s or 0.0 for turn in turns), default=0.0),
            paused=listening and player.paused,
            active=listening and not player.drained,
        )
