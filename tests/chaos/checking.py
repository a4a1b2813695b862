"""What must hold after a run, whatever died: judged from the records and what workers were told. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from queueing.errors import StepRefused
from queueing.states import Step, TicketState, next_state
from queueing.ticket import Cause


@dataclass(frozen=True, slots=True)
class Recorded:
    """One row of the records: a step that happened."""

    version: int
    ticket_id: str
    step: Step
    state: TicketState
    cause: Cause
    officer_id: str | None
    call_number: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a worker was told: that its step was made (just now, or by an earlier attempt of the same)."""

    worker: str
    ticket_id: str
    step: Step
    officer_id: str | None
    call_number: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """`broken` names each rule that did not hold, with the tickets; `lost` are steps that workers were told
    of and that the records do not have.
    """

    steps: int
    told: int
    lost: int
    called_twice: int
    fired_twice: int
    epochs: int
    broken: Sequence[str] = field(default_factory=tuple)


def judge(
    recorded: Sequence[Recorded],
    told: Sequence[Told],
    epoch_starts: Sequence[int],
    queue_states: dict[str, TicketState],
    *,
    lossless: bool,
) -> Verdict:
    """`recorded` in the order of versions; `queue_states`: the open tickets as the queue has them at last."""
    broken = _dense(recorded, epoch_starts)
    states: dict[str, TicketState] = {}
    for row in recorded:
        before = states.get(row.ticket_id)
        try:
            expected = next_state(before, row.step)
        except StepRefused:
            broken.append(f"{row.ticket_id}: {row.step} at {row.version} while it was {before}")
            expected = row.state
        if expected is not row.state:
            broken.append(f"{row.ticket_id}: {row.step} at {row.version} made it {row.state}")
        states[row.ticket_id] = row.state
    for ticket_id, state in queue_states.items():
        if states.get(ticket_id) is not state:
            broken.append(f"{ticket_id}: {state} in the queue, {states.get(ticket_id)} in the records")
    called_twice = _called_twice(recorded, told if lossless else ())
    fired_twice = _fired_twice(recorded)
    lost = _lost(recorded, told)
    broken += [f"{ticket_id}: call {call} to several officers" for ticket_id, call in called_twice]
    broken += [f"{ticket_id}: {step} of call {call} twice" for ticket_id, step, call in fired_twice]
    if lossless:
        broken += [f"{one.ticket_id}: {one.step} of call {one.call_number} is lost" for one in lost]
    return Verdict(
        steps=len(recorded),
        told=len(told),
        lost=len(lost),
        called_twice=len(called_twice),
        fired_twice=len(fired_twice),
        epochs=len(epoch_starts),
        broken=tuple(broken),
    )


def _dense(recorded: Sequence[Recorded], epoch_starts: Sequence[int]) -> list[str]:
    """Versions follow each other, but where an epoch begins: with the version after its mark."""
    firsts = {start + 1 for start in epoch_starts}
    return [
        f"version {later.version} follows {earlier.version}"
        for earlier, later in pairwise(recorded)
        if later.version != earlier.version + 1 and later.version not in firsts
    ]


def _called_twice(recorded: Sequence[Recorded], told: Sequence[Told]) -> list[tuple[str, int]]:
    officers: dict[tuple[str, int], set[str]] = {}
    calls: list[Recorded | Told] = [*recorded, *told]
    for one in calls:
        if one.step is Step.CALL and one.officer_id is not None:
            officers.setdefault((one.ticket_id, one.call_number), set()).add(one.officer_id)
    return [call for call, found in officers.items() if len(found) > 1]


def _fired_twice(recorded: Sequence[Recorded]) -> list[tuple[str, Step, int]]:
    """Of a call, one abandonment and one lapse, whoever makes them."""
    fired = Counter(
        (one.ticket_id, one.step, one.call_number)
        for one in recorded
        if one.step in (Step.ABANDON, Step.LAPSE)
    )
    return [key for key, times in fired.items() if times > 1]


def _lost(recorded: Sequence[Recorded], told: Sequence[Told]) -> list[Told]:
    made = {(one.ticket_id, one.step, one.call_number) for one in recorded}
    return [one for one in told if (one.ticket_id, one.step, one.call_number) not in made]
