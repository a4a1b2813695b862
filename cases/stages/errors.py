"""Why something may not happen to a case now."""

from cases.errors import CaseworkError


class CaseRefused(CaseworkError):
    """The case is not in a state in which that may happen."""

    code = "case_refused"


class CaseClosed(CaseRefused):
    """The case is in the history: it can be read, and nothing else."""

    code = "case_closed"


class WindowNotOpen(CaseRefused):
    """Tickets of the booked slot are not issued yet."""

    code = "window_not_open"


class WindowOver(CaseRefused):
    """The booked slot, or the wanted one, is over."""

    code = "window_over"


class NotApproved(CaseRefused):
    """The forms are not approved yet."""

    code = "not_approved"


class TicketTaken(CaseRefused):
    """The case has a ticket already."""

    code = "ticket_taken"


class DeadlineOver(CaseRefused):
    """It is too late for that."""

    code = "deadline_over"
