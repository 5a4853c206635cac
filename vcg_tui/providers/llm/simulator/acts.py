"""What can be done with words in a support call."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Act(StrEnum):
    """A dialogue act; a turn is one to four of them."""

    # Both sides.
    FAREWELL = "farewell"
    GENERIC = "generic"
    """Words that move nothing."""

    # The agent's.
    GREET = "greet"
    INVITE = "invite"
    """Bids a caller speak who only asked whether anybody is there."""
    REINTRODUCE = "reintroduce"
    ACKNOWLEDGE = "acknowledge"
    ASK_FACT = "ask_fact"
    PATIENCE = "patience"
    """Leaves a caller time to look for something."""
    CONFIRM_NAME = "confirm_name"
    READ_BACK = "read_back"
    REASON_FOR_CALL = "reason_for_call"
    HOLD = "hold"
    QUESTION = "question"
    RECEIPT = "receipt"
    REPLY = "reply"
    ANSWER_ASK = "answer_ask"
    FINDING = "finding"
    REASSURE = "reassure"
    REPEAT = "repeat"
    OFFER = "offer"
    REFUSE = "refuse"
    OFFER_LESS = "offer_less"
    STAND_BY = "stand_by"
    """Holds to an offer that was met with doubt."""
    ASK_AROUND = "ask_around"
    """Goes to ask whether more is possible."""
    RAISE = "raise"
    KEEP = "keep"
    """Would rather not hand the caller on yet."""
    TAKE_PAYMENT = "take_payment"
    PAYMENT_DONE = "payment_done"
    ESCALATE = "escalate"
    CALL_BACK = "call_back"
    CANNOT_HELP = "cannot_help"
    NEXT_STEP = "next_step"
    ANYTHING_ELSE = "anything_else"
    WRONG_NUMBER = "wrong_number"

    # The customer's.
    PICK_UP = "pick_up"
    CALL_OUT = "call_out"
    """Asks whether anybody is there."""
    PROBLEM = "problem"
    IS_CALLEE = "is_callee"
    NOT_CALLEE = "not_callee"
    SEARCH = "search"
    """Has to look for what was asked."""
    GIVE_FACT = "give_fact"
    CONFIRM = "confirm"
    DETAIL = "detail"
    ANSWER = "answer"
    ASK = "ask"
    WAIT = "wait"
    IMPATIENCE = "impatience"
    LOST = "lost"
    REACT = "react"
    BACKCHANNEL = "backchannel"
    """Shows no more than that one is listening."""
    PUSH_BACK = "push_back"
    DEMAND_SUPERVISOR = "demand_supervisor"
    ACCEPT = "accept"
    GIVE_UP = "give_up"
    PAYS = "pays"
    AGREE = "agree"
    THANK = "thank"
    NOTHING_ELSE = "nothing_else"


@dataclass(frozen=True, slots=True)
class Move:
    """An act in the words of a turn.

    Attributes:
        act: what is done.
        text: how it is said.
        ref: which one of several: the index of a question, a record line, a detail, an ask; -1: none in particular.
        fact: the fact asked for or given.
    """

    act: Act
    text: str
    ref: int = -1
    fact: str = ""


WILLING, GRUDGING = 0, 1
"""How an offer was taken: the ``ref`` of an ``ACCEPT``."""
