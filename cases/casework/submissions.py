"""A taxpayer hands business in, and changes what was agreed on (S8, S9, S18, S23)."""

from dataclasses import dataclass

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.access import Taxpayer
from cases.audit import Actor
from cases.casework.business import Business, Catalogue
from cases.casework.drafts import own
from cases.casework.errors import ConsentMissing, FormFault, FormsIncomplete, ModeRefused
from cases.casework.formbook import Formbook
from cases.casework.places import Places, WantedPlace, WorkingTime
from cases.casework.policy import CaseworkPolicy
from cases.casework.records import Case, Transitions
from cases.casework.views import CaseFormState
from cases.clock import Clock, local_date
from cases.database import Database
from cases.files.book import kinds_of
from cases.halls import Halls
from cases.requests import Request, first_time
from cases.sealing import Sealer
from cases.stages.errors import CaseRefused
from cases.stages.events import Event, Facts
from cases.stages.states import CaseState, Mode
from cases.stages.table import refusal


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody who acts for the taxpayer (经办人)."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Submission:
    """What is said with the forms. Of the back office: ``consent_id`` of the text that was agreed to, and
    ``wanted_by_ms``, the taxpayer's own choice of the time; of a call: ``place``.
    """

    mode: Mode
    description: str
    agent: Agent | None = None
    consent_id: str | None = None
    wanted_by_ms: int | None = None
    place: WantedPlace | None = None


class Submissions:
    """Every method raises RecordsUnavailable, CaseUnknown (also for somebody else's case) and CaseRefused,
    and then nothing of it happened.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        transitions: Transitions,
        catalogue: Catalogue,
        formbook: Formbook,
        places: Places,
        working_time: WorkingTime,
        halls: Halls,
        sealer: Sealer,
        policy: CaseworkPolicy,
    ) -> None:
        self._database = database
        self._clock = clock
        self._transitions = transitions
        self._catalogue = catalogue
        self._formbook = formbook
        self._places = places
        self._working_time = working_time
        self._halls = halls
        self._sealer = sealer
        self._policy = policy

    async def submit(
        self, taxpayer: Taxpayer, by: Actor, request: Request, case_id: str, submission: Submission
    ) -> None:
        """Hand a draft in; for a call with its booking. A repeat does nothing.

        Raises FormsIncomplete, ModeRefused, ConsentMissing, RequestReused, and what booking refuses.
        """
        if submission.place is not None:
            await self._require_own(taxpayer, case_id)
            await self._places.admit(taxpayer, request, submission.place)
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            case = await own(connection, taxpayer, case_id, to_change=True)
            if await first_time(connection, request, case_id, now_ms) is not None:
                return
            # Asked before the forms are looked through: what was handed in already says so.
            self._refuse(case.state, Event.SUBMIT, now_ms)
            business = await self._business(case)
            by_ms = await self._promised(connection, case, business, submission, now_ms)
            await self._hand_forms_in(connection, case, business, now_ms)
            slot = None
            if submission.place is not None:
                slot = await self._places.book(
                    connection, taxpayer.taxpayer_id, case_id, submission.place, now_ms
                )
            facts = Facts(mode=submission.mode, slot=slot, by_ms=by_ms)
            columns = {
                "question": submission.description,
                "agent_sealed": self._sealed(submission.agent),
                "consent_id": submission.consent_id,
                "consent_at_ms": now_ms if submission.consent_id else None,
            }
            if submission.place is not None:
                columns["hall_id"] = submission.place.hall_id
            detail = {"mode": submission.mode.value, "consent_id": submission.consent_id}
            await self._transitions.make(
                connection, case, Event.SUBMIT, facts, by, now_ms, detail=detail, columns=columns
            )

    async def resubmit(self, taxpayer: Taxpayer, by: Actor, request: Request, case_id: str) -> None:
        """重新提交资料 (S23). Raises FormsIncomplete, DeadlineOver, RequestReused."""
        await self._send_forms_again(taxpayer, by, request, case_id, Event.RESUBMIT)

    async def send_edit(self, taxpayer: Taxpayer, by: Actor, request: Request, case_id: str) -> None:
        """The forms that an officer wanted changed. Raises FormsIncomplete, DeadlineOver, RequestReused."""
        await self._send_forms_again(taxpayer, by, request, case_id, Event.SEND_EDIT)

    async def _send_forms_again(
        self, taxpayer: Taxpayer, by: Actor, request: Request, case_id: str, event: Event
    ) -> None:
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            case = await own(connection, taxpayer, case_id, to_change=True)
            if await first_time(connection, request, case_id, now_ms) is not None:
                return
            self._refuse(case.state, event, now_ms)
            business = await self._business(case)
            await self._hand_forms_in(connection, case, business, now_ms)
            days = max(business.promised_days, self._policy.promised_days)
            by_ms = await self._working_time.after_days(connection, case.hall_id, days, now_ms)
            await self._transitions.make(connection, case, event, Facts(by_ms=by_ms), by, now_ms)

    async def withdraw(self, taxpayer: Taxpayer, by: Actor, case_id: str) -> None:
        """Take the order to the back office back; what was done stays done."""
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            case = await own(connection, taxpayer, case_id, to_change=True)
            await self._transitions.make(connection, case, Event.WITHDRAW, Facts(), by, now_ms)

    async def cancel_booking(self, taxpayer: Taxpayer, by: Actor, case_id: str) -> None:
        """取消预约 (S18); the place is free at once."""
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            case = await own(connection, taxpayer, case_id, to_change=True)
            slot = case.state.slot
            by_ms = await self._working_time.after_days(
                connection, case.hall_id, self._policy.rebook_days, now_ms
            )
            await self._transitions.make(
                connection, case, Event.CANCEL_BOOKING, Facts(by_ms=by_ms), by, now_ms
            )
            if slot is not None:
                await self._places.cancel(connection, slot.booking_id, now_ms)

    async def _require_own(self, taxpayer: Taxpayer, case_id: str) -> None:
        """Before the captcha is looked at: of somebody else's case nothing is told. Raises CaseUnknown."""
        async with self._database.reading() as connection:
            await own(connection, taxpayer, case_id)

    async def book(
        self, taxpayer: Taxpayer, by: Actor, request: Request, case_id: str, wanted: WantedPlace
    ) -> None:
        """Another booking after one was cancelled, or another place for the one that there is.

        Raises RequestReused, WindowOver, DeadlineOver, and what booking refuses.
        """
        await self._require_own(taxpayer, case_id)
        await self._places.admit(taxpayer, request, wanted)
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            case = await own(connection, taxpayer, case_id, to_change=True)
            if await first_time(connection, request, case_id, now_ms) is not None:
                return
            slot = case.state.slot
            event = Event.BOOK if slot is None else Event.CHANGE_BOOKING
            self._refuse(case.state, event, now_ms)
            taxpayer_id = taxpayer.taxpayer_id
            if slot is None:
                booked = await self._places.book(connection, taxpayer_id, case_id, wanted, now_ms)
            else:
                booked = await self._places.change(connection, taxpayer_id, slot.booking_id, wanted, now_ms)
            await self._transitions.make(
                connection,
                case,
                event,
                Facts(slot=booked),
                by,
                now_ms,
                columns={"hall_id": wanted.hall_id},
            )

    @staticmethod
    def _refuse(state: CaseState, event: Event, now_ms: int) -> None:
        found = refusal(state, event, Facts(), now_ms)
        if found is not None:
            raise found(event.value)

    async def _business(self, case: Case) -> Business:
        if case.catalogue_version is None or case.topic_id is None or case.node_id is None:
            raise CaseRefused("a consult has no forms")
        return await self._catalogue.business(case.catalogue_version, case.topic_id, case.node_id)

    async def _promised(
        self, connection: AsyncConnection, case: Case, business: Business, submission: Submission, now_ms: int
    ) -> int | None:
        """Until when the back office has to be done; none of a call. Raises ModeRefused, ConsentMissing."""
        match submission.mode:
            case Mode.ASSIST if business.assist and submission.place is not None:
                return None
            case Mode.BACKOFFICE if business.backoffice and submission.place is None:
                if submission.consent_id is None:
                    raise ConsentMissing("without consent nobody acts for the taxpayer")
                days = max(business.promised_days, self._policy.promised_days)
                soonest_ms = await self._working_time.after_days(connection, case.hall_id, days, now_ms)
                return max(soonest_ms, submission.wanted_by_ms or 0)
            case _:
                raise ModeRefused("not for this business")

    async def _hand_forms_in(
        self, connection: AsyncConnection, case: Case, business: Business, now_ms: int
    ) -> None:
        """Check every form that is required or was begun, and mark them. Raises FormsIncomplete."""
        today = local_date(now_ms, self._halls.hall(case.hall_id).time_zone).isoformat()
        forms = {form.form_id: form for form in await self._formbook.of_case(connection, case.case_id)}
        faults: list[FormFault] = []
        handed_in: list[str] = []
        for asked in business.forms:
            form = forms.get(asked.form_id)
            if form is None or (form.version == 0 and not asked.required):
                if asked.required:
                    faults.append(FormFault(asked.form_id, "required"))
                continue
            kinds = await kinds_of(connection, case.case_id, asked.form_id)
            checked = await self._catalogue.check(
                case.catalogue_version or "", asked.form_id, form.values, kinds, today
            )
            faults += [FormFault(f"{asked.form_id}.{one.field}", one.code) for one in checked.faults]
            if form.state is CaseFormState.DRAFT:
                handed_in.append(asked.form_id)
        if faults:
            raise FormsIncomplete(tuple(faults[: self._policy.faults_max]))
        await self._formbook.submit(connection, case.case_id, handed_in, now_ms)

    def _sealed(self, agent: Agent | None) -> bytes | None:
        if agent is None:
            return None
        return self._sealer.seal(orjson.dumps([agent.name, agent.phone]).decode())
