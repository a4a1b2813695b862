"""What the rounds of the queue's benchmark come to: summary and details. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from server.benchmarks.bench_server import FSYNC
from server.benchmarks.frame import Measured
from server.benchmarks.limit import RawRates
from server.benchmarks.memory import Crowd
from server.benchmarks.operations import Counts, Mode, Operation, Rates
from server.benchmarks.peer_programs import PeerFigures
from server.benchmarks.ratios import (
    PEER_OPERATIONS,
    growth,
    highest,
    medians,
    named,
    ratios,
    summary,
)

Ways = dict[Mode, dict[str, list[RawRates]]]
"""By the shape of the load; an entry a round."""


def _ways() -> Ways:
    return {mode: defaultdict(list) for mode in Mode}


@dataclass(slots=True)
class Taken:
    """What the rounds gave, an entry a round."""

    ours: dict[Mode, list[Rates]] = field(default_factory=lambda: defaultdict(list))
    replayed: Ways = field(default_factory=_ways)
    by_tool: Ways = field(default_factory=_ways)
    peers: dict[str, list[PeerFigures]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True, slots=True)
class _Medians:
    """Operations a second of each, by how they came."""

    ours: Mapping[Mode, Rates]
    limit: Mapping[Mode, Mapping[str, float]]
    """The higher of the two ways to measure it."""
    tool: Mapping[Mode, Mapping[str, float]]
    """redis-benchmark alone, which does not do every operation."""
    peers: Mapping[str, Mapping[Mode, Mapping[str, float]]]


def report(taken: Taken, crowded: Crowd, counts: Counts, versions: Mapping[str, str]) -> Measured:
    """Raises BenchFailed where nothing usable was measured to compare with."""
    found = _medians(taken)
    costs = {mode: growth(crowded.short[mode], crowded.long[mode]) for mode in Mode}
    beside = {mode: growth(crowded.beside[mode], crowded.long[mode]) for mode in Mode}
    return Measured(
        summary={
            **summary(found.ours, found.limit, found.tool, found.peers.get("bullmq")),
            **_crowd_summary(crowded, costs, beside),
            **{
                f"{operation}_{mode}_per_s": round(found.ours[mode][operation])
                for operation in Operation
                for mode in Mode
            },
        },
        details={
            "counts": asdict(counts),
            "server": {"appendonly": "yes", "appendfsync": FSYNC, "by": "unix socket"},
            "per_s": {mode: _rates_of_all(found, mode) for mode in Mode},
            "ratios": {mode: _ratios_to_all(found, mode) for mode in Mode},
            "crowd": {
                "waiting": max(crowded.bytes_per_ticket),
                "per_s": {mode: _rounded(crowded.long[mode]) for mode in Mode},
                "per_s_on_an_empty_server": {mode: _rounded(crowded.short[mode]) for mode in Mode},
                "per_s_in_an_empty_hall_beside": {mode: _rounded(crowded.beside[mode]) for mode in Mode},
                "times_as_long_as_on_an_empty_server": _by_name(costs),
                "times_as_long_as_in_an_empty_hall_beside": _by_name(beside),
            },
            "raw": {mode: _raw_ways(taken, mode) for mode in Mode},
            "rounds": {mode: _rounds(taken, mode) for mode in Mode},
        },
        versions=versions,
    )


def _medians(taken: Taken) -> _Medians:
    def limit_of(mode: Mode, *ways: Ways) -> dict[str, float]:
        return named(highest(_usable_medians(rounds) for way in ways for rounds in way[mode].values()))

    return _Medians(
        ours={mode: medians(taken.ours[mode]) for mode in Mode},
        limit={mode: limit_of(mode, taken.replayed, taken.by_tool) for mode in Mode},
        tool={mode: limit_of(mode, taken.by_tool) for mode in Mode},
        peers={
            name: {mode: medians([one.rates[mode] for one in rounds]) for mode in Mode}
            for name, rounds in taken.peers.items()
        },
    )


Costs = Mapping[Mode, Mapping[Operation, float]]


def _crowd_summary(crowded: Crowd, costs: Costs, beside: Costs) -> dict[str, float]:
    most = short_count(max(crowded.bytes_per_ticket))
    found = {f"bytes_per_ticket_{short_count(size)}": each for size, each in crowded.bytes_per_ticket.items()}
    for mode in Mode:
        found[f"times_as_long_at_{most}_{mode}"] = round(max(costs[mode].values()), 2)
        found[f"times_as_long_as_beside_at_{most}_{mode}"] = round(max(beside[mode].values()), 2)
    return found


def _by_name(costs: Costs) -> dict[str, dict[str, float]]:
    return {
        mode.value: {name.value: round(value, 2) for name, value in found.items()}
        for mode, found in costs.items()
    }


def _rates_of_all(found: _Medians, mode: Mode) -> dict[str, Mapping[str, int]]:
    return {
        "ours": _rounded(found.ours[mode]),
        "limit": _rounded(found.limit[mode]),
        "redis-benchmark": _rounded(found.tool[mode]),
        **{name: _rounded(rates[mode]) for name, rates in found.peers.items()},
    }


def _ratios_to_all(found: _Medians, mode: Mode) -> dict[str, dict[str, float]]:
    others = {"limit": found.limit[mode], "redis-benchmark": found.tool[mode]}
    others |= {name: rates[mode] for name, rates in found.peers.items()}
    compared: dict[str, dict[str, float]] = {}
    for name, rates in others.items():
        wanted = PEER_OPERATIONS if name in found.peers else tuple(Operation)
        common = [operation for operation in wanted if operation.value in rates]
        both = ratios(found.ours[mode], rates, common)
        compared[name] = {operation.value: round(value, 3) for operation, value in both.items()}
    return compared


def _raw_ways(taken: Taken, mode: Mode) -> dict[str, object]:
    ways = {f"replayed {shape}": rounds for shape, rounds in taken.replayed[mode].items()}
    ways |= {f"redis-benchmark {shape}": rounds for shape, rounds in taken.by_tool[mode].items()}
    return {
        way: {"per_s": _rounded(_usable_medians(rounds)), "fresh_share": _least_shares(rounds)}
        for way, rounds in ways.items()
    }


def _rounds(taken: Taken, mode: Mode) -> dict[str, object]:
    return {
        "ours": [_rounded(rates) for rates in taken.ours[mode]],
        **{name: [_rounded(one.rates[mode]) for one in rounds] for name, rounds in taken.peers.items()},
    }


def _usable_medians(rounds: Sequence[RawRates]) -> dict[Operation, float]:
    return medians([{name: one.per_s for name, one in rates.items() if one.usable} for rates in rounds])


def _least_shares(rounds: Sequence[RawRates]) -> dict[str, float]:
    shares: dict[str, float] = {}
    for rates in rounds:
        for operation, one in rates.items():
            least = min(one.fresh_share, shares.get(operation.value, 1.0))
            shares[operation.value] = round(least, 4)
    return shares


def _rounded(rates: Mapping[Operation, float] | Mapping[str, float]) -> dict[str, int]:
    return {str(name): round(per_s) for name, per_s in rates.items()}


def short_count(count: int) -> str:
    """100000 as ``100k``, 1000000 as ``1m``."""
    for suffix, size in (("m", 1_000_000), ("k", 1_000)):
        if count >= size and count % size == 0:
            return f"{count // size}{suffix}"
    return str(count)
