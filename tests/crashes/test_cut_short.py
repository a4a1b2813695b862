"""kill -9 between every two writes of a use case: afterwards it has happened, or nothing of it has."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import aiohttp
import pytest
import socketio
from redis.asyncio import Redis

from queueing.connection import Link
from tests.clients import eventually
from tests.crashes.moments_plugin import Choice
from tests.crashes.points import ANSWER, COMMIT, STATEMENT, spread
from tests.crashes.stage import Seen, Stage, stage_in
from tests.crashes.steps import (
    Approving,
    Finishing,
    Issuing,
    Rejecting,
    Saying,
    SendingReceipt,
    Step,
    Submitting,
    Telling,
    Uploading,
)

NEVER: Final = 2**31
GONE: Final = (aiohttp.ClientError, OSError, EOFError, socketio.exceptions.SocketIOError)
TRIES: Final = 4
"""What other tasks write meanwhile counts too, and is not the same each time."""


@pytest.fixture
async def stage(data_folder: Path, redis_url: str, link: Link, redis_client: Redis) -> AsyncIterator[Stage]:
    async with stage_in(data_folder, redis_url, link, redis_client) as opened:
        yield opened


async def _asked(step: Step, case_id: str) -> Seen:
    """The whole of it, with all that follows."""
    await step.ask(case_id)
    return await eventually(lambda: step.stage.seen(case_id), step.is_over)


async def _undisturbed(step: Step) -> tuple[list[str], Seen]:
    """The moments of the use case where nobody dies, and what is there after it."""
    case_id = await step.prepare()
    await step.stage.victim.arm(NEVER)
    after = await _asked(step, case_id)
    moments = await step.stage.victim.disarm()
    await step.stage.whole()
    assert (await step.stage.seen(case_id)) == after
    await step.clear(case_id)
    return moments, after


async def _killed(step: Step, case_id: str, number: int) -> int | None:
    """None where it died of that moment; else how many there were this time."""
    victim = step.stage.victim
    await victim.arm(number)
    asking = asyncio.ensure_future(step.ask(case_id))

    async def dead_or_over() -> bool:
        return victim.is_dead or (asking.done() and step.is_over(await step.stage.seen(case_id)))

    await eventually(dead_or_over, bool)
    # A page that waits at its socket for an answer waits longer than its server lives.
    asking.cancel()
    with contextlib.suppress(asyncio.CancelledError, *GONE):
        await asking
    try:
        return len(await victim.disarm())
    except GONE:
        return None


async def _cut_short(step: Step, number: int, after: Seen) -> None:
    """Killed at that moment; at the last one where there are fewer this time."""
    for _ in range(TRIES):
        case_id = await step.prepare()
        before = await step.stage.seen(case_id)
        passed = await _killed(step, case_id, number)
        if passed is None:
            break
        number = min(number - 1, passed)
        await step.clear(case_id)
    else:
        raise AssertionError(f"never got to moment {number}")
    await step.stage.start()
    await step.stage.whole()
    await eventually(lambda: step.stage.seen(case_id), lambda seen: seen in (before, after))
    # The page asks again, as it does where it got no answer.
    assert await _asked(step, case_id) == after
    await step.stage.whole()
    await step.clear(case_id)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("kind", "all_of_them"),
    [
        (Issuing, False),
        (Submitting, False),
        (Finishing, False),
        (SendingReceipt, False),
        (Uploading, True),
        (Saying, False),
        (Telling, True),
        (Approving, False),
        (Rejecting, False),
    ],
)
async def test_it_has_happened_or_nothing_of_it_has(
    stage: Stage, choice: Choice, kind: type[Step], all_of_them: bool
) -> None:
    step = kind(stage)
    moments, after = await _undisturbed(step)

    whole = choice.all_of_them or all_of_them
    for number in range(1, len(moments) + 1) if whole else spread(moments, choice.turn):
        try:
            await _cut_short(step, number, after)
        except AssertionError as error:
            error.add_note(f"killed at moment {number} of {len(moments)}: {moments[number - 1]}")
            raise


def test_turns_come_to_every_moment() -> None:
    moments = [f"{STATEMENT}: {name}" for name in "abc"] + [COMMIT, ANSWER]
    turns = [spread(moments, turn) for turn in range(7, 10)]
    assert {number for turn in turns for number in turn} == {1, 2, 3, 4, 5}
    assert all({4, 5} < set(turn) and len(turn) == 3 for turn in turns)
    assert spread([COMMIT, ANSWER], 7) == [1, 2]
