"""Whose cases are seen: a taxpayer's own, and those of an officer's hall."""

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.access import Person, Taxpayer, may_see, whose_case
from cases.casework.drafts import own
from cases.casework.records import Case, load
from cases.casework.reviews import of_hall
from cases.errors import CaseUnknown
from cases.stages.states import Mode


async def seen_by(
    connection: AsyncConnection, person: Person, case_id: str, *, to_change: bool = False
) -> Case:
    """The case of a business where the person may see it. Raises CaseUnknown where not."""
    if isinstance(person, Taxpayer):
        return await own(connection, person, case_id, to_change=to_change)
    return await of_hall(connection, person, case_id, to_change=to_change)


async def talked_in_by(
    connection: AsyncConnection, person: Person, case_id: str, *, to_change: bool = False
) -> Case:
    """The case where the person may read and send messages and files. A consult has no review: it is open to
    those who are called in it. Raises CaseUnknown for everybody else.
    """
    if isinstance(person, Taxpayer):
        return await own(connection, person, case_id, to_change=to_change)
    case = await load(connection, case_id, to_change=to_change)
    if case.state.mode is not Mode.CONSULT:
        return await seen_by(connection, person, case_id, to_change=to_change)
    if not may_see(person, whose_case(case.taxpayer_id, case.hall_id, is_consult=True)):
        raise CaseUnknown("not for this officer")
    return case
