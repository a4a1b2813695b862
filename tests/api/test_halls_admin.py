"""Admins set up halls over HTTP, and everybody goes by it at once (S38)."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import select

from cases import schema
from cases.booking.views import HallSetup, HallsView
from cases.views.names import LinesView
from queueing.connection import Link
from signaling import events
from tests.booking_pages import ADDRESS, BookingPage, today
from tests.clients import Answer, OfficerClient, code_of, eventually
from tests.product import CHEN, GENERAL, HALL, HE, HUANG, LIANG, LIN, SU, House, house_in

pytestmark = pytest.mark.both_records

HALLS: Final = "/api/v1/admin/halls"
MORNINGS: Final = [[{"opens_min": 540, "closes_min": 720}]] * 5 + [[], []]
RULES: Final[Mapping[str, Any]] = {
    "slot_min": 60,
    "hours": [{"days": MORNINGS}],
    "capacities": [{"kind": "onsite", "counters": 3}],
}
NEW_HALL: Final[Mapping[str, Any]] = {
    "hall_name": {"zh": "斗门区税务局办税服务厅", "en": "Doumen District Tax Service Hall"},
    "region_name": {"zh": "珠海市 斗门区", "en": "Doumen, Zhuhai"},
    "region_codes": ["440403"],
    "hall_phone": "0756-1111111",
}


class Admin:
    """Sets up one hall."""

    def __init__(self, client: OfficerClient, hall_id: str = HALL) -> None:
        self.client = client
        self.hall_id = hall_id

    async def see(self) -> HallSetup:
        return (await self.client.ask("GET", f"{HALLS}/{self.hall_id}")).as_(HallSetup)

    async def put(self, part: str, body: Mapping[str, Any]) -> Answer:
        """Over the version that there is, unless one is given."""
        content = {"version": (await self.see()).version, **body}
        return await self.client.ask("PUT", f"{HALLS}/{self.hall_id}{part}", content)

    async def set_rules(self, **changes: Any) -> HallSetup:
        return (await self.put("/rules", {"rules": {**RULES, **changes}})).as_(HallSetup)

    async def add_line(self, letter: str, key: str = "k", **changes: Any) -> Answer:
        body = {
            "line_kind": "consult",
            "letter": letter,
            "line_name": {"zh": "新队", "en": "New line"},
            "open": True,
            "version": (await self.see()).version,
            **changes,
        }
        headers = {"Idempotency-Key": key}
        return await self.client.ask("POST", f"{HALLS}/{self.hall_id}/lines", body, headers=headers)

    async def change_line(self, line_id: str, **changes: Any) -> Answer:
        known = next((line for line in (await self.see()).lines if line.line_id == line_id), None)
        name = {"zh": "综合", "en": "General"} if known is None else vars_of(known.name)
        body = {"line_name": name, "open": True, "weight": 1, **changes}
        return await self.put(f"/lines/{line_id}", body)


def vars_of(name: Any) -> dict[str, str]:
    return {"zh": name.zh, "en": name.en}


async def signed_in(house: House) -> Admin:
    client = house.console()
    await client.sign_in(SU)
    return Admin(client)


@pytest.fixture
async def admin(house: House) -> Admin:
    return await signed_in(house)


@pytest.fixture
async def page(house: House) -> BookingPage:
    client, _ = await house.taxpayer(CHEN)
    return BookingPage(house, client)


async def audited(house: House) -> list[str]:
    entries = schema.audit_entries
    asked = select(entries.c.action).where(entries.c.object_kind == "hall").order_by(entries.c.at_ms)
    async with house.product.database.reading() as connection:
        return list(await connection.scalars(asked))


@pytest.mark.feature("S38")
async def test_other_rules_are_other_slots(admin: Admin, page: BookingPage) -> None:
    before = await admin.see()
    after = await admin.set_rules()
    assert after.version == before.version + 1
    assert (after.rules.slot_min, after.rules.capacities[0].counters) == (60, 3)
    slots = await page.first_slots()
    assert [(slot.end_ms - slot.start_ms, slot.left) for slot in slots] == [(3_600_000, 3)] * 3
    assert all(day.left == 0 for day in await page.days("assist"))
    assert await audited(page.house) == ["hall.rules"]


@pytest.mark.feature("S38")
@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"slot_min": 1}, "slot_min", "rule_out_of_range"),
        ({"hours": []}, "hours", "rule_out_of_range"),
        (
            {"hours": [{"days": [[{"opens_min": 720, "closes_min": 540}]] + [[]] * 6}]},
            "hours.0",
            "rule_out_of_range",
        ),
        ({"hours": [{"days": MORNINGS}] * 2}, "hours", "rule_twice"),
        (
            {"hours": [{"days": MORNINGS, "first": "2026-12-02", "last": "2026-12-01"}]},
            "hours.0",
            "rule_ends_before_it_begins",
        ),
        ({"capacities": [{"kind": "onsite", "counters": 201}]}, "capacities.0", "rule_out_of_range"),
        (
            {"capacities": [{"kind": "onsite", "counters": 1, "weekday": 8}]},
            "capacities.0",
            "rule_out_of_range",
        ),
        ({"capacities": [{"kind": "onsite", "counters": 1}] * 2}, "capacities", "rule_twice"),
    ],
)
async def test_rules_that_contradict_themselves_are_refused(
    admin: Admin, changes: dict[str, Any], field: str, code: str
) -> None:
    before = await admin.see()
    problem = (await admin.put("/rules", {"rules": {**RULES, **changes}})).problem
    assert (problem.code, problem.fields[0].field, problem.fields[0].code) == ("rules_invalid", field, code)
    after = await admin.see()
    assert (after.rules, after.version) == (before.rules, before.version)


@pytest.mark.feature("S38")
async def test_two_admins_do_not_overwrite_each_other(admin: Admin, house: House) -> None:
    other = await signed_in(house)
    version = (await admin.see()).version
    bodies = [{"version": version, "rules": {**RULES, "slot_min": length}} for length in (15, 20)]
    answers = await asyncio.gather(
        *(one.client.ask("PUT", f"{HALLS}/{HALL}/rules", body) for one in (admin, other) for body in bodies)
    )
    codes = sorted("done" if one.status == 200 else one.problem.code for one in answers)
    assert codes == ["done", "rules_changed", "rules_changed", "rules_changed"]
    # Of everything that is set up there is one version.
    stale = {"version": version}
    assert (await admin.change_line(GENERAL, **stale)).problem.code == "rules_changed"
    assert (await admin.put("", {**NEW_HALL, **stale})).problem.code == "rules_changed"
    day = {"is_open": False, "is_working": False, **stale}
    assert (await admin.put("/days/2026-12-01", day)).problem.code == "rules_changed"
    gone = await admin.client.ask("DELETE", f"{HALLS}/{HALL}/days/2026-12-01?version={version}")
    assert gone.problem.code == "rules_changed"
    assert (await admin.see()).version == version + 1
    assert await audited(house) == ["hall.rules"]


@pytest.mark.feature("S38")
async def test_a_day_of_the_halls_own_is_closed_and_open_again(admin: Admin, page: BookingPage) -> None:
    day = next(one.day for one in await page.days() if one.is_working)
    closed = {"is_open": False, "is_working": False, "day_reason": {"zh": "停电检修", "en": "No power"}}
    setup = (await admin.put(f"/days/{day}", closed)).as_(HallSetup)
    assert [one.day for one in setup.days] == [day]
    assert await page.slots(day) == ()
    shown = next(one for one in await page.days() if one.day == day)
    assert (shown.periods, shown.reason.en) == ((), "No power")
    address = f"{HALLS}/{HALL}/days/{day}?version={setup.version}"
    assert (await admin.client.ask("DELETE", address)).as_(HallSetup).days == ()
    assert len(await page.slots(day)) == 14
    assert await audited(page.house) == ["hall.day", "hall.day_removed"]


@pytest.mark.feature("S38")
async def test_a_closed_day_with_hours_is_refused(admin: Admin) -> None:
    wrong = {"is_open": False, "is_working": True}
    assert (await admin.put("/days/2026-12-01", wrong)).problem.code == "rules_invalid"
    assert (await admin.put("/days/2026-02-30", wrong)).problem.code == "day_unknown"


@pytest.mark.feature("S38")
async def test_a_booking_stays_where_the_day_is_closed_after_it(admin: Admin, page: BookingPage) -> None:
    slot = (await page.first_slots())[0]
    booking = await page.booked(slot)
    await admin.set_rules(capacities=[])
    assert (await page.see(booking.booking_id)).status == 200
    other, _ = await page.house.taxpayer(LIANG)
    assert (await BookingPage(page.house, other).book(slot)).problem.code == "slot_not_offered"


@pytest.mark.feature("S38")
async def test_where_a_hall_is_and_whom_it_serves(admin: Admin, page: BookingPage) -> None:
    setup = (await admin.put("", {**NEW_HALL, "call_order": "weighted"})).as_(HallSetup)
    assert (setup.call_order, setup.hall.region_codes) == ("weighted", ("440403",))
    found = await page.client.ask("GET", f"{ADDRESS}/halls?region=440403")
    (hall,) = found.as_(HallsView).halls
    assert (hall.name.zh, hall.phone) == ("斗门区税务局办税服务厅", "0756-1111111")
    assert (await page.client.lines()).hall.name == hall.name


@pytest.mark.feature("S38")
async def test_a_line_closes_and_opens_again(admin: Admin, page: BookingPage) -> None:
    setup = (await admin.change_line(GENERAL, open=False, weight=7)).as_(HallSetup)
    line = next(one for one in setup.lines if one.line_id == GENERAL)
    assert (line.open, line.weight) == (False, 7)
    assert GENERAL not in {one.line_id for one in (await page.client.lines()).lines}
    assert await code_of(page.client.take("t1", GENERAL)) == "line_unknown"
    await admin.change_line(GENERAL)
    assert (await page.client.take("t1", GENERAL)).number == "C001"


@pytest.mark.feature("S38")
async def test_who_waits_in_a_line_that_closes_is_still_called(admin: Admin, house: House) -> None:
    client, waiting = await house.taxpayer(CHEN)
    await client.take("t1", GENERAL)
    await client.watch(waiting, "t1")
    await admin.change_line(GENERAL, open=False)
    officer, desk = await house.officer(LIN, GENERAL)
    view = await officer.call_next(desk, "r1")
    assert view.ticket is not None
    assert view.ticket.ticket_id == "t1"
    await waiting.wait_for(events.TICKET_CHANGED, lambda ticket: ticket.state == "called")


@pytest.mark.feature("S38")
async def test_a_line_is_added_once_and_its_letter_is_its_own(admin: Admin, page: BookingPage) -> None:
    version = (await admin.see()).version
    added = [await admin.add_line("F", version=version) for _ in range(2)]
    assert [one.status for one in added] == [201, 201]
    setup = await admin.see()
    assert setup.version == version + 1
    (line,) = (one for one in setup.lines if one.letter == "F")
    assert (await page.client.take("t1", line.line_id)).number == "F001"
    assert (await admin.add_line("F", key="other")).problem.code == "letter_taken"
    assert (await admin.add_line("G", version=version)).problem.code == "request_reused"
    assert (await admin.change_line("nowhere")).problem.code == "line_unknown"
    assert await audited(page.house) == ["hall.line_added"]


@pytest.mark.feature("S38")
@pytest.mark.parametrize("officer", [LIN, HE], ids=["officer", "supervisor"])
async def test_only_admins_set_up_halls(house: House, officer: Any) -> None:
    client = house.console()
    await client.sign_in(officer)
    for method, path in (("GET", HALLS), ("GET", f"{HALLS}/{HALL}"), ("PUT", f"{HALLS}/{HALL}/rules")):
        assert (await client.ask(method, path)).problem.code == "forbidden"


async def add_hall(admin: Admin) -> Admin:
    headers = {"Idempotency-Key": "hall"}
    answers = [await admin.client.ask("POST", HALLS, NEW_HALL, headers=headers) for _ in range(2)]
    setups = [answer.as_(HallSetup) for answer in answers]
    assert setups[0].hall.hall_id == setups[1].hall.hall_id
    assert (setups[0].version, setups[0].lines, setups[0].rules.capacities) == (1, (), ())
    return Admin(admin.client, setups[0].hall.hall_id)


@pytest.mark.feature("S38")
async def test_a_hall_is_added_and_works_at_once(admin: Admin, house: House) -> None:
    new = await add_hall(admin)
    listed = (await admin.client.ask("GET", HALLS)).as_(HallsView).halls
    assert [hall.hall_id for hall in listed] == [HALL, new.hall_id]
    await new.set_rules()
    client, waiting = await house.taxpayer(HUANG)
    page = BookingPage(house, client, new.hall_id)
    await page.booked((await page.first_slots())[0])
    assert (await new.add_line("A")).status == 201
    (line,) = (await new.see()).lines
    # Its journal is recorded and told, and its timers run, though the server was started without it.
    ticket = await client.take("t1", line.line_id)
    await client.watch(waiting, "t1")

    async def steps() -> int:
        return len((await client.case(ticket.case_id or "")).events)

    await eventually(steps, lambda count: count == 1)
    await house.product.queue.close_hall(new.hall_id, [line.line_id], limit=10)
    await waiting.wait_for(events.TICKET_CHANGED, lambda one: one.state not in ("waiting", "issued"))
    await eventually(steps, lambda count: count == 2)


@pytest.mark.feature("S38")
async def test_the_first_hall_stays_the_first_one(admin: Admin, page: BookingPage) -> None:
    await add_hall(admin)
    answer = await page.client.ask("GET", f"{ADDRESS}/lines")
    assert answer.as_(LinesView).hall.hall_id == HALL


@pytest.mark.feature("S38")
async def test_another_process_goes_by_it_too(admin: Admin, house: House, link: Link) -> None:
    async with house_in(house.data_dir, link) as second:
        new = await add_hall(admin)
        await new.add_line("A")
        await admin.change_line(GENERAL, open=False)
        halls = second.product.halls

        async def seen() -> tuple[bool, bool]:
            closed = GENERAL not in {line.line_id for line in halls.lines_of(HALL)}
            return closed, new.hall_id in halls.hall_ids

        await eventually(seen, lambda found: found == (True, True))
        assert [line.letter for line in halls.lines_of(new.hall_id)] == ["A"]


async def test_the_demo_can_be_booked_on_a_day_of_the_next_week(page: BookingPage) -> None:
    soon = today(page.house) + timedelta(days=14)
    assert any(day.left for day in await page.days() if day.day < soon)
