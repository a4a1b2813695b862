"""Reads what the scripts and the journal say: flat arrays of names and values, as bytes or text."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from queueing.cursor import EntryId
from queueing.states import Step, TicketState
from queueing.ticket import (
    Cause,
    Expired,
    HallSnapshot,
    JournalEntry,
    LineSnapshot,
    Position,
    Priority,
    Ticket,
)

Wire = bytes | str


def text(value: Wire) -> str:
    """`value` as text, whatever the client's `decode_responses` is."""
    return value.decode() if isinstance(value, bytes) else value


def pairs(flat: Sequence[Wire]) -> dict[str, str]:
    """``[name, value, name, value…]`` as a mapping."""
    values = [text(item) for item in flat]
    return dict(zip(values[::2], values[1::2], strict=True))


def ticket(hall_id: str, fields: Mapping[str, str]) -> Ticket:
    """A ticket from its hash. Raises KeyError or ValueError for a hash that the scripts did not write."""
    return Ticket(
        hall_id=hall_id,
        ticket_id=fields["id"],
        line_id=fields["line"],
        number=fields["num"],
        state=TicketState(fields["st"]),
        priority=Priority(int(fields["pr"])),
        version=int(fields["ver"]),
        call_number=int(fields["call"]),
        officer_id=fields["off"] or None,
        issued_at_ms=int(fields["iss"]),
        called_at_ms=_optional_int(fields["cal"]),
        confirmed_at_ms=_optional_int(fields["con"]),
        ended_at_ms=_optional_int(fields["end"]),
        deadline_ms=_optional_int(fields["dl"]),
        reactivations=int(fields["rea"]),
        booking_id=fields["bk"] or None,
        outcome=fields["out"] or None,
        place=_optional_int(fields["sc"]),
    )


def positions(hall_id: str, reply: Sequence[Any]) -> list[Position]:
    """The answer of positions.lua."""
    version, now_ms = int(reply[1]), int(reply[2])
    return [
        Position(
            ticket=ticket(hall_id, pairs(flat)),
            ahead=ahead if ahead >= 0 else None,
            waiting=waiting,
            at_ms=now_ms,
            version=version,
        )
        for flat, ahead, waiting in reply[3:]
    ]


def expired(reply: Sequence[Any]) -> Expired:
    """The answer of expire_due.lua."""
    return Expired(count=int(reply[1]), next_due_ms=_optional_int(text(reply[2])), now_ms=int(reply[3]))


def snapshot(hall_id: str, line_ids: Sequence[str], reply: Sequence[Any]) -> HallSnapshot:
    """The answer of snapshot.lua."""
    _, version, epoch, now_ms, held, *lines = reply
    return HallSnapshot(
        hall_id=hall_id,
        version=int(version),
        epoch=int(epoch),
        at_ms=int(now_ms),
        lines=tuple(
            LineSnapshot(line_id, waiting, _optional_int(text(oldest)), _tickets(hall_id, first))
            for line_id, (waiting, oldest, first) in zip(line_ids, lines, strict=True)
        ),
        held=tuple(sorted(_tickets(hall_id, held), key=lambda one: one.officer_id or "")),
    )


def journal_entry(hall_id: str, entry_id: EntryId, fields: Mapping[Wire, Wire]) -> JournalEntry:
    """One entry of the stream."""
    named = {text(name): text(value) for name, value in fields.items()}
    return JournalEntry(
        hall_id=hall_id,
        version=entry_id.version,
        at_ms=entry_id.at_ms,
        step=Step(named["step"]),
        ticket=ticket(hall_id, named),
        cause=Cause(named["by"]),
    )


def _tickets(hall_id: str, flats: Iterable[Sequence[Wire]]) -> tuple[Ticket, ...]:
    return tuple(ticket(hall_id, pairs(flat)) for flat in flats)


def _optional_int(value: str) -> int | None:
    return int(value) if value else None
