"""From the rounds' figures to the result. Pure."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from server.benchmarks.errors import BenchFailed
from server.benchmarks.operations import Mode, Operation, Rates

Name = TypeVar("Name", bound=str)

PEER_OPERATIONS = (Operation.ISSUE, Operation.CALL, Operation.FINISH)
"""What a queue of jobs has as well: add, take, complete."""

SEQUENTIAL_WORD = (Mode.SEQUENTIAL, "sequential")
CONCURRENT_WORD = (Mode.CONCURRENT, "concurrent")


def medians(rounds: Sequence[Mapping[Name, float]]) -> dict[Name, float]:
    """Of each operation over the rounds in which it was measured."""
    names = dict.fromkeys(name for one in rounds for name in one)
    return {name: statistics.median(one[name] for one in rounds if name in one) for name in names}


def highest(candidates: Iterable[Mapping[Name, float]]) -> dict[Name, float]:
    """The best of each operation: a limit that is too low would flatter us."""
    best: dict[Name, float] = {}
    for rates in candidates:
        for name, per_s in rates.items():
            best[name] = max(per_s, best.get(name, 0.0))
    return best


def ratios(
    ours: Rates, others: Mapping[str, float], operations: Iterable[Operation]
) -> dict[Operation, float]:
    """Ours to theirs. Raises BenchFailed for an operation that others have no usable figure of."""
    found: dict[Operation, float] = {}
    for operation in operations:
        if operation.value not in others:
            raise BenchFailed(f"nothing usable to compare {operation.value} with")
        found[operation] = ours[operation] / others[operation.value]
    return found


def named(rates: Mapping[Name, float]) -> dict[str, float]:
    """The same by plain names, as figures of others come."""
    return {str(name): per_s for name, per_s in rates.items()}


def worst(found: Mapping[Operation, float]) -> float:
    """The lowest ratio."""
    return min(found.values())


def summary(
    ours: Mapping[Mode, Rates],
    limit: Mapping[Mode, Mapping[str, float]],
    tool: Mapping[Mode, Mapping[str, float]],
    bullmq: Mapping[Mode, Mapping[str, float]] | None,
) -> dict[str, float]:
    """The worst of the operations each: to the limit; and to BullMQ's, where that was measured, by the better
    way of each and one after another.

    To redis-benchmark alone (`tool`) only of those operations that it does. Raises BenchFailed where a figure
    to compare with is missing.
    """
    found: dict[str, float] = {}
    for mode, word in (SEQUENTIAL_WORD, CONCURRENT_WORD):
        found[f"ratio_to_limit_{word}"] = worst(ratios(ours[mode], limit[mode], Operation))
        if done := [operation for operation in Operation if operation.value in tool[mode]]:
            found[f"ratio_to_redis_benchmark_{word}"] = worst(ratios(ours[mode], tool[mode], done))
    if bullmq is not None:
        # Many at once is where each is at its best.
        best = highest(bullmq[mode] for mode in Mode)
        found["ratio_to_bullmq"] = worst(ratios(highest(ours.values()), best, PEER_OPERATIONS))
        alone = bullmq[Mode.SEQUENTIAL]
        found["ratio_to_bullmq_sequential"] = worst(ratios(ours[Mode.SEQUENTIAL], alone, PEER_OPERATIONS))
    return {name: round(value, 3) for name, value in found.items()}


def bytes_each(before: int, after: int, count: int) -> float:
    """What each of `count` things takes of the memory that came to be used."""
    return round((after - before) / count, 1)


def growth(short: Rates, long: Rates) -> dict[Operation, float]:
    """How many times as long an operation takes with many waiting as in a short line."""
    return {operation: short[operation] / long[operation] for operation in Operation}
