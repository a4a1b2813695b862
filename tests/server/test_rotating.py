"""`shuitong rotate-keys` beside a running server, and afterwards without the old key."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from cases.views.people import TaxpayerView
from server.errors import KeysNeeded
from server.rotating import rotate
from tests.product import CHEN, OpenHouse, settings_of

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


@pytest.mark.feature("S1")
async def test_keys_are_changed_while_the_server_runs(open_house: OpenHouse, data_folder: Path) -> None:
    async with open_house(identity_keys=(OLD,)) as house:
        first = await house.visitor().sign_in(CHEN)
    async with open_house(identity_keys=(NEW, OLD)) as house:
        client = house.visitor()
        await client.sign_in(CHEN)
        environment = {**os.environ, "SHUITONG_IDENTITY_KEYS": f"{NEW},{OLD}"}
        program = "from server.cli import main; main()"
        command = [sys.executable, "-c", program, "rotate-keys", "--demo", "--data", str(data_folder)]
        done = await asyncio.to_thread(
            subprocess.run, command, env=environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        assert "taxpayers.number_sealed" in done.stdout
        assert "1 sealed anew" in done.stdout
        assert "the others can be taken out" in done.stdout
        assert (await client.ask("GET", "/api/v1/taxpayer/session")).status == 200
    async with open_house(identity_keys=(NEW,)) as house:
        again = await house.visitor().sign_in(CHEN)
        # The same person, found by the index, and the number can be read.
        assert (again.taxpayer_id, again.number_masked) == (first.taxpayer_id, first.number_masked)
        assert isinstance(again, TaxpayerView)


async def test_a_missing_key_is_said_and_nothing_is_lost(open_house: OpenHouse, data_folder: Path) -> None:
    async with open_house(identity_keys=(OLD,)) as house:
        await house.visitor().sign_in(CHEN)
    said: list[str] = []
    with pytest.raises(KeysNeeded, match=r"taxpayers\.number_sealed"):
        await asyncio.to_thread(rotate, settings_of(data_folder, identity_keys=(NEW,)), said.append)
    async with open_house(identity_keys=(OLD,)) as house:
        await house.visitor().sign_in(CHEN)
