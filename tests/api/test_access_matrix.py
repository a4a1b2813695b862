"""Every endpoint asked by every kind of person about somebody's object: allowed exactly where
``cases.access`` says so, and what is refused changes nothing.

The matrix is made from the endpoint table, so that a new endpoint is in it. It fails where its path names
something for which ``tests.api.objects`` makes none, or its body has a field without a good value in
``tests.api.bodies``.
"""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import aiohttp
import orjson
import pytest
from sqlalchemy import Table, select

from api.endpoints import Endpoint
from cases import schema
from cases.access import Audience, Person, Whose, admit, may_see
from cases.errors import Forbidden, NotSignedIn
from tests.api.bodies import good_body, good_query
from tests.api.objects import MAKERS, Made, Scene
from tests.api.test_bad_input import parts
from tests.people import KINDS, Kind, SignedInAs, put_other_hall, put_people, sign_in
from tests.product import House, OpenHouse


class Verdict(StrEnum):
    SIGN_IN = "sign in first"
    FORBIDDEN = "forbidden"
    UNKNOWN = "not there"
    ALLOWED = "allowed"


def expected(endpoint: Endpoint, person: Person | None, whose: Whose | None) -> Verdict:
    """What ``cases.access`` says."""
    try:
        admit(endpoint.audience, person)
    except NotSignedIn:
        return Verdict.SIGN_IN
    except Forbidden:
        return Verdict.FORBIDDEN
    if (
        endpoint.audience is not Audience.ANYONE
        and whose is not None
        and person is not None
        and not may_see(person, whose)
    ):
        return Verdict.UNKNOWN
    return Verdict.ALLOWED


NOT_SIGNED_IN: Final = frozenset({"not_signed_in", "session_expired"})
NOT_UNDERSTOOD: Final = frozenset({"invalid_input", "malformed", "unsupported_media_type"})
"""Then the request did not get to the question of whose the object is: mend the request."""
NOT_OF_PEOPLE: Final = frozenset({"sessions", "guesses", "deadlines", "audit_entries", "trail_head"})
"""What the server writes by itself, also for who is refused."""


def verdict(endpoint: Endpoint, status: int, content: bytes, *, named: bool) -> Verdict:
    """What the server said. An answer that tells of the state of things, such as 409, is given to who may."""
    if status < 400:
        return Verdict.ALLOWED
    code = orjson.loads(content)["code"]
    assert status < 500, (endpoint.name, code)
    if code in NOT_SIGNED_IN:
        return Verdict.SIGN_IN
    if code == "forbidden":
        return Verdict.FORBIDDEN
    if status == 404 and named:
        return Verdict.UNKNOWN
    assert code not in NOT_UNDERSTOOD, (endpoint.name, content)
    return Verdict.ALLOWED


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks about what, and what has to come of it."""

    asker: SignedInAs
    made: Made | None
    wanted: Verdict


class Matrix:
    def __init__(self, house: House, browser: aiohttp.ClientSession) -> None:
        self._house = house
        self._browser = browser
        self._tables: Sequence[Table] = [
            table for name, table in schema.metadata.tables.items() if name not in NOT_OF_PEOPLE
        ]

    async def wrong(self, endpoint: Endpoint) -> list[str]:
        """Where the server and ``cases.access`` disagree."""
        asked = [await self._prepared(endpoint, kind) for kind in KINDS]
        refused = [one for one in asked if one.wanted is not Verdict.ALLOWED]
        allowed = [one for one in asked if one.wanted is Verdict.ALLOWED]
        before = await self._records()
        faults = [fault for one in refused for fault in await self._wrong(endpoint, one)]
        if before != await self._records():
            faults.append(f"{endpoint.name}: everybody was refused, and something was changed")
        return faults + [fault for one in allowed for fault in await self._wrong(endpoint, one)]

    async def _prepared(self, endpoint: Endpoint, kind: Kind) -> Question:
        asker = await sign_in(self._house.product, kind)
        made = await self._made(endpoint, asker)
        whose = made.whose if made is not None else None
        return Question(asker, made, expected(endpoint, asker.person, whose))

    async def _wrong(self, endpoint: Endpoint, one: Question) -> list[str]:
        said = await self._ask(endpoint, one.asker, one.made)
        return (
            []
            if said is one.wanted
            else [f"{endpoint.name}, {one.asker.kind.name}: {said}, not {one.wanted}"]
        )

    async def _made(self, endpoint: Endpoint, asker: SignedInAs) -> Made | None:
        names = frozenset(re.findall(r"\{(\w+)\}", endpoint.path))
        if not names:
            return None
        assert names in MAKERS, f"{endpoint.name}: tests/api/objects.py makes no {', '.join(sorted(names))}"
        return await MAKERS[names](Scene(self._house.product, endpoint, asker))

    async def _ask(self, endpoint: Endpoint, asker: SignedInAs, made: Made | None) -> Verdict:
        names, said = (made.names, made.said) if made is not None else ({}, {})
        path = endpoint.path.format(**names) + good_query(endpoint)
        headers = {"Origin": self._house.url, **asker.headers}
        data = None
        if endpoint.upload is not None:
            data = b"x"
            headers["Content-Type"] = endpoint.upload.media_types[0].replace("*/*", "image/png")
        if endpoint.body is not None:
            data = orjson.dumps(good_body(endpoint, said))
            headers["Content-Type"] = "application/json"
        async with self._browser.request(
            endpoint.method, f"{self._house.url}{path}", data=data, headers=headers
        ) as response:
            return verdict(endpoint, response.status, await response.read(), named=made is not None)

    async def _records(self) -> list[list[Any]]:
        async with self._house.product.database.reading() as connection:
            return [list(await connection.execute(select(table))) for table in self._tables]


@pytest.fixture
async def matrix(data_folder: Path, open_house: OpenHouse) -> AsyncIterator[Matrix]:
    await put_other_hall(data_folder)
    # Nobody is refused only for having asked too often.
    async with open_house(login_failures_per_account=1_000, login_failures_per_address=1_000) as house:
        await put_people(house.product)
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as browser:
            yield Matrix(house, browser)


@pytest.mark.parametrize("part", parts(), ids=lambda part: part[0])
async def test_everybody_may_do_what_access_says_and_nothing_else(
    part: tuple[str, list[Endpoint]], matrix: Matrix
) -> None:
    wrong = [fault for endpoint in part[1] for fault in await matrix.wrong(endpoint)]
    assert wrong == []
