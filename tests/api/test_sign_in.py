"""Signing in and out (S1, S31), over HTTP against the real records."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.sql.schema import Table
from yarl import URL

from cases import schema
from cases.sessions import COOKIE_NAMES, SessionKind
from cases.views.desks import OfficerRole, OfficerView
from cases.views.people import FaceChallenge, TaxpayerView
from server.demo import PASSWORD, DemoTaxpayer
from tests.clients import OfficerClient, TaxpayerClient
from tests.product import CHEN, GENERAL, HALL, HUANG, LIN, ZHOU, House, OpenHouse

pytestmark = pytest.mark.both_records

SESSION = "/api/v1/taxpayer/session"
DESK_SESSION = "/api/v1/officer/session"


async def rows(house: House, table: Table) -> int:
    async with house.product.database.reading() as connection:
        return int(await connection.scalar(select(func.count()).select_from(table)) or 0)


def token_of(client: TaxpayerClient | OfficerClient, kind: SessionKind) -> str:
    cookies = client.profile.cookie_jar.filter_cookies(URL(client.base_url))
    return cookies[COOKIE_NAMES[kind]].value


def bytes_of(folder: Path) -> bytes:
    """Everything that the records' files hold."""
    files = [file for file in folder.iterdir() if file.name.startswith("records.sqlite3")]
    assert files
    return b"".join(file.read_bytes() for file in files)


@pytest.mark.feature("S1")
async def test_a_taxpayer_signs_in_and_stays_signed_in_over_a_reload(house: House) -> None:
    client = house.visitor()
    assert (await client.ask("GET", SESSION)).problem.code == "not_signed_in"
    typed = DemoTaxpayer(" 陈 嘉 敏", "４４０４０２ 19040229 0028")
    challenge = (await client.check_identity(typed)).as_(FaceChallenge)
    assert challenge.method == "development"
    answer = await client.pass_face(challenge)
    assert answer.status == 201
    view = answer.as_(TaxpayerView)
    assert (view.name, view.number_masked) == ("陈嘉敏", "4404**********0028")
    again = (await client.ask("GET", SESSION)).as_(TaxpayerView)
    assert again.taxpayer_id == view.taxpayer_id


async def test_the_session_cookie_is_kept_from_scripts_and_other_sites(house: House) -> None:
    client = house.visitor()
    answer = await client.pass_face((await client.check_identity(CHEN)).as_(FaceChallenge))
    parts = {part.strip().lower() for part in answer.cookies["shuitong_taxpayer"].split(";")}
    assert {"httponly", "samesite=lax", "path=/", "max-age=43200"} <= parts
    assert "secure" not in parts


async def test_over_https_the_cookie_never_leaves_it(open_house: OpenHouse) -> None:
    async with open_house(public_url="https://tax.example.cn") as house:
        client = house.console()
        body = {"staff_number": LIN.staff_number, "password": PASSWORD}
        own = {"Origin": "https://tax.example.cn"}
        answer = await client.ask("POST", DESK_SESSION, body, headers=own)
        assert answer.status == 201
        assert "secure" in answer.cookies["shuitong_officer"].lower()
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.feature("S1")
async def test_the_same_person_has_one_account(house: House) -> None:
    first = await house.visitor().sign_in(CHEN)
    second = await house.visitor().sign_in(CHEN)
    assert first.taxpayer_id == second.taxpayer_id
    assert await rows(house, schema.taxpayers) == 1


@pytest.mark.feature("S1")
async def test_a_wrong_field_is_named_and_nothing_is_stored(house: House) -> None:
    client = house.visitor()
    for name, number, field, code in (
        ("黄伟强", "440402190001010014", "certificate_number", "certificate_checksum"),
        ("黄伟强", "440402190002290029", "certificate_number", "certificate_birthday"),
        ("黄伟强", "44040219000101001", "certificate_number", "certificate_length"),
        ("黄伟强", "94040219000101001X", "certificate_number", "certificate_format"),
        ("HUANG", "440402190001010013", "name", "name_invalid"),
    ):
        problem = (await client.check_identity(DemoTaxpayer(name, number))).problem
        assert (problem.status, problem.code) == (422, "certificate_refused")
        assert [(one.field, one.code) for one in problem.fields] == [(field, code)]
        assert number not in repr(problem)
    assert await rows(house, schema.taxpayers) == 0
    assert await rows(house, schema.guesses) == 0


@pytest.mark.feature("S1")
async def test_a_wrong_name_for_a_known_number(house: House) -> None:
    await house.visitor().sign_in(CHEN)
    client = house.visitor()
    wrong = DemoTaxpayer("陈嘉明", CHEN.number)
    problem = (await client.check_identity(wrong)).problem
    assert problem.code == "identity_mismatch"
    assert CHEN.name not in repr(problem)
    assert (await client.ask("GET", SESSION)).problem.code == "not_signed_in"


async def test_a_challenge_lasts_five_minutes(house: House) -> None:
    client = house.visitor()
    challenge = (await client.check_identity(CHEN)).as_(FaceChallenge)
    house.clock.ahead_ms += 310_000
    assert (await client.pass_face(challenge)).problem.code == "challenge_invalid"
    assert await rows(house, schema.taxpayers) == 0
    await client.sign_in(CHEN)


async def test_a_forged_challenge_is_refused(house: House) -> None:
    client = house.visitor()
    for forged in ("x", "gAAAAA", "é", "陈", "\x00", "x" * 2000):
        answer = await client.ask("POST", SESSION, {"challenge": forged, "method": "development"})
        assert answer.problem.code == "challenge_invalid"


async def test_a_sealed_number_is_no_challenge(house: House) -> None:
    # Both are sealed with the same keys: one must not stand for the other.
    client = house.visitor()
    await client.sign_in(CHEN)
    async with house.product.database.reading() as connection:
        sealed: bytes | None = await connection.scalar(select(schema.taxpayers.c.number_sealed))
    assert sealed is not None
    answer = await client.ask("POST", SESSION, {"challenge": sealed.decode(), "method": "development"})
    assert answer.problem.code == "challenge_invalid"


async def test_too_many_wrong_names_wait_for_the_window(open_house: OpenHouse) -> None:
    async with open_house(login_failures_per_account=2, login_window_s=600) as house:
        await house.visitor().sign_in(CHEN)
        client = house.visitor()
        for _ in range(2):
            wrong = DemoTaxpayer("陈嘉明", CHEN.number)
            assert (await client.check_identity(wrong)).problem.code == "identity_mismatch"
        refused = await client.check_identity(CHEN)
        assert (refused.status, refused.problem.code) == (429, "too_many_guesses")
        wait_ms = refused.problem.retry_after_ms
        assert wait_ms is not None
        assert 0 < wait_ms <= 600_000
        assert int(refused.headers["Retry-After"]) * 1000 >= wait_ms
        assert (await client.check_identity(HUANG)).status == 200
        house.clock.ahead_ms += wait_ms
        assert (await client.check_identity(CHEN)).status == 200


@pytest.mark.feature("S31")
async def test_an_officer_signs_in_with_a_password(house: House) -> None:
    client = house.console()
    answer = await client.try_password(LIN.staff_number, PASSWORD)
    view = answer.as_(OfficerView)
    assert (view.name, view.staff_number, view.roles) == (LIN.name, "0731", (OfficerRole.OFFICER,))
    assert (view.hall.hall_id, [line.letter for line in view.lines]) == (HALL, list("ABCDE"))
    assert "httponly" in answer.cookies["shuitong_officer"].lower()
    assert (await client.ask("GET", DESK_SESSION)).as_(OfficerView).officer_id == view.officer_id


@pytest.mark.feature("S31")
async def test_wrong_password_and_unknown_officer_look_alike(house: House) -> None:
    client = house.console()
    wrong = await client.try_password(LIN.staff_number, "shuitong")
    unknown = await client.try_password("9999", PASSWORD)
    assert wrong.problem == unknown.problem
    assert (wrong.status, wrong.problem.code) == (401, "password_wrong")
    assert wrong.cookies == {}


async def test_too_many_passwords_wait_for_the_window(open_house: OpenHouse) -> None:
    async with open_house(login_failures_per_account=2, login_window_s=60) as house:
        client = house.console()
        for _ in range(2):
            assert (await client.try_password(LIN.staff_number, "wrong")).status == 401
        refused = await client.try_password(LIN.staff_number, PASSWORD)
        assert (refused.status, refused.problem.code) == (429, "too_many_guesses")
        house.clock.ahead_ms += 60_000
        assert (await client.try_password(LIN.staff_number, PASSWORD)).status == 201


async def test_guesses_sent_at_once_are_counted_one_by_one(open_house: OpenHouse) -> None:
    async with open_house(login_failures_per_account=2) as house:
        await house.visitor().sign_in(CHEN)
        client = house.console()
        passwords = await asyncio.gather(
            *(client.try_password(LIN.staff_number, f"wrong{number}") for number in range(6))
        )
        assert sorted(answer.status for answer in passwords) == [401, 401, 429, 429, 429, 429]
        wrong = DemoTaxpayer("陈嘉明", CHEN.number)
        names = await asyncio.gather(*(house.visitor().check_identity(wrong) for _ in range(6)))
        assert [answer.status for answer in names].count(429) == 4


async def test_one_address_cannot_guess_at_many_accounts(open_house: OpenHouse) -> None:
    async with open_house(login_failures_per_address=3) as house:
        client = house.console()
        for number in range(3):
            assert (await client.try_password(f"90{number}", "wrong")).status == 401
        assert (await client.try_password(LIN.staff_number, PASSWORD)).problem.code == "too_many_guesses"


async def test_behind_a_proxy_each_browser_counts_for_itself(open_house: OpenHouse) -> None:
    async with open_house(login_failures_per_address=1, proxies=1) as house:
        client = house.console()

        async def guess(number: int, forwarded: str) -> int:
            body = {"staff_number": f"90{number}", "password": "wrong"}
            headers = {"X-Forwarded-For": forwarded}
            return (await client.ask("POST", "/api/v1/officer/session", body, headers=headers)).status

        assert await guess(0, "192.0.2.1") == 401
        assert await guess(1, "192.0.2.2") == 401
        # What a browser claims itself stands before what the proxy adds.
        assert await guess(2, "192.0.2.9, 192.0.2.1") == 429
        assert await guess(3, "2001:db8::1") == 401
        assert await guess(4, "2001:db8::2") == 429


async def test_without_a_proxy_nobody_chooses_the_address(open_house: OpenHouse) -> None:
    async with open_house(login_failures_per_address=1) as house:
        client = house.console()
        body = {"staff_number": "900", "password": "wrong"}
        for claimed, status in (("192.0.2.1", 401), ("192.0.2.2", 429)):
            headers = {"X-Forwarded-For": claimed}
            assert (
                await client.ask("POST", "/api/v1/officer/session", body, headers=headers)
            ).status == status


@pytest.mark.feature("S1")
async def test_signing_out_ends_the_session_and_its_pages(house: House) -> None:
    client, page = await house.taxpayer(CHEN)
    other = house.visitor()
    await other.sign_in(CHEN)
    token = token_of(client, SessionKind.TAXPAYER)
    answer = await client.ask("DELETE", SESSION)
    assert answer.status == 200
    assert "max-age=0" in answer.cookies["shuitong_taxpayer"].lower()
    await page.closed.wait()
    stolen = await house.visitor().ask("GET", SESSION, headers={"Cookie": f"shuitong_taxpayer={token}"})
    assert stolen.problem.code == "not_signed_in"
    assert (await other.ask("GET", SESSION)).status == 200


async def test_the_next_person_in_a_browser_ends_the_session_before(house: House) -> None:
    client, page = await house.taxpayer(CHEN)
    token = token_of(client, SessionKind.TAXPAYER)
    view = await client.sign_in(HUANG)
    await page.closed.wait()
    stolen = await house.visitor().ask("GET", SESSION, headers={"Cookie": f"shuitong_taxpayer={token}"})
    assert stolen.problem.code == "not_signed_in"
    assert (await client.ask("GET", SESSION)).as_(TaxpayerView).name == view.name == HUANG.name
    console, desk = await house.officer(LIN)
    assert (await console.try_password(ZHOU.staff_number, "wrong")).status == 401
    assert not desk.closed.is_set()
    await console.sign_in(ZHOU)
    await desk.closed.wait()


async def test_an_idle_session_ends_and_use_keeps_it(open_house: OpenHouse) -> None:
    async with open_house(session_idle_s=600, session_absolute_s=3_600) as house:
        client = house.visitor()
        await client.sign_in(CHEN)
        for _ in range(3):
            house.clock.ahead_ms += 500_000
            assert (await client.ask("GET", SESSION)).status == 200
        house.clock.ahead_ms += 601_000
        expired = await client.ask("GET", SESSION)
        assert (expired.status, expired.problem.code) == (401, "session_expired")


async def test_a_session_has_a_whole_length_however_it_is_used(open_house: OpenHouse) -> None:
    async with open_house(session_idle_s=600, session_absolute_s=1_200) as house:
        client = house.visitor()
        await client.sign_in(CHEN)
        for _ in range(2):
            house.clock.ahead_ms += 500_000
            assert (await client.ask("GET", SESSION)).status == 200
        house.clock.ahead_ms += 201_000
        assert (await client.ask("GET", SESSION)).problem.code == "session_expired"


async def test_a_taxpayers_session_is_no_officers(house: House) -> None:
    client = house.visitor()
    await client.sign_in(CHEN)
    token = token_of(client, SessionKind.TAXPAYER)
    answer = await house.console().ask("GET", DESK_SESSION, headers={"Cookie": f"shuitong_officer={token}"})
    assert answer.problem.code == "not_signed_in"


@pytest.mark.sqlite_records
async def test_a_reader_of_the_records_learns_neither_numbers_nor_sessions(house: House) -> None:
    client, _ = await house.taxpayer(CHEN)
    await client.take("t1", GENERAL)
    officer, _ = await house.officer(LIN)
    content = bytes_of(house.data_dir)
    assert CHEN.name.encode() in content
    assert CHEN.number.encode() not in content
    assert CHEN.number[:17].encode() not in content
    assert token_of(client, SessionKind.TAXPAYER).encode() not in content
    assert token_of(officer, SessionKind.OFFICER).encode() not in content
    assert PASSWORD.encode() not in content
