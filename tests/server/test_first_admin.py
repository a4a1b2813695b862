"""`shuitong create-admin`: the way in where nobody has one yet."""

import asyncio
from pathlib import Path

import pytest

from cases.people.first_admin import has_admin
from server.errors import AdminRefused
from server.first_admin import WantedAdmin, create
from server.records import records
from tests.product import OpenHouse, settings_of

WANTED = WantedAdmin("9001", "许安然", None, another=False)


async def made(folder: Path, wanted: WantedAdmin) -> str:
    """The password that is said."""
    said: list[str] = []
    assert await asyncio.to_thread(create, settings_of(folder), wanted, said.append) == 0
    [password] = [line.split()[-1] for line in said if line.startswith("one-time password")]
    return password


async def test_records_without_anybody_get_one_admin(tmp_path: Path) -> None:
    assert len(await made(tmp_path, WANTED)) >= 10
    database = records(settings_of(tmp_path))
    try:
        assert await has_admin(database)
    finally:
        await database.close()
    with pytest.raises(AdminRefused, match="--another"):
        await made(tmp_path, WantedAdmin("9002", "许安然", None, another=False))
    await made(tmp_path, WantedAdmin("9002", "许安然", None, another=True))
    with pytest.raises(AdminRefused, match="staff number"):
        await made(tmp_path, WantedAdmin("9002", "许安然", None, another=True))
    with pytest.raises(AdminRefused, match="no such hall"):
        await made(tmp_path, WantedAdmin("9003", "许安然", "elsewhere", another=True))


@pytest.mark.parametrize(
    "wanted", [WantedAdmin("-1", "许安然", None, True), WantedAdmin("1", " ", None, True)]
)
async def test_what_cannot_be_written_is_refused(tmp_path: Path, wanted: WantedAdmin) -> None:
    with pytest.raises(AdminRefused):
        await made(tmp_path, wanted)


async def test_the_password_lets_nobody_in_until_it_is_changed(
    open_house: OpenHouse, data_folder: Path
) -> None:
    password = await made(data_folder, WantedAdmin("9001", "许安然", None, another=True))
    async with open_house() as house:
        refused = await house.console().try_password("9001", password)
        assert refused.problem.code == "new_password_needed"
