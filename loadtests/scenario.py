"""What is to happen in a run, decided before it begins. Pure: one seed gives one plan."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Final

from loadtests.arrivals import Curve, compressed_s, poisson_s
from loadtests.people import Person, person_of

# Nobody thinks or is served longer than so many times the mean: bounds the end of a run.
LONGEST_IN_MEANS: Final = 5.0
SHARES: Final = frozenset(
    {
        "no_show",
        "late",
        "leave",
        "reactivate",
        "reload",
        "drop",
        "hang_up",
        "assist",
        "talk",
        "picture",
        "payment",
    }
)
FROM_ZERO: Final = frozenset({"seed", "reviewers", "cameras"})


@dataclass(frozen=True, slots=True)
class Scenario:
    """One hall.

    ``rate_per_s``: mean arrivals of a Poisson process, for ``longest_ms`` at most; ``curve``: its rate over
    the run instead; ``day_s``: the arrivals of a real day instead, squeezed into ``longest_ms``.
    ``think_mean_ms``, ``service_mean_ms``, ``leave_mean_ms``: means of exponential times. ``patience_ms``: an
    officer gives a call up that was not confirmed for so long.

    Shares of the taxpayers: ``no_show`` do not answer their call, ``late`` answer when it is over, ``leave``
    have no more patience after a while and cancel, ``reactivate`` of those whose call was given up take their
    place back (and answer then); ``reload`` load their page anew, ``drop`` lose their network for
    ``drop_ms``; ``hang_up`` end their video, which the officer opens again; ``assist`` come with a whole
    case: guidance, form, booking, review, ticket; ``talk`` write and are answered, ``picture`` of those with
    a picture; ``payment`` of the whole cases are asked for a payment. Who has a whole case is never one of
    ``no_show`` or ``late``. ``reviewers``: officers who approve
    forms. ``cameras``: officers whose calls have media, and so the most calls at once with media.
    ``line_id``: the one line of all consults; none: any.
    Raises ValueError, naming the field, for a value that is out of its range.
    """

    taxpayers: int = 50
    officers: int = 2
    rate_per_s: float = 5.0
    no_show: float = 0.1
    think_mean_ms: int = 1_000
    service_mean_ms: int = 3_000
    patience_ms: int = 6_000
    longest_ms: int = 300_000
    seed: int = 1
    curve: Curve | None = None
    day_s: tuple[float, ...] = ()
    late: float = 0.0
    leave: float = 0.0
    leave_mean_ms: int = 60_000
    reactivate: float = 0.0
    reload: float = 0.0
    drop: float = 0.0
    drop_ms: int = 2_000
    hang_up: float = 0.0
    assist: float = 0.0
    talk: float = 0.0
    picture: float = 0.5
    payment: float = 0.5
    reviewers: int = 0
    cameras: int = 0
    line_id: str | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int | float):
                continue
            if field.name in SHARES:
                if not 0 <= value <= 1:
                    raise ValueError(f"{field.name} has to be between 0 and 1")
            elif field.name in FROM_ZERO:
                if value < 0:
                    raise ValueError(f"{field.name} has to be at least 0")
            elif value <= 0:
                raise ValueError(f"{field.name} has to be more than 0")
        if self.assist and not self.reviewers:
            raise ValueError("reviewers has to be more than 0 where cases are to be reviewed")
        if self.cameras > self.officers:
            raise ValueError("cameras has to be at most officers")


@dataclass(frozen=True, slots=True)
class Visit:
    """One taxpayer's part. ``line_draw`` in [0, 1) chooses among the lines there are.

    Times that are none do not happen: ``leaves_ms``, ``reloads_ms``, ``drops_ms`` after the ticket was taken.
    ``messages``: how many are written in service, ``pictures`` of them with a picture; ``listens``: what is
    said is looked at, also where nothing is written.
    """

    turn: int
    person: Person
    arrives_ms: int
    line_draw: float
    answers: bool
    think_ms: int
    is_late: bool = False
    reactivates: bool = False
    leaves_ms: int | None = None
    reloads_ms: int | None = None
    drops_ms: int | None = None
    drop_ms: int = 0
    hangs_up: bool = False
    has_case: bool = False
    messages: int = 0
    pictures: int = 0
    listens: bool = False
    line_id: str | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """One officer's part: how long each ticket takes, and what is done in it, one after the other, for ever.

    ``has_camera``: the calls have media.
    """

    turn: int
    seed: int
    service_mean_ms: int
    talk: float = 0.0
    payment: float = 0.0
    has_camera: bool = False

    def services(self) -> Iterator["Service"]:
        rng = random.Random(self.seed)
        while True:
            duration_ms = bounded_exponential_ms(rng, self.service_mean_ms)
            messages = rng.randint(1, 3) if rng.random() < self.talk else 0
            yield Service(duration_ms, messages, rng.random() < self.payment)


@dataclass(frozen=True, slots=True)
class Service:
    """What an officer does for one ticket. ``asks_payment``: where it is a whole case."""

    duration_ms: int
    messages: int
    asks_payment: bool


def visits(scenario: Scenario) -> tuple[Visit, ...]:
    """All of them in the order of their arrival; what lies beyond ``longest_ms`` is left out."""
    rng = random.Random(scenario.seed)
    # Of its own, so that a share more changes nobody's arrival.
    faults = random.Random(scenario.seed * 7_919 + 1)
    arrivals = iter(_arrivals_ms(scenario, rng))
    planned: list[Visit] = []
    for turn, arrives_ms in zip(range(scenario.taxpayers), arrivals, strict=False):
        planned.append(_visit(scenario, turn, arrives_ms, rng, faults))
    return tuple(planned)


def _visit(
    scenario: Scenario, turn: int, arrives_ms: int, rng: random.Random, faults: random.Random
) -> Visit:
    line_draw, answers = rng.random(), rng.random() >= scenario.no_show
    think_ms = bounded_exponential_ms(rng, scenario.think_mean_ms)

    def happens(share: float) -> bool:
        return faults.random() < share

    is_late, reactivates = happens(scenario.late), happens(scenario.reactivate)
    has_case = faults.random() < scenario.assist
    messages = faults.randint(1, 4) if happens(scenario.talk) else 0
    has_picture = happens(scenario.picture)
    return Visit(
        turn,
        person_of(scenario.seed, turn),
        arrives_ms,
        line_draw,
        # A ticket that is called before its booked time is not given up until then: its taxpayer comes.
        answers or has_case,
        think_ms,
        is_late=is_late and not has_case,
        reactivates=reactivates,
        leaves_ms=_sometime(faults, scenario.leave, scenario.leave_mean_ms),
        reloads_ms=_sometime(faults, scenario.reload, scenario.service_mean_ms * 2),
        drops_ms=_sometime(faults, scenario.drop, scenario.service_mean_ms * 2),
        drop_ms=scenario.drop_ms,
        hangs_up=happens(scenario.hang_up),
        has_case=has_case,
        messages=messages,
        pictures=1 if messages and has_picture else 0,
        listens=scenario.talk > 0,
        line_id=scenario.line_id,
    )


def _sometime(rng: random.Random, share: float, mean_ms: int) -> int | None:
    """Draws both, so that other shares leave the others' times as they are."""
    draw, after_ms = rng.random(), bounded_exponential_ms(rng, mean_ms)
    return after_ms if draw < share else None


def _arrivals_ms(scenario: Scenario, rng: random.Random) -> Iterator[int]:
    longest_s = scenario.longest_ms / 1_000
    if scenario.day_s:
        yield from _in_ms(compressed_s(scenario.day_s, longest_s))
    else:
        curve = scenario.curve or Curve(((0.0, scenario.rate_per_s),))
        # Arrivals have their own numbers: those of the visits come from the other one in between.
        own = random.Random(rng.random())
        yield from _in_ms(poisson_s(curve, own, longest_s))


def _in_ms(seconds: Sequence[float] | Iterator[float]) -> Iterator[int]:
    return (int(at_s * 1_000) for at_s in seconds)


def shifts(scenario: Scenario) -> tuple[Shift, ...]:
    return tuple(
        Shift(
            turn,
            scenario.seed * 10_007 + turn + 1,
            scenario.service_mean_ms,
            scenario.talk,
            scenario.payment,
            has_camera=turn < scenario.cameras,
        )
        for turn in range(scenario.officers)
    )


def bounded_exponential_ms(rng: random.Random, mean_ms: int) -> int:
    return round(min(rng.expovariate(1.0) * mean_ms, LONGEST_IN_MEANS * mean_ms))
