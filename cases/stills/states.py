"""The life of a request for a still picture, and who may do what with it. Pure.

The officer in a call asks for one picture, of a document or of the person. The taxpayer consents, and only
then does their page take the picture and send it, as it sends any picture of the conversation; or refuses.
Who asked withdraws it, nobody answers in time, or the call ends. It ends once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cases.errors import CaseworkError
from cases.stills.errors import StillOver
from rtc.call import LegName


class StillSubject(StrEnum):
    """What is to be seen in the picture."""

    DOCUMENT = "document"
    """Held into the camera."""
    PERSON = "person"


class StillState(StrEnum):
    """What became of a request."""

    ASKED = "asked"
    """It waits for the taxpayer's answer."""
    CONSENTED = "consented"
    """The picture comes into the conversation."""
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    """Nobody answered in time."""
    CALL_ENDED = "call_ended"


class StillEvent(StrEnum):
    """What can happen to a request."""

    CONSENT = "consent"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    TIME_PASSED = "time_passed"
    CALL_ENDED = "call_ended"


TABLE: Final[Mapping[tuple[StillState, StillEvent], StillState]] = MappingProxyType(
    {
        (StillState.ASKED, StillEvent.CONSENT): StillState.CONSENTED,
        (StillState.ASKED, StillEvent.REFUSE): StillState.REFUSED,
        (StillState.ASKED, StillEvent.WITHDRAW): StillState.WITHDRAWN,
        (StillState.ASKED, StillEvent.TIME_PASSED): StillState.EXPIRED,
        (StillState.ASKED, StillEvent.CALL_ENDED): StillState.CALL_ENDED,
    }
)
"""What is not here cannot happen: a request that ended stays as it ended."""

WHO: Final[Mapping[StillEvent, LegName]] = MappingProxyType(
    {
        StillEvent.CONSENT: LegName.TAXPAYER,
        StillEvent.REFUSE: LegName.TAXPAYER,
        StillEvent.WITHDRAW: LegName.OFFICER,
    }
)
"""The events of people, and whose side of the call each is."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request as it is written down: its state, and until when it waits for an answer."""

    state: StillState
    due_at_ms: int


def state_at(request: Waiting, now_ms: int) -> StillState:
    """What it is at that time: the clock may be late to write down that nobody answered."""
    is_late = request.state is StillState.ASKED and now_ms >= request.due_at_ms
    return StillState.EXPIRED if is_late else request.state


def refusal(request: Waiting, event: StillEvent, now_ms: int) -> type[CaseworkError] | None:
    """Why that cannot be done to a request any more; none where it can."""
    return None if (state_at(request, now_ms), event) in TABLE else StillOver


class StillAction(StrEnum):
    """What a person may do about a still picture now; a page shows these buttons and no others."""

    ASK = "ask"
    CONSENT = "consent"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


_EVENTS: Final[Mapping[StillAction, StillEvent]] = MappingProxyType(
    {
        StillAction.CONSENT: StillEvent.CONSENT,
        StillAction.REFUSE: StillEvent.REFUSE,
        StillAction.WITHDRAW: StillEvent.WITHDRAW,
    }
)


def allowed(
    request: Waiting | None, side: LegName, *, in_open_call: bool, now_ms: int
) -> tuple[StillAction, ...]:
    """What somebody of that side of the call may do now, in the order of the actions. ``request``: the latest
    one of the call; ``in_open_call``: the call of an open case goes on, and the person is in it.
    """
    if not in_open_call:
        return ()
    possible = {
        action
        for action, event in _EVENTS.items()
        if request is not None and WHO[event] is side and refusal(request, event, now_ms) is None
    }
    waits = request is not None and state_at(request, now_ms) is StillState.ASKED
    if side is LegName.OFFICER and not waits:
        possible.add(StillAction.ASK)
    return tuple(action for action in StillAction if action in possible)
