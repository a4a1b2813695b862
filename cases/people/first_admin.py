"""Where nobody can set anything up yet: is there an admin, and the first hall (``shuitong create-admin``)."""

from sqlalchemy import select

from cases import audit, schema
from cases.audit import SYSTEM
from cases.booking.calendars import next_version
from cases.booking.halls import HallNames, insert_hall
from cases.clock import Clock
from cases.database import Database
from cases.people.administration import admins_of
from cases.sealing import new_id
from cases.views.names import Bilingual
from queueing.ticket import CallOrder

FIRST_HALL = HallNames(Bilingual("办税服务厅", "Tax service hall"), Bilingual("", ""), CallOrder.STRICT)
"""Until the admin has named it."""


async def has_admin(database: Database) -> bool:
    """Whether anybody who may log in can set things up. Raises RecordsUnavailable."""
    async with database.writing() as connection:
        return bool(await admins_of(connection))


async def halls_for_admin(database: Database, clock: Clock, time_zone: str) -> list[str]:
    """The ids of all halls; where there is none, one is made. Raises RecordsUnavailable."""
    halls, now_ms = schema.halls.c, clock.now_ms()
    async with database.writing() as connection:
        known = list(await connection.scalars(select(halls.hall_id).order_by(halls.hall_id)))
        if known:
            return known
        hall_id = new_id()
        await insert_hall(connection, hall_id, FIRST_HALL, time_zone=time_zone, now_ms=now_ms)
        await next_version(connection, hall_id, version=0, now_ms=now_ms)
        await audit.append(connection, SYSTEM, "hall.add", "hall", hall_id, {"version": 1}, now_ms)
        return [hall_id]
