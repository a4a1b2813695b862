"""Who may do what in a conversation, and when. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cases.conversation.errors import ConversationNotBegun
from cases.conversation.views import ConversationAction, Sender
from cases.errors import CaseworkError
from cases.stages.errors import CaseClosed
from cases.stages.events import Side
from cases.stages.states import CaseState, FormState, Mode


class Standing(StrEnum):
    """What decides about a conversation."""

    NOT_BEGUN = "not_begun"
    """A draft: no officer sees it."""
    OPEN = "open"
    CLOSED = "closed"
    """Read-only, like its case."""


_ALL: Final = frozenset(ConversationAction)
ALLOWED: Final[Mapping[Standing, Mapping[Sender, frozenset[ConversationAction]]]] = MappingProxyType(
    {
        Standing.NOT_BEGUN: {Sender.TAXPAYER: frozenset(), Sender.OFFICER: frozenset()},
        Standing.OPEN: {Sender.TAXPAYER: _ALL, Sender.OFFICER: _ALL},
        Standing.CLOSED: {Sender.TAXPAYER: frozenset(), Sender.OFFICER: frozenset()},
    }
)
REFUSALS: Final[Mapping[Standing, type[CaseworkError]]] = MappingProxyType(
    {Standing.NOT_BEGUN: ConversationNotBegun, Standing.CLOSED: CaseClosed}
)


def standing(case: CaseState) -> Standing:
    """Of the conversation of a case."""
    if case.closed is not None:
        return Standing.CLOSED
    if case.mode is Mode.CONSULT or case.form is FormState.SUBMITTED:
        return Standing.OPEN
    return Standing.NOT_BEGUN


def reader(side: Side) -> Sender:
    """Who reads as that side of a case; the clock and the queue read nothing."""
    return Sender.TAXPAYER if side is Side.TAXPAYER else Sender.OFFICER


def allowed(case: CaseState, side: Sender) -> tuple[ConversationAction, ...]:
    """What that side may do now, in the order of the actions."""
    possible = ALLOWED[standing(case)][side]
    return tuple(action for action in ConversationAction if action in possible)


def refusal(case: CaseState, side: Sender, action: ConversationAction) -> type[CaseworkError] | None:
    """Why the side may not do that; none where it may."""
    if action in allowed(case, side):
        return None
    return REFUSALS[standing(case)]


def wait_ms(sent_at_ms: int | None, *, burst_ms: int, now_ms: int) -> int:
    """How long a side has to wait, whose burst began at ``sent_at_ms`` (none: it is not full); 0: not at
    all.
    """
    if sent_at_ms is None:
        return 0
    return max(0, sent_at_ms + burst_ms - now_ms)
