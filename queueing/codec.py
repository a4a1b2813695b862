"""Reads what the scripts and the journal say: arrays of packed tickets and numbers, as bytes or text."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from queueing.cursor import EntryId
from queueing.layout import BAR, place, unpacked
from queueing.states import Step, TicketState
from queueing.ticket import (
    AtWork,
    Cause,
    Expired,
    HallSnapshot,
    HallState,
    JournalEntry,
    LineSnapshot,
    Position,
    Priority,
    Spot,
    Ticket,
)

Wire = bytes | str

ENTRY_FIELD: Final = "e"
"""The one field of a journal entry that is a step; a mark of another kind has another one."""

_STATES: Final = {state.value: state for state in TicketState}
_PRIORITIES: Final = {str(int(priority)): priority for priority in Priority}
_JOINING: Final = frozenset({Step.ISSUE, Step.REACTIVATE, Step.REQUEUE, Step.TRANSFER})


def text(value: Wire) -> str:
    """`value` as text, whatever the client's `decode_responses` is."""
    return value.decode() if isinstance(value, bytes) else value


def ticket(hall_id: str, packed: str) -> Ticket:
    """A ticket from ``<id>|<field>|…`` (``layout.Packed``).

    Raises ValueError or KeyError for a text that the scripts did not write.
    """
    # Taken apart here and by position: most of what an answer costs this process.
    (
        ticket_id, line_id, number, state, priority, issued_class, arrival, _day, version, call_number,
        officer_id, issued, called, confirmed, ended, deadline, reactivations, booking_id, _slot, outcome,
        put, _by, _rung, _abandoned, _taken_back, _given_back, _first_line,
    ) = packed.split(BAR)  # fmt: skip
    return Ticket(
        hall_id,
        ticket_id,
        line_id,
        number,
        _STATES[state],
        _PRIORITIES[priority],
        int(version),
        int(call_number),
        officer_id or None,
        int(issued),
        int(called) if called else None,
        int(confirmed) if confirmed else None,
        int(ended) if ended else None,
        int(deadline) if deadline else None,
        int(reactivations),
        booking_id or None,
        outcome or None,
        place(issued_class, arrival, put) if state == "waiting" else None,
    )


def position(hall_id: str, reply: Sequence[Any]) -> Position:
    """One answer of position.lua."""
    _, packed, ahead, waiting, version, now_ms = reply
    return Position(
        ticket(hall_id, text(packed)), ahead if ahead >= 0 else None, waiting, int(now_ms), int(version)
    )


def expired(reply: Sequence[Any]) -> Expired:
    """The answer of expire_due.lua."""
    return Expired(count=int(reply[1]), next_due_ms=_optional_int(text(reply[2])), now_ms=int(reply[3]))


def snapshot(hall_id: str, line_ids: Sequence[str], reply: Sequence[Any]) -> HallSnapshot:
    """The answer of snapshot.lua."""
    _, version, epoch, closed, now_ms, held, on_hold, at_work, *lines = reply
    return HallSnapshot(
        hall_id=hall_id,
        version=int(version),
        epoch=int(epoch),
        at_ms=int(now_ms),
        lines=tuple(
            LineSnapshot(line_id, waiting, _optional_int(text(oldest)), _tickets(hall_id, first))
            for line_id, (waiting, oldest, first) in zip(line_ids, lines, strict=True)
        ),
        closed_at_ms=_optional_int(text(closed)),
        held=tuple(sorted(_tickets(hall_id, held), key=lambda one: one.officer_id or "")),
        on_hold=tuple(sorted(_tickets(hall_id, on_hold), key=lambda one: one.ticket_id)),
        at_work=tuple(sorted((_at_work(one) for one in at_work), key=lambda one: one.officer_id)),
    )


def hall_state(hall_id: str, fields: Sequence[Wire | None]) -> HallState:
    """The hall's hash: ver, epoch, layout, closed, frozen."""
    version, epoch, layout, closed, frozen = (text(field) if field is not None else "" for field in fields)
    return HallState(
        hall_id, int(version or 0), int(epoch or 0), int(layout or 0), _optional_int(closed), bool(frozen)
    )


def journal_entry(hall_id: str, entry_id: EntryId, fields: Mapping[Wire, Wire]) -> JournalEntry | None:
    """One entry of the stream; None for a mark that is no step."""
    named = {text(name): value for name, value in fields.items()}
    if ENTRY_FIELD not in named:
        return None
    step_name, left, packed = text(named[ENTRY_FIELD]).split(BAR, 2)
    step, after = Step(step_name), unpacked(packed)
    return JournalEntry(
        hall_id=hall_id,
        version=entry_id.version,
        at_ms=entry_id.at_ms,
        step=step,
        ticket=ticket(hall_id, packed),
        cause=Cause(after.by),
        left=_spot(left),
        joined=Spot(after.line, after.place) if step in _JOINING else None,
        packed=packed,
    )


def _spot(written: str) -> Spot | None:
    line_id, _, at = written.partition(":")
    return Spot(line_id, int(at)) if at else None


def _at_work(row: Sequence[Wire]) -> AtWork:
    officer_id, lease_until, line_ids = (text(one) for one in row)
    return AtWork(officer_id, int(lease_until), tuple(one for one in line_ids.split(",") if one))


def _tickets(hall_id: str, packed: Iterable[Wire]) -> tuple[Ticket, ...]:
    return tuple(ticket(hall_id, text(one)) for one in packed)


def _optional_int(value: str) -> int | None:
    return int(value) if value else None
