"""The words of reasons for rejecting forms, as admins write them (S32, S38)."""

import pytest

from cases.guidance.views import ReasonsView, ReasonView
from server.demo import ADMIN
from tests.api.test_audit import trail
from tests.clients import Answer, OfficerClient
from tests.product import LIN, House

PATH = "/api/v1/officer/reasons"


async def reason(client: OfficerClient, name: str = "R01") -> ReasonView:
    found = (await client.ask("GET", PATH)).as_(ReasonsView)
    (one,) = [one for one in found.reasons if one.reason == name]
    return one


async def write(client: OfficerClient, text: str, advice: str = "", name: str = "R01") -> Answer:
    return await client.ask("PUT", f"/api/v1/admin/reasons/{name}", {"text": text, "advice": advice})


@pytest.mark.both_records
@pytest.mark.feature("S32", "S38")
async def test_an_admin_rewrites_a_reason_and_the_review_desk_has_it_at_once(house: House) -> None:
    admin, desk = house.console(), house.console()
    await admin.sign_in(ADMIN)
    await desk.sign_in(LIN)
    before = await reason(desk)
    assert not before.written
    first = await desk.ask("GET", PATH)
    for text in (" 请把{哪一页}重新拍清楚。\n", "请重拍{哪一页}。"):
        assert (await write(admin, text, "先看第一页")).status == 200
        now = await reason(desk)
        assert (now.text, now.advice, now.written) == (text.strip(), "先看第一页", True)
    # A page that asks with the tag of what it has gets the new words.
    again = await desk.ask("GET", PATH, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 200
    # Another version of the catalogue's files does not take them away.
    assert (await admin.ask("POST", "/api/v1/admin/catalogue/reload")).status == 200
    assert (await reason(desk)).written
    for _ in range(2):
        assert (await admin.ask("DELETE", "/api/v1/admin/reasons/R01")).status == 200
    assert await reason(desk) == before
    noted = await trail(admin, object_kind="reason")
    assert [one.action for one in noted] == ["reason.write", "reason.write", "reason.restore"]


async def test_only_of_reasons_that_there_are_and_only_by_admins(house: House) -> None:
    admin, desk = house.console(), house.console()
    await admin.sign_in(ADMIN)
    await desk.sign_in(LIN)
    assert (await write(desk, "x")).problem.code == "forbidden"
    for name in ("R99", "r01", "%00"):
        assert (await write(admin, "x", name=name)).problem.code in {"reason_unknown", "not_found"}
    assert (await write(admin, " \n ")).problem.code == "invalid_input"
    assert not (await reason(desk)).written
