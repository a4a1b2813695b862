"""The records of officers' second factors. Every function works in the caller's transaction."""

from typing import Any, Final

import segno
from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.people import totp
from cases.people.errors import (
    CodeWrong,
    SecondFactorMissing,
    SecondFactorOff,
    SecondFactorPresent,
)
from cases.people.tables import recovery_codes, second_factors
from cases.people.views import EnrolmentView, RecoveryCodes, SecondFactorRule
from cases.sealing import Sealer

ISSUER: Final = "Shuitong 税通"
NEVER: Final = -1
"""The last step of a secret of which no code was accepted yet."""


class SecondFactors:
    """``rule``: whether the product has second factors at all; where it is off, none counts."""

    def __init__(self, sealer: Sealer, rule: SecondFactorRule) -> None:
        self._sealer = sealer
        self.rule = rule

    async def is_in_force(self, connection: AsyncConnection, officer_id: str) -> bool:
        """Whether a code is asked of that officer."""
        if self.rule is SecondFactorRule.OFF:
            return False
        found = await _row(connection, officer_id)
        return found is not None and found.confirmed_at_ms is not None

    async def since_ms(self, connection: AsyncConnection, officer_id: str) -> int | None:
        """When it was confirmed; none where there is none."""
        found = await _row(connection, officer_id)
        return found.confirmed_at_ms if found is not None else None

    async def begin(
        self, connection: AsyncConnection, officer_id: str, staff_number: str, now_ms: int
    ) -> EnrolmentView:
        """A new secret in the place of one that was begun and not confirmed.

        Raises SecondFactorOff, SecondFactorPresent.
        """
        if self.rule is SecondFactorRule.OFF:
            raise SecondFactorOff("not here")
        # The officer's row has the turn: two pages do not begin at once.
        officers = schema.officers.c
        await connection.execute(
            select(officers.officer_id).where(officers.officer_id == officer_id).with_for_update()
        )
        if await self.since_ms(connection, officer_id) is not None:
            raise SecondFactorPresent("confirmed before")
        secret = totp.new_secret()
        await connection.execute(delete(second_factors).where(second_factors.c.officer_id == officer_id))
        await connection.execute(
            second_factors.insert().values(
                officer_id=officer_id,
                secret_sealed=self._sealer.seal(secret),
                made_at_ms=now_ms,
                last_step=NEVER,
            )
        )
        address = totp.address(secret, account=staff_number, issuer=ISSUER)
        picture = segno.make(address, error="m", micro=False).svg_data_uri(scale=4, omitsize=True)
        return EnrolmentView(secret, address, picture)

    async def confirm(
        self, connection: AsyncConnection, officer_id: str, code: str, now_ms: int
    ) -> RecoveryCodes:
        """The officer's app shows codes of the secret: it counts from now on.

        Raises SecondFactorMissing, SecondFactorPresent, CodeWrong.
        """
        found = await _row(connection, officer_id, to_change=True)
        if found is None:
            raise SecondFactorMissing("not begun")
        if found.confirmed_at_ms is not None:
            raise SecondFactorPresent("confirmed before")
        step = self._accepted(found, code, now_ms)
        if step is None:
            raise CodeWrong("no code of it")
        await connection.execute(
            update(second_factors)
            .where(second_factors.c.officer_id == officer_id)
            .values(confirmed_at_ms=now_ms, last_step=step)
        )
        return await self.renew_recovery_codes(connection, officer_id, now_ms)

    async def spend(self, connection: AsyncConnection, officer_id: str, code: str, now_ms: int) -> None:
        """Accept a code of the app, or a recovery code, once. Raises SecondFactorMissing, CodeWrong."""
        found = await _row(connection, officer_id, to_change=True)
        if found is None or found.confirmed_at_ms is None:
            raise SecondFactorMissing("none to be asked")
        step = self._accepted(found, code, now_ms)
        if step is not None:
            await connection.execute(
                update(second_factors).where(second_factors.c.officer_id == officer_id).values(last_step=step)
            )
            return
        used = await connection.execute(
            delete(recovery_codes).where(
                recovery_codes.c.code_index == self._index(officer_id, code),
                recovery_codes.c.officer_id == officer_id,
            )
        )
        if not used.rowcount:
            raise CodeWrong("neither of the app nor for recovery")

    async def renew_recovery_codes(
        self, connection: AsyncConnection, officer_id: str, now_ms: int
    ) -> RecoveryCodes:
        """New ones in the place of all that were there."""
        codes = totp.new_recovery_codes()
        await connection.execute(delete(recovery_codes).where(recovery_codes.c.officer_id == officer_id))
        await connection.execute(
            recovery_codes.insert(),
            [
                {"code_index": self._index(officer_id, code), "officer_id": officer_id, "made_at_ms": now_ms}
                for code in codes
            ],
        )
        return RecoveryCodes(codes)

    async def recovery_codes_left(self, connection: AsyncConnection, officer_id: str) -> int:
        left = select(func.count()).where(recovery_codes.c.officer_id == officer_id)
        return await connection.scalar(left) or 0

    async def remove(self, connection: AsyncConnection, officer_id: str) -> bool:
        """Take the second factor away, with its recovery codes; whether there was one."""
        await connection.execute(delete(recovery_codes).where(recovery_codes.c.officer_id == officer_id))
        gone = await connection.execute(
            delete(second_factors).where(second_factors.c.officer_id == officer_id)
        )
        return bool(gone.rowcount)

    def _accepted(self, found: Row[Any], code: str, now_ms: int) -> int | None:
        secret = self._sealer.open(found.secret_sealed)
        return totp.accepted_step(secret, totp.normalised(code), now_ms=now_ms, last_step=found.last_step)

    def _index(self, officer_id: str, code: str) -> str:
        return self._sealer.index(f"recovery:{officer_id}:{totp.normalised(code)}")


async def _row(connection: AsyncConnection, officer_id: str, *, to_change: bool = False) -> Row[Any] | None:
    asked = select(second_factors).where(second_factors.c.officer_id == officer_id)
    return (await connection.execute(asked.with_for_update() if to_change else asked)).one_or_none()
