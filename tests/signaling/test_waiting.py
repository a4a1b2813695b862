"""Taking a ticket and waiting, over both edges."""

import pytest

from queueing.states import TicketState
from signaling import events
from tests.product import CHEN, GENERAL, HUANG, LIANG, LIN, House


@pytest.mark.feature("S17", "S20", "S33")
async def test_counts_ahead_go_down_live(house: House) -> None:
    tickets = []
    for number, person in enumerate((CHEN, HUANG, LIANG)):
        client, page = await house.taxpayer(person)
        taken = await client.take(f"t{number}", GENERAL)
        assert (taken.state, taken.ahead) == (TicketState.WAITING, number)
        await client.watch(page, taken.ticket_id)
        tickets.append((client, page))
    officer, desk = await house.officer(LIN, GENERAL)
    last = tickets[2][1]
    assert (await last.call(events.TICKET_WATCH, ticket_id="t2")).ahead == 2
    await officer.call_next(desk, "r1")
    assert (await last.wait_for(events.TICKET_CHANGED, lambda view: view.ahead == 1)).waiting == 2
