"""What an officer does with a ticket besides calling and finishing it (S33)."""

import pytest
from sqlalchemy import select, update

from cases import schema
from cases.transfers import transfers_held
from cases.views.desks import DeskAction, DeskState, DeskView
from cases.views.tickets import TicketAction, TicketView
from queueing.states import TicketState
from signaling import events
from tests.clients import OfficerClient, Page, TaxpayerClient, join_call
from tests.product import (
    ASSIST,
    CHEN,
    GENERAL,
    HALL,
    HUANG,
    INVOICE,
    LIANG,
    LIN,
    ONSITE,
    VEHICLE,
    ZHOU,
    House,
    OpenHouse,
)

pytestmark = pytest.mark.both_records

NOTE = "材料已看过，只差完税证明"
T1 = {"ticket_id": "t1", "call_number": 1}


async def refused(page: Page, command: events.Command, **payload: object) -> str:
    return (await page.problem(command.name, payload)).code


async def in_service(house: House) -> tuple[TaxpayerClient, Page, OfficerClient, Page]:
    """CHEN's t1 is served by LIN, who serves GENERAL and VEHICLE."""
    client, page = await house.taxpayer(CHEN)
    await client.take("t1", GENERAL)
    await client.watch(page, "t1")
    officer, desk = await house.officer(LIN, GENERAL, VEHICLE)
    await officer.call_next(desk, "r1")
    await page.call(events.TICKET_CONFIRM, ticket_id="t1", call_number=1)
    return client, page, officer, desk


def waits_again(view: TicketView) -> bool:
    return view.state is TicketState.WAITING and view.call_number > 0


@pytest.mark.feature("S33")
async def test_on_hold_the_officer_calls_another_one_and_takes_the_first_in_hand_again(house: House) -> None:
    _, page, officer, desk = await in_service(house)
    other, _ = await house.taxpayer(HUANG)
    await other.take("t2", GENERAL)
    first_call = (await join_call(page, "t1")).call.call_id
    view: DeskView = await desk.call(events.QUEUE_HOLD, **T1, request_id="h1")
    assert (view.state, view.ticket) == (DeskState.READY, None)
    (held,) = view.on_hold
    assert (held.ticket_id, held.number, held.taxpayer_name) == ("t1", "C001", CHEN.name)
    assert held.deadline_ms is not None
    assert held.deadline_ms > view.at_ms
    assert held.actions == (DeskAction.RESUME, DeskAction.REQUEUE, DeskAction.TRANSFER)
    assert DeskAction.RESUME in view.actions
    aside = await page.wait_for(events.TICKET_CHANGED, lambda seen: seen.state is TicketState.ON_HOLD)
    assert (aside.actions, aside.call, aside.close_reason) == ((), None, None)
    ended = await page.wait_for(events.CALL_CHANGED, lambda call: call.state == "ended")
    assert ended.call_id == first_call
    # Somebody else meanwhile: the one on hold cannot be resumed then.
    busy = await officer.call_next(desk, "r2")
    assert busy.ticket is not None
    assert busy.on_hold[0].actions == (DeskAction.REQUEUE, DeskAction.TRANSFER)
    assert await refused(desk, events.QUEUE_RESUME, **T1, request_id="s0") == "officer_busy"
    await officer.abandon(desk, "t2", 1)
    again: DeskView = await desk.call(events.QUEUE_RESUME, **T1, request_id="s1")
    assert (again.state, again.on_hold) == (DeskState.SERVING, ())
    assert again.ticket is not None
    assert again.ticket.call is not None
    assert again.ticket.call.call_id != first_call
    ringing = await page.wait_for(
        events.TICKET_CHANGED,
        lambda seen: seen.state is TicketState.SERVING and seen.call and seen.call.call_id != first_call,
    )
    assert ringing.actions == (TicketAction.JOIN_CALL,)
    assert (await join_call(page, "t1")).call.call_id == again.ticket.call.call_id
    assert (await officer.finish(desk, ringing, "completed")).ticket is None


@pytest.mark.feature("S33")
async def test_repeats_of_hold_and_resume_change_nothing(house: House) -> None:
    _, page, _, desk = await in_service(house)
    for _ in range(2):
        await desk.call(events.QUEUE_HOLD, **T1, request_id="h1")
    for _ in range(2):
        view = await desk.call(events.QUEUE_RESUME, **T1, request_id="s1")
    call_id = view.ticket.call.call_id
    version = await house.version()
    # A repeat that comes late must neither put it aside again nor end the new video.
    late = await desk.call(events.QUEUE_HOLD, **T1, request_id="h1")
    assert (late.state, late.ticket.call.call_id) == (DeskState.SERVING, call_id)
    await join_call(page, "t1")
    await desk.call(events.CALL_HANG_UP, call_id=call_id)
    hung_up = await desk.call(events.QUEUE_RESUME, **T1, request_id="s1")
    assert hung_up.ticket.call is None
    assert DeskAction.OPEN_CALL in hung_up.actions
    assert await house.version() == version


@pytest.mark.feature("S33")
async def test_no_more_holds_than_allowed(open_house: OpenHouse) -> None:
    async with open_house(queue_holds_max=1) as house:
        _, _, officer, desk = await in_service(house)
        other, page = await house.taxpayer(HUANG)
        await other.take("t2", GENERAL)
        await desk.call(events.QUEUE_HOLD, **T1, request_id="h1")
        await officer.call_next(desk, "r2")
        await page.call(events.TICKET_CONFIRM, ticket_id="t2", call_number=1)
        assert DeskAction.HOLD not in (await desk.call(events.DESK_WATCH)).actions
        second = {"ticket_id": "t2", "call_number": 1, "request_id": "h2"}
        version = await house.version()
        told = await desk.problem(events.QUEUE_HOLD.name, second)
        assert (told.code, told.status) == ("holds_full", 409)
        assert await house.version() == version


@pytest.mark.feature("S33")
async def test_on_hold_for_too_long_it_waits_at_the_front(open_house: OpenHouse) -> None:
    async with open_house(queue_hold_ms=1_000) as house:
        _, page, _, desk = await in_service(house)
        other, _ = await house.taxpayer(HUANG)
        await other.take("t2", GENERAL)
        await desk.call(events.QUEUE_HOLD, **T1, request_id="h1")
        waiting = await page.wait_for(events.TICKET_CHANGED, waits_again)
        assert (waiting.ahead, waiting.officer) == (0, None)
        await desk.wait_for(
            events.DESK_CHANGED, lambda view: view.at_ms >= waiting.at_ms and view.on_hold == ()
        )


@pytest.mark.feature("S33")
@pytest.mark.parametrize("state", ["called", "serving", "on_hold"])
async def test_given_back_it_is_the_first_again(house: House, state: str) -> None:
    client, page = await house.taxpayer(CHEN)
    await client.take("t1", GENERAL)
    await client.watch(page, "t1")
    other, _ = await house.taxpayer(HUANG)
    await other.take("t2", GENERAL)
    officer, desk = await house.officer(LIN, GENERAL)
    first_called_ms = (await officer.call_next(desk, "r1")).ticket.called_at_ms  # type: ignore[union-attr]
    if state != "called":
        await page.call(events.TICKET_CONFIRM, ticket_id="t1", call_number=1)
        await join_call(page, "t1")
    if state == "on_hold":
        await desk.call(events.QUEUE_HOLD, **T1, request_id="h1")
    for _ in range(2):
        view = await desk.call(events.QUEUE_REQUEUE, **T1)
        assert (view.state, view.ticket, view.on_hold) == (DeskState.READY, None, ())
    waiting = await page.wait_for(events.TICKET_CHANGED, waits_again)
    assert (waiting.ahead, waiting.call, waiting.actions) == (0, None, (TicketAction.CANCEL,))
    if state != "called":
        await page.wait_for(events.CALL_CHANGED, lambda call: call.state == "ended")
    held = (await officer.call_next(desk, "r2")).ticket
    assert held is not None
    assert (held.ticket_id, held.call_number) == ("t1", 2)
    # The wait ended with the first call, and stays as it was.
    assert held.called_at_ms == first_called_ms


@pytest.mark.feature("S33")
@pytest.mark.parametrize("state", ["waiting", "called", "serving", "on_hold"])
async def test_transferred_it_waits_in_the_other_line(house: House, state: str) -> None:
    client, page = await house.taxpayer(CHEN)
    await client.take("t1", GENERAL)
    await client.watch(page, "t1")
    officer, desk = await house.officer(LIN, GENERAL)
    call_number = 0 if state == "waiting" else 1
    if call_number:
        await officer.call_next(desk, "r1")
    if state in ("serving", "on_hold"):
        await page.call(events.TICKET_CONFIRM, ticket_id="t1", call_number=1)
    if state == "on_hold":
        await desk.call(events.QUEUE_HOLD, **T1, request_id="h1")
    wanted = {
        "ticket_id": "t1",
        "call_number": call_number,
        "request_id": "x1",
        "line_id": INVOICE,
        "note": NOTE,
    }
    for _ in range(2):
        view = await desk.call(events.QUEUE_TRANSFER, **wanted)
        assert (view.state, view.ticket, view.on_hold) == (DeskState.READY, None, ())
    moved = await page.wait_for(events.TICKET_CHANGED, lambda seen: seen.line.line_id == INVOICE)
    assert (moved.state, moved.ahead, moved.number, moved.call) == (TicketState.WAITING, 0, "C001", None)
    zhou, zhous = await house.officer(ZHOU, INVOICE)
    held = (await zhou.call_next(zhous, "r1")).ticket
    assert held is not None
    assert (held.ticket_id, held.call_number) == ("t1", call_number + 1)
    assert held.note is not None
    assert (held.note.text, held.note.officer.name, held.note.from_line.line_id) == (NOTE, LIN.name, GENERAL)
    assert await transfers_in_the_trail(house) == ["t1"]
    # A repeat of the page that took it finds it, in whichever line it is.
    assert (await client.take("t1", GENERAL)).line.line_id == INVOICE


async def transfers_in_the_trail(house: House) -> list[str]:
    entry = schema.audit_entries.c
    async with house.product.database.reading() as connection:
        found = await connection.execute(
            select(entry.object_id, entry.detail).where(entry.action == "ticket.transfer")
        )
        rows = found.all()
    assert all(NOTE not in str(row.detail) for row in rows)
    return [row.object_id for row in rows]


@pytest.mark.feature("S33")
async def test_a_note_is_read_in_the_line_that_it_was_written_for(house: House) -> None:
    client, _, officer, desk = await in_service(house)
    moved = {**T1, "request_id": "x1", "line_id": INVOICE, "note": f"  {NOTE}\n"}
    await desk.call(events.QUEUE_TRANSFER, **moved)
    zhou, zhous = await house.officer(ZHOU, INVOICE, VEHICLE)
    held = (await zhou.call_next(zhous, "r1")).ticket
    assert held is not None
    assert held.note is not None
    assert held.note.text == NOTE
    # It is there again after a reload, and on another computer.
    again = await (await zhou.open_page()).call(events.DESK_WATCH)
    assert again.ticket is not None
    assert again.ticket.note == held.note
    # Given on without a word: what was written for the line before is not for whoever has it then.
    await zhous.call(events.QUEUE_TRANSFER, ticket_id="t1", call_number=2, request_id="x2", line_id=VEHICLE)
    held = (await officer.call_next(desk, "r2")).ticket
    assert held is not None
    assert held.note is None
    case_id = (await client.home()).tickets[0].case_id
    assert case_id is not None
    async with house.product.database.reading() as connection:
        history = await transfers_held(connection, house.product.halls, case_id, 20)
    told = [(one.officer.name, one.from_line.letter, one.to_line.letter, one.note) for one in history]
    letters = {line.line_id: line.letter for line in (await client.lines()).lines}
    assert told == [
        (LIN.name, letters[GENERAL], letters[INVOICE], NOTE),
        (ZHOU.name, letters[INVOICE], letters[VEHICLE], ""),
    ]
    # No taxpayer reads what colleagues write to each other.
    own = await client.ask("GET", f"/api/v1/taxpayer/cases/{case_id}")
    assert own.status == 200
    assert NOTE not in own.body.decode()


@pytest.mark.feature("S33")
async def test_what_was_written_for_a_transfer_that_was_refused_is_kept_nowhere(house: House) -> None:
    _, _, _, desk = await in_service(house)
    stale = {**T1, "call_number": 2, "request_id": "x1", "line_id": INVOICE, "note": NOTE}
    assert await refused(desk, events.QUEUE_TRANSFER, **stale) == "call_stale"
    async with house.product.database.reading() as connection:
        assert (await connection.execute(select(schema.transfers))).all() == []
    assert await transfers_in_the_trail(house) == []


@pytest.mark.feature("S33")
async def test_a_transfer_that_cannot_be(house: House) -> None:
    _, page, _, desk = await in_service(house)
    other, _ = await house.taxpayer(HUANG)
    await other.take("t2", INVOICE)
    version = await house.version()
    for change, code in (
        ({"line_id": "elsewhere"}, "line_unknown"),
        ({"ticket_id": "t9"}, "ticket_unknown"),
        ({"call_number": 2}, "call_stale"),
        ({"call_number": 0}, "call_stale"),
        # It waits in a line that this officer does not serve.
        ({"ticket_id": "t2", "call_number": 0}, "line_unknown"),
        # It is there already.
        ({"ticket_id": "t2", "call_number": 0, "line_id": INVOICE}, "step_refused"),
    ):
        wanted = {**T1, "request_id": "x1", "line_id": VEHICLE, **change}
        assert await refused(desk, events.QUEUE_TRANSFER, **wanted) == code
    assert await house.version() == version
    assert (await page.call(events.TICKET_WATCH, ticket_id="t1")).state == "serving"


@pytest.mark.feature("S31")
async def test_signing_off_gives_back_what_is_on_hold(house: House) -> None:
    _, page, _, desk = await in_service(house)
    assert await refused(desk, events.DESK_SIGN_OFF) == "holds_ticket"
    await desk.call(events.QUEUE_HOLD, **T1, request_id="h1")
    off = await desk.call(events.DESK_SIGN_OFF)
    assert (off.state, off.on_hold, off.actions) == (DeskState.SIGNED_OFF, (), ())
    assert (await page.wait_for(events.TICKET_CHANGED, waits_again)).ahead == 0
    snapshot = await house.product.queue.snapshot(HALL, (), first=0)
    assert (snapshot.on_hold, snapshot.at_work) == ((), ())
    assert await refused(desk, events.QUEUE_RESUME, **T1, request_id="s1") == "signed_off"


@pytest.mark.feature("S31")
async def test_nothing_is_resumed_on_a_break(house: House) -> None:
    _, _, _, desk = await in_service(house)
    await desk.call(events.QUEUE_HOLD, **T1, request_id="h1")
    paused = await desk.call(events.DESK_STATE, state="break", reason="lunch")
    assert paused.actions == (DeskAction.READY, DeskAction.SIGN_OFF)
    assert paused.on_hold[0].actions == (DeskAction.REQUEUE, DeskAction.TRANSFER)
    assert await refused(desk, events.QUEUE_RESUME, **T1, request_id="s1") == "on_break"


@pytest.mark.feature("S31")
async def test_wrap_up_follows_a_finished_ticket(house: House) -> None:
    client, page, officer, desk = await in_service(house)
    second = await officer.open_page()
    view = await client.watch(page, "t1")
    done = await officer.finish(desk, view, "completed")
    assert (done.state, done.actions) == (
        DeskState.WRAP_UP,
        (DeskAction.READY, DeskAction.BREAK, DeskAction.SIGN_OFF),
    )
    assert done.wrap_up_until_ms == done.since_ms + 60_000
    await second.wait_for(events.DESK_CHANGED, lambda seen: seen.state is DeskState.WRAP_UP)
    # Other lines do not begin it anew.
    changed = await officer.sign_on(desk, GENERAL)
    assert (changed.state, changed.wrap_up_until_ms) == (DeskState.WRAP_UP, done.wrap_up_until_ms)
    ready = await desk.call(events.DESK_STATE, state="ready")
    assert (ready.state, ready.wrap_up_until_ms) == (DeskState.READY, None)
    # A repeat of what was finished does not bring it back.
    assert (await officer.finish(desk, view, "completed")).state is DeskState.READY


@pytest.mark.feature("S31")
@pytest.mark.parametrize("how", ["call_next", "break", "sign_off"])
async def test_wrap_up_is_ended_by_the_officer(house: House, how: str) -> None:
    client, page, officer, desk = await in_service(house)
    await officer.finish(desk, await client.watch(page, "t1"), "completed")
    if how == "call_next":
        await client.take("t2", GENERAL)
        assert (await officer.call_next(desk, "r2")).state is DeskState.CALLED
        assert (await officer.abandon(desk, "t2", 1)).state is DeskState.READY
    elif how == "break":
        assert (await desk.call(events.DESK_STATE, state="break", reason="lunch")).state is DeskState.BREAK
    else:
        assert (await desk.call(events.DESK_SIGN_OFF)).state is DeskState.SIGNED_OFF


@pytest.mark.feature("S31")
@pytest.mark.parametrize("wrap_up_ms", [0, 1])
async def test_wrap_up_is_over_by_itself(open_house: OpenHouse, wrap_up_ms: int) -> None:
    async with open_house(desk_wrap_up_ms=wrap_up_ms) as house:
        client, page, officer, desk = await in_service(house)
        await officer.finish(desk, await client.watch(page, "t1"), "completed")
        await client.take("t2", GENERAL)  # takes longer
        view = await desk.call(events.DESK_WATCH)
        assert (view.state, view.wrap_up_until_ms) == (DeskState.READY, None)


@pytest.mark.feature("S33")
@pytest.mark.parametrize("order", ["strict", "first_come", "weighted"])
async def test_the_hall_says_in_which_order_its_lines_are_called(house: House, order: str) -> None:
    await set_order(house, order, {VEHICLE: 3})
    for person, line_id in ((CHEN, VEHICLE), (HUANG, GENERAL), (LIANG, VEHICLE)):
        client, _ = await house.taxpayer(person)
        await client.take(f"t-{line_id}-{person.number}", line_id)
        await client.take(f"u-{line_id}-{person.number}", INVOICE)
    officer, desk = await house.officer(LIN, GENERAL, VEHICLE)
    assert (await desk.call(events.BOARD_WATCH)).call_order == order
    called = []
    for number in range(3):
        held = (await officer.call_next(desk, f"r{number}")).ticket
        assert held is not None
        called.append(held.line.line_id)
        await officer.abandon(desk, held.ticket_id, 1)
    expected = {
        "strict": [GENERAL, VEHICLE, VEHICLE],
        "first_come": [VEHICLE, GENERAL, VEHICLE],
        "weighted": [GENERAL, VEHICLE, VEHICLE],
    }
    assert called == expected[order]


async def set_order(house: House, order: str, weights: dict[str, int]) -> None:
    """As an administrator would write it into the records."""
    async with house.product.database.writing() as connection:
        await connection.execute(update(schema.halls).values(call_order=order))
        for line_id, weight in weights.items():
            await connection.execute(
                update(schema.lines).where(schema.lines.c.line_id == line_id).values(weight=weight)
            )
    await house.product.halls.reload()


@pytest.mark.feature("S33")
async def test_weights_are_shares(house: House) -> None:
    await set_order(house, "weighted", {VEHICLE: 3})
    queue = house.product.queue
    for number in range(8):
        for line_id, letter in ((VEHICLE, "A"), (GENERAL, "C")):
            await queue.issue(HALL, f"{letter}{number}", line_id=line_id, letter=letter, day="20261123")
    officer, desk = await house.officer(LIN, GENERAL, VEHICLE)
    called = []
    for number in range(8):
        await officer.call_next(desk, f"r{number}")
        snapshot = await queue.snapshot(HALL, (), first=0)
        (held,) = snapshot.held
        called.append(held.line_id)
        await officer.abandon(desk, held.ticket_id, 1)
    assert called.count(VEHICLE) == 6


@pytest.mark.feature("S31")
async def test_three_families_of_lines(house: House) -> None:
    officer, desk = await house.officer(LIN, ASSIST, ONSITE, GENERAL, counter="3")
    kinds = [line.line.kind for line in (await desk.call(events.BOARD_WATCH)).lines]
    assert kinds == ["assist", "onsite", "consult"]
    client, _ = await house.taxpayer(CHEN)
    assert {line.kind for line in (await client.lines()).lines} == {"consult"}
    # A booked ticket of each; bookings and the reception come with their own pages.
    queue = house.product.queue
    for line_id, letter in ((ASSIST, "D"), (ONSITE, "E")):
        await queue.issue(HALL, f"t-{letter}", line_id=line_id, letter=letter, day="20261123")
        await officer.call_next(desk, f"r-{letter}")
        (held,) = (await queue.snapshot(HALL, (), first=0)).held
        assert (held.line_id, held.number) == (line_id, f"{letter}001")
        await officer.abandon(desk, held.ticket_id, 1)
