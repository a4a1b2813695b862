"""What a generator tells each second, and how those of several are put together. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from loadtests.figures import TIMES, Figures, Row, quantile
from loadtests.media.ends import NO_MEDIA, Standing
from queueing.states import TicketState

COUNTS = (
    "started",
    "waiting",
    "called",
    "serving",
    "done",
    "abandoned",
    "errors",
    "disturbed",
    "packets_sent",
    "packets_received",
    "video",
    "counts",
)


@dataclass(frozen=True, slots=True)
class Pulse:
    """``at_s``: of the run. ``counts``: as they stand then, by the names of ``COUNTS``; ``times``: those of
    ``TIMES`` that came since the pulse before.
    """

    at_s: int
    counts: Mapping[str, int]
    times: Mapping[str, Sequence[float]]


class Pulser:
    """Of one generator; looks at its figures once a second."""

    def __init__(self) -> None:
        self._told = dict.fromkeys(TIMES, 0)

    def pulse(self, figures: Figures, at_s: float, media: Standing = NO_MEDIA) -> Pulse:
        """``media``: of the calls that are not over yet."""
        times: dict[str, Sequence[float]] = {}
        for name in TIMES:
            values = getattr(figures, f"{name}_ms")
            times[name] = [round(value, 1) for value in values[self._told[name] :]]
            self._told[name] = len(values)
        counts = {
            "started": figures.started,
            "waiting": figures.count(TicketState.WAITING),
            "called": figures.count(TicketState.CALLED),
            "serving": figures.count(TicketState.SERVING),
            "done": figures.count(TicketState.FINISHED),
            "abandoned": len(figures.abandoned),
            "errors": figures.errors.total(),
            "disturbed": figures.disturbed.total(),
            "packets_sent": figures.packets_sent + media.sent,
            "packets_received": figures.packets_received + media.received,
            "video": media.sides,
            "counts": figures.counts,
        }
        return Pulse(round(at_s), counts, times)


@dataclass(slots=True)
class Pulses:
    """Those of all generators of a run, as they come."""

    taken: list[list[Pulse]] = field(default_factory=list)
    _times: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in TIMES})

    def add(self, generator: int, pulse: Pulse) -> None:
        while len(self.taken) <= generator:
            self.taken.append([])
        self.taken[generator].append(pulse)
        for name, values in pulse.times.items():
            self._times[name] += values

    def row(self) -> Row:
        """The newest of all, added up; the times since the beginning."""
        newest = [pulses[-1] for pulses in self.taken if pulses]
        counts = summed(pulse.counts for pulse in newest)
        issue, call = self._times["issue"], self._times["call_to_page"]
        return Row(
            max((pulse.at_s for pulse in newest), default=0),
            counts["started"],
            counts["waiting"],
            counts["called"],
            counts["serving"],
            counts["video"],
            counts["done"],
            counts["abandoned"],
            counts["errors"],
            quantile(issue, 0.5),
            quantile(issue, 0.95),
            quantile(call, 0.5),
            quantile(call, 0.95),
        )

    def joined(self) -> list[Pulse]:
        """One pulse a second: counts added up, times put together."""
        by_second: dict[int, list[Pulse]] = {}
        found: list[Pulse] = []
        for pulses in self.taken:
            for pulse in pulses:
                by_second.setdefault(pulse.at_s, []).append(pulse)
        cursors = [0] * len(self.taken)
        for at_s in sorted(by_second):
            standing: list[Pulse] = []
            for generator, pulses in enumerate(self.taken):
                while cursors[generator] + 1 < len(pulses) and pulses[cursors[generator] + 1].at_s <= at_s:
                    cursors[generator] += 1
                if pulses and pulses[cursors[generator]].at_s <= at_s:
                    standing.append(pulses[cursors[generator]])
            times = {
                name: [value for pulse in by_second[at_s] for value in pulse.times.get(name, ())]
                for name in TIMES
            }
            found.append(Pulse(at_s, summed(pulse.counts for pulse in standing), times))
        return found


def summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total = dict.fromkeys(COUNTS, 0)
    for one in counts:
        for name in COUNTS:
            total[name] += one.get(name, 0)
    return total
