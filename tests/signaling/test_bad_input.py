"""Whatever a page sends with any event that there is: a problem with a stable code, and nothing changed.

Rows are made from the event tables: a command or a field without one fails.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from cases import schema
from cases.access import Audience
from cases.stills.tables import still_requests
from cases.videos.tables import video_requests
from signaling import events
from signaling.events import NAMESPACES, OFFICER, TAXPAYER, Command
from tests.clients import DEVICES, WAIT_S, Page
from tests.product import CHEN, GENERAL, HUANG, LIANG, LIN, ONSITE, VEHICLE, ZHOU, House

NO_IDS: Final[Sequence[Any]] = (
    None, True, 7, -1, 2**60, 1.5, [], ["t2"], {"t2": 1}, [["t2"]], b"t2", "", " ", "t2\n", "a\x00b",
    "\x1b[0m", "a|b", "{x}", "*", "票", "x" * 65, "x" * 30_000,
)  # fmt: skip
NO_COUNTS: Final[Sequence[Any]] = (None, "1", 1.5, True, -1, [], {}, [[1]], b"1")
NO_CALLS: Final[Sequence[Any]] = (*NO_COUNTS, 1_000_001, 2**60)
NO_WORDS: Final[Sequence[Any]] = (None, "", "x", "READY", 7, [], {}, b"ready")
MEASURED: Final[Mapping[str, int]] = {
    "kbits_up": 1_000_000,
    "kbits_down": 1_000_000,
    "loss_up_permille": 1_000,
    "loss_down_permille": 1_000,
    "frozen_permille": 1_000,
    "jitter_up_ms": 60_000,
    "jitter_down_ms": 60_000,
    "round_trip_ms": 60_000,
}
"""The most that a page may say of its connection."""
WRONG: Final[Mapping[str, Sequence[Any]]] = {
    "ticket_id": NO_IDS,
    "call_id": NO_IDS,
    "case_id": NO_IDS,
    "request_id": NO_IDS,
    "line_id": NO_IDS,
    "line_ids": (None, 7, "x", [], [7], [None], [["x"]], [""], ["a b"], ["x"] * 21, {"0": "x"}, b"x"),
    "counter": (None, 7, [], {}, b"3", "3" * 17, "a\x00b", "\x1b[0m", "a\x7f"),
    "call_number": NO_CALLS,
    "generation": NO_COUNTS,
    "revision": NO_COUNTS,
    **{name: (*NO_COUNTS[1:], most + 1, 2**60) for name, most in MEASURED.items()},
    "devices": (
        None, 7, "x", [], {}, {**DEVICES, "camera": 1}, {**DEVICES, "facing": "up"}, {**DEVICES, "more": 1},
    ),
    "sdp": (None, "", 7, [], {}, b"v=0", "x" * (events.SDP_MAX_CHARS + 1)),
    "state": NO_WORDS,
    "reason": ("", "x", "LUNCH", 7, [], {}, b"lunch"),
    "reason_text": (None, 7, [], {}, b"x", "x" * 41, "a\x00b", "\x1b[0m", "a\x7f"),
    "outcome": NO_WORDS,
    "note": (None, 7, [], {}, b"x", "x" * 201, "a\x00b", "\x1b[0m", "a\x7f"),
    "subject": NO_WORDS,
    "remark": (None, 7, [], {}, b"x", "x" * 201, "a\x00b", "\x1b[0m", "a\x7f"),
}  # fmt: skip
"""By field, whatever command it is of."""
GOOD: Final[Mapping[str, Any]] = {
    "ticket_id": "t2", "call_id": "c", "case_id": "x", "request_id": "q", "line_id": GENERAL,
    "line_ids": [GENERAL], "call_number": 1, "generation": 1, "revision": 1,
    **dict.fromkeys(MEASURED, 20), "devices": DEVICES, "sdp": "v=0", "state": "ready", "outcome": "completed",
    "remark": "", "counter": "", "reason": "lunch", "reason_text": "", "note": "只差完税证明",
    "subject": "document",
}  # fmt: skip
NO_OBJECTS: Final[Sequence[Any]] = (7, "x", True, [], [{}], [[1]], b"{}", {"more": 1})

Refusals = Sequence[tuple[str, Mapping[str, Any]]]
UNKNOWN: Final = {"ticket_id": "nobody"}
MINE, OTHERS = {"ticket_id": "t1"}, {"ticket_id": "t3"}
STALE: Final = {**MINE, "call_number": 999_999}
NOT_MINE: Final = (("ticket_unknown", UNKNOWN), ("ticket_unknown", MINE), ("ticket_unknown", OTHERS))
ANY_STEP: Final[Refusals] = (("ticket_unknown", UNKNOWN), ("call_stale", STALE), ("call_stale", {}))
NO_CALL: Final[Refusals] = (("case_unknown", {}),)
CASES: Final[Mapping[str, str]] = {ticket_id: f"case-of-{ticket_id}" for ticket_id in ("t1", "t2", "t3")}
"""What stands for the case of a ticket until it is there."""
NO_CASE: Final[Refusals] = (("case_unknown", {}),)
NOT_MY_CASE: Final[Refusals] = (*NO_CASE, ("case_unknown", {"case_id": CASES["t1"]}))
NO_REQUEST: Final[Refusals] = (*NOT_MY_CASE, ("video_unknown", {"case_id": CASES["t2"]}))
NO_REQUEST_OF_HALL: Final[Refusals] = (*NO_CASE, ("video_unknown", {"case_id": CASES["t3"]}))
NO_STILL: Final[Refusals] = (*NOT_MY_CASE, ("still_unknown", {"case_id": CASES["t2"]}))
TO_NOWHERE: Final = ("line_unknown", {**MINE, "line_id": "nowhere"})

REFUSED_CALLS: Final[Mapping[str, Refusals]] = {command.name: NO_CALL for command in events.CALL_COMMANDS}
REFUSED_VIDEOS: Final[Mapping[str, Refusals]] = {
    "video.ask": NOT_MY_CASE,
    "video.accept": NO_REQUEST,
    "video.refuse": NO_REQUEST,
    "video.withdraw": NO_REQUEST,
    "video.join": (*NOT_MY_CASE, ("no_open_call", {"case_id": CASES["t2"]})),
}
REFUSED_VIDEOS_OF_OFFICERS: Final[Mapping[str, Refusals]] = {
    "video.ask": (*NO_CASE, ("video_call_open", {"case_id": CASES["t3"]})),
    "video.accept": NO_REQUEST_OF_HALL,
    "video.refuse": NO_REQUEST_OF_HALL,
    "video.withdraw": NO_REQUEST_OF_HALL,
    "video.join": (
        *NO_CASE,
        ("no_open_call", {"case_id": CASES["t1"]}),
        ("forbidden", {"case_id": CASES["t3"]}),
    ),
}
REFUSED_PROBES: Final[Mapping[str, Refusals]] = {
    "probe.open": (),
    "probe.answer": (("call_unknown", {}), ("call_unknown", {"call_id": "probe-1"})),
    "probe.close": (("call_unknown", {}), ("call_unknown", {"call_id": "probe-1"})),
}
REFUSED: Final[Mapping[str, Mapping[str, Refusals]]] = {
    TAXPAYER.name: {
        **REFUSED_CALLS,
        **REFUSED_PROBES,
        **REFUSED_VIDEOS,
        "still.consent": NO_STILL,
        "still.refuse": NO_STILL,
        "call.join": (("case_unknown", UNKNOWN), ("case_unknown", OTHERS)),
        "ticket.watch": NOT_MINE,
        "ticket.confirm": (*NOT_MINE, ("call_stale", {}), ("call_stale", {"call_number": 999_999})),
        "ticket.reactivate": (*NOT_MINE, ("step_refused", {})),
        "ticket.cancel": NOT_MINE,
    },
    OFFICER.name: {
        **REFUSED_CALLS,
        **REFUSED_PROBES,
        **REFUSED_VIDEOS_OF_OFFICERS,
        "call.join": (("case_unknown", UNKNOWN), ("forbidden", OTHERS)),
        "still.ask": (
            *NO_CASE,
            ("no_open_call", {"case_id": CASES["t1"]}),
            ("forbidden", {"case_id": CASES["t3"]}),
        ),
        "still.withdraw": (*NO_CASE, ("still_unknown", {"case_id": CASES["t3"]})),
        "desk.watch": (),
        "board.watch": (),
        "desk.sign_on": (
            ("line_unknown", {"line_ids": ["nowhere"]}),
            ("counter_missing", {"line_ids": [ONSITE], "counter": " "}),
        ),
        "desk.sign_off": (("holds_ticket", {}),),
        "desk.state": (("holds_ticket", {"state": "break"}), ("desk_state_refused", {"state": "serving"})),
        "queue.call_next": (("officer_busy", {}),),
        "queue.call_one": (("ticket_unknown", UNKNOWN), ("officer_busy", {}), ("officer_busy", OTHERS)),
        "queue.recall": (*ANY_STEP, ("step_refused", OTHERS)),
        "queue.arrived": (("ticket_unknown", UNKNOWN), ("not_on_site", MINE), ("not_on_site", {})),
        "queue.abandon": (*ANY_STEP, ("step_refused", OTHERS)),
        "queue.finish": (*ANY_STEP, ("not_your_ticket", OTHERS), ("step_refused", MINE)),
        "queue.requeue": (*ANY_STEP, ("not_your_ticket", OTHERS)),
        "queue.transfer": (*ANY_STEP[:2], TO_NOWHERE, ("not_your_ticket", {**OTHERS, "line_id": VEHICLE})),
        "queue.hold": (*ANY_STEP, ("not_your_ticket", OTHERS), ("step_refused", MINE)),
        "queue.resume": (*ANY_STEP, ("step_refused", OTHERS), ("step_refused", MINE)),
        "call.open": (("ticket_unknown", UNKNOWN), ("no_open_call", MINE), ("no_open_call", OTHERS)),
        "hall.close": (("forbidden", {}),),
        "hall.open": (("forbidden", {}),),
    },
}
"""What is well formed and wrong, with its code; the rest of the payload is GOOD."""


def good(command: Command) -> dict[str, Any]:
    return {name: GOOD[name] for name in command.payload.model_fields}


def test_every_field_and_command_has_a_row() -> None:
    for namespace in NAMESPACES:
        for command in namespace.commands:
            assert set(command.payload.model_fields) <= WRONG.keys(), command.name
        assert REFUSED[namespace.name].keys() == {command.name for command in namespace.commands}


async def everything(house: House, redis_client: Redis) -> tuple[int, dict[str | bytes, object]]:
    """The journal's version, every key of the hall but the leases, which go on, the requests of video and
    of still pictures, and the notes of transfers.
    """
    names = await redis_client.keys("*")
    kept = [name for name in names if isinstance(name, bytes) and not name.endswith((b":k", b":l"))]
    async with house.product.database.reading() as connection:
        videos = [tuple(row) for row in await connection.execute(select(video_requests))]
        stills = [tuple(row) for row in await connection.execute(select(still_requests))]
        notes = [tuple(row) for row in await connection.execute(select(schema.transfers))]
    keys: dict[str | bytes, object] = {name: await redis_client.dump(name) for name in kept}
    return await house.version(), {**keys, "videos": videos, "stills": stills, "notes": notes}


class World:
    """LIN has called t1 of CHEN, ZHOU serves t3 of LIANG, t2 of HUANG waits."""

    def __init__(self, house: House, redis_client: Redis) -> None:
        self.house, self.redis = house, redis_client
        self.pages: dict[str, Page] = {}
        self.cases: dict[str, str] = {}

    async def begin(self) -> None:
        clients = {}
        for person, ticket_id in ((CHEN, "t1"), (HUANG, "t2"), (LIANG, "t3")):
            clients[ticket_id] = await self.house.taxpayer(person)
            self.cases[CASES[ticket_id]] = await clients[ticket_id][0].open_consult(ticket_id, GENERAL)
        _, other = await self.house.officer(ZHOU, GENERAL)
        await other.call(events.QUEUE_CALL_ONE, ticket_id="t3", request_id="r")
        await clients["t3"][1].call(events.TICKET_CONFIRM, ticket_id="t3", call_number=1)
        officer, desk = await self.house.officer(LIN, GENERAL)
        await officer.call_next(desk, "r")
        self.pages = {TAXPAYER.name: clients["t2"][1], OFFICER.name: desk}
        self.before = await everything(self.house, self.redis)

    async def refuses(self, namespace: str, event: str, content: Any) -> str:
        """The code; nothing else came of it."""
        # So that no pace stands in the way.
        self.house.clock.ahead_ms += 100
        problem = await self.pages[namespace].problem(event, content)
        assert await everything(self.house, self.redis) == self.before, (event, content)
        assert problem.detail
        return problem.code


@pytest.fixture
async def world(house: House, redis_client: Redis) -> World:
    made = World(house, redis_client)
    await made.begin()
    return made


@pytest.mark.parametrize("namespace", NAMESPACES, ids=lambda one: one.name)
async def test_every_wrong_field_of_every_command(world: World, namespace: events.Namespace) -> None:
    for command in namespace.commands:
        contents = list(NO_OBJECTS)
        for name, field in command.payload.model_fields.items():
            contents += [{**good(command), name: value} for value in WRONG[name]]
            if field.is_required():
                contents.append({key: value for key, value in good(command).items() if key != name})
        for content in contents:
            code = await world.refuses(namespace.name, command.name, content)
            # Who may not send it is not told what it takes.
            wanted = "forbidden" if command.audience is Audience.SUPERVISOR else "invalid_input"
            assert code == wanted, (command.name, content)


@pytest.mark.parametrize("namespace", NAMESPACES, ids=lambda one: one.name)
async def test_what_is_unknown_out_of_date_or_somebody_elses(
    world: World, namespace: events.Namespace
) -> None:
    for command in namespace.commands:
        for code, changed in REFUSED[namespace.name][command.name]:
            content = {**good(command), **changed}
            sent = {name: content[name] for name in command.payload.model_fields}
            if "case_id" in sent:
                sent["case_id"] = world.cases.get(sent["case_id"], sent["case_id"])
            assert await world.refuses(namespace.name, command.name, sent) == code, (command.name, changed)


@pytest.mark.parametrize("namespace", NAMESPACES, ids=lambda one: one.name)
async def test_ten_megabytes_end_their_socket_only(world: World, namespace: events.Namespace) -> None:
    page = world.pages[namespace.name]
    much = {"ticket_id": "x" * 10_000_000}
    await page.socket.emit(namespace.commands[0].name, much, namespace=namespace.name)
    async with asyncio.timeout(WAIT_S):
        await page.closed.wait()
    assert await everything(world.house, world.redis) == world.before
    (other,) = [one for name, one in world.pages.items() if name != namespace.name]
    assert (await other.problem("nothing", {})).code == "unknown_event"
