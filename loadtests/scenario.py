"""What is to happen in a run, decided before it begins. Pure: one seed gives one plan."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

from loadtests.people import Person, person_of

# Nobody thinks or is served longer than so many times the mean: bounds the end of a run.
LONGEST_IN_MEANS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """One hall with consult tickets, without media.

    ``rate_per_s``: mean arrivals of a Poisson process, for ``longest_ms`` at most. ``no_show``: share of the
    taxpayers who do not answer their call. ``think_mean_ms``, ``service_mean_ms``: means of exponential
    times. ``patience_ms``: an officer gives a call up that was not confirmed for so long.
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

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "no_show":
                if not 0 <= value <= 1:
                    raise ValueError("no_show has to be between 0 and 1")
            elif field.name == "seed":
                if value < 0:
                    raise ValueError("seed has to be at least 0")
            elif value <= 0:
                raise ValueError(f"{field.name} has to be more than 0")


@dataclass(frozen=True, slots=True)
class Visit:
    """One taxpayer's part. ``line_draw`` in [0, 1) chooses among the lines there are."""

    turn: int
    person: Person
    arrives_ms: int
    line_draw: float
    answers: bool
    think_ms: int


@dataclass(frozen=True, slots=True)
class Shift:
    """One officer's part: how long each ticket takes, one after the other, for ever."""

    turn: int
    seed: int
    service_mean_ms: int

    def services_ms(self) -> Iterator[int]:
        rng = random.Random(self.seed)
        while True:
            yield bounded_exponential_ms(rng, self.service_mean_ms)


def visits(scenario: Scenario) -> tuple[Visit, ...]:
    """All of them in the order of their arrival; what lies beyond ``longest_ms`` is left out."""
    rng = random.Random(scenario.seed)
    planned: list[Visit] = []
    arrives_ms = 0.0
    for turn in range(scenario.taxpayers):
        arrives_ms += rng.expovariate(scenario.rate_per_s) * 1_000
        visit = Visit(
            turn,
            person_of(scenario.seed, turn),
            round(arrives_ms),
            rng.random(),
            rng.random() >= scenario.no_show,
            bounded_exponential_ms(rng, scenario.think_mean_ms),
        )
        if visit.arrives_ms < scenario.longest_ms:
            planned.append(visit)
    return tuple(planned)


def shifts(scenario: Scenario) -> tuple[Shift, ...]:
    return tuple(
        Shift(turn, scenario.seed * 10_007 + turn + 1, scenario.service_mean_ms)
        for turn in range(scenario.officers)
    )


def bounded_exponential_ms(rng: random.Random, mean_ms: int) -> int:
    return round(min(rng.expovariate(1.0) * mean_ms, LONGEST_IN_MEANS * mean_ms))
