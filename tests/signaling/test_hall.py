"""A hall opens and closes: what becomes of those who wait (S30, S33)."""

import asyncio

import pytest

from cases.access import Officer
from cases.opening import Opening
from cases.views.desks import DeskAction, DeskState, OfficerRole
from cases.views.tickets import CloseReason
from queueing.states import TicketState
from signaling import events
from tests.clients import code_of, eventually
from tests.product import CHEN, GENERAL, HALL, HE, HUANG, INVOICE, LIANG, LIN, VEHICLE, House


@pytest.mark.feature("S30", "S33")
async def test_a_closing_hall_dismisses_who_waits_and_lets_officers_go_on(house: House) -> None:
    pages = {}
    for person, ticket_id in ((CHEN, "t1"), (HUANG, "t2"), (LIANG, "t3")):
        client, page = await house.taxpayer(person)
        await client.take(ticket_id, GENERAL)
        await client.watch(page, ticket_id)
        pages[ticket_id] = (client, page)
    officer, desk = await house.officer(LIN, GENERAL)
    # One is abandoned, one in service, one waits.
    await officer.call_next(desk, "r1")
    await officer.abandon(desk, "t1", 1)
    await officer.call_next(desk, "r2")
    serving = await pages["t2"][1].call(events.TICKET_CONFIRM, ticket_id="t2", call_number=1)
    _, boss = await house.officer(HE)
    for _ in range(2):
        await boss.call(events.HALL_CLOSE)
    for ticket_id in ("t1", "t3"):
        client, page = pages[ticket_id]
        gone = await page.wait_for(events.TICKET_CHANGED, lambda view: view.state is TicketState.CANCELLED)
        assert (gone.close_reason, gone.actions) == (CloseReason.HALL_CLOSED, ())
        closed = await eventually(
            lambda client=client: client.cases("?state=closed"),  # type: ignore[misc]
            lambda found: bool(found.cases),
        )
        assert closed.cases[0].close_reason is CloseReason.HALL_CLOSED
        assert (closed.cases[0].events[-1].step, closed.cases[0].events[-1].by) == ("dismiss", "hall")
    # The one in service goes on, but is not transferred: the other line takes no tickets.
    view = await desk.call(events.DESK_WATCH)
    assert view.state is DeskState.SERVING
    assert DeskAction.TRANSFER not in view.actions
    moved = {"ticket_id": "t2", "call_number": 1, "request_id": "x", "line_id": VEHICLE}
    assert (await desk.problem(events.QUEUE_TRANSFER.name, moved)).code == "hall_closed"
    done = await officer.finish(desk, serving, "completed")
    assert done.call_next_refused == "nobody_waits"


@pytest.mark.feature("S17")
async def test_a_closed_hall_takes_no_ticket_and_leaves_no_case(house: House) -> None:
    client, _ = await house.taxpayer(CHEN)
    _, boss = await house.officer(HE)
    await boss.call(events.HALL_CLOSE)
    version = await house.version()
    answer = await client.ask(
        "POST", "/api/v1/taxpayer/consults", {"ticket_id": "t1", "line_id": GENERAL, "question": ""}
    )
    assert (answer.status, answer.problem.code) == (409, "hall_closed")
    home = await client.home()
    assert (home.open_cases, home.closed_cases, home.tickets) == (0, 0, ())
    assert await house.version() == version
    for _ in range(2):
        await boss.call(events.HALL_OPEN)
    assert (await client.take("t1", GENERAL)).number == "C001"


@pytest.mark.feature("S22")
async def test_nothing_is_taken_back_in_a_closed_hall(house: House) -> None:
    client, page = await house.taxpayer(CHEN)
    await client.take("t1", GENERAL)
    officer, desk = await house.officer(LIN, GENERAL)
    await officer.call_next(desk, "r1")
    _, boss = await house.officer(HE)
    await boss.call(events.HALL_CLOSE)
    await officer.abandon(desk, "t1", 1)
    assert await code_of(page.call(events.TICKET_REACTIVATE, ticket_id="t1")) == "hall_closed"


async def test_only_who_runs_the_hall_closes_it(house: House) -> None:
    client, _ = await house.taxpayer(CHEN)
    await client.take("t1", GENERAL)
    _, desk = await house.officer(LIN, GENERAL)
    version = await house.version()
    for command in (events.HALL_CLOSE, events.HALL_OPEN):
        assert (await desk.problem(command.name, {})).code == "forbidden"
    assert await house.version() == version
    assert (await house.product.journal.state(HALL)).closed_at_ms is None
    # Nor does who runs it call tickets.
    _, boss = await house.officer(HE)
    assert (await boss.problem("desk.sign_on", {"line_ids": [GENERAL]})).code == "forbidden"
    assert (await boss.problem("queue.call_next", {"request_id": "r"})).code == "forbidden"


async def test_closing_goes_in_portions(house: House) -> None:
    queue = house.product.queue
    for number in range(7):
        line_id, letter = ((VEHICLE, "A"), (INVOICE, "B"))[number % 2]
        await queue.issue(HALL, f"t{number}", line_id=line_id, letter=letter, day="20261123")
    boss = Officer("o", "何敏仪", "0701", HALL, frozenset({OfficerRole.SUPERVISOR}), "s")
    opening = Opening(house.product.database, house.product.halls, queue, house.clock, portion=2)
    # Two at once dismiss each of them once.
    await asyncio.gather(opening.close(boss), opening.close(boss))
    assert await house.version() == 14
    snapshot = await queue.snapshot(HALL, [VEHICLE, INVOICE], first=0)
    assert [line.waiting for line in snapshot.lines] == [0, 0]
