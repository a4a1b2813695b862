"""A generator's part of a run against one server: arrivals, officers, the clock."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final

from loadtests.clients import ANSWER_S
from loadtests.ground import Ground
from loadtests.hours import Hours, Phase
from loadtests.logins import Login
from loadtests.media.prepared import prepared
from loadtests.notes import Notes, now_ms
from loadtests.officer import Officer
from loadtests.pulses import Pulse, Pulser
from loadtests.reviewer import Reviewer
from loadtests.scenario import Scenario, Shift, Visit, shifts, visits
from loadtests.taxpayer import Taxpayer
from loadtests.weather import Weather

DRAIN_S: Final = 30.0
"""After the closing: how long tickets in hand and deadlines may take until their end."""
SERVICES_S: Final = 3.0
"""So many mean services more: officers finish what they hold."""
LAST_LOOK_S: Final = 2 * ANSWER_S
ROW_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Part:
    """What one generator process does. ``camera_staff``: those of all parts, for whose calls media flow."""

    visits: Sequence[Visit]
    shifts: Sequence[tuple[Shift, Login]]
    reviewers: Sequence[Login]
    patience_ms: int
    longest_ms: int
    drain_s: float
    camera_staff: frozenset[str]


@dataclass(frozen=True, slots=True)
class PartDone:
    """What came of a part. ``drained``: whether it had the time to bring every ticket to its end."""

    notes: Notes
    drained: bool
    taken_s: float


def parts(scenario: Scenario, logins: Sequence[Login], processes: int) -> list[Part]:
    """The scenario dealt out, a visit and a shift to each in turn; a login an officer, then one a reviewer.

    Raises ValueError where there are fewer logins.
    """
    if len(logins) < scenario.officers + scenario.reviewers:
        raise ValueError(f"{scenario.officers + scenario.reviewers} logins are needed")
    on_shift = list(zip(shifts(scenario), logins, strict=False))
    reviewing = logins[scenario.officers : scenario.officers + scenario.reviewers]
    cameras = frozenset(login.staff_number for shift, login in on_shift if shift.has_camera)
    planned = visits(scenario)
    drain_s = DRAIN_S + SERVICES_S * scenario.service_mean_ms / 1_000
    return [
        Part(
            planned[turn::processes],
            on_shift[turn::processes],
            reviewing[turn::processes],
            scenario.patience_ms,
            scenario.longest_ms,
            drain_s,
            cameras,
        )
        for turn in range(processes)
    ]


async def simulate(
    base_url: str, part: Part, hours: Hours, weather: Weather, show: Callable[[Pulse], None]
) -> PartDone:
    """Run the part to its end.

    Whoever holds ``hours`` can end it: ``CLOSING`` lets nobody in any more and brings everybody to an end,
    ``OVER`` ends it at once. Whoever kills a part of the server tells the ``weather`` before. Cancelling it
    closes every client.
    """
    notes = Notes()
    ground = Ground(base_url, hours, notes, weather, camera_staff=part.camera_staff)
    started_ms = now_ms()
    if part.camera_staff:
        prepared()

    pulser = Pulser()

    def taken_s() -> float:
        return (now_ms() - started_ms) / 1_000

    def tell() -> None:
        show(pulser.pulse(notes.figures, taken_s(), ground.pump.standing))

    async with asyncio.TaskGroup() as group:
        ticker = group.create_task(_tick(tell))
        pump = group.create_task(ground.pump.run())
        officers = [
            group.create_task(Officer(shift, login, part.patience_ms, ground).work())
            for shift, login in part.shifts
        ]
        reviewers = [group.create_task(Reviewer(login, ground).work()) for login in part.reviewers]
        guests = group.create_task(_guests(part.visits, ground))
        drained = await _whole_day(guests, officers, hours, part)
        for task in (ticker, pump, *reviewers):
            task.cancel()
    tell()
    return PartDone(notes, drained and not notes.overflowed, taken_s())


async def _whole_day(
    guests: asyncio.Task[None], officers: Sequence[asyncio.Task[None]], hours: Hours, part: Part
) -> bool:
    """Everybody's way out, each part bounded; whether nobody was sent away before the time was up.

    A hall in which no officer works any more closes: nobody would be called.
    """
    await _until(_first([guests], officers), hours, Phase.CLOSING, part.longest_ms / 1_000)
    hours.move_to(Phase.CLOSING)
    await _until(_ended([guests, *officers]), hours, Phase.OVER, part.drain_s)
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


async def _guests(planned: Sequence[Visit], ground: Ground) -> None:
    started_ms = now_ms()
    async with asyncio.TaskGroup() as group:
        for visit in planned:
            left_ms = visit.arrives_ms - (now_ms() - started_ms)
            if not await ground.hours.sleep(max(0.0, left_ms / 1_000)):
                return
            group.create_task(Taxpayer(visit, ground).attend())


async def _tick(show: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(ROW_S)
        show()
