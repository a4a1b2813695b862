"""Admins set up halls: where they are, when they work, whom they take, and their lines (S38).

A hall has one version for all of that. Each change is made over the version that the admin saw, so that two
of them do not undo each other's work without a word.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import audit, schema
from cases.audit import Actor
from cases.booking.calendars import (
    RULES,
    calendar_of,
    next_version,
    put_rules,
    put_special_day,
    remove_special_day,
    rules_version,
    special_days,
)
from cases.booking.errors import TooManyHalls
from cases.booking.halls import (
    HALLS_MAX,
    HallNames,
    Whereabouts,
    call_order_of,
    hall_place,
    halls_of,
    insert_hall,
    put_names,
    put_whereabouts,
)
from cases.booking.hours import HallRules, SpecialDay
from cases.booking.lines import LineChange, NewLine, add_line, change_line, lines_of
from cases.booking.views import HallSetup, HallsView
from cases.clock import Clock
from cases.database import Database
from cases.requests import Request, first_time
from cases.sealing import new_id

Write = Callable[[AsyncConnection, int], Awaitable[Mapping[str, Any]]]
"""Makes a change at ``now_ms``; what the audit trail keeps of it."""


class HallAdministration:
    """Every method raises RecordsUnavailable; those that take a hall's id HallUnknown; those that take a
    version RulesChanged.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        changed: Callable[[], Awaitable[None]],
        *,
        time_zone: str,
    ) -> None:
        """``changed``: called after each change, so that this process goes by it at once. ``time_zone``: of
        halls that are added.
        """
        self._database = database
        self._clock = clock
        self._changed = changed
        self._time_zone = time_zone

    async def halls(self) -> HallsView:
        """All of them."""
        async with self._database.reading() as connection:
            return HallsView(await halls_of(connection, None), self._clock.now_ms())

    async def one(self, hall_id: str) -> HallSetup:
        """A hall with everything that is set up of it."""
        async with self._database.reading() as connection:
            # Before all else: what changes while it is read is then refused as another version.
            version = await rules_version(connection, hall_id)
            return HallSetup(
                await hall_place(connection, hall_id),
                await call_order_of(connection, hall_id),
                await lines_of(connection, hall_id),
                (await calendar_of(connection, hall_id)).rules,
                tuple(await special_days(connection, hall_id)),
                version,
                self._clock.now_ms(),
            )

    async def add_hall(
        self, by: Actor, request: Request, names: HallNames, whereabouts: Whereabouts
    ) -> HallSetup:
        """A new hall, with office hours, no places and no lines yet. The same request again answers with the
        same hall. Raises TooManyHalls, RequestReused.
        """
        hall_id, now_ms = new_id(), self._clock.now_ms()
        async with self._database.writing() as connection:
            made = await first_time(connection, request, hall_id, now_ms)
            if made is None:
                count = await connection.scalar(select(func.count()).select_from(schema.halls))
                if (count or 0) >= HALLS_MAX:
                    raise TooManyHalls(f"{count} halls")
                await insert_hall(connection, hall_id, names, time_zone=self._time_zone, now_ms=now_ms)
                await put_whereabouts(connection, hall_id, whereabouts)
                await next_version(connection, hall_id, version=0, now_ms=now_ms)
                await audit.append(connection, by, "hall.add", "hall", hall_id, {"version": 1}, now_ms)
        await self._changed()
        return await self.one(made or hall_id)

    async def describe(
        self, by: Actor, hall_id: str, names: HallNames, whereabouts: Whereabouts, *, version: int
    ) -> HallSetup:
        """Other names, another place, other regions, another order of calling."""

        async def write(connection: AsyncConnection, now_ms: int) -> Mapping[str, Any]:
            await next_version(connection, hall_id, version=version, now_ms=now_ms)
            await put_names(connection, hall_id, names)
            await put_whereabouts(connection, hall_id, whereabouts)
            return {"regions": list(whereabouts.region_codes), "call_order": names.call_order.value}

        return await self._change(by, hall_id, "hall.describe", version, write)

    async def set_rules(self, by: Actor, hall_id: str, rules: HallRules, *, version: int) -> HallSetup:
        """Other hours, slots and capacities. Bookings that are made stay as they are. Raises RulesInvalid."""

        async def write(connection: AsyncConnection, now_ms: int) -> Mapping[str, Any]:
            await put_rules(connection, hall_id, rules, version=version, now_ms=now_ms)
            return {"rules": RULES.dump_python(rules, mode="json")}

        return await self._change(by, hall_id, "hall.rules", version, write)

    async def set_day(self, by: Actor, hall_id: str, special: SpecialDay, *, version: int) -> HallSetup:
        """One of the hall's own days. Raises RulesInvalid, TooManyDays."""

        async def write(connection: AsyncConnection, now_ms: int) -> Mapping[str, Any]:
            await put_special_day(connection, hall_id, special, version=version, now_ms=now_ms)
            periods = [[period.opens_min, period.closes_min] for period in special.periods]
            return {
                "day": special.day.isoformat(),
                "is_open": special.is_open,
                "is_working": special.is_working,
                "periods": periods,
            }

        return await self._change(by, hall_id, "hall.day", version, write)

    async def remove_day(self, by: Actor, hall_id: str, day: date, *, version: int) -> HallSetup:
        """The day is as usual again."""

        async def write(connection: AsyncConnection, now_ms: int) -> Mapping[str, Any]:
            await remove_special_day(connection, hall_id, day, version=version, now_ms=now_ms)
            return {"day": day.isoformat()}

        return await self._change(by, hall_id, "hall.day_removed", version, write)

    async def add_line(
        self, by: Actor, request: Request, hall_id: str, new: NewLine, *, version: int
    ) -> HallSetup:
        """Another line. The same request again changes nothing more. Raises LetterTaken, RequestReused."""
        line_id = new_id()

        async def write(connection: AsyncConnection, now_ms: int) -> Mapping[str, Any]:
            await next_version(connection, hall_id, version=version, now_ms=now_ms)
            await add_line(connection, hall_id, line_id, new)
            return {"line_id": line_id, "letter": new.letter, "kind": new.kind.value}

        return await self._change(by, hall_id, "hall.line_added", version, write, request=request)

    async def change_line(
        self, by: Actor, hall_id: str, line_id: str, change: LineChange, *, version: int
    ) -> HallSetup:
        """Other names, another share, open or closed. Who waits in a line that closes is still called; it
        takes no more tickets. Raises LineUnknown.
        """

        async def write(connection: AsyncConnection, now_ms: int) -> Mapping[str, Any]:
            await change_line(connection, hall_id, line_id, change)
            await next_version(connection, hall_id, version=version, now_ms=now_ms)
            return {"line_id": line_id, "open": change.is_open, "weight": change.weight}

        return await self._change(by, hall_id, "hall.line", version, write)

    async def _change(
        self,
        by: Actor,
        hall_id: str,
        action: str,
        version: int,
        write: Write,
        *,
        request: Request | None = None,
    ) -> HallSetup:
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            # A hall that is not there is said before a version that is not.
            await hall_place(connection, hall_id)
            if request is None or await first_time(connection, request, hall_id, now_ms) is None:
                detail = {**await write(connection, now_ms), "version": version + 1}
                await audit.append(connection, by, action, "hall", hall_id, detail, now_ms)
        await self._changed()
        return await self.one(hall_id)
