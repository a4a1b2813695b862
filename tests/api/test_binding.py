"""票号绑定 (S19), through the running server."""

import asyncio
from collections.abc import Mapping
from typing import Final

import pytest

from cases.guesses import Guesses
from cases.views.people import DoorCount
from cases.views.tickets import CloseReason
from queueing.states import TicketState
from server.reception import BINDING_GUESSES
from signaling import events
from tests.api.test_reception import reception
from tests.clients import code_of, eventually
from tests.product import CHEN, HUANG, LIANG, LIN, ONSITE, House

pytestmark = pytest.mark.both_records

PER_PERSON: Final = BINDING_GUESSES.per_account


@pytest.mark.feature("S2", "S14", "S19", "S20")
async def test_a_bound_ticket_is_followed_like_any_other(house: House) -> None:
    desk = await reception(house)
    ahead, slip = await desk.issue_paper(ONSITE), await desk.issue_paper(ONSITE)
    client, page = await house.taxpayer(CHEN)
    view = await client.bind(slip)
    assert (view.number, view.ahead, view.case_id, view.counter) == ("E002", 1, None, None)
    home = await client.home()
    assert [ticket.ticket_id for ticket in home.tickets] == [view.ticket_id]
    assert (home.doors.binding, home.doors.todos) == (DoorCount(1, False), DoorCount(1, False))
    (bound,) = (await client.bound()).tickets
    assert (bound.number, bound.state, bound.actions) == ("E002", TicketState.WAITING, ("unbind",))
    await client.watch(page, view.ticket_id)
    await page.counted(view.ticket_id, 1)
    await desk.cancel_paper(ahead.ticket.ticket_id)
    await page.counted(view.ticket_id, 0)


@pytest.mark.feature("S19")
@pytest.mark.parametrize(
    "typed",
    [{"number": " e001 "}, {"number": "e-001"}, {"binding_code": "lower"}, {"binding_code": "spaced"}],
)
async def test_number_and_code_as_people_type_them(house: House, typed: Mapping[str, str]) -> None:
    slip = await (await reception(house)).issue_paper(ONSITE)
    forms = {"lower": slip.code.lower(), "spaced": f"{slip.code[:3]} {slip.code[3:]}"}
    client, _ = await house.taxpayer(CHEN)
    view = await client.bind(slip, **{name: forms.get(text, text) for name, text in typed.items()})
    assert view.ticket_id == slip.ticket.ticket_id
    # Once more is the same.
    assert (await client.bind(slip)).ticket_id == slip.ticket.ticket_id
    assert len((await client.bound()).tickets) == 1


@pytest.mark.feature("S19")
async def test_all_that_does_not_fit_has_the_same_answer(house: House) -> None:
    desk = await reception(house)
    slip, other, over = [await desk.issue_paper(ONSITE) for _ in range(3)]
    await desk.cancel_paper(over.ticket.ticket_id)
    somebody, _ = await house.taxpayer(HUANG)
    await somebody.bind(other)
    client, _ = await house.taxpayer(CHEN)
    answers = [
        await client.try_binding(slip, number="E009"),
        await client.try_binding(slip, binding_code="ABC234"),
        await client.try_binding(slip, binding_code=other.code),
        await client.try_binding(slip, hall_id="nowhere"),
        await client.try_binding(other),
        await client.try_binding(over),
    ]
    house.clock.ahead_ms += 86_400_000
    await client.sign_in(CHEN)
    answers.append(await client.try_binding(slip))
    assert {(answer.status, answer.problem.code) for answer in answers} == {(404, "binding_refused")}
    assert len({answer.body for answer in answers}) == 1
    assert (await client.bound()).tickets == ()


@pytest.mark.feature("S19")
async def test_two_who_bind_one_ticket_at_once_exactly_one_has_it(house: House) -> None:
    desk = await reception(house)
    clients = [(await house.taxpayer(person))[0] for person in (CHEN, HUANG, LIANG)]
    for _ in range(5):
        slip = await desk.issue_paper(ONSITE)
        answers = await asyncio.gather(*(client.try_binding(slip) for client in clients))
        assert sorted(answer.status for answer in answers) == [200, 404, 404]
        lists = [await client.bound() for client in clients]
        holders = [
            found for found in lists if slip.ticket.ticket_id in {one.ticket_id for one in found.tickets}
        ]
        assert len(holders) == 1
        for client, answer in zip(clients, answers, strict=True):
            if answer.status == 200:
                await client.unbind(slip.ticket.ticket_id)


@pytest.mark.feature("S19")
async def test_guesses_are_limited_for_a_person(house: House) -> None:
    slip = await (await reception(house)).issue_paper(ONSITE)
    client, _ = await house.taxpayer(CHEN)
    # All at once: none of them may slip through before the others are counted.
    wrong = await asyncio.gather(
        *(client.try_binding(slip, binding_code=f"ABC2{number:02d}") for number in range(2 * PER_PERSON))
    )
    codes = [answer.problem.code for answer in wrong]
    assert (codes.count("binding_refused"), codes.count("too_many_guesses")) == (PER_PERSON, PER_PERSON)
    locked = (await client.try_binding(slip)).problem
    assert locked.code == "too_many_guesses"
    assert locked.retry_after_ms is not None
    # Others go on, logging in too.
    other, _ = await house.taxpayer(HUANG)
    assert (await other.try_binding(slip, number="E009")).problem.code == "binding_refused"
    house.clock.ahead_ms += locked.retry_after_ms
    assert (await client.bind(slip)).ticket_id == slip.ticket.ticket_id


@pytest.mark.feature("S19")
async def test_guesses_are_limited_for_an_address(house: House) -> None:
    slip = await (await reception(house)).issue_paper(ONSITE)
    people = [(await house.taxpayer(person))[0] for person in (CHEN, HUANG)]
    product = house.product
    guesses = Guesses(product.database, house.clock, BINDING_GUESSES, purpose="bind")
    for number in range(BINDING_GUESSES.per_address):
        await guesses.failed(f"somebody{number}", "127.0.0.1")
    for client in people:
        assert (await client.try_binding(slip)).problem.code == "too_many_guesses"
    # Logging in from there is another matter.
    await people[0].sign_in(CHEN)


@pytest.mark.feature("S19")
async def test_who_unbinds_hears_of_it_no_more(house: House) -> None:
    desk = await reception(house)
    slip = await desk.issue_paper(ONSITE)
    ticket_id = slip.ticket.ticket_id
    client, page = await house.taxpayer(CHEN)
    await client.bind(slip)
    await client.watch(page, ticket_id)
    other, others_page = await house.taxpayer(HUANG)
    assert await code_of(other.unbind(ticket_id)) == "paper_ticket_unknown"
    await client.unbind(ticket_id)
    assert await code_of(client.unbind(ticket_id)) == "paper_ticket_unknown"
    assert (await page.problem("ticket.watch", {"ticket_id": ticket_id})).code == "ticket_unknown"
    assert (await client.bound()).tickets == ()
    await other.bind(slip)
    await other.watch(others_page, ticket_id)
    before = len(page.pushed(events.TICKET_CHANGED))
    officer, console = await house.officer(LIN, ONSITE, counter="3")
    await officer.call_next(console, "r1")
    await others_page.wait_for(events.TICKET_CHANGED, lambda view: view.state is TicketState.CALLED)
    # The answer to a later command comes behind everything that was pushed to the page.
    await page.problem("ticket.watch", {"ticket_id": ticket_id})
    assert len(page.pushed(events.TICKET_CHANGED)) == before


@pytest.mark.feature("S19")
async def test_as_many_as_allowed_and_the_ended_ones_do_not_count(house: House) -> None:
    desk = await reception(house)
    slips = [await desk.issue_paper(ONSITE) for _ in range(6)]
    client, _ = await house.taxpayer(CHEN)
    for slip in slips[:5]:
        await client.bind(slip)
        house.clock.ahead_ms += 1
    assert (await client.try_binding(slips[5])).problem.code == "too_many_bound"
    await desk.cancel_paper(slips[0].ticket.ticket_id)
    assert (await client.bind(slips[5])).number == "E006"
    # The one that ended is in the history, and stays there.
    (ended,) = (await client.bound("?state=closed")).tickets
    assert (ended.number, ended.close_reason, ended.actions) == ("E001", CloseReason.TICKET_CANCELLED, ())
    assert await code_of(client.unbind(ended.ticket_id)) == "paper_ticket_over"
    pages = [await client.bound("?limit=3")]
    pages.append(await client.bound(f"?limit=3&cursor={pages[0].next_cursor}"))
    assert [one.number for page in pages for one in page.tickets] == ["E006", "E005", "E004", "E003", "E002"]
    home = await eventually(client.home, lambda view: view.doors.history.count == 1)
    assert home.doors.binding == DoorCount(5, False)
