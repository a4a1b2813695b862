"""`shuitong verify-audit` beside a running server, and after somebody wrote to the database."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from cases import audit
from tests.product import OpenHouse


async def verified(data_folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    program = "from server.cli import main; main()"
    command = [sys.executable, "-c", program, "verify-audit", "--demo", "--data", str(data_folder), *options]
    return await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60)


@pytest.mark.feature("B8")
async def test_a_change_behind_the_servers_back_is_found(open_house: OpenHouse, data_folder: Path) -> None:
    async with open_house() as house:
        database = house.product.database
        async with database.writing() as connection:
            await audit.append(connection, audit.SYSTEM, "keys.rotate", "records", "all", {}, 1)
        whole = await verified(data_folder, "--json")
        assert whole.returncode == 0, whole.stderr
        said = json.loads(whole.stdout)
        assert said["faults"] == []
        assert said["entries"] == said["head"]["sequence"] > 0
        async with database.writing() as connection:
            await connection.execute(text("DROP TRIGGER audit_entries_no_update"))
            await connection.execute(text("UPDATE audit_entries SET at_ms = 2 WHERE action = 'keys.rotate'"))
        changed = await verified(data_folder)
    assert changed.returncode == 1
    assert changed.stdout == f"entry {said['entries']}: changed\n"
