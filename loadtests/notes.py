"""What the clients of a run write down: events for the rules, figures for the table."""

import time
from collections.abc import Iterable
from typing import Final

from cases.views import BoardView, DeskView, TicketView
from loadtests import observed
from loadtests.counting import Counting
from loadtests.errors import LoadError
from loadtests.figures import Figures
from loadtests.observed import CountSeen, Observed, TicketTaken
from queueing.states import TicketState

EVENTS_MAX: Final = 2_000_000
ERROR_EXAMPLES_MAX: Final = 20


def now_ms() -> float:
    """The one clock of latencies: monotonic, of this process."""
    return time.monotonic() * 1_000


class Notes:
    """One run's notes. At most ``events_max`` events are kept; ``overflowed`` counts the others."""

    def __init__(self, events_max: int = EVENTS_MAX) -> None:
        self._events_max = events_max
        self.events: list[Observed] = []
        self.overflowed = 0
        self.figures = Figures()
        self.error_examples: list[str] = []

    def _keep(self, events: Iterable[Observed]) -> None:
        for event in events:
            if len(self.events) < self._events_max:
                self.events.append(event)
            else:
                self.overflowed += 1

    def ticket_taken(self, view: TicketView, *, asked_at_ms: float) -> None:
        self.figures.issue_ms.append(now_ms() - asked_at_ms)
        self._keep([TicketTaken(view.ticket_id)])

    def ticket_seen(self, view: TicketView, page: str, *, kept: bool, asked_after: int | None) -> None:
        self._keep([observed.seen(view, page, kept=kept, asked_after=asked_after)])
        if view.state is TicketState.CALLED:
            self.figures.shown_called(view.ticket_id, view.call_number, at_ms=now_ms())
        if kept:
            self.figures.state(view.ticket_id, view.state)
        else:
            self.figures.stale_views += 1

    def counted(self, view: TicketView, counting: Counting, page: str) -> None:
        """The page counted on from what its line told."""
        self.figures.counts += 1
        self._keep(
            [
                CountSeen(
                    page, view.ticket_id, view.line.line_id, counting.version, counting.ahead,
                    counting.waiting, view.call_number,
                )
            ]
        )  # fmt: skip

    def missed(self) -> None:
        """A page found that something its line told did not reach it."""
        self.figures.missed += 1

    def desk_seen(self, view: DeskView, staff_number: str) -> None:
        held = observed.held(view, staff_number)
        self._keep([held] if held is not None else [])

    def board_seen(self, view: BoardView, staff_number: str) -> None:
        self._keep(observed.boards(view, staff_number))

    def called(self, view: DeskView, *, asked_at_ms: float) -> None:
        if view.ticket is not None:
            self.figures.called(view.ticket.ticket_id, view.ticket.call_number, asked_at_ms=asked_at_ms)

    def raced(self) -> None:
        self.figures.races += 1

    def failed(self, who: str, error: LoadError) -> None:
        self.figures.errors[error.counted_as] += 1
        if len(self.error_examples) < ERROR_EXAMPLES_MAX:
            self.error_examples.append(f"{who}: {error.counted_as}: {error}")
