"""Admins set up officers: who there is, what they may do, and what they log in with (S38)."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, Select, Text, cast, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import audit, schema
from cases.audit import Actor
from cases.booking.errors import HallUnknown
from cases.breakbook import end_break
from cases.clock import Clock
from cases.database import Database
from cases.people.credentials import Credentials
from cases.people.errors import LastAdmin, OfficerChanged, OfficerUnknown, StaffNumberTaken
from cases.people.passwords import one_time_password
from cases.people.second_factors import SecondFactors
from cases.people.tables import second_factors
from cases.people.views import OfficerAccount, OfficerAccounts, OneTimePassword
from cases.requests import Request, first_time
from cases.sealing import new_id
from cases.sessions import SessionKind, end_sessions
from cases.views.desks import OfficerRole
from cases.views.names import Bilingual

CURSOR: Final = "s."
"""Before the last staff number of a page."""


@dataclass(frozen=True, slots=True)
class Post:
    """What an officer is: name, hall and roles."""

    name: str
    hall_id: str
    roles: tuple[OfficerRole, ...]

    @property
    def role_names(self) -> list[str]:
        return sorted({role.value for role in self.roles})


@dataclass(frozen=True, slots=True)
class Changed:
    """An officer after a change. ``ended``: the sessions that it ended; their sockets are closed then."""

    officer: OfficerAccount
    ended: Sequence[str]


Admins = frozenset[str]
"""The ids of all admins who may log in."""


def require_an_admin(admins: Admins, *, without: str) -> None:
    """Somebody has to be able to set things up when that officer is none any more. Raises LastAdmin."""
    if without in admins and len(admins) == 1:
        raise LastAdmin("nobody else is one")


class OfficerAdministration:
    """Every method raises RecordsUnavailable; those that take an officer's id OfficerUnknown."""

    def __init__(
        self, database: Database, clock: Clock, credentials: Credentials, factors: SecondFactors
    ) -> None:
        self._database = database
        self._clock = clock
        self._credentials = credentials
        self._factors = factors

    async def page(self, *, hall_id: str | None, cursor: str | None, limit: int) -> OfficerAccounts:
        """The officers by staff number, of all halls or one; ``cursor``: of the page before."""
        officers, asked = schema.officers.c, _accounts().order_by(schema.officers.c.staff_number)
        if hall_id is not None:
            asked = asked.where(officers.hall_id == hall_id)
        if cursor is not None:
            asked = asked.where(officers.staff_number > cursor.removeprefix(CURSOR))
        async with self._database.reading() as connection:
            rows = (await connection.execute(asked.limit(limit + 1))).all()
        shown = tuple(_account(row) for row in rows[:limit])
        return OfficerAccounts(shown, CURSOR + shown[-1].staff_number if len(rows) > limit else None)

    async def one(self, officer_id: str) -> OfficerAccount:
        async with self._database.reading() as connection:
            return await _one(connection, officer_id)

    async def create(self, by: Actor, request: Request, staff_number: str, post: Post) -> OneTimePassword:
        """A new officer, with a password that has to be changed at the first log-in. The same request again
        answers with the same officer, and without the password. Raises StaffNumberTaken, HallUnknown,
        RequestReused.
        """
        officer_id, now_ms, password = new_id(), self._clock.now_ms(), one_time_password()
        password_hash = await self._credentials.hash(password)
        async with self._database.writing() as connection:
            await _require_hall(connection, post.hall_id)
            made = await first_time(connection, request, officer_id, now_ms)
            if made is not None:
                return OneTimePassword(await _one(connection, made), None)
            try:
                async with connection.begin_nested():
                    await connection.execute(
                        schema.officers.insert().values(
                            officer_id=officer_id,
                            staff_number=staff_number,
                            name=post.name,
                            password_hash=password_hash,
                            roles=post.role_names,
                            hall_id=post.hall_id,
                            disabled=False,
                            must_change_password=True,
                        )
                    )
            except IntegrityError as error:
                raise StaffNumberTaken("somebody has it") from error
            detail = {"roles": post.role_names, "hall_id": post.hall_id}
            await audit.append(connection, by, "officer.create", "officer", officer_id, detail, now_ms)
            return OneTimePassword(await _one(connection, officer_id), password)

    async def change(self, by: Actor, officer_id: str, post: Post, *, version: int) -> Changed:
        """Another name, hall or roles. Another hall and other roles end the officer's sessions, and the desk
        is signed off: what they may do is told at the log-in.

        Raises OfficerChanged, HallUnknown, LastAdmin.
        """

        async def write(connection: AsyncConnection, row: Row[Any], admins: Admins) -> dict[str, Any]:
            if row.version != version:
                raise OfficerChanged("another version")
            await _require_hall(connection, post.hall_id)
            if OfficerRole.ADMIN not in post.roles:
                require_an_admin(admins, without=officer_id)
            await _write(connection, row, name=post.name, hall_id=post.hall_id, roles=post.role_names)
            return {"roles": post.role_names, "hall_id": post.hall_id, "renamed": post.name != row.name}

        return await self._changed(
            by,
            officer_id,
            "officer.change",
            write,
            ends=lambda row: row.hall_id != post.hall_id or set(row.roles) != set(post.role_names),
        )

    async def set_disabled(self, by: Actor, officer_id: str, disabled: bool) -> Changed:
        """Keep an officer out, or let them in again; safe to repeat. Raises LastAdmin."""

        async def write(connection: AsyncConnection, row: Row[Any], admins: Admins) -> dict[str, Any]:
            if disabled:
                require_an_admin(admins, without=officer_id)
            await _write(connection, row, disabled=disabled)
            return {"disabled": disabled}

        return await self._changed(by, officer_id, "officer.disable", write, ends=lambda _row: disabled)

    async def reset_password(
        self, by: Actor, request: Request, officer_id: str
    ) -> tuple[OneTimePassword, Sequence[str]]:
        """A one-time password in the place of the officer's own; the sessions that ended with it. The same
        request again changes nothing, and answers without the password. Raises RequestReused.
        """
        password, now_ms = one_time_password(), self._clock.now_ms()
        password_hash = await self._credentials.hash(password)
        async with self._database.writing() as connection:
            row = await _row(connection, officer_id)
            if await first_time(connection, request, officer_id, now_ms) is not None:
                return OneTimePassword(await _one(connection, officer_id), None), ()
            await _write(connection, row, password_hash=password_hash, must_change_password=True)
            ended = await _end(connection, officer_id, now_ms)
            await audit.append(connection, by, "officer.reset_password", "officer", officer_id, {}, now_ms)
            return OneTimePassword(await _one(connection, officer_id), password), ended

    async def end_sessions(self, by: Actor, officer_id: str) -> Changed:
        """Sign an officer out everywhere, who may sign in again; safe to repeat."""

        async def write(_connection: AsyncConnection, _row: Row[Any], _admins: Admins) -> dict[str, Any]:
            return {"of": "officer"}

        return await self._changed(by, officer_id, "sessions.end", write, ends=lambda _row: True)

    async def reset_second_factor(self, by: Actor, officer_id: str) -> Changed:
        """Take the second factor of an officer away who lost it; safe to repeat."""

        async def write(connection: AsyncConnection, _row: Row[Any], admins_of: Admins) -> dict[str, Any]:
            return {"was_set": await self._factors.remove(connection, officer_id)}

        return await self._changed(
            by, officer_id, "officer.reset_second_factor", write, ends=lambda _row: True
        )

    async def _changed(
        self,
        by: Actor,
        officer_id: str,
        action: str,
        write: Callable[[AsyncConnection, Row[Any], Admins], Awaitable[dict[str, Any]]],
        *,
        ends: Callable[[Row[Any]], bool],
    ) -> Changed:
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            # Their rows first, and kept until the end: two admins who take each other's role away do so one
            # after the other.
            admins = await admins_of(connection)
            row = await _row(connection, officer_id)
            detail = await write(connection, row, admins)
            ended = await _end(connection, officer_id, now_ms) if ends(row) else []
            await audit.append(connection, by, action, "officer", officer_id, detail, now_ms)
            return Changed(await _one(connection, officer_id), ended)


def _accounts() -> Select[Any]:
    officers, halls, factors = schema.officers, schema.halls, second_factors
    return (
        select(officers, halls.c.name_zh, halls.c.name_en, factors.c.confirmed_at_ms)
        .join(halls, halls.c.hall_id == officers.c.hall_id)
        .outerjoin(factors, factors.c.officer_id == officers.c.officer_id)
    )


def _account(row: Row[Any]) -> OfficerAccount:
    return OfficerAccount(
        row.officer_id,
        row.staff_number,
        row.name,
        tuple(OfficerRole(role) for role in sorted(row.roles)),
        row.hall_id,
        Bilingual(row.name_zh, row.name_en),
        row.disabled,
        row.confirmed_at_ms is not None,
        row.must_change_password,
        row.version,
    )


async def _one(connection: AsyncConnection, officer_id: str) -> OfficerAccount:
    row = (
        await connection.execute(_accounts().where(schema.officers.c.officer_id == officer_id))
    ).one_or_none()
    if row is None:
        raise OfficerUnknown("no such officer")
    return _account(row)


async def _row(connection: AsyncConnection, officer_id: str) -> Row[Any]:
    """To be changed."""
    officers = schema.officers
    asked = select(officers).where(officers.c.officer_id == officer_id).with_for_update()
    row = (await connection.execute(asked)).one_or_none()
    if row is None:
        raise OfficerUnknown("no such officer")
    return row


async def _write(connection: AsyncConnection, row: Row[Any], **values: Any) -> None:
    officers = schema.officers
    await connection.execute(
        update(officers)
        .where(officers.c.officer_id == row.officer_id)
        .values(version=row.version + 1, **values)
    )


async def _end(connection: AsyncConnection, officer_id: str, now_ms: int) -> list[str]:
    """The officer is out at once: no session, and at no desk."""
    await end_break(connection, officer_id, now_ms)
    await connection.execute(delete(schema.desks).where(schema.desks.c.officer_id == officer_id))
    return await end_sessions(connection, SessionKind.OFFICER, officer_id)


async def _require_hall(connection: AsyncConnection, hall_id: str) -> None:
    halls = schema.halls.c
    if await connection.scalar(select(halls.hall_id).where(halls.hall_id == hall_id)) is None:
        raise HallUnknown("no such hall")


async def admins_of(connection: AsyncConnection) -> Admins:
    """Read, and kept from being changed until the end of the transaction."""
    officers = schema.officers.c
    asked = select(officers.officer_id).where(
        officers.disabled.is_(False), cast(officers.roles, Text).contains(f'"{OfficerRole.ADMIN.value}"')
    )
    return frozenset(await connection.scalars(asked.order_by(officers.officer_id).with_for_update()))
