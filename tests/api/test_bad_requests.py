"""What a hostile or broken client may send over HTTP: a clear problem, and nothing changed."""

import asyncio
import logging
from typing import Any

import pytest

from cases.views import Problem
from tests.clients import Answer, TaxpayerClient
from tests.product import CHEN, GENERAL, House, OpenHouse
from tests.rtc.waiting import wait_until

CONSULTS = "/api/v1/taxpayer/consults"
IDENTITY = "/api/v1/taxpayer/identity"
GOOD = {"ticket_id": "t1", "line_id": GENERAL, "question": "车船税"}


async def refused(house: House, client: TaxpayerClient, answer: Answer, status: int, code: str) -> Problem:
    assert (answer.status, answer.problem.code) == (status, code)
    assert await house.version() == 0
    assert (await client.home()).open_cases == 0
    return answer.problem


WRONG_BODIES: tuple[tuple[dict[str, Any], str], ...] = (
    ({"line_id": GENERAL}, "ticket_id"),
    ({**GOOD, "more": 1}, "more"),
    ({**GOOD, "ticket_id": 7}, "ticket_id"),
    ({**GOOD, "ticket_id": ""}, "ticket_id"),
    ({**GOOD, "ticket_id": "a b"}, "ticket_id"),
    ({**GOOD, "ticket_id": "x\n"}, "ticket_id"),
    ({**GOOD, "ticket_id": "x" * 65}, "ticket_id"),
    ({**GOOD, "ticket_id": "{h}:*"}, "ticket_id"),
    ({**GOOD, "ticket_id": None}, "ticket_id"),
    ({**GOOD, "line_id": ["a"]}, "line_id"),
    ({**GOOD, "question": "问" * 201}, "question"),
    ({**GOOD, "question": {"$ne": 1}}, "question"),
)


async def test_wrong_fields_are_named(house: House) -> None:
    client = house.visitor()
    await client.sign_in(CHEN)
    for body, field in WRONG_BODIES:
        answer = await client.ask("POST", CONSULTS, body)
        problem = await refused(house, client, answer, 422, "invalid_input")
        assert [one.field for one in problem.fields] == [field]


GARBAGE = (b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"{'a': 1}", b"[" * 5000, b"NaN", b"\x00")


async def test_garbage_is_no_document(house: House) -> None:
    client = house.visitor()
    await client.sign_in(CHEN)
    json = {"Content-Type": "application/json"}
    for garbage in GARBAGE:
        answer = await client.ask("POST", CONSULTS, data=garbage, headers=json)
        await refused(house, client, answer, 400, "malformed")


async def test_only_json_is_read(house: House) -> None:
    client = house.visitor()
    await client.sign_in(CHEN)
    # The kinds that a form of another site can send without asking first.
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = await client.ask("POST", CONSULTS, GOOD, headers={"Content-Type": kind})
        await refused(house, client, answer, 415, "unsupported_media_type")


async def test_a_body_that_is_too_large(house: House) -> None:
    client = house.visitor()
    await client.sign_in(CHEN)
    large = b'{"question": "' + b"x" * 70_000 + b'"}'
    headers = {"Content-Type": "application/json"}
    announced = await client.ask("POST", CONSULTS, data=large, headers=headers)
    await refused(house, client, announced, 413, "payload_too_large")
    async with client.profile.post(
        f"{house.url}{CONSULTS}", data=large, headers=headers, chunked=True
    ) as response:
        unannounced = Answer(response.status, response.headers, {}, await response.read())
    await refused(house, client, unannounced, 413, "payload_too_large")


async def test_another_sites_page_changes_nothing(house: House) -> None:
    client = house.visitor()
    await client.sign_in(CHEN)
    for origin in ("https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:1", ""):
        answer = await client.ask("POST", CONSULTS, GOOD, headers={"Origin": origin})
        await refused(house, client, answer, 403, "wrong_origin")


async def test_with_a_public_url_only_its_pages_may(open_house: OpenHouse) -> None:
    async with open_house(public_url="http://tax.example.cn") as house:
        client = house.visitor()
        body = {"certificate_type": "id_cn", "certificate_number": CHEN.number, "name": CHEN.name}
        own = await client.ask("POST", IDENTITY, body, headers={"Origin": "http://tax.example.cn"})
        assert own.status == 200
        assert (await client.ask("POST", IDENTITY, body)).problem.code == "wrong_origin"


async def test_paths_that_lead_nowhere(house: House) -> None:
    client = house.visitor()
    await client.sign_in(CHEN)
    for method, path, status, code in (
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/", 404, "not_found"),
        ("PUT", CONSULTS, 405, "method_not_allowed"),
        ("POST", "/healthz", 405, "method_not_allowed"),
        ("GET", "/api/v1/taxpayer/cases/..%2f..%2fetc", 404, "case_unknown"),
    ):
        await refused(house, client, await client.ask(method, path), status, code)


async def test_wrong_queries(house: House) -> None:
    client = house.visitor()
    await client.sign_in(CHEN)
    for query, status, code in (
        ("?state=all", 422, "invalid_input"),
        ("?limit=0", 422, "invalid_input"),
        ("?limit=51", 422, "invalid_input"),
        ("?limit=x", 422, "invalid_input"),
        ("?more=1", 422, "invalid_input"),
        ("?cursor=x", 404, "case_unknown"),
        ("?cursor=-1.x", 404, "case_unknown"),
        ("?cursor=99999999999999999999.x", 404, "case_unknown"),
        (f"?cursor={'1' * 101}", 422, "invalid_input"),
    ):
        answer = await client.ask("GET", f"/api/v1/taxpayer/cases{query}")
        await refused(house, client, answer, status, code)


async def test_cookies_that_are_no_session(house: House) -> None:
    client = house.visitor()
    for cookie in ("x", "x" * 101, "x" * 4000, "%00", "é", '"', "a; shuitong_taxpayer=b", "' OR 1=1 --"):
        answer = await client.ask(
            "GET", "/api/v1/taxpayer/home", headers={"Cookie": f"shuitong_taxpayer={cookie}"}
        )
        assert (answer.status, answer.problem.code) == (401, "not_signed_in")


async def test_problems_are_in_the_readers_language(house: House) -> None:
    client = house.visitor()
    for accepted, sentence in (
        ("en-US,en;q=0.9", "Please sign in first."),
        ("zh-CN", "请先登录。"),
        ("de", "请先登录。"),
    ):
        answer = await client.ask("GET", "/api/v1/taxpayer/home", headers={"Accept-Language": accepted})
        assert (answer.problem.detail, answer.problem.title) == (sentence, sentence)


async def test_bytes_that_are_no_http_leave_the_server_serving(house: House) -> None:
    client = house.visitor()
    for content in (b"\x16\x03\x01\x02\x00\x01", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nA" + b"a" * 70_000):
        await _send_raw(house.server.port, content)
    assert (await client.ask("GET", "/healthz")).status == 200


async def test_a_page_that_leaves_while_it_sends_is_no_error(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    _reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
    head = f"POST {IDENTITY} HTTP/1.1\r\nHost: 127.0.0.1:{house.server.port}\r\n"
    kind = "Content-Type: application/json\r\nContent-Length: 500\r\n"
    writer.write(f'{head}Origin: http://127.0.0.1:{house.server.port}\r\n{kind}\r\n{{"name": '.encode())
    await writer.drain()
    writer.transport.abort()
    await wait_until(lambda: any(getattr(one, "status", 0) == 499 for one in caplog.records), "it is over")
    assert (await house.visitor().ask("GET", "/healthz")).status == 200
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]


async def _send_raw(port: int, content: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(content)
        writer.write_eof()
        await reader.read()
    except ConnectionError:
        return
    finally:
        writer.close()
