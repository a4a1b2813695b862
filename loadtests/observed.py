"""What clients were shown, as the rules read it. Pure; the order of a list is the order of arrival."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from cases.views.desks import BoardView, DeskView
from cases.views.tickets import TicketView
from queueing.states import TicketState


@dataclass(frozen=True, slots=True)
class TicketTaken:
    """The server acknowledged that the ticket was issued."""

    ticket_id: str


@dataclass(frozen=True, slots=True)
class TicketSeen:
    """A view of a ticket reached its taxpayer's page.

    ``version``: the hall's. ``kept``: the page showed it; a view older than the one shown is dropped
    (docs/PROTOCOL.md). ``asked_after``: the highest version that the page knew when it asked for this view;
    none for a push.
    """

    page: str
    ticket_id: str
    line_id: str
    number: str
    issued_at_ms: int
    version: int
    state: TicketState
    ahead: int | None
    waiting: int
    call_number: int
    staff_number: str | None
    kept: bool = True
    asked_after: int | None = None


@dataclass(frozen=True, slots=True)
class CountSeen:
    """A taxpayer's page counted how many are ahead of its waiting ticket, from what its line told."""

    page: str
    ticket_id: str
    line_id: str
    version: int
    ahead: int
    waiting: int
    call_number: int


@dataclass(frozen=True, slots=True)
class TicketHeld:
    """An officer's desk showed a ticket in hand. ``version``: that of the ticket's latest step."""

    staff_number: str
    ticket_id: str
    state: TicketState
    version: int
    call_number: int


@dataclass(frozen=True, slots=True)
class BoardSeen:
    """An officer's board showed a line: how many wait, and the first of them in order."""

    staff_number: str
    line_id: str
    version: int
    waiting: int
    first: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HistorySeen:
    """The steps of a ticket as its case tells them after its end: when, what, and because of what."""

    ticket_id: str
    case_id: str
    steps: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True, slots=True)
class DeadlineSeen:
    """A page counted down: what is due at that time of the server's clock, in that state."""

    ticket_id: str
    state: TicketState
    call_number: int
    deadline_ms: int


@dataclass(frozen=True, slots=True)
class ConversationBegun:
    """A page that was opened knows what was said up to that number."""

    page: str
    case_id: str
    last: int


@dataclass(frozen=True, slots=True)
class MessageShown:
    """A message was pushed to a page."""

    page: str
    case_id: str
    number: int
    message_id: str


@dataclass(frozen=True, slots=True)
class MessageSaid:
    """The server acknowledged a message of that page."""

    page: str
    case_id: str
    number: int
    message_id: str


@dataclass(frozen=True, slots=True)
class ConversationEnded:
    """The last look of a page: everything that was said, by number."""

    page: str
    case_id: str
    whole: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class MediaCounted:
    """What one connection of one side of a call sent and received: names of packets in their order.

    ``damaged``: packets that were opened and were not what had been sent.
    """

    call_id: str
    side: str
    page: str
    sent: Sequence[int]
    received: Sequence[int]
    damaged: int = 0


Observed: TypeAlias = (
    TicketTaken
    | TicketSeen
    | CountSeen
    | TicketHeld
    | BoardSeen
    | HistorySeen
    | DeadlineSeen
    | ConversationBegun
    | MessageShown
    | MessageSaid
    | ConversationEnded
    | MediaCounted
)


def seen(view: TicketView, page: str, *, kept: bool, asked_after: int | None) -> TicketSeen:
    return TicketSeen(
        page=page,
        ticket_id=view.ticket_id,
        line_id=view.line.line_id,
        number=view.number,
        issued_at_ms=view.issued_at_ms,
        version=view.version,
        state=view.state,
        ahead=view.ahead,
        waiting=view.waiting,
        call_number=view.call_number,
        staff_number=view.officer.staff_number if view.officer is not None else None,
        kept=kept,
        asked_after=asked_after,
    )


def held(view: DeskView, staff_number: str) -> TicketHeld | None:
    ticket = view.ticket
    if ticket is None:
        return None
    return TicketHeld(staff_number, ticket.ticket_id, ticket.state, ticket.version, ticket.call_number)


def boards(view: BoardView, staff_number: str) -> list[BoardSeen]:
    return [
        BoardSeen(
            staff_number,
            line.line.line_id,
            view.version,
            line.waiting,
            tuple(ticket.ticket_id for ticket in line.first),
        )
        for line in view.lines
    ]
