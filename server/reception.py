"""Builds the reception and binding from the settings; a part of ``building``."""

from dataclasses import dataclass
from typing import Final

from api.answers import Routes
from api.routes.binding import BindingRoutes
from api.routes.reception import ReceptionRoutes
from cases.booking.policy import BookingPolicy
from cases.clock import Clock
from cases.counter import Counter
from cases.database import Database
from cases.guesses import Guesses, GuessPolicy
from cases.halls import Halls
from cases.issuing import Issuing
from cases.reception.binding import Bindings
from cases.reception.following import PaperFollower
from cases.reception.paper import PaperTickets
from cases.reception.paperbook import Paperbook
from cases.reception.policy import ReceptionPolicy
from cases.reception.showing import PaperViews
from cases.sealing import Sealer
from cases.waits import Waits
from queueing.service import Queue

BINDING_GUESSES: Final = GuessPolicy(per_account=10, per_address=60, window_ms=600_000)
"""A whole hall may share one address behind its network."""


@dataclass(frozen=True, slots=True)
class Reception:
    """``follower`` writes what the steps of tickets on paper mean."""

    routes: tuple[Routes, ...]
    follower: PaperFollower


def build_reception(
    database: Database,
    clock: Clock,
    sealer: Sealer,
    halls: Halls,
    queue: Queue,
    issuing: Issuing,
    paperbook: Paperbook,
    counter: Counter,
    waits: Waits,
    public_url: str | None,
) -> Reception:
    """Nothing runs yet, and nothing was asked of the database."""
    policy, booking_policy = ReceptionPolicy(), BookingPolicy()
    views = PaperViews(halls, queue, waits)
    paper = PaperTickets(
        database, clock, sealer, halls, queue, issuing, paperbook, views, policy, booking_policy, public_url
    )
    guesses = Guesses(database, clock, BINDING_GUESSES, purpose="bind")
    bindings = Bindings(database, clock, sealer, halls, counter, guesses, policy)
    return Reception((BindingRoutes(bindings), ReceptionRoutes(paper)), PaperFollower(halls, booking_policy))
