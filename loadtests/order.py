"""Were the tickets of a line called in their order? Pure.

Of two tickets of one line that were never called before, the one that was issued first is called first. A
ticket that was called while an earlier one is known to wait, at that version or a later one, was called out
of turn. What was taken back (``reactivate``) or given back to its line has another place, and is not judged.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from loadtests.observed import Observed, TicketHeld
from loadtests.positions import Life, lives_by_line
from queueing.states import TicketState


@dataclass(frozen=True, slots=True)
class OutOfTurn:
    """``called`` was called at that version, before ``waiting``."""

    called: Life
    version: int
    waiting: Life

    @property
    def shown(self) -> str:
        return (
            f"{self.called.number} was called at version {self.version}, while {self.waiting.number} "
            f"before it waited until version {self.waiting.last_waiting}"
        )


def out_of_turn(events: Sequence[Observed]) -> Iterator[OutOfTurn]:
    called_at: dict[str, int] = {}
    for event in events:
        if isinstance(event, TicketHeld) and event.call_number == 1 and event.state is TicketState.CALLED:
            earliest = called_at.get(event.ticket_id, event.version)
            called_at[event.ticket_id] = min(earliest, event.version)
    for lives in lives_by_line(events).values():
        longest: Life | None = None
        for life in lives:
            version = called_at.get(life.ticket_id)
            if version is not None and longest is not None and longest.last_waiting >= version:
                yield OutOfTurn(life, version, longest)
            if longest is None or life.last_waiting > longest.last_waiting:
                longest = life
