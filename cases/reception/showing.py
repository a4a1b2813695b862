"""Views of tickets on paper, from the records and the queue."""

from collections.abc import Mapping, Sequence

from cases.halls import Halls
from cases.reception.paperbook import PaperTicket
from cases.reception.views import PaperAction, PaperTicketView
from cases.states import close_reason
from cases.waits import Waits, shown_wait
from queueing.service import Queue
from queueing.states import TicketState
from queueing.ticket import Position, Priority

CANCELLABLE = frozenset({TicketState.WAITING, TicketState.ABANDONED})
"""Nobody holds it."""


def paper_actions(closed: bool, state: TicketState | None) -> tuple[PaperAction, ...]:
    """What the reception may do. Pure."""
    if closed:
        return ()
    if state in CANCELLABLE:
        return (PaperAction.REPRINT, PaperAction.CANCEL)
    return (PaperAction.REPRINT,)


class PaperViews:
    """Builds them. Methods raise QueueUnavailable."""

    def __init__(self, halls: Halls, queue: Queue, waits: Waits) -> None:
        self._halls = halls
        self._queue = queue
        self._waits = waits

    async def of(self, hall_id: str, papers: Sequence[PaperTicket]) -> tuple[PaperTicketView, ...]:
        """Those of one hall (at most 1,000), as the queue has them at one moment."""
        # The ended ones too: the records learn of their end a moment later.
        ticket_ids = [paper.ticket_id for paper in papers]
        positions = await self._queue.positions(hall_id, ticket_ids) if ticket_ids else []
        found = {position.ticket.ticket_id: position for position in positions}
        return tuple(self._view(paper, found) for paper in papers)

    def _view(self, paper: PaperTicket, positions: Mapping[str, Position]) -> PaperTicketView:
        position = positions.get(paper.ticket_id)
        state, reason, line_id, ahead = paper.state, paper.close_reason, paper.line_id, None
        closed_at_ms = paper.closed_at_ms
        if position is not None:
            ticket, ahead = position.ticket, position.ahead
            state, line_id = ticket.state, ticket.line_id
            reason, closed_at_ms = reason or close_reason(ticket), closed_at_ms or ticket.ended_at_ms
        return PaperTicketView(
            ticket_id=paper.ticket_id,
            line=self._halls.line(line_id).on_ticket,
            number=paper.number,
            priority=Priority(paper.priority).name.lower(),
            issued_at_ms=paper.opened_at_ms,
            state=state,
            ahead=ahead,
            wait=shown_wait(self._waits.pace(paper.hall_id, line_id), ahead),
            is_bound=paper.taxpayer_id is not None,
            has_booking=paper.booking_id is not None,
            closed_at_ms=closed_at_ms,
            close_reason=reason,
            actions=paper_actions(closed_at_ms is not None, state),
        )
