"""What the reception, binding and counters refuse."""

from cases.errors import CaseworkError


class ReceptionError(CaseworkError):
    """The root."""

    code = "reception_error"


class NotOnSiteLine(ReceptionError):
    """Tickets on paper are for the open on-site lines of the officer's own hall."""

    code = "not_on_site_line"


class PaperTicketUnknown(ReceptionError):
    """No such ticket in this hall, or of this person."""

    code = "paper_ticket_unknown"


class BindingRefused(ReceptionError):
    """No open ticket of today with that number and code, or somebody else has bound it: which is not told."""

    code = "binding_refused"


class TooManyBound(ReceptionError):
    """The taxpayer has as many open paper tickets as are allowed."""

    code = "too_many_bound"


class PaperTicketOver(ReceptionError):
    """It has ended: there is nothing left to print or to unbind."""

    code = "paper_ticket_over"


class BookingHasTicket(ReceptionError):
    """The visit has its ticket already."""

    code = "booking_has_ticket"


class VisitNotNow(ReceptionError):
    """The visit's ticket is issued from shortly before its time until its end; or it is of another kind."""

    code = "visit_not_now"


class CounterMissing(ReceptionError):
    """Who calls people to a counter has to say which one it is."""

    code = "counter_missing"


class ConfirmedAtCounter(ReceptionError):
    """An on-site call is answered by coming; the officer says that somebody has."""

    code = "confirmed_at_counter"


class NotOnSite(ReceptionError):
    """The ticket is called over video: its taxpayer answers for themselves."""

    code = "not_on_site"
