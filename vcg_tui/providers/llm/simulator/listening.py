"""Understanding what a counterpart said who is not simulated here: a real model, a person.

Cues, not keywords that decide: a wrong guess costs a somewhat odd answer, never the end of a call.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vcg_tui.models.persona import Role
from vcg_tui.providers.llm.simulator.acts import Act, Move
from vcg_tui.providers.llm.simulator.side import label

if TYPE_CHECKING:
    from vcg_tui.providers.llm.simulator.case_file import CaseFile
    from vcg_tui.providers.llm.simulator.progress import Progress


def _cue(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)


_BYE: Final = _cue(r"good ?bye|bye|take care|have a (?:good|great|nice|lovely)|thanks for calling us|cheerio")
_ELSE: Final = _cue(r"anything else|something else I can|all for today")
_HAND_ON: Final = _cue(r"supervisor|manager|transfer you|put you through|connect you with|specialist")
_RING_BACK: Final = _cue(r"call you back|ring you back|give you a call back|callback")
_HOLD: Final = _cue(
    r"bear with me|one moment|hold on|just a (?:moment|second)|give me a (?:moment|second)|pull(?:ing)? (?:that|up)"
)
_NO: Final = _cue(r"can't|cannot|unable|not able|unfortunately|I'm afraid")
_OFFER: Final = _cue(
    r"I can|I could|I'll|we can|we'll|I've (?:arranged|booked|issued|credited|refunded)|what I can do"
    r"|let me (?:arrange|book)"
)
_NAME_CHECK: Final = _cue(r"speaking (?:with|to)|is that|is this|confirm your (?:full )?name|your (?:full )?name")
_YES: Final = _cue(r"yes|yeah|yep|correct|that's right|that's me|speaking|sure")
_TAKES: Final = _cue(
    r"okay|ok|great|perfect|sounds good|that works|fine|thank you|thanks|deal|please do|all right|alright"
)
_REFUSES: Final = _cue(r"no|not good enough|unacceptable|ridiculous|not happy|doesn't help|useless|that's not")
_SUPERVISOR: Final = _cue(r"supervisor|manager|someone else|somebody else|higher up")
_NUMBERS: Final = _cue(r"zero|oh|one|two|three|four|five|six|seven|eight|nine|\d+|double|[A-Z]\d+")
_NOT_ME: Final = _cue(r"wrong (?:number|person)|no one (?:by|called|of)|not (?:him|her|me)|nobody (?:by|called|of)")
# Before it has said this much, an agent's "I can" is politeness, not an offer.
_TURNS_BEFORE_OFFER: Final = 3


def understand(role: Role, text: str, case: CaseFile, progress: Progress) -> list[Move]:
    """The acts that a turn of this side seems to be; never none."""
    act, ref, fact = (_agent if role is Role.SUPPORT else _customer)(text, case, progress)
    return [Move(act, text, ref, fact)]


def _agent(text: str, case: CaseFile, progress: Progress) -> tuple[Act, int, str]:  # noqa: PLR0911
    asks = "?" in text
    if Act.GREET not in progress.done:
        return Act.GREET, -1, ""
    if _BYE.search(text) and not asks:
        return Act.FAREWELL, -1, ""
    if _ELSE.search(text):
        return Act.ANYTHING_ELSE, -1, ""
    if asks:
        for fact in case.customer.facts:
            if fact not in progress.facts_given and re.search(rf"\b{label(fact)}\b", text, re.IGNORECASE):
                return Act.ASK_FACT, -1, fact
        if _NAME_CHECK.search(text) and Act.CONFIRM not in progress.done:
            return Act.CONFIRM_NAME, -1, ""
    if _HAND_ON.search(text) and not asks:
        return Act.ESCALATE, -1, ""
    if _RING_BACK.search(text) and not asks:
        return Act.CALL_BACK, -1, ""
    if progress.count(Act.QUESTION) >= _TURNS_BEFORE_OFFER or progress.count(Act.FINDING):
        if _NO.search(text):
            return Act.OFFER_LESS if _OFFER.search(text) else Act.REFUSE, -1, ""
        if _OFFER.search(text):
            return Act.OFFER, -1, ""
    if _HOLD.search(text):
        return Act.HOLD, -1, ""
    if asks:
        return Act.QUESTION, _nearest_question(text, case, progress), ""
    return Act.FINDING, -1, ""


def _customer(text: str, case: CaseFile, progress: Progress) -> tuple[Act, int, str]:  # noqa: PLR0911
    agent = {move.act: move for move in progress.last.get(Role.SUPPORT, ())}
    if not agent:
        return Act.PICK_UP, -1, ""
    if _BYE.search(text) and Act.ACKNOWLEDGE in progress.done:
        return Act.FAREWELL, -1, ""
    if Act.GREET in agent and case.outbound:
        return (Act.NOT_CALLEE if _NOT_ME.search(text) else Act.IS_CALLEE), -1, ""
    if Act.PROBLEM not in progress.done:
        if Act.ASK_FACT in agent and _NUMBERS.search(text):
            return Act.GIVE_FACT, -1, agent[Act.ASK_FACT].fact
        return Act.PROBLEM, -1, ""
    if Act.ASK_FACT in agent:
        return Act.GIVE_FACT, -1, agent[Act.ASK_FACT].fact
    if Act.ESCALATE in agent or Act.CALL_BACK in agent:
        return Act.AGREE, -1, ""
    if _SUPERVISOR.search(text):
        return Act.DEMAND_SUPERVISOR, -1, ""
    if Act.CONFIRM_NAME in agent and _YES.search(text):
        return Act.CONFIRM, -1, ""
    if agent.keys() & {Act.OFFER, Act.OFFER_LESS, Act.RAISE, Act.REFUSE}:
        if _REFUSES.search(text) and not _TAKES.search(text):
            return Act.PUSH_BACK, -1, ""
        return (Act.ASK if "?" in text else Act.ACCEPT), (-1 if "?" in text else 0), ""
    if Act.ANYTHING_ELSE in agent and "?" not in text:
        return Act.NOTHING_ELSE, -1, ""
    if "?" in text:
        return Act.ASK, -1, ""
    if Act.QUESTION in agent:
        return Act.ANSWER, agent[Act.QUESTION].ref, ""
    return Act.DETAIL, -1, ""


def _nearest_question(text: str, case: CaseFile, progress: Progress) -> int:
    """The case's question that shares most words with what was asked; -1 where none is near."""
    words = set(re.findall(r"[a-z']{4,}", text.lower()))
    used = progress.used.get(Act.QUESTION, set())
    best, most = -1, 1
    for index, question in enumerate(case.questions):
        shared = len(words & set(re.findall(r"[a-z']{4,}", question.ask.lower())))
        if index not in used and shared > most:
            best, most = index, shared
    return best
