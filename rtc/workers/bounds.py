"""What servers and media workers agree on."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class WorkerBounds:
    """Every bound between servers and media workers. Times in milliseconds."""

    lease_ms: int = 2_500
    """A worker that did not say for this long that it is there is gone; its calls go on at another."""
    stall_ms: int = 15_000
    """The same for a worker that somebody vouches for who sees its process: on a busy machine processes wait
    for seconds.
    """
    look_ms: int = 250
    """How often a server looks for workers whose lease ended."""
    answer_ms: int = 2_000
    """How long one attempt of a command waits for the worker's answer."""
    drain_ms: int = 300_000
    """How long a worker that is to end waits for its calls to end; the others then go on at another."""
    leave_ms: int = 5_000
    """How long it then goes on carrying them until they were taken over."""
    backlog_max: int = 1_000
    """Commands that may wait for one worker, and answers for one server."""
    events_max: int = 10_000
    """Events kept for servers that are behind; one that is further behind looks at every call anew."""
    message_max_bytes: int = 262_144
    """A larger message is refused unread."""
    answers_kept: int = 1_000
    """Answers that a worker remembers, so that a repeated command is not done twice."""
    waiting_events_max: int = 4_096
    """Events that wait in a server for whoever shows them; one a call and one a leg at most."""
    call_kept_ms: int = 86_400_000
    """How long a call is kept in Redis after its last change."""
    ended_kept_ms: int = 3_600_000
    """The same of an ended one: how it ended, and that its id is used."""
    moves_at_a_time: int = 32
    """Calls of a dead worker that are set up elsewhere at once."""

    def __post_init__(self) -> None:
        """Raises ValueError for a number below 1."""
        for bound in fields(self):
            if getattr(self, bound.name) < 1:
                raise ValueError(f"{bound.name} is {getattr(self, bound.name)}")

    @property
    def renew_ms(self) -> int:
        """How often a worker says that it is there."""
        return max(1, self.lease_ms // 5)
