"""What a ticket's state means for its case, its taxpayer and its officer."""

from typing import Final

import pytest

from cases.states import (
    Around,
    Chosen,
    call_next_refused,
    chosen_state,
    close_reason,
    desk_actions,
    desk_state,
    on_hold_actions,
    taxpayer_actions,
)
from cases.views.desks import DeskAction, DeskState
from cases.views.tickets import CloseReason, TicketAction
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
@pytest.mark.parametrize("outcome", [None, "completed", "unsuccessful", "hall_closed"])
def test_a_case_is_closed_exactly_when_its_ticket_ended(state: TicketState, outcome: str | None) -> None:
    expected = {
        (TicketState.FINISHED, "completed"): CloseReason.COMPLETED,
        (TicketState.FINISHED, "unsuccessful"): CloseReason.COMPLETED_UNSUCCESSFULLY,
        (TicketState.CANCELLED, None): CloseReason.TICKET_CANCELLED,
        (TicketState.CANCELLED, "hall_closed"): CloseReason.HALL_CLOSED,
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
        (TicketState.ON_HOLD, BEFORE, 0, False, ()),
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
    shown = taxpayer_actions(
        one, on_site=False, reactivations_max=2, call_is_open=call_is_open, now_ms=NOW_MS
    )
    assert shown == actions
    # A call to a counter is answered by coming.
    at_counter = taxpayer_actions(one, on_site=True, reactivations_max=2, call_is_open=False, now_ms=NOW_MS)
    assert at_counter == tuple(action for action in actions if action not in (CONFIRM, JOIN))


@pytest.mark.parametrize("state", TicketState)
@pytest.mark.parametrize("deadline_ms", [None, BEFORE, AT])
@pytest.mark.parametrize("call_is_open", [True, False])
def test_no_action_is_shown_that_the_queue_refuses(
    state: TicketState, deadline_ms: int | None, call_is_open: bool
) -> None:
    steps = {CANCEL: Step.CANCEL, CONFIRM: Step.CONFIRM, REACTIVATE: Step.REACTIVATE}
    shown = taxpayer_actions(
        ticket(state, deadline_ms=deadline_ms),
        on_site=False,
        reactivations_max=2,
        call_is_open=call_is_open,
        now_ms=NOW_MS,
    )
    for action in shown:
        assert action is JOIN or (state, steps[action]) in TRANSITIONS


CHOSEN: Final = (DeskState.SIGNED_OFF, DeskState.READY, DeskState.BREAK, DeskState.WRAP_UP)
BREAK, READY, SIGN_OFF = DeskAction.BREAK, DeskAction.READY, DeskAction.SIGN_OFF
CALLING: Final = (DeskAction.CALL_NEXT, DeskAction.CALL_ONE)


@pytest.mark.parametrize("chosen", CHOSEN)
def test_the_ticket_in_hand_makes_the_desks_state(chosen: DeskState) -> None:
    assert desk_state(chosen, None) is chosen
    assert desk_state(chosen, ticket(TicketState.CALLED)) is DeskState.CALLED
    assert desk_state(chosen, ticket(TicketState.SERVING)) is DeskState.SERVING


@pytest.mark.parametrize("stored", CHOSEN)
@pytest.mark.parametrize("wrap_up_ms", [0, 30])
@pytest.mark.parametrize("passed_ms", [0, 29, 30, 31])
def test_wrap_up_is_over_by_itself(stored: DeskState, wrap_up_ms: int, passed_ms: int) -> None:
    chosen = chosen_state(stored, NOW_MS, wrap_up_ms=wrap_up_ms, now_ms=NOW_MS + passed_ms)
    if stored is not DeskState.WRAP_UP:
        assert chosen == Chosen(stored, NOW_MS)
    elif passed_ms < wrap_up_ms:
        assert chosen == Chosen(DeskState.WRAP_UP, NOW_MS, NOW_MS + wrap_up_ms)
    else:
        assert chosen == Chosen(DeskState.READY, NOW_MS + wrap_up_ms)


FREE: Final = Around(waiting=1)
NOBODY: Final = Around(waiting=0)
HOLDING: Final = Around(waiting=0, on_hold=2)
TIED: Final = Around(waiting=1, can_hold=False, can_transfer=False)
GIVING: Final = (DeskAction.REQUEUE, DeskAction.TRANSFER)


@pytest.mark.parametrize(
    ("state", "around", "actions", "refused"),
    [
        (DeskState.SIGNED_OFF, FREE, (), "signed_off"),
        (DeskState.BREAK, FREE, (READY, SIGN_OFF), "on_break"),
        (DeskState.BREAK, HOLDING, (READY, SIGN_OFF), "on_break"),
        (DeskState.READY, NOBODY, (BREAK, SIGN_OFF), "nobody_waits"),
        (DeskState.READY, HOLDING, (DeskAction.RESUME, BREAK, SIGN_OFF), "nobody_waits"),
        (DeskState.READY, FREE, (*CALLING, BREAK, SIGN_OFF), None),
        (DeskState.WRAP_UP, FREE, (*CALLING, READY, BREAK, SIGN_OFF), None),
        (DeskState.WRAP_UP, HOLDING, (DeskAction.RESUME, READY, BREAK, SIGN_OFF), "nobody_waits"),
        (DeskState.CALLED, FREE, (DeskAction.RECALL, DeskAction.ABANDON, *GIVING), "holds_ticket"),
        (
            DeskState.CALLED,
            TIED,
            (DeskAction.RECALL, DeskAction.ABANDON, DeskAction.REQUEUE),
            "holds_ticket",
        ),
        (
            DeskState.SERVING,
            FREE,
            (DeskAction.OPEN_CALL, DeskAction.FINISH, DeskAction.HOLD, *GIVING),
            "holds_ticket",
        ),
        (
            DeskState.SERVING,
            Around(waiting=1, call_is_open=True),
            (DeskAction.FINISH, DeskAction.HOLD, *GIVING),
            "holds_ticket",
        ),
        (
            DeskState.SERVING,
            TIED,
            (DeskAction.OPEN_CALL, DeskAction.FINISH, DeskAction.REQUEUE),
            "holds_ticket",
        ),
    ],
)
def test_desk_actions(
    state: DeskState, around: Around, actions: tuple[DeskAction, ...], refused: str | None
) -> None:
    assert desk_actions(state, around) == actions
    assert call_next_refused(state, waiting=around.waiting) == refused
    assert (refused is None) == (DeskAction.CALL_NEXT in actions)


STEPS: Final = {
    DeskAction.RECALL: Step.RECALL,
    DeskAction.ABANDON: Step.ABANDON,
    DeskAction.FINISH: Step.FINISH,
    DeskAction.HOLD: Step.HOLD,
    DeskAction.RESUME: Step.RESUME,
    DeskAction.REQUEUE: Step.REQUEUE,
    DeskAction.TRANSFER: Step.TRANSFER,
}


@pytest.mark.parametrize("held", [TicketState.CALLED, TicketState.SERVING])
def test_no_key_is_shown_that_the_queue_refuses(held: TicketState) -> None:
    shown = desk_actions(desk_state(DeskState.READY, ticket(held)), FREE)
    assert all((held, STEPS[action]) in TRANSITIONS for action in shown if action in STEPS)


@pytest.mark.parametrize("state", DeskState)
@pytest.mark.parametrize("can_transfer", [True, False])
@pytest.mark.parametrize("deadline_ms", [None, BEFORE, AT])
def test_the_keys_of_a_ticket_on_hold(state: DeskState, can_transfer: bool, deadline_ms: int | None) -> None:
    actions = on_hold_actions(state, can_transfer=can_transfer, deadline_ms=deadline_ms, now_ms=NOW_MS)
    assert DeskAction.REQUEUE in actions
    assert (DeskAction.TRANSFER in actions) == can_transfer
    free = state in (DeskState.READY, DeskState.WRAP_UP)
    assert (DeskAction.RESUME in actions) == (free and deadline_ms != AT)
    assert all((TicketState.ON_HOLD, STEPS[action]) in TRANSITIONS for action in actions)
