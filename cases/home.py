"""Home: the open tickets, and the counts of the seven doors (S2)."""

from typing import Final

from cases.access import Taxpayer
from cases.casebook import Casebook
from cases.clock import Clock
from cases.counter import Counter
from cases.doors import DoorCounts
from cases.reception.paperbook import Paperbook
from cases.views.people import HomeView
from cases.views.tickets import TicketView
from queueing.states import OPEN_STATES

TICKETS_MAX: Final = 100


class Home:
    """The use case."""

    def __init__(
        self, doors: DoorCounts, casebook: Casebook, paperbook: Paperbook, counter: Counter, clock: Clock
    ) -> None:
        self._doors = doors
        self._casebook = casebook
        self._paperbook = paperbook
        self._counter = counter
        self._clock = clock

    async def see(self, taxpayer: Taxpayer) -> HomeView:
        """The open tickets, newest first, and the counts. Raises RecordsUnavailable, QueueUnavailable."""
        tickets = await self._tickets(taxpayer)
        counts = await self._doors.of(taxpayer.taxpayer_id)
        return HomeView(
            self._clock.now_ms(), tuple(tickets), counts.open_cases, counts.closed_cases, counts.doors
        )

    async def _tickets(self, taxpayer: Taxpayer) -> list[TicketView]:
        cases = await self._casebook.open_cases(taxpayer.taxpayer_id, limit=TICKETS_MAX)
        papers = await self._paperbook.open_of(taxpayer.taxpayer_id, limit=TICKETS_MAX)
        found = [(case.hall_id, case.ticket_id) for case in cases]
        found += [(paper.hall_id, paper.ticket_id) for paper in papers]
        tickets: list[TicketView] = []
        for hall_id in dict.fromkeys(hall_id for hall_id, _ in found):
            ids = [ticket_id for of_hall_id, ticket_id in found if of_hall_id == hall_id]
            tickets += [one.view for one in await self._counter.shown(hall_id, ids)]
        waiting = [view for view in tickets if view.state in OPEN_STATES]
        return sorted(waiting, key=lambda view: view.issued_at_ms, reverse=True)
