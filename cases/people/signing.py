"""An officer's log-in: the password, and the steps after it (S31)."""

import hashlib
import json
from collections.abc import Set
from typing import Any, Final

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import audit, schema
from cases.access import Officer
from cases.audit import Actor, ActorKind
from cases.clock import Clock
from cases.database import Database
from cases.errors import ChallengeInvalid, NotSignedIn
from cases.people.credentials import Credentials
from cases.people.errors import (
    EnrolmentNeeded,
    LogInAgain,
    NewPasswordNeeded,
    PasswordFault,
    PasswordRefused,
    SecondFactorNeeded,
    StepNeeded,
)
from cases.people.passwords import password_fault
from cases.people.second_factors import SecondFactors
from cases.people.steps import Standing, Step, next_step
from cases.people.views import EnrolmentView, RecoveryCodes
from cases.sealing import Sealer
from cases.sessions import SessionKind, Sessions, SignedIn

CHALLENGE_TTL_S: Final = 300
# Other things are sealed with the same keys: none may stand for a challenge.
MARK: Final = "officer-step:"
NEEDED: Final[dict[Step, type[StepNeeded]]] = {
    Step.SECOND_FACTOR: SecondFactorNeeded,
    Step.NEW_PASSWORD: NewPasswordNeeded,
    Step.ENROLMENT: EnrolmentNeeded,
}


class OfficerSigning:
    """Every method raises RecordsUnavailable. Each but ``begin_enrolment`` signs in, or raises the StepNeeded
    of what comes next, with the challenge for it. Those that take a challenge raise LogInAgain for one that
    is too old or not for that step.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sealer: Sealer,
        sessions: Sessions,
        credentials: Credentials,
        factors: SecondFactors,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._sessions = sessions
        self._credentials = credentials
        self._factors = factors

    async def sign_in(self, staff_number: str, password: str, *, address: str) -> SignedIn[Officer]:
        """Raises PasswordWrong, TooManyGuesses."""
        row = await self._credentials.prove_password(staff_number, password, address=address)
        return await self._go_on(row, frozenset(), address)

    async def with_code(self, challenge: str, code: str, *, address: str) -> SignedIn[Officer]:
        """Raises CodeWrong, TooManyGuesses."""
        row, done = await self._opened(challenge, Step.SECOND_FACTOR)
        await self._credentials.prove_code(row.officer_id, code, address=address)
        return await self._go_on(row, done | {Step.SECOND_FACTOR}, address)

    async def with_new_password(
        self, challenge: str, new_password: str, *, address: str
    ) -> SignedIn[Officer]:
        """Raises PasswordRefused."""
        row, done = await self._opened(challenge, Step.NEW_PASSWORD)
        fault = password_fault(new_password, staff_number=row.staff_number, name=row.name)
        if fault is not None:
            raise PasswordRefused(fault)
        if await self._credentials.is_same(row.password_hash, new_password):
            raise PasswordRefused(PasswordFault.THE_OLD_ONE)
        password_hash, now_ms = await self._credentials.hash(new_password), self._clock.now_ms()
        async with self._database.writing() as connection:
            await put_password(connection, row, password_hash, now_ms)
            by = Actor(ActorKind.OFFICER, row.officer_id, None, address)
            await audit.append(connection, by, "officer.password", "officer", row.officer_id, {}, now_ms)
        return await self._go_on(await self._row(row.officer_id), done, address)

    async def begin_enrolment(self, challenge: str) -> EnrolmentView:
        """Raises SecondFactorPresent."""
        row, _ = await self._opened(challenge, Step.ENROLMENT)
        async with self._database.writing() as connection:
            return await self._factors.begin(
                connection, row.officer_id, row.staff_number, self._clock.now_ms()
            )

    async def with_enrolment(
        self, challenge: str, code: str, *, address: str
    ) -> tuple[SignedIn[Officer], RecoveryCodes]:
        """Raises CodeWrong, SecondFactorMissing."""
        row, done = await self._opened(challenge, Step.ENROLMENT)
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            codes = await self._factors.confirm(connection, row.officer_id, code, now_ms)
            by = Actor(ActorKind.OFFICER, row.officer_id, None, address)
            await audit.append(
                connection, by, "officer.second_factor", "officer", row.officer_id, {"set": True}, now_ms
            )
        return await self._go_on(row, done | {Step.SECOND_FACTOR}, address), codes

    async def _go_on(self, row: Row[Any], done: Set[Step], address: str) -> SignedIn[Officer]:
        async with self._database.reading() as connection:
            step = await self._next(connection, row, done)
        if step is not None:
            raise NEEDED[step](self._challenge(row, done))
        token = await self._sessions.open(SessionKind.OFFICER, row.officer_id, address=address)
        person = await self._sessions.person(SessionKind.OFFICER, token)
        if not isinstance(person, Officer):
            raise NotSignedIn("no officer")
        return SignedIn(token, person)

    async def _next(self, connection: AsyncConnection, row: Row[Any], done: Set[Step]) -> Step | None:
        has_factor = await self._factors.is_in_force(connection, row.officer_id)
        return next_step(self._factors.rule, Standing(has_factor, row.must_change_password), done)

    def _challenge(self, row: Row[Any], done: Set[Step]) -> str:
        content = json.dumps([row.officer_id, sorted(done), _trace(row.password_hash)])
        return self._sealer.seal_at(MARK + content, now_s=self._clock.now_ms() // 1000).decode()

    async def _opened(self, challenge: str, step: Step) -> tuple[Row[Any], frozenset[Step]]:
        """The officer who got that far, and what is done. The next step has to be this one, still."""
        try:
            opened = self._sealer.open_fresh(
                challenge.encode(), ttl_s=CHALLENGE_TTL_S, now_s=self._clock.now_ms() // 1000
            )
        except ChallengeInvalid as error:
            raise LogInAgain("not ours, or too old") from error
        if not opened.startswith(MARK):
            raise LogInAgain("sealed for something else")
        officer_id, names, trace = json.loads(opened.removeprefix(MARK))
        done = frozenset(Step(name) for name in names)
        row = await self._row(officer_id)
        async with self._database.reading() as connection:
            if trace != _trace(row.password_hash) or await self._next(connection, row, done) is not step:
                raise LogInAgain("something else comes next")
        return row, done

    async def _row(self, officer_id: str) -> Row[Any]:
        officers = schema.officers
        asked = select(officers).where(officers.c.officer_id == officer_id, officers.c.disabled.is_(False))
        async with self._database.reading() as connection:
            row = (await connection.execute(asked)).one_or_none()
        if row is None:
            raise LogInAgain("no such officer any more")
        return row


async def put_password(connection: AsyncConnection, row: Row[Any], password_hash: str, now_ms: int) -> None:
    """The officer chose it. Raises LogInAgain where the password was changed since the row was read."""
    officers = schema.officers
    written = await connection.execute(
        update(officers)
        .where(officers.c.officer_id == row.officer_id, officers.c.password_hash == row.password_hash)
        .values(password_hash=password_hash, must_change_password=False, password_changed_at_ms=now_ms)
    )
    if not written.rowcount:
        raise LogInAgain("changed meanwhile")


def _trace(password_hash: str) -> str:
    """Ties a challenge to the password that it was given for."""
    return hashlib.sha256(password_hash.encode()).hexdigest()[:16]
