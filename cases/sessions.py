"""Sessions: who is signed in, until when."""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Row, Select, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import audit, schema
from cases.access import ROLES, Audience, Officer, Person, Taxpayer
from cases.audit import Actor, ActorKind
from cases.clock import Clock
from cases.database import Database
from cases.errors import NotSignedIn, SessionExpired
from cases.sealing import new_token, token_digest
from cases.views.desks import OfficerRole

SESSIONS_MAX: Final = 500


class SessionKind(StrEnum):
    TAXPAYER = "taxpayer"
    OFFICER = "officer"


def session_kind(audience: Audience) -> SessionKind | None:
    """Whose session is read for that audience; none for anyone."""
    if audience is Audience.ANYONE:
        return None
    return SessionKind.OFFICER if audience in ROLES else SessionKind.TAXPAYER


COOKIE_NAMES = {SessionKind.TAXPAYER: "shuitong_taxpayer", SessionKind.OFFICER: "shuitong_officer"}


View = TypeVar("View")


@dataclass(frozen=True, slots=True)
class SignedIn(Generic[View]):
    """A new session: the cookie's token, and who it is."""

    token: str
    view: View


def network_of(address: str | None) -> str | None:
    """Roughly from where: the /24 of an IPv4 address, the /48 of an IPv6 one; none of what is no address."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    length = 48 if mapped is None and parsed.version == 6 else 24
    return str(ipaddress.ip_network((str(mapped or parsed), length), strict=False))


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """A session ends after ``idle_ms`` without use, and ``whole_ms`` after its beginning in any case."""

    idle_ms: int
    whole_ms: int
    # A session's row is written again only when so much of its idle time has gone.
    renew_after_ms: int = 60_000


@dataclass(frozen=True, slots=True)
class OpenSession:
    """``used_at_ms``: about, since not every use is written."""

    session_id: str
    opened_at_ms: int
    used_at_ms: int
    ends_at_ms: int
    network: str | None


class Sessions:
    """Opens, finds, prolongs and ends sessions. The token itself is known to the browser only."""

    def __init__(self, database: Database, clock: Clock, policy: SessionPolicy) -> None:
        self._database = database
        self._clock = clock
        self._policy = policy

    async def open(self, kind: SessionKind, person_id: str, *, address: str | None = None) -> str:
        """A new session; the answer is its token, for an HttpOnly cookie. Of ``address``, from where it is
        opened, only the network is kept with it.
        """
        token = new_token()
        session_id = token_digest(token)
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            await connection.execute(delete(schema.sessions).where(schema.sessions.c.ends_at_ms < now_ms))
            await connection.execute(
                schema.sessions.insert().values(
                    session_id=session_id,
                    kind=kind.value,
                    person_id=person_id,
                    created_at_ms=now_ms,
                    idle_until_ms=now_ms + self._policy.idle_ms,
                    ends_at_ms=now_ms + self._policy.whole_ms,
                    network=network_of(address),
                )
            )
            by = Actor(ActorKind(kind.value), person_id, session_id, address)
            await audit.append(connection, by, "session.open", "session", session_id, {}, now_ms)
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
        asked, person_of = _ASKED[kind]
        rows = await self._database.glance(asked, {"session": session_id})
        found = rows[0] if rows else None
        if found is None:
            raise NotSignedIn("no such session")
        if now_ms >= min(found.idle_until_ms, found.ends_at_ms):
            raise SessionExpired("over")
        person = person_of(found, session_id)
        if self._has_gone(found.idle_until_ms, now_ms):
            await self._renew([session_id], now_ms)
        return person

    async def alive(self, kind: SessionKind, session_ids: Sequence[str]) -> set[str]:
        """Which of these sessions (at most SESSIONS_MAX), of sockets that were signed in before, still sign
        somebody in; being asked for keeps them alive.
        """
        now_ms = self._clock.now_ms()
        sessions = schema.sessions.c
        people = schema.taxpayers.c.taxpayer_id
        if kind is SessionKind.OFFICER:
            people = schema.officers.c.officer_id
        asked = (
            select(sessions.session_id, sessions.idle_until_ms)
            .join(people.table, people == sessions.person_id)
            .where(
                sessions.session_id.in_(list(session_ids)),
                sessions.kind == kind.value,
                sessions.idle_until_ms > now_ms,
                sessions.ends_at_ms > now_ms,
            )
        )
        if kind is SessionKind.OFFICER:
            asked = asked.where(schema.officers.c.disabled.is_(False))
        async with self._database.reading() as connection:
            rows = (await connection.execute(asked)).all()
        used = [row.session_id for row in rows if self._has_gone(row.idle_until_ms, now_ms)]
        if used:
            await self._renew(used, now_ms)
        return {row.session_id for row in rows}

    def _has_gone(self, idle_until_ms: int, now_ms: int) -> bool:
        """Whether so much of the idle time has gone that it is written again."""
        return idle_until_ms - now_ms < self._policy.idle_ms - self._policy.renew_after_ms

    async def _renew(self, session_ids: Sequence[str], now_ms: int) -> None:
        async with self._database.writing() as connection:
            await connection.execute(
                update(schema.sessions)
                .where(schema.sessions.c.session_id.in_(list(session_ids)))
                .values(idle_until_ms=now_ms + self._policy.idle_ms)
            )

    async def of_person(self, kind: SessionKind, person_id: str) -> list[OpenSession]:
        """All that are not over, newest first (at most SESSIONS_MAX)."""
        now_ms, sessions = self._clock.now_ms(), schema.sessions.c
        asked = (
            select(schema.sessions)
            .where(
                sessions.kind == kind.value,
                sessions.person_id == person_id,
                sessions.idle_until_ms > now_ms,
                sessions.ends_at_ms > now_ms,
            )
            .order_by(sessions.created_at_ms.desc(), sessions.session_id)
            .limit(SESSIONS_MAX)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(asked)).all()
        return [
            OpenSession(
                row.session_id,
                row.created_at_ms,
                row.idle_until_ms - self._policy.idle_ms,
                row.ends_at_ms,
                row.network,
            )
            for row in rows
        ]

    async def end(self, session_id: str, *, address: str | None = None) -> None:
        """Its person ends a session, from that address; one that is over already is fine."""
        sessions, now_ms = schema.sessions.c, self._clock.now_ms()
        it = sessions.session_id == session_id
        async with self._database.writing() as connection:
            row = (
                await connection.execute(select(sessions.kind, sessions.person_id).where(it))
            ).one_or_none()
            if row is None:
                return
            await connection.execute(delete(schema.sessions).where(it))
            by = Actor(ActorKind(row.kind), row.person_id, session_id, address)
            await audit.append(connection, by, "session.close", "session", session_id, {}, now_ms)


async def end_sessions(
    connection: AsyncConnection, kind: SessionKind, person_id: str, *, but: str | None = None
) -> list[str]:
    """End a person's sessions but one, in the caller's transaction; which they were, so that their sockets
    are closed afterwards.
    """
    sessions = schema.sessions.c
    theirs = (
        (sessions.kind == kind.value)
        & (sessions.person_id == person_id)
        & (sessions.session_id != (but or ""))
    )
    ended = list(await connection.scalars(select(sessions.session_id).where(theirs)))
    await connection.execute(delete(schema.sessions).where(theirs))
    return ended


def _taxpayer(row: Row[Any], session_id: str) -> Person:
    """Raises NotSignedIn."""
    if row.taxpayer_id is None:
        raise NotSignedIn("no such person")
    return Taxpayer(row.taxpayer_id, row.name, session_id)


def _officer(row: Row[Any], session_id: str) -> Person:
    """Raises NotSignedIn."""
    if row.officer_id is None:
        raise NotSignedIn("no such person")
    roles = frozenset(OfficerRole(role) for role in row.roles)
    return Officer(row.officer_id, row.name, row.staff_number, row.hall_id, roles, session_id)


_FOUND: Final = (schema.sessions.c.idle_until_ms, schema.sessions.c.ends_at_ms)
_IS_IT: Final = schema.sessions.c.session_id == bindparam("session")
# Session and person in one question: each further one costs a request a question more. Built
# once, as this happens with each request.
_ASKED: Final[Mapping[SessionKind, tuple[Select[Any], Callable[[Row[Any], str], Person]]]] = MappingProxyType(
    {
        SessionKind.TAXPAYER: (
            select(*_FOUND, schema.taxpayers.c.taxpayer_id, schema.taxpayers.c.name)
            .outerjoin(schema.taxpayers, schema.taxpayers.c.taxpayer_id == schema.sessions.c.person_id)
            .where(_IS_IT, schema.sessions.c.kind == SessionKind.TAXPAYER.value),
            _taxpayer,
        ),
        SessionKind.OFFICER: (
            select(
                *_FOUND,
                schema.officers.c.officer_id,
                schema.officers.c.name,
                schema.officers.c.staff_number,
                schema.officers.c.hall_id,
                schema.officers.c.roles,
            )
            .outerjoin(
                schema.officers,
                (schema.officers.c.officer_id == schema.sessions.c.person_id)
                & schema.officers.c.disabled.is_(False),
            )
            .where(_IS_IT, schema.sessions.c.kind == SessionKind.OFFICER.value),
            _officer,
        ),
    }
)
