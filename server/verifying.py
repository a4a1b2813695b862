"""The command that looks through the audit trail."""

import asyncio
import json
from collections.abc import Callable

from cases.trail.verification import Verified, verify
from server.records import reopened
from server.settings import Settings


def verify_audit(
    settings: Settings, say: Callable[[str], object], progress: Callable[[str], object], *, as_json: bool
) -> int:
    """Look through the chain and say what was found; the exit code, 1 where something is wrong.

    Raises NoRecords, RecordsUnusable.
    """
    found = asyncio.run(_verified(settings, progress))
    say(_json(found) if as_json else _line(found))
    return 1 if found.faults else 0


def _line(found: Verified) -> str:
    """The faults, or that there are none, in one line; with the head, to be kept elsewhere."""
    if found.faults or found.head is None:
        return "; ".join(f"entry {one.sequence}: {one.kind.value}" for one in found.faults)
    return (
        f"{found.entries} entries are whole, and {found.earlier} from before the chain; "
        f"head {found.head.sequence} {found.head.own_hash}"
    )


def _json(found: Verified) -> str:
    head = found.head
    return json.dumps(
        {
            "entries": found.entries,
            "earlier": found.earlier,
            "head": None if head is None else {"sequence": head.sequence, "hash": head.own_hash},
            "faults": [{"sequence": one.sequence, "kind": one.kind.value} for one in found.faults],
        }
    )


async def _verified(settings: Settings, progress: Callable[[str], object]) -> Verified:
    async with reopened(settings) as database:
        return await verify(database, progress)
