"""What is written of a day's business: ids by which a line is found again, and nothing of people."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any, Final

import pytest

from api.http import REQUEST_HEADER
from server import logs
from signaling import events
from tests.product import CHEN, GENERAL, HUANG, LIANG, LIN, LUO, OpenHouse
from tests.server.business import ANSWERED, FILE_NAME, QUESTION, REMARK, SAID, WAITING, happen

PERSONAL: Final = (
    *(word for one in (CHEN, HUANG, LIANG) for word in (one.name, one.number)),
    *(word for one in (LIN, LUO) for word in (one.name, one.staff_number)),
    *(QUESTION, REMARK, SAID, ANSWERED, FILE_NAME, WAITING),
)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that our packages log, at the lowest level, as JSON."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter("json"))
    before = {package: logging.getLogger(package).level for package in logs.PACKAGES}
    for package in logs.PACKAGES:
        logging.getLogger(package).setLevel(logging.DEBUG)
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)
    for package, level in before.items():
        logging.getLogger(package).setLevel(level)


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


async def test_a_days_business_leaves_ids_and_nothing_of_people(
    open_house: OpenHouse, written: io.StringIO
) -> None:
    async with open_house() as house:
        happened = await happen(house)
        # What is refused, and what is no ticket's id: somebody's number in a place where it does not belong.
        stranger = house.visitor()
        await stranger.check_identity(CHEN, "passport")
        await stranger.ask("GET", f"/api/v1/taxpayer/tickets/{HUANG.number}?name={HUANG.name}")
        await stranger.ask("GET", f"/{LIANG.name}")
    told = lines(written)
    text = written.getvalue()
    escaped = [json.dumps(word)[1:-1] for word in PERSONAL]
    assert len(told) > 30
    assert [word for word in (*PERSONAL, *escaped) if word in text] == []
    of_ticket = [one for one in told if one.get("ticket_id") == happened.waiting_ticket]
    assert {one["what"] for one in of_ticket} == {"POST /api/v1/taxpayer/consults"}


async def test_a_request_is_found_again_by_its_id(open_house: OpenHouse, written: io.StringIO) -> None:
    async with open_house(proxies=1) as house:
        client, page = await house.taxpayer(CHEN)
        await client.take("t1", GENERAL)
        await page.call(events.TICKET_WATCH, ticket_id="t1")
        given = {REQUEST_HEADER: "of-the-proxy-1"}
        assert (await client.ask("GET", "/healthz", headers=given)).headers[
            REQUEST_HEADER
        ] == "of-the-proxy-1"
        strange = await client.ask("GET", "/healthz", headers={REQUEST_HEADER: f"{CHEN.number} \\n{{}}"})
        assert CHEN.number not in strange.headers[REQUEST_HEADER]
    told = lines(written)
    (of_proxy,) = [one for one in told if one.get("request_id") == "of-the-proxy-1"]
    assert (of_proxy["what"], of_proxy["status"]) == ("GET /healthz", 200)
    commands = {one["what"]: one.get("ticket_id") for one in told if one["logger"] == "signaling.server"}
    assert commands["ticket.watch"] == "t1"


async def test_tasks_that_are_nobodys_have_no_request(written: io.StringIO) -> None:
    async def by_itself() -> None:
        logging.getLogger("server.logs").warning(
            "alone", extra={"hall_id": "h1", "name_of_person": CHEN.name}
        )

    await asyncio.create_task(by_itself())
    (line,) = lines(written)
    assert line.keys() == {"at", "level", "logger", "message", "hall_id"}


def test_the_text_form_has_the_ids_behind_the_words() -> None:
    record = logging.makeLogRecord({"name": "cases.calls", "msg": "a call waits", "call_id": "c1"})
    assert logs.formatter("text").format(record).endswith("cases.calls: a call waits [call_id=c1]")
