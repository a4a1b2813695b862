"""What deploy/ has, started as processes: a call in Chromium through its nginx and its coturn."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import APIRequestContext, WebSocket

from tests.browser.conftest import People, StartServer
from tests.browser.server_process import Served, free_port
from tests.browser.test_turn import RELAYED_ONLY, browser, way
from tests.nginx_server import Proxy, running_nginx
from tests.turn_server import SECRET, running_turn_server

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

COTURN: Final = Path(__file__).parents[2] / "deploy" / "coturn" / "turnserver.conf"


@dataclass(frozen=True, slots=True)
class Fronted:
    """The server as people reach it."""

    url: str
    data_dir: Path


@pytest.mark.feature("S27")
async def test_a_call_through_nginx_and_coturn(
    tmp_path: Path, start_server: StartServer, people_at: Callable[[Served], People]
) -> None:
    port = free_port()
    async with running_turn_server(tmp_path, COTURN) as turn:
        settings: dict[str, Any] = {
            "public_url": f"https://127.0.0.1:{port}",
            "proxies": 1,
            "media_turn_urls": turn.tls_url,
            "media_turn_secret": SECRET,
            "log_format": "json",
            "log_level": "debug",
        }
        server = await start_server(**settings)
        # One of the processes is away: nobody notices.
        async with running_nginx(tmp_path, port, [free_port(), server.port]) as proxy:
            people = people_at(Fronted(proxy.url, server.data_dir))
            taxpayer = await people.taxpayer(0, signed_in=False)
            officer = await people.officer_signed_out()
            sockets: list[str] = []

            def opened(socket: WebSocket) -> None:
                sockets.append(socket.url)

            for side in (taxpayer, officer):
                side.page.on("websocket", opened)
                await side.page.context.add_init_script(RELAYED_ONLY)
            await taxpayer.log_in(proxy.url)
            await officer.log_in(proxy.url, "0731", people.password)
            await officer.sign_on("A")
            await taxpayer.take_ticket("A")
            await officer.call_next()
            await taxpayer.is_called()
            await taxpayer.confirm()
            await asyncio.gather(taxpayer.is_in_call(), officer.is_in_call())
            await asyncio.gather(taxpayer.frames_grow(), officer.frames_grow())
            assert await way(taxpayer) == ["relay", "tls"]
            assert await way(officer) == ["relay", "tls"]
            assert len(sockets) >= 2
            assert all(url.startswith(f"wss://127.0.0.1:{port}/socket.io/") for url in sockets)
            await keeps_its_rules(taxpayer.page.context.request, proxy, server.log)


async def keeps_its_rules(asked: APIRequestContext, proxy: Proxy, log: Path) -> None:
    page = await asked.get(f"{proxy.url}/")
    headers = page.headers
    assert (page.status, headers["server"]) == (200, "nginx")
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert f'"request_id":"{headers["x-request-id"]}"' in await asyncio.to_thread(log.read_text, "utf-8")
    redirected = await asked.get(f"{proxy.plain_url}/officer?a=1", max_redirects=0)
    assert (redirected.status, redirected.headers["location"]) == (308, "https://127.0.0.1/officer?a=1")
    for path in ("/metrics", "/readyz"):
        assert (await asked.get(f"{proxy.url}{path}")).status == 404
    own = {"Origin": proxy.url}
    body = "x" * 200_000
    large = await asked.post(f"{proxy.url}/api/v1/taxpayer/session", data=body, headers=own)
    assert (large.status, large.headers["server"]) == (413, "nginx")
    # As large as a picture: it comes through, to be judged.
    picture = await asked.post(
        f"{proxy.url}/api/v1/taxpayer/cases/none/files?purpose=chat&name=a", data=body, headers=own
    )
    assert picture.status in {404, 415}
    huge = await asked.post(
        f"{proxy.url}/api/v1/taxpayer/cases/none/files", data="x" * 12_000_000, headers=own
    )
    assert huge.status == 413
