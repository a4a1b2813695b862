"""What a hostile or broken page may send: a typed refusal or the end of its socket, and nothing changed."""

import asyncio
from typing import Any

import aiohttp
import pytest
from socketio.exceptions import ConnectionError as SocketRefused
from yarl import URL

from cases.sessions import COOKIE_NAMES, SessionKind
from signaling import events
from tests.clients import DEVICES, WAIT_S, Client, Page
from tests.product import CHEN, GENERAL, HUANG, LIN, House, OpenHouse

SOCKET = "/socket.io/?EIO=4&transport=websocket"


async def waiting(house: House) -> tuple[Page, int]:
    """A page with a ticket, and the journal's version."""
    client, page = await house.taxpayer(CHEN)
    await client.take("t1", GENERAL)
    return page, await house.version()


async def test_names_that_are_not_in_the_table(house: House) -> None:
    page, version = await waiting(house)
    names = (
        "connect", "disconnect", "connect_error", "nothing", "", "*", "message", "__init__",
        "ticket.changed", "queue.call_next", "desk.watch", "TICKET.WATCH", "x" * 10_000,
    )  # fmt: skip
    for name in names:
        problem = await page.problem(name, {"ticket_id": "t1"})
        assert (problem.code, problem.status) == ("unknown_event", 404)
    # Nothing but the argument that the library's own disconnect has, either.
    assert (await page.problem("disconnect", "client disconnect")).code == "unknown_event"
    assert (await page.call(events.TICKET_WATCH, ticket_id="t1")).state == "waiting"
    assert await house.version() == version


WRONG: tuple[tuple[str, Any, str | None], ...] = (
    ("ticket.watch", {}, "ticket_id"),
    ("ticket.watch", {"ticket_id": 1}, "ticket_id"),
    ("ticket.watch", {"ticket_id": ["t1"]}, "ticket_id"),
    ("ticket.watch", {"ticket_id": "t1", "more": 1}, "more"),
    ("ticket.watch", {"ticket_id": "t1\n"}, "ticket_id"),
    ("ticket.watch", {"ticket_id": "{xiangzhou}"}, "ticket_id"),
    ("ticket.watch", "t1", ""),
    ("ticket.watch", ["t1"], ""),
    ("ticket.watch", 5, ""),
    ("ticket.watch", b"t1", None),
    ("ticket.watch", {"ticket_id": b"t1"}, None),
    ("ticket.confirm", {"ticket_id": "t1", "call_number": "1"}, "call_number"),
    ("ticket.confirm", {"ticket_id": "t1", "call_number": True}, "call_number"),
    ("call.devices", {"call_id": "c", "devices": {**DEVICES, "camera": 1}}, "devices.camera"),
    ("ticket.confirm", {"ticket_id": "t1", "call_number": 0}, "call_number"),
    ("ticket.confirm", {"ticket_id": "t1", "call_number": 1e30}, "call_number"),
    ("ticket.confirm", {"ticket_id": "t1", "call_number": None}, "call_number"),
    ("ticket.confirm", {"ticket_id": "t1", "call_number": 1.5}, "call_number"),
    ("call.join", {"ticket_id": "t1", "devices": {}}, "devices.microphone"),
    ("call.quality", {"call_id": "c", "level": 3}, "level"),
    ("call.quality", {"call_id": "c", "round_trip_ms": -1}, "round_trip_ms"),
    ("call.quality", {"call_id": "c", "loss_up_permille": 1_001}, "loss_up_permille"),
    ("call.quality", {"call_id": "c", "kbits_down": 1.5}, "kbits_down"),
    ("call.quality", {"call_id": "c", "frozen_permille": "1"}, "frozen_permille"),
    ("call.devices", {"call_id": "c", "devices": {**DEVICES, "screen": 1}}, "devices.screen"),
)


async def test_payloads_of_a_wrong_form(house: House) -> None:
    page, version = await waiting(house)
    for name, content, field in WRONG:
        problem = await page.problem(name, content)
        assert (problem.code, problem.status) == ("invalid_input", 422)
        assert ({one.field for one in problem.fields} >= {field}) if field is not None else not problem.fields
    two = await page.problem("ticket.watch", {"ticket_id": "t1"}, {"ticket_id": "t1"})
    assert two.code == "invalid_input"
    assert (await page.call(events.TICKET_WATCH, ticket_id="t1")).state == "waiting"
    assert await house.version() == version


async def test_an_oversized_message_closes_its_socket_only(house: House) -> None:
    page, version = await waiting(house)
    _, other = await house.taxpayer(HUANG)
    await page.socket.emit("ticket.cancel", {"ticket_id": "t1", "more": "x" * 40_000}, namespace="/taxpayer")
    async with asyncio.timeout(WAIT_S):
        await page.closed.wait()
    assert (await other.problem("ticket.watch", {"ticket_id": "t1"})).code == "ticket_unknown"
    assert await house.version() == version


RAW = (
    b"42/taxpayer,",
    b"42/taxpayer,[]",
    b"42/taxpayer,{}",
    b"42/taxpayer,[{}]",
    b"42/taxpayer,[[1]]",
    b"42/taxpayer,[null]",
    b"42/taxpayer,5",
    b'42/taxpayer,["ticket.watch"',
    b'42/taxpayer,99999999999999999999["ticket.watch"]',
    b'42/nowhere,["ticket.watch"]',
    b'42["ticket.watch"]',
    b'42/taxpayer,7["ticket.confirm",{"ticket_id":"t1","call_number":NaN}]',
    b'42/taxpayer,7["ticket.confirm",{"ticket_id":"t1","call_number":-Infinity}]',
    b'42/taxpayer,7["ticket.confirm",{"ticket_id":"t1","call_number":1e999}]',
    b'42/taxpayer,7["ticket.cancel",{"ticket_id":"\\ud800"}]',
    b'42/taxpayer,7["ticket.cancel",{"ticket_id":"t1","ticket_id":null}]',
    b'42/taxpayer,7["ticket.cancel",' + b"[" * 10_000 + b"]" * 10_000 + b"]",
    b'42/taxpayer,7["ticket.confirm",{"ticket_id":"t1","call_number":' + b"9" * 20_000 + b"}]",
    b"43/taxpayer,7[1]",
    b'451-/taxpayer,["x",{"_placeholder":true,"num":0}]',
    b'459999999999-/taxpayer,["x"]',
    b"40/taxpayer,",
    b"40/taxpayer,[1]",
    b"49",
    b"4",
    b"9",
    b"",
    b"\xff\xfe",
    b"[" * 20_000,
    "4２".encode(),
)


@pytest.mark.parametrize("binary", [False, True])
async def test_raw_messages_that_are_no_packets(house: House, binary: bool) -> None:
    page, version = await waiting(house)
    client = house.visitor()
    await client.sign_in(CHEN)
    for raw in RAW:
        async with client.profile.ws_connect(f"{house.url}{SOCKET}") as socket:
            await socket.receive(timeout=WAIT_S)
            await socket.send_str("40/taxpayer,{}")
            assert (await socket.receive_str(timeout=WAIT_S)).startswith("40/taxpayer,")
            if binary:
                await socket.send_bytes(raw)
            else:
                await socket.send_str(raw.decode("utf-8", "replace"))
    assert (await page.call(events.TICKET_WATCH, ticket_id="t1")).state == "waiting"
    assert await house.version() == version


async def refusal(client: Client, **how: Any) -> dict[str, Any]:
    page = client.new_page()
    with pytest.raises(SocketRefused):
        await page.connect(**how)
    assert page.refusal is not None
    data: dict[str, Any] = page.refusal["data"]
    assert page.refusal["message"] == data["detail"]
    return data


async def test_nobody_connects_without_a_session(house: House) -> None:
    strangers = house.visitor()
    told = await refusal(strangers)
    assert (told["code"], told["status"], told["detail"]) == ("not_signed_in", 401, "请先登录。")
    english = await refusal(strangers, auth={"language": "en"})
    assert english["detail"] == "Please sign in first."
    header = await refusal(strangers, headers={"Accept-Language": "en"})
    assert header["detail"] == "Please sign in first."
    for auth in ({"language": 5}, {"token": "x"}, {"language": "x" * 5_000}):
        assert (await refusal(strangers, auth=auth))["code"] == "not_signed_in"


async def test_a_session_opens_its_own_namespace_only(house: House) -> None:
    taxpayer, _ = await house.taxpayer(CHEN)
    console = house.console()
    (cookie,) = [morsel.value for morsel in taxpayer.profile.cookie_jar]
    console.profile.cookie_jar.update_cookies({COOKIE_NAMES[SessionKind.OFFICER]: cookie}, URL(house.url))
    assert (await refusal(console))["code"] == "not_signed_in"


async def test_a_session_that_is_over_opens_no_socket(open_house: OpenHouse) -> None:
    async with open_house(session_idle_s=60) as house:
        client = house.visitor()
        await client.sign_in(CHEN)
        house.clock.ahead_ms += 61_000
        assert (await refusal(client))["code"] == "session_expired"


async def test_more_sockets_than_allowed(open_house: OpenHouse) -> None:
    async with open_house(sockets_max=1) as house:
        client, page = await house.taxpayer(CHEN)
        assert (await refusal(client))["code"] == "too_many_connections"
        await page.close()
        await client.open_page()


async def test_a_page_of_another_site_gets_no_socket(house: House) -> None:
    client = house.visitor()
    await client.sign_in(CHEN)
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await client.profile.ws_connect(f"{house.url}{SOCKET}", headers={"Origin": origin})
    await client.open_page()


async def test_too_many_events_a_second(house: House) -> None:
    page, version = await waiting(house)
    _, other = await house.taxpayer(HUANG)
    answers = await asyncio.gather(*(page.ack("ticket.watch", {"ticket_id": "t1"}) for _ in range(150)))
    refused = [answer["problem"] for answer in answers if not answer["ok"]]
    assert {problem["code"] for problem in refused} == {"too_fast"}
    assert {problem["status"] for problem in refused} == {429}
    assert sum(answer["ok"] for answer in answers) >= 60
    assert (await other.problem("ticket.watch", {"ticket_id": "t1"})).code == "ticket_unknown"
    house.clock.ahead_ms += 1_000
    assert (await page.ack("ticket.watch", {"ticket_id": "t1"}))["ok"]
    assert await house.version() == version


async def test_problems_in_the_language_of_the_page(house: House) -> None:
    client = house.visitor()
    await client.sign_in(CHEN)
    english = await client.new_page().connect(auth={"language": "en"})
    chinese = await client.new_page().connect(headers={"Accept-Language": "en"}, auth={"language": "zh-CN"})
    nothing = {"ticket_id": "t9"}
    assert (await english.problem("ticket.watch", nothing)).detail.startswith("This ticket was not found")
    assert (await chinese.problem("ticket.watch", nothing)).detail.startswith("没有找到这张票")


async def test_signing_out_tells_its_pages_and_no_others(house: House) -> None:
    client, page = await house.taxpayer(CHEN)
    second = await client.open_page()
    _, elsewhere = await house.taxpayer(CHEN)
    await client.sign_out()
    for one in (page, second):
        assert (await one.wait_for(events.SESSION_ENDED)).reason == "signed_out"
        async with asyncio.timeout(WAIT_S):
            await one.closed.wait()
    assert (await elsewhere.problem("nothing")).code == "unknown_event"


async def test_a_sweep_ends_the_sessions_that_are_over_and_keeps_the_others(open_house: OpenHouse) -> None:
    async with open_house(session_idle_s=600, session_absolute_s=1_000) as house:
        _, early = await house.taxpayer(CHEN)
        house.clock.ahead_ms += 500_000
        await house.product.sockets.sweep_once()
        _, late = await house.taxpayer(CHEN)
        house.clock.ahead_ms += 501_000
        await house.product.sockets.sweep_once()
        assert (await early.wait_for(events.SESSION_ENDED)).reason == "expired"
        async with asyncio.timeout(WAIT_S):
            await early.closed.wait()
        assert (await late.problem("nothing")).code == "unknown_event"
        house.clock.ahead_ms += 498_000
        assert (await late.problem("nothing")).code == "unknown_event"
        await house.product.sockets.sweep_once()
        house.clock.ahead_ms += 2_000
        await house.product.sockets.sweep_once()
        assert (await late.wait_for(events.SESSION_ENDED)).reason == "expired"


@pytest.mark.feature("S31")
async def test_an_idle_desk_is_kept_by_its_page_until_the_whole_session_ends(open_house: OpenHouse) -> None:
    async with open_house(session_idle_s=600, session_absolute_s=1_000) as house:
        _, desk = await house.officer(LIN)
        house.clock.ahead_ms += 500_000
        await house.product.sockets.sweep_once()
        house.clock.ahead_ms += 499_000
        await house.product.sockets.sweep_once()
        assert (await desk.ack("desk.watch", {}))["ok"]
        house.clock.ahead_ms += 2_000
        await house.product.sockets.sweep_once()
        assert (await desk.wait_for(events.SESSION_ENDED)).reason == "expired"
        async with asyncio.timeout(WAIT_S):
            await desk.closed.wait()
