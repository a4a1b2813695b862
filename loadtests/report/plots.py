"""Which charts a result has: read from what a run writes as JSON. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from loadtests.figures import quantile
from loadtests.report.charts import Chart, Mark, Series

BIN_S: Final = 5
"""Times are told over so many seconds."""
MEBIBYTE: Final = 1024 * 1024
TIMES: Final = {
    "wait": ("From the ticket to its first call", "s", 1_000),
    "issue": ("Taking a ticket", "ms", 1),
    "call_to_page": ("From the officer's key to the ringing page", "ms", 1),
    "case": ("From the first question to the form that is handed in", "s", 1_000),
    "message": ("A message, until the other side is shown it", "ms", 1),
    "setup": ("Call set-up: answer, ICE, DTLS", "ms", 1),
    "first_frame": ("From joining a call to the first picture", "ms", 1),
}


def charts_of(details: Mapping[str, Any]) -> list[Chart]:
    """Those for which the run has something, in their order."""
    pulses: Sequence[Mapping[str, Any]] = details.get("by_second", ())
    samples: Sequence[Mapping[str, Any]] = details.get("samples", ())
    found = [
        Chart(
            "In the hall",
            "people",
            [_count(pulses, name) for name in ("waiting", "called", "serving", "video")],
        ),
        Chart("Came and went", "people", [_count(pulses, name) for name in ("started", "done", "abandoned")]),
        Chart("Positions counted by pages", "a second", [_rate(pulses, "counts", "positions")]),
        *(
            Chart(title, unit, _quantiles(pulses, name, factor))
            for name, (title, unit, factor) in TIMES.items()
        ),
        Chart("Went wrong", "so far", [_count(pulses, name) for name in ("errors", "disturbed")]),
        Chart(
            "Media packets",
            "a second",
            [_rate(pulses, f"packets_{name}", name) for name in ("sent", "received")],
        ),
        Chart("Sent, and not received", "media packets of a thousand", [_loss(pulses)]),
        Chart("Processor", "cores", _processes(samples, "cores", 1)),
        Chart("Memory", "MiB", _processes(samples, "memory_bytes", MEBIBYTE)),
    ]
    return [chart for chart in found if any(one.points for one in chart.series)]


def marks_of(details: Mapping[str, Any]) -> list[Mark]:
    return [Mark(one["at_s"], f"✕ {one['process']}") for one in details.get("killed", ())]


def _count(pulses: Sequence[Mapping[str, Any]], name: str) -> Series:
    return Series(name, [(pulse["at_s"], pulse["counts"].get(name, 0)) for pulse in pulses])


def _rate(pulses: Sequence[Mapping[str, Any]], name: str, said: str) -> Series:
    """What was added over the bins, a second; nothing where nothing was in the whole run."""
    points: list[tuple[float, float | None]] = []
    if pulses and pulses[-1]["counts"].get(name, 0):
        for before, after in pairwise(pulses[::BIN_S]):
            apart_s = after["at_s"] - before["at_s"]
            added = after["counts"].get(name, 0) - before["counts"].get(name, 0)
            points.append((after["at_s"], max(0.0, added / apart_s)))
    return Series(said, points)


def _loss(pulses: Sequence[Mapping[str, Any]]) -> Series:
    """Over the bins, of what was sent in them; what is on its way at their ends makes it a little uneven."""
    points: list[tuple[float, float | None]] = []
    for before, after in zip(pulses[::BIN_S], pulses[BIN_S::BIN_S], strict=False):
        sent, received = (
            after["counts"].get(name, 0) - before["counts"].get(name, 0)
            for name in ("packets_sent", "packets_received")
        )
        points.append((after["at_s"], max(0.0, 1_000 * (sent - received) / sent) if sent > 0 else None))
    has_some = any(value is not None for _, value in points)
    return Series("lost, or sent while nobody listened", points if has_some else [])


def _quantiles(pulses: Sequence[Mapping[str, Any]], name: str, factor: float) -> list[Series]:
    bins: dict[int, list[float]] = {}
    for pulse in pulses:
        bins.setdefault(pulse["at_s"] // BIN_S * BIN_S, []).extend(pulse["times"].get(name, ()))
    has_some = any(bins.values())
    return [
        Series(label, list(_points(bins, share, factor)) if has_some else [])
        for label, share in (("median", 0.5), ("95 %", 0.95))
    ]


def _points(
    bins: Mapping[int, Sequence[float]], share: float, factor: float
) -> Iterable[tuple[float, float | None]]:
    for at_s, values in sorted(bins.items()):
        value = quantile(values, share)
        # Without one in these seconds the line goes on over them.
        if value is not None:
            yield at_s + BIN_S / 2, value / factor


def _processes(samples: Sequence[Mapping[str, Any]], name: str, factor: float) -> list[Series]:
    points: dict[str, list[tuple[float, float | None]]] = {}
    for sample in samples:
        points.setdefault(sample["process"], []).append((sample["at_s"], sample[name] / factor))
    return [Series(process, points[process]) for process in sorted(points)]
