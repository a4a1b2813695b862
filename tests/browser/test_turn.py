"""Calls from networks that let no UDP through: by TCP or TLS to a real coturn, by UDP from there."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.conftest import People, StartServer
from tests.browser.opened import CAMERAS
from tests.browser.pages import CallSide
from tests.browser.server_process import ServerProcess
from tests.chromium import ARGUMENTS, chromium_path
from tests.turn_server import SECRET, running_turn_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

# As if nothing but TURN got through.
RELAYED_ONLY = """
const Real = window.RTCPeerConnection
const relayed = (given) => ({ ...given, iceTransportPolicy: 'relay' })
window.RTCPeerConnection = class extends Real {
  constructor(given) { super(relayed(given)) }
  setConfiguration(given) { super.setConfiguration(relayed(given)) }
}
"""
WAY = """async () => {
  const stats = await window.__shuitongCall.peerConnection.getStats()
  const transport = [...stats.values()].find((entry) => entry.type === 'transport')
  const pair = stats.get(transport.selectedCandidatePairId)
  const local = stats.get(pair.localCandidateId)
  return [local.candidateType, local.relayProtocol]
}"""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """One that takes the TURN server's certificate as well, which nobody signed."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(), args=[*ARGUMENTS, CAMERAS, "--ignore-certificate-errors"]
        )
        yield browser
        await browser.close()


async def way(side: CallSide) -> list[str]:
    return cast("list[str]", await side.page.evaluate(WAY))


@pytest.mark.feature("S27", "B2")
@pytest.mark.parametrize("protocol", ["tcp", "tls"])
async def test_a_call_without_udp(
    protocol: str,
    tmp_path: Path,
    start_server: StartServer,
    people_at: Callable[[ServerProcess], People],
) -> None:
    async with running_turn_server(tmp_path) as turn:
        settings: dict[str, Any] = {
            "media_turn_urls": turn.tcp_url if protocol == "tcp" else turn.tls_url,
            "media_turn_secret": SECRET,
        }
        server = await start_server(**settings)
        people = people_at(server)
        taxpayer = await people.taxpayer(0, signed_in=False)
        officer = await people.officer_signed_out()
        for side in (taxpayer, officer):
            await side.page.context.add_init_script(RELAYED_ONLY)
        await taxpayer.log_in(server.url)
        await officer.log_in(server.url, "0731", people.password)
        await officer.sign_on("A")
        await taxpayer.page.goto(f"{server.url}/check")
        await expect(taxpayer.page.get_by_test_id("check-network")).to_contain_text("经中转传送")
        await taxpayer.page.goto(server.url)
        await taxpayer.take_ticket("A")
        await officer.call_next()
        await taxpayer.is_called()
        await taxpayer.confirm()
        await asyncio.gather(taxpayer.is_in_call(), officer.is_in_call())
        await asyncio.gather(taxpayer.frames_grow(), officer.frames_grow())
        assert await way(taxpayer) == ["relay", protocol]
        assert await way(officer) == ["relay", protocol]
        # ICE begins anew with new credentials, and goes the same way.
        await taxpayer.page.evaluate("() => window.dispatchEvent(new Event('online'))")
        await asyncio.gather(taxpayer.frames_grow(by=30), officer.frames_grow(by=30))
        assert await way(taxpayer) == ["relay", protocol]
