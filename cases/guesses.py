"""Limits on guessing: failures are counted per account and per address in a window of time."""

import ipaddress
from dataclasses import dataclass

from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.clock import Clock
from cases.database import Database
from cases.errors import TooManyGuesses


@dataclass(frozen=True, slots=True)
class GuessPolicy:
    """So many failures in ``window_ms``; then nothing is tried until the window is over."""

    per_account: int
    per_address: int
    window_ms: int


def counted_address(address: str) -> str:
    """What failures from an address are counted for: an IPv6 subscriber has a whole /64 to guess from."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed), 64), strict=False))


class Guesses:
    """Counts failures. A scope is ``account:…`` or ``address:…``, made of ids, never of names or numbers."""

    def __init__(self, database: Database, clock: Clock, policy: GuessPolicy, *, purpose: str = "") -> None:
        """``purpose``: what is guessed, in a few letters; failures of one are not counted for another."""
        self._prefix = f"{purpose}-" if purpose else ""
        self._database = database
        self._clock = clock
        self._policy = policy

    def _limits(self, account: str, address: str) -> dict[str, int]:
        return {
            self._account(account): self._policy.per_account,
            f"{self._prefix}address:{counted_address(address)}"[:80]: self._policy.per_address,
        }

    def _account(self, account: str) -> str:
        return f"{self._prefix}account:{account}"[:80]

    async def check(self, account: str, address: str) -> None:
        """Raises TooManyGuesses where either has used up its failures."""
        now_ms = self._clock.now_ms()
        guesses = schema.guesses
        limits = self._limits(account, address)
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(guesses).where(guesses.c.scope.in_(list(limits))))).all()
        waits = [
            row.window_start_ms + self._policy.window_ms - now_ms
            for row in rows
            if row.failures >= limits[row.scope] and row.window_start_ms + self._policy.window_ms > now_ms
        ]
        if waits:
            raise TooManyGuesses(max(waits))

    async def failed(self, account: str, address: str) -> None:
        """Count one failure of both."""
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            await connection.execute(
                delete(schema.guesses).where(
                    schema.guesses.c.window_start_ms <= now_ms - self._policy.window_ms,
                    or_(
                        schema.guesses.c.scope.startswith(f"{self._prefix}account:"),
                        schema.guesses.c.scope.startswith(f"{self._prefix}address:"),
                    ),
                )
            )
            for scope in self._limits(account, address):
                await self._count(connection, scope, now_ms)

    async def _count(self, connection: AsyncConnection, scope: str, now_ms: int) -> None:
        guesses = schema.guesses
        more = update(guesses).where(guesses.c.scope == scope).values(failures=guesses.c.failures + 1)
        if (await connection.execute(more)).rowcount:
            return
        try:
            async with connection.begin_nested():
                await connection.execute(
                    guesses.insert().values(scope=scope, window_start_ms=now_ms, failures=1)
                )
        except IntegrityError:
            await connection.execute(more)

    async def passed(self, account: str) -> None:
        """A log-in that worked forgives the account's failures, not the address's."""
        async with self._database.writing() as connection:
            await connection.execute(
                delete(schema.guesses).where(schema.guesses.c.scope == self._account(account))
            )
