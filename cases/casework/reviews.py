"""审核: the review desk, and what is wrong with forms (S32)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.access import Officer, may_see, whose_case
from cases.audit import Actor
from cases.casework.errors import ReviewTaken
from cases.casework.formbook import Formbook
from cases.casework.places import WorkingTime
from cases.casework.policy import CaseworkPolicy
from cases.casework.records import Case, Transitions, load
from cases.clock import Clock
from cases.database import Database
from cases.errors import CaseUnknown
from cases.sealing import new_id
from cases.stages.errors import CaseRefused
from cases.stages.events import Event, Facts
from cases.stages.states import ReviewState


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: the code of its reason, the form and field, and the text as it is told."""

    reason: str
    form_id: str
    field: str
    text: str


async def of_hall(
    connection: AsyncConnection, officer: Officer, case_id: str, *, to_change: bool = False
) -> Case:
    """A case of the officer's hall. Raises CaseUnknown, also for one of another hall, for a role that works
    on none, and for a draft.
    """
    case = await load(connection, case_id, to_change=to_change)
    whose = whose_case(case.taxpayer_id, case.hall_id, is_consult=False)
    if not may_see(officer, whose) or case.state.review is ReviewState.NONE:
        raise CaseUnknown("not of this hall")
    return case


async def keep_review(
    connection: AsyncConnection,
    case_id: str,
    officer: Officer,
    *,
    approved: bool,
    faults: Sequence[Fault],
    by_ms: int | None,
    now_ms: int,
) -> None:
    """What an officer found, and until when it has to be mended (UTC ms)."""
    await connection.execute(
        schema.case_reviews.insert().values(
            review_id=new_id(),
            case_id=case_id,
            officer_id=officer.officer_id,
            at_ms=now_ms,
            approved=approved,
            faults=[asdict(fault) for fault in faults],
            resubmit_by_ms=by_ms,
        )
    )


class ReviewDesk:
    """审核. Every method raises RecordsUnavailable, CaseUnknown."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        transitions: Transitions,
        formbook: Formbook,
        working_time: WorkingTime,
        policy: CaseworkPolicy,
    ) -> None:
        self._database = database
        self._clock = clock
        self._transitions = transitions
        self._formbook = formbook
        self._working_time = working_time
        self._policy = policy

    async def take(self, officer: Officer, case_id: str) -> None:
        """Have the case to oneself for a while; again to go on having it. Raises ReviewTaken, CaseRefused
        where there is nothing to review.
        """
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            case = await of_hall(connection, officer, case_id, to_change=True)
            self._refuse_others(case, officer, now_ms)
            if case.state.closed is not None or case.state.review is not ReviewState.PENDING:
                raise CaseRefused("nothing to review")
            await connection.execute(
                update(schema.cases)
                .where(schema.cases.c.case_id == case_id)
                .values(
                    reviewer_id=officer.officer_id, reviewer_until_ms=now_ms + self._policy.review_lease_ms
                )
            )

    async def leave(self, officer: Officer, case_id: str) -> None:
        """Let others have it; somebody else's is left alone."""
        cases = schema.cases
        async with self._database.writing() as connection:
            await of_hall(connection, officer, case_id, to_change=True)
            await connection.execute(
                update(cases)
                .where(cases.c.case_id == case_id, cases.c.reviewer_id == officer.officer_id)
                .values(reviewer_id=None, reviewer_until_ms=None)
            )

    async def approve(self, officer: Officer, by: Actor, case_id: str) -> None:
        """审核通过. Raises ReviewTaken, CaseRefused."""
        await self._decide(officer, by, case_id, Event.APPROVE, ())

    async def reject(self, officer: Officer, by: Actor, case_id: str, faults: Sequence[Fault]) -> None:
        """审核不通过, with all that is wrong at once (一次性告知). Raises ReviewTaken, CaseRefused."""
        await self._decide(officer, by, case_id, Event.REJECT, faults)

    async def _decide(
        self, officer: Officer, by: Actor, case_id: str, event: Event, faults: Sequence[Fault]
    ) -> None:
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            case = await of_hall(connection, officer, case_id, to_change=True)
            self._refuse_others(case, officer, now_ms)
            by_ms = None
            if event is Event.REJECT:
                days = self._policy.resubmission_days
                by_ms = await self._working_time.after_days(connection, case.hall_id, days, now_ms)
            await self._transitions.make(
                connection,
                case,
                event,
                Facts(by_ms=by_ms),
                by,
                now_ms,
                detail={"reasons": [fault.reason for fault in faults]},
                columns={"reviewer_id": None, "reviewer_until_ms": None},
            )
            if event is Event.REJECT:
                await self._formbook.reopen(connection, case_id)
            await keep_review(
                connection,
                case_id,
                officer,
                approved=event is Event.APPROVE,
                faults=faults,
                by_ms=by_ms,
                now_ms=now_ms,
            )

    @staticmethod
    def _refuse_others(case: Case, officer: Officer, now_ms: int) -> None:
        held = case.reviewer_until_ms is not None and now_ms < case.reviewer_until_ms
        if held and case.reviewer_id != officer.officer_id:
            raise ReviewTaken(case.reviewer_id or "")
