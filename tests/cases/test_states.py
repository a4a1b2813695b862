"""What a ticket's state means for its case, its taxpayer and its officer."""

from typing import Final

import pytest

from cases.states import (
    call_next_refused,
    close_reason,
    desk_actions,
    desk_state,
    taxpayer_actions,
)
from cases.views import CloseReason, DeskAction, DeskState, TicketAction
from queueing.states import ENDED_STATES, OPEN_STATES, TRANSITIONS, Step, TicketState
from queueing.ticket import Priority, Ticket

NOW_MS: Final = 1_000_000
CANCEL, CONFIRM = TicketAction.CANCEL, TicketAction.CONFIRM
REACTIVATE, JOIN = TicketAction.REACTIVATE, TicketAction.JOIN_CALL


def ticket(
    state: TicketState,
    *,
    outcome: str | None = None,
    deadline_ms: int | None = None,
    reactivations: int = 0,
) -> Ticket:
    return Ticket(
        hall_id="h",
        ticket_id="t",
        line_id="l",
        number="A001",
        state=state,
        priority=Priority.WALK_IN,
        version=1,
        call_number=1,
        officer_id="o",
        issued_at_ms=0,
        called_at_ms=None,
        confirmed_at_ms=None,
        ended_at_ms=None,
        deadline_ms=deadline_ms,
        reactivations=reactivations,
        booking_id=None,
        outcome=outcome,
        place=None,
    )


@pytest.mark.parametrize("state", TicketState)
@pytest.mark.parametrize("outcome", [None, "completed", "unsuccessful"])
def test_a_case_is_closed_exactly_when_its_ticket_ended(state: TicketState, outcome: str | None) -> None:
    expected = {
        (TicketState.FINISHED, "completed"): CloseReason.COMPLETED,
        (TicketState.FINISHED, "unsuccessful"): CloseReason.COMPLETED_UNSUCCESSFULLY,
        (TicketState.CANCELLED, None): CloseReason.TICKET_CANCELLED,
        (TicketState.LAPSED, None): CloseReason.NOT_REACTIVATED,
    }
    reason = close_reason(ticket(state, outcome=outcome))
    assert reason is expected.get((state, outcome))
    if state in OPEN_STATES:
        assert reason is None


def test_every_end_has_a_reason() -> None:
    outcomes = {TicketState.FINISHED: "completed"}
    assert all(close_reason(ticket(state, outcome=outcomes.get(state))) for state in ENDED_STATES)


BEFORE, AT = NOW_MS + 1, NOW_MS


@pytest.mark.parametrize(
    ("state", "deadline_ms", "reactivations", "call_is_open", "actions"),
    [
        (TicketState.WAITING, None, 0, False, (CANCEL,)),
        (TicketState.WAITING, None, 2, True, (CANCEL,)),
        (TicketState.CALLED, BEFORE, 0, False, (CONFIRM,)),
        (TicketState.CALLED, AT, 0, False, ()),
        (TicketState.SERVING, None, 0, True, (JOIN,)),
        (TicketState.SERVING, None, 0, False, ()),
        (TicketState.ABANDONED, BEFORE, 0, False, (REACTIVATE, CANCEL)),
        (TicketState.ABANDONED, BEFORE, 1, False, (REACTIVATE, CANCEL)),
        (TicketState.ABANDONED, BEFORE, 2, False, (CANCEL,)),
        (TicketState.ABANDONED, AT, 0, False, (CANCEL,)),
        (TicketState.FINISHED, None, 0, True, ()),
        (TicketState.CANCELLED, None, 0, False, ()),
        (TicketState.LAPSED, None, 0, False, ()),
    ],
)
def test_taxpayer_actions(
    state: TicketState,
    deadline_ms: int | None,
    reactivations: int,
    call_is_open: bool,
    actions: tuple[TicketAction, ...],
) -> None:
    one = ticket(state, deadline_ms=deadline_ms, reactivations=reactivations)
    assert taxpayer_actions(one, reactivations_max=2, call_is_open=call_is_open, now_ms=NOW_MS) == actions


@pytest.mark.parametrize("state", TicketState)
@pytest.mark.parametrize("deadline_ms", [None, BEFORE, AT])
@pytest.mark.parametrize("call_is_open", [True, False])
def test_no_action_is_shown_that_the_queue_refuses(
    state: TicketState, deadline_ms: int | None, call_is_open: bool
) -> None:
    steps = {CANCEL: Step.CANCEL, CONFIRM: Step.CONFIRM, REACTIVATE: Step.REACTIVATE}
    shown = taxpayer_actions(
        ticket(state, deadline_ms=deadline_ms), reactivations_max=2, call_is_open=call_is_open, now_ms=NOW_MS
    )
    for action in shown:
        assert action is JOIN or (state, steps[action]) in TRANSITIONS


@pytest.mark.parametrize("chosen", [DeskState.SIGNED_OFF, DeskState.READY, DeskState.BREAK])
def test_the_ticket_in_hand_makes_the_desks_state(chosen: DeskState) -> None:
    assert desk_state(chosen, None) is chosen
    assert desk_state(chosen, ticket(TicketState.CALLED)) is DeskState.CALLED
    assert desk_state(chosen, ticket(TicketState.SERVING)) is DeskState.SERVING


@pytest.mark.parametrize(
    ("state", "waiting", "call_is_open", "actions", "refused"),
    [
        (DeskState.SIGNED_OFF, 5, False, set(), "signed_off"),
        (DeskState.BREAK, 5, False, {DeskAction.READY, DeskAction.SIGN_OFF}, "on_break"),
        (DeskState.READY, 0, False, {DeskAction.BREAK, DeskAction.SIGN_OFF}, "nobody_waits"),
        (
            DeskState.READY,
            1,
            False,
            {DeskAction.CALL_NEXT, DeskAction.CALL_ONE, DeskAction.BREAK, DeskAction.SIGN_OFF},
            None,
        ),
        (DeskState.CALLED, 1, False, {DeskAction.RECALL, DeskAction.ABANDON}, "holds_ticket"),
        (DeskState.SERVING, 1, True, {DeskAction.FINISH}, "holds_ticket"),
        (DeskState.SERVING, 1, False, {DeskAction.FINISH, DeskAction.OPEN_CALL}, "holds_ticket"),
    ],
)
def test_desk_actions(
    state: DeskState, waiting: int, call_is_open: bool, actions: set[DeskAction], refused: str | None
) -> None:
    assert set(desk_actions(state, waiting=waiting, call_is_open=call_is_open)) == actions
    assert call_next_refused(state, waiting=waiting) == refused
    assert (refused is None) == (DeskAction.CALL_NEXT in actions)
