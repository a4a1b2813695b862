"""How long somebody will wait, honestly: a range from how long services took lately and who is at work. Pure.

An officer who serves a line takes the next one of it after every service: with ``c`` officers who take ``m``
on average, somebody leaves the line about every ``m / c``, and the time until ``n`` have left spreads with
``√n`` around ``n · m / c``. Officers who serve other lines too may be busy there, so that they count in whole
for the lower end of the range and by their share for the upper one. With too little to go on nothing is said.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

SAMPLES_MIN: Final = 5
"""Services to go on; with fewer nothing is estimated."""
SAMPLES_MAX: Final = 50
"""The latest ones count: how long services take changes over the day."""
Z: Final = 1.28
"""Four of five waits end inside the range, if services are as they were."""


MEAN_ERRORS: Final = 0.5
"""How many standard errors of the mean the range is wider by for each person ahead: it is the mean of a few
services, and wrong for everybody ahead in the same direction.
"""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a line moves: the time from one who leaves it to the next.

    `soonest_ms` where every officer serves this line alone, `latest_ms` where each of their lines gets its
    share; `spread_ms` is the standard deviation of one such time.
    """

    soonest_ms: int
    latest_ms: int
    spread_ms: int


@dataclass(frozen=True, slots=True)
class Wait:
    """A range; `low_ms` ≤ `high_ms`."""

    low_ms: int
    high_ms: int


def pace(services_ms: Sequence[int], lines_of_officers: Sequence[int]) -> Pace | None:
    """The pace of a line.

    `services_ms`: the time that each of the latest tickets of the line took its officer, from the call until
    the officer was free again, the newest last. `lines_of_officers`: for each officer at work who serves the
    line, how many lines that officer serves (at least 1).
    """
    latest = services_ms[-SAMPLES_MAX:]
    if len(latest) < SAMPLES_MIN or not lines_of_officers:
        return None
    mean_ms = sum(latest) / len(latest)
    variance = sum((one - mean_ms) ** 2 for one in latest) / (len(latest) - 1)
    doubt_ms = MEAN_ERRORS * math.sqrt(variance / len(latest))
    officers, shares = len(lines_of_officers), sum(1 / lines for lines in lines_of_officers)
    return Pace(
        soonest_ms=round(max(0.0, mean_ms - doubt_ms) / officers),
        latest_ms=round((mean_ms + doubt_ms) / shares),
        spread_ms=round(math.sqrt(variance) / shares),
    )


def wait(pace: Pace, ahead: int) -> Wait:
    """The wait of somebody with so many people ahead (0: next). Pages compute the same from the same pace."""
    low_ms = ahead * pace.soonest_ms - Z * pace.spread_ms * math.sqrt(ahead)
    high_ms = (ahead + 1) * pace.latest_ms + Z * pace.spread_ms * math.sqrt(ahead + 1)
    return Wait(max(0, round(low_ms)), round(high_ms))
