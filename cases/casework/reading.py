"""What both sides see of cases: lists, the timeline, the forms (S12, S14–S16, S30, S32, S36)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.access import Officer, Person, Taxpayer
from cases.callbook import calls_held
from cases.casework.business import CONSULT, Catalogue
from cases.casework.drafts import is_editable
from cases.casework.formbook import CaseForm, Formbook
from cases.casework.policy import CaseworkPolicy
from cases.casework.records import Case, case_of
from cases.casework.seeing import seen_by
from cases.casework.views import (
    BookingFacts,
    CaseFormState,
    CaseHappening,
    CaseSummaries,
    CaseSummary,
    FaultView,
    FormFaultView,
    FormSummary,
    FormView,
    MyForm,
    MyForms,
    PaymentView,
    ReviewLease,
    ReviewView,
    Timeline,
)
from cases.clock import Clock, local_date
from cases.conversation.book import unread_of
from cases.conversation.rules import reader
from cases.database import Database
from cases.files.book import kinds_of
from cases.halls import Halls
from cases.paging import Cursor
from cases.problems import Language, text
from cases.sealing import Sealer
from cases.stages.events import Side
from cases.stages.states import FormState, HandlingState, Mode, PaymentState, ReviewState
from cases.stages.table import WITH_TICKET, allowed, shown
from cases.transfers import transfers_held
from cases.views.calls import CallHeld
from cases.views.desks import TransferHeld
from cases.views.names import Bilingual, OfficerName

WITH_REMARK: Final = frozenset({HandlingState.WORKING, HandlingState.EDITING, HandlingState.DONE})
"""Where an officer has finished: what was kept for a finish that did not come is not shown."""
CALLS_MAX: Final = 20
TRANSFERS_MAX: Final = 20
"""So many of the latest calls and transfers are in a timeline."""


# Built once: every page of a taxpayer asks for them.
_NEWEST: Final = (
    select(schema.cases)
    .where(schema.cases.c.taxpayer_id == bindparam("asked_taxpayer_id"))
    .order_by(schema.cases.c.opened_at_ms.desc(), schema.cases.c.case_id.desc())
    .limit(bindparam("at_most"))
)
_OPEN: Final = _NEWEST.where(schema.cases.c.closed_at_ms.is_(None))
_CLOSED: Final = _NEWEST.where(schema.cases.c.closed_at_ms.is_not(None))


class CaseList(StrEnum):
    """The lists of an officer."""

    REVIEW = "review"
    WORK = "work"


@dataclass(frozen=True, slots=True)
class ToldToOfficers:
    """What officers are told of a case besides what its taxpayer is."""

    taxpayer_name: str | None = None
    review_lease: ReviewLease | None = None
    worker: OfficerName | None = None


NOTHING_TOLD: Final = ToldToOfficers()


class CaseViews:
    """Reads of one moment each. Every method raises RecordsUnavailable."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        catalogue: Catalogue,
        formbook: Formbook,
        halls: Halls,
        sealer: Sealer,
        policy: CaseworkPolicy,
    ) -> None:
        self._database = database
        self._clock = clock
        self._catalogue = catalogue
        self._formbook = formbook
        self._halls = halls
        self._sealer = sealer
        self._policy = policy

    async def todos(self, taxpayer: Taxpayer, *, cursor: str | None, limit: int) -> CaseSummaries:
        """The open cases, the latest first (S14)."""
        return await self._newest(_OPEN, taxpayer, Cursor.parse(cursor), limit)

    async def history(self, taxpayer: Taxpayer, *, cursor: str | None, limit: int) -> CaseSummaries:
        """The closed cases, the latest first (S30)."""
        return await self._newest(_CLOSED, taxpayer, Cursor.parse(cursor), limit)

    async def _newest(
        self, asked: Select[Any], taxpayer: Taxpayer, before: Cursor | None, limit: int
    ) -> CaseSummaries:
        cases = schema.cases.c
        if before is not None:
            asked = asked.where(before.is_before(cases.opened_at_ms, cases.case_id))
        named = {"asked_taxpayer_id": taxpayer.taxpayer_id, "at_most": limit + 1}
        return await self._page(asked, named, Side.TAXPAYER, limit, lambda case: case.opened_at_ms)

    async def of_officer(
        self, officer: Officer, which: CaseList, *, cursor: str | None, limit: int
    ) -> CaseSummaries:
        """What there is to review, in the order in which it was handed in (S32); or to work on, by the time
        that was promised (S36).
        """
        cases = schema.cases.c
        after = Cursor.parse(cursor)
        by = cases.review_at_ms if which is CaseList.REVIEW else cases.promised_by_ms
        state = (
            cases.review_state == ReviewState.PENDING.value
            if which is CaseList.REVIEW
            else cases.handling_state == HandlingState.WORKING.value
        )
        conditions = [cases.hall_id == officer.hall_id, state, cases.closed_at_ms.is_(None)]
        if after is not None:
            conditions.append(after.is_after(by, cases.case_id))
        asked = select(schema.cases).where(*conditions).order_by(by, cases.case_id).limit(limit + 1)

        def key(case: Case) -> int:
            at_ms = case.times.review_ms if which is CaseList.REVIEW else case.state.promised_by_ms
            return at_ms or 0

        return await self._page(asked, {}, Side.OFFICER, limit, key)

    async def _page(
        self, asked: Select[Any], named: Mapping[str, Any], side: Side, limit: int, key: Any
    ) -> CaseSummaries:
        now_ms = self._clock.now_ms()

        def look(
            connection: Connection,
        ) -> tuple[list[Case], Mapping[str, int], Mapping[str, ToldToOfficers]]:
            found = [case_of(row) for row in connection.execute(asked, named).all()]
            case_ids = [case.case_id for case in found[:limit]]
            return (
                found,
                unread_of(connection, case_ids, reader(side)),
                _told_to(side, connection, case_ids, now_ms),
            )

        found, unread, told = await self._database.moment(look)
        page = found[:limit]
        topics = {topic: await self._topic(*topic) for topic in {_topic_of(case) for case in page}}
        summaries = tuple(
            [
                self._summary(
                    case,
                    topics[_topic_of(case)],
                    side,
                    now_ms,
                    unread.get(case.case_id, 0),
                    told.get(case.case_id, NOTHING_TOLD),
                )
                for case in page
            ]
        )
        more = str(Cursor(key(page[-1]), page[-1].case_id)) if len(found) > limit else None
        return CaseSummaries(now_ms, summaries, more)

    async def _topic(self, version: str | None, topic_id: str | None, node_id: str | None) -> Bilingual:
        if version is None or topic_id is None or node_id is None:
            return CONSULT
        return (await self._catalogue.business(version, topic_id, node_id)).name

    def _summary(
        self, case: Case, topic: Bilingual, side: Side, now_ms: int, unread: int, told: ToldToOfficers
    ) -> CaseSummary:
        state, slot = case.state, case.state.slot
        booked = None
        if slot is not None:
            booked = BookingFacts(
                slot.booking_id,
                self._halls.hall(case.hall_id),
                slot.start_ms,
                slot.end_ms,
                slot.opens_ms,
                slot.closes_ms,
            )
        return CaseSummary(
            case.case_id,
            case.number,
            state.mode,
            case.topic_id,
            topic,
            self._halls.hall(case.hall_id),
            state.form,
            state.review,
            state.booking,
            shown(state, now_ms),
            state.payment,
            booked,
            state.resubmit_by_ms,
            state.edit_by_ms,
            state.promised_by_ms,
            state.payment_by_ms,
            state.rebook_by_ms,
            case.ticket_id if state.mode is Mode.CONSULT or state.handling in WITH_TICKET else None,
            case.opened_at_ms,
            case.closed_at_ms,
            state.closed,
            case.version,
            allowed(state, side, now_ms),
            unread,
            told.taxpayer_name,
            told.review_lease,
            told.worker,
        )

    async def timeline(self, person: Person, case_id: str) -> Timeline:
        """Everything of one case. Raises CaseUnknown, also for one that is not the person's to see."""
        now_ms = self._clock.now_ms()
        side = Side.TAXPAYER if isinstance(person, Taxpayer) else Side.OFFICER
        async with self._database.reading() as connection:
            case = await seen_by(connection, person, case_id)
            unread = await connection.run_sync(unread_of, [case_id], reader(side))
            told = await connection.run_sync(partial(_told_to, side), [case_id], now_ms)
            forms = await self._formbook.of_case(connection, case_id)
            reviews = await _reviews(connection, case_id, self._policy.happenings_max)
            payments = await _payments(connection, case_id, self._policy.happenings_max)
            happenings = await _happenings(connection, case, self._policy.happenings_max + 1)
            calls: tuple[CallHeld, ...] = ()
            transfers: tuple[TransferHeld, ...] = ()
            if side is Side.OFFICER:
                calls = await calls_held(connection, case_id, CALLS_MAX)
                transfers = await transfers_held(connection, self._halls, case_id, TRANSFERS_MAX)
        agent = orjson.loads(self._sealer.open(case.agent_sealed)) if case.agent_sealed else None
        return Timeline(
            now_ms,
            self._summary(
                case,
                await self._topic(*_topic_of(case)),
                side,
                now_ms,
                unread.get(case_id, 0),
                told.get(case_id, NOTHING_TOLD),
            ),
            case.times.form_ms,
            case.times.review_ms,
            case.times.booking_ms,
            case.times.handling_ms,
            case.description,
            case.remark if case.state.handling in WITH_REMARK else "",
            agent[0] if agent else None,
            tuple([await self._form_summary(case, form) for form in forms]),
            reviews,
            payments,
            tuple(happenings[-self._policy.happenings_max :]),
            len(happenings) > self._policy.happenings_max,
            calls,
            transfers,
        )

    async def form(self, person: Person, case_id: str, form_id: str, language: Language) -> FormView:
        """A form with what is in it, and what would keep it from being submitted. Raises CaseUnknown,
        FormUnknown.
        """
        now_ms = self._clock.now_ms()
        async with self._database.reading() as connection:
            case = await seen_by(connection, person, case_id)
            form = await self._formbook.one(connection, case_id, form_id)
            kinds = await kinds_of(connection, case_id, form_id)
        today = local_date(now_ms, self._halls.hall(case.hall_id).time_zone).isoformat()
        checked = await self._catalogue.check(
            case.catalogue_version or "", form_id, form.values, kinds, today
        )
        faults = tuple(FormFaultView(one.field, one.code, text(one.code, language)) for one in checked.faults)
        editable = isinstance(person, Taxpayer) and is_editable(case)
        return FormView(await self._form_summary(case, form), dict(checked.values), faults, editable)

    async def my_forms(
        self, taxpayer: Taxpayer, *, state: CaseFormState | None, cursor: str | None, limit: int
    ) -> MyForms:
        """我的填单: all forms that were begun, those saved last first (S12)."""
        now_ms = self._clock.now_ms()
        forms, before = schema.case_forms.c, Cursor.parse(cursor)
        conditions = [forms.taxpayer_id == taxpayer.taxpayer_id]
        if state is not None:
            conditions.append(forms.state == state.value)
        if before is not None:
            conditions.append(before.is_before(forms.saved_at_ms, forms.case_form_id))
        asked = (
            select(schema.case_forms)
            .where(*conditions)
            .order_by(forms.saved_at_ms.desc(), forms.case_form_id.desc())
            .limit(limit + 1)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(asked)).all()
            page = [self._formbook.form_of(row) for row in rows[:limit]]
            cases = await _cases(connection, [form.case_id for form in page])
        listed = tuple([await self._my_form(cases[form.case_id], form) for form in page])
        last = page[-1] if len(rows) > limit else None
        more = str(Cursor(last.saved_at_ms, last.case_form_id)) if last is not None else None
        return MyForms(now_ms, listed, more)

    async def _my_form(self, case: Case, form: CaseForm) -> MyForm:
        actions: tuple[str, ...] = ()
        if case.state.form is FormState.DRAFT:
            actions = ("continue", "delete")
        elif is_editable(case):
            actions = ("continue",)
        elif case.state.review is ReviewState.APPROVED:
            actions = ("copy",)
        return MyForm(
            await self._form_summary(case, form),
            case.case_id,
            case.number,
            case.topic_id or "",
            await self._topic(*_topic_of(case)),
            case.state.review,
            case.state.closed,
            actions,
        )

    async def _form_summary(self, case: Case, form: CaseForm) -> FormSummary:
        name = Bilingual(form.form_id, form.form_id)
        if case.topic_id is not None and case.node_id is not None:
            business = await self._catalogue.business(
                case.catalogue_version or "", case.topic_id, case.node_id
            )
            name = next((one.name for one in business.forms if one.form_id == form.form_id), name)
        return FormSummary(
            form.case_form_id,
            form.form_id,
            name,
            form.required,
            form.state,
            form.version,
            form.saved_at_ms,
            form.submitted_at_ms,
        )


# Built once: a timeline asks all of them.
_OFFICERS: Final = schema.officers.c
_REVIEWS: Final = (
    select(schema.case_reviews, _OFFICERS.name, _OFFICERS.staff_number)
    .outerjoin(schema.officers, _OFFICERS.officer_id == schema.case_reviews.c.officer_id)
    .where(schema.case_reviews.c.case_id == bindparam("asked_case_id"))
    .order_by(schema.case_reviews.c.at_ms.desc())
    .limit(bindparam("at_most"))
)
_PAYMENTS: Final = (
    select(schema.case_payments)
    .where(schema.case_payments.c.case_id == bindparam("asked_case_id"))
    .order_by(schema.case_payments.c.asked_at_ms.desc(), schema.case_payments.c.payment_id.desc())
    .limit(bindparam("at_most"))
)
_STEPS: Final = (
    select(
        schema.ticket_steps.c.at_ms,
        schema.ticket_steps.c.step.label("what"),
        schema.ticket_steps.c.cause,
        _OFFICERS.name,
        _OFFICERS.staff_number,
    )
    .outerjoin(schema.officers, _OFFICERS.officer_id == schema.ticket_steps.c.officer_id)
    .where(schema.ticket_steps.c.ticket_id == bindparam("asked_ticket_id"))
    .order_by(schema.ticket_steps.c.version.desc())
    .limit(bindparam("at_most"))
)
_EVENTS: Final = (
    select(
        schema.case_events.c.at_ms,
        schema.case_events.c.event.label("what"),
        schema.case_events.c.actor_kind.label("cause"),
        _OFFICERS.name,
        _OFFICERS.staff_number,
    )
    .outerjoin(schema.officers, _OFFICERS.officer_id == schema.case_events.c.actor_id)
    .where(schema.case_events.c.case_id == bindparam("asked_case_id"))
    .order_by(schema.case_events.c.number.desc())
    .limit(bindparam("at_most"))
)


async def _cases(connection: AsyncConnection, case_ids: Sequence[str]) -> Mapping[str, Case]:
    cases = schema.cases
    rows = await connection.execute(select(cases).where(cases.c.case_id.in_(set(case_ids))))
    return {row.case_id: case_of(row) for row in rows}


def _told_to(
    side: Side, connection: Connection, case_ids: Sequence[str], now_ms: int
) -> Mapping[str, ToldToOfficers]:
    if side is not Side.OFFICER or not case_ids:
        return {}
    cases, taxpayers, workers = schema.cases.c, schema.taxpayers.c, schema.officers.alias("workers")
    asked = (
        select(
            cases.case_id,
            cases.reviewer_until_ms,
            taxpayers.name.label("taxpayer_name"),
            _OFFICERS.name,
            _OFFICERS.staff_number,
            workers.c.name.label("worker_name"),
            workers.c.staff_number.label("worker_number"),
        )
        .outerjoin(schema.taxpayers, taxpayers.taxpayer_id == cases.taxpayer_id)
        .outerjoin(schema.officers, _OFFICERS.officer_id == cases.reviewer_id)
        .outerjoin(workers, workers.c.officer_id == cases.worker_id)
        .where(cases.case_id.in_(case_ids))
    )
    return {
        row.case_id: ToldToOfficers(row.taxpayer_name, _lease(row, now_ms), _worker(row))
        for row in connection.execute(asked)
    }


def _lease(row: Any, now_ms: int) -> ReviewLease | None:  # a row with an officer and reviewer_until_ms
    officer = _officer(row)
    if officer is None or row.reviewer_until_ms is None or row.reviewer_until_ms <= now_ms:
        return None
    return ReviewLease(officer, row.reviewer_until_ms)


def _worker(row: Any) -> OfficerName | None:  # a row with the officer who works on the case
    return OfficerName(row.worker_name, row.worker_number) if row.worker_name is not None else None


def _topic_of(case: Case) -> tuple[str | None, str | None, str | None]:
    return case.catalogue_version, case.topic_id, case.node_id


def _officer(row: Any) -> OfficerName | None:  # a row with the columns of an officer
    return OfficerName(row.name, row.staff_number) if row.name is not None else None


async def _reviews(connection: AsyncConnection, case_id: str, limit: int) -> tuple[ReviewView, ...]:
    rows = await connection.execute(_REVIEWS, {"asked_case_id": case_id, "at_most": limit})
    return tuple(
        ReviewView(
            row.at_ms,
            row.approved,
            _officer(row),
            tuple(FaultView(**fault) for fault in row.faults),
            row.resubmit_by_ms,
        )
        for row in rows
    )


async def _payments(connection: AsyncConnection, case_id: str, limit: int) -> tuple[PaymentView, ...]:
    rows = await connection.execute(_PAYMENTS, {"asked_case_id": case_id, "at_most": limit})
    return tuple(
        PaymentView(
            row.payment_id,
            row.amount_fen,
            row.purpose,
            PaymentState(row.state),
            row.version,
            row.asked_at_ms,
            row.due_at_ms,
            tuple(row.receipt_file_ids),
            row.receipt_text,
            row.receipt_at_ms,
            row.remark,
            row.result_at_ms,
        )
        for row in rows
    )


async def _happenings(connection: AsyncConnection, case: Case, limit: int) -> list[CaseHappening]:
    """The latest ones, the oldest of them first: of the case, or of a consult its ticket's steps."""
    if case.state.mode is Mode.CONSULT:
        rows = await connection.execute(_STEPS, {"asked_ticket_id": case.ticket_id, "at_most": limit})
    else:
        rows = await connection.execute(_EVENTS, {"asked_case_id": case.case_id, "at_most": limit})
    found = [CaseHappening(row.at_ms, row.what, row.cause, _officer(row)) for row in rows]
    return found[::-1]
