"""Records from before calls belonged to cases: each finds its case, and at most one of a case goes on."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from cases.database import MIGRATIONS, Database
from tests.records import records_url

BEFORE = (
    "INSERT INTO halls (hall_id, name_zh, name_en, region_zh, region_en, time_zone) "
    "VALUES ('h', 'x', 'x', 'x', 'x', 'Asia/Shanghai')",
    "INSERT INTO taxpayers (taxpayer_id, certificate_type, number_sealed, number_index, name, created_at_ms) "
    "VALUES ('t', 'id_cn', 'x', 'i', 'n', 1)",
    "INSERT INTO cases (case_id, number, taxpayer_id, hall_id, ticket_id, mode, question, opened_at_ms) "
    "VALUES ('c', '1', 't', 'h', 'now', 'consult', '', 1)",
    "INSERT INTO calls VALUES ('ended', 'now', 1, 1, 'o', 3, 4, 5, 'hung_up')",
    "INSERT INTO calls VALUES ('left', 'now', 1, 2, 'o', 6, NULL, NULL, NULL)",
    "INSERT INTO calls VALUES ('newest', 'now', 2, 1, 'o', 7, NULL, NULL, NULL)",
    "INSERT INTO calls VALUES ('lost', 'earlier', 1, 1, 'o', 2, NULL, NULL, NULL)",
)


def back_to(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.downgrade(config, revision)


async def test_calls_find_their_cases(tmp_path: Path) -> None:
    database = Database(records_url(tmp_path))
    await database.migrate()
    async with database.writing() as connection:
        await connection.run_sync(back_to, "0014")
        for statement in BEFORE:
            await connection.execute(text(statement))
    await database.migrate()
    async with database.writing() as connection:
        rows = await connection.execute(
            text("SELECT call_id, case_id, ended_at_ms, end_reason FROM calls ORDER BY opened_at_ms")
        )
        assert [tuple(row) for row in rows] == [
            ("lost", None, 2, "closed"),
            ("ended", "c", 5, "hung_up"),
            ("left", "c", 6, "closed"),
            ("newest", "c", None, None),
        ]
        # One without a ticket was not known before.
        await connection.execute(
            text("INSERT INTO calls (call_id, case_id, officer_id, opened_at_ms, ended_at_ms) "
                 "VALUES ('asked for', 'c', 'o', 8, 9)")
        )  # fmt: skip
        await connection.run_sync(back_to, "0014")
        left = await connection.scalars(text("SELECT call_id FROM calls ORDER BY opened_at_ms"))
        assert left.all() == ["lost", "ended", "left", "newest"]
    await database.close()
