"""What is counted and timed as it happens, in this process. Labels have few values, and nothing of people."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

from queueing.states import Step
from queueing.ticket import Cause, JournalEntry

REQUEST_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
TOLD_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)
WAIT_S: Final = (15.0, 60.0, 180.0, 300.0, 600.0, 900.0, 1_800.0, 2_700.0, 3_600.0, 7_200.0)
ANSWER_S: Final = (2.0, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0)
SERVICE_S: Final = (30.0, 60.0, 180.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0)
LATE_S: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 30.0, 300.0)
OPEN_MAX: Final = 50_000
"""Tickets whose latest call and deadline are remembered, for the times between two steps."""


class Instruments:
    """Of one process, with a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        own = self.registry
        self._requests = Counter(
            "shuitong_http_requests",
            "Requests answered, by the path of their route and status.",
            ("method", "route", "status"),
            registry=own,
        )
        self._request_times = Histogram(
            "shuitong_http_request_duration_seconds",
            "From the head of a request to the end of its answer.",
            ("method", "route"),
            buckets=REQUEST_S,
            registry=own,
        )
        self._commands = Counter(
            "shuitong_socket_commands",
            "Commands of pages over the socket; outcome: ok, or the code that it was refused with.",
            ("command", "outcome"),
            registry=own,
        )
        self._command_times = Histogram(
            "shuitong_socket_command_duration_seconds",
            "From a command over the socket to its acknowledgement.",
            ("command",),
            buckets=REQUEST_S,
            registry=own,
        )
        self._told_after = Histogram(
            "shuitong_fanout_told_after_seconds",
            "From a step of the queue to showing it to its ticket's pages.",
            buckets=TOLD_S,
            registry=own,
        )
        self._tickets = _TicketTimes(own)

    def request(self, method: str, route: str, status: int, took_s: float) -> None:
        """As ``api.http.Measured``."""
        self._requests.labels(method, route, str(status)).inc()
        self._request_times.labels(method, route).observe(took_s)

    def command(self, name: str, outcome: str, took_s: float) -> None:
        """As ``signaling.server.Measured``."""
        self._commands.labels(name, outcome).inc()
        self._command_times.labels(name).observe(took_s)

    def told_after(self, seconds: float) -> None:
        self._told_after.observe(seconds)

    def recorded(self, entries: Sequence[JournalEntry]) -> None:
        """Steps that this process recorded, in their order: of all processes, one records a step."""
        for entry in entries:
            self._tickets.take(entry)


class _TicketTimes:
    def __init__(self, own: CollectorRegistry) -> None:
        self._steps = Counter(
            "shuitong_queue_steps",
            "Steps of tickets that this process recorded; cause: who made it.",
            ("hall", "step", "cause"),
            registry=own,
        )
        self._waits = Histogram(
            "shuitong_queue_wait_seconds",
            "From taking a ticket to its first call.",
            ("hall",),
            buckets=WAIT_S,
            registry=own,
        )
        self._answers = Histogram(
            "shuitong_queue_answer_seconds",
            "From a call to its confirmation.",
            ("hall",),
            buckets=ANSWER_S,
            registry=own,
        )
        self._services = Histogram(
            "shuitong_queue_service_seconds",
            "From the confirmation of a ticket's latest call to its finish.",
            ("hall",),
            buckets=SERVICE_S,
            registry=own,
        )
        self._late = Histogram(
            "shuitong_queue_deadline_lateness_seconds",
            "From a ticket's deadline to the step that it caused.",
            ("hall",),
            buckets=LATE_S,
            registry=own,
        )
        self._before: OrderedDict[str, JournalEntry] = OrderedDict()
        """The latest step of each ticket that has a deadline."""

    def take(self, entry: JournalEntry) -> None:
        ticket, hall = entry.ticket, entry.ticket.hall_id
        self._steps.labels(hall, entry.step.value, entry.cause.value).inc()
        before = self._before.pop(ticket.ticket_id, None)
        if entry.step is Step.CALL and ticket.call_number == 1:
            self._waits.labels(hall).observe((entry.at_ms - ticket.issued_at_ms) / 1_000)
        elif entry.step is Step.CONFIRM and before is not None:
            self._answers.labels(hall).observe((entry.at_ms - before.at_ms) / 1_000)
        elif entry.step is Step.FINISH and ticket.confirmed_at_ms is not None:
            self._services.labels(hall).observe((entry.at_ms - ticket.confirmed_at_ms) / 1_000)
        due_ms = before.ticket.deadline_ms if before is not None else None
        if entry.cause is Cause.DEADLINE and due_ms is not None:
            self._late.labels(hall).observe(max(0, entry.at_ms - due_ms) / 1_000)
        if ticket.deadline_ms is not None:
            self._before[ticket.ticket_id] = entry
            while len(self._before) > OPEN_MAX:
                self._before.popitem(last=False)
