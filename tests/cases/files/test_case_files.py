"""Files of cases over HTTP: sent, seen by who sees the case, taken back."""

import asyncio
import hashlib
import io
from urllib.parse import quote

import pytest
from PIL import Image
from sqlalchemy import select

from cases import schema
from cases.files.views import FileDeleted, FilePage, FilePurpose, FileView
from cases.stages.states import FormState, ReviewState
from cases.views.desks import OfficerRole
from tests.cases.files import samples
from tests.cases.files.desk import FORM, OTHER_FORM, Desk, change_case, desk_of
from tests.clients import Answer, Client, code_of
from tests.product import CHEN, GENERAL, HUANG, LIN, House

ATTACHMENT = f"purpose=attachment&form_id={FORM}&kind=licence"


async def seen(desk: Desk, file_id: str, *more: str, client: Client | None = None) -> Answer:
    side = "taxpayer" if client is None or client.namespace.name == desk.client.namespace.name else "officer"
    return await (client or desk.client).ask("GET", desk.path("files", file_id, *more, side=side))


@pytest.mark.feature("S7")
async def test_an_attachment_is_sent_listed_seen_and_taken_back(house: House) -> None:
    desk = await desk_of(house)
    name = quote("C:\\证件\\营业执照\u202egpj.exe")
    view = (await desk.send(samples.jpeg(640, 480, exif=samples.exif(6)), f"{ATTACHMENT}&name={name}")).as_(
        FileView
    )
    assert (view.purpose, view.form_id, view.attachment_kind) == (FilePurpose.ATTACHMENT, FORM, "licence")
    assert (view.file.media_type, view.file.width_px, view.file.height_px) == ("image/jpeg", 480, 640)
    assert (view.file.name, view.mine) == ("营业执照gpj.jpg", True)
    listed = (await desk.client.ask("GET", desk.path("files"))).as_(FilePage)
    assert listed.files == (view,)
    whole, small = await seen(desk, view.file.file_id), await seen(desk, view.file.file_id, "thumbnail")
    assert len(whole.body) == view.file.size_bytes
    assert samples.SECRET.encode() not in whole.body
    assert not Image.open(io.BytesIO(whole.body)).getexif()
    assert Image.open(io.BytesIO(small.body)).size == (240, 320)
    deleted = await desk.client.ask("DELETE", desk.path("files", view.file.file_id))
    assert deleted.as_(FileDeleted).deleted
    assert (await seen(desk, view.file.file_id)).problem.code == "file_unknown"
    again = await desk.client.ask("DELETE", desk.path("files", view.file.file_id))
    assert again.problem.code == "file_unknown"


@pytest.mark.parametrize("name", samples.GOOD)
async def test_what_people_send_comes_back_as_what_it_is(name: str, house: House) -> None:
    desk = await desk_of(house)
    make, media_type = samples.GOOD[name]
    sent = make()
    view = (await desk.send(sent, ATTACHMENT, media_type="text/plain")).as_(FileView)
    answer = await seen(desk, view.file.file_id)
    assert answer.headers["Content-Type"] == media_type
    assert view.file.has_thumbnail == (media_type != "application/pdf")
    assert (answer.body == sent) == (media_type == "application/pdf")


async def test_a_file_is_served_so_that_it_does_nothing(house: House) -> None:
    desk = await desk_of(house)
    name = quote('执照 "1"\r\nX-Evil: 1; x.exe')
    for content, shown in ((samples.jpeg(), "inline"), (samples.pdf(), "attachment")):
        view = (await desk.send(content, f"{ATTACHMENT}&name={name}")).as_(FileView)
        answer = await seen(desk, view.file.file_id)
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert headers["Cache-Control"] == "private, no-cache"
        assert headers["Content-Disposition"].startswith(f"{shown};")
        assert "exe" not in headers["Content-Disposition"]
        assert "X-Evil" not in headers
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert int(headers["Content-Length"]) == len(answer.body) == view.file.size_bytes
        assert headers["ETag"] == f'"{hashlib.sha256(answer.body).hexdigest()}"'
        kept = await desk.client.ask(
            "GET", desk.path("files", view.file.file_id), headers={"If-None-Match": headers["ETag"]}
        )
        assert (kept.status, kept.body) == (304, b"")


async def test_a_pdf_has_no_thumbnail(house: House) -> None:
    desk = await desk_of(house)
    view = (await desk.send(samples.pdf(3), ATTACHMENT)).as_(FileView)
    assert view.file.pages == 3
    assert (await seen(desk, view.file.file_id, "thumbnail")).problem.code == "file_unknown"


@pytest.mark.feature("S7")
async def test_somebody_elses_file_is_not_there(house: House) -> None:
    desk, other = await desk_of(house, CHEN), await desk_of(house, HUANG)
    view = (await desk.send(samples.jpeg(), ATTACHMENT)).as_(FileView)
    file_id = view.file.file_id
    officer, _ = await house.officer(LIN)
    for more in ((), ("thumbnail",)):
        for client in (other.client, officer):
            answer = await seen(desk, file_id, *more, client=client)
            assert (answer.status, answer.problem.code) == (404, "case_unknown")
        # By a case of one's own.
        answer = await seen(other, file_id, *more)
        assert (answer.status, answer.problem.code) == (404, "file_unknown")
    for method, path in (("GET", desk.path("files")), ("DELETE", desk.path("files", file_id))):
        assert (await other.client.ask(method, path)).problem.code == "case_unknown"
    assert (await desk.send(samples.jpeg(), client=other.client)).problem.code == "case_unknown"
    answer = await other.client.ask("DELETE", other.path("files", file_id))
    assert answer.problem.code == "file_unknown"
    await desk.submitted()
    assert (await seen(desk, file_id, client=officer)).status == 200
    await change_case(desk.database, desk.case_id, hall_id=await another_hall(desk))
    assert (await seen(desk, file_id, client=officer)).problem.code == "case_unknown"


async def another_hall(desk: Desk) -> str:
    async with desk.database.writing() as connection:
        row = (await connection.execute(select(schema.halls))).first()
        assert row is not None
        await connection.execute(schema.halls.insert().values({**row._mapping, "hall_id": "elsewhere"}))
    return "elsewhere"


async def test_a_role_that_works_on_no_cases_sees_no_files(house: House) -> None:
    desk = await desk_of(house)
    view = (await desk.send(samples.jpeg(), ATTACHMENT)).as_(FileView)
    await desk.submitted()
    officer = house.console()
    await officer.sign_in(LIN)
    for roles, status in (([OfficerRole.SUPERVISOR.value], 200), ([OfficerRole.ADMIN.value], 404)):
        async with desk.database.writing() as connection:
            await connection.execute(schema.officers.update().values(roles=roles))
        assert (await seen(desk, view.file.file_id, client=officer)).status == status


async def test_both_sides_send_pictures_in_a_conversation(house: House) -> None:
    desk = await desk_of(house)
    officer, _ = await house.officer(LIN)
    await desk.client.take("t1", GENERAL)
    case_id = (await desk.client.cases()).cases[0].case_id
    consult = Desk(house, desk.client, desk.person, case_id)
    mine = await consult.sent(samples.jpeg(), "purpose=chat&name=a.jpg")
    theirs = (await consult.send(samples.png(), "name=b.png", client=officer, side="officer")).as_(FileView)
    listed = (await consult.client.ask("GET", consult.path("files"))).as_(FilePage)
    assert {one.file.file_id: one.mine for one in listed.files} == {
        mine.file.file_id: True,
        theirs.file.file_id: False,
    }
    seen_there = (await officer.ask("GET", consult.path("files", side="officer"))).as_(FilePage)
    assert {one.file.file_id: one.mine for one in seen_there.files} == {
        mine.file.file_id: False,
        theirs.file.file_id: True,
    }
    for one in listed.files:
        assert (await seen(consult, one.file.file_id)).status == 200
        assert (await seen(consult, one.file.file_id, client=officer)).status == 200
    # What is in a conversation stays.
    answer = await consult.client.ask("DELETE", consult.path("files", mine.file.file_id))
    assert answer.problem.code == "case_refused"


async def test_attachments_come_while_the_forms_may_be_edited(house: House) -> None:
    desk = await desk_of(house)
    view = (await desk.send(samples.jpeg(), ATTACHMENT)).as_(FileView)
    await desk.submitted()
    assert (await desk.send(samples.jpeg(), ATTACHMENT)).problem.code == "case_refused"
    answer = await desk.client.ask("DELETE", desk.path("files", view.file.file_id))
    assert answer.problem.code == "case_refused"
    await change_case(
        desk.database,
        desk.case_id,
        review_state=ReviewState.REJECTED.value,
        form_state=FormState.SUBMITTED.value,
        handling_state="none",
    )
    assert (await desk.send(samples.jpeg(), ATTACHMENT)).status == 201
    await change_case(desk.database, desk.case_id, closed_at_ms=1, close_reason="withdrawn")
    for query in (ATTACHMENT, "purpose=chat", "purpose=receipt"):
        assert (await desk.send(samples.jpeg(), query)).problem.code == "case_closed"
    # What was sent is still seen.
    assert (await seen(desk, view.file.file_id)).status == 200


async def test_the_same_request_makes_one_file(house: House) -> None:
    desk = await desk_of(house)
    content = samples.jpeg()
    first = (await desk.send(content, ATTACHMENT, key="k1")).as_(FileView)
    assert (await desk.send(content, ATTACHMENT, key="k1")).as_(FileView) == first
    both = await asyncio.gather(*(desk.send(content, ATTACHMENT, key="k2") for _ in range(2)))
    assert len({answer.as_(FileView).file.file_id for answer in both}) == 1
    assert (await desk.send(samples.png(), ATTACHMENT, key="k1")).problem.code == "request_reused"
    other = f"purpose=attachment&form_id={OTHER_FORM}&kind=licence"
    assert (await desk.send(content, other, key="k1")).problem.code == "request_reused"
    listed = (await desk.client.ask("GET", desk.path("files"))).as_(FilePage)
    assert len(listed.files) == 2
    # One picture, one content, with its thumbnail.
    assert len(desk.on_disk()) == 2


async def test_files_are_listed_by_pages(house: House) -> None:
    desk = await desk_of(house)
    made = []
    for ordinal in range(5):
        house.clock.ahead_ms += 1
        query = ATTACHMENT if ordinal % 2 else "purpose=chat"
        made.append(await desk.sent(samples.png(40 + ordinal, 40), query))
    got: list[FileView] = []
    query = "?limit=2"
    while query:
        page = (await desk.client.ask("GET", desk.path("files") + query)).as_(FilePage)
        assert len(page.files) <= 2
        got += page.files
        query = f"?limit=2&cursor={page.next_cursor}" if page.next_cursor else ""
    assert got == made[::-1]
    for query, wanted in (
        ("purpose=chat", made[4::-2]),
        (f"form_id={FORM}", made[3::-2]),
        (f"form_id={OTHER_FORM}", []),
    ):
        page = (await desk.client.ask("GET", f"{desk.path('files')}?{query}")).as_(FilePage)
        assert list(page.files) == wanted


@pytest.mark.feature("S28")
async def test_receipts_of_a_payment_are_sent(house: House) -> None:
    desk = await desk_of(house)
    assert await code_of(desk.sent(samples.jpeg(), "purpose=receipt")) == "case_refused"
    payment_id = await desk.payment_asked()
    path = desk.path("payments", payment_id, "receipt")
    files = [(await desk.sent(samples.png(40 + i, 40), "purpose=receipt")).file.file_id for i in range(5)]
    chat = (await desk.sent(samples.png(), "purpose=chat")).file.file_id
    for wrong, code in (
        ([], "invalid_input"),
        ([*files, "sixth"], "invalid_input"),
        ([files[0], files[0]], "file_unknown"),
        (["nobodys"], "file_unknown"),
        ([chat], "file_unknown"),
    ):
        answer = await desk.client.ask("POST", path, {"file_ids": wrong, "text": "已付"})
        assert answer.problem.code == code
    elsewhere = desk.path("payments", "nobodys", "receipt")
    answer = await desk.client.ask("POST", elsewhere, {"file_ids": files})
    assert answer.problem.code == "payment_unknown"
    other = await desk_of(house, HUANG)
    answer = await other.client.ask("POST", path, {"file_ids": files})
    assert answer.problem.code == "case_unknown"
    sent = {"file_ids": files, "text": "已付"}
    for _ in range(2):
        headers = {"Idempotency-Key": "k1"}
        answer = await desk.client.ask("POST", path, sent, headers=headers)
        assert (answer.status, answer.body) == (200, f'{{"payment_id":"{payment_id}"}}'.encode())
    assert (await desk.client.ask("POST", path, sent)).problem.code == "case_refused"
    async with desk.database.reading() as connection:
        row = (await connection.execute(select(schema.case_payments))).one()
    assert (row.state, row.receipt_file_ids, row.receipt_text) == ("submitted", files, "已付")
    officer, _ = await house.officer(LIN)
    assert (await seen(desk, files[0], client=officer)).status == 200
