"""Names and meanings of what is looked at when it is asked for, and their values. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

GAUGES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "shuitong_part_up": ("Whether a part answered: records, queue, media, deliveries, disk.", ("part",)),
    "shuitong_build_info": ("1; the version that runs.", ("version",)),
    "shuitong_sockets": ("Sockets open at this process.", ("namespace",)),
    "shuitong_sockets_limit": ("sockets_max.", ()),
    "shuitong_event_loop_late_seconds": (
        "By how much the event loop was late for a timer lately, the worst of some seconds.",
        (),
    ),
    "shuitong_queue_waiting": ("Tickets that wait.", ("hall", "line")),
    "shuitong_queue_oldest_wait_seconds": (
        "How long the ticket waits that waits for its first call the longest; 0: none does.",
        ("hall", "line"),
    ),
    "shuitong_queue_tickets": (
        "Tickets by state: called, serving, on_hold, abandoned (may still be reactivated).",
        ("hall", "state"),
    ),
    "shuitong_queue_officers": ("Officers whose consoles are heard of.", ("hall",)),
    "shuitong_queue_closed": ("1: the hall takes no tickets.", ("hall",)),
    "shuitong_queue_frozen": ("1: the hall is being built anew from the records.", ("hall",)),
    "shuitong_queue_deadline_overdue_seconds": (
        "How long the earliest deadline in Redis is over; 0: none is.",
        ("hall",),
    ),
    "shuitong_queue_journal_entries": ("Steps that Redis keeps.", ("hall",)),
    "shuitong_records_behind_steps": ("Steps in Redis that are not recorded yet.", ("hall",)),
    "shuitong_case_deadlines": ("Deadlines of cases; state: waiting, retrying, parked.", ("state",)),
    "shuitong_case_deadline_overdue_seconds": (
        "How long the earliest deadline of a case is over; 0: none is.",
        (),
    ),
    "shuitong_outbox_deliveries": (
        "Notifications for the webhook; state: waiting, retrying, parked.",
        ("state",),
    ),
    "shuitong_outbox_oldest_seconds": ("Age of the oldest one that waits; 0: none does.", ()),
    "shuitong_media_workers": ("Media workers that are there; state: ready, draining.", ("state",)),
    "shuitong_media_worker_up": ("1: it answered with its counters.", ("worker",)),
    "shuitong_media_worker_load": ("Its load: 0 idle, 1 full, by calls or by its core.", ("worker",)),
    "shuitong_media_worker_cpu": ("What it used lately of one core.", ("worker",)),
    "shuitong_media_calls": ("Calls that it carries.", ("worker",)),
    "shuitong_media_calls_limit": ("Calls that it may carry.", ("worker",)),
    "shuitong_tls_certificate_expires_timestamp_seconds": ("When tls_cert ends.", ()),
    "shuitong_data_folder_free_bytes": ("Free space where data_dir is.", ()),
}
COUNTERS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "shuitong_fanout_frames": (
        "Frames that went to many pages: written, left_out (the page did not read), cut (it was ended).",
        ("outcome",),
    ),
    "shuitong_media_datagrams": ("Datagrams; direction: received, sent.", ("worker", "direction")),
    "shuitong_media_dropped": ("Datagrams that went no further, by reason.", ("worker", "reason")),
    "shuitong_media_receive_overflows": (
        "Datagrams that the system threw away because the socket was full.",
        ("worker",),
    ),
    "shuitong_media_rtp_expected": ("Packets that receivers reported to have expected.", ("worker",)),
    "shuitong_media_rtp_lost": ("Packets that receivers reported lost.", ("worker",)),
    "shuitong_media_quality_windows": (
        "Some seconds of one side of a call, by how they were; level: poor, fair, good, unknown.",
        ("worker", "level"),
    ),
    "shuitong_media_calls_opened": ("Calls that it took, also from another one.", ("worker",)),
    "shuitong_media_calls_ended": ("Calls that ended, by reason.", ("worker", "reason")),
    "shuitong_media_calls_moved": ("Calls that this process put elsewhere: their worker was gone.", ()),
}


class Seen:
    """Values under the names above; what is not added is left out. A name or labels of another kind are a
    KeyError or a ValueError.
    """

    def __init__(self) -> None:
        self._values: dict[str, dict[tuple[str, ...], float]] = {}

    def add(self, name: str, value: float, *labels: str) -> None:
        wanted = (GAUGES.get(name) or COUNTERS[name])[1]
        if len(labels) != len(wanted):
            raise ValueError(f"{name} has the labels {wanted}")
        self._values.setdefault(name, {})[labels] = value

    def add_all(self, found: Iterable[tuple[str, float, Sequence[str]]]) -> None:
        for name, value, labels in found:
            self.add(name, value, *labels)

    def families(self) -> Iterator[Metric]:
        for name, values in self._values.items():
            if name in GAUGES:
                text, labels = GAUGES[name]
                family: Metric = GaugeMetricFamily(name, text, labels=labels)
            else:
                text, labels = COUNTERS[name]
                family = CounterMetricFamily(name, text, labels=labels)
            for of, value in values.items():
                family.add_metric(of, value)  # type: ignore[attr-defined]  # of both kinds
            yield family
