"""How good a leg's connection is: figures of some seconds, what they come to, what is kept of a call. Pure.

The relay is transparent: a loss is seen where the packets arrive, so that of one leg's `up` is that of the
other's `down`, wherever on the way it was. The round trip is that between the relay and the leg.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from types import MappingProxyType


class Flaw(StrEnum):
    """What is wrong with a connection, the worst of it."""

    LOSS_DOWN = "loss_down"
    """The leg misses what the other one sends."""
    LOSS_UP = "loss_up"
    """The other leg misses what this one sends."""
    FREEZES = "freezes"
    """The other's picture stands still on the leg's page."""
    DELAY = "delay"
    JITTER = "jitter"


@dataclass(frozen=True, slots=True)
class Figures:
    """One leg over some seconds; None: not known. `up`: what it sends, `down`: what it receives.

    Rates of sound and picture with their retransmissions in kbit/s, losses and the time that the picture
    stood still in thousandths, times in milliseconds.
    """

    kbits_up: int | None = None
    kbits_down: int | None = None
    loss_up_permille: int | None = None
    loss_down_permille: int | None = None
    jitter_up_ms: int | None = None
    jitter_down_ms: int | None = None
    round_trip_ms: int | None = None
    frozen_permille: int | None = None

    def __post_init__(self) -> None:
        for name, value in self.known().items():
            if value < 0:
                raise ValueError(f"{name} {value} is negative")

    def over(self, other: "Figures") -> "Figures":
        """These, and the other's where these are not known."""
        own, others = self.known(), other.known()
        return Figures(**{**others, **own})

    def known(self) -> dict[str, int]:
        """Those that are, by their names."""
        return {name: value for name in FIGURES if (value := getattr(self, name)) is not None}


FIGURES = tuple(one.name for one in fields(Figures))
NO_FIGURES = Figures()

POOR, FAIR, GOOD = 1, 2, 3
LEVELS = ("unknown", "poor", "fair", "good")
"""The names of the levels."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """From where on a figure makes a connection fair, and poor."""

    flaw: Flaw
    fair: int
    poor: int


BOUNDS: Mapping[str, Bounds] = MappingProxyType(
    {
        "loss_down_permille": Bounds(Flaw.LOSS_DOWN, 25, 80),
        "loss_up_permille": Bounds(Flaw.LOSS_UP, 25, 80),
        "frozen_permille": Bounds(Flaw.FREEZES, 30, 150),
        "round_trip_ms": Bounds(Flaw.DELAY, 250, 600),
        "jitter_down_ms": Bounds(Flaw.JITTER, 60, 150),
        "jitter_up_ms": Bounds(Flaw.JITTER, 60, 150),
    }
)
"""The table of docs/MEDIA.md. Rates are not judged: a still picture and silence need little."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What figures come to: 0 unknown, 1 poor, 2 fair, 3 good; `flaw`: what is to be told below good."""

    level: int
    flaw: Flaw | None
    figures: Figures


UNKNOWN_QUALITY = Quality(0, None, NO_FIGURES)


def quality_of(figures: Figures) -> Quality:
    """The worst figure decides; of two that are as bad, the one that is first in `BOUNDS`."""
    level, flaw, known = 0, None, figures.known()
    for name, bounds in BOUNDS.items():
        if name not in known:
            continue
        value = known[name]
        found = POOR if value >= bounds.poor else FAIR if value >= bounds.fair else GOOD
        if level == 0 or found < level:
            level, flaw = found, bounds.flaw if found < GOOD else None
    return Quality(level, flaw, figures)


@dataclass(frozen=True, slots=True)
class Spread:
    """One figure over a whole call."""

    figure: str
    least: int
    mean: int
    most: int


@dataclass(frozen=True, slots=True)
class LegQuality:
    """One leg over a whole call: how often it was found poor, fair and good, and its figures."""

    leg: str
    poor: int
    fair: int
    good: int
    spreads: tuple[Spread, ...]


class Summing:
    """What a call's figures come to, one leg."""

    def __init__(self) -> None:
        self._levels = [0, 0, 0, 0]
        self._seen: dict[str, tuple[int, int, int, int]] = {}

    def add(self, quality: Quality) -> None:
        self._levels[quality.level] += 1
        for name, value in quality.figures.known().items():
            count, total, least, most = self._seen.get(name, (0, 0, value, value))
            self._seen[name] = count + 1, total + value, min(least, value), max(most, value)

    def of(self, leg: str) -> LegQuality:
        _, poor, fair, good = self._levels
        spreads = [
            Spread(name, least, round(total / count), most)
            for name, (count, total, least, most) in self._seen.items()
        ]
        return LegQuality(leg, poor, fair, good, tuple(spreads))

    @property
    def is_empty(self) -> bool:
        return not self._seen


def same_in_words(first: Quality, second: Quality) -> bool:
    """Whether a page would say the same of both, but for the numbers."""
    return (first.level, first.flaw) == (second.level, second.flaw)
