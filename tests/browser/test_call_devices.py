"""Choosing microphone, camera and speaker in a call, and what happens when one of them is not there."""

import re
from collections.abc import Callable
from typing import cast

import pytest
from playwright.async_api import Page, expect

from tests.browser.call_devices import FAULTS
from tests.browser.conftest import People, StartServer
from tests.browser.faults import has_no_fault
from tests.browser.pages import CallSide, OfficerPage, TaxpayerPage
from tests.browser.server_process import ServerProcess

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PeopleAt = Callable[[ServerProcess], People]


async def _in_call(people: People, *, faults: str = "") -> tuple[TaxpayerPage, OfficerPage]:
    """A call between two pages; ``faults`` runs before the taxpayer's devices are opened."""
    taxpayer = await people.taxpayer(0)
    await taxpayer.page.add_init_script(f"{FAULTS};{faults}")
    await taxpayer.page.reload()
    await taxpayer.take_ticket("A")
    officer = await people.officer("A")
    await officer.call_next()
    await taxpayer.is_called()
    await taxpayer.confirm()
    await taxpayer.is_in_call()
    await officer.page.get_by_test_id("call-page").wait_for()
    return taxpayer, officer


async def _labels(page: Page, device: str) -> list[str]:
    options = page.get_by_test_id(f"choose-{device}").locator("option:not([value=''])")
    return await options.all_inner_texts()


async def _chosen(page: Page, device: str) -> str:
    field = page.get_by_test_id(f"choose-{device}")
    return cast("str", await field.evaluate("(field) => field.selectedOptions[0].textContent"))


async def _said(side: CallSide, words: str) -> None:
    await expect(side.page.get_by_test_id("call-page")).to_contain_text(words)


@pytest.mark.feature("S27")
async def test_a_chosen_camera_is_sent_and_remembered(start_server: StartServer, people_at: PeopleAt) -> None:
    people = people_at(await start_server())
    taxpayer, officer = await _in_call(people)
    before = await officer.sees("bright")
    descriptions = await taxpayer.descriptions()

    await taxpayer.press("call-devices")
    first = await _chosen(taxpayer.page, "camera")
    [other] = [label for label in await _labels(taxpayer.page, "camera") if label != first]
    await has_no_fault(taxpayer.page)
    await taxpayer.page.get_by_test_id("choose-camera").select_option(label=other)
    await officer.sees("changed", other_than=before)
    assert await _chosen(taxpayer.page, "camera") == other
    assert await taxpayer.descriptions() == descriptions
    await taxpayer.press("devices-done")

    await taxpayer.page.reload()
    await taxpayer.is_in_call()
    await taxpayer.press("call-devices")
    await expect(taxpayer.page.get_by_test_id("choose-camera").locator("option:checked")).to_have_text(other)

    await officer.press("call-devices")
    speakers = await _labels(officer.page, "speaker")
    await officer.page.get_by_test_id("choose-speaker").select_option(label=speakers[-1])
    chosen = await officer.page.get_by_test_id("choose-speaker").input_value()
    await officer.page.wait_for_function(
        "(id) => document.querySelector('[data-testid=remote-video]').sinkId === id", arg=chosen
    )
    await has_no_fault(officer.page)
    await officer.press("devices-done")
    await officer.page.reload()
    await officer.is_in_call()
    await officer.page.wait_for_function(
        "(id) => document.querySelector('[data-testid=remote-video]').sinkId === id", arg=chosen
    )


@pytest.mark.feature("S27")
async def test_an_unplugged_camera_is_replaced_then_missed_then_found_again(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    people = people_at(await start_server())
    taxpayer, officer = await _in_call(people)
    await officer.sees("bright")
    await taxpayer.press("call-devices")
    first = await _chosen(taxpayer.page, "camera")
    [other] = [label for label in await _labels(taxpayer.page, "camera") if label != first]
    await taxpayer.press("devices-done")

    await taxpayer.page.evaluate("(label) => window.__unplug(label)", first)
    await _said(taxpayer, f"摄像头断开了，已换成{other}")
    await officer.frames_grow()

    await taxpayer.page.evaluate("(label) => window.__unplug(label)", other)
    await _said(taxpayer, "没有找到摄像头，先用语音通话")
    await officer.page.get_by_test_id("call-peer-camera").wait_for()
    await officer.hears(something=True)

    await taxpayer.page.evaluate("(label) => window.__plugIn(label)", first)
    await _said(taxpayer, "摄像头已接上")
    await officer.page.get_by_test_id("call-peer-camera").wait_for(state="detached")
    await officer.sees("bright")
    await officer.frames_grow()


@pytest.mark.feature("S27")
async def test_a_held_device_gives_the_first_one_back(start_server: StartServer, people_at: PeopleAt) -> None:
    people = people_at(await start_server())
    taxpayer, officer = await _in_call(people)
    await taxpayer.press("call-devices")
    first = await _chosen(taxpayer.page, "camera")
    [other] = [label for label in await _labels(taxpayer.page, "camera") if label != first]
    await taxpayer.page.evaluate("(label) => window.__held.push(label)", other)
    await taxpayer.page.get_by_test_id("choose-camera").select_option(label=other)
    await expect(taxpayer.page.get_by_role("alert")).to_contain_text(["这个设备打不开"])
    assert await _chosen(taxpayer.page, "camera") == first
    await officer.sees("bright")
    await officer.frames_grow()


@pytest.mark.feature("S27")
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("window.__denied.push('video')", "浏览器没有允许用摄像头，先用语音通话"),
        ("window.__gone.push(...['fake_device_0', 'fake_device_2'])", "没有找到摄像头，先用语音通话"),
    ],
)
async def test_without_a_camera_the_call_goes_on_by_voice(
    start_server: StartServer, people_at: PeopleAt, fault: str, said: str
) -> None:
    people = people_at(await start_server())
    taxpayer, officer = await _in_call(people, faults=fault)
    await _said(taxpayer, said)
    await officer.hears(something=True)
    await officer.page.get_by_test_id("call-peer-camera").wait_for()
    await taxpayer.hears(something=True)
    assert (await officer.inbound()).frames == 0


@pytest.mark.feature("S27")
async def test_a_refused_permission_is_explained_for_where_the_page_runs(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    people = people_at(await start_server())
    taxpayer, _ = await _in_call(
        people,
        faults="window.__denied.push('audio', 'video');"
        "Object.defineProperty(navigator, 'userAgent', {value: navigator.userAgent + ' MicroMessenger/8.0'})",
    )
    await _said(taxpayer, "浏览器没有允许用麦克风，对方听不到您")
    await taxpayer.page.get_by_role("button", name="怎么打开").first.click()
    advice = taxpayer.page.get_by_test_id("permission-advice")
    await expect(advice.get_by_role("listitem")).to_have_count(3)
    await expect(advice).to_contain_text(re.compile("微信.*允许.*在浏览器打开", re.DOTALL))
    await has_no_fault(taxpayer.page)
