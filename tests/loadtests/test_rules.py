"""Each rule finds the defect that is planted for it, and nothing in a hall where all is well."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from loadtests.observed import BoardSeen, Observed, TicketHeld, TicketSeen, TicketTaken
from loadtests.rules import RULES, Broken, Judged, check
from queueing.states import TicketState

LINE = "general"
T = TypeVar("T", TicketSeen, TicketHeld, BoardSeen)


class Hall:
    """A model hall with one line: makes what its pages and desks are shown, at every version."""

    def __init__(self) -> None:
        self.version = 0
        self.line: list[str] = []
        self.tickets: dict[str, tuple[TicketState, int, str | None]] = {}
        self.events: list[Observed] = []

    def issue(self, ticket_id: str) -> None:
        self.line.append(ticket_id)
        self.tickets[ticket_id] = (TicketState.WAITING, 0, None)
        self.events.append(TicketTaken(ticket_id))
        self._show()

    def step(
        self, ticket_id: str, state: TicketState, call_number: int = 0, staff: str | None = None
    ) -> None:
        if state is not TicketState.WAITING and ticket_id in self.line:
            self.line.remove(ticket_id)
        if state is TicketState.WAITING:
            self.line.insert(0, ticket_id)
        self.tickets[ticket_id] = (state, call_number, staff)
        self._show()
        if staff is not None and state in (TicketState.CALLED, TicketState.SERVING):
            self.events.append(TicketHeld(staff, ticket_id, state, self.version, call_number))

    def _show(self) -> None:
        self.version += 1
        for ticket_id, (state, call_number, staff) in self.tickets.items():
            self.events.append(
                TicketSeen(
                    page=f"page of {ticket_id}",
                    ticket_id=ticket_id,
                    line_id=LINE,
                    number=f"C{int(ticket_id[1:]):03d}",
                    issued_at_ms=1_000 + int(ticket_id[1:]),
                    version=self.version,
                    state=state,
                    ahead=self.line.index(ticket_id) if ticket_id in self.line else None,
                    waiting=len(self.line),
                    call_number=call_number,
                    staff_number=staff,
                )
            )
        self.events.append(BoardSeen("0731", LINE, self.version, len(self.line), tuple(self.line)))


def a_good_day() -> list[Observed]:
    """Four tickets: finished, abandoned and lapsed, cancelled, taken back and finished."""
    hall = Hall()
    for ticket_id in ("t1", "t2", "t3", "t4"):
        hall.issue(ticket_id)
    hall.step("t1", TicketState.CALLED, 1, "0731")
    hall.step("t2", TicketState.CALLED, 1, "0732")
    hall.step("t1", TicketState.SERVING, 1, "0731")
    hall.step("t2", TicketState.ABANDONED, 1)
    hall.step("t1", TicketState.FINISHED, 1)
    hall.step("t3", TicketState.CANCELLED)
    hall.step("t4", TicketState.CALLED, 1, "0731")
    hall.step("t4", TicketState.ABANDONED, 1)
    hall.step("t4", TicketState.WAITING, 1)
    hall.step("t2", TicketState.LAPSED, 1)
    hall.step("t4", TicketState.CALLED, 2, "0732")
    hall.step("t4", TicketState.SERVING, 2, "0732")
    hall.step("t4", TicketState.FINISHED, 2)
    return hall.events


def judged(events: list[Observed], *, drained: bool = True, alone: bool = True) -> list[Broken]:
    return check(Judged(events, drained=drained, alone=alone))


def changed(
    events: list[Observed], kind: type[T], which: Callable[[T], bool], **changes: Any
) -> list[Observed]:
    """The events with the first one of that kind changed."""
    first = next(event for event in events if isinstance(event, kind) and which(event))
    return [replace(first, **changes) if event is first else event for event in events]


def rules_of(broken: list[Broken]) -> set[str]:
    return {one.rule for one in broken}


def test_a_good_day_breaks_nothing() -> None:
    assert judged(a_good_day()) == []
    assert judged(a_good_day(), alone=False) == []


def test_one_call_in_two_hands() -> None:
    events = a_good_day()
    held = next(event for event in events if isinstance(event, TicketHeld) and event.ticket_id == "t1")
    broken = judged([*events, replace(held, staff_number="0732")])
    assert rules_of(broken) == {"one_officer"}
    assert any(one.tickets == ("t1",) and "0731" in one.shown and "0732" in one.shown for one in broken)


def test_a_second_call_while_the_first_goes_on() -> None:
    events = a_good_day()
    serving = TicketHeld("0733", "t1", TicketState.CALLED, 6, 2)
    broken = judged([*events, serving])
    assert ("one_officer", ("t1",)) in {(one.rule, one.tickets) for one in broken}


def test_two_tickets_in_one_hand() -> None:
    hall = Hall()
    hall.issue("t1")
    hall.issue("t2")
    hall.step("t1", TicketState.CALLED, 1, "0731")
    hall.step("t2", TicketState.CALLED, 1, "0731")
    hall.step("t1", TicketState.SERVING, 1, "0731")
    broken = judged(hall.events, drained=False)
    assert [(one.rule, one.tickets) for one in broken] == [("one_officer", ("t1", "t2"))]


def test_a_short_call_within_a_long_one_is_found_behind_another() -> None:
    hall = Hall()
    for ticket_id in ("t1", "t2", "t3"):
        hall.issue(ticket_id)
    hall.events += [
        TicketHeld("0731", "t1", TicketState.CALLED, 4, 1),
        TicketHeld("0731", "t1", TicketState.SERVING, 9, 1),
        TicketHeld("0731", "t2", TicketState.CALLED, 5, 1),
        TicketHeld("0731", "t3", TicketState.CALLED, 7, 1),
    ]
    broken = [one for one in judged(hall.events, drained=False) if one.rule == "one_officer"]
    assert [one.tickets for one in broken] == [("t1", "t2"), ("t1", "t3")]


def test_a_ticket_called_after_its_end() -> None:
    events = a_good_day()
    broken = judged([*events, TicketHeld("0733", "t3", TicketState.CALLED, 99, 1)])
    assert rules_of(broken) == {"ends_once"}
    assert broken[0].tickets == ("t3",)
    assert "cancelled" in broken[0].shown
    assert "called at version 99" in broken[0].shown


def test_a_ticket_that_ends_twice() -> None:
    events = a_good_day()
    last = next(
        event for event in reversed(events) if isinstance(event, TicketSeen) and event.ticket_id == "t3"
    )
    broken = judged([*events, replace(last, version=99, state=TicketState.LAPSED)])
    assert [(one.rule, one.tickets) for one in broken] == [("ends_once", ("t3",))]


def test_two_states_at_one_version() -> None:
    events = a_good_day()
    broken = judged([*events, TicketHeld("0731", "t1", TicketState.CALLED, 7, 1)])
    assert [(one.rule, one.tickets) for one in broken] == [("ends_once", ("t1",))]


@pytest.mark.parametrize("off_by", [-1, 1])
def test_a_position_that_the_others_pages_contradict(off_by: int) -> None:
    events = a_good_day()

    def is_it(event: TicketSeen) -> bool:
        return event.ticket_id == "t3" and event.version == 4

    broken = judged(changed(events, TicketSeen, is_it, ahead=2 + off_by))
    assert rules_of(broken) == {"true_position"}
    assert any("t3" in one.tickets and "version 4" in one.shown for one in broken)


def alone_on_the_page(events: list[Observed], ticket_id: str, version: int) -> list[Observed]:
    """As if at that version only this page had been told: nothing contradicts it directly."""
    return [
        event
        for event in events
        if not isinstance(event, TicketSeen | BoardSeen)
        or event.version != version
        or (isinstance(event, TicketSeen) and event.ticket_id == ticket_id)
    ]


@pytest.mark.parametrize(("ahead", "alone", "found"), [(1, False, True), (3, True, True), (3, False, False)])
def test_a_position_that_only_the_count_contradicts(ahead: int, alone: bool, found: bool) -> None:
    """t3 with two ahead at version 4. Too many can only be told where nobody else takes tickets."""
    events = alone_on_the_page(a_good_day(), "t3", 4)
    assert judged(events, alone=alone) == []

    def is_it(event: TicketSeen) -> bool:
        return event.ticket_id == "t3" and event.version == 4

    broken = judged(changed(events, TicketSeen, is_it, ahead=ahead), alone=alone)
    assert [(one.rule, one.tickets) for one in broken] == ([("true_position", ("t3",))] if found else [])


def test_a_ticket_of_nobody_here_may_be_ahead() -> None:
    """C001 was issued, but its page was never answered: those behind it count it, and are right."""
    events = [
        event
        for event in a_good_day()
        if not (isinstance(event, TicketSeen | TicketTaken | TicketHeld) and event.ticket_id == "t1")
    ]
    assert judged(events) == []


def test_a_board_in_another_order() -> None:
    events = a_good_day()
    broken = judged(
        changed(events, BoardSeen, lambda board: board.version == 4, first=("t1", "t3", "t2", "t4"))
    )
    assert rules_of(broken) == {"true_position"}


def test_two_numbers_of_people_waiting() -> None:
    events = a_good_day()
    broken = judged(changed(events, BoardSeen, lambda board: board.version == 4, waiting=5))
    assert ["different numbers" in one.shown for one in broken] == [True]


def test_a_place_without_waiting_and_waiting_without_a_place() -> None:
    events = a_good_day()
    for ahead, version in ((0, 8), (None, 4)):

        def is_it(event: TicketSeen, version: int = version) -> bool:
            return event.ticket_id == "t2" and event.version == version

        assert rules_of(judged(changed(events, TicketSeen, is_it, ahead=ahead))) == {"true_position"}


def test_a_page_that_goes_back() -> None:
    events = a_good_day()
    older = next(event for event in events if isinstance(event, TicketSeen) and event.ticket_id == "t4")
    assert judged([*events, replace(older, kept=False)]) == []
    broken = judged([*events, older])
    assert [(one.rule, one.tickets) for one in broken] == [("never_back", ("t4",))]


def test_an_answer_that_is_older_than_what_the_page_knew() -> None:
    events = a_good_day()
    older = next(event for event in events if isinstance(event, TicketSeen) and event.ticket_id == "t4")
    broken = judged([*events, replace(older, kept=False, asked_after=older.version + 1)])
    assert [(one.rule, one.tickets) for one in broken] == [("never_back", ("t4",))]


def test_a_ticket_that_was_lost() -> None:
    hall = Hall()
    hall.issue("t1")
    hall.issue("t2")
    hall.step("t1", TicketState.CANCELLED)
    hall.events.append(TicketTaken("t9"))
    broken = judged(hall.events)
    assert {(one.rule, one.tickets) for one in broken} == {("none_lost", ("t2",)), ("none_lost", ("t9",))}
    assert judged(hall.events, drained=False) == []


def test_a_ticket_called_before_its_turn() -> None:
    hall = Hall()
    for ticket_id in ("t1", "t2", "t3"):
        hall.issue(ticket_id)
    hall.step("t2", TicketState.CALLED, 1, "0731")
    hall.step("t2", TicketState.FINISHED, 1)
    broken = judged(hall.events, drained=False)
    assert [(one.rule, one.tickets) for one in broken] == [("called_in_order", ("t2", "t1"))]
    assert "C002 was called at version 4, while C001" in broken[0].shown


def test_every_rule_has_its_planted_defect() -> None:
    """The last three in ``test_histories``, ``test_messages`` and ``test_packets``."""
    assert set(RULES) == {
        *("one_officer", "ends_once", "true_position", "never_back", "none_lost", "called_in_order"),
        *("deadline_once", "messages_once", "packets_counted"),
    }
