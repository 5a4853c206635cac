"""The last stage of a call: speech laid on the timeline in order, and told to the world."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from vcg_tui.errors import ProviderError
from vcg_tui.models.conversation import EndReason, Turn
from vcg_tui.models.events import Notice, SpeechChunk, TextDelta, TurnCompleted, TurnRestarted, WordsTimed
from vcg_tui.models.metrics import TurnMetrics
from vcg_tui.services.turn_speaker import silence

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from vcg_tui.audio.timeline import PlacedTurn, Timeline
    from vcg_tui.models.conversation import CallPlan, Word
    from vcg_tui.services.draft import Draft
    from vcg_tui.services.outlet import EventOutlet
    from vcg_tui.services.pricing import Prices
    from vcg_tui.services.turn_speaker import SpokenSentence
    from vcg_tui.services.turn_writer import Written


class CallOver(Exception):
    """The call ends here, whatever is still being written."""

    def __init__(self, reason: EndReason, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


class PlacingStage:
    """Takes the drafts in order and makes whole turns of them."""

    def __init__(
        self,
        plan: CallPlan,
        timeline: Timeline,
        outlet: EventOutlet,
        drafts: asyncio.Queue[Draft | None],
        *,
        sentence_pause_s: float,
        prices: Prices | None = None,
        on_closed: Callable[[Draft], None],
    ) -> None:
        self._plan = plan
        self._timeline = timeline
        self._outlet = outlet
        self._drafts = drafts
        self._pause = silence(sentence_pause_s, timeline.sample_rate)
        self._prices = prices
        self._on_closed = on_closed
        self.turns: list[Turn] = []
        """The completed turns."""
        self.first_audio_at: float | None = None
        """Seconds from the call's beginning to its first sound on the timeline."""
        self.first_audio_times: list[float] = []
        """For each turn that has sound: seconds from its beginning to the first of it."""

    async def run(self) -> None:
        """Place turns until the writing stage has no more.

        Raises:
            CallOver: speech failed for good, or the call is long enough.
        """
        longest_s = self._plan.details.max_minutes * 60
        while (draft := await self._drafts.get()) is not None:
            turn = await self._place(draft)
            self._on_closed(draft)
            if turn is None:
                continue
            self.turns.append(turn)
            await self._outlet.put(TurnCompleted(*self._outlet.stamp(), turn))
            if self._timeline.end_s >= longest_s:
                raise CallOver(EndReason.MAX_MINUTES)

    async def _place(self, draft: Draft) -> Turn | None:
        """Place one turn; None where it never became whole or has nothing to hear."""
        placed = self._timeline.begin(draft.turn, draft.speaker)
        generation, index = draft.generation, 0
        while True:
            if draft.abandoned:
                self._timeline.drop(placed)
                return None
            if draft.generation != generation:
                generation, index = draft.generation, 0
                self._timeline.restart(placed)
            if index < len(draft.sentences):
                sentence = draft.sentences[index]
                went_through = await self._place_sentence(draft, placed, sentence, generation, later=index > 0)
                index = index + 1 if went_through else 0
            elif draft.written is not None:
                break
            else:
                draft.changed.clear()
                await draft.changed.wait()
        if not placed.length:
            self._timeline.drop(placed)
            return None
        self._timeline.close(placed)
        return self._turn(draft, placed)

    async def _place_sentence(
        self, draft: Draft, placed: PlacedTurn, sentence: SpokenSentence, generation: int, *, later: bool
    ) -> bool:
        """Lay a sentence down as it comes; False: the turn has to be laid down again from its first sentence."""
        restarted, taken = sentence.restarted, 0
        begun = -1
        # Words of a part whose sound is laid down. One event a round: while it waits for its reader, everything of
        # this turn may become void, and nothing of it may follow.
        words: tuple[Word, ...] = ()
        while True:
            if draft.generation != generation or draft.abandoned:
                return False
            if sentence.restarted != restarted:
                restarted = sentence.restarted
                if taken:
                    # What was heard of this sentence is void, and with it, for the stored call, the turn so far.
                    await self._again(draft, placed)
                    return False
            if words:
                timed, words = self._timeline.add_words(placed, words, begun), ()
                await self._outlet.put(WordsTimed(*self._outlet.stamp(), draft.turn, draft.speaker, timed))
            elif taken < len(sentence.parts):
                if begun < 0 and later:
                    later = False
                    await self._lay(draft, placed, self._pause.pcm)
                    continue
                begun = placed.end if begun < 0 else begun
                part = sentence.parts[taken]
                taken, words = taken + 1, part.words
                if part.notice is not None:
                    told = part.notice
                    await self._outlet.put(Notice(*self._outlet.stamp(), "warning", told.text, told.remedy))
                    continue
                await self._lay(draft, placed, part.pcm)
            elif sentence.error is not None:
                await self._fail(sentence.error)
            elif sentence.done:
                return True
            else:
                sentence.changed.clear()
                await sentence.changed.wait()

    async def _lay(self, draft: Draft, placed: PlacedTurn, pcm: NDArray[np.int16]) -> None:
        if not len(pcm):
            return
        rate = self._timeline.sample_rate
        start = self._timeline.extend(placed, len(pcm))
        draft.placed_s = placed.length / rate
        if self.first_audio_at is None:
            self.first_audio_at = self._outlet.now
        if start == placed.start:
            self.first_audio_times.append(time.perf_counter() - draft.started_at)
        await self._outlet.put(SpeechChunk(*self._outlet.stamp(), draft.turn, draft.speaker, pcm, start, rate))

    async def _again(self, draft: Draft, placed: PlacedTurn) -> None:
        """The speech of a turn comes again from its start; its text stays."""
        self._timeline.restart(placed)
        turn, speaker = draft.turn, draft.speaker
        # Together: a further piece of the text must come after all of it that there is now.
        await self._outlet.put(
            TurnRestarted(*self._outlet.stamp(), turn, speaker, "the speech broke off"),
            TextDelta(*self._outlet.stamp(), turn, speaker, draft.text),
        )

    async def _fail(self, error: ProviderError) -> None:
        await self._outlet.put(Notice(*self._outlet.stamp(), "error", error.message, error.hint))
        raise CallOver(EndReason.PROVIDER_ERROR, error.message)

    def _turn(self, draft: Draft, placed: PlacedTurn) -> Turn:
        written, rate = draft.written, self._timeline.sample_rate
        if written is None:
            msg = "a turn is closed before its text is whole"
            raise AssertionError(msg)
        first = draft.sentences[0]
        requested, sounded = first.requested_at, first.first_sound_at
        last = max((sentence.last_sound_at or 0.0 for sentence in draft.sentences), default=0.0)
        return Turn(
            turn=draft.turn,
            speaker=draft.speaker,
            text=written.text,
            start_s=placed.start / rate,
            end_s=placed.end / rate,
            words=list(placed.words),
            metrics=TurnMetrics(
                llm_ttft_s=written.ttft_s,
                llm_s=written.llm_s,
                tts_ttfb_s=sounded - requested if sounded and requested else None,
                tts_s=last - requested if last and requested else None,
                first_audio_s=self.first_audio_times[-1] if self.first_audio_times else None,
                attempts=written.attempts,
                cleaned=written.cleaned,
                prompt_tokens=written.prompt_tokens,
                completion_tokens=written.completion_tokens,
                characters=sum(len(sentence.text.strip()) for sentence in draft.sentences),
                cached=written.cached and all(sentence.cached for sentence in draft.sentences),
                cost_usd=self._cost(draft, written, placed.length / rate),
            ),
        )

    def _cost(self, draft: Draft, written: Written, seconds: float) -> float | None:
        """What the turn cost, in US dollars; what was kept from earlier requests cost nothing."""
        if self._prices is None:
            return None
        details = self._plan.details
        paid = [sentence for sentence in draft.sentences if not sentence.cached]
        characters = sum(len(sentence.text.strip()) for sentence in paid)
        return self._prices.turn_cost(
            details.llm(draft.speaker),
            details.tts,
            tokens=(0, 0) if written.cached else (written.prompt_tokens, written.completion_tokens),
            characters=characters,
            seconds=seconds if paid else 0.0,
        )
