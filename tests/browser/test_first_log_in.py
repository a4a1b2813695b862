"""An officer whom an admin has just added logs in for the first time, in the pages (S31)."""

from collections.abc import Callable
from urllib.parse import urljoin

import pyotp
import pytest
from playwright.async_api import expect

from cases.people.views import OneTimePassword
from server.demo import ADMIN, HALL
from tests.browser.conftest import People, StartServer
from tests.browser.faults import has_no_fault
from tests.browser.server_process import ServerProcess
from tests.clients import OfficerClient

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PeopleAt = Callable[[ServerProcess], People]
OWN = "湖光秋月两相和 2026"


async def added(server: ServerProcess, password: str) -> str:
    """The one-time password of 0799, whom the admin adds."""
    admin = OfficerClient(server.url)
    assert (await admin.try_password(ADMIN.staff_number, password)).status == 201
    new = {"staff_number": "0799", "officer_name": "罗一鸣", "hall_id": HALL.hall_id, "roles": ["officer"]}
    answer = await admin.ask("POST", "/api/v1/admin/officers", new, headers={"Idempotency-Key": "k1"})
    await admin.close()
    given = answer.as_(OneTimePassword).password
    assert given is not None
    return given


@pytest.mark.feature("S31", "S38")
async def test_a_password_that_was_given_out_is_changed_before_anything_else(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    server = await start_server()
    people = people_at(server)
    given = await added(server, people.password)
    page = (await people.officer_signed_out()).page
    await page.goto(urljoin(server.url, "/officer/login"))
    await page.get_by_test_id("login-staff-number").fill("0799")
    await page.get_by_test_id("login-password").fill(given)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="设置自己的密码")).to_be_visible()
    await has_no_fault(page)

    async def choose(password: str, again: str) -> None:
        await page.get_by_test_id("new-password").fill(password)
        await page.get_by_test_id("new-password-again").fill(again)
        await page.keyboard.press("Enter")

    await choose("太短了", "太短了")
    await expect(page.get_by_text("至少 10 个字符", exact=True)).to_be_visible()
    await choose(OWN, f"{OWN}!")
    await expect(page.get_by_text("两次输入的不一样")).to_be_visible()
    await choose(given, given)
    await expect(page.get_by_test_id("login-error")).to_have_text("新密码不能与旧密码相同。")
    await choose("qwertyuiop", "qwertyuiop")
    await expect(page.get_by_test_id("login-error")).to_have_text("这个密码太常见，容易被猜到。")
    await choose(OWN, OWN)
    await page.get_by_test_id("signon-submit").wait_for()

    # From now on it is the officer's own, and the other one is over.
    client = OfficerClient(server.url)
    assert (await client.try_password("0799", given)).problem.code == "password_wrong"
    assert (await client.try_password("0799", OWN)).status == 201
    await client.close()


@pytest.mark.feature("S31")
async def test_a_second_factor_is_set_up_at_log_in_and_asked_for_at_the_next(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    server = await start_server(second_factor="required")
    people = people_at(server)
    page = (await people.officer_signed_out()).page

    async def say_password() -> None:
        await page.goto(urljoin(server.url, "/officer/login"))
        await page.get_by_test_id("login-staff-number").fill("0731")
        await page.get_by_test_id("login-password").fill(people.password)
        await page.keyboard.press("Enter")

    await say_password()
    await expect(page.get_by_role("img", name="验证器用的二维码")).to_be_visible()
    await has_no_fault(page)
    secret = await page.locator(".enrolment code").inner_text()
    await page.get_by_test_id("login-code-input").fill("000000")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("login-error")).not_to_be_empty()
    await page.get_by_test_id("login-code-input").fill(pyotp.TOTP(secret).now())
    await page.keyboard.press("Enter")
    recovery = page.get_by_test_id("login-recovery").locator("code")
    code = await recovery.first.inner_text()
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.get_by_test_id("recovery-copy").click()
    await expect(page.get_by_role("status").filter(has_text="已复制")).to_be_visible()
    copied: str = await page.evaluate("() => navigator.clipboard.readText()")
    assert copied.split() == await recovery.all_inner_texts()
    await has_no_fault(page)
    await page.get_by_test_id("recovery-kept").click()
    await page.get_by_test_id("signon-submit").wait_for()

    # In another browser, without the phone.
    page = (await people.officer_signed_out()).page
    await say_password()
    await page.get_by_test_id("login-code-input").fill(code)
    await page.keyboard.press("Enter")
    await page.get_by_test_id("signon-submit").wait_for()
