"""Many taxpayers who want one slot at the same moment, over HTTP."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import aiohttp
from sqlalchemy import func, select

from cases import schema
from cases.booking.bookings import BookingState
from cases.booking.calendar import day_plan
from cases.booking.calendars import calendar_of, put_rules, rules_version
from cases.booking.hours import BookingKind, Capacity, HallRules
from cases.booking.slots import slots_of
from cases.booking.tables import bookings
from cases.booking.views import BookingView
from cases.clock import Clock, local_date
from cases.database import Database
from cases.sealing import Sealer
from cases.sessions import COOKIE_NAMES, SessionKind, Sessions
from cases.views.problems import Problem
from tests.booking_pages import TOPIC
from tests.captchas import ANSWER, put_captchas
from tests.clients import reader
from tests.product import HALL

CROWD: Final = tuple(f"racer{number:03}" for number in range(200))
PLACES: Final = 20
TIMEOUT: Final = aiohttp.ClientTimeout(total=60)


@dataclass(frozen=True, slots=True)
class Crowd:
    """``cookies`` and ``captchas`` by person."""

    cookies: Mapping[str, str]
    captchas: Mapping[str, str]


async def set_places(database: Database, places: int, now_ms: int) -> None:
    """So many in each slot."""
    rules = HallRules(capacities=tuple(Capacity(kind, places) for kind in BookingKind))
    async with database.writing() as connection:
        version = await rules_version(connection, HALL)
        await put_rules(connection, HALL, rules, version=version, now_ms=now_ms)


async def gather(database: Database, sealer: Sealer, sessions: Sessions, clock: Clock) -> Crowd:
    """Write them into the records, signed in, each with a captcha."""
    async with database.writing() as connection:
        for person in CROWD:
            await connection.execute(
                schema.taxpayers.insert().values(
                    taxpayer_id=person,
                    certificate_type="id_cn",
                    number_sealed=b"sealed",
                    number_index=f"index of {person}",
                    name="陈嘉敏",
                    created_at_ms=0,
                )
            )
    name = COOKIE_NAMES[SessionKind.TAXPAYER]
    cookies = {person: f"{name}={await sessions.open(SessionKind.TAXPAYER, person)}" for person in CROWD}
    return Crowd(cookies, await put_captchas(database, sealer, CROWD, clock.now_ms()))


@asynccontextmanager
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    """For all of them, as many connections as people."""
    connector = aiohttp.TCPConnector(limit=len(CROWD))
    async with aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=TIMEOUT
    ) as session:
        yield session


async def book(
    session: aiohttp.ClientSession, url: str, crowd: Crowd, person: str, start_ms: int
) -> BookingView | Problem:
    """Sent again it is the same request, as it is where the server has too much to do just now.

    Raises aiohttp.ClientError where the server goes away.
    """
    body: dict[str, Any] = {
        "hall_id": HALL,
        "topic_id": TOPIC,
        "slot_start_ms": start_ms,
        "captcha_id": crowd.captchas[person],
        "captcha_answer": ANSWER,
    }
    headers = {"Cookie": crowd.cookies[person], "Origin": url, "Idempotency-Key": person}
    status = HTTPStatus.SERVICE_UNAVAILABLE
    while status == HTTPStatus.SERVICE_UNAVAILABLE:
        async with session.post(f"{url}/api/v1/taxpayer/bookings", json=body, headers=headers) as answer:
            status, content = HTTPStatus(answer.status), await answer.read()
    kind: type[Any] = BookingView if status == HTTPStatus.CREATED else Problem
    found: BookingView | Problem = reader(kind).validate_json(content)
    return found


async def all_book(url: str, crowd: Crowd, start_ms: int) -> Sequence[BookingView | Problem]:
    async with browser() as session:
        return await asyncio.gather(*(book(session, url, crowd, one, start_ms) for one in CROWD))


def codes_of(answers: Sequence[BookingView | Problem]) -> Counter[str]:
    return Counter("booked" if isinstance(one, BookingView) else one.code for one in answers)


async def holders(database: Database, start_ms: int) -> Counter[str]:
    """How many places of the slot each person has, as the records say."""
    asked = (
        select(bookings.c.taxpayer_id, func.count().label("places"))
        .where(bookings.c.slot_start_ms == start_ms, bookings.c.state == BookingState.BOOKED.value)
        .group_by(bookings.c.taxpayer_id)
    )
    async with database.reading() as connection:
        return Counter({row.taxpayer_id: row.places for row in await connection.execute(asked)})


async def notified(database: Database) -> Counter[str]:
    """How often each person was told of a booking."""
    outbox = schema.outbox.c
    asked = (
        select(outbox.taxpayer_id, func.count().label("times"))
        .where(outbox.kind == "booking_made")
        .group_by(outbox.taxpayer_id)
    )
    async with database.reading() as connection:
        return Counter({row.taxpayer_id: row.times for row in await connection.execute(asked)})


async def offered(database: Database, now_ms: int) -> int:
    """A slot of the next working day from tomorrow on, as the records have it; its start."""
    async with database.reading() as connection:
        calendar = await calendar_of(connection, HALL)
    tomorrow = local_date(now_ms, calendar.time_zone) + timedelta(days=1)
    days = (tomorrow + timedelta(days=ahead) for ahead in range(20))
    day = next(day for day in days if day_plan(calendar, day).is_working)
    return slots_of(calendar, day)[3].start_ms
