"""Messages: each once and in order on every page; planted defects are found."""

from collections.abc import Callable

import pytest

from loadtests.observed import ConversationBegun, ConversationEnded, MessageSaid, MessageShown, Observed
from loadtests.rules import Judged, check

PAGES = ("taxpayer 1.1", "officer L001")


def conversation() -> list[Observed]:
    """Three messages, by turns, on two pages."""
    events: list[Observed] = [ConversationBegun(page, "case", 0) for page in PAGES]
    for number in (1, 2, 3):
        events.append(MessageSaid(PAGES[number % 2], "case", number, f"m{number}"))
        events += [MessageShown(page, "case", number, f"m{number}") for page in PAGES]
    whole = tuple((number, f"m{number}") for number in (1, 2, 3))
    return [*events, *(ConversationEnded(page, "case", whole) for page in PAGES)]


def told(events: list[Observed]) -> list[str]:
    found = check(Judged(events, drained=False, alone=True))
    assert {one.rule for one in found} <= {"messages_once"}
    return [one.shown for one in found]


def lost(events: list[Observed]) -> None:
    events.remove(MessageShown(PAGES[0], "case", 2, "m2"))


def doubled(events: list[Observed]) -> None:
    events.insert(7, MessageShown(PAGES[0], "case", 1, "m1"))


def out_of_order(events: list[Observed]) -> None:
    first, second = (events.index(MessageShown(PAGES[1], "case", number, f"m{number}")) for number in (2, 3))
    events[first], events[second] = events[second], events[first]


def forgotten(events: list[Observed]) -> None:
    """Acknowledged, and in nobody's last look."""
    events.insert(2, MessageSaid(PAGES[0], "case", 2, "another"))


def kept_twice(events: list[Observed]) -> None:
    whole = ((1, "m1"), (2, "m2"), (3, "m3"), (4, "m2"))
    events[-1] = ConversationEnded(PAGES[1], "case", whole)


def in_reverse(events: list[Observed]) -> None:
    """Its writer sent m3 before m1."""
    first, second = (events.index(MessageSaid(PAGES[1], "case", number, f"m{number}")) for number in (1, 3))
    events[first], events[second] = events[second], events[first]


def test_a_conversation_as_it_should_be() -> None:
    assert told(conversation()) == []


@pytest.mark.parametrize(
    ("plant", "said"),
    [
        (lost, "taxpayer 1.1 was never pushed message 2"),
        (doubled, "taxpayer 1.1 was pushed message 1 2 times"),
        (out_of_order, "officer L001 was pushed message 2 after 3"),
        (forgotten, "two messages have the number 2"),
        (kept_twice, "message m2 has the numbers 2 and 4"),
        (in_reverse, "what officer L001 wrote as second has number 1, before 3"),
    ],
)
def test_a_planted_defect_is_found(plant: Callable[[list[Observed]], None], said: str) -> None:
    events = conversation()
    plant(events)
    assert any(said in shown for shown in told(events))


def test_a_page_that_was_left_is_not_asked_for_the_rest() -> None:
    events = [
        event
        for event in conversation()
        if not (isinstance(event, MessageShown | ConversationEnded) and event.page == PAGES[0])
    ]
    assert told(events) == []
