"""Folders that earlier versions left are opened by this one."""

import contextlib
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cases.database import newest_revision
from cases.trail.verification import verify
from queueing.connection import Link
from queueing.rebuild import VERSION_JUMP
from server.app import running
from server.records import records
from signaling import events
from tests.business_pages import BusinessPage
from tests.clients import eventually
from tests.product import CHEN, HUANG, House, MovableClock, settings_of
from tests.server.backup.test_round_trip import rows_in
from tests.server.business import QUESTION, REMARK, SAID
from tests.server.data_folder import FOLDERS, unpack

ALL = sorted(FOLDERS.glob("*.tar.xz"))


def test_there_are_kept_folders() -> None:
    assert {one.name.partition(".")[0] for one in ALL} >= {"0012"}


@contextlib.asynccontextmanager
async def house_at(at_ms: int, folder: Path, link: Link) -> AsyncIterator[House]:
    """As if the program were exchanged at that moment: what became due since is not this test's matter."""
    clock = MovableClock()
    clock.ahead_ms = at_ms - clock.now_ms()
    async with running(settings_of(folder), link, clock) as server, contextlib.AsyncExitStack() as ends:
        yield House(server, clock, ends)


@pytest.mark.parametrize("kept", ALL, ids=lambda kept: kept.name)
async def test_people_go_on_with_what_they_had(kept: Path, tmp_path: Path, link: Link) -> None:
    folder = tmp_path / "house"
    told = unpack(kept, folder)
    assert told.revision == kept.name.partition(".")[0]
    ids = told.ids
    async with house_at(told.made_at_ms, folder, link) as house:
        client = house.visitor()
        view = await client.sign_in(CHEN)
        assert view.taxpayer_id == ids["taxpayer_id"]
        finished = await client.case(ids["finished"])
        assert (finished.question, finished.remark) == (QUESTION, REMARK)
        business = BusinessPage(house, client)
        timeline = await business.timeline(ids["ordered"])
        assert timeline.description == ""
        assert (await business.form(ids["draft"])).values["taxpayer_name"] == CHEN.name
        said = await client.ask("GET", f"/api/v1/taxpayer/cases/{ids['ordered']}/messages")
        assert SAID in said.body.decode()
        picture = await client.ask("GET", ids["picture_path"])
        assert hashlib.sha256(picture.body).hexdigest() in {
            one.name for one in (folder / "files").rglob("*") if one.is_file()
        }
        assert ids["booking"] in (await client.ask("GET", "/api/v1/taxpayer/bookings")).body.decode()
        await eventually(house.version, lambda version: version > VERSION_JUMP)
        # Whoever waited is in line still: the queue is built anew from the records.
        _, page = await house.taxpayer(HUANG)
        waiting = await page.call(events.TICKET_WATCH, ticket_id=ids["waiting_ticket"])
        assert (waiting.state, waiting.ahead) == ("waiting", 0)
    found = await rows_in(folder)
    assert found["alembic_version"] == [(newest_revision(),)]
    grown = {
        "sessions", "audit_entries", "hall_epochs", "guesses", "requests", "alembic_version",
        # This version may bring another one.
        "catalogue_versions",
    }  # fmt: skip
    for table, count in told.rows.items():
        if table in grown:
            assert len(found[table]) >= count
        else:
            assert (table, len(found[table])) == (table, count)
    await the_trail_is_whole(folder, earlier=told.rows["audit_entries"] if told.revision < "0013" else 0)


async def the_trail_is_whole(folder: Path, *, earlier: int) -> None:
    """With the entries from before it was chained."""
    database = records(settings_of(folder))
    trail = await verify(database, lambda line: None)
    await database.close()
    assert (trail.faults, trail.earlier) == ((), earlier)
    assert trail.entries > 1
