"""A whole run against one server: arrivals, officers, the clock, and at the end the rules."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final

from loadtests.clients import ANSWER_S
from loadtests.figures import Row, row
from loadtests.hours import Hours, Phase
from loadtests.notes import Notes, now_ms
from loadtests.officer import Login, Officer
from loadtests.rules import Broken, Judged, check
from loadtests.scenario import Scenario, Visit, shifts, visits
from loadtests.taxpayer import Taxpayer

DRAIN_S: Final = 30.0
"""After the closing: how long tickets in hand and deadlines may take until their end."""
LAST_LOOK_S: Final = 2 * ANSWER_S
ROW_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run. ``drained``: whether it had the time to bring every ticket to its end."""

    notes: Notes
    broken: Sequence[Broken]
    drained: bool
    taken_s: float

    @property
    def held(self) -> bool:
        """Nothing was broken, nothing failed, and there was something to look at."""
        return not self.broken and not self.notes.figures.errors and bool(self.notes.figures.states)


async def simulate(
    base_url: str,
    scenario: Scenario,
    logins: Sequence[Login],
    hours: Hours,
    show: Callable[[Row], None],
    *,
    alone: bool,
) -> Outcome:
    """Run the scenario to its end; one login an officer.

    Whoever holds ``hours`` can end it: ``CLOSING`` lets nobody in any more and brings everybody to an end,
    ``OVER`` ends it at once. ``alone``: nobody else uses the server. Cancelling it closes every client.
    """
    notes = Notes()
    started_ms = now_ms()

    def taken_s() -> float:
        return (now_ms() - started_ms) / 1_000

    async with asyncio.TaskGroup() as group:
        ticker = group.create_task(_tick(lambda: show(row(notes.figures, taken_s()))))
        officers = [
            group.create_task(Officer(shift, login, scenario.patience_ms, base_url, hours, notes).work())
            for shift, login in zip(shifts(scenario), logins, strict=True)
        ]
        guests = group.create_task(_guests(visits(scenario), base_url, hours, notes))
        drained = await _whole_day(guests, officers, hours, scenario.longest_ms / 1_000)
        ticker.cancel()
    show(row(notes.figures, taken_s()))
    drained = drained and not notes.overflowed
    broken = check(Judged(notes.events, drained=drained, alone=alone))
    return Outcome(notes, broken, drained, taken_s())


async def _whole_day(
    guests: asyncio.Task[None], officers: Sequence[asyncio.Task[None]], hours: Hours, longest_s: float
) -> bool:
    """Everybody's way out, each part bounded; whether nobody was sent away before the time was up.

    A hall in which no officer works any more closes: nobody would be called.
    """
    await _until(_first([guests], officers), hours, Phase.CLOSING, longest_s)
    hours.move_to(Phase.CLOSING)
    await _until(_ended([guests, *officers]), hours, Phase.OVER, DRAIN_S)
    sent_away = hours.phase is Phase.OVER
    hours.move_to(Phase.OVER)
    _, staying = await asyncio.wait([guests, *officers], timeout=LAST_LOOK_S)
    for task in staying:
        task.cancel()
    return not sent_away


async def _until(end: Coroutine[Any, Any, None], hours: Hours, phase: Phase, within_s: float) -> None:
    """Until that end came, the phase is reached, or the time is up."""
    ended = asyncio.create_task(end)
    clock = asyncio.create_task(_sleep(hours, within_s, phase))
    await asyncio.wait([ended, clock], return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    clock.cancel()


async def _ended(tasks: Sequence[asyncio.Task[None]]) -> None:
    # Does not cancel them, nor raise what they raise, which the task group does.
    await asyncio.wait(tasks)


async def _first(*groups: Sequence[asyncio.Task[None]]) -> None:
    """Until all the tasks of one group ended."""
    ends = [asyncio.create_task(_ended(group)) for group in groups if group]
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for end in ends:
            end.cancel()


async def _sleep(hours: Hours, duration_s: float, phase: Phase) -> None:
    await hours.sleep(duration_s, until=phase)


async def _guests(planned: Sequence[Visit], base_url: str, hours: Hours, notes: Notes) -> None:
    started_ms = now_ms()
    async with asyncio.TaskGroup() as group:
        for visit in planned:
            left_ms = visit.arrives_ms - (now_ms() - started_ms)
            if not await hours.sleep(max(0.0, left_ms / 1_000)):
                return
            group.create_task(Taxpayer(visit, base_url, hours, notes).attend())


async def _tick(show: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(ROW_S)
        show()
