"""From what one visit, packet and write cost to the machines of a hall, a city, a province. Pure.

What was measured comes from results of ``shuitong load`` and ``shuitong bench relay``; everything else is an
assumption, and each has a name here (docs/CAPACITY.md says where it comes from).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from loadtests.errors import LoadError

LINES_A_HALL: Final = 4
STEPS_A_VISIT: Final = 4
"""Steps of a ticket that move its line."""
UPDATE_US: Final = 100.0
"""Of the web process for a position on a page, with everything around it: at most, of ``bench fanout``."""
WAITING_BYTES: Final = 438
"""Of a waiting ticket in Redis (``bench queue``)."""
WRITES_A_VISIT: Final = 13
WRITES_PER_S: Final = 245.0
"""Of one database of records, one after the other (``bench api``)."""
PACKETS_PER_S: Final = 400
"""Of a call, both sides: 30 frames of 5 packets, and 50 of sound."""
MBITS_A_SIDE: Final = 1.54
"""What a page sends at most (docs/MEDIA.md); the relay sends as much to the other side."""
TURN_SHARE: Final = 0.1
"""Of the calls, which get no UDP through."""
CALLS_A_WORKER: Final = 250
"""``media_calls_max``."""
RUN_MIN_S: Final = 10.0
"""A shorter run says nothing about what a visit costs."""


class ResultUnusable(LoadError):
    """The result of a run does not say what is needed of it."""

    code = "result_unusable"


@dataclass(frozen=True, slots=True)
class UnitCosts:
    """Measured: processor time of a visit in the web processes and in Redis, and of a media packet."""

    visit_web_s: float
    visit_redis_s: float
    packet_us: float


@dataclass(frozen=True, slots=True)
class Demand:
    """``waiting`` and ``calls`` at once, in all halls; ``rush``: so many times as many come in the first half
    hour.
    """

    halls: int
    waiting: int
    calls: int
    call_minutes: float = 10.0
    rush: float = 5.0

    @property
    def visits_per_s(self) -> float:
        """As many come as calls end."""
        return self.calls / (self.call_minutes * 60)


@dataclass(frozen=True, slots=True)
class Machine:
    """``busy``: the share of a core that is planned for."""

    cores: int = 8
    busy: float = 0.6


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the installation: how much it needs, how many there are of it, on how many machines."""

    name: str
    needs: str
    count: int
    machines: int
    why: str


def unit_costs(load: Mapping[str, Any], relay: Mapping[str, Any] | None = None) -> UnitCosts:
    """From the results of a load run with a server of its own, and of the relay's benchmark; without that one
    a packet costs what it cost in the load run, where few calls share a worker's turns.

    Raises ResultUnusable.
    """
    used = load["details"].get("cpu_s", {})
    visits = load["summary"].get("tickets", 0)
    if not visits or used.get("web", 0.0) <= 0 or load["summary"].get("taken_s", 0.0) < RUN_MIN_S:
        raise ResultUnusable("a load run with a server of its own is needed, of ten seconds and more")
    packet_us = relay["summary"].get("us_per_packet_50") if relay is not None else None
    if packet_us is None:
        media_s = sum(used_s for process, used_s in used.items() if process.startswith("media"))
        packets = load["summary"].get("packets_sent", 0)
        if not packets or media_s <= 0:
            raise ResultUnusable(
                "nothing says what a media packet costs: --relay, or a run with media workers"
            )
        packet_us = media_s / packets * 1e6
    return UnitCosts(used["web"] / visits, used.get("redis", 0.0) / visits, float(packet_us))


def plan(demand: Demand, costs: UnitCosts, machine: Machine) -> list[Part]:
    """What that many people need. Of each kind one machine may be gone."""
    rush_per_s = demand.visits_per_s * demand.rush
    pages = demand.waiting / max(1, demand.halls) / LINES_A_HALL
    updates_per_s = rush_per_s * STEPS_A_VISIT * pages
    web_cores = rush_per_s * costs.visit_web_s + updates_per_s * UPDATE_US / 1e6
    media_cores = demand.calls * PACKETS_PER_S * costs.packet_us / 1e6
    workers = max(_of(media_cores, machine.busy), math.ceil(demand.calls / CALLS_A_WORKER))
    writes_per_s = rush_per_s * WRITES_A_VISIT
    records = _of(writes_per_s / WRITES_PER_S, machine.busy)
    turn_mbits = demand.calls * TURN_SHARE * 2 * MBITS_A_SIDE
    media_mbits = demand.calls * 2 * MBITS_A_SIDE
    media_machines = _spared(workers, machine.cores)
    return [
        _processes(
            "web processes",
            _of(web_cores, machine.busy),
            machine.cores,
            f"{web_cores:.2f} cores in the rush",
            f"{rush_per_s:.1f} visits a second of {costs.visit_web_s * 1e3:.0f} ms, "
            f"{updates_per_s:.0f} positions",
        ),
        _processes(
            "media workers",
            workers,
            machine.cores,
            f"{media_cores:.2f} cores",
            f"{demand.calls} calls of {PACKETS_PER_S} packets a second of {costs.packet_us:.1f} µs",
        ),
        Part(
            "network cards for media",
            f"{media_mbits / max(1, media_machines - 1):.0f} Mbit/s each way",
            media_machines,
            media_machines,
            f"{media_mbits:.0f} Mbit/s in and out, with one of the machines gone",
        ),
        Part(
            "Redis",
            f"{rush_per_s * costs.visit_redis_s:.2f} cores, {demand.waiting * WAITING_BYTES / 1e6:.1f} MB",
            3,
            3,
            "for its safety: a master and two replicas with Sentinels, or three masters with a replica each",
        ),
        Part(
            "databases of the records",
            f"{writes_per_s:.0f} writes a second",
            records,
            2 * records,
            f"one does {WRITES_PER_S:.0f} a second, one at a time; halls belong to one; each with a standby",
        ),
        Part(
            "TURN",
            f"{turn_mbits:.0f} Mbit/s",
            2,
            2,
            f"{TURN_SHARE:.0%} of the calls, both their ways",
        ),
    ]


def _of(needed: float, busy: float) -> int:
    return max(1, math.ceil(needed / busy))


def _spared(processes: int, cores: int) -> int:
    return math.ceil(processes / cores) + 1


def _processes(name: str, needed: int, cores: int, needs: str, why: str) -> Part:
    """As many on each machine that one machine may be gone."""
    machines = _spared(needed, cores)
    return Part(name, needs, math.ceil(needed / (machines - 1)) * machines, machines, why)
