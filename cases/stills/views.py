"""What both sides of a call see of requests for a still picture. Times are UTC milliseconds."""

from dataclasses import dataclass

from cases.stills.states import StillAction, StillState, StillSubject
from cases.views.names import OfficerName


@dataclass(frozen=True, slots=True)
class StillRequest:
    """A request for a still picture in a call. ``version`` grows with each change, a page keeps the highest;
    ``officer``: who asked; ``due_at_ms``: until when it waits; ``ended_at_ms``: when it was answered,
    withdrawn or given up. The picture of one that was consented to is the message of the conversation that
    has the request's id.
    """

    request_id: str
    call_id: str
    version: int
    state: StillState
    subject: StillSubject
    officer: OfficerName
    asked_at_ms: int
    due_at_ms: int
    ended_at_ms: int | None


@dataclass(frozen=True, slots=True)
class StillView:
    """The latest request of a case (none: nobody ever asked), and what the person may do now."""

    at_ms: int
    case_id: str
    request: StillRequest | None
    actions: tuple[StillAction, ...]
