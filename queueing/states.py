"""The states of a ticket, and which step leads from which state to which.

The rules in prose:

- A ticket begins with ``issue`` and waits in its line.
- ``call`` gives it to one officer. Only a waiting ticket can be called.
- While it is ``called``, the officer may ring again (``recall``; it stays the same call), the taxpayer may
  ``confirm`` (on site the officer does, once they have come), and the officer, or the confirm deadline, may
  ``abandon`` it (弃号).
- An abandoned ticket may be taken back (``reactivate``, 激活) until its activation deadline, and waits again;
  past the deadline it lapses (``lapse``).
- The taxpayer may ``cancel`` while nobody holds the ticket: when it waits, and when it is abandoned. The hall
may
  ``dismiss`` it then, when it closes.
- A confirmed ticket is ``serving`` until its officer finishes it (``finish``). The officer may put it
``on_hold``
  (``hold``), call somebody else meanwhile, and take it in hand again (``resume``).
- A ticket in an officer's hand or on hold goes back to the front of its line by ``requeue``: the officer
gives it
  back, the officer's lease ends, or the hold lasts too long. ``transfer`` puts it, or a waiting one, in
  another line.
- ``finished``, ``cancelled`` and ``lapsed`` are ends: no step leads out of them.

This table is the only place where these rules are written: the Lua scripts are given it when they are loaded.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from queueing.errors import StepRefused


class TicketState(StrEnum):
    """Where a ticket is in its life."""

    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    ON_HOLD = "on_hold"
    ABANDONED = "abandoned"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


class Step(StrEnum):
    """What can happen to a ticket; every one that happens is one entry of the journal."""

    ISSUE = "issue"
    CALL = "call"
    RECALL = "recall"
    CONFIRM = "confirm"
    ABANDON = "abandon"
    REACTIVATE = "reactivate"
    REQUEUE = "requeue"
    HOLD = "hold"
    RESUME = "resume"
    TRANSFER = "transfer"
    CANCEL = "cancel"
    DISMISS = "dismiss"
    FINISH = "finish"
    LAPSE = "lapse"


ENDED_STATES: Final = frozenset({TicketState.FINISHED, TicketState.CANCELLED, TicketState.LAPSED})
OPEN_STATES: Final = frozenset(TicketState) - ENDED_STATES
HELD_STATES: Final = frozenset({TicketState.CALLED, TicketState.SERVING})
"""In an officer's hand: one ticket an officer."""

TRANSITIONS: Final[Mapping[tuple[TicketState | None, Step], TicketState]] = MappingProxyType(
    {
        (None, Step.ISSUE): TicketState.WAITING,
        (TicketState.WAITING, Step.CALL): TicketState.CALLED,
        (TicketState.WAITING, Step.TRANSFER): TicketState.WAITING,
        (TicketState.WAITING, Step.CANCEL): TicketState.CANCELLED,
        (TicketState.WAITING, Step.DISMISS): TicketState.CANCELLED,
        (TicketState.CALLED, Step.RECALL): TicketState.CALLED,
        (TicketState.CALLED, Step.CONFIRM): TicketState.SERVING,
        (TicketState.CALLED, Step.ABANDON): TicketState.ABANDONED,
        (TicketState.CALLED, Step.REQUEUE): TicketState.WAITING,
        (TicketState.CALLED, Step.TRANSFER): TicketState.WAITING,
        (TicketState.SERVING, Step.HOLD): TicketState.ON_HOLD,
        (TicketState.SERVING, Step.REQUEUE): TicketState.WAITING,
        (TicketState.SERVING, Step.TRANSFER): TicketState.WAITING,
        (TicketState.SERVING, Step.FINISH): TicketState.FINISHED,
        (TicketState.ON_HOLD, Step.RESUME): TicketState.SERVING,
        (TicketState.ON_HOLD, Step.REQUEUE): TicketState.WAITING,
        (TicketState.ON_HOLD, Step.TRANSFER): TicketState.WAITING,
        (TicketState.ABANDONED, Step.REACTIVATE): TicketState.WAITING,
        (TicketState.ABANDONED, Step.CANCEL): TicketState.CANCELLED,
        (TicketState.ABANDONED, Step.DISMISS): TicketState.CANCELLED,
        (TicketState.ABANDONED, Step.LAPSE): TicketState.LAPSED,
    }
)


def next_state(state: TicketState | None, step: Step) -> TicketState:
    """The state after `step`; `state` is None for a ticket that does not exist yet.

    Raises StepRefused where the table has no such transition.
    """
    target = TRANSITIONS.get((state, step))
    if target is None:
        raise StepRefused(state, step)
    return target
