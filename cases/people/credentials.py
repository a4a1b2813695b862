"""An officer proves who they are: by the password, by a code of the second factor. Guesses are counted."""

import asyncio
from typing import Any

from sqlalchemy import Row, select

from cases import schema
from cases.clock import Clock
from cases.database import Database
from cases.errors import PasswordWrong
from cases.guesses import Guesses
from cases.people.errors import CodeWrong
from cases.people.second_factors import SecondFactors
from cases.sealing import Passwords, Sealer


class Credentials:
    """Methods raise RecordsUnavailable, and TooManyGuesses where account or address guessed too often."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sealer: Sealer,
        passwords: Passwords,
        guesses: Guesses,
        factors: SecondFactors,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._passwords = passwords
        self._guesses = guesses
        self._factors = factors
        # One guess at a time is looked at and counted, or many sent at once would all be the first.
        self._password_turn = asyncio.Lock()
        self._code_turn = asyncio.Lock()

    async def prove_password(self, staff_number: str, password: str, *, address: str) -> Row[Any]:
        """The row of the officer whose number and password these are. Raises PasswordWrong, also for one who
        is not there or disabled.
        """
        account = self._sealer.index(f"officer:{staff_number}")
        async with self._password_turn:
            await self._guesses.check(account, address)
            row = await self._row(staff_number)
            if not await self._passwords.matches(row.password_hash if row else None, password) or row is None:
                await self._guesses.failed(account, address)
                raise PasswordWrong("no match")
            await self._guesses.passed(account)
        return row

    async def prove_code(self, officer_id: str, code: str, *, address: str) -> None:
        """Spend a code of the officer's second factor. Raises CodeWrong, SecondFactorMissing."""
        account = self._sealer.index(f"code:{officer_id}")
        async with self._code_turn:
            await self._guesses.check(account, address)
            try:
                async with self._database.writing() as connection:
                    await self._factors.spend(connection, officer_id, code, self._clock.now_ms())
            except CodeWrong:
                await self._guesses.failed(account, address)
                raise
            await self._guesses.passed(account)

    async def hash(self, password: str) -> str:
        return await self._passwords.hash(password)

    async def is_same(self, password_hash: str, password: str) -> bool:
        return await self._passwords.matches(password_hash, password)

    async def _row(self, staff_number: str) -> Row[Any] | None:
        officers = schema.officers
        asked = select(officers).where(
            officers.c.staff_number == staff_number, officers.c.disabled.is_(False)
        )
        async with self._database.reading() as connection:
            return (await connection.execute(asked)).one_or_none()
