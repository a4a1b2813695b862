"""A ticket's life as its taxpayer and its officer see it, over both edges (S17, S18, S20, S22, S30, S33)."""

import asyncio
from collections.abc import Callable

import pytest

from cases.views.desks import DeskState
from cases.views.tickets import CaseView, CloseReason, Outcome, TicketAction, TicketView
from queueing.states import TicketState
from signaling import events
from tests.clients import Page, Refused, TaxpayerClient, code_of, eventually
from tests.product import CHEN, GENERAL, HUANG, INVOICE, LIANG, LIN, VEHICLE, ZHOU, House, OpenHouse


def ahead_is(count: int) -> Callable[[TicketView], bool]:
    return lambda view: view.ahead == count


async def history(client: TaxpayerClient, page: Page, ticket_id: str) -> CaseView:
    """The closed case of the ticket, once it is in the history."""
    await page.wait_for(
        events.TICKET_CHANGED, lambda view: view.ticket_id == ticket_id and view.close_reason is not None
    )
    page_of_cases = await eventually(lambda: client.cases("?state=closed"), lambda found: bool(found.cases))
    return page_of_cases.cases[0]


@pytest.mark.feature("S17", "S20", "S33")
async def test_counts_ahead_go_down_live(house: House) -> None:
    pages = []
    for number, person in enumerate((CHEN, HUANG, LIANG)):
        client, page = await house.taxpayer(person)
        taken = await client.take(f"t{number}", GENERAL)
        assert (taken.number, taken.state, taken.ahead) == (f"C00{number + 1}", "waiting", number)
        await client.watch(page, taken.ticket_id)
        pages.append(page)
    officer, desk = await house.officer(LIN, GENERAL)
    board = await desk.call(events.BOARD_WATCH)
    assert [one.taxpayer_name for one in board.lines[0].first] == [CHEN.name, HUANG.name, LIANG.name]
    third = pages[2]
    await third.counted("t2", 2)
    for number, ahead in ((0, 1), (1, 0)):
        view = await officer.call_next(desk, f"r{number}")
        assert view.ticket is not None
        assert view.ticket.ticket_id == f"t{number}"
        seen = await third.counted("t2", ahead)
        assert seen.waiting == 2 - number
        await officer.abandon(desk, f"t{number}", 1)
    await desk.wait_for(
        events.BOARD_CHANGED, lambda board: board.lines[0].waiting == 1 and board.lines[0].first
    )


@pytest.mark.feature("S17")
async def test_a_repeated_request_gets_the_same_ticket(house: House) -> None:
    client, _ = await house.taxpayer(CHEN)
    first, second = await asyncio.gather(
        client.take("t1", GENERAL, "车船税怎么退"), client.take("t1", GENERAL, "车船税怎么退")
    )
    again = await client.take("t1", GENERAL)
    assert first.case_id == second.case_id == again.case_id
    assert {first.number, second.number, again.number} == {"C001"}
    assert await house.version() == 1
    assert (await client.home()).open_cases == 1


@pytest.mark.feature("S17")
async def test_one_ticket_a_line_and_three_at_most(open_house: OpenHouse) -> None:
    async with open_house() as house:
        client, _ = await house.taxpayer(CHEN)
        await client.take("t1", GENERAL)
        assert await code_of(client.take("t2", GENERAL)) == "already_waiting"
        await client.take("t2", VEHICLE)
        await client.take("t3", INVOICE)
        assert await code_of(client.take("t4", INVOICE)) == "already_waiting"
        assert await code_of(client.take("t1", VEHICLE)) == "case_unknown"
        assert await code_of(client.take("t5", "no-such-line")) == "line_unknown"
        home = await client.home()
        assert [ticket.ticket_id for ticket in home.tickets] == ["t3", "t2", "t1"]
        assert (home.open_cases, home.closed_cases) == (3, 0)
        assert await house.version() == 3


async def test_two_requests_at_once_for_one_line_leave_one_ticket(house: House) -> None:
    client, _ = await house.taxpayer(CHEN)
    answers = await asyncio.gather(
        *(client.take(f"t{number}", GENERAL) for number in range(6)), return_exceptions=True
    )
    codes = [answer.problem.code for answer in answers if isinstance(answer, Refused)]
    assert codes == ["already_waiting"] * 5
    assert (await client.home()).open_cases == 1
    assert await house.version() == 1


async def test_a_full_line_leaves_no_case_behind(open_house: OpenHouse) -> None:
    async with open_house(queue_line_capacity=1) as house:
        first, _ = await house.taxpayer(CHEN)
        second, _ = await house.taxpayer(HUANG)
        await first.take("t1", GENERAL)
        assert await code_of(second.take("t2", GENERAL)) == "line_full"
        assert (await second.home()).open_cases == 0


@pytest.mark.feature("S21", "S29", "S30")
@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (Outcome.COMPLETED, CloseReason.COMPLETED),
        (Outcome.UNSUCCESSFUL, CloseReason.COMPLETED_UNSUCCESSFULLY),
    ],
)
async def test_called_confirmed_finished_and_kept_in_the_history(
    house: House, outcome: Outcome, reason: CloseReason
) -> None:
    client, page = await house.taxpayer(CHEN)
    await client.take("t1", GENERAL, "车船税怎么退")
    await client.watch(page, "t1")
    officer, desk = await house.officer(LIN, GENERAL)
    held = (await officer.call_next(desk, "r1")).ticket
    assert held is not None
    assert (held.taxpayer_name, held.question, held.number_masked) == (
        CHEN.name,
        "车船税怎么退",
        "4404**********0028",
    )
    ringing = await page.wait_for(events.TICKET_CHANGED, lambda view: view.state == "called")
    assert (ringing.actions, ringing.officer.name) == ((TicketAction.CONFIRM,), LIN.name)
    serving = await page.call(events.TICKET_CONFIRM, ticket_id="t1", call_number=ringing.call_number)
    assert (serving.state, serving.actions) == ("serving", (TicketAction.JOIN_CALL,))
    await desk.wait_for(events.DESK_CHANGED, lambda view: view.state is DeskState.SERVING)
    done = await officer.finish(desk, serving, outcome.value, "已为您办结。")
    assert (done.state, done.ticket) == (DeskState.WRAP_UP, None)
    repeated = await officer.finish(desk, serving, outcome.value, "another text")
    assert repeated.ticket is None
    case = await history(client, page, "t1")
    assert (case.close_reason, case.remark, case.question) == (reason, "已为您办结。", "车船税怎么退")
    steps = [(event.step, event.by, event.officer and event.officer.name) for event in case.events]
    assert steps == [
        ("issue", "taxpayer", None),
        ("call", "officer", LIN.name),
        ("confirm", "taxpayer", LIN.name),
        ("finish", "officer", LIN.name),
    ]
    assert await client.case(case.case_id) == case
    home = await client.home()
    assert (home.tickets, home.open_cases, home.closed_cases) == ((), 0, 1)
    assert (await client.take("t2", GENERAL)).number == "C002"
    await desk.wait_for(events.DESK_CHANGED, lambda view: view.served_today == 1)


@pytest.mark.feature("S22", "S33")
async def test_abandoned_by_the_officer_and_taken_back(house: House) -> None:
    client, page = await house.taxpayer(CHEN)
    await client.take("t1", GENERAL)
    await client.watch(page, "t1")
    officer, desk = await house.officer(LIN, GENERAL)
    await officer.call_next(desk, "r1")
    view = await officer.abandon(desk, "t1", 1)
    assert (view.state, view.ticket) == (DeskState.READY, None)
    abandoned = await page.wait_for(events.TICKET_CHANGED, lambda view: view.state == "abandoned")
    assert abandoned.actions == (TicketAction.REACTIVATE, TicketAction.CANCEL)
    assert abandoned.deadline_ms > abandoned.at_ms
    again = await page.call(events.TICKET_REACTIVATE, ticket_id="t1")
    assert (again.state, again.ahead, again.reactivations_left) == ("waiting", 0, 1)
    await officer.call_next(desk, "r2")
    assert (await page.call(events.TICKET_CONFIRM, ticket_id="t1", call_number=2)).state == "serving"


@pytest.mark.feature("S22", "S30")
async def test_unanswered_then_not_taken_back_in_time(open_house: OpenHouse) -> None:
    quick = {"queue_confirm_ms": 1_000, "queue_activation_ms": 1_000, "queue_recall_spacing_ms": 100}
    async with open_house(**quick) as house:
        client, page = await house.taxpayer(CHEN)
        await client.take("t1", GENERAL)
        await client.watch(page, "t1")
        officer, desk = await house.officer(LIN, GENERAL)
        await officer.call_next(desk, "r1")
        await page.wait_for(events.TICKET_CHANGED, lambda view: view.state == "abandoned")
        assert await code_of(page.call(events.TICKET_CONFIRM, ticket_id="t1", call_number=1)) in (
            "step_refused",
            "deadline_passed",
        )
        await desk.wait_for(
            events.DESK_CHANGED, lambda view: view.state is DeskState.READY and view.ticket is None
        )
        case = await history(client, page, "t1")
        assert case.close_reason is CloseReason.NOT_REACTIVATED
        assert [(event.step, event.by) for event in case.events][-2:] == [
            ("abandon", "deadline"),
            ("lapse", "deadline"),
        ]
        assert await code_of(page.call(events.TICKET_REACTIVATE, ticket_id="t1")) in (
            "step_refused",
            "deadline_passed",
        )


@pytest.mark.feature("S18", "S30")
async def test_cancelled_while_waiting(house: House) -> None:
    client, page = await house.taxpayer(CHEN)
    await client.take("t1", GENERAL)
    await client.watch(page, "t1")
    view = await page.call(events.TICKET_CANCEL, ticket_id="t1")
    assert (view.state, view.actions, view.close_reason) == ("cancelled", (), "ticket_cancelled")
    assert (await page.call(events.TICKET_CANCEL, ticket_id="t1")).version == view.version
    assert (await history(client, page, "t1")).close_reason is CloseReason.TICKET_CANCELLED
    officer, desk = await house.officer(LIN, GENERAL)
    assert await code_of(officer.call_next(desk, "r1")) == "nobody_waits"


@pytest.mark.feature("S30")
async def test_history_comes_in_pages(house: House) -> None:
    client, page = await house.taxpayer(CHEN)
    for number in range(5):
        await client.take(f"t{number}", GENERAL)
        await page.call(events.TICKET_CANCEL, ticket_id=f"t{number}")
    await eventually(lambda: client.cases("?state=closed"), lambda found: len(found.cases) == 5)
    first = await client.cases("?state=closed&limit=2")
    second = await client.cases(f"?state=closed&limit=2&cursor={first.next_cursor}")
    third = await client.cases(f"?state=closed&limit=2&cursor={second.next_cursor}")
    numbers = [case.number[-5:] for page_ in (first, second, third) for case in page_.cases]
    assert numbers == ["00005", "00004", "00003", "00002", "00001"]
    assert third.next_cursor is None
    assert (await client.cases("?state=open")).cases == ()


async def test_somebody_elses_ticket_is_not_there(house: House) -> None:
    owner, own_page = await house.taxpayer(CHEN)
    taken = await owner.take("t1", GENERAL)
    officer, desk = await house.officer(LIN, GENERAL)
    await officer.call_next(desk, "r1")
    stranger, page = await house.taxpayer(HUANG)
    before = await house.version()
    devices = {"microphone": True, "camera": True, "facing": "user"}
    for command, payload, code in (
        (events.TICKET_WATCH, {"ticket_id": "t1"}, "ticket_unknown"),
        (events.TICKET_CONFIRM, {"ticket_id": "t1", "call_number": 1}, "ticket_unknown"),
        (events.TICKET_CANCEL, {"ticket_id": "t1"}, "ticket_unknown"),
        (events.TICKET_REACTIVATE, {"ticket_id": "t1"}, "ticket_unknown"),
        (events.CALL_JOIN, {"ticket_id": "t1", "devices": devices}, "case_unknown"),
    ):
        assert (await page.problem(command.name, payload)).code == code
    assert await code_of(stranger.case(taken.case_id or "")) == "case_unknown"
    assert await code_of(stranger.take("t1", GENERAL)) == "case_unknown"
    assert await house.version() == before
    assert page.pushed(events.TICKET_CHANGED) == []
    assert (await owner.watch(own_page, "t1")).state is TicketState.CALLED


async def test_a_call_that_is_over_is_stale(house: House) -> None:
    client, page = await house.taxpayer(CHEN)
    await client.take("t1", GENERAL)
    officer, desk = await house.officer(LIN, GENERAL)
    await officer.call_next(desk, "r1")
    await officer.abandon(desk, "t1", 1)
    await page.call(events.TICKET_REACTIVATE, ticket_id="t1")
    await officer.call_next(desk, "r2")
    before = await house.version()
    for number in (1, 3):
        late = page.call(events.TICKET_CONFIRM, ticket_id="t1", call_number=number)
        assert await code_of(late) == "call_stale"
    assert await code_of(officer.abandon(desk, "t1", 3)) == "call_stale"
    # What was done once is answered again, and does nothing to the call that came after it.
    assert (await officer.abandon(desk, "t1", 1)).state is DeskState.CALLED
    assert await house.version() == before


@pytest.mark.feature("S33")
async def test_two_officers_race_for_one_ticket(house: House) -> None:
    client, page = await house.taxpayer(CHEN)
    await client.take("t1", GENERAL)
    (lin, lins), (zhou, zhous) = await house.officer(LIN, GENERAL), await house.officer(ZHOU, GENERAL)
    answers = await asyncio.gather(
        lin.call_next(lins, "r1"), zhou.call_next(zhous, "r2"), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert [one.problem.code for one in refused] == ["nobody_waits"]
    loser, losers_page = (lin, lins) if isinstance(answers[0], Refused) else (zhou, zhous)
    before = await house.version()
    assert await code_of(loser.abandon(losers_page, "t1", 1)) == "not_your_ticket"
    view = await page.call(events.TICKET_CONFIRM, ticket_id="t1", call_number=1)
    assert await code_of(loser.finish(losers_page, view, "completed")) == "not_your_ticket"
    assert await code_of(losers_page.call(events.CALL_OPEN, ticket_id="t1")) == "no_open_call"
    assert await house.version() == before + 1
