"""A taxpayer who is signed in, or on the way there."""

from dataclasses import dataclass

from cases.views.tickets import TicketView


@dataclass(frozen=True, slots=True)
class TaxpayerView:
    """The signed-in taxpayer; ``number_masked`` like 4404**********0013."""

    taxpayer_id: str
    name: str
    certificate_type: str
    number_masked: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class DoorCount:
    """How much is behind a door: ``count``, or with ``more`` above that (99+)."""

    count: int
    more: bool


@dataclass(frozen=True, slots=True)
class Doors:
    """The counts of the seven doors (S2): guidances begun, drafts of forms, open bookings, favourites, open
    tickets on paper that are bound, what is to be done, and what is in the history.
    """

    guidance: DoorCount
    forms: DoorCount
    booking: DoorCount
    favourites: DoorCount
    binding: DoorCount
    todos: DoorCount
    history: DoorCount


@dataclass(frozen=True, slots=True)
class HomeView:
    """What home shows first: the open tickets (newest first) and the counts of the doors.

    ``open_cases`` and ``closed_cases``: drafts apart, at most 100 of each are counted.
    """

    at_ms: int
    tickets: tuple[TicketView, ...]
    open_cases: int
    closed_cases: int
    doors: Doors


@dataclass(frozen=True, slots=True)
class FaceChallenge:
    """The step after the certificate was checked. ``method`` ``development`` is a labelled stand-in, only
    with --demo; ``offline``: pictures are sent, of the face in the ``pose`` that is asked for.
    """

    challenge: str
    method: str
    expires_at_ms: int
    pose: str | None = None
