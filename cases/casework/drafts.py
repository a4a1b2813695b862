"""A taxpayer's forms: begun, saved by themselves, continued, deleted, copied (S7, S12)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import audit, schema
from cases.access import Taxpayer
from cases.audit import Actor
from cases.casebook import next_number
from cases.casework.business import Business, Catalogue
from cases.casework.errors import TooManyDrafts
from cases.casework.formbook import Formbook
from cases.casework.places import HallOfRegion
from cases.casework.policy import CaseworkPolicy
from cases.casework.records import Case, load
from cases.clock import Clock, local_day
from cases.database import Database
from cases.errors import CaseUnknown
from cases.files import book
from cases.forms.model import Filler
from cases.halls import Halls
from cases.requests import Request, first_time
from cases.sealing import Sealer, new_id
from cases.stages.errors import CaseRefused
from cases.stages.states import FormState, HandlingState, Mode, ReviewState


class Drafts:
    """Every method raises RecordsUnavailable; those on a case CaseUnknown, also for somebody else's."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        catalogue: Catalogue,
        formbook: Formbook,
        halls: Halls,
        regions: HallOfRegion,
        sealer: Sealer,
        policy: CaseworkPolicy,
    ) -> None:
        self._database = database
        self._clock = clock
        self._catalogue = catalogue
        self._formbook = formbook
        self._halls = halls
        self._regions = regions
        self._sealer = sealer
        self._policy = policy

    async def begin(
        self, taxpayer: Taxpayer, by: Actor, request: Request, topic_id: str, node_id: str, region_code: str
    ) -> str:
        """Open a draft of a business with all its forms; the case's id. Raises TopicUnknown, LineUnknown (no
        hall serves the region), TooManyDrafts, RequestReused.
        """
        version = self._catalogue.version
        business = await self._catalogue.business(version, topic_id, node_id)
        return await self._begin(taxpayer, by, request, business, version, region_code, {})

    async def copy(self, taxpayer: Taxpayer, by: Actor, request: Request, case_id: str) -> str:
        """Open a draft with what is in the approved forms of another case, by today's catalogue (S12).

        Raises CaseRefused where they were not approved, and as `begin`.
        """
        async with self._database.reading() as connection:
            case = await own(connection, taxpayer, case_id)
            forms = await self._formbook.of_case(connection, case_id)
        if case.state.review is not ReviewState.APPROVED:
            raise CaseRefused("not approved")
        if case.topic_id is None or case.node_id is None or case.region_code is None:
            raise CaseRefused("a consult has no forms")
        version = self._catalogue.version
        business = await self._catalogue.business(version, case.topic_id, case.node_id)
        known = {form.form_id for form in business.forms}
        values = {
            form.form_id: await self._catalogue.copy_of(version, form.form_id, form.values)
            for form in forms
            if form.form_id in known
        }
        return await self._begin(taxpayer, by, request, business, version, case.region_code, values)

    async def _begin(
        self,
        taxpayer: Taxpayer,
        by: Actor,
        request: Request,
        business: Business,
        version: str,
        region_code: str,
        values: Mapping[str, Mapping[str, Any]],
    ) -> str:
        now_ms, case_id = self._clock.now_ms(), new_id()
        filler = await self._filler(taxpayer)
        filled = {
            form.form_id: values.get(form.form_id)
            or await self._catalogue.prefilled(version, form.form_id, filler)
            for form in business.forms
        }
        async with self._database.writing() as connection:
            known = await first_time(connection, request, case_id, now_ms)
            if known is not None:
                return known
            await self._refuse_too_many(connection, taxpayer)
            hall_id = await self._regions.hall_of(connection, region_code)
            day = local_day(now_ms, self._halls.hall(hall_id).time_zone)
            await connection.execute(
                schema.cases.insert().values(
                    case_id=case_id,
                    number=await next_number(connection, day),
                    taxpayer_id=taxpayer.taxpayer_id,
                    hall_id=hall_id,
                    mode=Mode.UNDECIDED.value,
                    question="",
                    opened_at_ms=now_ms,
                    touched_at_ms=now_ms,
                    region_code=region_code,
                    topic_id=business.topic_id,
                    node_id=business.node_id,
                    catalogue_version=version,
                    form_state=FormState.DRAFT.value,
                    form_at_ms=now_ms,
                )
            )
            for form in business.forms:
                await self._formbook.add(
                    connection,
                    case_id=case_id,
                    taxpayer_id=taxpayer.taxpayer_id,
                    form_id=form.form_id,
                    required=form.required,
                    values=filled[form.form_id],
                    now_ms=now_ms,
                )
            detail = {"topic_id": business.topic_id, "node_id": business.node_id}
            await audit.append(connection, by, "case.begin", "case", case_id, detail, now_ms)
        return case_id

    async def _filler(self, taxpayer: Taxpayer) -> Filler:
        known = schema.taxpayers.c
        async with self._database.reading() as connection:
            row = (
                await connection.execute(
                    select(known.certificate_type, known.number_sealed).where(
                        known.taxpayer_id == taxpayer.taxpayer_id
                    )
                )
            ).one()
        return Filler(taxpayer.name, row.certificate_type, self._sealer.open(row.number_sealed))

    async def _refuse_too_many(self, connection: AsyncConnection, taxpayer: Taxpayer) -> None:
        cases = schema.cases.c
        drafts = await connection.scalar(
            select(func.count()).where(
                cases.taxpayer_id == taxpayer.taxpayer_id, cases.mode == Mode.UNDECIDED.value
            )
        )
        if (drafts or 0) >= self._policy.drafts_max:
            raise TooManyDrafts("as many as are kept")

    async def save(
        self, taxpayer: Taxpayer, case_id: str, form_id: str, values: Mapping[str, Any], version: int
    ) -> int:
        """Save a form over the version that the page has; the new version. What is wrong with it is no
        reason not to: it is a draft.

        Raises FormUnknown, FormChanged (another tab was first), CaseRefused where it may not be edited.
        """
        now_ms = self._clock.now_ms()

        async def save(connection: AsyncConnection) -> int:
            case = await own(connection, taxpayer, case_id, to_change=True)
            if not is_editable(case):
                raise CaseRefused("the forms are not to be edited")
            return await self._formbook.save(
                connection, case_id, form_id, values, version=version, now_ms=now_ms
            )

        return await self._database.change(save)

    async def delete(self, taxpayer: Taxpayer, by: Actor, case_id: str) -> None:
        """Delete a draft with its forms and files. Raises CaseUnknown, also for one that is gone already, and
        CaseRefused for a case that was submitted.
        """
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            case = await own(connection, taxpayer, case_id, to_change=True)
            if case.state.form is not FormState.DRAFT:
                raise CaseRefused("submitted")
            await book.remove_of_case(connection, case_id)
            for table in (schema.case_forms, schema.case_events, schema.cases):
                await connection.execute(delete(table).where(table.c.case_id == case_id))
            await audit.append(connection, by, "case.delete_draft", "case", case_id, {}, now_ms)


def is_editable(case: Case) -> bool:
    """Whether the taxpayer may write in the forms now: a draft, after a rejection, or where an officer asked
    for another version.
    """
    if case.state.closed is not None:
        return False
    return (
        case.state.form is FormState.DRAFT
        or case.state.review is ReviewState.REJECTED
        or case.state.handling is HandlingState.EDITING
    )


async def own(
    connection: AsyncConnection, taxpayer: Taxpayer, case_id: str, *, to_change: bool = False
) -> Case:
    """The taxpayer's case. Raises CaseUnknown, also for somebody else's."""
    case = await load(connection, case_id, to_change=to_change)
    if case.taxpayer_id != taxpayer.taxpayer_id:
        raise CaseUnknown("somebody else's")
    return case
