"""Takes away what is over, now and again, a few rows at a time."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from cases import audit
from cases.audit import SYSTEM
from cases.clock import Clock
from cases.database import Database
from cases.errors import RecordsUnavailable
from cases.retention.book import TAKERS
from cases.retention.rules import Hours, Rule, Terms
from cases.sealing import Sealer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RetentionBounds:
    """``batch`` rows in one transaction, so that nobody waits long for theirs; ``batches`` of a rule in one
    go, what is left has its turn the next time; looked at every ``every_s``.
    """

    batch: int = 100
    batches: int = 500
    every_s: float = 3_600.0


class Retention:
    """Any number of processes may run it, and be killed: each batch is a transaction of its own, and what was
    taken is found by nobody again.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sealer: Sealer,
        terms: Terms,
        hours: Hours,
        bounds: RetentionBounds,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._terms = terms
        self._hours = hours
        self._bounds = bounds

    async def run(self) -> None:
        """For ever, within its hours; ends by cancellation. Survives the database being away."""
        while True:
            await asyncio.sleep(self._bounds.every_s)
            if not self._hours.has(self._clock.now_ms()):
                continue
            try:
                taken = await self.sweep()
            except RecordsUnavailable as error:
                log.warning("what is over is taken away later: %s", error.code)
                continue
            if any(taken.values()):
                log.info("taken away: %s", ", ".join(f"{rule} {count}" for rule, count in taken.items()))

    async def counts(self) -> Mapping[Rule, int]:
        """How much is over by each rule that is on, without touching it. Raises RecordsUnavailable."""
        now_ms = self._clock.now_ms()
        async with self._database.reading() as connection:
            return {
                rule: await TAKERS[rule].count(connection, before_ms)
                for rule, before_ms in self._terms.active(now_ms)
            }

    async def sweep(self) -> Mapping[Rule, int]:
        """Once; how much was taken by each rule. Raises RecordsUnavailable."""
        now_ms = self._clock.now_ms()
        return {
            rule: await self._by_rule(rule, before_ms, now_ms)
            for rule, before_ms in self._terms.active(now_ms)
        }

    async def _by_rule(self, rule: Rule, before_ms: int, now_ms: int) -> int:
        taken = 0
        for _ in range(self._bounds.batches):
            async with self._database.writing() as connection:
                count = await TAKERS[rule].batch(
                    connection, before_ms, self._bounds.batch, self._sealer, now_ms
                )
                if count:
                    detail = {"count": count, "before_ms": before_ms}
                    await audit.append(
                        connection, SYSTEM, f"retention.{rule.value}", "records", "all", detail, now_ms
                    )
            taken += count
            if count < self._bounds.batch:
                break
            # Whoever waits to write comes first.
            await asyncio.sleep(0)
        return taken
