"""后台帮办: what officers finish without the taxpayer being online (S36)."""

from collections.abc import Sequence

from sqlalchemy import update

from cases import schema
from cases.access import Officer
from cases.audit import Actor
from cases.casework.errors import WorkTaken
from cases.casework.formbook import Formbook
from cases.casework.places import WorkingTime
from cases.casework.policy import CaseworkPolicy
from cases.casework.records import Case, Transitions
from cases.casework.reviews import Fault, keep_review, of_hall
from cases.clock import Clock
from cases.database import Database
from cases.stages.errors import CaseRefused
from cases.stages.events import Event, Facts
from cases.stages.states import HandlingState
from cases.views.tickets import Outcome


class BackOffice:
    """后台帮办. Every method raises RecordsUnavailable, CaseUnknown, CaseRefused."""

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
        """Work on it. Raises WorkTaken where another officer does."""
        cases = schema.cases
        async with self._database.writing() as connection:
            case = await of_hall(connection, officer, case_id, to_change=True)
            self._refuse_others(case, officer)
            if case.state.handling is not HandlingState.WORKING or case.state.closed is not None:
                raise CaseRefused("nothing to work on")
            await connection.execute(
                update(cases).where(cases.c.case_id == case_id).values(worker_id=officer.officer_id)
            )

    async def give_back(self, officer: Officer, case_id: str) -> None:
        """Let others work on it; somebody else's is left alone."""
        cases = schema.cases
        async with self._database.writing() as connection:
            await of_hall(connection, officer, case_id, to_change=True)
            await connection.execute(
                update(cases)
                .where(cases.c.case_id == case_id, cases.c.worker_id == officer.officer_id)
                .values(worker_id=None)
            )

    async def finish(self, officer: Officer, by: Actor, case_id: str, outcome: Outcome, remark: str) -> None:
        """办结 or 未办成 (S36). Raises WorkTaken."""
        if outcome is Outcome.CONTINUED:
            raise CaseRefused("it is in the back office")
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            case = await of_hall(connection, officer, case_id, to_change=True)
            self._refuse_others(case, officer)
            await self._transitions.make(
                connection,
                case,
                Event.FINISH_WORK,
                Facts(outcome=outcome),
                by,
                now_ms,
                detail={"outcome": outcome.value},
                columns={"remark": remark or None, "worker_id": officer.officer_id},
            )

    async def ask_edit(self, officer: Officer, by: Actor, case_id: str, faults: Sequence[Fault]) -> None:
        """Ask the taxpayer for another version of the forms. Raises WorkTaken."""
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            case = await of_hall(connection, officer, case_id, to_change=True)
            self._refuse_others(case, officer)
            by_ms = await self._working_time.after_days(
                connection, case.hall_id, self._policy.edit_days, now_ms
            )
            detail = {"reasons": [fault.reason for fault in faults]}
            await self._transitions.make(
                connection, case, Event.ASK_EDIT, Facts(by_ms=by_ms), by, now_ms, detail=detail
            )
            await self._formbook.reopen(connection, case_id)
            await keep_review(
                connection, case_id, officer, approved=False, faults=faults, by_ms=by_ms, now_ms=now_ms
            )

    @staticmethod
    def _refuse_others(case: Case, officer: Officer) -> None:
        if case.worker_id is not None and case.worker_id != officer.officer_id:
            raise WorkTaken(case.worker_id)
