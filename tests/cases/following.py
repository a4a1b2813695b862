"""What a recorder writes of tickets besides their steps, for tests in which every case is a consult."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.casework.policy import CaseworkPolicy
from cases.casework.records import Transitions
from cases.casework.ticketing import TicketFollower


class NoTime:
    """The working time of a hall that is never asked for: nothing is promised to a consult."""

    async def after_days(self, connection: AsyncConnection, hall_id: str, days: int, now_ms: int) -> int:
        raise AssertionError("a consult has no back office")


FOLLOW_CONSULTS: Final = TicketFollower(Transitions(()), NoTime(), CaseworkPolicy()).follow
