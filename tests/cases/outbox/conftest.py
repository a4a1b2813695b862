"""Records with taxpayers, and a receiver of the webhook."""

from collections.abc import AsyncIterator

import pytest

from cases.database import Database
from tests.cases.booking.records import put_people
from tests.cases.outbox.receiver import Receiver, receiving

PEOPLE = ("chen", "huang", "liang")


@pytest.fixture
async def database(empty_database: Database) -> Database:
    await put_people(empty_database, PEOPLE)
    return empty_database


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver
