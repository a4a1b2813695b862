"""A relay with two peers, for the tests of this folder."""

from collections.abc import AsyncIterator

import pytest

from rtc.settings import RelaySettings
from tests.rtc.house import House, open_house


@pytest.fixture
def settings() -> RelaySettings:
    return RelaySettings(tick_ms=20, silent_ms=400, grace_ms=60_000, keyframe_interval_ms=100)


@pytest.fixture
async def house(settings: RelaySettings) -> AsyncIterator[House]:
    async for house in open_house(settings):
        yield house
