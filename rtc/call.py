"""One call and its two legs: states, deadlines, views. Pure: no clock, no sockets, no asyncio.

A call is `connecting` until both legs were connected at once for the first time; from then on it is `running`
while both are connected and `recovering` while one is not. A leg may be missing (absent, joining or silent)
for `grace_ms` in a row; then the call ends as `peer_lost`. A call that never ran ends `connect_ms` after it was
opened: as `peer_lost` when one side had been connected, as `never_connected` when none had.
An ended call stays as it is.
"""

from dataclasses import dataclass
from enum import StrEnum


class LegName(StrEnum):
    TAXPAYER = "taxpayer"
    OFFICER = "officer"

    @property
    def other(self) -> "LegName":
        return LegName.OFFICER if self is LegName.TAXPAYER else LegName.TAXPAYER


class Facing(StrEnum):
    USER = "user"
    ENVIRONMENT = "environment"
    UNKNOWN = "unknown"


class LegState(StrEnum):
    ABSENT = "absent"
    JOINING = "joining"
    CONNECTED = "connected"
    SILENT = "silent"


class CallState(StrEnum):
    CONNECTING = "connecting"
    RUNNING = "running"
    RECOVERING = "recovering"
    ENDED = "ended"


class EndReason(StrEnum):
    HUNG_UP = "hung_up"
    PEER_LOST = "peer_lost"
    NEVER_CONNECTED = "never_connected"
    CLOSED = "closed"
    SHUTDOWN = "shutdown"


@dataclass(frozen=True, slots=True)
class Devices:
    """What a leg sends: `microphone` and `camera` are False while muted or missing."""

    microphone: bool
    camera: bool
    facing: Facing


@dataclass(frozen=True, slots=True)
class Quality:
    """Connection quality as the leg's page measured it: 0 unknown, 1 poor, 2 fair, 3 good."""

    level: int
    round_trip_ms: int | None

    def __post_init__(self) -> None:
        if not 0 <= self.level <= 3:
            raise ValueError(f"quality level {self.level} is not in 0..3")
        if self.round_trip_ms is not None and self.round_trip_ms < 0:
            raise ValueError(f"round_trip_ms {self.round_trip_ms} is negative")


NO_DEVICES = Devices(microphone=False, camera=False, facing=Facing.UNKNOWN)
UNKNOWN_QUALITY = Quality(level=0, round_trip_ms=None)


@dataclass(frozen=True, slots=True)
class LegView:
    name: LegName
    state: LegState
    devices: Devices
    quality: Quality


@dataclass(frozen=True, slots=True)
class CallView:
    """A call as both sides may see it. `connected_at_ms` is when both were first connected: the length counts from it."""

    call_id: str
    state: CallState
    created_at_ms: int
    connected_at_ms: int | None
    ended_at_ms: int | None
    end_reason: EndReason | None
    grace_until_ms: int | None
    legs: tuple[LegView, LegView]

    def leg(self, name: LegName) -> LegView:
        return self.legs[0] if name is self.legs[0].name else self.legs[1]


__all__ = [
    "NO_DEVICES",
    "UNKNOWN_QUALITY",
    "CallState",
    "CallView",
    "Devices",
    "EndReason",
    "Facing",
    "LegName",
    "LegState",
    "LegView",
    "Quality",
]
