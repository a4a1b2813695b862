"""Redis loses everything while people wait: they see it, and then their own places again."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
from playwright.async_api import Page, WebSocket, expect
from redis.asyncio import Redis

from loadtests.people import person
from queueing import keys
from server.demo import HALL, LINES, DemoTaxpayer
from signaling import events
from tests.browser.conftest import People, StartServer
from tests.browser.server_process import ServerProcess
from tests.clients import TaxpayerClient

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

GENERAL: Final = next(line for line in LINES if line.letter == "C")
META, LEASE = keys.meta(HALL.hall_id), keys.keeper(HALL.hall_id)
EVENT: Final = f"42{events.TAXPAYER.name},"
HELD_MS: Final = 600_000


class Heard:
    """The events that a page's socket got, in order, and what the page asked over HTTP."""

    def __init__(self, page: Page) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.asked: list[str] = []
        page.on("websocket", self._opened)
        page.on("request", lambda request: self._note(request.url))

    def _note(self, url: str) -> None:
        # Pages that the client fetches ahead of time say nothing of the line.
        if "/assets/" not in url:
            self.asked.append(url)

    def _opened(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._take)

    def _take(self, frame: str | bytes) -> None:
        if isinstance(frame, str) and frame.startswith(EVENT):
            name, content = json.loads(frame.removeprefix(EVENT))
            self.events.append((name, content))

    def forget(self) -> None:
        self.events.clear()
        self.asked.clear()

    def of(self, name: str) -> list[dict[str, Any]]:
        return [content for heard, content in self.events if heard == name]


@asynccontextmanager
async def redis_of(server: ServerProcess) -> AsyncIterator[Redis]:
    """The embedded server of a running one."""
    async with Redis.from_url(f"unix://{server.data_dir / 'redis' / 'redis.sock'}") as client:
        yield client


async def lose_everything(redis: Redis) -> None:
    """Redis is empty, and whoever keeps the hall's records is another process, which does not come to it.

    The server's own keeper has to have asked once more and been refused: it goes on with what it began.
    """
    async with redis.monitor() as watched:
        await redis.set(LEASE, "another", px=HELD_MS)
        async for done in watched.listen():
            if META in done["command"] and done["command"].endswith(" 3000"):
                break
    async with redis.pipeline(transaction=True) as step:
        step.flushall()
        step.set(LEASE, "another", px=HELD_MS)
        await step.execute()


@pytest.mark.feature("S17", "S20", "S21", "B1", "B3")
async def test_three_who_wait_keep_their_places_when_redis_loses_everything(
    start_server: StartServer, people_at: Callable[[ServerProcess], People]
) -> None:
    server = await start_server()
    people = people_at(server)
    # Somebody without a browser is first.
    ahead = TaxpayerClient(server.url)
    stranger = person(0)
    await ahead.sign_in(DemoTaxpayer(stranger.name, stranger.number))
    await ahead.take("ahead", GENERAL.line_id)
    phones = [await people.taxpayer(index, signed_in=False) for index in range(3)]
    heard = [Heard(phone.page) for phone in phones]
    numbers = []
    for phone in phones:
        await phone.log_in(server.url)
        numbers.append(await phone.take_ticket("C"))
    for place, phone in enumerate(phones, start=1):
        await phone.sees_ahead(place)
        # A reloaded page would not know it.
        await phone.page.evaluate("() => { window.neverReloaded = true }")

    for one in heard:
        one.forget()
    await (await ahead.open_page()).call(events.TICKET_CANCEL, ticket_id="ahead")
    await ahead.close()
    for place, (phone, one) in enumerate(zip(phones, heard, strict=True)):
        await phone.sees_ahead(place)
        # By what left the line alone: nothing else was pushed or asked for.
        assert [name for name, _ in one.events] == [events.LINE_CHANGED.name] * len(one.events)
        assert [change for content in one.of(events.LINE_CHANGED.name) for change in content["changes"]]
        assert one.asked == []

    officer = await people.officer("C")
    await officer.sees_waiting("C", 3)
    async with redis_of(server) as redis:
        await lose_everything(redis)
        for phone in phones:
            await phone.page.get_by_test_id("hall-frozen").wait_for()
            await expect(phone.page.get_by_test_id("cancel-ticket")).to_be_disabled()
        await expect(officer.page.get_by_test_id("hall-frozen")).to_be_visible()
        for key in ("call-next", f"call-one-{numbers[0]}"):
            await expect(officer.page.get_by_test_id(key).first).to_be_disabled()
        await expect(officer.page.get_by_text("恢复后就可以")).to_be_visible()
        for place, (phone, number) in enumerate(zip(phones, numbers, strict=True)):
            # What was known is shown on, and said to be old.
            assert await phone.ticket_number() == number
            await phone.sees_ahead(place)
        # Its keeper comes, or rather does not come any more, and the server's own takes over.
        await redis.delete(LEASE)
    for place, (phone, number, one) in enumerate(zip(phones, numbers, heard, strict=True)):
        await phone.page.get_by_test_id("hall-frozen").wait_for(state="detached")
        await expect(phone.page.get_by_test_id("news")).to_contain_text("排队已恢复")
        assert await phone.ticket_number() == number
        await phone.sees_ahead(place)
        assert await phone.page.evaluate("() => window.neverReloaded") is True
        moods = [content["mood"] for content in one.of(events.HALL_CHANGED.name)]
        assert "frozen" in moods
        assert moods[-1] == "open"
    await expect(officer.page.get_by_test_id("hall-frozen")).to_have_count(0)

    await officer.sees_waiting("C", 3)
    assert await officer.call_next() == numbers[0]
    await phones[0].is_called()
    await phones[1].sees_ahead(0)
    await phones[2].sees_ahead(1)
    await phones[0].confirm()
    await asyncio.gather(phones[0].is_in_call(), officer.is_in_call())
