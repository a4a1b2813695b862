"""Every command of the socket sent by every kind of person about somebody's ticket and call: allowed exactly
where ``cases.access`` says so, and what is refused changes nothing.

Made from the tables of events, so that a new command is in it; a field of its payload needs a good value in
``tests.signaling.test_bad_input``.
"""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from redis.asyncio import Redis
from socketio.exceptions import ConnectionError as SocketRefused
from yarl import URL

from cases.access import (
    Person,
    Taxpayer,
    TicketParties,
    admit,
    leg_in_call,
    leg_of,
    may_see,
    may_see_ticket,
    may_use_probe,
    whose_case,
)
from cases.casework.records import load
from cases.errors import CaseUnknown, Forbidden
from cases.sessions import COOKIE_NAMES, SessionKind
from cases.stills import book as stills
from cases.stills.book import NewStill
from cases.stills.states import StillSubject
from cases.videos.book import Ending, add, end, one
from cases.videos.states import Parties, VideoEvent
from rtc.call import LegName
from signaling import events
from signaling.events import (
    CALL_COMMANDS,
    NAMESPACES,
    PROBE_COMMANDS,
    STILL_COMMANDS,
    VIDEO_COMMANDS,
    VIDEO_JOIN,
    Command,
    Namespace,
)
from tests.clients import Client, OfficerClient, Page, TaxpayerClient
from tests.people import KINDS, OTHER_LINE, OWNER, Kind, put_other_hall, put_people, sign_in
from tests.product import GENERAL, HALL, House, OpenHouse
from tests.signaling.test_bad_input import GOOD, everything

TICKET: Final = "t2"
HOLDER: Final = "officer"
PARTIES: Final = TicketParties(OWNER, HALL, HOLDER)
CASE: Final = whose_case(OWNER, HALL, is_consult=True)
NAMED: Final = frozenset({"ticket_id", "call_id", "line_ids"})
"""Fields that name something of the hall: the ticket, its call, its lines."""


def expected(namespace: Namespace, command: Command, person: Person) -> str:
    """What ``cases.access`` says."""
    try:
        admit(command.audience or namespace.audience, person)
        if command in CALL_COMMANDS:
            leg_in_call(person, PARTIES)
        if command is VIDEO_JOIN or command in STILL_COMMANDS:
            leg_of(person, CASE, HOLDER)
    except Forbidden:
        return "forbidden"
    except CaseUnknown:
        return "not there"
    if command in PROBE_COMMANDS:
        is_theirs = may_use_probe(person, LegName.TAXPAYER, OWNER)
        return "allowed" if command is events.PROBE_OPEN or is_theirs else "not there"
    if command in VIDEO_COMMANDS and not may_see(person, CASE):
        return "not there"
    if NAMED & command.payload.model_fields.keys() and not may_see_ticket(person, PARTIES):
        return "not there"
    return "allowed"


def verdict(answer: Mapping[str, Any]) -> str:
    """What the server said. An answer that tells of the state of things, such as 409, is given to who may."""
    if answer["ok"]:
        return "allowed"
    code = answer["problem"]["code"]
    assert code not in {"invalid_input", "unexpected", "unknown_event", "not_signed_in", "too_fast"}, answer
    if code == "forbidden":
        return "forbidden"
    return "not there" if answer["problem"]["status"] == 404 else "allowed"


class Scene:
    """The owner's ticket is served by ``officer``, with an open call; everybody has a page open."""

    def __init__(self, house: House, redis_client: Redis) -> None:
        self.house, self._redis = house, redis_client
        self.pages: dict[str, Page] = {}
        self._call_id = self._case_id = self._probe_id = ""

    def client(self, kind: Kind) -> Client:
        return self.house.console() if kind.side is SessionKind.OFFICER else self.house.visitor()

    async def begin(self) -> None:
        for kind in KINDS:
            if kind.side is not None and not kind.barred:
                client = self.client(kind)
                await self.take_session(client, kind)
                self.pages[kind.name] = await client.open_page()
                if isinstance(client, TaxpayerClient) and kind.name == OWNER:
                    self._case_id = await client.open_consult(TICKET, GENERAL)
        desk = self.pages[HOLDER]
        await desk.call(events.DESK_SIGN_ON, line_ids=[GENERAL])
        # At work in their own hall, so that nothing but the hall stands between them and the ticket.
        await self.pages["officer_elsewhere"].call(events.DESK_SIGN_ON, line_ids=[OTHER_LINE])
        await self.pages["colleague"].call(events.DESK_SIGN_ON, line_ids=[GENERAL])
        await desk.call(events.QUEUE_CALL_NEXT, request_id="first")
        await self.pages[OWNER].call(events.TICKET_CONFIRM, ticket_id=TICKET, call_number=1)
        joined = await self.pages[OWNER].call(events.CALL_JOIN, ticket_id=TICKET, devices=GOOD["devices"])
        self._call_id = joined.call.call_id
        await self._ask_for_video()
        await self._ask_for_a_still_picture()
        self._probe_id = (await self.pages[OWNER].call(events.PROBE_OPEN)).offer.call_id

    async def _ask_for_video(self) -> None:
        """As if the owner had asked before, and both had met in the ticket's call."""
        async with self.house.product.database.writing() as connection:
            case = await load(connection, self._case_id)
            parties = Parties(LegName.TAXPAYER, OWNER)
            await add(connection, case, GOOD["request_id"], parties, now_ms=1, due_at_ms=2)
            request = await one(connection, GOOD["request_id"])
            assert request is not None
            ending = Ending(VideoEvent.CALL_OPENED, 2, call_id=self._call_id)
            await end(connection, request, ending)

    async def _ask_for_a_still_picture(self) -> None:
        """As if the holder had asked in the call, for any time from then on."""
        async with self.house.product.database.writing() as connection:
            case = await load(connection, self._case_id)
            new = NewStill(GOOD["request_id"], self._call_id, HOLDER, StillSubject.DOCUMENT)
            await stills.add(connection, case, new, now_ms=1, due_at_ms=2**40 * 2)

    async def take_session(self, client: Client, kind: Kind) -> None:
        asker = await sign_in(self.house.product, kind)
        if kind.side is not None and asker.token is not None:
            client.profile.cookie_jar.update_cookies(
                {COOKIE_NAMES[kind.side]: asker.token}, URL(client.base_url)
            )

    async def send(self, kind: Kind, command: Command) -> str:
        self.house.clock.ahead_ms += 100  # so that no pace stands in the way
        values = {**GOOD, "ticket_id": TICKET, "call_id": self._call_id, "case_id": self._case_id}
        if command in PROBE_COMMANDS:
            values["call_id"] = self._probe_id
        payload = {name: values[name] for name in command.payload.model_fields}
        answer = await self.pages[kind.name].ack(command.name, payload)
        if command is events.PROBE_OPEN and kind.name == OWNER:
            # It takes the place of the one before.
            self._probe_id = answer["result"]["offer"]["call_id"]
        return verdict(answer)

    async def state(self) -> object:
        return await everything(self.house, self._redis)


@pytest.fixture
async def scene(data_folder: Path, open_house: OpenHouse, redis_client: Redis) -> AsyncIterator[Scene]:
    await put_other_hall(data_folder)
    async with open_house() as house:
        await put_people(house.product)
        yield Scene(house, redis_client)


async def test_everybody_may_send_what_access_says_and_nothing_else(scene: Scene) -> None:
    await scene.begin()
    asked = [
        (namespace, command, kind, expected(namespace, command, person))
        for namespace in NAMESPACES
        for command in namespace.commands
        for kind in KINDS
        if (person := kind.person()) is not None
        and isinstance(person, Taxpayer) == (namespace is events.TAXPAYER)
    ]
    wrong: list[str] = []
    before = await scene.state()
    # Refused ones first: they leave everything as it is for the others.
    for _, command, kind, wanted in sorted(asked, key=lambda one: one[3] == "allowed"):
        said = await scene.send(kind, command)
        if said != wanted:
            wrong.append(f"{command.name}, {kind.name}: {said}, not {wanted}")
        if wanted != "allowed" and await scene.state() != before:
            wrong.append(f"{command.name}, {kind.name}: refused, and something was changed")
    assert wrong == []


async def test_who_is_barred_or_of_the_other_side_opens_no_socket(scene: Scene) -> None:
    clients = {events.TAXPAYER: TaxpayerClient, events.OFFICER: OfficerClient}
    for kind in KINDS:
        for namespace, make in clients.items():
            client = make(scene.house.url)
            await scene.take_session(client, kind)
            person, page = kind.person(), client.new_page()
            if person is not None and isinstance(person, Taxpayer) == (namespace is events.TAXPAYER):
                await page.connect(headers={"Origin": client.base_url})
            else:
                with pytest.raises(SocketRefused):
                    await page.connect(headers={"Origin": client.base_url})
                assert page.refusal is not None
                assert page.refusal["data"]["code"] in {"not_signed_in", "session_expired"}
            await client.close()
