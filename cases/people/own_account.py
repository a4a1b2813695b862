"""What a person does with their own account: sessions (both sides), password and second factor (officers)."""

from sqlalchemy import delete, select

from cases import audit, schema
from cases.access import Officer, Person, Taxpayer, Whose, may_see, person_id
from cases.audit import Actor
from cases.clock import Clock
from cases.database import Database
from cases.people.credentials import Credentials
from cases.people.errors import (
    PasswordFault,
    PasswordRefused,
    SecondFactorMissing,
    SecondFactorRequired,
    SessionUnknown,
)
from cases.people.passwords import password_fault
from cases.people.second_factors import SecondFactors
from cases.people.signing import put_password
from cases.people.views import (
    EnrolmentView,
    RecoveryCodes,
    SecondFactorRule,
    SecurityView,
    SessionsView,
    SessionView,
)
from cases.sessions import OpenSession, SessionKind, Sessions, end_sessions


def _kind(person: Person) -> SessionKind:
    return SessionKind.TAXPAYER if isinstance(person, Taxpayer) else SessionKind.OFFICER


class OwnSessions:
    """A person's open sessions. Every method raises RecordsUnavailable. Who ends a session closes its sockets
    afterwards.
    """

    def __init__(self, database: Database, clock: Clock, sessions: Sessions) -> None:
        self._database = database
        self._clock = clock
        self._sessions = sessions

    async def all(self, person: Person) -> SessionsView:
        found = await self._sessions.of_person(_kind(person), person_id(person) or "")
        return SessionsView(self._clock.now_ms(), tuple(_view(one, person) for one in found))

    async def end(self, person: Person, by: Actor, session_id: str) -> None:
        """End one, this one too. Raises SessionUnknown, also for somebody else's."""
        kind, now_ms = _kind(person), self._clock.now_ms()
        async with self._database.writing() as connection:
            owner = await connection.scalar(
                select(schema.sessions.c.person_id).where(
                    schema.sessions.c.session_id == session_id, schema.sessions.c.kind == kind.value
                )
            )
            if owner is None or not may_see(person, _whose(kind, owner)):
                raise SessionUnknown("not theirs")
            await connection.execute(
                delete(schema.sessions).where(schema.sessions.c.session_id == session_id)
            )
            detail = {"sessions": 1}
            await audit.append(connection, by, "sessions.end", kind.value, owner, detail, now_ms)

    async def end_others(self, person: Person, by: Actor) -> list[str]:
        """End all but the one that asks; which they were."""
        kind, own_id, now_ms = _kind(person), person_id(person) or "", self._clock.now_ms()
        async with self._database.writing() as connection:
            ended = await end_sessions(connection, kind, own_id, but=person.session_id)
            detail = {"sessions": len(ended)}
            await audit.append(connection, by, "sessions.end", kind.value, own_id, detail, now_ms)
        return ended


def _whose(kind: SessionKind, owner_id: str) -> Whose:
    return Whose(taxpayer_id=owner_id) if kind is SessionKind.TAXPAYER else Whose(officer_id=owner_id)


def _view(one: OpenSession, person: Person) -> SessionView:
    return SessionView(
        one.session_id,
        one.opened_at_ms,
        one.used_at_ms,
        one.ends_at_ms,
        one.network,
        current=one.session_id == person.session_id,
    )


class OwnAccount:
    """An officer's password and second factor. Every method raises RecordsUnavailable; those that take the
    password or a code also PasswordWrong or CodeWrong, and TooManyGuesses.
    """

    def __init__(
        self, database: Database, clock: Clock, credentials: Credentials, factors: SecondFactors
    ) -> None:
        self._database = database
        self._clock = clock
        self._credentials = credentials
        self._factors = factors

    async def security(self, officer: Officer) -> SecurityView:
        officers = schema.officers.c
        async with self._database.reading() as connection:
            changed_at_ms = await connection.scalar(
                select(officers.password_changed_at_ms).where(officers.officer_id == officer.officer_id)
            )
            return SecurityView(
                self._factors.rule,
                await self._factors.since_ms(connection, officer.officer_id),
                await self._factors.recovery_codes_left(connection, officer.officer_id),
                changed_at_ms,
            )

    async def change_password(
        self, officer: Officer, by: Actor, old: str, new: str, *, address: str
    ) -> list[str]:
        """Another password; the officer's other sessions end with it: which they were.

        Raises PasswordRefused, LogInAgain.
        """
        row = await self._credentials.prove_password(officer.staff_number, old, address=address)
        fault = password_fault(new, staff_number=officer.staff_number, name=officer.name)
        if fault is None and new == old:
            fault = PasswordFault.THE_OLD_ONE
        if fault is not None:
            raise PasswordRefused(fault)
        password_hash, now_ms = await self._credentials.hash(new), self._clock.now_ms()
        async with self._database.writing() as connection:
            await put_password(connection, row, password_hash, now_ms)
            ended = await end_sessions(
                connection, SessionKind.OFFICER, officer.officer_id, but=officer.session_id
            )
            await audit.append(connection, by, "officer.password", "officer", officer.officer_id, {}, now_ms)
        return ended

    async def begin_second_factor(self, officer: Officer, password: str, *, address: str) -> EnrolmentView:
        """Raises SecondFactorOff, SecondFactorPresent."""
        await self._credentials.prove_password(officer.staff_number, password, address=address)
        async with self._database.writing() as connection:
            return await self._factors.begin(
                connection, officer.officer_id, officer.staff_number, self._clock.now_ms()
            )

    async def confirm_second_factor(self, officer: Officer, by: Actor, code: str) -> RecoveryCodes:
        """Raises SecondFactorMissing, SecondFactorPresent."""
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            codes = await self._factors.confirm(connection, officer.officer_id, code, now_ms)
            await audit.append(
                connection, by, "officer.second_factor", "officer", officer.officer_id, {"set": True}, now_ms
            )
        return codes

    async def remove_second_factor(
        self, officer: Officer, by: Actor, password: str, code: str, *, address: str
    ) -> None:
        """Raises SecondFactorRequired, SecondFactorMissing."""
        if self._factors.rule is SecondFactorRule.REQUIRED:
            raise SecondFactorRequired("of every officer")
        await self._credentials.prove_password(officer.staff_number, password, address=address)
        await self._credentials.prove_code(officer.officer_id, code, address=address)
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            if not await self._factors.remove(connection, officer.officer_id):
                raise SecondFactorMissing("gone meanwhile")
            await audit.append(
                connection, by, "officer.second_factor", "officer", officer.officer_id, {"set": False}, now_ms
            )

    async def renew_recovery_codes(
        self, officer: Officer, by: Actor, code: str, *, address: str
    ) -> RecoveryCodes:
        """New ones in the place of the old. Raises SecondFactorMissing."""
        await self._credentials.prove_code(officer.officer_id, code, address=address)
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            codes = await self._factors.renew_recovery_codes(connection, officer.officer_id, now_ms)
            await audit.append(
                connection, by, "officer.recovery_codes", "officer", officer.officer_id, {}, now_ms
            )
        return codes
