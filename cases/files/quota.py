"""How many files a case has, and a person sends in a day. Inside the caller's transaction."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.access import Person, Taxpayer, person_id
from cases.files import book
from cases.files.book import Usage
from cases.files.errors import TooManyFiles
from cases.files.policy import FilePolicy

DAY_MS: Final = 86_400_000


async def refuse_too_many(
    connection: AsyncConnection,
    person: Person,
    case_id: str,
    more_bytes: int,
    policy: FilePolicy,
    now_ms: int,
) -> None:
    """Raises TooManyFiles where one more file of so many bytes is too much."""
    of_case = await book.used_by_case(connection, case_id)
    today = await book.used_by_person(connection, person_id(person) or "", now_ms - DAY_MS)
    _refuse(of_case, more_bytes, policy.case_files_max, policy.case_bytes_max)
    _refuse(today, more_bytes, policy.person_files_a_day, policy.person_bytes_a_day)


def _refuse(used: Usage, more_bytes: int, files_max: int, bytes_max: int) -> None:
    if used.files + 1 > files_max or used.size_bytes + more_bytes > bytes_max:
        raise TooManyFiles("as many as are kept")


async def take_turn(connection: AsyncConnection, person: Person) -> None:
    """Nobody else adds files of this person before the transaction ends: two at once are counted one after
    the other.
    """
    if isinstance(person, Taxpayer):
        table, column = schema.taxpayers, schema.taxpayers.c.taxpayer_id
    else:
        table, column = schema.officers, schema.officers.c.officer_id
    await connection.execute(
        select(column).select_from(table).where(column == person_id(person)).with_for_update()
    )
