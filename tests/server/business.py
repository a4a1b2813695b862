"""A house in which a bit of everything has happened, by the doors that people use."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from sqlalchemy import select

from cases import schema
from cases.conversation.views import MessageSent
from cases.files.views import FileView
from cases.sealing import new_id
from cases.views.tickets import Outcome
from queueing.cursor import EntryId
from signaling import events
from tests.booking_pages import BookingPage
from tests.business_pages import BusinessPage, ReviewPage
from tests.cases.files import samples
from tests.clients import Client, OfficerClient, Page, TaxpayerClient, eventually
from tests.product import CHEN, GENERAL, HUANG, LIANG, LIN, LUO, ONSITE, House

QUESTION: Final = "我的车船税为什么缴了两次"
REMARK: Final = "已告知陈女士退税办法"
SAID: Final = "请问还要带行驶证原件吗"
ANSWERED: Final = "不用，拍照上传就可以"
FILE_NAME: Final = "陈嘉敏的行驶证"
WAITING: Final = "黄先生的发票领用问题"


@dataclass(frozen=True, slots=True)
class Happened:
    """The ids of what there is. ``finished``: a consult that is closed; ``ordered``: at work in the back
    office, with a conversation and a picture in it; ``draft``: never sent; ``waiting``: a consult in
    its line.
    """

    taxpayer_id: str
    finished: str
    ordered: str
    draft: str
    picture: bytes
    picture_path: str
    waiting: str
    waiting_ticket: str
    booking: str


async def happen(house: House) -> Happened:
    """Some minutes of an office: consult, back office, conversation, files, booking, paper."""
    chen = house.visitor()
    view = await chen.sign_in(CHEN)
    officer, console = await house.officer(LIN, GENERAL)
    finished = await consult(house, chen, officer, console)
    business, desk = BusinessPage(house, chen), ReviewPage(officer)
    ordered = (await business.ordered()).case.case_id
    await desk.approved(ordered)
    picture, picture_path = await talk(chen, officer, ordered)
    draft = await business.filled()
    visits = BookingPage(house, chen)
    booking = (await visits.booked((await visits.first_slots())[0])).booking_id
    huang = house.visitor()
    await huang.sign_in(HUANG)
    waiting_ticket = new_id()
    waiting = await huang.open_consult(waiting_ticket, GENERAL, WAITING)
    liang = house.visitor()
    await liang.sign_in(LIANG)
    reception = house.console()
    await reception.sign_in(LUO)
    slip = await reception.issue_paper(ONSITE)
    await liang.bind(slip)
    await recorded(house)
    return Happened(
        view.taxpayer_id, finished, ordered, draft, picture, picture_path, waiting, waiting_ticket, booking
    )


async def consult(house: House, client: TaxpayerClient, officer: OfficerClient, console: Page) -> str:
    """Asked, called, answered with a remark, over."""
    ticket_id = new_id()
    page = await client.open_page()
    case_id = await client.open_consult(ticket_id, GENERAL, QUESTION)
    held = (await officer.call_next(console, new_id())).ticket
    assert held is not None
    serving = await page.call(events.TICKET_CONFIRM, ticket_id=ticket_id, call_number=held.call_number)
    await officer.finish(console, serving, Outcome.COMPLETED.value, REMARK)
    await eventually(lambda: client.case(case_id), lambda case: case.closed_at_ms is not None)
    await page.close()
    return case_id


async def talk(chen: TaxpayerClient, officer: Client, case_id: str) -> tuple[bytes, str]:
    """A word from each side, and a picture; its bytes as they are kept, and where they are had."""
    path = f"/api/v1/taxpayer/cases/{case_id}/files"
    sent = await chen.ask(
        "POST",
        f"{path}?purpose=chat&name={quote(FILE_NAME)}",
        data=samples.jpeg(),
        headers={"Content-Type": "application/octet-stream"},
    )
    file_id = sent.as_(FileView).file.file_id
    for client, side, said, files in (
        (chen, "taxpayer", SAID, [file_id]),
        (officer, "officer", ANSWERED, []),
    ):
        body = {"message_id": new_id(), "text": said, "file_ids": files}
        answer = await client.ask("POST", f"/api/v1/{side}/cases/{case_id}/messages", body)
        answer.as_(MessageSent)
    kept = await chen.ask("GET", f"{path}/{file_id}")
    assert kept.status == 200
    return kept.body, f"{path}/{file_id}"


async def recorded(house: House) -> None:
    """Until the records know every step of the hall."""

    async def behind() -> int:
        async with house.product.database.reading() as connection:
            found = await connection.scalar(select(schema.journal_cursors.c.entry_id))
        return await house.version() - (EntryId.parse(found).version if found else 0)

    await eventually(behind, lambda steps: steps == 0)
