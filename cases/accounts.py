"""Log-in of taxpayers (S1), and the first officers."""

import asyncio
import json
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Row, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.access import Taxpayer
from cases.certificates import (
    CertificateType,
    identity_number,
    masked,
    name_is_valid,
    normalised,
    normalised_name,
    number_fault,
)
from cases.clock import Clock, local_date
from cases.database import Database
from cases.errors import (
    CertificateRefused,
    ChallengeInvalid,
    FaceUnavailable,
    IdentityMismatch,
    NotSignedIn,
)
from cases.guesses import Guesses
from cases.sealing import Passwords, Sealer, new_id
from cases.sessions import SessionKind, Sessions, SignedIn
from cases.views.desks import OfficerRole
from cases.views.people import FaceChallenge, TaxpayerView

CHALLENGE_TTL_S = 300
# Numbers are sealed with the same keys: one must not stand for a challenge.
CHALLENGE_MARK = "challenge:"


class FaceCheck(Protocol):
    """The face step of the log-in; replaceable. ``account`` is what the records find a person by."""

    @property
    def method(self) -> str:
        """Its name, as the page is told."""

    async def begin(self, account: str, identity: str) -> FaceChallenge:
        """What the page does next. ``identity``: any text, which ``passed`` gives back."""

    async def passed(self, challenge: str) -> str:
        """The identity whose face step was passed with that challenge. Raises ChallengeInvalid."""


class DevelopmentFaceCheck:
    """A stand-in that looks at nobody; the page says so. Only with --demo."""

    method = "development"

    def __init__(self, sealer: Sealer, clock: Clock) -> None:
        self._sealer = sealer
        self._clock = clock

    async def begin(self, account: str, identity: str) -> FaceChallenge:
        """The identity, sealed: whoever brings it back is let in."""
        now_s = self._clock.now_ms() // 1000
        sealed = self._sealer.seal_at(CHALLENGE_MARK + identity, now_s=now_s)
        return FaceChallenge(sealed.decode(), self.method, (now_s + CHALLENGE_TTL_S) * 1000)

    async def passed(self, challenge: str) -> str:
        opened = self._sealer.open_fresh(
            challenge.encode(), ttl_s=CHALLENGE_TTL_S, now_s=self._clock.now_ms() // 1000
        )
        if not opened.startswith(CHALLENGE_MARK):
            raise ChallengeInvalid("sealed for something else")
        return opened.removeprefix(CHALLENGE_MARK)


@dataclass(frozen=True, slots=True)
class NewOfficer:
    """An officer to be written into the records."""

    staff_number: str
    name: str
    password: str
    roles: tuple[OfficerRole, ...]
    hall_id: str


@dataclass(frozen=True, slots=True)
class Identity:
    """A checked certificate, as the face step is asked about it."""

    certificate_type: CertificateType
    number: str
    name: str

    @property
    def person(self) -> str:
        """What the records find the person by."""
        return f"{self.certificate_type.value}:{identity_number(self.certificate_type, self.number)}"

    @property
    def written(self) -> str:
        """As ``read_identity`` reads it."""
        return json.dumps([self.certificate_type.value, self.number, self.name])


def read_identity(written: str) -> Identity:
    kind, number, name = json.loads(written)
    return Identity(CertificateType(kind), number, name)


class Accounts:
    """The use cases of signing in and out."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sealer: Sealer,
        passwords: Passwords,
        sessions: Sessions,
        guesses: Guesses,
        face_check: FaceCheck | None,
        *,
        time_zone: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._passwords = passwords
        self._sessions = sessions
        self._guesses = guesses
        self._face_check = face_check
        self._time_zone = time_zone
        # From the look at the failures to their count nobody else may look: many guesses sent at once would
        # all find none yet.
        self._name_turn = asyncio.Lock()

    async def check_identity(
        self, certificate_type: CertificateType, number: str, name: str, *, address: str
    ) -> FaceChallenge:
        """The first step of a taxpayer's log-in: everything that can be checked without a camera.

        Raises CertificateRefused (with the field), IdentityMismatch, TooManyGuesses, FaceUnavailable, and
        what the face check does.
        """
        identity = self._checked(certificate_type, number, name)
        if self._face_check is None:
            raise FaceUnavailable("none is set up")
        account = await self._refuse_other_name(identity, address)
        return await self._face_check.begin(account, identity.written)

    async def seen(
        self, certificate_type: CertificateType, number: str, name: str, *, address: str
    ) -> tuple[str, str]:
        """A person whose certificate an officer looks at: their account's index, and who they are for
        ``registered``. Raises CertificateRefused, IdentityMismatch, TooManyGuesses.
        """
        identity = self._checked(certificate_type, number, name)
        return await self._refuse_other_name(identity, address), identity.written

    async def registered(self, written: str) -> str:
        """The taxpayer of that identity, who gets an account where there is none. Raises IdentityMismatch."""
        row = await self._known(read_identity(written))
        taxpayer_id: str = row.taxpayer_id
        return taxpayer_id

    async def _known(self, identity: Identity) -> Row[tuple[object, ...]]:
        account = self._sealer.index(identity.person)
        row = await self._taxpayer_row(account) or await self._register(account, identity)
        if row.name != identity.name:
            raise IdentityMismatch("another name")
        return row

    async def _refuse_other_name(self, identity: Identity, address: str) -> str:
        account = self._sealer.index(identity.person)
        async with self._name_turn:
            await self._guesses.check(account, address)
            known = await self._taxpayer_row(account)
            if known is not None and known.name != identity.name:
                await self._guesses.failed(account, address)
                raise IdentityMismatch("another name")
        return account

    def _checked(self, certificate_type: CertificateType, number: str, name: str) -> Identity:
        number = normalised(number)
        today = local_date(self._clock.now_ms(), self._time_zone)
        fault = number_fault(certificate_type, number, today=today)
        if fault is not None:
            raise CertificateRefused.number(fault)
        name = normalised_name(name)
        if not name_is_valid(certificate_type, name):
            raise CertificateRefused("name", "name_invalid")
        return Identity(certificate_type, number, name)

    async def sign_in_taxpayer(self, challenge: str, method: str, *, address: str) -> SignedIn[TaxpayerView]:
        """The second step: the face check was passed. A person who is new to us gets an account.

        Raises ChallengeInvalid, FaceUnavailable, IdentityMismatch.
        """
        if self._face_check is None:
            raise FaceUnavailable("none is set up")
        if method != self._face_check.method:
            raise ChallengeInvalid("of another method")
        row = await self._known(read_identity(await self._face_check.passed(challenge)))
        token = await self._sessions.open(SessionKind.TAXPAYER, row.taxpayer_id, address=address)
        return SignedIn(token, self._view(row))

    async def _taxpayer_row(self, account: str) -> Row[tuple[object, ...]] | None:
        async with self._database.reading() as connection:
            return await _row_by_index(connection, account)

    async def _register(self, account: str, identity: Identity) -> Row[tuple[object, ...]]:
        try:
            async with self._database.writing() as connection:
                await connection.execute(
                    schema.taxpayers.insert().values(
                        taxpayer_id=new_id(),
                        certificate_type=identity.certificate_type.value,
                        number_sealed=self._sealer.seal(identity.number),
                        number_index=account,
                        name=identity.name,
                        created_at_ms=self._clock.now_ms(),
                    )
                )
        except IntegrityError:
            pass  # the same person signed in from another page just now: their row is read below
        row = await self._taxpayer_row(account)
        if row is None:
            raise NotSignedIn("the account is gone")
        return row

    def _view(self, row: Row[tuple[object, ...]]) -> TaxpayerView:
        return TaxpayerView(
            row.taxpayer_id,
            row.name,
            row.certificate_type,
            masked(self._sealer.open(row.number_sealed)),
            self._clock.now_ms(),
        )

    async def taxpayer_view(self, taxpayer: Taxpayer) -> TaxpayerView:
        """The signed-in taxpayer as their page shows them. Raises NotSignedIn."""
        async with self._database.reading() as connection:
            row = (
                await connection.execute(
                    select(schema.taxpayers).where(schema.taxpayers.c.taxpayer_id == taxpayer.taxpayer_id)
                )
            ).one_or_none()
        if row is None:
            raise NotSignedIn("the account is gone")
        return self._view(row)

    async def put_officer(self, officer: NewOfficer) -> None:
        """Write an officer where the staff number is not taken yet; an existing one is left as it is."""
        async with self._database.reading() as connection:
            taken = await connection.scalar(
                select(schema.officers.c.officer_id).where(
                    schema.officers.c.staff_number == officer.staff_number
                )
            )
        if taken is not None:
            return
        password_hash = await self._passwords.hash(officer.password)
        async with self._database.writing() as connection:
            await connection.execute(
                schema.officers.insert().values(
                    officer_id=new_id(),
                    staff_number=officer.staff_number,
                    name=officer.name,
                    password_hash=password_hash,
                    roles=[role.value for role in officer.roles],
                    hall_id=officer.hall_id,
                    disabled=False,
                )
            )


async def _row_by_index(connection: AsyncConnection, account: str) -> Row[tuple[object, ...]] | None:
    found = await connection.execute(
        select(schema.taxpayers).where(schema.taxpayers.c.number_index == account)
    )
    return found.one_or_none()
