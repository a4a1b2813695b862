"""A hall that closes and opens."""

import pytest

from queueing.errors import HallClosed
from queueing.journal import Journal
from queueing.service import Queue
from queueing.states import Step, TicketState
from queueing.ticket import Cause, HallState
from tests.queueing.desk import HALL, LINE, Desk

OTHER_LINE = "invoice"


async def closed(queue: Queue, *, limit: int = 2) -> int:
    """Close the hall in portions; how many those were."""
    portions = 1
    while await queue.close_hall(HALL, [LINE, OTHER_LINE], limit=limit):
        portions += 1
    return portions


async def test_closing_dismisses_who_waits_and_lets_who_is_served_go_on(
    queue: Queue, desk: Desk, journal: Journal
) -> None:
    for ticket_id in ("served", "abandoned", "a", "b", "c"):
        await desk.issue(ticket_id)
    await desk.issue("d", line_id=OTHER_LINE)
    served = await desk.serve(await desk.call("o1"))
    await desk.abandon(await desk.call("o2"))
    assert await closed(queue) == 3
    ids = ["abandoned", "a", "b", "c", "d"]
    for position in await queue.positions(HALL, ids):
        ticket = position.ticket
        assert (ticket.state, ticket.outcome) == (TicketState.CANCELLED, "hall_closed")
        assert ticket.ended_at_ms is not None
    entries = await journal.read_after(HALL, None, limit=100)
    dismissed = [entry for entry in entries if entry.step is Step.DISMISS]
    assert sorted(entry.ticket.ticket_id for entry in dismissed) == sorted(ids)
    assert {entry.cause for entry in dismissed} == {Cause.HALL}
    assert sum(entry.left is not None for entry in dismissed) == 4
    assert (await desk.finish(served)).state is TicketState.FINISHED
    assert (await queue.expire_due(HALL, limit=10)).count == 0


async def test_a_closed_hall_takes_no_tickets_until_it_opens(
    queue: Queue, desk: Desk, journal: Journal
) -> None:
    issued = await desk.issue("a")
    held = await desk.issue("b")
    await desk.call("o1")
    other = await desk.call("o2")
    await closed(queue)
    assert (await journal.state(HALL)).closed_at_ms is not None
    version = await journal.latest(HALL)
    with pytest.raises(HallClosed):
        await desk.issue("c")
    # A repeat is answered, whatever became of the hall.
    assert (await desk.issue("a")).number == issued.number
    with pytest.raises(HallClosed):
        await queue.transfer(HALL, "b", officer_id="o2", request_id="t", call_number=1, line_id=OTHER_LINE)
    await desk.abandon(other)
    with pytest.raises(HallClosed):
        await queue.reactivate(HALL, held.ticket_id)
    assert await journal.latest(HALL) == version + 1
    await queue.open_hall(HALL)
    assert (await desk.issue("c")).state is TicketState.WAITING
    assert (await queue.reactivate(HALL, held.ticket_id)).state is TicketState.WAITING


async def test_the_state_of_a_hall(queue: Queue, desk: Desk, journal: Journal) -> None:
    assert await journal.state(HALL) == HallState(HALL, 0, 0, 0, None, False)
    issued = await desk.issue("a")
    state = await journal.state(HALL)
    assert (state.version, state.epoch, state.closed_at_ms) == (1, issued.issued_at_ms, None)
    assert (await queue.snapshot(HALL, [], first=0)).closed_at_ms is None
    await closed(queue)
    assert (await queue.snapshot(HALL, [], first=0)).closed_at_ms is not None


async def test_a_limit_of_nothing_is_refused(queue: Queue) -> None:
    with pytest.raises(ValueError, match="limit"):
        await queue.close_hall(HALL, [LINE], limit=0)
