"""An officer's log-in with second factor, own password and sessions (S31), over HTTP."""

import asyncio
import re
from typing import Any
from urllib.parse import unquote

import pyotp
import pytest
from sqlalchemy import select

from api.routes.signing import OfficerEnrolled
from cases import schema
from cases.people.tables import second_factors
from cases.people.views import EnrolmentView, RecoveryCodes, SecurityView, SessionsView
from cases.views.desks import OfficerView
from server.demo import PASSWORD
from signaling import events
from tests.clients import Answer, OfficerClient
from tests.product import CHEN, HUANG, LIN, ZHOU, House, OpenHouse

pytestmark = pytest.mark.both_records

SESSION = "/api/v1/officer/session"
SECURITY = "/api/v1/officer/security"
FACTOR = "/api/v1/officer/second-factor"
NEW = "湖光秋月两相和 2026"


class App:
    """An authenticator app in step with the server's clock."""

    def __init__(self, house: House, secret: str) -> None:
        self._house = house
        self._codes = pyotp.HOTP(secret)

    def code(self, steps_away: int = 0) -> str:
        return self._codes.at(self._house.clock.now_ms() // 30_000 + steps_away)

    def next_code(self) -> str:
        """One that was not shown before."""
        self._house.clock.ahead_ms += 30_000
        return self.code()


async def enrol(house: House, client: OfficerClient) -> tuple[App, RecoveryCodes]:
    begun = (await client.ask("POST", FACTOR, {"password": PASSWORD})).as_(EnrolmentView)
    app = App(house, begun.secret)
    confirmed = await client.ask("POST", f"{FACTOR}/code", {"code": app.code()})
    return app, confirmed.as_(RecoveryCodes)


async def challenge_of(client: OfficerClient, code: str = "second_factor_needed") -> str:
    """After the password: what the next step is asked with."""
    refused = await client.try_password(LIN.staff_number, PASSWORD)
    assert (refused.status, refused.problem.code, refused.cookies) == (401, code, {})
    assert refused.problem.challenge is not None
    return refused.problem.challenge


async def show(client: OfficerClient, challenge: str, code: str) -> Answer:
    return await client.ask("POST", f"{SESSION}/code", {"challenge": challenge, "code": code})


async def code_of(client: OfficerClient, path: str, body: dict[str, Any]) -> str:
    return (await client.ask("POST", path, body)).problem.code


@pytest.mark.feature("S31")
async def test_who_has_a_second_factor_is_asked_for_it(house: House) -> None:
    client = house.console()
    await client.sign_in(LIN)
    begun = (await client.ask("POST", FACTOR, {"password": PASSWORD})).as_(EnrolmentView)
    assert begun.address.startswith("otpauth://totp/")
    assert f"secret={begun.secret}" in begun.address
    assert LIN.staff_number in begun.address
    assert begun.picture.startswith("data:image/svg+xml")
    assert "<svg" in unquote(begun.picture)
    # Begun is not set: the log-in is as before.
    assert (await house.console().try_password(LIN.staff_number, PASSWORD)).status == 201
    app = App(house, begun.secret)
    codes = (await client.ask("POST", f"{FACTOR}/code", {"code": app.code()})).as_(RecoveryCodes).codes
    assert len(set(codes)) == 10
    other = house.console()
    challenge = await challenge_of(other)
    assert (await other.ask("GET", SESSION)).problem.code == "not_signed_in"
    answer = await show(other, challenge, app.next_code())
    assert answer.status == 201
    assert answer.as_(OfficerView).staff_number == LIN.staff_number
    security = (await other.ask("GET", SECURITY)).as_(SecurityView)
    assert security.second_factor_since_ms is not None
    assert security.recovery_codes_left == 10


async def test_a_code_is_accepted_once(house: House) -> None:
    client = house.console()
    await client.sign_in(LIN)
    app, _ = await enrol(house, client)
    other = house.console()
    # Neither the one that confirmed the enrolment nor an older one.
    for code in (app.code(), app.code(-1)):
        assert (await show(other, await challenge_of(other), code)).problem.code == "code_wrong"
    code = app.next_code()
    challenge = await challenge_of(other)
    answers = await asyncio.gather(*(show(house.console(), challenge, code) for _ in range(4)))
    assert sorted(answer.status for answer in answers) == [201, 422, 422, 422]


async def test_a_clock_that_is_half_a_minute_off_is_fine_and_more_is_not(house: House) -> None:
    client = house.console()
    await client.sign_in(LIN)
    app, _ = await enrol(house, client)
    house.clock.ahead_ms += 300_000
    other = house.console()
    for steps, status in ((2, 422), (-2, 422), (-1, 201), (1, 201)):
        assert (await show(other, await challenge_of(other), app.code(steps))).status == status, steps


@pytest.mark.feature("S31")
async def test_a_recovery_code_is_good_once_in_the_place_of_a_code(house: House) -> None:
    client = house.console()
    await client.sign_in(LIN)
    app, recovery = await enrol(house, client)
    other = house.console()
    first = recovery.codes[0]
    assert (await show(other, await challenge_of(other), first.upper().replace("-", " "))).status == 201
    assert (await show(other, await challenge_of(other), first)).problem.code == "code_wrong"
    assert (await other.ask("GET", SECURITY)).as_(SecurityView).recovery_codes_left == 9
    renewed = await client.ask("POST", "/api/v1/officer/recovery-codes", {"code": app.next_code()})
    assert len(renewed.as_(RecoveryCodes).codes) == 10
    assert (await show(other, await challenge_of(other), recovery.codes[1])).problem.code == "code_wrong"


async def test_wrong_codes_are_counted(open_house: OpenHouse) -> None:
    async with open_house(login_failures_per_account=2, login_window_s=600) as house:
        client = house.console()
        await client.sign_in(LIN)
        app, _ = await enrol(house, client)
        other = house.console()
        challenge = await challenge_of(other)
        answers = await asyncio.gather(*(show(other, challenge, "000000") for _ in range(5)))
        assert sorted(answer.status for answer in answers) == [422, 422, 429, 429, 429]
        # Neither the right code nor the password again helps.
        assert (await show(other, await challenge_of(other), app.next_code())).status == 429
        house.clock.ahead_ms += 600_000
        assert (await show(other, await challenge_of(other), app.code())).status == 201


async def test_a_challenge_is_for_its_step_and_its_time(house: House) -> None:
    client = house.console()
    await client.sign_in(LIN)
    app, _ = await enrol(house, client)
    other = house.console()
    challenge = await challenge_of(other)
    body = {"challenge": challenge, "new_password": NEW}
    assert await code_of(other, f"{SESSION}/password", body) == "log_in_again"
    assert await code_of(other, f"{SESSION}/enrolment", {"challenge": challenge}) == "log_in_again"
    for forged in ("x", "gAAAAA", "é", challenge[:-2]):
        assert (await show(other, forged, app.next_code())).problem.code == "log_in_again"
    taken = await other.ask(
        "POST", "/api/v1/taxpayer/session", {"challenge": challenge, "method": "development"}
    )
    assert taken.problem.code == "challenge_invalid"
    house.clock.ahead_ms += 310_000
    assert (await show(other, challenge, app.code())).problem.code == "log_in_again"


async def test_a_challenge_dies_with_the_password_it_was_given_for(house: House) -> None:
    client = house.console()
    await client.sign_in(LIN)
    app, _ = await enrol(house, client)
    challenge = await challenge_of(house.console())
    await client.ask("POST", "/api/v1/officer/password", {"password": PASSWORD, "new_password": NEW})
    assert (await show(house.console(), challenge, app.next_code())).problem.code == "log_in_again"


@pytest.mark.feature("S31")
async def test_where_it_is_required_everybody_sets_one_up(open_house: OpenHouse) -> None:
    async with open_house(second_factor="required") as house:
        client = house.console()
        challenge = await challenge_of(client, "enrolment_needed")
        begun = await client.ask("POST", f"{SESSION}/enrolment", {"challenge": challenge})
        app = App(house, begun.as_(EnrolmentView).secret)
        path = f"{SESSION}/enrolment/code"
        assert await code_of(client, path, {"challenge": challenge, "code": "000000"}) == "code_wrong"
        done = await client.ask("POST", path, {"challenge": challenge, "code": app.code()})
        enrolled = done.as_(OfficerEnrolled)
        assert (done.status, enrolled.officer.staff_number) == (201, LIN.staff_number)
        assert len(enrolled.recovery_codes.codes) == 10
        assert (await client.ask("GET", SESSION)).status == 200
        # The next time it is asked for, and it cannot be taken away.
        assert (await show(client, await challenge_of(client), app.next_code())).status == 201
        removal = {"password": PASSWORD, "code": app.next_code()}
        assert await code_of(client, f"{FACTOR}/removal", removal) == "second_factor_required"


async def test_where_it_is_off_none_is_asked_for(open_house: OpenHouse) -> None:
    async with open_house() as house:
        client = house.console()
        await client.sign_in(LIN)
        await enrol(house, client)
    async with open_house(second_factor="off") as house:
        client = house.console()
        await client.sign_in(LIN)
        assert await code_of(client, FACTOR, {"password": PASSWORD}) == "second_factor_off"


async def test_a_second_factor_is_taken_away_with_password_and_code(house: House) -> None:
    client = house.console()
    await client.sign_in(LIN)
    path = f"{FACTOR}/removal"
    assert await code_of(client, path, {"password": PASSWORD, "code": "000000"}) == "second_factor_missing"
    app, _ = await enrol(house, client)
    assert await code_of(client, FACTOR, {"password": PASSWORD}) == "second_factor_present"
    assert await code_of(client, path, {"password": "x", "code": app.next_code()}) == "password_wrong"
    assert await code_of(client, path, {"password": PASSWORD, "code": "000000"}) == "code_wrong"
    gone = await client.ask("POST", path, {"password": PASSWORD, "code": app.next_code()})
    assert gone.as_(SecurityView).second_factor_since_ms is None
    await house.console().sign_in(LIN)


@pytest.mark.sqlite_records
async def test_the_secret_is_sealed_and_recovery_codes_are_digests(house: House) -> None:
    client = house.console()
    await client.sign_in(LIN)
    begun = (await client.ask("POST", FACTOR, {"password": PASSWORD})).as_(EnrolmentView)
    confirmed = await client.ask("POST", f"{FACTOR}/code", {"code": App(house, begun.secret).code()})
    files = [file for file in house.data_dir.iterdir() if file.name.startswith("records.sqlite3")]
    content = b"".join(file.read_bytes() for file in files)
    for secret in (begun.secret, *confirmed.as_(RecoveryCodes).codes):
        assert secret.encode() not in content
        assert secret.replace("-", "").encode() not in content
    async with house.product.database.reading() as connection:
        sealed = await connection.scalar(select(second_factors.c.secret_sealed))
    assert sealed is not None
    assert house.product.sealer.open(sealed) == begun.secret


@pytest.mark.feature("S31")
async def test_another_password_ends_the_other_sessions(house: House) -> None:
    client, page = await house.officer(LIN)
    other, other_page = await house.officer(LIN)
    path = "/api/v1/officer/password"
    assert await code_of(client, path, {"password": "wrong", "new_password": NEW}) == "password_wrong"
    answer = await client.ask("POST", path, {"password": PASSWORD, "new_password": NEW})
    assert answer.as_(SecurityView).password_changed_at_ms is not None
    assert (await other_page.wait_for(events.SESSION_ENDED)).reason == "signed_out"
    await other_page.closed.wait()
    assert (await other.ask("GET", SESSION)).problem.code == "not_signed_in"
    assert (await client.ask("GET", SESSION)).status == 200
    assert not page.closed.is_set()
    assert (await house.console().try_password(LIN.staff_number, PASSWORD)).problem.code == "password_wrong"
    assert (await house.console().try_password(LIN.staff_number, NEW)).status == 201


async def test_passwords_that_may_not_be_chosen(house: House) -> None:
    client = house.console()
    await client.sign_in(LIN)
    for chosen, fault in (
        ("k7!mq-3xw", "password_too_short"),
        ("password123", "password_too_common"),
        ("１２３４５６７８９０", "password_too_common"),
        ("aaaaaaaaaaaa", "password_too_common"),
        ("abcabcabcabc1", "password_too_common"),
        ("qwertyuiopasdf", "password_too_common"),
        ("0731073107310", "password_about_the_person"),
        ("林思远林思远林思远林", "password_about_the_person"),
        ("pw0731-0731", "password_about_the_person"),
        (PASSWORD, "password_the_old_one"),
    ):
        body = {"password": PASSWORD, "new_password": chosen}
        problem = (await client.ask("POST", "/api/v1/officer/password", body)).problem
        assert problem.code == "password_refused"
        assert [(one.field, one.code) for one in problem.fields] == [("new_password", fault)], chosen
        assert chosen not in repr(problem)


@pytest.mark.feature("S1", "S31")
async def test_ones_own_sessions_are_listed_and_ended(house: House) -> None:
    first, page = await house.officer(LIN)
    second, second_page = await house.officer(LIN)
    third, third_page = await house.officer(LIN)
    _, others_page = await house.officer(ZHOU)
    path = "/api/v1/officer/sessions"
    seen = (await first.ask("GET", path)).as_(SessionsView)
    assert [one.current for one in seen.sessions].count(True) == 1
    assert {one.network for one in seen.sessions} == {"127.0.0.0/24"}
    assert len(seen.sessions) == 3
    mine = (await second.ask("GET", path)).as_(SessionsView)
    (second_id,) = [one.session_id for one in mine.sessions if one.current]
    left = (await first.ask("DELETE", f"{path}/{second_id}")).as_(SessionsView)
    assert len(left.sessions) == 2
    await second_page.closed.wait()
    assert (await second.ask("GET", SESSION)).problem.code == "not_signed_in"
    assert len((await first.ask("DELETE", path)).as_(SessionsView).sessions) == 1
    await third_page.closed.wait()
    assert (await third.ask("GET", SESSION)).problem.code == "not_signed_in"
    assert not page.closed.is_set()
    assert not others_page.closed.is_set()

    taxpayer, _ = await house.taxpayer(CHEN)
    phone, phone_page = await house.taxpayer(CHEN)
    stranger, stranger_page = await house.taxpayer(HUANG)
    path = "/api/v1/taxpayer/sessions"
    (theirs,) = (await stranger.ask("GET", path)).as_(SessionsView).sessions
    for unknown in (theirs.session_id, "0" * 64, second_id):
        assert (await taxpayer.ask("DELETE", f"{path}/{unknown}")).problem.code == "session_unknown"
    assert len((await taxpayer.ask("DELETE", path)).as_(SessionsView).sessions) == 1
    await phone_page.closed.wait()
    assert (await phone.ask("GET", path)).problem.code == "not_signed_in"
    assert not stranger_page.closed.is_set()


async def test_the_audit_trail_has_the_changes_and_no_secrets(house: House) -> None:
    client = house.console()
    view = await client.sign_in(LIN)
    app, recovery = await enrol(house, client)
    await client.ask("POST", "/api/v1/officer/password", {"password": PASSWORD, "new_password": NEW})
    await client.ask("POST", f"{FACTOR}/removal", {"password": NEW, "code": app.next_code()})
    async with house.product.database.reading() as connection:
        rows = (
            await connection.execute(
                select(schema.audit_entries)
                .where(schema.audit_entries.c.object_kind == "officer")
                .order_by(schema.audit_entries.c.at_ms, schema.audit_entries.c.sequence)
            )
        ).all()
    assert [(row.action, row.object_id, row.actor_id, row.detail) for row in rows] == [
        ("officer.second_factor", view.officer_id, view.officer_id, {"set": True}),
        ("officer.password", view.officer_id, view.officer_id, {}),
        ("officer.second_factor", view.officer_id, view.officer_id, {"set": False}),
    ]
    assert not re.search(f"{NEW}|{PASSWORD}|{recovery.codes[0]}", repr(rows))
