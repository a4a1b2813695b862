"""When people come: a rate that changes over the run, or the times of a real day. Pure but for
``read_day``.
"""

import csv
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Curve:
    """Mean arrivals a second at moments of the run, straight in between; before the first moment nobody
    comes, after the last one it stays as it was.

    ``points``: second and rate, the seconds ascending. Raises ValueError for others.
    """

    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if not self.points:
            raise ValueError("arrivals: a curve has at least one point")
        if any(at_s < 0 or rate < 0 for at_s, rate in self.points):
            raise ValueError("arrivals: seconds and rates have to be at least 0")
        if any(after[0] < before[0] for before, after in pairwise(self.points)):
            raise ValueError("arrivals: the seconds of a curve have to ascend")
        if self.points[-1][1] == 0 and all(rate == 0 for _, rate in self.points):
            raise ValueError("arrivals: nobody would ever come")

    @property
    def highest(self) -> float:
        return max(rate for _, rate in self.points)

    def rate(self, at_s: float) -> float:
        if at_s < self.points[0][0]:
            return 0.0
        for before, after in pairwise(self.points):
            if before[0] <= at_s < after[0]:
                share = (at_s - before[0]) / (after[0] - before[0])
                return before[1] + share * (after[1] - before[1])
        return self.points[-1][1]


def poisson_s(curve: Curve, rng: random.Random, longest_s: float) -> Iterator[float]:
    """Arrivals of a Poisson process of that rate (thinning: Lewis and Shedler, 1979)."""
    at_s = 0.0
    while True:
        at_s += rng.expovariate(curve.highest)
        if at_s >= longest_s:
            return
        if rng.random() * curve.highest < curve.rate(at_s):
            yield at_s


def read_day(file: Path) -> tuple[float, ...]:
    """Seconds after the first arrival, ascending, of a CSV with a head and a column ``at``: times as ISO 8601
    has them, or seconds.

    Raises ValueError, naming file and line, and OSError.
    """
    found: list[float] = []
    with file.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        if "at" not in (reader.fieldnames or ()):
            raise ValueError(f"{file}: a column `at` is needed")
        for row in reader:
            try:
                found.append(_second(row["at"]))
            except (ValueError, TypeError) as error:
                raise ValueError(f"{file}: line {reader.line_num}: `at` is no time") from error
    if not found:
        raise ValueError(f"{file}: nobody comes")
    first = min(found)
    return tuple(sorted(at_s - first for at_s in found))


def _second(said: str) -> float:
    try:
        return float(said)
    except ValueError:
        return datetime.fromisoformat(said.strip()).timestamp()


def compressed_s(day_s: Sequence[float], into_s: float) -> tuple[float, ...]:
    """The same arrivals, squeezed or stretched so that the last one comes just before ``into_s``."""
    last = day_s[-1]
    factor = into_s * 0.999 / last if last else 0.0
    return tuple(at_s * factor for at_s in day_s)
