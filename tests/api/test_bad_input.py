"""Whatever a client sends to any endpoint that there is: a problem with a stable code, and nothing changed.

Rows are made from the endpoint table: an endpoint or a field without one fails.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest
from redis.asyncio import Redis

from api.endpoints import Endpoint
from api.routes import ENDPOINTS
from cases import schema
from cases.sessions import SessionKind, session_kind
from cases.views.desks import OfficerRole
from tests.clients import Client
from tests.product import CHEN, GENERAL, HALL, LIN, House

NO_TEXTS: Final[Sequence[Any]] = (None, True, 7, 1.5, [], ["x"], {"x": 1}, [["x"]])
CONTROLS: Final = ("a\x00b", "\x1b[0m", "a\x7f")
NO_IDS: Final = (*NO_TEXTS, *CONTROLS, "", " ", "x\n", "a|b", "{x}", "*", "票", "x" * 65, "x" * 30_000)
NO_SAID: Final = (*NO_TEXTS, "x", {"zh": 7, "en": "x"}, {"zh": "x", "en": "x", "fr": "x"}, {"zh": "\x1b"})
RULES: Final[Mapping[str, Any]] = {
    "slot_min": 30,
    "hours": [{"days": [[{"opens_min": 540, "closes_min": 720}]] * 5 + [[], []]}],
    "capacities": [{"kind": "onsite", "counters": 1}],
}
WRONG: Final[Mapping[str, Sequence[Any]]] = {
    "ticket_id": NO_IDS,
    "line_id": NO_IDS,
    "question": (*NO_TEXTS, *CONTROLS, "问" * 201),
    "certificate_type": (*NO_TEXTS, "", "x"),
    "certificate_number": (*NO_TEXTS, *CONTROLS, "", "x" * 41, "1"),
    "name": (*NO_TEXTS, *CONTROLS, "", "x" * 81),
    "challenge": (*NO_TEXTS, *CONTROLS, "", "x", "x" * 2_001),
    "method": (*NO_TEXTS, "", "x"),
    "staff_number": (*NO_TEXTS, *CONTROLS, "", "x" * 41),
    "password": (*NO_TEXTS, "", "x" * 201),
    "binding_code": (*NO_TEXTS, *CONTROLS, "", "A" * 33),
    "priority": (*NO_TEXTS, "", "booked", "WALK_IN"),
    "booking_number": (*NO_TEXTS[1:], *CONTROLS, "", "1234567", "1" * 17, "1234567a", "１２３４５６７８"),
    "file_ids": (
        *(one for one in NO_TEXTS if one != ["x"]),
        [""],
        ["a|b"],
        ["x\n"],
        ["x" * 65],
        ["x"] * 6,
        [["x"]],
    ),
    "text": (*NO_TEXTS, *CONTROLS, "已" * 501),
    "advice": (*NO_TEXTS, *CONTROLS, "已" * 501),
    "new_password": (*NO_TEXTS, *CONTROLS, "", "x" * 201),
    "code": (*NO_TEXTS, *CONTROLS, "", "12345", "x" * 41),
    "officer_name": (*NO_TEXTS, *CONTROLS, "", "林" * 81),
    "hall_id": NO_IDS,
    "roles": (None, True, 7, "admin", {}, [], [7], ["boss"], [["admin"]], ["admin"] * 5),
    "disabled": (None, 7, "x", "", [], {}),
    "version": (None, -1, 1.5, 2**31, "x", [], {}),
    "message_id": NO_IDS,
    # A ticket's, and that of a message.
    "number": (None, -1, 1.5, 2**31, [], {}, "", *CONTROLS),
    "shared": (None, 7, "x", "", [], {}),
    "place": (None, -1, 1.5, 1_001, "x", [], {}),
    "kind": (*NO_TEXTS, "", "x", "ONSITE"),
    "hall_name": (*NO_SAID, {"zh": "", "en": "x"}, {"zh": "厅" * 121, "en": "x"}),
    "region_name": (*NO_SAID, {"zh": "x", "en": ""}),
    "call_order": (*NO_TEXTS, "", "x"),
    "region_codes": (None, 7, "440402", {}, ["x"], ["4"], [440402], ["440402"] * 51),
    "hall_address": (*NO_SAID, {"zh": "路" * 501}),
    "hall_phone": (*NO_TEXTS, *CONTROLS, "x", "1" * 41),
    "hall_notes": (*NO_SAID, {"en": "x" * 1_001}),
    "rules": (
        *NO_TEXTS,
        {},
        {**RULES, "more": 1},
        {**RULES, "slot_min": "x"},
        {**RULES, "hours": [{"days": [[]] * 6}]},
        {**RULES, "hours": [{"days": [[{"opens_min": 1}]] * 7}]},
        {**RULES, "hours": [{"days": [[]] * 7, "first": 7}]},
        {**RULES, "capacities": [{"kind": "x", "counters": 1}]},
        {**RULES, "capacities": [{"kind": "onsite", "counters": -1}]},
        {**RULES, "capacities": [{"kind": "onsite", "counters": 1}] * 501},
        {**RULES, "factors": [{"first": "x", "last": "2026-11-23", "percent": 1}]},
    ),
    "is_open": (None, 7, "x", "", [], {}),
    "is_working": (None, 7, "x", "", [], {}),
    "periods": (None, 7, "x", {}, [7], [{"opens_min": 1}], [{"opens_min": 1, "closes_min": 2}] * 7),
    "day_reason": (*NO_SAID, {"zh": "x\x00"}),
    "line_name": (*NO_SAID, {"zh": "x", "en": "x" * 201}),
    "line_about": (*NO_SAID, {"zh": "x", "en": "x" * 1_001}),
    "open": (None, 7, "x", "", [], {}),
    "weight": (None, 0, 101, 1.5, "x", [], {}),
    "line_kind": (*NO_TEXTS, "", "x"),
    "letter": (*NO_TEXTS, *CONTROLS, "", "a", "AA", "Ä", "1"),
    "slot_start_ms": (None, -1, 1.5, 2**53 + 1, "x", [], {}),
    "booking_id": NO_IDS[1:],
    "topic_id": (*NO_IDS, "x" * 17),
    "captcha_id": NO_IDS,
    "captcha_answer": (*NO_TEXTS, *CONTROLS, "", "2" * 21),
    "captcha_kind": (*NO_TEXTS, "", "x", "video"),
    "favourite_kind": (*NO_TEXTS, "", "x", "TOPIC"),
    "node_id": (*NO_IDS, "x" * 65),
    "values": (None, True, 7, "x", [], {"x" * 65: 1}),
    "mode": (*NO_TEXTS, "", "x", "consult"),
    "description": (*NO_TEXTS, *CONTROLS, "说" * 201),
    "agent": (True, 7, "x", [], {}, {"name": "", "phone": "13800000000"}, {"name": "林", "phone": "1"}),
    "consent_id": (True, 7, [], {}, *CONTROLS, "x" * 65),
    "wanted_by_ms": (-1, 1.5, "x", [], {}, 2**60),
    "faults": (
        *(None, 7, "x", [], {}, [7], [{}]),
        [{"reason": "r1", "text": "x"}],
        [{"reason": "R01", "text": ""}],
        [{"reason": "R01", "text": "x"}] * 51,
    ),
    "outcome": (*NO_TEXTS, "", "continued"),
    "remark": (*NO_TEXTS, *CONTROLS, "x" * 501),
    "amount_fen": (None, 0, -1, 1.5, 10**13 + 1, "x", [], {}),
    "purpose": (*NO_TEXTS, *CONTROLS, "", "x" * 201),
    "result": (*NO_TEXTS, "", "asked"),
    "display_key": (*NO_TEXTS, *CONTROLS, "", "一", "A" * 61),
    "seen": (*NO_TEXTS[1:], *CONTROLS, "", "x", "A" * 16, "0" * 17),
    "display_name": (*NO_TEXTS, *CONTROLS, "", "屏" * 61),
    "english": (None, 7, "x", "", [], {}),
    "region_code": (*NO_TEXTS, *CONTROLS, "", "x", "4", "４４", "4404021", "440402\n", "4" * 13),
}
_MESSAGE: Final[Mapping[str, Sequence[Any]]] = {
    "file_ids": (*(one for one in WRONG["file_ids"] if one not in ([], ["x"] * 6)), ["x"] * 10),
    "text": (*NO_TEXTS, *CONTROLS, "已" * 2_001),
}
WRONG_OF: Final[Mapping[str, Mapping[str, Sequence[Any]]]] = {
    "submitCase": {"place": (-1, 1.5, 7, "x", [], {})},
    "sendMessage": _MESSAGE,
    "sendMessageAsOfficer": _MESSAGE,
}
"""In the place of those above, by endpoint."""
GOOD: Final[Mapping[str, Any]] = {
    "ticket_id": "t9", "line_id": GENERAL, "question": "", "certificate_type": "id_cn",
    "certificate_number": CHEN.number, "name": CHEN.name, "challenge": "x", "method": "development",
    "staff_number": LIN.staff_number, "password": "x", "file_ids": ["x"], "text": "",
    "new_password": "x", "code": "000000", "advice": "",
    "officer_name": "林思远", "hall_id": HALL, "roles": ["officer"], "disabled": True, "version": 0,
    "message_id": "m9", "number": 0, "shared": False, "place": 0,
    "kind": "onsite", "slot_start_ms": 1, "booking_id": "x", "topic_id": "T17", "captcha_id": "x",
    "captcha_answer": "23456", "captcha_kind": "image",
    "hall_name": {"zh": "厅", "en": "Hall"}, "region_name": {"zh": "区", "en": "District"},
    "call_order": "strict", "region_codes": ["440402"], "hall_address": {}, "hall_phone": "",
    "hall_notes": {}, "rules": RULES, "is_open": True, "is_working": False, "periods": [], "day_reason": {},
    "line_name": {"zh": "队", "en": "Line"}, "line_about": {}, "open": True, "weight": 1,
    "line_kind": "onsite", "letter": "Z",
    "display_key": "ABCDE", "seen": None, "display_name": "屏", "english": False,
    "binding_code": "ABC234", "priority": "walk_in", "booking_number": None,
    "values": {}, "mode": "backoffice", "description": "", "agent": None, "wanted_by_ms": None,
    "consent_id": "consent.backoffice.v1", "outcome": "completed", "remark": "", "amount_fen": 1,
    "purpose": "税款", "result": "confirmed", "faults": [{"reason": "R01", "text": "x"}],
    "favourite_kind": "topic", "node_id": "N1", "region_code": "440402",
}  # fmt: skip
GOOD_OF: Final[Mapping[str, Mapping[str, Any]]] = {
    "submitCase": {"place": None},
    "bindPaperTicket": {"number": "E001"},
    "sendMessage": {"text": "您好", "file_ids": []},
    "sendMessageAsOfficer": {"text": "您好", "file_ids": []},
    "addQuickReply": {"text": "您好"},
    "changeQuickReply": {"text": "您好"},
    "writeReason": {"text": "请重拍"},
}
"""In the place of those above, by endpoint."""
CODES: Final = {"invalid_input", "certificate_refused", "challenge_invalid", "log_in_again", "malformed"}
RAW: Final = (
    b'{"ticket_id":NaN}',
    b'{"ticket_id":1e999}',
    b'{"ticket_id":"\\ud800"}',
    b'{"a":' + b"[" * 30_000,
)
NO_DAYS: Final = (
    "", "x", "7", "1e9", "1999-12-31", "2200-01-01", "2026-02-30", "2026-11-23T00:00", "2026-1-1", "%00",
    "20261123", "２０２６-11-23", "9999-12-31", "0000-00-00",
)  # fmt: skip
QUERIES: Final[Mapping[str, Sequence[str]]] = {
    "state": ("", "all", "open%00", "1"),
    "cursor": ("x", "1.%00", "%ED%A0%80", "9" * 101, "1." + "x" * 99),
    "hall_id": ("", "%00", "a|b", "x" * 65),
    "region": ("", "x", "4", "440402%00", "4" * 13, "４４"),
    "kind": ("", "%00", "a%20b", "..%2fx", "-x", "x" * 33),
    "first": NO_DAYS,
    "last": (*NO_DAYS, "2026-11-22"),
    "day": NO_DAYS,
    "version": ("", "x", "-1", "1.5", "NaN", "9" * 5_000),
    "code": ("", "x", "4", "44%00", "4" * 13, "４４"),
    "answers": ("", "A", "a,", ",a", "a b", "a;b", "%00", "nobody", ",".join("a" * 21)),
    "search": ("", "%00", "%1b", "税" * 81),
    "words": ("", "%00", "%1b", "税" * 61),
    "limit": ("", "0", "51", "NaN", "1e400", "9" * 5_000, "-1", "1.5", "x"),
    "purpose": ("", "all", "chat%00", "Chat", "1"),
    "form_id": ("", "%00", "%1b", "x" * 33),
    "before": ("", "-1", "x", "1.5", "NaN", "2147483648"),
    "after": ("", "-1", "x", "1.5", "NaN", "2147483648"),
    "object_kind": ("", "%00", "Case", "a%20b", "a.b", "x" * 33),
    "object_id": ("", "%00", "a|b", "x" * 65),
    "actor_id": ("", "%00", "a|b", "x" * 65),
    "action": ("", "%00", "case", "case.", ".x", "Case.x", "a.b.c", "a." + "x" * 32, "case.x%0a"),
    "from_ms": ("", "-1", "x", "1.5", "NaN", "9007199254740993", "9" * 5_000),
    "to_ms": ("", "-1", "x", "1.5", "NaN", "9007199254740993", "9" * 5_000),
    "name": ("%00", "%1b", "%ED%A0%80%7f", "x" * 256),
    "from_day": (*NO_DAYS, "2026-11-28"),
    "to_day": (*NO_DAYS, "2026-11-20"),
    "by": ("", "week", "Day", "day%00", "1"),
    "language": ("", "zh", "de", "en%00", "EN"),
    "case_number": ("", "x", "20261123%00", "１", "1" * 21, "1.5", "-1"),
    "staff_number": ("", "%00", "%1b", "0" * 41),
}
REST: Final[Mapping[str, str]] = {
    "searchTopics": "words=refund",
    "uploadFile": "purpose=attachment&form_id=A1&kind=x&name=x",
    "listDays": "kind=onsite&first=2026-11-23&last=2026-11-29",
    "listSlots": "kind=onsite&day=2026-11-23",
    "removeDay": "version=0",
    "seeReport": "from_day=2026-11-21&to_day=2026-11-27",
    "saveReportAsCsv": "from_day=2026-11-21&to_day=2026-11-27",
    "saveReportAsXlsx": "from_day=2026-11-21&to_day=2026-11-27",
    "seeCatalogueChanges": "before=0000000000000000&after=0000000000000000",
}
"""What else a query needs, by endpoint."""


def good_body(endpoint: Endpoint) -> dict[str, Any]:
    """A whole body that is understood."""
    if endpoint.body is None:
        return {}
    return {
        name: GOOD_OF.get(endpoint.name, GOOD).get(name, GOOD[name]) for name in endpoint.body.model_fields
    }


def with_value(rest: str, name: str, value: str) -> str:
    """A query with that value in the place of a good one."""
    others = [part for part in rest.split("&") if part and not part.startswith(f"{name}=")]
    return "&".join((*others, f"{name}={value}"))


def test_every_field_has_a_row() -> None:
    for endpoint in ENDPOINTS:
        assert endpoint.body is None or set(endpoint.body.model_fields) <= WRONG.keys()
        assert endpoint.query is None or set(endpoint.query.model_fields) <= QUERIES.keys()


async def everything(house: House, redis_client: Redis) -> tuple[int, dict[bytes, object]]:
    """The journal's version, and every key but the lease of who keeps the records."""
    names = [name for name in await redis_client.keys("*") if isinstance(name, bytes)]
    dumped: dict[bytes, object] = {
        name: await redis_client.dump(name) for name in names if not name.endswith(b":k")
    }
    return await house.version(), dumped


def uploaded(endpoint: Endpoint) -> dict[str, Any]:
    """Something of a kind that the endpoint takes."""
    if endpoint.upload is None:
        return {}
    kind = endpoint.upload.media_types[0].replace("*/*", "image/png")
    return {"data": b"x", "headers": {"Content-Type": kind}}


async def give_every_role(house: House) -> None:
    async with house.product.database.writing() as connection:
        await connection.execute(schema.officers.update().values(roles=sorted(OfficerRole)))


def parts() -> list[tuple[str, list[Endpoint]]]:
    """The endpoints by the third step of their path: a server is started for each part."""
    found: dict[str, list[Endpoint]] = {}
    for endpoint in ENDPOINTS:
        found.setdefault("/".join(endpoint.path.split("/")[3:5]), []).append(endpoint)
    return sorted(found.items())


@pytest.mark.parametrize("part", parts(), ids=lambda part: part[0])
async def test_bad_input_is_refused_and_changes_nothing(
    part: tuple[str, list[Endpoint]], house: House, redis_client: Redis
) -> None:
    taxpayer, _ = await house.taxpayer(CHEN)
    await taxpayer.take("t1", GENERAL)
    officer, _ = await house.officer(LIN)
    await give_every_role(house)
    # Log-outs last: after them nobody is signed in.
    for endpoint in sorted(part[1], key=lambda one: one.method == "DELETE"):
        client = officer if session_kind(endpoint.audience) is SessionKind.OFFICER else taxpayer
        await refuse_all(endpoint, client, house, redis_client)


async def refuse_all(endpoint: Endpoint, client: Client, house: House, redis_client: Redis) -> None:
    """Ask the endpoint in every wrong way."""
    before = await everything(house, redis_client)
    path = re.sub(r"\{\w+\}", "nobodys", endpoint.path)
    rest = REST.get(endpoint.name, "")
    asked: list[tuple[str, dict[str, Any]]] = []
    good: dict[str, Any] = {}
    if endpoint.body is not None:
        good, wrong = good_body(endpoint), {**WRONG, **WRONG_OF.get(endpoint.name, {})}
        asked += [(path, {"content": {**good, name: value}}) for name in good for value in wrong[name]]
        no_bodies: Sequence[Any] = ([], 7, "x", {**good, "more": 1}, {})
        asked += [(path, {"content": one}) for one in no_bodies]
        asked += [(path, {"data": raw, "headers": {"Content-Type": "application/json"}}) for raw in RAW]
    if endpoint.query is not None:
        asked += [
            (f"{path}?{with_value(rest, name, value)}", {})
            for name in endpoint.query.model_fields
            for value in QUERIES[name]
        ]
    for address, sent in asked:
        answer = await client.ask(endpoint.method, address, **sent)
        problem = answer.problem
        known = CODES | ({"case_unknown", "cursor_unknown"} if "cursor" in address else set())
        assert problem.code in known, (address, sent)
        assert 400 <= answer.status < 500
        assert await everything(house, redis_client) == before, (address, sent)
    if path != endpoint.path:
        whole = f"{path}?{rest}" if rest else path
        content = good if endpoint.body is not None else None
        for odd in ("nobodys", "%00", "%ED%A0%80", "x" * 3_000, "..%2f", "%0d%0aX:1"):
            found = await client.ask(
                endpoint.method, whole.replace("nobodys", odd), content, **uploaded(endpoint)
            )
            assert found.status == 404, (endpoint.name, odd)
            assert found.problem.code.endswith(("_unknown", "not_found"))
