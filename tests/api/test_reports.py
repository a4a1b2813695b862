"""Who runs a hall sees it now, over days, and who did what in it."""

from pathlib import Path

import pytest

from cases.clock import local_date
from cases.reports.days import Days
from cases.reports.views import Presence, ReportView, WallOfficer, WallView
from cases.trail.views import TrailPage
from cases.views.desks import BreakReason, DeskState, OnBreak
from queueing.states import TicketState
from signaling import events
from tests.api.test_audit import TRAIL, trail
from tests.clients import OfficerClient, eventually
from tests.people import KINDS, put_other_hall, put_people, sign_in
from tests.product import CHEN, GENERAL, HE, HUANG, INVOICE, LIN, ZHOU, House, OpenHouse

WALL = "/api/v1/officer/wall"
REPORTS = "/api/v1/officer/reports"
LEASE_MS = 1_500


async def wall_of(client: OfficerClient) -> WallView:
    return (await client.ask("GET", WALL)).as_(WallView)


async def on_wall(client: OfficerClient, staff_number: str = LIN.staff_number) -> WallOfficer:
    found = [one for one in (await wall_of(client)).officers if one.officer.staff_number == staff_number]
    assert len(found) == 1
    return found[0]


@pytest.mark.feature("B9")
async def test_the_wall_shows_what_officers_do_and_whose_console_is_gone(open_house: OpenHouse) -> None:
    async with open_house(queue_lease_ms=LEASE_MS, wall_fresh_ms=0) as house:
        boss = house.console()
        await boss.sign_in(HE)
        assert (await on_wall(boss)).state is DeskState.SIGNED_OFF
        lin, page = await house.officer(LIN, GENERAL, INVOICE)
        _, other = await house.officer(ZHOU, GENERAL)
        chen, _ = await house.taxpayer(CHEN)
        huang, _ = await house.taxpayer(HUANG)
        ticket = await chen.take("t1", GENERAL)
        waiting = await huang.take("t2", GENERAL)

        # One conditional request a second is all that an open wall costs while nothing happens.
        first = await eventually(
            lambda: boss.ask("GET", WALL), lambda one: one.as_(WallView).today.issued == 2
        )
        again = await boss.ask("GET", WALL, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status, again.body) == (304, b"")
        await other.call(events.DESK_STATE, state="break", reason="lunch")
        changed = await boss.ask("GET", WALL, headers={"If-None-Match": first.headers["ETag"]})
        assert changed.status == 200
        resting = await on_wall(boss, ZHOU.staff_number)
        assert (resting.state, resting.presence) == (DeskState.BREAK, None)
        assert resting.on_break == OnBreak(BreakReason.LUNCH, "")

        await lin.call_next(page, "r1")
        called = await on_wall(boss)
        assert (called.state, called.presence) == (DeskState.CALLED, Presence.HERE)
        assert called.ticket is not None
        assert (called.ticket.number, called.ticket.state) == (ticket.number, TicketState.CALLED)
        assert set(called.line_ids) == {GENERAL, INVOICE}
        wall = await eventually(lambda: wall_of(boss), lambda one: one.today.called == 1)
        (general,) = [one for one in wall.lines if one.line.line_id == GENERAL]
        assert (general.waiting, general.oldest_issued_at_ms) == (1, waiting.issued_at_ms)
        assert (wall.waiting, wall.oldest_issued_at_ms) == (1, waiting.issued_at_ms)

        await page.close()
        silent = await eventually(lambda: on_wall(boss), lambda one: one.presence is not Presence.HERE)
        assert (silent.presence, silent.state) == (Presence.SILENT, DeskState.CALLED)
        gone = await eventually(lambda: on_wall(boss), lambda one: one.presence is Presence.AWAY)
        assert gone.away_since_ms is not None
        back = await eventually(lambda: on_wall(boss), lambda one: one.ticket is None)
        assert (back.state, back.presence) == (DeskState.READY, Presence.AWAY)
        wall = await eventually(lambda: wall_of(boss), lambda one: one.waiting == 2)
        # Who was called has ended the first wait, and was called in time once.
        assert wall.oldest_issued_at_ms == waiting.issued_at_ms
        assert wall.today.called == 1

        refused = await boss.ask("GET", f"{REPORTS}?from_day=2026-01-01&to_day=2026-02-01")
        assert refused.problem.code == "report_too_long"
        month = await boss.ask("GET", f"{REPORTS}?from_day=2026-01-01&to_day=2026-01-31&by=day")
        report = month.as_(ReportView)
        assert [row.day.day for row in report.rows if row.day] == list(range(1, 32))
        assert (report.total.issued, report.total.wait_p50_ms) == (0, None)


async def test_breaks_are_added_up_within_the_days_of_a_report(house: House) -> None:
    minute_ms = 60_000
    now_ms = house.clock.now_ms()
    today = local_date(now_ms, "Asia/Shanghai")
    midnight = Days(today, today, "Asia/Shanghai").until_ms
    house.clock.ahead_ms += midnight - 10 * minute_ms - now_ms
    boss = house.console()
    await boss.sign_in(HE)
    _, page = await house.officer(LIN, GENERAL)
    for reason, minutes in (("lunch", 5), ("training", 3), ("lunch", 12)):
        await page.call(events.DESK_STATE, state="break", reason=reason)
        house.clock.ahead_ms += minutes * minute_ms
        await page.call(events.DESK_STATE, state="ready")
    await page.call(events.DESK_STATE, state="break", reason="rest")
    house.clock.ahead_ms += 7 * minute_ms

    async def breaks(ms: int) -> list[tuple[str, int, int]]:
        day = local_date(ms, "Asia/Shanghai")
        asked = f"{REPORTS}?from_day={day}&to_day={day}&by=officer"
        (row,) = (await boss.ask("GET", asked)).as_(ReportView).rows
        assert row.officer is not None
        assert row.officer.name == LIN.name
        return [(one.reason.value, one.count, round(one.total_ms / minute_ms)) for one in row.breaks]

    # One that is over midnight counts on both days, on each as long as it was of it; one goes on.
    assert await breaks(midnight - 1) == [("lunch", 2, 7), ("training", 1, 3)]
    assert await breaks(midnight) == [("rest", 1, 7), ("lunch", 1, 10)]


async def test_supervisors_read_the_trail_of_their_own_hall(open_house: OpenHouse, data_folder: Path) -> None:
    await put_other_hall(data_folder)
    async with open_house(report_days_max=7) as house:
        await put_people(house.product)
        boss, page = await house.officer(HE)
        elsewhere = house.console()
        kind = next(one for one in KINDS if one.name == "boss_elsewhere")
        elsewhere.profile.headers.update((await sign_in(house.product, kind)).headers)
        chen = house.visitor()
        taxpayer = await chen.sign_in(CHEN)
        case_id = await chen.open_consult("t1", GENERAL)
        number = (await chen.case(case_id)).number
        said = {"text": "您好", "message_id": "m1", "file_ids": []}
        answer = await chen.ask("POST", f"/api/v1/taxpayer/cases/{case_id}/messages", said)
        assert answer.status < 400, answer.body

        (message,) = await trail(boss, case_number=number, limit=1)
        assert (message.action, message.object_id) == ("message.send", case_id)
        assert (message.actor.actor_id, message.actor.address) == (taxpayer.taxpayer_id, None)
        own = await trail(boss, staff_number=HE.staff_number)
        assert own
        assert {one.actor.staff_number for one in own} == {HE.staff_number}
        assert {one.actor.address for one in own} == {"127.0.0.1"}
        assert await trail(boss, staff_number="nobody") == ()
        # A taxpayer's own log-in is of no hall.
        assert await trail(boss, actor_id=taxpayer.taxpayer_id) == (message,)
        for query in (f"case_number={number}", f"object_id={case_id}", f"staff_number={HE.staff_number}"):
            answer = await elsewhere.ask("GET", f"{TRAIL}?{query}")
            assert answer.as_(TrailPage).entries == (), query
        everything = (await elsewhere.ask("GET", TRAIL)).as_(TrailPage)
        assert {one.actor.actor_id for one in everything.entries} == {kind.name}
        assert (await page.call(events.HALL_CLOSE)).done
        assert (await trail(boss, action="hall.close"))[0].actor.staff_number == HE.staff_number

        # As many days as it may be, or those before or after what is named.
        day_ms = 86_400_000
        for window in (f"from_ms={day_ms}&to_ms={8 * day_ms}", f"from_ms={day_ms}", f"to_ms={day_ms}"):
            assert (await boss.ask("GET", f"{TRAIL}?{window}")).as_(TrailPage).entries == ()
        refused = await boss.ask("GET", f"{TRAIL}?from_ms={day_ms}&to_ms={8 * day_ms + 1}")
        assert refused.problem.code == "report_too_long"
