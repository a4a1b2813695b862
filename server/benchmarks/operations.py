"""What is measured of the queue, and the ids that it is measured with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar
from uuid import uuid4

from queueing.policy import QueuePolicy

T = TypeVar("T")

HALL: Final = "bench"
LINE: Final = "consult"
LETTER: Final = "C"
DAY: Final = "20260101"
OUTCOME: Final = "completed"
POLICY: Final = QueuePolicy(line_capacity=4_000_000, confirm_ms=3_600_000)
"""Room for a million who wait, and no deadline that ends within a run."""


class Operation(StrEnum):
    """In the order in which a turn makes them, so that each finds what the one before left."""

    ISSUE = "issue"
    POSITION = "position"
    CALL = "call"
    CONFIRM = "confirm"
    FINISH = "finish"


class Mode(StrEnum):
    """How the operations come."""

    SEQUENTIAL = "one_after_another"
    CONCURRENT = "many_at_once"


Rates = Mapping[Operation, float]
"""Operations a second."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much is measured."""

    sequential: int
    concurrent: int
    at_a_time: int
    """How many are under way at any time of the concurrent ones."""


@dataclass(frozen=True, slots=True)
class Lot:
    """As many tickets as operations; the i-th request is of the i-th officer, who holds one ticket."""

    tickets: tuple[str, ...]
    officers: tuple[str, ...]
    requests: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.tickets)


def fresh_id() -> str:
    """32 hexadecimal digits, as the pages make them."""
    return uuid4().hex


def fresh_lot(count: int) -> Lot:
    """Ids that nobody has used."""
    return Lot(*(tuple(fresh_id() for _ in range(count)) for _ in range(3)))


def parts(all_of_them: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """So many at a time."""
    return (all_of_them[start : start + size] for start in range(0, len(all_of_them), size))
