"""One call that is going on: its state, its two sides, and what each change means for the other side."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from aiortc.rtcdtlstransport import RTCCertificate

from rtc.call import (
    Call,
    CallState,
    CallTimes,
    CallView,
    Devices,
    EndReason,
    LegEvent,
    LegName,
    LegState,
    carried_on,
)
from rtc.errors import CallEnded, LegUnknown, OfferStale
from rtc.leg import LegConnection
from rtc.meter import CallMeter, QualityTally
from rtc.negotiation import Negotiation
from rtc.packets import PacketMalformed
from rtc.port import MediaPort
from rtc.quality import Figures
from rtc.route import NOT_DECLARED, Route
from rtc.sdp_offer import VIDEO_FEATURES, OfferParts, SourceSsrcs, build_offer
from rtc.service import (
    CallChanged,
    CallMemory,
    CallStatistics,
    DirectionStatistics,
    LegMemory,
    MediaEvent,
    Offer,
    OfferChanged,
)
from rtc.settings import RelaySettings


@dataclass(frozen=True, slots=True)
class CallParts:
    """What all calls of a relay share."""

    settings: RelaySettings
    port: MediaPort
    certificate: Callable[[], RTCCertificate]
    now_ms: Callable[[], int]
    emit: Callable[[MediaEvent], None]
    close_later: Callable[[LegConnection], None]
    """Close a connection without waiting for it; the relay waits for it when it stops."""
    tally: QualityTally


@dataclass(slots=True)
class _Totals:
    """Counters of a side's earlier connections."""

    rtp_packets: int = 0
    rtp_bytes: int = 0
    rtcp_packets: int = 0
    rtcp_bytes: int = 0
    keyframe_requests: int = 0
    drops: dict[str, int] = field(default_factory=dict)

    def add(self, route: Route) -> None:
        self.rtp_packets += route.rtp_packets
        self.rtp_bytes += route.rtp_bytes
        self.rtcp_packets += route.rtcp_packets
        self.rtcp_bytes += route.rtcp_bytes
        self.keyframe_requests += route.keyframes.requests
        for reason, count in route.drops.items():
            self.drops[reason] = self.drops.get(reason, 0) + count


class _Side:
    def __init__(self, name: LegName, negotiation: Negotiation) -> None:
        self.name = name
        self.negotiation = negotiation
        self.connection: LegConnection | None = None
        self.session_id = 0
        self.joined = 0
        self.totals = _Totals()

    @property
    def connected(self) -> LegConnection | None:
        return self.connection if self.connection is not None and self.connection.is_connected else None

    @property
    def sent_bytes(self) -> int:
        """Of RTP, over all its connections."""
        now = self.connection.route.rtp_bytes if self.connection is not None else 0
        return self.totals.rtp_bytes + now

    def statistics(self) -> DirectionStatistics:
        sums = _Totals(drops={})
        earlier = self.totals
        if self.connection is not None:
            sums.add(self.connection.route)
        for reason, count in earlier.drops.items():
            sums.drops[reason] = sums.drops.get(reason, 0) + count
        return DirectionStatistics(
            rtp_packets=sums.rtp_packets + earlier.rtp_packets,
            rtp_bytes=sums.rtp_bytes + earlier.rtp_bytes,
            rtcp_packets=sums.rtcp_packets + earlier.rtcp_packets,
            rtcp_bytes=sums.rtcp_bytes + earlier.rtcp_bytes,
            keyframe_requests=sums.keyframe_requests + earlier.keyframe_requests,
            dropped=sums.drops,
        )


class LiveCall:
    """Raises as `rtc.service.MediaService` says; every public method emits what it changed."""

    def __init__(self, call_id: str, parts: CallParts, memory: CallMemory | None = None) -> None:
        """`memory`: of a call that began elsewhere. A side that was in it then is offered a new connection.

        Raises CallEnded.
        """
        settings = parts.settings
        times = CallTimes(settings.grace_ms, settings.connect_ms)
        self._parts = parts
        self._given_ssrcs: set[int] = set()
        now_ms = parts.now_ms()
        self._call = (
            Call(call_id, times, now_ms) if memory is None else carried_on(memory.view, times, now_ms)
        )
        self._sides = {name: _Side(name, Negotiation(self._new_ssrcs)) for name in LegName}
        self._meter = CallMeter(settings.quality_ms, parts.tally)
        self._seen = self._call.view()
        if memory is not None:
            self._go_on(memory)
        parts.emit(CallChanged(self._seen))

    def _go_on(self, memory: CallMemory) -> None:
        for side in self._sides.values():
            known = memory.leg(side.name)
            side.negotiation.generation, side.joined = known.generation, known.joined
        for side in self._sides.values():
            seen = memory.view.leg(side.name)
            if seen.state is not LegState.ABSENT:
                self._parts.emit(OfferChanged(self._begin(side, seen.devices)))
        self._seen = self._call.view()

    @property
    def has_ended(self) -> bool:
        return self._call.end_reason is not None

    def view(self) -> CallView:
        return self._call.view()

    def memory(self) -> CallMemory:
        taxpayer, officer = (
            LegMemory(side.name, side.negotiation.generation, side.joined)
            for side in (self._sides[LegName.TAXPAYER], self._sides[LegName.OFFICER])
        )
        return CallMemory(self._call.view(), (taxpayer, officer))

    def statistics(self) -> CallStatistics:
        return CallStatistics(
            self._call.call_id,
            self._sides[LegName.TAXPAYER].statistics(),
            self._sides[LegName.OFFICER].statistics(),
        )

    def join(self, leg: LegName, devices: Devices) -> Offer:
        side = self._sides[leg]
        offer = replace(self._begin(side, devices), joined=side.negotiation.generation)
        side.joined = offer.joined
        self._show()
        return offer

    def _begin(self, side: _Side, devices: Devices) -> Offer:
        """A new connection of that side; the other one hears of it."""
        self._happen(side.name, LegEvent.JOIN)
        self._call = self._call.with_devices(side.name, devices)
        other = self._sides[side.name.other]
        self._disconnect(side)
        parts = self._parts
        side.connection = LegConnection(
            parts.settings,
            parts.port,
            parts.certificate(),
            connected=self._on_connected,
            lost=self._on_lost,
            moved=self._on_moved,
        )
        side.session_id = secrets.randbits(62)
        before = side.negotiation.announced
        side.negotiation.begin()
        side.connection.route.rename(NOT_DECLARED, side.negotiation.announced)
        if side.negotiation.announced != before:
            self._forget(other, before)
        side.negotiation.propose(other.negotiation)
        offer = self._offer(side, side.connection)
        self._offer_again(other)
        return offer

    def answer(self, leg: LegName, generation: int, revision: int, sdp: str) -> None:
        if self.has_ended:
            raise CallEnded(self._call.call_id)
        side, other = self._sides[leg], self._sides[leg.other]
        if side.connection is None:
            raise LegUnknown(leg)
        answer = side.negotiation.take(generation, revision, sdp)
        side.connection.accept(answer, side.negotiation.restarts_answered)
        side.connection.route.rename(answer.ssrcs, side.negotiation.announced)
        for sender, receiver in ((side, other), (other, side)):
            self._pass_what_both_took(sender, receiver)
        self._offer_again(other)
        self._offer_again(side)
        if revision > 1:
            # Only now does this page know the other's new source: what was sent before it could not show.
            self._want_keyframe(other)

    def _pass_what_both_took(self, sender: _Side, receiver: _Side) -> None:
        """A codec that one answer has and the other has not passes to neither, from the answer on: until the
        next offer is applied, the one that has it may send it.
        """
        own, others = sender.negotiation.answer, receiver.negotiation.answer
        if sender.connection is None or own is None or others is None:
            return
        if sender.connection.route.refuse(own.features & VIDEO_FEATURES - others.features):
            self._want_keyframe(sender)

    def current_offer(self, leg: LegName) -> Offer:
        side, connection = self._connected_or_joining(leg)
        return self._offer(side, connection)

    def restart(self, leg: LegName, generation: int, applied: int) -> Offer:
        side, connection = self._connected_or_joining(leg)
        negotiation = side.negotiation
        if side.joined <= generation < negotiation.generation:
            return self._offer(side, connection)
        if generation != negotiation.generation:
            raise OfferStale(f"generation {generation} is not the newest")
        if negotiation.restart(applied):
            negotiation.propose(self._sides[leg.other].negotiation)
        return self._offer(side, connection)

    def _connected_or_joining(self, leg: LegName) -> tuple[_Side, LegConnection]:
        if self.has_ended:
            raise CallEnded(self._call.call_id)
        side = self._sides[leg]
        if side.connection is None:
            raise LegUnknown(leg)
        return side, side.connection

    def set_devices(self, leg: LegName, devices: Devices) -> CallView:
        self._call = self._call.with_devices(leg, devices)
        return self._show()

    def set_quality(self, leg: LegName, measured: Figures) -> CallView:
        if self.has_ended:
            raise CallEnded(self._call.call_id)
        self._meter.take_page(leg, measured, self._parts.now_ms())
        return self._call.view()

    def leave(self, leg: LegName) -> CallView:
        self._happen(leg, LegEvent.LEAVE)
        self._disconnect(self._sides[leg])
        return self._show()

    def end(self, reason: EndReason) -> CallView:
        """Idempotent; the first reason stays."""
        self._call = self._call.ended(reason, self._parts.now_ms())
        for side in self._sides.values():
            self._disconnect(side)
        return self._show()

    def drop(self) -> None:
        """Another relay carries the call: the connections are closed, and nobody is told."""
        for side in self._sides.values():
            self._disconnect(side)

    def tick(self, now_ms: int) -> None:
        """Notice silence and sound, send what became due, end at the deadline."""
        for side in self._sides.values():
            connection = side.connected
            if connection is None:
                continue
            self._listen(side.name, connection, now_ms)
            self._parts.port.keep_consent(connection)
            if connection.route.keyframes.due(now_ms):
                self._parts.port.request_keyframe(connection.route)
        self._measure(now_ms)
        self._call = self._call.at(now_ms)
        if self.has_ended:
            for side in self._sides.values():
                self._disconnect(side)
        self._show()

    def _listen(self, leg: LegName, connection: LegConnection, now_ms: int) -> None:
        state = self._call.leg(leg).state
        if connection.route.signs_of_life != connection.heard_before:
            connection.heard_before = connection.route.signs_of_life
            connection.heard_at_ms = now_ms
            if state is LegState.SILENT:
                connection.route.silent = False
                self._happen(leg, LegEvent.SOUND_AGAIN)
                self._want_keyframe(self._sides[leg.other])
        elif (
            state is LegState.CONNECTED and now_ms - connection.heard_at_ms >= self._parts.settings.silent_ms
        ):
            connection.route.silent = True
            self._happen(leg, LegEvent.FALL_SILENT)

    def _measure(self, now_ms: int) -> None:
        """How good the connections are, once in a while."""
        for side in self._sides.values():
            other = self._sides[side.name.other].connection
            if side.connection is None or other is None:
                continue
            reports = side.connection.route.reports
            while reports:
                at_ms, packet = reports.popleft()
                try:
                    self._meter.take_rtcp(side.name, at_ms, packet, other.route.audio_ssrc)
                except PacketMalformed:
                    side.connection.route.drop("report_malformed")
        if self._call.state is not CallState.RUNNING:
            self._meter.pause()
            return
        sent = {side.name: side.sent_bytes for side in self._sides.values()}
        for leg, quality in self._meter.look(now_ms, sent).items():
            self._call = self._call.with_quality(leg, quality)

    def _on_connected(self, connection: LegConnection) -> None:
        side = self._side_of(connection)
        if side is None or self.has_ended:
            return
        connection.heard_at_ms = self._parts.now_ms()
        side.negotiation.connected()
        self._happen(side.name, LegEvent.CONNECT)
        other = self._sides[side.name.other]
        if other.connected is not None:
            connection.route.peer = other.connected.route
            other.connected.route.peer = connection.route
            self._want_keyframe(other)
            self._want_keyframe(side)
        self._show()

    def _on_moved(self, connection: LegConnection) -> None:
        """What was sent to where it was before is lost: its picture goes on with a keyframe."""
        side = self._side_of(connection)
        if side is not None and not self.has_ended:
            self._want_keyframe(self._sides[side.name.other])

    def _on_lost(self, connection: LegConnection) -> None:
        side = self._side_of(connection)
        if side is None or self.has_ended:
            return
        self._happen(side.name, LegEvent.LEAVE)
        self._disconnect(side)
        self._show()

    def _side_of(self, connection: LegConnection) -> _Side | None:
        return next((side for side in self._sides.values() if side.connection is connection), None)

    def _disconnect(self, side: _Side) -> None:
        connection = side.connection
        if connection is None:
            return
        side.connection = None
        side.totals.add(connection.route)
        if connection.route.peer is not None:
            connection.route.peer.peer = None
            connection.route.peer = None
        self._parts.close_later(connection)

    def _forget(self, side: _Side, sources: SourceSsrcs) -> None:
        """Nothing will be sent to that side under these names again."""
        srtp = side.connection.route.srtp if side.connection is not None else None
        if srtp is not None:
            for ssrc in (sources.audio, sources.video, sources.repair):
                srtp.forget_sent(ssrc)

    def _want_keyframe(self, side: _Side) -> None:
        """Ask that side's camera, now or as soon as the interval allows."""
        connection = side.connected
        if connection is not None and connection.route.keyframes.ask(self._parts.now_ms()):
            self._parts.port.request_keyframe(connection.route)

    def _offer_again(self, side: _Side) -> None:
        """A new offer on the side's connection, if what it has to say changed."""
        if side.connection is None:
            return
        other = self._sides[side.name.other]
        if side.negotiation.propose(other.negotiation):
            self._parts.emit(OfferChanged(self._offer(side, side.connection)))

    def _offer(self, side: _Side, connection: LegConnection) -> Offer:
        negotiation = side.negotiation
        terms = negotiation.newest_terms
        if terms is None:
            raise LegUnknown(side.name)
        ice = connection.ice_of(terms.restarts)
        sdp = build_offer(
            OfferParts(
                session_id=side.session_id,
                revision=negotiation.revision,
                ice_ufrag=ice.ufrag,
                ice_pwd=ice.pwd,
                fingerprint=connection.fingerprint,
                addresses=self._parts.settings.announced or (self._parts.settings.host,),
                port=self._parts.port.number,
                source=side.name.other.value,
                ssrcs=terms.ssrcs,
                features=terms.features,
            )
        )
        return Offer(
            self._call.call_id, side.name, negotiation.generation, negotiation.revision, sdp, side.joined
        )

    def _new_ssrcs(self) -> SourceSsrcs:
        """Three that were not given before. SSRCs below 256 stay free for receivers and for the relay."""
        fresh: list[int] = []
        while len(fresh) < 3:
            ssrc = secrets.randbelow(2**32 - 256) + 256
            if ssrc not in self._given_ssrcs:
                self._given_ssrcs.add(ssrc)
                fresh.append(ssrc)
        return SourceSsrcs(*fresh)

    def _happen(self, leg: LegName, event: LegEvent) -> None:
        self._call = self._call.after(leg, event, self._parts.now_ms())

    def _show(self) -> CallView:
        view = self._call.view()
        if view != self._seen:
            self._seen = view
            ended = view.end_reason is not None
            self._parts.emit(CallChanged(view, self._meter.summary() if ended else ()))
        return view
