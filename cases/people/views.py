"""What a person is shown of accounts. As in ``cases.views``: times are UTC ms."""

from dataclasses import dataclass
from enum import StrEnum

from cases.views.desks import OfficerRole
from cases.views.names import Bilingual


class SecondFactorRule(StrEnum):
    """Whether officers have a second factor."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class EnrolmentView:
    """A second factor to be put into an authenticator app: by the QR code (an SVG picture as a data URI), or
    typed. It counts once a code of it was shown.
    """

    secret: str
    address: str
    picture: str


@dataclass(frozen=True, slots=True)
class RecoveryCodes:
    """Each is good once in the place of a code. They are not shown again."""

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SecurityView:
    """How an officer's account is protected."""

    rule: SecondFactorRule
    second_factor_since_ms: int | None
    recovery_codes_left: int
    password_changed_at_ms: int | None


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session of one's own. ``network``: roughly from where it was opened, a network of neighbours and not
    an address; ``current``: the one that asks.
    """

    session_id: str
    opened_at_ms: int
    used_at_ms: int
    ends_at_ms: int
    network: str | None
    current: bool


@dataclass(frozen=True, slots=True)
class SessionsView:
    """All of one's own sessions, newest first."""

    at_ms: int
    sessions: tuple[SessionView, ...]


@dataclass(frozen=True, slots=True)
class OfficerAccount:
    """An officer as an admin sees them. ``version`` goes back with a change."""

    officer_id: str
    staff_number: str
    name: str
    roles: tuple[OfficerRole, ...]
    hall_id: str
    hall: Bilingual
    disabled: bool
    has_second_factor: bool
    must_change_password: bool
    version: int


@dataclass(frozen=True, slots=True)
class OfficerAccounts:
    """A page of them, by staff number; ``next_cursor``: none on the last page."""

    officers: tuple[OfficerAccount, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class OneTimePassword:
    """``password`` is shown this once, and has to be changed at the log-in; none where this request was
    answered before.
    """

    officer: OfficerAccount
    password: str | None
