"""Sessions: who is signed in, until when."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.access import Officer, Person, Taxpayer
from cases.clock import Clock
from cases.database import Database
from cases.errors import NotSignedIn, SessionExpired
from cases.sealing import new_token, token_digest
from cases.views import OfficerRole


class SessionKind(StrEnum):
    TAXPAYER = "taxpayer"
    OFFICER = "officer"


COOKIE_NAMES = {SessionKind.TAXPAYER: "shuitong_taxpayer", SessionKind.OFFICER: "shuitong_officer"}


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """A session ends after ``idle_ms`` without use, and ``whole_ms`` after its beginning in any case."""

    idle_ms: int
    whole_ms: int
    # A session's row is written again only when so much of its idle time has gone.
    renew_after_ms: int = 60_000


class Sessions:
    """Opens, finds, prolongs and ends sessions. The token itself is known to the browser only."""

    def __init__(self, database: Database, clock: Clock, policy: SessionPolicy) -> None:
        self._database = database
        self._clock = clock
        self._policy = policy

    async def open(self, kind: SessionKind, person_id: str) -> str:
        """A new session; the answer is its token, for an HttpOnly cookie."""
        token = new_token()
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            await connection.execute(delete(schema.sessions).where(schema.sessions.c.ends_at_ms < now_ms))
            await connection.execute(
                schema.sessions.insert().values(
                    session_id=token_digest(token),
                    kind=kind.value,
                    person_id=person_id,
                    created_at_ms=now_ms,
                    idle_until_ms=now_ms + self._policy.idle_ms,
                    ends_at_ms=now_ms + self._policy.whole_ms,
                )
            )
        return token

    async def person(self, kind: SessionKind, token: str | None) -> Person:
        """Who the token signs in; using it keeps the session alive.

        Raises NotSignedIn, SessionExpired.
        """
        if not token or len(token) > 100:
            raise NotSignedIn("no token")
        return await self.person_of_session(kind, token_digest(token))

    async def person_of_session(self, kind: SessionKind, session_id: str) -> Person:
        """The same by the session's id, for a socket that was signed in before."""
        now_ms = self._clock.now_ms()
        sessions = schema.sessions
        async with self._database.reading() as connection:
            found = (
                await connection.execute(
                    select(sessions).where(sessions.c.session_id == session_id, sessions.c.kind == kind.value)
                )
            ).one_or_none()
            if found is None:
                raise NotSignedIn("no such session")
            if now_ms >= min(found.idle_until_ms, found.ends_at_ms):
                raise SessionExpired("over")
            find = _taxpayer if kind is SessionKind.TAXPAYER else _officer
            person = await find(connection, found.person_id, session_id)
        if found.idle_until_ms - now_ms < self._policy.idle_ms - self._policy.renew_after_ms:
            await self._renew(session_id, now_ms)
        return person

    async def _renew(self, session_id: str, now_ms: int) -> None:
        async with self._database.writing() as connection:
            await connection.execute(
                update(schema.sessions)
                .where(schema.sessions.c.session_id == session_id)
                .values(idle_until_ms=now_ms + self._policy.idle_ms)
            )

    async def end(self, session_id: str) -> None:
        """End a session; one that is over already is fine."""
        async with self._database.writing() as connection:
            await connection.execute(
                delete(schema.sessions).where(schema.sessions.c.session_id == session_id)
            )


async def _taxpayer(connection: AsyncConnection, taxpayer_id: str, session_id: str) -> Person:
    row = (
        await connection.execute(
            select(schema.taxpayers).where(schema.taxpayers.c.taxpayer_id == taxpayer_id)
        )
    ).one_or_none()
    if row is None:
        raise NotSignedIn("no such person")
    return Taxpayer(row.taxpayer_id, row.name, session_id)


async def _officer(connection: AsyncConnection, officer_id: str, session_id: str) -> Person:
    row = (
        await connection.execute(
            select(schema.officers).where(
                schema.officers.c.officer_id == officer_id, schema.officers.c.disabled.is_(False)
            )
        )
    ).one_or_none()
    if row is None:
        raise NotSignedIn("no such person")
    roles = frozenset(OfficerRole(role) for role in row.roles)
    return Officer(row.officer_id, row.name, row.staff_number, row.hall_id, roles, session_id)
