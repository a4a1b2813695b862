"""A call comes back by itself: other networks, outages, loss, reloads and closed tabs, with real browsers."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Final

import pytest
from playwright.async_api import expect

from tests.browser.bad_network import BadNetwork
from tests.browser.conftest import People, StartServer
from tests.browser.pages import CallSide, OfficerPage, TaxpayerPage
from tests.browser.server_process import ServerProcess
from tests.browser.visitor import Visitor
from tests.rtc.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

NETWORK: Final = "127.0.0.2"
OUTAGE_S: Final = 5.0
WATCHED: Final = 15
"""Pictures: a second of a camera's."""
BAD_NETWORKS: Final = ((0.05, 0), (0.2, 0), (0.05, 200))
"""Loss and delay (ms)."""

STILL_THE_SAME = """() => {
  const connection = window.__shuitongCall.peerConnection
  window.keptConnection ??= connection
  return window.keptConnection === connection
}"""


class Talk:
    """A taxpayer and an officer in a call, over a network that can be spoiled."""

    def __init__(
        self, server: ServerProcess, network: BadNetwork, taxpayer: TaxpayerPage, officer: OfficerPage
    ) -> None:
        self.server = server
        self.network = network
        self.taxpayer = taxpayer
        self.officer = officer

    @property
    def sides(self) -> tuple[CallSide, CallSide]:
        return self.taxpayer, self.officer

    async def runs(self) -> None:
        await asyncio.gather(*(side.frames_grow() for side in self.sides))

    async def keep_connections(self) -> bool:
        """Whether both pages still have the connection of the first time that this was asked."""
        return all([await side.page.evaluate(STILL_THE_SAME) for side in self.sides])


@contextlib.asynccontextmanager
async def talking(
    start_server: StartServer, people_at: Callable[[ServerProcess], People], **settings: int
) -> AsyncIterator[Talk]:
    server = await start_server(media_announced=NETWORK, **settings)
    network = BadNetwork(NETWORK)
    await network.open(server.media_port)
    people = people_at(server)
    taxpayer = await people.taxpayer(0)
    await taxpayer.take_ticket("A")
    officer = await people.officer("A")
    await officer.call_next()
    await taxpayer.is_called()
    await taxpayer.confirm()
    talk = Talk(server, network, taxpayer, officer)
    await asyncio.gather(taxpayer.is_in_call(), officer.is_in_call())
    await talk.runs()
    try:
        yield talk
    finally:
        network.close()


@pytest.fixture
async def talk(
    start_server: StartServer, people_at: Callable[[ServerProcess], People]
) -> AsyncIterator[Talk]:
    async with talking(start_server, people_at) as talk:
        yield talk


@pytest.mark.feature("B2", "S27")
async def test_over_other_networks_an_outage_and_loss_it_stays_one_connection(
    talk: Talk, figures: Callable[[str, float], None]
) -> None:
    assert await talk.keep_connections()
    taken_s = await _pictures_from_new_addresses(talk)
    figures("address_gone_to_5_frames_on_both_sides_s", taken_s)
    taken_s = await _pictures_from_new_addresses(talk, told=True)
    figures("told_of_another_network_to_5_frames_on_both_sides_s", taken_s)
    taken_s = await _pictures_after_an_outage(talk)
    figures("outage_of_5_s_over_to_5_frames_on_both_sides_s", taken_s)
    await asyncio.gather(*(side.hears(something=True) for side in talk.sides))
    for loss, delay_ms in BAD_NETWORKS:
        taken_s = await _pictures_on_a_bad_network(talk, loss, delay_ms)
        figures(f"{WATCHED}_frames_at_loss_{loss}_delay_{delay_ms}_s", taken_s)
    assert await talk.keep_connections()
    talk.network.loss, talk.network.delay_ms = 0, 0
    await _the_call_goes_on_after_the_server_was_killed(talk)


async def _the_call_goes_on_after_the_server_was_killed(talk: Talk) -> None:
    """Both pages say so, join again by themselves, and it is the same ticket's one call."""
    [before] = (await Visitor(talk.taxpayer.page, talk.server).see("/home"))["tickets"]
    await talk.server.kill()
    await asyncio.gather(*(_says_that_it_is_away(side) for side in talk.sides))
    await talk.server.start()
    for side in talk.sides:
        await side.page.wait_for_function(
            "() => window.keptConnection !== window.__shuitongCall.peerConnection"
        )
    await talk.runs()
    await asyncio.gather(*(side.hears(something=True) for side in talk.sides))
    for side in talk.sides:
        await expect(side.page.get_by_test_id("connection-lost")).to_have_count(0)
        await expect(side.page.get_by_test_id("call-state")).to_have_text("通话中")
    [after] = (await Visitor(talk.taxpayer.page, talk.server).see("/home"))["tickets"]
    same = ("ticket_id", "number", "state", "call_number")
    assert [after[name] for name in same] == [before[name] for name in same]
    assert after["call"]["call_id"] == before["call"]["call_id"]


async def _says_that_it_is_away(side: CallSide) -> None:
    await expect(side.page.get_by_test_id("connection-lost")).to_be_visible()
    await expect(side.page.get_by_test_id("call-state")).to_have_text("正在恢复连接")


async def _pictures_from_new_addresses(talk: Talk, *, told: bool = False) -> float:
    """Both sides lose their addresses: seconds until both see pictures from other ones."""
    before = talk.network.addresses
    talk.network.leave_addresses()
    left_at = time.monotonic()
    if told:
        for side in talk.sides:
            await side.page.evaluate("() => window.dispatchEvent(new Event('online'))")
    await wait_until(lambda: talk.network.addresses >= before + 2, "other addresses", timeout_s=20)
    await talk.runs()
    return time.monotonic() - left_at


async def _pictures_after_an_outage(talk: Talk) -> float:
    """The taxpayer is without any network, not without media only: seconds from its end until both see
    pictures.
    """
    talk.network.is_down = True
    await talk.taxpayer.context.set_offline(True)
    await asyncio.gather(asyncio.sleep(OUTAGE_S), _says_that_it_is_away(talk.taxpayer))
    talk.network.is_down = False
    await talk.taxpayer.context.set_offline(False)
    over_at = time.monotonic()
    await talk.runs()
    return time.monotonic() - over_at


async def _pictures_on_a_bad_network(talk: Talk, loss: float, delay_ms: int) -> float:
    """Seconds from the first lost packets until both sides have seen ``WATCHED`` more pictures."""
    dropped = talk.network.dropped
    talk.network.loss, talk.network.delay_ms = loss, delay_ms
    await wait_until(lambda: talk.network.dropped >= dropped + 5, "lost packets")
    begun_at = time.monotonic()
    await asyncio.gather(*(side.frames_grow(by=WATCHED) for side in talk.sides))
    return time.monotonic() - begun_at


@pytest.mark.feature("B2", "S27")
async def test_reloads_closed_tabs_and_other_pages_come_back_as_they_were(talk: Talk) -> None:
    await _every_page_has_a_way_back(talk)
    taxpayer, officer = talk.taxpayer, talk.officer
    await taxpayer.press("call-mic")
    await officer.press("call-camera")
    await officer.page.get_by_test_id("call-peer-microphone").wait_for()
    await taxpayer.page.get_by_test_id("call-peer-camera").wait_for()

    await asyncio.gather(taxpayer.page.reload(), officer.page.reload())
    await officer.page.get_by_test_id("call-peer-microphone").wait_for()
    await taxpayer.page.get_by_test_id("call-peer-camera").wait_for()
    await asyncio.gather(officer.frames_grow(), taxpayer.hears(something=True))
    assert (await officer.inbound()).energy == 0

    # The tab is closed, and opened again: it goes back into the call without a question.
    home = taxpayer.page.url.partition("/call")[0]
    reopened = await taxpayer.context.new_page()
    await taxpayer.page.close()
    await reopened.goto(home)
    taxpayer.page = reopened
    await taxpayer.page.get_by_test_id("call-page").wait_for()
    await asyncio.gather(officer.frames_grow(), taxpayer.hears(something=True))
    await officer.page.get_by_test_id("call-peer-microphone").wait_for()
    assert (await officer.inbound()).energy == 0
    await taxpayer.press("call-mic")
    await officer.press("call-camera")
    await asyncio.gather(officer.hears(something=True), taxpayer.sees("bright"))


async def _every_page_has_a_way_back(talk: Talk) -> None:
    taxpayer, officer = talk.taxpayer, talk.officer
    await taxpayer.page.get_by_role("button", name="返回办理进度").click()
    bar = taxpayer.page.get_by_test_id("call-bar")
    await expect(bar).to_contain_text("返回通话")
    await talk.runs()
    await bar.click()
    await taxpayer.is_in_call()

    await officer.page.get_by_role("button", name="服务线").click()
    bar = officer.page.get_by_test_id("call-bar")
    await expect(bar).to_contain_text("返回通话")
    await asyncio.gather(*(side.hears(something=True) for side in talk.sides))
    await bar.click()
    await officer.is_in_call()
    await expect(officer.page.get_by_test_id("call-bar")).to_have_count(0)


@pytest.mark.feature("B2", "S27")
async def test_who_comes_back_too_late_hears_how_it_ended(
    start_server: StartServer, people_at: Callable[[ServerProcess], People]
) -> None:
    async with talking(start_server, people_at, media_grace_ms=2_000, media_silent_ms=1_000) as talk:
        talk.network.leave_addresses()
        talk.network.is_down = True
        await talk.taxpayer.context.set_offline(True)
        ended = talk.officer.page.get_by_text("有一方断开太久，视频自动结束。")
        await ended.wait_for()
        await talk.taxpayer.context.set_offline(False)
        ended = talk.taxpayer.page.get_by_text("对方很久没有连上，通话已结束。")
        await ended.wait_for()
