"""Whether the records agree with each other: what has to hold after every crash, and at any other time."""

import hashlib
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.booking import tables as booking
from cases.booking.bookings import BookingState
from cases.booking.policy import BookingPolicy
from cases.casework.followers import NOTIFIED
from cases.casework.records import Case, case_of
from cases.conversation.tables import conversations, messages
from cases.database import Database
from cases.files.tables import files
from cases.outbox.messages import NotificationKind
from cases.outbox.tables import deliveries
from cases.stages.events import Event
from cases.stages.states import HandlingState, Mode
from cases.stages.table import WITH_TICKET, DeadlineKind, deadlines

DONE_WITH: Final = frozenset({DeadlineKind.REMINDER, DeadlineKind.WINDOW_OPENS, DeadlineKind.PROMISED})
"""Deadlines whose event leaves the case as it is: once it fired, the state does not tell."""
HANDLED: Final = frozenset({BookingState.USED.value, BookingState.MISSED.value})


async def _rows(connection: AsyncConnection, table: Table) -> list[Any]:
    return list((await connection.execute(select(table))).all())


async def faults(database: Database, folder: Path) -> list[str]:
    """Everything in the records, and on the shelf of that data folder, that contradicts something else; empty
    where they are whole.
    """
    async with database.reading() as connection:
        cases = [case_of(row) for row in await _rows(connection, schema.cases) if row.mode != Mode.CONSULT]
        events = await _rows(connection, schema.case_events)
        outbox = await _rows(connection, schema.outbox)
        trail = await _rows(connection, schema.audit_entries)
        clock = await _rows(connection, schema.deadlines)
        bookings = await _rows(connection, booking.bookings)
        talks = await _rows(connection, conversations)
        said = await _rows(connection, messages)
        kept = await _rows(connection, files)
        payments = await _rows(connection, schema.case_payments)
        sent = {row.notification_id for row in await _rows(connection, deliveries)}
    # Those of unread messages have a message's number.
    told = {row.notification_id for row in outbox if row.kind != NotificationKind.MESSAGE_WAITING}
    found: list[str] = []
    for case in cases:
        found += _events_of(case, [row for row in events if row.case_id == case.case_id])
        found += _booking_of(case, [row for row in bookings if row.case_id == case.case_id])
        found += _clock_of(case, {row.kind: row.due_at_ms for row in clock if row.object_id == case.case_id})
        found += _told(case, events, told)
    found += _places(bookings)
    for talk in talks:
        numbers = sorted(row.number for row in said if row.case_id == talk.case_id)
        if numbers != list(range(1, talk.last_number + 1)):
            found.append(f"{talk.case_id}: messages {numbers} of {talk.last_number}")
    found += _shelved(kept, folder)
    known_files = {row.file_id for row in kept}
    for row in (*said, *payments):
        named = set(row.file_ids if "file_ids" in row._mapping else row.receipt_file_ids)
        found += [f"a file that is not there: {name}" for name in named - known_files]
    found += [f"never delivered: {row.kind}" for row in outbox if row.notification_id not in sent]
    noted = Counter((row.object_id, row.detail.get("version")) for row in trail if row.object_kind == "case")
    found += [f"no audit of {row.event}" for row in events if noted[row.case_id, row.number] != 1]
    return found


def _events_of(case: Case, events: list[Any]) -> list[str]:
    numbers = sorted(row.number for row in events)
    if numbers != list(range(1, case.version + 1)):
        return [f"{case.number}: version {case.version}, events {numbers}"]
    return []


def _booking_of(case: Case, bookings: list[Any]) -> list[str]:
    booked = [row for row in bookings if row.state == BookingState.BOOKED.value]
    slot = case.state.slot
    found = []
    if len(booked) > 1:
        found.append(f"{case.number}: {len(booked)} open bookings")
    if slot is not None and case.state.closed is None:
        row = next((row for row in bookings if row.booking_id == slot.booking_id), None)
        if row is None or (row.slot_start_ms, row.slot_end_ms) != (slot.start_ms, slot.end_ms):
            found.append(f"{case.number}: not the booking's slot")
        elif (row.state == BookingState.BOOKED.value) != (case.state.handling is HandlingState.NOT_DUE) and (
            row.state not in HANDLED
        ):
            found.append(f"{case.number}: {case.state.handling} with a booking {row.state}")
    if slot is None and booked:
        found.append(f"{case.number}: a booking that it does not know of")
    return found


def _clock_of(case: Case, clock: dict[str, int]) -> list[str]:
    wanted = deadlines(case.state, reminder_before_ms=BookingPolicy().reminder_ms)
    found = [
        f"{case.number}: no deadline {kind}"
        for kind, due_ms in wanted.items()
        if kind not in DONE_WITH and clock.get(kind.value) != due_ms
    ]
    old = {kind.value for kind in DeadlineKind} - {kind.value for kind in wanted}
    return found + [f"{case.number}: an old deadline {kind}" for kind in clock if kind in old]


def _told(case: Case, events: list[Any], told: set[str]) -> list[str]:
    found = []
    for row in events:
        if row.case_id == case.case_id and Event(row.event) in NOTIFIED:
            notification = f"{case.case_id}:{row.number}:{NOTIFIED[Event(row.event)].value}"
            if notification not in told:
                found.append(f"{case.number}: nobody was told of {row.event}")
    known = {row.number for row in events if row.case_id == case.case_id}
    for notification in told:
        case_id, _, rest = notification.partition(":")
        if case_id == case.case_id and int(rest.split(":")[0]) not in known:
            found.append(f"{case.number}: told of what did not happen")
    return found


def _shelved(kept: list[Any], folder: Path) -> list[str]:
    """Each file has its bytes, whole."""
    on_shelf = {one.name: one for one in (folder / "files").rglob("*") if one.is_file()}
    found = []
    for row in kept:
        for name in (row.sha256, row.thumbnail_sha256):
            if name is None:
                continue
            content = on_shelf[name].read_bytes() if name in on_shelf else b""
            if hashlib.sha256(content).hexdigest() != name:
                found.append(f"{row.file_id}: its bytes are not there")
    return found


def _places(bookings: list[Any]) -> list[str]:
    """Each open booking has a place of its own."""
    taken: dict[tuple[str, str, int], list[str]] = defaultdict(list)
    for row in bookings:
        if row.state == BookingState.BOOKED.value:
            taken[row.hall_id, row.kind, row.slot_start_ms].append(row.booking_id)
    return [f"a booking twice in {place}" for place, ids in taken.items() if len(set(ids)) != len(ids)]


def with_ticket(case: Case) -> bool:
    """Whether the queue has to know a ticket of the case."""
    return case.state.closed is None and case.state.handling in WITH_TICKET
