"""Understanding what a counterpart said who is not simulated here: a real model, a person.

Cues, not keywords that decide: a wrong guess costs a somewhat odd answer, never the end of a call.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vcg_tui.models.role import Role
from vcg_tui.providers.llm.simulator.acts import WILLING, Act, Move
from vcg_tui.providers.llm.simulator.side import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vcg_tui.providers.llm.simulator.case_file import CaseFile
    from vcg_tui.providers.llm.simulator.progress import Progress


def _cue(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)


_BYE: Final = _cue(r"good ?bye|bye|take care|have a (?:good|great|nice|lovely)|thanks for calling us|cheerio")

# What agents say.
_ELSE: Final = _cue(r"(?:any|some)thing (?:else|more)|all for today|any other questions?|what else can I")
_HAND_ON: Final = _cue(
    r"(?:transfer|put|pass|connect|hand|escalat\w+)(?:ring|ting|ing)? (?:you|this|the call|your (?:call|case))"
    r" ?(?:on|over|through|up)? (?:to|with)|get (?:you )?(?:a|my|our) (?:supervisor|manager)"
)
_RING_BACK: Final = _cue(
    r"(?:call|ring|phone) you (?:back|again|tomorrow|later)|give you a (?:call|ring) back|callback"
)
_HOLD: Final = _cue(
    r"bear with me|(?:one|a) moment|hold on|(?:one|a|just a) sec(?:ond)?|pull(?:ing)? (?:that|it|this|your) \w+ ?up"
    r"|pull(?:ing)? up|let me (?:just )?(?:check|look|see|take a look)|I'll (?:just )?(?:check|look|take a look)"
)
_NO: Final = _cue(r"can't|cannot|unable|not able|unfortunately|I'm afraid|not possible|won't be able")
# "I can see" and "I'll check" promise nothing.
_NOTHING: Final = (
    r"(?!(?:just |also |certainly |definitely |only |completely |really |totally )*(?:see|hear|understand|help"
    r"|imagine|tell|check|look|confirm|need|be|pull|assist|find|verify|ask|try|have to"
    r"|get (?:you|this|that) (?:sorted|looked)))"
)
_OFFER: Final = re.compile(
    rf"\b(?:(?:I|we) (?:can|could|will)|(?:I|we)'ll|I'm (?:able|going) to|we're (?:able|going) to) {_NOTHING}"
    r"|\b(?:I've|I have|we've) (?:now |just |already )?"
    r"(?:arranged|booked|issued|credited|refunded|scheduled|waived|removed|set)"
    r"|\b(?:what I can do|shall I|should I|would you like me to|how about"
    r"|let me (?:arrange|book|refund|credit|schedule))\b",
    re.IGNORECASE,
)
_CHECKS_CONSENT: Final = _cue(
    r"work for you|sound (?:good|fair|okay|ok|all right|alright|reasonable)|happy with|go ahead|acceptable|suit you"
    r"|how does that sound|is that (?:okay|ok|all right|alright|fair)|would that help|shall I|would you like"
)
_NAME_CHECK: Final = _cue(r"(?:am I )?speaking (?:with|to)|is that \w+|is this \w+|your (?:full )?name")
_WANTS: Final = _cue(
    r"(?:need|have|give|tell|confirm|provide|get|share|verify|take|read|what(?:'s| is)|spell|know)\b.*\b(?:your|the)"
)
_SHOWS: Final = _cue(
    r"I (?:can )?see|shows?|records?|looks like|the system|the notes|on (?:my|the) screen|on file|found"
)

# What customers say.
_YES: Final = _cue(r"yes|yeah|yep|yup|correct|that's right|that's me|speaking|sure|it is|that is correct")
_TAKES: Final = _cue(
    r"okay|ok|great|perfect|sounds (?:good|fair|great)|that works|works for me|fine|thank you|thanks|deal|please do"
    r"|go ahead|all right|alright|let's do|yes|yeah|yep|sure|lovely|wonderful|appreciate"
)
_REFUSES: Final = _cue(
    r"not (?:good )?enough|isn't (?:good )?enough|unacceptable|ridiculous|not happy|doesn't help|useless|that's not"
    r"|insult|not acceptable|no way|absolutely not|don't accept|won't accept|not what I|come on|can't accept"
    r"|not satisfied|a joke"
)
_SAYS_NO: Final = re.compile(r"^\W*(?:no|nope|nah)\b(?! (?:problem|worries))", re.IGNORECASE)
_GIVES_UP: Final = _cue(
    r"forget it|never mind|I give up|take it elsewhere|somewhere else|waste of (?:my )?time|leave it"
)
_SUPERVISOR: Final = _cue(r"supervisor|your manager|a manager|higher up|in charge|your boss")
_LOST: Final = _cue(r"say that again|repeat that|didn't (?:catch|understand|follow)|pardon|what do you mean|lost me")
_NUMBERS: Final = _cue(r"zero|oh|one|two|three|four|five|six|seven|eight|nine|\d+|double|[A-Z]\d+")
_HAS_NONE: Final = _cue(r"don't (?:have|know|remember)|can't (?:find|remember)|no idea|not sure")
_LOOKS: Final = _cue(r"hang on|hold on|one (?:sec|second|moment)|let me (?:find|look|get|see)|give me a")
_NOT_ME: Final = _cue(
    r"wrong (?:number|person)|no one (?:by|called|of)|not (?:him|her|me)|nobody (?:by|called|of)|isn't (?:him|her)"
)
_SMALL_WORDS: Final = 3
_LONG = 12
"""Words from which on an answer to "anything else?" is something else."""


def understand(role: Role, text: str, case: CaseFile, progress: Progress) -> list[Move]:
    """The acts that a turn of this side seems to be; never none."""
    return _agent(text, case, progress) if role is Role.SUPPORT else _customer(text, case, progress)


# ------------------------------------------------------------------ the agent


def _agent(text: str, case: CaseFile, progress: Progress) -> list[Move]:  # noqa: PLR0911 - one occasion each
    if Act.GREET not in progress.done:
        return [Move(Act.GREET, text)]
    questions = _questions(text)
    if _BYE.search(text) and not questions:
        return [Move(Act.FAREWELL, text)]
    if _ELSE.search(text) and (questions or Act.ACCEPT in progress.done):
        return [Move(Act.ANYTHING_ELSE, text)]
    fact = _fact_wanted(text, case, progress)
    if fact:
        return [Move(Act.ASK_FACT, text, fact=fact)]
    offers = _OFFER.search(text)
    consent = bool(questions) and _CHECKS_CONSENT.search(questions[-1])
    if questions and not consent and not _OFFER.search(questions[-1]):
        if progress.did(Role.CUSTOMER, Act.CALL_OUT):
            return [Move(Act.INVITE, text)]
        if _NAME_CHECK.search(questions[-1]) and Act.CONFIRM not in progress.done:
            return [Move(Act.CONFIRM_NAME, text)]
        return [Move(Act.QUESTION, text, _nearest_question(text, case, progress))]
    if case.outbound and not progress.done & {Act.PROBLEM, Act.REASON_FOR_CALL} and Act.IS_CALLEE in progress.done:
        return [Move(Act.REASON_FOR_CALL, text)]
    if progress.did(Role.CUSTOMER, Act.SEARCH):
        asked = progress.facts_asked[-1] if progress.facts_asked else ""
        return [Move(Act.PATIENCE, text, fact=asked)]
    return [Move(_statement(text, offers=bool(offers or consent)), text)]


def _statement(text: str, *, offers: bool) -> Act:
    """What an agent does who asks nothing but consent."""
    if _HAND_ON.search(text):
        return Act.ESCALATE
    if _RING_BACK.search(text):
        return Act.CALL_BACK
    if _NO.search(text):
        return Act.OFFER_LESS if offers else Act.REFUSE
    if _HOLD.search(text) and not _CHECKS_CONSENT.search(text):
        return Act.HOLD
    if offers:
        return Act.OFFER
    return Act.FINDING if _SHOWS.search(text) else Act.ACKNOWLEDGE


def _fact_wanted(text: str, case: CaseFile, progress: Progress) -> str:
    """The fact that the agent asks for; empty where it asks for none."""
    wanted = " ".join(part for part in _sentences(text) if _WANTS.search(part) or part.endswith("?")).lower()
    if not wanted:
        return ""
    facts = [*case.identity, *(name for name in case.customer.facts if name not in case.identity)]
    open_first = sorted(facts, key=lambda name: name in progress.facts_given)
    words = set(re.findall(r"[a-z]+", wanted))
    for name in open_first:
        if any(set(each.split()) <= words for each in (label(name).lower(), *_OTHER_NAMES.get(name, ()))):
            return name
    asks_for_one = re.search(r"\byour (?:\w+ )?(?:number|id|reference|code)\b", wanted)
    return case.identity[0] if asks_for_one and case.identity and not progress.facts_given else ""


_OTHER_NAMES: Final = {
    "date_of_birth": ("birth", "birthday", "born"),
    "postcode": ("postal code", "zip code", "zip"),
    "email": ("email address", "mail address"),
    "phone_number": ("phone", "mobile"),
}


def _nearest_question(text: str, case: CaseFile, progress: Progress) -> int:
    """The case's question that is most like what was asked; -1 where none is near."""
    asked = _questions(text)[-1]
    words, kind = _content(text), _question_word(asked)
    best, most = -1, 2
    for index, question in enumerate(case.questions):
        if index in progress.used.get(Act.QUESTION, set()):
            continue
        # What would be answered says as much of a question's subject as how it is put.
        near = 2 * len(words & _content(question.ask)) + len(words & _content(" ".join(question.answers)))
        near += bool(kind) and kind == _question_word(question.ask)
        if near > most:
            best, most = index, near
    return best


def _question_word(question: str) -> str:
    found = re.search(
        r"\b(when|where|who|whose|why|how (?:long|many|much|often)|how|which|what time)\b", question.lower()
    )
    return found.group() if found else ""


# ------------------------------------------------------------------ the customer


def _customer(text: str, case: CaseFile, progress: Progress) -> list[Move]:
    agent = {move.act: move for move in progress.last.get(Role.SUPPORT, ())}
    if not agent:
        return [Move(Act.PICK_UP, text)]
    if _BYE.search(text) and Act.ACKNOWLEDGE in progress.done:
        return [Move(Act.FAREWELL, text)]
    if Act.GREET in agent and case.outbound:
        if _NOT_ME.search(text):
            return [Move(Act.NOT_CALLEE, text), Move(Act.PROBLEM, "")]
        return [Move(Act.IS_CALLEE, text)]
    main = _main_act(text, case, progress, agent)
    if main.act in {Act.ASK, Act.LOST, Act.PROBLEM} or not _questions(text):
        return [main]
    return [main, _asked(text, case)]


def _main_act(text: str, case: CaseFile, progress: Progress, agent: dict[Act, Move]) -> Move:  # noqa: PLR0911, PLR0912
    if Act.ASK_FACT in agent or Act.PATIENCE in agent:
        asked = agent.get(Act.ASK_FACT) or agent[Act.PATIENCE]
        if (given := _given(text, asked.fact, case)) is not None:
            return given
    if Act.PROBLEM not in progress.done:
        return Move(Act.PROBLEM, text)
    if Act.ESCALATE in agent or Act.CALL_BACK in agent:
        return Move(Act.AGREE, text)
    if _SUPERVISOR.search(text):
        return Move(Act.DEMAND_SUPERVISOR, text)
    if _GIVES_UP.search(text):
        return Move(Act.GIVE_UP, text)
    if _LOST.search(text):
        return Move(Act.LOST, text)
    if Act.CONFIRM_NAME in agent and _YES.search(text):
        return Move(Act.CONFIRM, text)
    if Act.TAKE_PAYMENT in agent:
        return Move(Act.PAYS, text)
    if Act.ANYTHING_ELSE in agent and not _questions(text) and len(text.split()) < _LONG:
        return Move(Act.NOTHING_ELSE, text)
    if agent.keys() & {Act.OFFER, Act.OFFER_LESS, Act.RAISE, Act.REFUSE, Act.STAND_BY, Act.KEEP}:
        return _to_an_offer(text, case)
    if Act.NEXT_STEP in agent and not _questions(text):
        return Move(Act.THANK if progress.agreed else Act.ACCEPT, text, WILLING)
    if Act.HOLD in agent or Act.ASK_AROUND in agent:
        return Move(Act.WAIT, text)
    question = agent.get(Act.QUESTION) or agent.get(Act.REPEAT)
    if question is not None:
        return Move(Act.ANSWER, text, _as_expected(text, question.ref, case))
    if _questions(text):
        return _asked(text, case)
    if len(text.split()) <= _SMALL_WORDS:
        return Move(Act.BACKCHANNEL, text)
    return Move(Act.DETAIL, text, _nearest(text, [detail.say for detail in case.details], least=3))


def _given(text: str, fact: str, case: CaseFile) -> Move | None:
    """The fact being given; None where the customer talks of something else."""
    has_digits = any(char.isdigit() for char in str(case.customer.facts.get(fact, "")))
    if case.gives(fact, text) or (has_digits and _NUMBERS.search(text)) or _HAS_NONE.search(text):
        return Move(Act.GIVE_FACT, text, fact=fact)
    if _questions(text):
        return None
    if _LOOKS.search(text):
        return Move(Act.SEARCH, text)
    return None if has_digits else Move(Act.GIVE_FACT, text, fact=fact)


def _to_an_offer(text: str, case: CaseFile) -> Move:
    if _REFUSES.search(text):
        return Move(Act.PUSH_BACK, text)
    if _SAYS_NO.search(text):
        return Move(Act.PUSH_BACK, text)
    if _TAKES.search(text):
        return Move(Act.ACCEPT, text, WILLING)
    if _questions(text):
        return _asked(text, case)
    return Move(Act.DETAIL, text, _nearest(text, [detail.say for detail in case.details], least=3))


def _asked(text: str, case: CaseFile) -> Move:
    question = " ".join(_questions(text))
    return Move(Act.ASK, text, _nearest(question, [each.ask for each in case.customer_asks], least=2))


def _as_expected(text: str, ref: int, case: CaseFile) -> int:
    """The question's index where the answer is one the case foresees, so that its reply fits; else -1."""
    if not 0 <= ref < len(case.questions):
        return -1
    answers = case.questions[ref].answers
    polarity = {_polarity(answer) for answer in answers}
    if polarity == {_polarity(text)} and polarity != {0}:
        return ref
    return ref if _nearest(text, answers, least=2) >= 0 else -1


def _polarity(text: str) -> int:
    if _SAYS_NO.search(text):
        return -1
    return 1 if re.match(r"\W*(?:yes|yeah|yep|yup|sure|of course)\b", text, re.IGNORECASE) else 0


# ------------------------------------------------------------------ words


def _nearest(text: str, candidates: Sequence[str], *, least: int) -> int:
    """The candidate that shares most of its longer words with the text, at least so many; -1 where none does."""
    words = _content(text)
    best, most = -1, least - 1
    for index, candidate in enumerate(candidates):
        shared = len(words & _content(candidate))
        if shared > most:
            best, most = index, shared
    return best


def _content(text: str) -> set[str]:
    # Without its ending a word is found again in "charged", "charges" and "charge".
    found = re.findall(r"[a-z']{4,}", text.lower())
    return {_STEMS.get(word, re.sub(r"(?:'s|s|ed|ing|e)$", "", word)) for word in found} - _EVERYWHERE


_STEMS: Final = {
    **dict.fromkeys(("begin", "began", "begun", "beginning", "first", "since", "started"), "start"),
    **dict.fromkeys(("bought", "purchase", "purchased"), "buy"),
    **dict.fromkeys(("paid", "payment", "payments"), "pay"),
    **dict.fromkeys(("phone", "telephone", "mobile"), "phon"),
}


_EVERYWHERE: Final = frozenset(
    [
        "that",
        "this",
        "have",
        "hav",
        "with",
        "what",
        "when",
        "your",
        "from",
        "ther",
        "they",
        "just",
        "been",
        "would",
        "could",
    ]
)


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in re.findall(r"[^.?!]+[.?!]*", text) if part.strip()]


def _questions(text: str) -> list[str]:
    return [part for part in _sentences(text) if part.endswith("?")]
