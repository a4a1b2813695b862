"""Was each message there once, in its order, on every page that was open? Pure.

- Each message has its own number, and each number one message, on every page and in every last look.
- A page is pushed each number once, in ascending order, and every one between its opening and its last look.
- Whatever the server acknowledged is in the last look of both sides once, in the order of its writer.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from loadtests.observed import (
    ConversationBegun,
    ConversationEnded,
    MessageSaid,
    MessageShown,
    Observed,
)


@dataclass(frozen=True, slots=True)
class MessageFault:
    case_id: str
    shown: str


@dataclass(slots=True)
class _Page:
    case_id: str
    first: int = 0
    pushed: list[tuple[int, str]] = field(default_factory=list)
    said: list[tuple[int, str]] = field(default_factory=list)
    whole: tuple[tuple[int, str], ...] | None = None


def message_faults(events: Sequence[Observed]) -> Iterator[MessageFault]:
    pages = _pages(events)
    by_case: defaultdict[str, list[tuple[str, _Page]]] = defaultdict(list)
    for (name, case_id), page in pages.items():
        by_case[case_id].append((name, page))
        yield from _of_page(name, page)
    for case_id, found in by_case.items():
        yield from _of_case(case_id, found)


def _pages(events: Sequence[Observed]) -> dict[tuple[str, str], _Page]:
    pages: dict[tuple[str, str], _Page] = {}
    for event in events:
        if not isinstance(event, ConversationBegun | MessageShown | MessageSaid | ConversationEnded):
            continue
        page = pages.setdefault((event.page, event.case_id), _Page(event.case_id))
        if isinstance(event, ConversationBegun):
            page.first = event.last
        elif isinstance(event, MessageShown):
            page.pushed.append((event.number, event.message_id))
        elif isinstance(event, MessageSaid):
            page.said.append((event.number, event.message_id))
        else:
            page.whole = event.whole
    return pages


def _of_page(name: str, page: _Page) -> Iterator[MessageFault]:
    numbers = [number for number, _ in page.pushed]
    for number, times in Counter(numbers).items():
        if times > 1:
            yield MessageFault(page.case_id, f"{name} was pushed message {number} {times} times")
    for before, after in pairwise(numbers):
        if after < before:
            yield MessageFault(page.case_id, f"{name} was pushed message {after} after {before}")
    if page.whole is None:
        return
    missing = {number for number, _ in page.whole if number > page.first} - set(numbers)
    if missing:
        said = ", ".join(str(number) for number in sorted(missing))
        yield MessageFault(page.case_id, f"{name} was never pushed message {said}")
    for (before, _), (after, _) in pairwise(page.whole):
        if after != before + 1:
            yield MessageFault(page.case_id, f"{name} found message {after} after {before}")


def _of_case(case_id: str, pages: Sequence[tuple[str, _Page]]) -> Iterator[MessageFault]:
    ids: dict[int, str] = {}
    numbers: dict[str, int] = {}
    for name, page in pages:
        for number, message_id in (*page.pushed, *page.said, *(page.whole or ())):
            if ids.setdefault(number, message_id) != message_id:
                yield MessageFault(case_id, f"{name}: two messages have the number {number}")
            if numbers.setdefault(message_id, number) != number:
                told = f"{numbers[message_id]} and {number}"
                yield MessageFault(case_id, f"{name}: message {message_id} has the numbers {told}")
    wholes = [(other, page.whole) for other, page in pages if page.whole is not None]
    for name, page in pages:
        yield from _of_writer(case_id, name, page.said, wholes)


def _of_writer(
    case_id: str,
    name: str,
    said: Sequence[tuple[int, str]],
    wholes: Sequence[tuple[str, tuple[tuple[int, str], ...]]],
) -> Iterator[MessageFault]:
    for (before, _), (after, _) in pairwise(said):
        if after <= before:
            yield MessageFault(case_id, f"what {name} wrote as second has number {after}, before {before}")
    for number, message_id in said:
        for other, whole in wholes:
            times = sum(one == message_id for _, one in whole)
            # Who looked before it was written cannot find it.
            if times != 1 and (times or (whole and whole[-1][0] >= number)):
                yield MessageFault(case_id, f"{other} found message {number} of {name} {times} times")
