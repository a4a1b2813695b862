"""Builds what is done with cases from the settings; a part of ``building``."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from api.answers import Routes
from api.routes.business import BusinessRoutes
from api.routes.casework import CaseworkRoutes
from cases.booking.case_places import HallsOfRegions, HallTime
from cases.booking.reminders import VISIT_REMINDER, remind
from cases.casebook import Casebook
from cases.casework.backoffice import BackOffice
from cases.casework.business import Catalogue
from cases.casework.clockwork import handlers
from cases.casework.counting import WaitingCounts
from cases.casework.drafts import Drafts
from cases.casework.followers import audited, clocked, notified, placed
from cases.casework.formbook import Formbook
from cases.casework.payments import Payments
from cases.casework.policy import CaseworkPolicy
from cases.casework.reading import CaseViews
from cases.casework.receipts import Receipts
from cases.casework.records import Transitions
from cases.casework.reviews import ReviewDesk
from cases.casework.submissions import Submissions
from cases.casework.ticketing import CaseTickets, TicketFollower
from cases.clock import Clock
from cases.conversation.followers import MESSAGE_WAITING, consult_closed, notify_unread, said
from cases.counter import Counter
from cases.database import Database
from cases.deadlines.engine import DeadlineEngine, EngineBounds
from cases.halls import Halls
from cases.issuing import Issuing
from cases.sealing import Sealer
from cases.stills import followers as stills
from cases.videos.followers import VIDEO_UNANSWERED, VideoRules, time_out
from server.booking import Booking
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Casework:
    """``follower`` writes what the steps of tickets mean for their cases; ``deadlines`` is run; ``tickets``
    are those that may have to be issued again.
    """

    follower: TicketFollower
    deadlines: DeadlineEngine
    receipts: Receipts
    tickets: CaseTickets
    routes: tuple[Routes, ...]


def casework_policy(settings: Settings) -> CaseworkPolicy:
    return CaseworkPolicy(
        resubmission_days=settings.case_resubmit_days,
        edit_days=settings.case_edit_days,
        promised_days=settings.case_promised_days,
        payment_days=settings.case_payment_days,
        rebook_days=settings.case_rebook_days,
        review_lease_ms=settings.case_review_lease_ms,
        drafts_max=settings.case_drafts_max,
    )


def build_casework(
    settings: Settings,
    database: Database,
    clock: Clock,
    sealer: Sealer,
    booking: Booking,
    catalogue: Catalogue,
    casebook: Casebook,
    halls: Halls,
    issuing: Issuing,
    counter: Counter,
    video_rules: VideoRules,
) -> Casework:
    """Nothing runs yet, and nothing was asked of the database."""
    policy, time, places = casework_policy(settings), HallTime(), booking.case_places
    transitions = Transitions(
        [
            audited,
            clocked(reminder_before_ms=booking.policy.reminder_ms),
            placed(places),
            notified,
            said,
            video_rules.case_changed,
        ]
    )

    async def consult_ended(connection: AsyncConnection, ticket_id: str, at_ms: int) -> None:
        await video_rules.consult_closed(connection, ticket_id, at_ms)
        await consult_closed(connection, ticket_id, at_ms)

    formbook = Formbook(sealer)
    views = CaseViews(database, clock, catalogue, formbook, halls, sealer, policy)
    payments = Payments(database, clock, transitions, time, policy)
    tickets = CaseTickets(database, clock, transitions, casebook, halls, issuing, counter)
    taxpayers = BusinessRoutes(
        Drafts(database, clock, catalogue, formbook, halls, HallsOfRegions(), sealer, policy),
        Submissions(database, clock, transitions, catalogue, formbook, places, time, halls, sealer, policy),
        tickets,
        views,
    )
    officers = CaseworkRoutes(
        ReviewDesk(database, clock, transitions, formbook, time, policy),
        BackOffice(database, clock, transitions, formbook, time, policy),
        payments,
        views,
        WaitingCounts(database, clock),
    )
    return Casework(
        TicketFollower(transitions, time, policy, consult_ended),
        DeadlineEngine(
            database,
            clock,
            {
                **handlers(transitions),
                VISIT_REMINDER: remind,
                MESSAGE_WAITING: notify_unread,
                VIDEO_UNANSWERED: time_out,
                stills.STILL_UNANSWERED: stills.time_out,
            },
            EngineBounds(),
        ),
        Receipts(database, clock, payments),
        tickets,
        (taxpayers, officers),
    )
