"""The command that takes away, or counts, what is over."""

import asyncio

from cases.clock import SystemClock
from server.building import sealer
from server.records import reopened
from server.retention import build_retention
from server.settings import Settings


def run_once(settings: Settings, *, dry_run: bool) -> dict[str, int]:
    """Beside running servers; counts by rule. Raises NoRecords without records, RecordsUnusable."""
    return asyncio.run(_once(settings, dry_run=dry_run))


async def _once(settings: Settings, *, dry_run: bool) -> dict[str, int]:
    async with reopened(settings) as database:
        retention = build_retention(settings, database, SystemClock(), sealer(settings))
        found = await (retention.counts() if dry_run else retention.sweep())
    return {rule.value: count for rule, count in found.items()}
