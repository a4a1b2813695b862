"""A case as the records have it, and the one way to change it: a transition of its table."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.audit import Actor
from cases.errors import CaseUnknown
from cases.stages.errors import CaseRefused
from cases.stages.events import Event, Facts
from cases.stages.states import (
    BookingState,
    CaseState,
    FormState,
    HandlingState,
    Mode,
    PaymentState,
    ReviewState,
    Slot,
)
from cases.stages.table import apply
from cases.views.tickets import CloseReason


@dataclass(frozen=True, slots=True)
class StageTimes:
    """When each stage changed last (UTC ms); none where it never did."""

    form_ms: int | None
    review_ms: int | None
    booking_ms: int | None
    handling_ms: int | None
    payment_ms: int | None


@dataclass(frozen=True, slots=True)
class Case:
    """One row of ``cases``. ``version`` counts what happened to it."""

    case_id: str
    number: str
    taxpayer_id: str
    hall_id: str
    line_id: str | None
    ticket_id: str | None
    description: str
    region_code: str | None
    topic_id: str | None
    node_id: str | None
    catalogue_version: str | None
    agent_sealed: bytes | None
    consent_id: str | None
    opened_at_ms: int
    closed_at_ms: int | None
    remark: str
    version: int
    state: CaseState
    times: StageTimes
    reviewer_id: str | None
    reviewer_until_ms: int | None
    worker_id: str | None


# A list is made of many cases: each column is taken by its place, each state from a table.
_PLACES: Final = {column.name: place for place, column in enumerate(schema.cases.c)}


def _of(*names: str) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    return itemgetter(*(_PLACES[name] for name in names))


_STATES: Final = _of(
    "mode", "form_state", "review_state", "booking_state", "handling_state", "payment_state", "close_reason"
)
_SLOT: Final = _of("booking_id", "slot_start_ms", "slot_end_ms", "window_opens_ms", "window_closes_ms")
_BY: Final = _of("resubmit_by_ms", "edit_by_ms", "promised_by_ms", "payment_by_ms", "rebook_by_ms")
_TIMES: Final = _of("form_at_ms", "review_at_ms", "booking_at_ms", "handling_at_ms", "payment_at_ms")
_FACTS: Final = _of(
    "case_id", "number", "taxpayer_id", "hall_id", "line_id", "ticket_id", "question", "region_code",
    "topic_id", "node_id", "catalogue_version", "agent_sealed", "consent_id", "opened_at_ms", "closed_at_ms",
)  # fmt: skip
_REVIEWER_AND_WORKER: Final = _of("reviewer_id", "reviewer_until_ms", "worker_id")
_REMARK, _VERSION = _PLACES["remark"], _PLACES["version"]
_MODES: Final = {one.value: one for one in Mode}
_FORM: Final = {one.value: one for one in FormState}
_REVIEW: Final = {one.value: one for one in ReviewState}
_BOOKING: Final = {one.value: one for one in BookingState}
_HANDLING: Final = {one.value: one for one in HandlingState}
_PAYMENT: Final = {one.value: one for one in PaymentState}


def case_of(row: Row[Any]) -> Case:
    """A case from its row of ``select(cases)``: all columns, in the order of the table."""
    columns = tuple(row)
    mode, form, review, booking, handling, payment, closed = _STATES(columns)
    slot = _SLOT(columns)
    states: tuple[Any, ...] = (
        _MODES[mode],
        _FORM[form],
        _REVIEW[review],
        _BOOKING[booking],
        _HANDLING[handling],
        _PAYMENT[payment],
        Slot(*slot) if slot[0] is not None else None,
        *_BY(columns),
        CloseReason(closed) if closed else None,
    )
    facts: tuple[Any, ...] = (
        *_FACTS(columns),
        columns[_REMARK] or "",
        columns[_VERSION],
        CaseState(*states),
        StageTimes(*_TIMES(columns)),
        *_REVIEWER_AND_WORKER(columns),
    )
    return Case(*facts)


# Built once, as most requests ask for a case.
_ASKED: Final = select(schema.cases).where(schema.cases.c.case_id == bindparam("asked_case_id"))
_ASKED_TO_CHANGE: Final = _ASKED.with_for_update()


async def load(connection: AsyncConnection, case_id: str, *, to_change: bool = False) -> Case:
    """The case; with ``to_change`` nobody else changes it before the transaction ends. Raises CaseUnknown."""
    asked = _ASKED_TO_CHANGE if to_change else _ASKED
    row = (await connection.execute(asked, {"asked_case_id": case_id})).one_or_none()
    if row is None:
        raise CaseUnknown("no such case")
    return case_of(row)


def _columns(state: CaseState) -> dict[str, Any]:
    slot = state.slot
    return {
        "mode": state.mode.value,
        "form_state": state.form.value,
        "review_state": state.review.value,
        "booking_state": state.booking.value,
        "handling_state": state.handling.value,
        "payment_state": state.payment.value,
        "booking_id": slot.booking_id if slot else None,
        "slot_start_ms": slot.start_ms if slot else None,
        "slot_end_ms": slot.end_ms if slot else None,
        "window_opens_ms": slot.opens_ms if slot else None,
        "window_closes_ms": slot.closes_ms if slot else None,
        "resubmit_by_ms": state.resubmit_by_ms,
        "edit_by_ms": state.edit_by_ms,
        "promised_by_ms": state.promised_by_ms,
        "payment_by_ms": state.payment_by_ms,
        "rebook_by_ms": state.rebook_by_ms,
        "close_reason": state.closed.value if state.closed else None,
    }


_STAGES: Final = ("form", "review", "booking", "handling", "payment")


def _stage_times(before: CaseState, after: CaseState, now_ms: int) -> dict[str, int]:
    changed = [name for name in _STAGES if getattr(before, name) != getattr(after, name)]
    if before.slot != after.slot and "booking" not in changed:
        changed.append("booking")
    return {f"{name}_at_ms": now_ms for name in changed}


@dataclass(frozen=True, slots=True)
class Change:
    """What just happened to a case, for those who follow it in the same transaction. ``detail``: what of it
    pages and the audit trail show, as JSON, without names, numbers and texts of people.
    """

    before: Case
    after: Case
    event: Event
    by: Actor
    now_ms: int
    detail: Mapping[str, Any]


Follower = Callable[[AsyncConnection, Change], Awaitable[None]]


class Transitions:
    """Makes what happens to cases; its followers write what follows from it: the audit trail, deadlines,
    notifications, messages of the conversation.
    """

    def __init__(self, followers: Sequence[Follower]) -> None:
        self._followers = tuple(followers)

    async def make(
        self,
        connection: AsyncConnection,
        case: Case,
        event: Event,
        facts: Facts,
        by: Actor,
        now_ms: int,
        *,
        detail: Mapping[str, Any] | None = None,
        columns: Mapping[str, Any] | None = None,
    ) -> Case:
        """The case after the event; ``columns``: what else of its row changes. Raises CaseRefused, also where
        it was changed since it was loaded.
        """
        state = apply(case.state, event, facts, now_ms)
        values = {
            **_columns(state),
            **_stage_times(case.state, state, now_ms),
            **(columns or {}),
            "version": case.version + 1,
            "touched_at_ms": now_ms,
        }
        if state.closed is not None:
            values["closed_at_ms"] = now_ms
        cases = schema.cases
        written = await connection.execute(
            update(cases)
            .where(cases.c.case_id == case.case_id, cases.c.version == case.version)
            .values(values)
        )
        if written.rowcount != 1:
            raise CaseRefused("changed meanwhile")
        await connection.execute(
            schema.case_events.insert().values(
                case_id=case.case_id,
                number=case.version + 1,
                at_ms=now_ms,
                event=event.value,
                actor_kind=by.kind.value,
                actor_id=by.person_id,
                detail=dict(detail or {}),
            )
        )
        after = await load(connection, case.case_id)
        change = Change(case, after, event, by, now_ms, detail or {})
        for follower in self._followers:
            await follower(connection, change)
        return after
