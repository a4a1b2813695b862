"""What the clients of a run write down: events for the rules, figures for the table."""

import time
from collections.abc import Iterable
from typing import Final

from cases.conversation.views import MessageView
from cases.views.desks import BoardView, DeskView
from cases.views.tickets import TicketView
from loadtests import observed
from loadtests.counting import Counting
from loadtests.errors import LoadError
from loadtests.figures import Figures
from loadtests.media.ends import Count
from loadtests.observed import (
    ConversationBegun,
    ConversationEnded,
    CountSeen,
    DeadlineSeen,
    HistorySeen,
    MediaCounted,
    MessageSaid,
    MessageShown,
    Observed,
    TicketTaken,
)
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
        self._deadlines: dict[tuple[str, TicketState, int], int] = {}

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
            is_new = self.figures.shown_called(view.ticket_id, view.call_number, at_ms=now_ms())
            if is_new and view.call_number == 1 and view.called_at_ms is not None:
                self.figures.wait_ms.append(view.called_at_ms - view.issued_at_ms)
        if view.deadline_ms is not None:
            self._deadline(view.ticket_id, view.state, view.call_number, view.deadline_ms)
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

    def _deadline(self, ticket_id: str, state: TicketState, call_number: int, deadline_ms: int) -> None:
        known = (ticket_id, state, call_number)
        if self._deadlines.get(known) != deadline_ms:
            self._deadlines[known] = deadline_ms
            self._keep([DeadlineSeen(ticket_id, state, call_number, deadline_ms)])

    def history_seen(self, ticket_id: str, case_id: str, steps: Iterable[tuple[int, str, str]]) -> None:
        self._keep([HistorySeen(ticket_id, case_id, tuple(steps))])

    def conversation_begun(self, page: str, case_id: str, last: int) -> None:
        self._keep([ConversationBegun(page, case_id, last)])

    def message_shown(self, page: str, message: MessageView, *, pushed_at_ms: float) -> None:
        self.figures.message_shown(page, message.message_id, at_ms=pushed_at_ms)
        self._keep([MessageShown(page, message.case_id, message.number, message.message_id)])

    def message_sent(self, page: str, message: MessageView, *, asked_at_ms: float) -> None:
        self.figures.message_sent(page, message.message_id, asked_at_ms=asked_at_ms)
        self._keep([MessageSaid(page, message.case_id, message.number, message.message_id)])

    def conversation_ended(self, page: str, case_id: str, whole: Iterable[tuple[int, str]]) -> None:
        self._keep([ConversationEnded(page, case_id, tuple(whole))])

    def media_counted(self, call_id: str, side: str, page: str, count: Count) -> None:
        self.figures.packets_sent += len(count.sent)
        self.figures.packets_received += len(count.received)
        self._keep([MediaCounted(call_id, side, page, count.sent, count.received, count.damaged)])

    def disturbed(self, error: LoadError) -> None:
        """It failed while a part of the server was away, as it may."""
        self.figures.disturbed[error.counted_as] += 1

    def raced(self) -> None:
        self.figures.races += 1

    def failed(self, who: str, error: LoadError) -> None:
        self.figures.errors[error.counted_as] += 1
        if len(self.error_examples) < ERROR_EXAMPLES_MAX:
            self.error_examples.append(f"{who}: {error.counted_as}: {error}")
