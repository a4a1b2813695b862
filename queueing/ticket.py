"""What the queue tells about tickets: plain values without behaviour. Times are milliseconds of Redis'
clock.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from queueing.states import Step, TicketState


class Priority(IntEnum):
    """The class of a ticket in its line; lower is sooner, and within a class the earlier arrival.

    REACTIVATED is not given at issue: `reactivate` puts the ticket behind the first few people of the line,
    whatever their class is.
    """

    REACTIVATED = 0
    BOOKED = 1
    PRIORITY = 2
    """65 and over, or disabled."""
    WALK_IN = 3


class CallOrder(StrEnum):
    """How `call_next` chooses between several lines."""

    STRICT = "strict"
    """The first line named that has somebody waiting."""
    FIRST_COME = "first_come"
    """Over all lines named: the best class first, then the earliest arrival."""
    WEIGHTED = "weighted"
    """The lines in proportion to their weights, as long as somebody waits in them."""


class Cause(StrEnum):
    """Who made a step."""

    OFFICER = "officer"
    TAXPAYER = "taxpayer"
    DEADLINE = "deadline"
    LEASE = "lease"
    """The officer's console was not heard of for the length of a lease."""
    HALL = "hall"
    """The hall closed."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket as it is after its latest step."""

    hall_id: str
    ticket_id: str
    line_id: str
    number: str
    """A letter and three or more digits, from 001 per line and day: "C041"."""
    state: TicketState
    priority: Priority
    version: int
    """The hall's version that its latest step made."""
    call_number: int
    """0 before the first call, then one more with each. Every later step of a call names it."""
    officer_id: str | None
    """Who called it last; None while it waits."""
    issued_at_ms: int
    called_at_ms: int | None
    """The first call: what the wait is counted to. Never rewritten."""
    confirmed_at_ms: int | None
    """When its latest call was confirmed; None again when it went back to a line."""
    ended_at_ms: int | None
    deadline_ms: int | None
    """When called: to confirm; when abandoned: to reactivate; on hold: when it goes back to its line; else None."""
    reactivations: int
    booking_id: str | None
    outcome: str | None
    """How it was finished; the word is the caller's."""
    place: int | None
    """While waiting: its sort key in its line (lower is sooner), from which pages count who is ahead."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a line."""

    line_id: str
    place: int


@dataclass(frozen=True, slots=True)
class Position:
    """A ticket and its place in its line, read at one moment."""

    ticket: Ticket
    ahead: int | None
    """How many wait before it; None unless it waits."""
    waiting: int
    """How many wait in its line, itself included."""
    at_ms: int
    version: int
    """The hall's version at that moment."""


@dataclass(frozen=True, slots=True)
class Called:
    """What a call gave; `repeated` when this request had been answered before (the ticket may have moved
    on).
    """

    ticket: Ticket
    repeated: bool


@dataclass(frozen=True, slots=True)
class Expired:
    """What one look at the deadlines did."""

    count: int
    """Steps made (an abandonment, a lapse or a requeue each)."""
    next_due_ms: int | None
    """The earliest deadline left; already past when `limit` cut the work short."""
    now_ms: int


@dataclass(frozen=True, slots=True)
class LineSnapshot:
    """One line at one moment."""

    line_id: str
    waiting: int
    oldest_issued_at_ms: int | None
    """Of those that were never called yet; None when there are none (who was called has ended the first
    wait).
    """
    first: tuple[Ticket, ...]
    """The next tickets in order."""


@dataclass(frozen=True, slots=True)
class AtWork:
    """An officer who was heard of within the lease, and the lines served; not those on a break."""

    officer_id: str
    lease_until_ms: int
    line_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HallState:
    """What a hall as a whole is like; see `HallSnapshot` for the words."""

    hall_id: str
    version: int
    epoch: int
    closed_at_ms: int | None
    frozen: bool
    """It lost steps, and is being built anew from the records: nothing can be done in it meanwhile."""


@dataclass(frozen=True, slots=True)
class HallSnapshot:
    """Lines and held tickets of a hall, read in one step."""

    hall_id: str
    version: int
    epoch: int
    """Changes when the hall was built anew; 0 for a hall in which nothing was ever issued."""
    at_ms: int
    lines: tuple[LineSnapshot, ...]
    closed_at_ms: int | None
    """Since when the hall takes no tickets."""
    held: tuple[Ticket, ...]
    """Called and serving tickets of the whole hall, by officer id."""
    on_hold: tuple[Ticket, ...]
    """By ticket id."""
    at_work: tuple[AtWork, ...]
    """By officer id."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One step that happened. Versions of a hall are dense: each entry's is one more than the one before."""

    hall_id: str
    version: int
    at_ms: int
    step: Step
    ticket: Ticket
    """As it is after the step."""
    cause: Cause
    left: Spot | None
    """Where it stood before, if it waited and does not stand there any more."""
    joined: Spot | None
    """Where it stands since this step, if it did not before."""
    packed: str
    """The ticket as Redis holds it (``layout.py``): from it the queue can be built anew."""

    @property
    def entry_id(self) -> str:
        """The id in the stream: ``<version>-<ms>``."""
        return f"{self.version}-{self.at_ms}"
