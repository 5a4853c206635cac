"""One simulated call: everything done in it so far, and the next turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vcg_tui.models.persona import CustomerPersona, SupportPersona
from vcg_tui.models.role import Role
from vcg_tui.providers.llm.simulator.acts import Act
from vcg_tui.providers.llm.simulator.agent import Agent
from vcg_tui.providers.llm.simulator.case_file import CaseFile
from vcg_tui.providers.llm.simulator.customer import Customer
from vcg_tui.providers.llm.simulator.listening import understand
from vcg_tui.providers.llm.simulator.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vcg_tui.providers.base import CompletionRequest
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
        said = [turn.text for turn in request.turns]
        progress = self._progress(request, said)
        text, moves = self._compose(request.role, progress, said, request.max_turns)
        self._written[len(said)] = (text, moves)
        if any(move.act is Act.FAREWELL for move in moves):
            text = f'{text}\n<end_call outcome="{progress.outcome(self._case.intent)}"/>'
        return text, progress.mood

    def _compose(self, role: Role, progress: Progress, said: Sequence[str], max_turns: int) -> tuple[str, list[Move]]:
        side = Customer if role is Role.CUSTOMER else Agent
        moves = side(self._case, progress, said, max_turns).turn()
        return " ".join(move.text for move in moves if move.text), moves

    def _progress(self, request: CompletionRequest, said: Sequence[str]) -> Progress:
        progress = Progress(self._case.customer)
        for index, turn in enumerate(request.turns):
            written = self._written.get(index)
            if written is None:
                # Perhaps this very simulator wrote it, in a session that is gone: then it writes the same again.
                written = self._compose(turn.speaker, progress, said[:index], request.max_turns)
                self._written[index] = written
            same = written[0] == turn.text
            moves = written[1] if same else understand(turn.speaker, turn.text, self._case, progress)
            progress.add(turn.speaker, moves)
        return progress
