"""The reception issues tickets on paper (S37), through the running server."""

import asyncio
import sqlite3
import xml.etree.ElementTree as ET
from urllib.parse import parse_qs, urlsplit

import pytest

from cases.booking.bookings import BookingState
from cases.certificates import CertificateType
from cases.reception.codes import ALPHABET, CODE_LENGTH
from cases.reception.views import VisitsView
from cases.views.tickets import CloseReason
from queueing.states import TicketState
from signaling import events
from tests.api.visits import SLOT_MS, booking_of, put_visit
from tests.clients import Answer, OfficerClient, code_of, eventually
from tests.product import CHEN, GENERAL, HALL, HE, HUANG, LIN, LUO, ONSITE, House

pytestmark = pytest.mark.both_records


async def reception(house: House) -> OfficerClient:
    client = house.console()
    await client.sign_in(LUO)
    return client


@pytest.mark.feature("S37")
async def test_a_slip_has_number_place_code_and_qr(house: House) -> None:
    desk = await reception(house)
    first = await desk.issue_paper(ONSITE)
    second = await desk.issue_paper(ONSITE)
    assert [(slip.ticket.number, slip.ticket.ahead) for slip in (first, second)] == [("E001", 0), ("E002", 1)]
    assert (first.ticket.state, first.ticket.is_bound) == (TicketState.WAITING, False)
    assert first.code != second.code
    assert len(first.code) == CODE_LENGTH
    assert set(first.code) <= set(ALPHABET)
    link = urlsplit(first.binding_path)
    assert (link.path, parse_qs(link.query)) == (
        "/bind",
        {"hall": [HALL], "number": ["E001"], "code": [first.code]},
    )
    assert ET.fromstring(first.qr_svg).tag == "{http://www.w3.org/2000/svg}svg"


@pytest.mark.feature("S37")
async def test_who_is_65_or_disabled_stands_before_walk_ins(house: House) -> None:
    desk = await reception(house)
    await desk.issue_paper(ONSITE)
    old = await desk.issue_paper(ONSITE, priority="priority")
    assert (old.ticket.ahead, old.ticket.priority) == (0, "priority")
    assert [one.ahead for one in (await desk.papers()).tickets] == [0, 1]


@pytest.mark.feature("S37")
async def test_the_same_request_again_is_the_same_ticket(house: House) -> None:
    desk = await reception(house)
    first = await desk.issue_paper(ONSITE, "k1")
    version = await house.version()
    again = await desk.issue_paper(ONSITE, "k1")
    assert (again.ticket.ticket_id, again.code) == (first.ticket.ticket_id, first.code)
    assert await house.version() == version
    other = await desk.try_issuing(ONSITE, "k1", priority="priority")
    assert other.problem.code == "request_reused"
    assert (await desk.issue_paper(ONSITE, "k2")).ticket.number == "E002"


@pytest.mark.feature("S37")
async def test_only_the_reception_and_only_on_site_lines_of_its_hall(house: House) -> None:
    for officer in (LIN, HE):
        client = house.console()
        await client.sign_in(officer)
        assert (await client.try_issuing(ONSITE)).problem.code == "forbidden"
    desk = await reception(house)
    for line_id in (GENERAL, "nowhere"):
        assert (await desk.try_issuing(line_id)).problem.code == "not_on_site_line"
    assert await house.version() == 0


@pytest.mark.feature("S37")
async def test_a_reprint_has_another_code_and_the_old_slip_binds_nothing(house: House) -> None:
    desk = await reception(house)
    first = await desk.issue_paper(ONSITE)
    second = await desk.reprint(first.ticket.ticket_id, "p1")
    assert await desk.reprint(first.ticket.ticket_id, "p1") is not None
    assert (await desk.reprint(first.ticket.ticket_id, "p1")).code == second.code
    assert (second.ticket.number, second.code != first.code) == ("E001", True)
    client, _ = await house.taxpayer(CHEN)
    assert (await client.try_binding(first)).problem.code == "binding_refused"
    assert (await client.bind(second)).number == "E001"
    assert await code_of(desk.reprint("nobodys", "p2")) == "paper_ticket_unknown"


@pytest.mark.feature("S37")
async def test_a_cancelled_ticket_is_called_no_more(house: House) -> None:
    desk = await reception(house)
    first, second = await desk.issue_paper(ONSITE), await desk.issue_paper(ONSITE)
    for _ in range(2):
        gone = await desk.cancel_paper(first.ticket.ticket_id)
        assert (gone.state, gone.close_reason, gone.actions) == (
            TicketState.CANCELLED,
            CloseReason.TICKET_CANCELLED,
            (),
        )
    assert await code_of(desk.reprint(first.ticket.ticket_id, "p")) == "paper_ticket_over"
    officer, page = await house.officer(LIN, ONSITE, counter="3")
    held = (await officer.call_next(page, "r1")).ticket
    assert held is not None
    assert held.number == "E002"
    ticket = {"ticket_id": second.ticket.ticket_id, "call_number": 1}
    assert await code_of(desk.cancel_paper(second.ticket.ticket_id)) == "step_refused"
    await page.call(events.QUEUE_ARRIVED, **ticket)
    await page.call(events.QUEUE_FINISH, **ticket, outcome="completed", remark="")
    await eventually(desk.papers, lambda found: found.tickets[0].close_reason is CloseReason.COMPLETED)
    assert await code_of(desk.cancel_paper(second.ticket.ticket_id)) == "paper_ticket_over"


@pytest.mark.feature("S37")
async def test_todays_tickets_page_by_page(house: House) -> None:
    desk = await reception(house)
    for _ in range(5):
        await desk.issue_paper(ONSITE)
        house.clock.ahead_ms += 1
    numbers, cursor = [], ""
    for _ in range(3):
        page = await desk.papers(f"?limit=2{cursor}")
        numbers += [one.number for one in page.tickets]
        cursor = f"&cursor={page.next_cursor}"
    assert numbers == ["E005", "E004", "E003", "E002", "E001"]
    assert page.next_cursor is None
    house.clock.ahead_ms += 86_400_000
    await desk.sign_in(LUO)
    assert (await desk.papers()).tickets == ()


async def test_what_the_queue_refuses_leaves_nothing_and_may_be_asked_again(house: House) -> None:
    desk = await reception(house)
    _, boss = await house.officer(HE)
    await boss.call(events.HALL_CLOSE)
    assert (await desk.try_issuing(ONSITE, "k1")).problem.code == "hall_closed"
    assert (await desk.papers()).tickets == ()
    await boss.call(events.HALL_OPEN)
    assert (await desk.issue_paper(ONSITE, "k1")).ticket.number == "E001"


@pytest.mark.sqlite_records
async def test_nobody_finds_a_code_in_the_records(house: House) -> None:
    slip = await (await reception(house)).issue_paper(ONSITE)
    with sqlite3.connect(house.data_dir / "records.sqlite3") as records:
        dump = "\n".join(records.iterdump())
    records.close()
    assert slip.ticket.ticket_id in dump
    assert slip.code not in dump


@pytest.mark.feature("S37")
async def test_a_booked_visit_has_its_own_class_and_its_taxpayer(house: House) -> None:
    desk = await reception(house)
    await desk.issue_paper(ONSITE, priority="priority")
    client, page = await house.taxpayer(CHEN)
    visit = await put_visit(house, client, in_ms=-60_000)
    slip = await desk.issue_paper(ONSITE, booking_number=visit.number)
    assert (slip.ticket.ahead, slip.ticket.priority, slip.ticket.is_bound) == (0, "booked", True)
    assert (await booking_of(house, visit.booking_id)).state is BookingState.USED
    # Whoever booked it follows it at once.
    (bound,) = (await client.bound()).tickets
    assert (bound.ticket_id, bound.number) == (slip.ticket.ticket_id, "E002")
    assert (await client.watch(page, bound.ticket_id)).ahead == 0
    assert (await desk.try_issuing(ONSITE, booking_number=visit.number)).problem.code == "booking_has_ticket"
    # Issued for the wrong line, say: the visit is not lost with it.
    await desk.cancel_paper(slip.ticket.ticket_id)
    assert (await desk.issue_paper(ONSITE, booking_number=visit.number)).ticket.priority == "booked"


@pytest.mark.feature("S37")
@pytest.mark.parametrize(
    ("in_ms", "kind"),
    [(1_860_000, "onsite"), (-SLOT_MS, "onsite"), (0, "assist")],
    ids=["too early", "too late", "not for a visit"],
)
async def test_a_visit_outside_its_window_gets_no_ticket_of_its_own(
    house: House, in_ms: int, kind: str
) -> None:
    desk = await reception(house)
    client, _ = await house.taxpayer(CHEN)
    visit = await put_visit(house, client, in_ms=in_ms, kind=kind)
    assert (await desk.try_issuing(ONSITE, booking_number=visit.number)).problem.code == "visit_not_now"
    assert (await booking_of(house, visit.booking_id)).state is BookingState.BOOKED
    assert (await desk.try_issuing(ONSITE, booking_number="87654321")).problem.code == "booking_unknown"


async def test_two_tickets_for_one_visit_at_once_are_one(house: House) -> None:
    desks = [await reception(house) for _ in range(4)]
    client, _ = await house.taxpayer(CHEN)
    visit = await put_visit(house, client)
    answers: list[Answer] = await asyncio.gather(
        *(desk.try_issuing(ONSITE, booking_number=visit.number) for desk in desks)
    )
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]
    assert {answer.problem.code for answer in answers if answer.status == 409} == {"booking_has_ticket"}
    assert len((await desks[0].papers()).tickets) == 1


@pytest.mark.feature("S37")
async def test_visits_are_found_by_number_and_by_certificate(house: House) -> None:
    desk = await reception(house)
    client, _ = await house.taxpayer(CHEN)
    visit = await put_visit(house, client)
    await put_visit(house, client, "22222222", in_ms=10 * 86_400_000)

    async def search(**body: str) -> VisitsView:
        return (await desk.ask("POST", "/api/v1/officer/visits/search", body)).as_(VisitsView)

    kind = CertificateType.ID_CN.value
    for found in (
        await search(booking_number=visit.number),
        await search(certificate_type=kind, certificate_number=CHEN.number),
    ):
        assert [(one.number, one.taxpayer_name, one.is_now) for one in found.visits] == [
            (visit.number, CHEN.name, True)
        ]
    for body in (
        {"booking_number": "22222222"},
        {"booking_number": "99999999"},
        {"certificate_type": kind, "certificate_number": HUANG.number},
    ):
        assert (await search(**body)).visits == ()
    both = {"booking_number": "12345678", "certificate_type": kind, "certificate_number": CHEN.number}
    assert await code_of(search(**both)) == "invalid_input"
    assert await code_of(search(certificate_type=kind, certificate_number="1")) == "certificate_refused"
