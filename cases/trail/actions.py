"""Every action that an entry of the audit trail can tell of. A new one is added here, or a test fails."""

from typing import Final

from cases.booking.bookings import BookingState
from cases.retention.rules import Rule
from cases.stages.events import Event
from cases.stills.states import StillEvent
from cases.trail.chain import BEGIN

OF_PEOPLE: Final = frozenset(
    {
        "session.open",
        "session.close",
        "sessions.end",
        "officer.create",
        "officer.change",
        "officer.disable",
        "officer.password",
        "officer.reset_password",
        "officer.second_factor",
        "officer.reset_second_factor",
        "officer.recovery_codes",
        "taxpayer.face",
    }
)
OF_HALLS: Final = frozenset(
    {
        "hall.add",
        "hall.describe",
        "hall.rules",
        "hall.day",
        "hall.day_removed",
        "hall.line_added",
        "hall.line",
        "hall.open",
        "hall.close",
        "display.make",
        "display.remove",
    }
)
OF_CASES: Final = frozenset(
    {
        "case.begin",
        "case.delete_draft",
        *(f"case.{event.value}" for event in Event),
        "file.add",
        "file.delete",
        "message.send",
        "quick_reply.add",
        "quick_reply.change",
        "quick_reply.remove",
        "ticket.transfer",
        "video.ask",
        "video.accept",
        "video.refuse",
        "video.withdraw",
        "video.time_out",
        "still.ask",
        *(f"still.{event.value}" for event in StillEvent),
    }
)
OF_VISITS: Final = frozenset(
    {
        *(f"booking.{state.value}" for state in BookingState),
        "paper_ticket.issue",
        "paper_ticket.withdraw",
        "paper_ticket.reprint",
        "paper_ticket.cancel",
        "paper_ticket.bind",
        "paper_ticket.unbind",
    }
)
OF_RECORDS: Final = frozenset(
    {
        BEGIN,
        "keys.rotate",
        "catalogue.reload",
        "reason.restore",
        "reason.write",
        "delivery.retry",
        *(f"retention.{rule.value}" for rule in Rule),
    }
)
ACTIONS: Final = OF_PEOPLE | OF_HALLS | OF_CASES | OF_VISITS | OF_RECORDS
