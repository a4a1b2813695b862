"""Lapsed holds go by themselves."""

import pytest

from cases.booking.places import hold_of
from cases.booking.sweeping import PlaceSweep
from cases.database import Database
from tests.cases.booking.records import NOW_MS, POLICY, prepare

pytestmark = pytest.mark.both_records


class SetClock:
    def __init__(self) -> None:
        self.at_ms = NOW_MS

    def now_ms(self) -> int:
        return self.at_ms


async def test_a_hold_is_swept_once_it_lapsed(database: Database) -> None:
    desk = await prepare(database, ["chen"], 1)
    await desk.hold("chen", (await desk.places())[0])
    clock = SetClock()
    sweep = PlaceSweep(database, clock)

    async def kept() -> bool:
        """Looked at as of the time of the hold, so that only its row decides."""
        async with database.reading() as connection:
            return await hold_of(connection, "chen", NOW_MS) is not None

    clock.at_ms += POLICY.hold_ms - 1
    await sweep.step()
    assert await kept()
    clock.at_ms += 1
    await sweep.step()
    assert not await kept()
