"""Whatever the queue is asked: a typed refusal, and nothing in Redis changed.

One row a public method. Wrong forms and types are refused before anything is sent; what is well formed and
wrong (unknown, out of date, somebody else's) is refused by the script.
"""

import inspect
import math
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from redis.asyncio import Redis

from queueing.errors import (
    CallStale,
    IdentifierInvalid,
    NotYourTicket,
    QueueError,
    StepRefused,
    TicketUnknown,
)
from queueing.service import LINES_MAX, OFFICERS_MAX, POSITIONS_MAX, SNAPSHOT_FIRST_MAX, WEIGHT_MAX, Queue
from queueing.ticket import CallOrder, Priority

HALL: Final = "hall-1"
BIG: Final = "x" * 10_000_000
WRONG_IDS: Final[Sequence[Any]] = (
    None, True, 7, -1, 2**63, 10**400, 1.5, math.nan, math.inf, b"t1", [], ["w"], {"w": 1}, [["w"]], object(),
    "", " ", "w\n", "\nw", "a\x00b", "\x1b[0m", "a|b", "a:b", "{hall-1}", "*", "é", "票", "\ud800", "x" * 65,
    BIG,
)  # fmt: skip
NO_LISTS: Final[Sequence[Any]] = (None, 7, math.nan, object(), [None], [7], [["a"]], ["a", ""], ["a", BIG])
NO_NUMBERS: Final[Sequence[Any]] = (None, [], [1], {"a": 1}, [[1]], object())
IDS: Final = {
    "hall_id", "ticket_id", "line_id", "letter", "day", "booking_id", "officer_id", "request_id", "outcome",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """``good``: what would work in ``set_up``. ``wrong``: for arguments that are no ids, values that the
    caller is told of as a mistake (ValueError, TypeError). ``refused``: well-formed arguments that the script
    refuses.
    """

    good: Mapping[str, Any]
    wrong: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    refused: Sequence[tuple[Mapping[str, Any], type[QueueError]]] = ()


UNKNOWN: Final = ({"ticket_id": "nobody"}, TicketUnknown)
UNKNOWN_HALL: Final = ({"hall_id": "nowhere"}, TicketUnknown)
STALE: Final = tuple(({"call_number": number}, CallStale) for number in (0, 2, -1, 2**63, 10**400))
OTHERS: Final = ({"officer_id": "other"}, NotYourTicket)
CALLED: Final = {"ticket_id": "called", "officer_id": "o-called", "call_number": 1}
SERVING: Final = {"ticket_id": "serving", "officer_id": "o-serving", "call_number": 1}
HELD: Final = {"ticket_id": "held", "officer_id": "o-held", "call_number": 1}
TOO_MANY: Final = ["x"] * (POSITIONS_MAX + 1)
CROWD: Final = {f"o{number}": ["a"] for number in range(OFFICERS_MAX + 1)}
NOT_WHOLE: Final = (True, 1.5, math.nan, math.inf, "", "5", "a|b", BIG, *NO_NUMBERS)
NUMBERS: Final = {"call_number": NOT_WHOLE}
NOT_GIVEN: Final = tuple(one for one in NOT_WHOLE if one is not None)
LIMITS: Final = (0, -1, 10**400, *NOT_WHOLE)
LINES: Final = (*NO_LISTS, "ab", ["a"] * (LINES_MAX + 1))
PRIORITIES: Final = (Priority.REACTIVATED, 7, -1, 2**63, 1.5, math.nan, "", "x", b"t1", *NO_NUMBERS)

ROWS: Final[Mapping[str, Row]] = {
    "issue": Row(
        {
            "ticket_id": "new", "line_id": "a", "letter": "A", "day": "20261123",
            "priority": Priority.BOOKED, "booking_id": "b1", "not_before_ms": 1,
        },
        {"priority": PRIORITIES, "not_before_ms": (-1, 10**400, *NOT_GIVEN)},
    ),
    "ticket": Row({"ticket_id": "waiting"}, refused=(UNKNOWN, UNKNOWN_HALL)),
    "position": Row({"ticket_id": "waiting"}, refused=(UNKNOWN, UNKNOWN_HALL)),
    "positions": Row({"ticket_ids": ["waiting"]}, {"ticket_ids": (*NO_LISTS, TOO_MANY)}),
    "call_next": Row(
        {
            "officer_id": "new", "line_ids": ["a"], "request_id": "q",
            "order": CallOrder.STRICT, "weights": [1],
        },
        {
            "line_ids": (*LINES, []),
            "order": (None, 7, math.nan, "", "strict", "x", [], object()),
            "weights": (
                7, [], [0], [-1], [WEIGHT_MAX + 1], [math.nan], [10**400], [1, 1], ["1"], [None], [[1]],
            ),
        },
    ),
    "call_one": Row(
        {"ticket_id": "waiting", "officer_id": "new", "request_id": "q"},
        refused=(UNKNOWN, UNKNOWN_HALL, ({"ticket_id": "serving"}, StepRefused)),
    ),
    "recall": Row(CALLED, NUMBERS, (UNKNOWN, UNKNOWN_HALL, OTHERS, *STALE)),
    "confirm": Row(
        {"ticket_id": "called", "call_number": 1},
        NUMBERS,
        (UNKNOWN, UNKNOWN_HALL, *STALE, ({"ticket_id": "waiting"}, CallStale)),
    ),
    "arrive": Row(CALLED, NUMBERS, (UNKNOWN, UNKNOWN_HALL, OTHERS, *STALE)),
    "abandon": Row(CALLED, NUMBERS, (UNKNOWN, UNKNOWN_HALL, OTHERS, *STALE)),
    "reactivate": Row(
        {"ticket_id": "abandoned", "call_number": 1},
        {"call_number": NOT_GIVEN},
        (UNKNOWN, UNKNOWN_HALL, *STALE, ({"ticket_id": "waiting"}, CallStale)),
    ),
    "requeue": Row(CALLED, NUMBERS, (UNKNOWN, UNKNOWN_HALL, OTHERS, *STALE)),
    "transfer": Row(
        {**CALLED, "request_id": "q", "line_id": "b"}, NUMBERS, (UNKNOWN, UNKNOWN_HALL, OTHERS, *STALE)
    ),
    "hold": Row({**SERVING, "request_id": "q"}, NUMBERS, (UNKNOWN, UNKNOWN_HALL, OTHERS, *STALE)),
    "resume": Row({**HELD, "request_id": "q"}, NUMBERS, (UNKNOWN, UNKNOWN_HALL, OTHERS, *STALE)),
    "beat": Row({"at_work": {"o1": ["a"]}}, {"at_work": (None, 7, [], "x", object(), {"o": None}, CROWD)}),
    "leave": Row({"officer_id": "o-called"}),
    "close_hall": Row({"line_ids": ["a"], "limit": 5}, {"line_ids": LINES, "limit": LIMITS}),
    "open_hall": Row({}),
    "cancel": Row(
        {"ticket_id": "waiting"}, refused=(UNKNOWN, UNKNOWN_HALL, ({"ticket_id": "serving"}, StepRefused))
    ),
    "finish": Row(
        {**SERVING, "outcome": "completed"}, NUMBERS, (UNKNOWN, UNKNOWN_HALL, OTHERS, *STALE)
    ),
    "expire_due": Row({"limit": 5}, {"limit": LIMITS}),
    "snapshot": Row(
        {"line_ids": ["a"], "first": 3},
        {"line_ids": LINES, "first": (-1, SNAPSHOT_FIRST_MAX + 1, math.nan, 10**400, "3", *NO_NUMBERS)},
    ),
}  # fmt: skip
MISTAKES: Final = (ValueError, TypeError, AttributeError)
"""What the caller's own program has wrong."""
NO_STEPS: Final = {"saw"}
"""It asks Redis nothing."""


def arguments_of(method: str) -> set[str]:
    return set(inspect.signature(getattr(Queue, method)).parameters) - {"self"}


def test_every_public_method_has_a_row_with_all_of_its_arguments() -> None:
    public = {name for name, _ in inspect.getmembers(Queue, inspect.isfunction) if not name.startswith("_")}
    assert public - NO_STEPS == set(ROWS)
    for method, row in ROWS.items():
        given = {"hall_id", *row.good}
        assert given == arguments_of(method)
        assert given - IDS == set(row.wrong)


async def set_up(queue: Queue) -> None:
    """One ticket in each state that a step begins from."""
    for ticket_id in ("waiting", "called", "serving", "held", "abandoned"):
        await queue.issue(HALL, ticket_id, line_id="a", letter="A", day="20261123")
        if ticket_id != "waiting":
            await queue.call_one(HALL, ticket_id, officer_id=f"o-{ticket_id}", request_id="r")
    for ticket_id in ("serving", "held"):
        await queue.confirm(HALL, ticket_id, call_number=1)
    await queue.hold(HALL, "held", officer_id="o-held", request_id="h", call_number=1)
    await queue.abandon(HALL, "abandoned", officer_id="o-abandoned", call_number=1)


async def raised_by(asked: Awaitable[object]) -> Exception | None:
    try:
        await asked
    except (QueueError, *MISTAKES) as error:
        return error
    return None


async def everything(redis_client: Redis) -> dict[str | bytes, object]:
    return {key: await redis_client.dump(key) for key in await redis_client.keys("*")}


def attempts(method: str) -> list[tuple[dict[str, Any], tuple[type[Exception], ...]]]:
    """Arguments, and what may be raised for them."""
    row = ROWS[method]
    good = {"hall_id": HALL, **row.good}
    mistakes = (IdentifierInvalid, *MISTAKES)
    found: list[tuple[dict[str, Any], tuple[type[Exception], ...]]] = []
    for name in sorted(IDS & good.keys()):
        wrong = WRONG_IDS[1:] if name == "booking_id" else WRONG_IDS  # none is no booking
        found += [({**good, name: value}, (IdentifierInvalid,)) for value in wrong]
    for name, values in row.wrong.items():
        found += [({**good, name: value}, mistakes) for value in values]
    return found + [({**good, **changed}, (kind,)) for changed, kind in row.refused]


@pytest.mark.parametrize("method", list(ROWS))
async def test_bad_input_is_refused_and_changes_nothing(
    method: str, queue: Queue, redis_client: Redis
) -> None:
    await set_up(queue)
    before = await everything(redis_client)
    for arguments, kinds in attempts(method):
        shown = {name: repr(value)[:60] for name, value in arguments.items()}
        error = await raised_by(getattr(queue, method)(**arguments))
        assert isinstance(error, kinds), f"{method}({shown}): {error!r}"
        # What was sent is in no message: it could be anything, and messages reach logs.
        assert not isinstance(error, QueueError) or (error.code != QueueError.code and len(str(error)) < 200)
        assert await everything(redis_client) == before, shown
    # And the connection goes on.
    good = ROWS[method].good
    await getattr(queue, method)(**{"hall_id": HALL, **good})
