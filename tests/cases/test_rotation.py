"""Another key: everything sealed is sealed anew, also when it was ended in the middle, or rows change."""

import asyncio
import importlib
import pkgutil
from typing import Any, Final

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import LargeBinary, func, select, update

import cases
from cases import schema
from cases.clock import SystemClock
from cases.conversation.tables import conversations, messages
from cases.database import Database
from cases.errors import ChallengeInvalid
from cases.faces.tables import face_attempts, face_references
from cases.guidance.tables import catalogue_versions
from cases.people.tables import second_factors
from cases.rotation import SEALED, Rotation, RotationBounds
from cases.sealing import Sealer

pytestmark = pytest.mark.both_records

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
INDEX: Final = "x" * 32
PEOPLE: Final = 25


def sealer(*keys: str) -> Sealer:
    return Sealer(keys, INDEX)


def test_every_sealed_column_is_in_the_registry() -> None:
    for module in pkgutil.walk_packages(cases.__path__, "cases."):
        if module.name.endswith((".tables", ".schema")):
            importlib.import_module(module.name)
    of_schema = {
        column
        for table in schema.metadata.tables.values()
        for column in table.columns
        if column.name.endswith("_sealed")
    }
    assert of_schema == set(SEALED)
    assert all(isinstance(column.type, LargeBinary) for column in SEALED)
    # Nothing else is bytes but what nobody has to be kept from, so nothing sealed has another name.
    open_bytes = {catalogue_versions.c.content}
    assert of_schema | open_bytes == {
        column
        for table in schema.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }


@pytest.fixture
async def database(empty_database: Database) -> Database:
    await fill(empty_database, sealer(OLD))
    return empty_database


async def fill(database: Database, sealing: Sealer) -> None:
    """Something in every sealed column, known by the row it is in."""
    async with database.writing() as connection:
        await connection.execute(
            schema.halls.insert().values(
                hall_id="h",
                name_zh="厅",
                name_en="Hall",
                region_zh="区",
                region_en="District",
                time_zone="UTC",
            )
        )
        for number in range(PEOPLE):
            name = f"{number:03}"
            seal = sealing.seal
            await connection.execute(
                schema.taxpayers.insert().values(
                    taxpayer_id=name,
                    certificate_type="id_cn",
                    number_sealed=seal(f"number {name}"),
                    number_index=name,
                    name="陈",
                    created_at_ms=1,
                )
            )
            await connection.execute(
                schema.cases.insert().values(
                    case_id=name,
                    number=name,
                    taxpayer_id=name,
                    hall_id="h",
                    mode="assist",
                    question="",
                    opened_at_ms=1,
                    # Not every case has one.
                    agent_sealed=seal(f"agent {name}") if number % 2 else None,
                )
            )
            await connection.execute(
                schema.case_forms.insert().values(
                    case_form_id=name,
                    case_id=name,
                    taxpayer_id=name,
                    form_id="F",
                    required=True,
                    state="draft",
                    values_sealed=seal(f"values {name}"),
                    version=1,
                    saved_at_ms=1,
                )
            )
            await connection.execute(
                schema.officers.insert().values(
                    officer_id=name,
                    staff_number=name,
                    name="林",
                    password_hash="",
                    roles=[],
                    hall_id="h",
                    disabled=False,
                )
            )
            await connection.execute(
                second_factors.insert().values(
                    officer_id=name, secret_sealed=seal(f"secret {name}"), made_at_ms=1, last_step=-1
                )
            )

            await connection.execute(
                face_references.insert().values(
                    taxpayer_id=name, embedding_sealed=seal(f"face {name}"), officer_id=name, made_at_ms=1
                )
            )
            await connection.execute(
                conversations.insert().values(
                    case_id=name,
                    taxpayer_id=name,
                    hall_id="h",
                    is_consult=False,
                    version=1,
                    changed_at_ms=1,
                    last_number=1,
                    last_at_ms=1,
                    taxpayer_read=0,
                    officer_read=0,
                    taxpayer_unread=0,
                    officer_unread=0,
                )
            )
            await connection.execute(
                messages.insert().values(
                    case_id=name,
                    number=1,
                    message_id=name,
                    at_ms=1,
                    sender="taxpayer",
                    kind="text",
                    text_sealed=seal(f"text {name}"),
                    file_ids=[],
                    params={},
                )
            )
            await connection.execute(
                face_attempts.insert().values(
                    attempt_id=name,
                    account_index=name,
                    identity_sealed=seal(f"identity {name}"),
                    poses=[],
                    done=0,
                    pictures=0,
                    first_sealed=seal(f"first {name}"),
                    ends_at_ms=1,
                )
            )


async def everything(database: Database, sealing: Sealer) -> dict[str, list[str]]:
    """What is sealed, opened with these keys. Raises ChallengeInvalid."""
    opened: dict[str, list[str]] = {}
    async with database.reading() as connection:
        for column in SEALED:
            asked = select(column).where(column.is_not(None)).order_by(*column.table.primary_key.columns)
            opened[str(column)] = [sealing.open(one) for one in await connection.scalars(asked)]
    return opened


def rotation(database: Database, sealing: Sealer, **bounds: int) -> Rotation:
    return Rotation(database, SystemClock(), sealing, RotationBounds(**{"batch": 4, **bounds}))


async def test_afterwards_the_old_key_can_go(database: Database) -> None:
    before = await everything(database, sealer(OLD))
    # Something is in every column.
    there = [len(values) for values in before.values()]
    assert sorted(there) == [PEOPLE // 2, *[PEOPLE] * (len(SEALED) - 1)]
    done = await rotation(database, sealer(NEW, OLD)).run()
    assert [one.sealed_anew for one in done] == there
    assert {(one.left, one.unreadable) for one in done} == {(0, 0)}
    assert await everything(database, sealer(NEW)) == before
    with pytest.raises(ChallengeInvalid):
        await everything(database, sealer(OLD))


async def test_again_it_changes_nothing_and_is_told_once(database: Database) -> None:
    await rotation(database, sealer(NEW, OLD)).run()
    async with database.reading() as connection:
        before = [list(await connection.execute(select(column))) for column in SEALED]
    done = await rotation(database, sealer(NEW, OLD)).run()
    assert {one.sealed_anew for one in done} == {0}
    entries = schema.audit_entries.c
    async with database.reading() as connection:
        assert [list(await connection.execute(select(column))) for column in SEALED] == before
        told = await connection.scalar(select(func.count()).where(entries.action == "keys.rotate"))
    assert told == 1


class Ended(Exception):
    """The process was killed here."""


class EndingSealer(Sealer):
    """Ends after some rows."""

    def __init__(self, keys: tuple[str, ...], rows: int) -> None:
        super().__init__(keys, INDEX)
        self._rows = rows

    def sealed_anew(self, sealed: bytes) -> bytes | None:
        self._rows -= 1
        if self._rows < 0:
            raise Ended
        return super().sealed_anew(sealed)


@pytest.mark.parametrize("rows", [1, 4, 7, 30, 60])
async def test_a_run_that_was_ended_goes_on(database: Database, rows: int) -> None:
    before = await everything(database, sealer(OLD))
    with pytest.raises(Ended):
        await rotation(database, EndingSealer((NEW, OLD), rows)).run()
    assert await everything(database, sealer(NEW, OLD)) == before
    done = await rotation(database, sealer(NEW, OLD)).run()
    # Whole batches were kept.
    assert sum(one.sealed_anew for one in done) < sum(map(len, before.values())) or rows < 4
    assert await everything(database, sealer(NEW)) == before


async def test_what_is_written_meanwhile_stays_and_is_under_the_first_key(database: Database) -> None:
    server = sealer(NEW, OLD)

    async def write() -> None:
        for number in range(PEOPLE):
            async with database.writing() as connection:
                await connection.execute(
                    update(schema.case_forms)
                    .where(schema.case_forms.c.case_form_id == f"{number:03}")
                    .values(values_sealed=server.seal(f"changed {number:03}"))
                )

    await asyncio.gather(rotation(database, sealer(NEW, OLD), batch=2).run(), write())
    after = await everything(database, sealer(NEW))
    assert after["case_forms.values_sealed"] == [f"changed {number:03}" for number in range(PEOPLE)]


async def test_a_server_that_seals_with_the_older_key_still_is_noticed(database: Database) -> None:
    class Restless(Sealer):
        """Each row that is sealed anew comes back under the older key."""

        def sealed_anew(self, sealed: bytes) -> bytes | None:
            return sealer(OLD).seal(self.open(sealed))

    done = await rotation(database, Restless((NEW, OLD), INDEX)).run()
    assert all(one.left for one in done)


async def test_what_no_key_opens_is_counted_and_left_as_it_is(database: Database) -> None:
    strange = sealer(OTHER).seal("strange")
    async with database.writing() as connection:
        await connection.execute(
            update(schema.taxpayers)
            .where(schema.taxpayers.c.taxpayer_id == "007")
            .values(number_sealed=strange)
        )
    done = await rotation(database, sealer(NEW, OLD)).run()
    assert [one.unreadable for one in done] == [1, *[0] * (len(SEALED) - 1)]
    assert done[0].sealed_anew == PEOPLE - 1
    async with database.reading() as connection:
        kept: Any = await connection.scalar(
            select(schema.taxpayers.c.number_sealed).where(schema.taxpayers.c.taxpayer_id == "007")
        )
    assert kept == strange
