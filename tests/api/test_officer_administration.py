"""Admins set up officers (S38), over HTTP."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select, update

from cases import schema
from cases.people.views import EnrolmentView, OfficerAccount, OfficerAccounts, OneTimePassword
from cases.views.desks import OfficerRole, OfficerView
from server.demo import PASSWORD
from signaling import events
from tests.api.test_officer_log_in import FACTOR, NEW, SESSION, App
from tests.clients import Answer, OfficerClient
from tests.product import GENERAL, HALL, LIN, SU, ZHOU, House

pytestmark = pytest.mark.both_records

OFFICERS = "/api/v1/admin/officers"
NEW_ONE = {"staff_number": "0799", "officer_name": "罗一鸣", "hall_id": HALL, "roles": ["officer"]}


async def admin_of(house: House) -> OfficerClient:
    client = house.console()
    await client.sign_in(SU)
    return client


async def account(admin: OfficerClient, staff_number: str) -> OfficerAccount:
    found = (await admin.ask("GET", f"{OFFICERS}?limit=50")).as_(OfficerAccounts).officers
    (one,) = [officer for officer in found if officer.staff_number == staff_number]
    return one


async def create(admin: OfficerClient, key: str = "k1", **changes: Any) -> Answer:
    return await admin.ask("POST", OFFICERS, {**NEW_ONE, **changes}, headers={"Idempotency-Key": key})


async def change(admin: OfficerClient, officer: OfficerAccount, **changes: Any) -> Answer:
    body = {
        "officer_name": officer.name,
        "hall_id": officer.hall_id,
        "roles": list(officer.roles),
        "version": officer.version,
        **changes,
    }
    return await admin.ask("PUT", f"{OFFICERS}/{officer.officer_id}", body)


@pytest.mark.feature("S38", "S31")
async def test_a_new_officer_chooses_a_password_at_the_first_log_in(house: House) -> None:
    admin = await admin_of(house)
    answer = await create(admin)
    made = answer.as_(OneTimePassword)
    assert answer.status == 201
    assert made.password is not None
    assert (made.officer.name, made.officer.roles) == ("罗一鸣", (OfficerRole.OFFICER,))
    assert made.officer.must_change_password
    client = house.console()
    refused = await client.try_password("0799", made.password)
    assert (refused.status, refused.problem.code, refused.cookies) == (401, "new_password_needed", {})
    challenge = refused.problem.challenge
    path = f"{SESSION}/password"
    for chosen, fault in ((made.password, "password_the_old_one"), ("罗一鸣0799", "password_too_short")):
        problem = (await client.ask("POST", path, {"challenge": challenge, "new_password": chosen})).problem
        assert [one.code for one in problem.fields] == [fault]
    done = await client.ask("POST", path, {"challenge": challenge, "new_password": NEW})
    assert (done.status, done.as_(OfficerView).staff_number) == (201, "0799")
    assert (await client.ask("GET", SESSION)).status == 200
    # The challenge went with the password that it was given for.
    again = await client.ask("POST", path, {"challenge": challenge, "new_password": NEW + "!"})
    assert again.problem.code == "log_in_again"
    assert (await house.console().try_password("0799", made.password)).problem.code == "password_wrong"
    assert (await house.console().try_password("0799", NEW)).status == 201


async def test_the_same_request_makes_one_officer_and_shows_the_password_once(house: House) -> None:
    admin = await admin_of(house)
    made = (await create(admin)).as_(OneTimePassword)
    again = (await create(admin)).as_(OneTimePassword)
    assert again.officer == made.officer
    assert again.password is None
    assert (await create(admin, staff_number="0798")).problem.code == "request_reused"
    assert (await create(admin, "k2")).problem.code == "staff_number_taken"
    assert (await create(admin, "k3", staff_number="0797", hall_id="nowhere")).problem.code == "hall_unknown"


@pytest.mark.feature("S38")
async def test_officers_are_listed_in_pages(house: House) -> None:
    admin = await admin_of(house)
    numbers: list[str] = []
    cursor = ""
    while True:
        page = (await admin.ask("GET", f"{OFFICERS}?limit=2{cursor}")).as_(OfficerAccounts)
        assert len(page.officers) <= 2
        numbers += [officer.staff_number for officer in page.officers]
        if page.next_cursor is None:
            break
        cursor = f"&cursor={page.next_cursor}"
    assert {"0700", "0701", "0731", "0732"} <= set(numbers)
    assert numbers == sorted(set(numbers))
    elsewhere = (await admin.ask("GET", f"{OFFICERS}?hall_id=nowhere")).as_(OfficerAccounts)
    assert elsewhere.officers == ()


@pytest.mark.feature("S38")
async def test_other_roles_end_the_sessions_and_count_at_the_next_log_in(house: House) -> None:
    admin = await admin_of(house)
    client, page = await house.officer(LIN, GENERAL)
    before = await account(admin, LIN.staff_number)
    changed = (await change(admin, before, roles=["reception", "supervisor"])).as_(OfficerAccount)
    assert (changed.roles, changed.version) == (("reception", "supervisor"), before.version + 1)
    await page.closed.wait()
    assert (await client.ask("GET", SESSION)).problem.code == "not_signed_in"
    assert set((await client.sign_in(LIN)).roles) == {OfficerRole.RECEPTION, OfficerRole.SUPERVISOR}
    desk = await (await client.open_page()).call(events.DESK_WATCH)
    assert desk.state == "signed_off"
    # Over a version that is no more, and back to what it is: nothing happens, nobody is signed out.
    assert (await change(admin, before, roles=["officer"])).problem.code == "officer_changed"
    assert (await change(admin, changed, officer_name="林思源")).as_(OfficerAccount).name == "林思源"
    assert (await client.ask("GET", SESSION)).as_(OfficerView).name == "林思源"
    assert (await change(admin, changed, hall_id="nowhere")).problem.code == "officer_changed"


@pytest.mark.feature("S38", "S31")
async def test_a_disabled_officer_is_out_at_once(house: House) -> None:
    admin = await admin_of(house)
    client, page = await house.officer(LIN)
    _, colleague = await house.officer(ZHOU)
    officer = await account(admin, LIN.staff_number)
    path = f"{OFFICERS}/{officer.officer_id}/disabled"
    disabled = await admin.ask("PUT", path, {"disabled": True})
    assert disabled.as_(OfficerAccount).disabled
    assert (await page.wait_for(events.SESSION_ENDED)).reason == "signed_out"
    await page.closed.wait()
    assert not colleague.closed.is_set()
    assert (await client.ask("GET", SESSION)).problem.code == "not_signed_in"
    # As an officer who is not there.
    assert (await client.try_password(LIN.staff_number, PASSWORD)).problem.code == "password_wrong"
    assert (await admin.ask("PUT", path, {"disabled": True})).status == 200
    assert not (await admin.ask("PUT", path, {"disabled": False})).as_(OfficerAccount).disabled
    await client.sign_in(LIN)


@pytest.mark.feature("S38", "S31")
async def test_a_reset_password_ends_the_sessions_and_is_changed(house: House) -> None:
    admin = await admin_of(house)
    _, page = await house.officer(LIN)
    officer = await account(admin, LIN.staff_number)
    path, once = f"{OFFICERS}/{officer.officer_id}/password", {"Idempotency-Key": "k1"}
    reset = (await admin.ask("POST", path, headers=once)).as_(OneTimePassword)
    assert reset.password is not None
    await page.closed.wait()
    again = (await admin.ask("POST", path, headers=once)).as_(OneTimePassword)
    assert again.password is None
    assert (await house.console().try_password(LIN.staff_number, PASSWORD)).problem.code == "password_wrong"
    refused = await house.console().try_password(LIN.staff_number, reset.password)
    assert refused.problem.code == "new_password_needed"


@pytest.mark.feature("S38")
async def test_an_officer_is_signed_out_everywhere_and_may_come_back(house: House) -> None:
    admin = await admin_of(house)
    client, page = await house.officer(LIN)
    known = await account(admin, LIN.staff_number)
    answer = await admin.ask("DELETE", f"{OFFICERS}/{known.officer_id}/sessions")
    assert answer.as_(OfficerAccount) == known
    assert (await page.wait_for(events.SESSION_ENDED)).reason == "signed_out"
    assert (await client.ask("GET", SESSION)).problem.code == "not_signed_in"
    await client.sign_in(LIN)


@pytest.mark.feature("S38", "S31")
async def test_a_lost_second_factor_is_reset(house: House) -> None:
    admin = await admin_of(house)
    client, page = await house.officer(LIN)
    begun = (await client.ask("POST", FACTOR, {"password": PASSWORD})).as_(EnrolmentView)
    await client.ask("POST", f"{FACTOR}/code", {"code": App(house, begun.secret).code()})
    officer = await account(admin, LIN.staff_number)
    assert officer.has_second_factor
    path = f"{OFFICERS}/{officer.officer_id}/second-factor"
    assert not (await admin.ask("DELETE", path)).as_(OfficerAccount).has_second_factor
    await page.closed.wait()
    await client.sign_in(LIN)


async def test_the_one_time_password_alone_is_not_enough_with_a_second_factor(house: House) -> None:
    admin = await admin_of(house)
    client = house.console()
    await client.sign_in(LIN)
    begun = (await client.ask("POST", FACTOR, {"password": PASSWORD})).as_(EnrolmentView)
    app = App(house, begun.secret)
    await client.ask("POST", f"{FACTOR}/code", {"code": app.code()})
    officer = await account(admin, LIN.staff_number)
    reset = (await admin.ask("POST", f"{OFFICERS}/{officer.officer_id}/password")).as_(OneTimePassword)
    assert reset.password is not None
    needed = (await client.try_password(LIN.staff_number, reset.password)).problem
    assert needed.code == "second_factor_needed"
    body = {"challenge": needed.challenge, "code": app.next_code()}
    then = await client.ask("POST", f"{SESSION}/code", body)
    assert (then.problem.code, then.cookies) == ("new_password_needed", {})
    body = {"challenge": then.problem.challenge, "new_password": NEW}
    assert (await client.ask("POST", f"{SESSION}/password", body)).status == 201


async def test_the_last_admin_stays_one(house: House) -> None:
    admin = await admin_of(house)
    own = await account(admin, SU.staff_number)
    path = f"{OFFICERS}/{own.officer_id}"
    assert (await change(admin, own, roles=["supervisor"])).problem.code == "last_admin"
    assert (await admin.ask("PUT", f"{path}/disabled", {"disabled": True})).problem.code == "last_admin"
    # A disabled one is none who could help.
    other = (await create(admin, roles=["admin", "officer"])).as_(OneTimePassword).officer
    others = f"{OFFICERS}/{other.officer_id}/disabled"
    assert (await admin.ask("PUT", others, {"disabled": True})).status == 200
    assert (await change(admin, own, roles=["supervisor"])).problem.code == "last_admin"
    assert (await admin.ask("PUT", others, {"disabled": False})).status == 200
    assert (await change(admin, own, roles=["supervisor"])).status == 200
    assert (await admin.ask("GET", OFFICERS)).problem.code == "not_signed_in"


async def test_two_admins_do_not_take_each_others_role_at_once(house: House) -> None:
    admin = await admin_of(house)
    async with house.product.database.writing() as connection:
        officers = schema.officers
        await connection.execute(
            update(officers).where(officers.c.staff_number == LIN.staff_number).values(roles=["admin"])
        )
    second = house.console()
    await second.sign_in(LIN)
    first, other = await account(admin, SU.staff_number), await account(admin, LIN.staff_number)
    await asyncio.gather(change(admin, other, roles=["officer"]), change(second, first, roles=["officer"]))
    async with house.product.database.reading() as connection:
        roles = (await connection.scalars(select(schema.officers.c.roles))).all()
    assert sum("admin" in one for one in roles) == 1


async def test_every_change_is_audited_without_names_and_passwords(house: House) -> None:
    admin = await admin_of(house)
    made = (await create(admin)).as_(OneTimePassword)
    path = f"{OFFICERS}/{made.officer.officer_id}"
    await change(admin, made.officer, officer_name="罗一飞", roles=["reception"])
    await admin.ask("PUT", f"{path}/disabled", {"disabled": True})
    reset = (await admin.ask("POST", f"{path}/password")).as_(OneTimePassword)
    await admin.ask("DELETE", f"{path}/second-factor")
    audit = schema.audit_entries
    async with house.product.database.reading() as connection:
        rows = (
            await connection.execute(
                select(audit).where(audit.c.object_kind == "officer").order_by(audit.c.sequence)
            )
        ).all()
    assert [row.action for row in rows] == [
        "officer.create",
        "officer.change",
        "officer.disable",
        "officer.reset_password",
        "officer.reset_second_factor",
    ]
    assert {row.object_id for row in rows} == {made.officer.officer_id}
    assert {row.address for row in rows} == {"127.0.0.1"}
    for secret in ("罗一", made.password, reset.password):
        assert secret is not None
        assert secret not in repr(rows)
