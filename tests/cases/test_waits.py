"""How fast lines move: what counts as a service, what the records tell, and whether waits come true."""

import heapq
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import pytest
from sqlalchemy import func, select

from cases import schema
from cases.views.tickets import PaceView, WaitView
from cases.waits import Happened, Services, WaitBounds, Waits, shown_wait
from queueing import estimate
from queueing.errors import QueueUnavailable
from queueing.estimate import SAMPLES_MAX, SAMPLES_MIN
from queueing.states import Step
from queueing.ticket import Cause
from signaling import events
from tests.clients import eventually
from tests.product import CHEN, GENERAL, HALL, LIN, VEHICLE, House, OpenHouse

WRAP_UP_MS: Final = 100


class Hall:
    """Tells steps to the services of a hall."""

    def __init__(self) -> None:
        self.services = Services(WRAP_UP_MS)
        self.version = 0

    def step(
        self,
        step: Step,
        at_ms: int,
        ticket_id: str = "t",
        *,
        line_id: str = "a",
        officer_id: str | None = "o",
        cause: Cause = Cause.OFFICER,
        arrived_ms: int = 0,
    ) -> None:
        self.version += 1
        self.services.take(
            Happened(self.version, at_ms, step, cause, ticket_id, line_id, officer_id, arrived_ms)
        )


@pytest.fixture
def hall() -> Hall:
    return Hall()


@pytest.mark.parametrize("release", [Step.FINISH, Step.ABANDON, Step.REQUEUE, Step.TRANSFER])
def test_from_the_call_until_the_officer_is_free(hall: Hall, release: Step) -> None:
    hall.step(Step.CALL, 1_000)
    hall.step(Step.RECALL, 2_000)
    hall.step(Step.CONFIRM, 3_000)
    assert hall.services.of_line("a") == []
    # A transferred ticket is in the other line by then; the officer's time belongs to the line it came from.
    hall.step(release, 5_000, line_id="b" if release is Step.TRANSFER else "a", officer_id=None)
    assert hall.services.of_line("a") == [4_000]
    assert hall.services.of_line("b") == []


def test_what_was_on_hold_is_counted_in_hand_only(hall: Hall) -> None:
    hall.step(Step.CALL, 0)
    hall.step(Step.HOLD, 1_000)
    hall.step(Step.CALL, 1_500, "u")
    hall.step(Step.FINISH, 4_000, "u")
    hall.step(Step.RESUME, 4_000)
    hall.step(Step.HOLD, 4_200)
    hall.step(Step.REQUEUE, 9_000, cause=Cause.DEADLINE)
    assert hall.services.of_line("a") == [2_500, 1_200]


def test_what_a_lease_took_back_counts_for_nothing(hall: Hall) -> None:
    hall.step(Step.CALL, 0)
    hall.step(Step.REQUEUE, 60_000, cause=Cause.LEASE, officer_id=None)
    hall.step(Step.FINISH, 61_000)
    assert hall.services.of_line("a") == []


@pytest.mark.parametrize(
    ("next_call_ms", "arrived_ms", "wrap_up_ms"),
    [(1_030, 0, 30), (1_500, 0, WRAP_UP_MS), (1_500, 1_480, 20), (1_500, 1_500, 0), (1_000, 0, 0)],
)
def test_wrap_up_counts_while_somebody_waits(
    hall: Hall, next_call_ms: int, arrived_ms: int, wrap_up_ms: int
) -> None:
    hall.step(Step.CALL, 0)
    hall.step(Step.FINISH, 1_000)
    hall.step(Step.CALL, next_call_ms, "u", arrived_ms=arrived_ms)
    assert hall.services.of_line("a") == [1_000 + wrap_up_ms]
    hall.step(Step.ABANDON, next_call_ms + 10, "u")
    # Nothing is wrapped up after who did not come.
    hall.step(Step.CALL, next_call_ms + 50, "v")
    assert hall.services.of_line("a") == [1_000 + wrap_up_ms, 10]


def test_a_step_taken_twice_counts_once(hall: Hall) -> None:
    hall.step(Step.CALL, 0)
    hall.step(Step.FINISH, 1_000)
    for version in (1, 2):
        hall.services.take(Happened(version, 9, Step.CALL, Cause.OFFICER, "t", "a", "o", 0))
    hall.version = 2
    hall.step(Step.FINISH, 5_000)
    assert hall.services.of_line("a") == [1_000]


def test_the_latest_count(hall: Hall) -> None:
    for number in range(SAMPLES_MAX + 10):
        hall.step(Step.CALL, 0, f"t{number}", officer_id=f"o{number}")
        hall.step(Step.FINISH, number, f"t{number}", officer_id=f"o{number}")
    assert hall.services.of_line("a") == list(range(10, SAMPLES_MAX + 10))


def test_no_pace_and_nobody_waiting_have_no_estimate() -> None:
    pace = PaceView(1_000, 1_000, 0)
    assert shown_wait(None, 3) is None
    assert shown_wait(pace, None) is None
    assert shown_wait(pace, 3) == WaitView(3_000, 4_000)


@dataclass(slots=True)
class Simulated:
    """A hall with its own clock: officers serve one line, people come at random, a few do not show up."""

    officers: int
    mean_ms: int
    shape: float
    seed: int
    people: int = 400
    hall: Hall = field(default_factory=Hall)

    def run(self) -> list[tuple[WaitView, int]]:
        """What each was told at the arrival, and how long they then waited."""
        chance = random.Random(self.seed)
        # More come than can be served for a while, then fewer: the line grows and goes away again.
        came_ms = 0
        arrivals = []
        for number in range(self.people):
            load = 1.3 if number < self.people // 2 else 0.8
            came_ms += round(chance.expovariate(self.officers * load / self.mean_ms))
            arrivals.append(came_ms)
        free = [(0, f"o{number}") for number in range(self.officers)]
        called: list[int] = []
        told: list[tuple[WaitView, int]] = []
        serving: list[tuple[int, int, str, str, Step]] = []
        open_promises: list[tuple[int, WaitView, int]] = []
        for number, arrival_ms in enumerate(arrivals):
            # Everything that happened until then is known to the services.
            while serving and serving[0][0] <= arrival_ms:
                ended_ms, _, officer_id, ticket_id, step = heapq.heappop(serving)
                self.hall.step(step, ended_ms, ticket_id, officer_id=officer_id)
            ahead = sum(at_ms > arrival_ms for at_ms in called)
            pace = estimate.pace(self.hall.services.of_line("a"), [1] * self.officers)
            free_ms, officer_id = heapq.heappop(free)
            call_ms = max(free_ms, arrival_ms)
            if pace is not None and (ahead > 0 or free_ms > arrival_ms):
                view = shown_wait(PaceView(pace.soonest_ms, pace.latest_ms, pace.spread_ms), ahead)
                assert view is not None
                open_promises.append((number, view, call_ms - arrival_ms))
            called.append(call_ms)
            took_ms, step = self._service(chance)
            self.hall.step(Step.CALL, call_ms, f"t{number}", officer_id=officer_id, arrived_ms=arrival_ms)
            heapq.heappush(serving, (call_ms + took_ms, number, officer_id, f"t{number}", step))
            heapq.heappush(free, (call_ms + took_ms, officer_id))
        told += [(view, waited_ms) for _, view, waited_ms in open_promises]
        return told

    def _service(self, chance: random.Random) -> tuple[int, Step]:
        if chance.random() < 0.08:
            return 60_000, Step.ABANDON
        return round(chance.gammavariate(self.shape, self.mean_ms / self.shape)), Step.FINISH


def share_inside(told: Sequence[tuple[WaitView, int]]) -> float:
    return sum(view.low_ms <= waited_ms <= view.high_ms for view, waited_ms in told) / len(told)


@pytest.mark.parametrize("officers", [1, 3, 8])
@pytest.mark.parametrize("shape", [1.5, 4.0])
def test_three_of_four_waits_come_true_and_the_range_says_something(officers: int, shape: float) -> None:
    told: list[tuple[WaitView, int]] = []
    for seed in range(5):
        told += Simulated(officers, 300_000, shape, seed).run()
    assert len(told) > 1_000
    assert share_inside(told) >= 0.75
    # Not by saying "between now and tonight": half of the ranges are narrower than two thirds of their upper
    # end, or than one service where that is near.
    widths = sorted((view.high_ms - view.low_ms) / max(view.high_ms, 450_000) for view, _ in told)
    assert widths[len(widths) // 2] <= 2 / 3


async def serve_one(house: House, ticket_id: str) -> None:
    """Called and finished without a page."""
    queue, officer_id = house.product.queue, f"of-{ticket_id}"
    called = await queue.call_next(
        HALL, officer_id=officer_id, line_ids=[VEHICLE], request_id=f"r-{ticket_id}"
    )
    assert called is not None
    await queue.confirm(HALL, ticket_id, call_number=1)
    await queue.finish(HALL, ticket_id, officer_id=officer_id, call_number=1, outcome="completed")


async def refreshed(waits: Waits) -> PaceView | None:
    await waits.refresh(HALL)
    return waits.pace(HALL, VEHICLE)


async def recorded(house: House) -> int:
    """How many steps the records have."""
    async with house.product.database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(schema.ticket_steps)) or 0


async def issue(house: House, ticket_id: str, line_id: str = VEHICLE) -> None:
    await house.product.queue.issue(HALL, ticket_id, line_id=line_id, letter="A", day="20261123")


@pytest.mark.feature("S20")
async def test_a_taxpayer_is_told_a_wait_once_there_is_enough_to_go_on(house: House) -> None:
    waits = house.product.waits
    for number in range(SAMPLES_MIN):
        await issue(house, f"s{number}")
        await serve_one(house, f"s{number}")
    client, page = await house.taxpayer(CHEN)
    assert (await client.take("t1", VEHICLE)).wait is None  # nobody is at work
    _, desk = await house.officer(LIN, VEHICLE)
    await waits.refresh(HALL)

    async def told() -> WaitView | None:
        return (await client.watch(page, "t1")).wait

    wait = await eventually(told, lambda found: found is not None)
    assert wait is not None
    assert 0 <= wait.low_ms <= wait.high_ms
    assert waits.pace(HALL, GENERAL) is None  # no services, and nobody serves it
    assert waits.pace("elsewhere", VEHICLE) is None
    await desk.call(events.QUEUE_CALL_ONE, request_id="r", ticket_id="t1")
    assert (await client.watch(page, "t1")).wait is None  # it does not wait
    assert (await client.watch(page, "t1")).called_at_ms is not None


async def test_the_records_tell_the_services_of_before_the_start(house: House) -> None:
    for number in range(SAMPLES_MIN + 1):
        await issue(house, f"s{number}")
        await serve_one(house, f"s{number}")
    product = house.product
    await product.queue.beat(HALL, {"o": [VEHICLE]})

    async def looked_back() -> PaceView | None:
        fresh = Waits(product.database, product.queue, product.clock, wrap_up_ms=0, bounds=WaitBounds())
        await fresh.fill(HALL)
        await fresh.refresh(HALL)
        return fresh.pace(HALL, VEHICLE)

    found = await eventually(looked_back, lambda pace: pace is not None)
    assert found is not None
    assert 0 <= found.soonest_ms <= found.latest_ms
    # What is older than that does not count.
    house.clock.ahead_ms += 5 * 3_600_000
    assert await looked_back() is None


async def test_the_look_at_the_records_is_bounded(house: House) -> None:
    for number in range(SAMPLES_MIN + 1):
        await issue(house, f"s{number}")
        await serve_one(house, f"s{number}")
    product = house.product
    await product.queue.beat(HALL, {"o": [VEHICLE]})
    few = Waits(product.database, product.queue, product.clock, wrap_up_ms=0, bounds=WaitBounds(past_steps=4))
    await few.fill(HALL)
    await few.refresh(HALL)
    assert few.pace(HALL, VEHICLE) is None


async def test_a_ticket_that_was_transferred_is_left_out_of_the_look_back(house: House) -> None:
    for number in range(SAMPLES_MIN - 1):
        await issue(house, f"s{number}")
        await serve_one(house, f"s{number}")
    product = house.product
    await issue(house, "moved")
    await product.queue.call_next(HALL, officer_id="o", line_ids=[VEHICLE], request_id="r1")
    await product.queue.transfer(
        HALL, "moved", officer_id="o", request_id="r2", call_number=1, line_id=GENERAL
    )
    await product.queue.beat(HALL, {"o": [VEHICLE]})
    # The journal tells the line that it left, the records do not.
    await eventually(lambda: refreshed(product.waits), lambda pace: pace is not None)
    version = await house.version()
    await eventually(lambda: recorded(house), lambda steps: steps == version)
    fresh = Waits(product.database, product.queue, product.clock, wrap_up_ms=0, bounds=WaitBounds())
    await fresh.fill(HALL)
    assert await refreshed(fresh) is None


async def test_away_means_that_nothing_is_estimated(open_house: OpenHouse) -> None:
    async with open_house() as house:
        for number in range(SAMPLES_MIN):
            await issue(house, f"s{number}")
            await serve_one(house, f"s{number}")
        product = house.product
        await product.queue.beat(HALL, {"o": [VEHICLE]})
        await eventually(lambda: refreshed(product.waits), lambda pace: pace is not None)
        # Redis takes nothing for a while.
        await product.link.redis.hset(f"q:{{{HALL}}}:m", "frozen", "somebody:0")
        with pytest.raises(QueueUnavailable):
            await product.waits.refresh(HALL)
        assert product.waits.pace(HALL, VEHICLE) is None
