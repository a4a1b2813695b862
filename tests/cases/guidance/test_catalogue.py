"""Versions of the catalogue over reloads, restarts and processes."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from cases import schema
from cases.audit import Actor, ActorKind
from cases.casework.errors import FormUnknown, TopicUnknown
from cases.database import Database
from cases.errors import RecordsDisagree
from cases.guidance import tables
from cases.guidance.catalogue import CataloguePolicy, Catalogues
from cases.guidance.errors import CatalogueInvalid
from cases.guidance.views import ChangeKind
from cases.views.names import Bilingual
from tests.cases.guidance.conftest import TickingClock
from tests.cases.guidance.small import changed, write
from tests.clients import eventually

HE = Actor(ActorKind.OFFICER, "he", "session", "127.0.0.1")
RENAMED = changed("topics/C01.yaml", "zh: 车船税退抵税", "zh: 车船税退税")
WITHOUT_NODE = changed(
    "topics/C01.yaml",
    "  - {id: N2, name: {zh: 重复缴纳, en: Paid twice}, immediate: true, promised_days: 1}\n",
    "",
)
WRONG = changed("topics/C01.yaml", "promised_days: 10", "promised_days: soon")


async def name(catalogues: Catalogues, version: str) -> str:
    return (await catalogues.business(version, "T01", "N1")).name.zh


async def kept(database: Database) -> int:
    async with database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(tables.catalogue_versions)) or 0


async def test_business_is_what_the_node_and_its_topic_say(catalogues: Catalogues) -> None:
    business = await catalogues.business(catalogues.version, "T01", "N1")
    assert (business.name.zh, business.node_name.en) == ("车船税退抵税", "Scrapped")
    assert (business.backoffice, business.assist, business.immediate) == (True, True, False)
    assert business.promised_days == 10
    [form] = business.forms
    assert (form.form_id, form.name, form.required) == (
        "F01",
        Bilingual("退税申请", "Application for a refund"),
        True,
    )


async def test_what_is_not_in_the_catalogue_is_unknown(catalogues: Catalogues) -> None:
    for version, topic_id, node_id in (
        (catalogues.version, "T02", "N1"),
        (catalogues.version, "T01", "N3"),
        ("0" * 16, "T01", "N1"),
    ):
        with pytest.raises(TopicUnknown):
            await catalogues.business(version, topic_id, node_id)
    with pytest.raises(FormUnknown):
        await catalogues.check(catalogues.version, "F02", {}, (), "2026-11-26")


async def test_a_case_keeps_its_version_over_a_reload(catalogues: Catalogues, folder: Path) -> None:
    old = catalogues.version
    write(folder, WITHOUT_NODE)
    reloaded = await catalogues.reload(HE)
    assert (reloaded.changed, reloaded.topics, reloaded.forms) == (True, 1, 1)
    assert reloaded.version == catalogues.version != old
    assert (await catalogues.business(old, "T01", "N2")).node_name.zh == "重复缴纳"
    with pytest.raises(TopicUnknown):
        await catalogues.business(catalogues.version, "T01", "N2")


async def test_a_case_keeps_its_version_over_a_restart(
    catalogues: Catalogues, database: Database, clock: TickingClock, folder: Path
) -> None:
    old = catalogues.version
    write(folder, RENAMED)
    restarted = Catalogues(database, clock, folder)
    await restarted.load()
    assert await name(restarted, old) == "车船税退抵税"
    assert await name(restarted, restarted.version) == "车船税退税"
    checked = await restarted.check(
        old, "F01", {"applicant_name": "陈嘉敏", "declare": True}, (), "2026-11-26"
    )
    assert checked.faults == ()


async def test_wrong_files_change_nothing(catalogues: Catalogues, database: Database, folder: Path) -> None:
    old = catalogues.version
    write(folder, WRONG)
    with pytest.raises(CatalogueInvalid) as caught:
        await catalogues.reload(HE)
    assert str(caught.value.faults[0]).startswith("topics/C01.yaml:11: ")
    assert catalogues.version == old
    assert await name(catalogues, old) == "车船税退抵税"
    assert await kept(database) == 1


async def test_another_process_follows_what_was_taken_last(
    catalogues: Catalogues, database: Database, clock: TickingClock, folder: Path, tmp_path: Path
) -> None:
    first = catalogues.version
    other = Catalogues(database, clock, write(tmp_path / "other", RENAMED))
    await other.load()
    assert await catalogues.catch_up()
    assert catalogues.version == other.version != first
    assert not await catalogues.catch_up()
    # Files that are put back are the newest again, though they are not new.
    await catalogues.reload(HE)
    assert catalogues.version == first
    assert await other.catch_up()
    assert other.version == first
    assert await kept(database) == 2


async def test_it_is_followed_by_itself(
    catalogues: Catalogues, database: Database, clock: TickingClock, folder: Path
) -> None:
    other = Catalogues(database, clock, folder, CataloguePolicy(follow_every_s=0.005))
    await other.load()
    following = asyncio.create_task(other.follow())
    write(folder, RENAMED)
    await catalogues.reload(HE)

    async def in_use() -> str:
        return other.version

    await eventually(in_use, lambda version: version == catalogues.version)
    following.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following


async def test_what_a_later_release_wrote_is_not_taken(catalogues: Catalogues, database: Database) -> None:
    old, versions = catalogues.version, tables.catalogue_versions
    async with database.writing() as connection:
        content = await connection.scalar(select(versions.c.content))
        await connection.execute(
            versions.insert().values(version="later", content=content, loaded_at_ms=2**50)
        )
        await connection.execute(update(versions).values(content=b"x\x9c\xab\xae\x05\x00\x01u\x00\xf9"))
    with pytest.raises(RecordsDisagree):
        await catalogues.catch_up()
    assert catalogues.version == old


async def test_older_versions_in_memory_are_bounded(
    database: Database, clock: TickingClock, folder: Path
) -> None:
    catalogues = Catalogues(database, clock, folder, CataloguePolicy(kept_in_memory=1))
    versions = []
    for number in range(4):
        write(folder, changed("reasons.yaml", "请重拍", f"请重拍{number}"))
        versions.append((await catalogues.load()).version)
    # Each is asked for again in turn, so that none of them is the one that is left in memory.
    for version in (*versions, *versions):
        assert await name(catalogues, version) == "车船税退抵税"


async def test_a_reload_is_audited_with_who_made_it(
    catalogues: Catalogues, database: Database, folder: Path
) -> None:
    write(folder, RENAMED)
    await catalogues.reload(HE)
    await catalogues.reload(HE)
    entries = schema.audit_entries.c
    async with database.reading() as connection:
        rows = (
            await connection.execute(
                select(entries.actor_kind, entries.actor_id, entries.object_id, entries.detail)
                .where(entries.action == "catalogue.reload")
                .order_by(entries.at_ms)
            )
        ).all()
    assert [(row.actor_kind, row.actor_id, row.detail["changed"]) for row in rows] == [
        ("system", None, True),
        ("officer", "he", True),
        ("officer", "he", False),
    ]
    assert rows[-1].object_id == catalogues.version


@pytest.mark.feature("S38")
async def test_what_differs_between_versions_is_said_by_file_and_place(
    catalogues: Catalogues, folder: Path
) -> None:
    before = catalogues.version
    write(folder, WITHOUT_NODE)
    checked = await catalogues.look()
    assert catalogues.version == before, "looking takes nothing"
    await catalogues.reload(HE)
    assert checked.version == catalogues.version
    told = await catalogues.changes(before, catalogues.version)
    assert told == checked.changes
    assert told.count == len(told.changes) > 1
    assert {(one.file, one.kind) for one in told.changes} == {("topics/C01.yaml", ChangeKind.REMOVED)}
    assert [(one.place, one.before) for one in told.changes if one.place.endswith("name/zh")] == [
        ("topics/T01/nodes/N2/name/zh", "重复缴纳")
    ]
    back = await catalogues.changes(catalogues.version, before)
    assert {one.kind for one in back.changes} == {ChangeKind.ADDED}
    assert (await catalogues.changes(before, before)).changes == ()
    listed = await catalogues.versions()
    assert listed.in_use == listed.versions[0].version == catalogues.version
    assert [one.version for one in listed.versions] == [catalogues.version, before]
    write(folder, WRONG)
    with pytest.raises(CatalogueInvalid):
        await catalogues.look()
