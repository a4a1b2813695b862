"""Admins read who did what (S38)."""

from typing import Any

import pytest

from cases import schema
from cases.audit import ActorKind
from cases.trail.views import TrailEntry, TrailPage
from signaling import events
from tests.api.test_officer_administration import account, admin_of, change, create
from tests.clients import OfficerClient
from tests.product import CHEN, HALL, HE, LIN, SU, House

TRAIL = "/api/v1/officer/audit"


async def trail(admin: OfficerClient, **query: Any) -> tuple[TrailEntry, ...]:
    """All pages of what is asked for, the earliest first."""
    found: list[TrailEntry] = []
    cursor: str | None = None
    while True:
        asked = {**query, **({} if cursor is None else {"cursor": cursor})}
        written = "&".join(f"{name}={value}" for name, value in asked.items())
        page = (await admin.ask("GET", f"{TRAIL}?{written}")).as_(TrailPage)
        found += page.entries
        cursor = page.next_cursor
        if cursor is None:
            return tuple(reversed(found))


@pytest.mark.feature("S38")
async def test_an_admin_sees_who_did_what(house: House) -> None:
    admin = await admin_of(house)
    await create(admin)
    officer = await account(admin, "0799")
    await change(admin, officer, officer_name="罗二鸣")
    own = await account(admin, SU.staff_number)
    made, changed = await trail(admin, object_kind="officer", object_id=officer.officer_id, limit=1)
    assert [made.action, changed.action] == ["officer.create", "officer.change"]
    assert made.sequence is not None
    assert changed.sequence == made.sequence + 1
    assert (made.actor.kind, made.actor.actor_id) == (ActorKind.OFFICER, own.officer_id)
    assert (made.actor.staff_number, made.actor.officer_name) == (SU.staff_number, SU.name)
    assert made.actor.address == "127.0.0.1"
    assert changed.detail["renamed"] is True


async def test_each_filter_and_all_of_them(house: House) -> None:
    admin = await admin_of(house)
    for key in ("k1", "k2"):
        await create(admin, key, staff_number=f"07-{key}")
    client = house.visitor()
    taxpayer = await client.sign_in(CHEN)
    await client.sign_out()
    whole = await trail(admin, limit=3)
    assert [entry.sequence for entry in whole] == list(range(1, len(whole) + 1))
    theirs = await trail(admin, actor_id=taxpayer.taxpayer_id)
    assert [entry.action for entry in theirs] == ["session.open", "session.close"]
    assert [entry.actor.kind for entry in theirs] == [ActorKind.TAXPAYER] * 2
    assert {entry.actor.officer_name for entry in theirs} == {None}
    opened, closed = theirs
    assert opened.object_id == closed.object_id
    created = await trail(admin, action="officer.create")
    assert len(created) == 2
    assert created == await trail(admin, object_kind="officer")
    (first,) = await trail(admin, object_id=created[0].object_id)
    assert first == created[0]
    assert await trail(
        admin,
        object_kind="session",
        object_id=opened.object_id,
        actor_id=taxpayer.taxpayer_id,
        action="session.open",
        from_ms=opened.at_ms,
        to_ms=opened.at_ms + 1,
    ) == (opened,)
    assert await trail(admin, from_ms=whole[0].at_ms, to_ms=whole[-1].at_ms + 1) == whole
    assert await trail(admin, to_ms=whole[0].at_ms) == ()
    assert await trail(admin, from_ms=whole[-1].at_ms + 1) == ()


async def test_entries_from_before_the_chain_come_last(house: House) -> None:
    admin = await admin_of(house)
    async with house.product.database.writing() as connection:
        for number in range(5):
            row = {
                "entry_id": f"e{number}",
                "at_ms": number // 2,
                "actor_kind": "system",
                "action": "case.submit",
                "object_kind": "case",
                "object_id": "c",
                "detail": {},
            }
            await connection.execute(schema.audit_entries.insert().values(row))
    for limit in (1, 2, 50):
        found = await trail(admin, limit=limit)
        assert [(one.sequence, one.entry_id) for one in found[:5]] == [
            (None, f"e{number}") for number in range(5)
        ]
        assert found[5].sequence == 1


@pytest.mark.parametrize("cursor", ["x", "1", "x.chained"])
async def test_a_cursor_that_is_none_is_refused(house: House, cursor: str) -> None:
    admin = await admin_of(house)
    assert (await admin.ask("GET", f"{TRAIL}?cursor={cursor}")).problem.code == "cursor_unknown"


async def test_log_ins_and_an_opened_hall_are_in_the_trail(house: House) -> None:
    admin = await admin_of(house)
    console = house.console()
    await console.sign_in(LIN)
    # Whoever signs in in the same browser ends the session that was there.
    await console.sign_in(LIN)
    await console.sign_out()
    lin = await account(admin, LIN.staff_number)
    assert [(entry.action, entry.object_kind) for entry in await trail(admin, actor_id=lin.officer_id)] == [
        ("session.open", "session"),
        ("session.open", "session"),
        ("session.close", "session"),
        ("session.close", "session"),
    ]
    _, boss = await house.officer(HE)
    for command in (events.HALL_CLOSE, events.HALL_OPEN):
        await boss.call(command)
    he = await account(admin, HE.staff_number)
    noted = await trail(admin, object_kind="hall", object_id=HALL, actor_id=he.officer_id)
    assert [entry.action for entry in noted] == ["hall.close", "hall.open"]
