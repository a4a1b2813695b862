"""The errors of casework. Every leaf has a stable ``code``; ``cases.problems`` has its text and HTTP
status.
"""

from typing import ClassVar

from cases.certificates import NumberFault


class CaseworkError(Exception):
    """The root: whatever casework refuses or cannot do."""

    code: ClassVar[str] = "casework_error"


class NotSignedIn(CaseworkError):
    """No session, or one that nobody knows."""

    code = "not_signed_in"


class SessionExpired(CaseworkError):
    """The session was idle for too long, or reached its whole length."""

    code = "session_expired"


class Forbidden(CaseworkError):
    """The person may not do that, or see that."""

    code = "forbidden"


class CertificateRefused(CaseworkError):
    """A log-in field is wrong: ``field`` and the ``fault``'s own code."""

    code = "certificate_refused"

    def __init__(self, field: str, fault: str) -> None:
        super().__init__(f"{field}: {fault}")
        self.field = field
        self.fault = fault

    @classmethod
    def number(cls, fault: NumberFault) -> "CertificateRefused":
        return cls("certificate_number", fault.value)


class IdentityMismatch(CaseworkError):
    """The number is known under another name."""

    code = "identity_mismatch"


class FaceUnavailable(CaseworkError):
    """No face check is set up here."""

    code = "face_unavailable"


class ChallengeInvalid(CaseworkError):
    """The face step's challenge is not ours, or too old."""

    code = "challenge_invalid"


class PasswordWrong(CaseworkError):
    """No such officer, or another password: which of the two is not told."""

    code = "password_wrong"


class TooManyGuesses(CaseworkError):
    """Too many failed log-ins; ``retry_after_ms`` until the next may be tried."""

    code = "too_many_guesses"

    def __init__(self, retry_after_ms: int) -> None:
        super().__init__(f"again in {retry_after_ms} ms")
        self.retry_after_ms = retry_after_ms


class LineUnknown(CaseworkError):
    """No such line in this hall, or not one for this."""

    code = "line_unknown"


class CursorUnknown(CaseworkError):
    """A list has no page that begins there."""

    code = "cursor_unknown"


class CaseUnknown(CaseworkError):
    """No such case of this person."""

    code = "case_unknown"


class AlreadyWaiting(CaseworkError):
    """The taxpayer has an open ticket in this line (``ticket_id``)."""

    code = "already_waiting"

    def __init__(self, ticket_id: str) -> None:
        super().__init__(f"open ticket {ticket_id}")
        self.ticket_id = ticket_id


class TooManyTickets(CaseworkError):
    """The taxpayer has as many open tickets as are allowed."""

    code = "too_many_tickets"


class DeskSignedOff(CaseworkError):
    """The officer is signed on to no line."""

    code = "signed_off"


class DeskOnBreak(CaseworkError):
    """The officer is on a break."""

    code = "on_break"


class DeskHoldsTicket(CaseworkError):
    """The officer has to finish or abandon the ticket in hand first."""

    code = "holds_ticket"


class DeskStateRefused(CaseworkError):
    """Only ready and break are chosen; the others follow from the ticket in hand."""

    code = "desk_state_refused"


class BreakReasonMissing(CaseworkError):
    """A break needs a reason, and ``other`` needs a few words."""

    code = "break_reason_missing"


class NobodyWaits(CaseworkError):
    """Nobody waits in the officer's lines."""

    code = "nobody_waits"


class CalledByColleague(CaseworkError):
    """Another officer called the ticket first; ``name`` and ``staff_number``: who that is."""

    code = "called_by_colleague"

    def __init__(self, name: str, staff_number: str) -> None:
        super().__init__("called by another officer")
        self.name = name
        self.staff_number = staff_number


class NoOpenCall(CaseworkError):
    """The ticket has no call to join: it is not being served, or the call was hung up."""

    code = "no_open_call"


class RequestReused(CaseworkError):
    """Another request came under the same Idempotency-Key before."""

    code = "request_reused"


class RecordsUnavailable(CaseworkError):
    """The records database does not answer."""

    code = "records_unavailable"


class RecordsDisagree(CaseworkError):
    """The journal and the records contradict each other; a person has to look."""

    code = "records_disagree"
