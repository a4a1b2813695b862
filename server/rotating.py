"""The command that seals the records with another key."""

import asyncio
from collections.abc import Callable

from cases.clock import SystemClock
from cases.rotation import Rotated, Rotation, RotationBounds
from server.building import sealer
from server.errors import KeysNeeded
from server.records import reopened
from server.settings import Settings


def rotate(settings: Settings, say: Callable[[str], object]) -> int:
    """Seal everything with the first key, and say what was done; the exit code.

    Raises KeysNeeded where older keys are needed still; NoRecords, RecordsUnusable.
    """
    done = asyncio.run(_rotated(settings))
    for one in done:
        say(f"{one.column:<30} {one.sealed_anew} sealed anew")
    if unreadable := [one for one in done if one.unreadable]:
        names = ", ".join(f"{one.column} ({one.unreadable})" for one in unreadable)
        raise KeysNeeded(f"no key of identity_keys opens some rows of {names}; is an older key missing?")
    if left := [one.column for one in done if one.left]:
        raise KeysNeeded(
            f"{', '.join(left)} were still written with an older key; restart every server with the new key "
            "in front, then run this again"
        )
    say("everything is sealed with the first key; the others can be taken out of identity_keys")
    return 0


async def _rotated(settings: Settings) -> list[Rotated]:
    async with reopened(settings) as database:
        return await Rotation(database, SystemClock(), sealer(settings), RotationBounds()).run()
