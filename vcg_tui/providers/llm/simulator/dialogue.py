"""One simulated call: everything done in it so far, and the next turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vcg_tui.models.conversation import Outcome
from vcg_tui.models.persona import CustomerPersona, Role, SupportPersona
from vcg_tui.providers.llm.simulator.acts import Act
from vcg_tui.providers.llm.simulator.agent import Agent
from vcg_tui.providers.llm.simulator.case_file import CaseFile
from vcg_tui.providers.llm.simulator.customer import Customer
from vcg_tui.providers.llm.simulator.listening import understand
from vcg_tui.providers.llm.simulator.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vcg_tui.providers.base import CompletionRequest, SaidTurn
    from vcg_tui.providers.llm.simulator.acts import Move


class Dialogue:
    """A call as its simulated sides know it.

    Asked twice for the same turn of the same call, it answers the same: a turn depends on the personas, the seed and
    what was said, nothing else. Acts of turns it wrote itself are remembered; others it has to understand.
    """

    def __init__(self, customer: CustomerPersona, support: SupportPersona, seed: int) -> None:
        self._case = CaseFile(customer, support, seed)
        self._written: dict[int, tuple[str, list[Move]]] = {}

    def next_turn(self, request: CompletionRequest) -> tuple[str, float]:
        """The next turn's text, with the end signal where it ends, and the customer's mood from -1 to 1."""
        progress = self._progress(request.turns)
        said = [turn.text for turn in request.turns]
        side = Customer if request.role is Role.CUSTOMER else Agent
        moves = side(self._case, progress, request.turn, said).turn()
        text = " ".join(move.text for move in moves if move.text)
        self._written[len(request.turns)] = (text, moves)
        if any(move.act is Act.FAREWELL for move in moves):
            outcome = progress.outcome or Outcome.UNRESOLVED
            text = f'{text}\n<end_call outcome="{outcome}"/>'
        return text, progress.mood

    def _progress(self, turns: Sequence[SaidTurn]) -> Progress:
        progress = Progress(self._case.customer)
        for index, turn in enumerate(turns):
            written = self._written.get(index)
            if written is not None and written[0] == turn.text:
                moves = written[1]
            else:
                moves = understand(turn.speaker, turn.text, self._case, progress)
            progress.add(turn.speaker, moves)
        return progress
