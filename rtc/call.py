"""One call and its two legs: states, deadlines, views. Pure: no clock, no sockets, no asyncio.

A call is `connecting` until both legs were connected at once for the first time; from then on it is `running`
while both are connected and `recovering` while one is not. In a call that ran, a leg may be missing (absent,
joining or silent) for `grace_ms` in a row; then the call ends as `peer_lost`. A call that never ran ends
`connect_ms` after it was opened: as `peer_lost` when one side had been connected, as `never_connected` when
none had. An ended call stays as it is.

A leg moves as `LEG_TRANSITIONS` says; what is not in the table is a mistake of the caller (`ValueError`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from rtc.errors import CallEnded
from rtc.quality import UNKNOWN_QUALITY, Quality


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


class LegEvent(StrEnum):
    JOIN = "join"
    CONNECT = "connect"
    FALL_SILENT = "fall_silent"
    SOUND_AGAIN = "sound_again"
    LEAVE = "leave"


LEG_TRANSITIONS: Mapping[tuple[LegState, LegEvent], LegState] = {
    (LegState.ABSENT, LegEvent.JOIN): LegState.JOINING,
    (LegState.ABSENT, LegEvent.LEAVE): LegState.ABSENT,
    (LegState.JOINING, LegEvent.JOIN): LegState.JOINING,
    (LegState.JOINING, LegEvent.CONNECT): LegState.CONNECTED,
    (LegState.JOINING, LegEvent.LEAVE): LegState.ABSENT,
    (LegState.CONNECTED, LegEvent.JOIN): LegState.JOINING,
    (LegState.CONNECTED, LegEvent.FALL_SILENT): LegState.SILENT,
    (LegState.CONNECTED, LegEvent.LEAVE): LegState.ABSENT,
    (LegState.SILENT, LegEvent.JOIN): LegState.JOINING,
    (LegState.SILENT, LegEvent.SOUND_AGAIN): LegState.CONNECTED,
    (LegState.SILENT, LegEvent.LEAVE): LegState.ABSENT,
}


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
    """What a leg sends: `microphone` and `camera` are False while muted or missing.

    `screen`: its picture is that of its screen, not of its camera.
    """

    microphone: bool
    camera: bool
    facing: Facing
    screen: bool = False


NO_DEVICES = Devices(microphone=False, camera=False, facing=Facing.UNKNOWN)


@dataclass(frozen=True, slots=True)
class LegView:
    name: LegName
    state: LegState
    devices: Devices
    quality: Quality


@dataclass(frozen=True, slots=True)
class CallView:
    """A call as both sides may see it.

    `connected_at_ms`: when both were connected for the first time; the call's length counts from it.
    `grace_until_ms`: when the call ends by itself if nothing changes; None while it runs and once it ended.
    """

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


@dataclass(frozen=True, slots=True)
class CallTimes:
    """How long a call waits, see the module."""

    grace_ms: int
    connect_ms: int


@dataclass(frozen=True, slots=True)
class Leg:
    name: LegName
    state: LegState = LegState.ABSENT
    devices: Devices = NO_DEVICES
    quality: Quality = UNKNOWN_QUALITY
    missing_since_ms: int | None = None
    was_connected: bool = False

    def after(self, event: LegEvent, now_ms: int) -> "Leg":
        """Raises ValueError for an event that the table does not have."""
        state = LEG_TRANSITIONS.get((self.state, event))
        if state is None:
            raise ValueError(f"leg {self.name}: {event} while {self.state}")
        if state is LegState.CONNECTED:
            return replace(self, state=state, missing_since_ms=None, was_connected=True)
        missing_since_ms = now_ms if self.missing_since_ms is None else self.missing_since_ms
        quality = self.quality if state is LegState.SILENT else UNKNOWN_QUALITY
        return replace(self, state=state, quality=quality, missing_since_ms=missing_since_ms)


@dataclass(frozen=True, slots=True)
class Call:
    """A call at one moment; every method gives the call after it. Methods raise CallEnded once it is over."""

    call_id: str
    times: CallTimes
    created_at_ms: int
    taxpayer: Leg = Leg(LegName.TAXPAYER)
    officer: Leg = Leg(LegName.OFFICER)
    connected_at_ms: int | None = None
    ended_at_ms: int | None = None
    end_reason: EndReason | None = None

    @property
    def state(self) -> CallState:
        if self.end_reason is not None:
            return CallState.ENDED
        if self.connected_at_ms is None:
            return CallState.CONNECTING
        both = all(leg.state is LegState.CONNECTED for leg in (self.taxpayer, self.officer))
        return CallState.RUNNING if both else CallState.RECOVERING

    @property
    def grace_until_ms(self) -> int | None:
        """When the call ends by itself if nothing changes."""
        if self.state is CallState.CONNECTING:
            return self.created_at_ms + self.times.connect_ms
        if self.state is not CallState.RECOVERING:
            return None
        missing = (self.taxpayer.missing_since_ms, self.officer.missing_since_ms)
        return min(since_ms for since_ms in missing if since_ms is not None) + self.times.grace_ms

    def leg(self, name: LegName) -> Leg:
        return self.taxpayer if name is LegName.TAXPAYER else self.officer

    def after(self, name: LegName, event: LegEvent, now_ms: int) -> "Call":
        """That leg did that. Raises CallEnded, and ValueError for an event that the leg's state forbids."""
        call = self._with(self.leg(name).after(event, now_ms))
        both = call.taxpayer.state is LegState.CONNECTED and call.officer.state is LegState.CONNECTED
        if both and call.connected_at_ms is None:
            return replace(call, connected_at_ms=now_ms)
        return call

    def with_devices(self, name: LegName, devices: Devices) -> "Call":
        return self._with(replace(self.leg(name), devices=devices))

    def with_quality(self, name: LegName, quality: Quality) -> "Call":
        return self._with(replace(self.leg(name), quality=quality))

    def ended(self, reason: EndReason, now_ms: int) -> "Call":
        """The call is over; the first end counts. Both legs are absent afterwards."""
        if self.end_reason is not None:
            return self
        return replace(
            self,
            end_reason=reason,
            ended_at_ms=now_ms,
            taxpayer=replace(self.taxpayer, state=LegState.ABSENT),
            officer=replace(self.officer, state=LegState.ABSENT),
        )

    def at(self, now_ms: int) -> "Call":
        """The call with its deadline applied: ended if that passed, else itself."""
        until_ms = self.grace_until_ms
        if until_ms is None or now_ms < until_ms:
            return self
        somebody = self.taxpayer.was_connected or self.officer.was_connected
        return self.ended(EndReason.PEER_LOST if somebody else EndReason.NEVER_CONNECTED, now_ms)

    def view(self) -> CallView:
        return CallView(
            call_id=self.call_id,
            state=self.state,
            created_at_ms=self.created_at_ms,
            connected_at_ms=self.connected_at_ms,
            ended_at_ms=self.ended_at_ms,
            end_reason=self.end_reason,
            grace_until_ms=self.grace_until_ms,
            legs=(_leg_view(self.taxpayer), _leg_view(self.officer)),
        )

    def _with(self, leg: Leg) -> "Call":
        if self.end_reason is not None:
            raise CallEnded(self.call_id)
        if leg.name is LegName.TAXPAYER:
            return replace(self, taxpayer=leg)
        return replace(self, officer=leg)


def carried_on(view: CallView, times: CallTimes, now_ms: int) -> Call:
    """A call whose relay is gone, as it begins at another: both sides are absent, their devices as they were,
    and the time for coming back (or for connecting at all) begins now. Raises CallEnded.
    """
    if view.end_reason is not None:
        raise CallEnded(view.call_id)
    ran = view.connected_at_ms is not None
    taxpayer, officer = (
        Leg(
            name,
            devices=view.leg(name).devices,
            missing_since_ms=now_ms,
            was_connected=ran or view.leg(name).state in (LegState.CONNECTED, LegState.SILENT),
        )
        for name in (LegName.TAXPAYER, LegName.OFFICER)
    )
    return Call(
        view.call_id,
        times,
        view.created_at_ms if ran else now_ms,
        taxpayer,
        officer,
        connected_at_ms=view.connected_at_ms,
    )


def _leg_view(leg: Leg) -> LegView:
    return LegView(name=leg.name, state=leg.state, devices=leg.devices, quality=leg.quality)
