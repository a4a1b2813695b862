"""What each command does: one use case."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from cases.access import Officer, Taxpayer, leg_name
from cases.calls import Calls
from cases.clock import Clock
from cases.counter import Counter
from cases.desk import Desk
from cases.errors import Forbidden
from cases.opening import Opening
from cases.probes import Probes
from cases.serving import Serving
from cases.stills.requests import Stills
from cases.stills.views import StillView
from cases.transfers import Transfer
from cases.videos.requests import Videos
from cases.videos.views import VideoView
from cases.views.calls import CallJoined, CallView, ProbeOpened
from cases.views.desks import BoardView, DeskView
from cases.views.tickets import TicketView
from queueing.errors import HallFrozen
from rtc.call import Devices
from rtc.quality import Figures
from signaling import events
from signaling.errors import InvalidPayload, TooFast
from signaling.events import Command, Done, Payload
from signaling.following import Following
from signaling.pages import Pages
from signaling.sockets import Socket

Handler = Callable[[Socket, Payload], Awaitable[object]]
P = TypeVar("P", bound=Payload)


def _as(kind: type[P], payload: Payload) -> P:
    if not isinstance(payload, kind):
        raise InvalidPayload
    return payload


def _taxpayer(socket: Socket) -> Taxpayer:
    if not isinstance(socket.person, Taxpayer):
        raise Forbidden("for taxpayers")
    return socket.person


def _officer(socket: Socket) -> Officer:
    if not isinstance(socket.person, Officer):
        raise Forbidden("for officers")
    return socket.person


class CallHandlers:
    """The commands of a call; the same for both sides."""

    def __init__(self, calls: Calls, pages: Pages, clock: Clock) -> None:
        self._calls = calls
        self._pages = pages
        self._clock = clock

    def table(self) -> Mapping[Command, Handler]:
        return {
            events.CALL_JOIN: self._join,
            events.CALL_RESUME: self._resume,
            events.CALL_RESTART: self._restart,
            events.CALL_ANSWER: self._answer,
            events.CALL_DEVICES: self._devices,
            events.CALL_QUALITY: self._quality,
            events.CALL_HANG_UP: self._hang_up,
        }

    async def _join(self, socket: Socket, payload: Payload) -> CallJoined:
        asked = _as(events.CallJoin, payload)
        if not socket.joins.take(self._clock.now_ms()):
            raise TooFast
        joined = await self._calls.join(socket.person, asked.ticket_id, _devices(asked.devices))
        await self._pages.joined(socket, joined.call.call_id, leg_name(socket.person))
        return joined

    async def _resume(self, socket: Socket, payload: Payload) -> CallJoined:
        asked = _as(events.CallResume, payload)
        joined = await self._calls.resume_leg(socket.person, asked.call_id, asked.generation)
        await self._pages.joined(socket, asked.call_id, leg_name(socket.person))
        return joined

    async def _restart(self, socket: Socket, payload: Payload) -> CallJoined:
        asked = _as(events.CallRestart, payload)
        joined = await self._calls.restart_leg(socket.person, asked.call_id, asked.generation, asked.revision)
        await self._pages.joined(socket, asked.call_id, leg_name(socket.person))
        return joined

    async def _answer(self, socket: Socket, payload: Payload) -> Done:
        asked = _as(events.CallAnswer, payload)
        await self._calls.answer(socket.person, asked.call_id, asked.generation, asked.revision, asked.sdp)
        return Done()

    async def _devices(self, socket: Socket, payload: Payload) -> CallView:
        asked = _as(events.CallDevices, payload)
        self._pages.refuse_replaced(socket, asked.call_id, leg_name(socket.person))
        return await self._calls.set_devices(socket.person, asked.call_id, _devices(asked.devices))

    async def _quality(self, socket: Socket, payload: Payload) -> Done:
        asked = _as(events.CallQuality, payload)
        self._pages.refuse_replaced(socket, asked.call_id, leg_name(socket.person))
        measured = Figures(**asked.model_dump(exclude={"call_id"}))
        await self._calls.report_quality(socket.person, asked.call_id, measured)
        return Done()

    async def _hang_up(self, socket: Socket, payload: Payload) -> CallView:
        return await self._calls.hang_up(socket.person, _as(events.CallNamed, payload).call_id)


class ProbeHandlers:
    """The commands by which a page tries its way to the relay; the same for both sides."""

    def __init__(self, probes: Probes, clock: Clock) -> None:
        self._probes = probes
        self._clock = clock

    def table(self) -> Mapping[Command, Handler]:
        return {
            events.PROBE_OPEN: self._open,
            events.PROBE_ANSWER: self._answer,
            events.PROBE_CLOSE: self._close,
        }

    async def _open(self, socket: Socket, payload: Payload) -> ProbeOpened:
        _as(events.Nothing, payload)
        if not socket.joins.take(self._clock.now_ms()):
            raise TooFast
        return await self._probes.open(socket.person)

    async def _answer(self, socket: Socket, payload: Payload) -> Done:
        asked = _as(events.CallAnswer, payload)
        await self._probes.answer(socket.person, asked.call_id, asked.generation, asked.revision, asked.sdp)
        return Done()

    async def _close(self, socket: Socket, payload: Payload) -> Done:
        await self._probes.close(socket.person, _as(events.CallNamed, payload).call_id)
        return Done()


class VideoHandlers:
    """The commands of requests for video; the same for both sides."""

    def __init__(self, videos: Videos, pages: Pages, clock: Clock) -> None:
        self._videos = videos
        self._pages = pages
        self._clock = clock

    def table(self) -> Mapping[Command, Handler]:
        return {
            events.VIDEO_ASK: self._ask,
            events.VIDEO_ACCEPT: self._accept,
            events.VIDEO_REFUSE: self._refuse,
            events.VIDEO_WITHDRAW: self._withdraw,
            events.VIDEO_JOIN: self._join,
        }

    async def _ask(self, socket: Socket, payload: Payload) -> VideoView:
        named = _as(events.VideoNamed, payload)
        return await self._videos.ask(socket.person, named.case_id, named.request_id)

    async def _accept(self, socket: Socket, payload: Payload) -> VideoView:
        named = _as(events.VideoNamed, payload)
        return await self._videos.accept(socket.person, named.case_id, named.request_id)

    async def _refuse(self, socket: Socket, payload: Payload) -> VideoView:
        named = _as(events.VideoNamed, payload)
        return await self._videos.refuse(socket.person, named.case_id, named.request_id)

    async def _withdraw(self, socket: Socket, payload: Payload) -> VideoView:
        named = _as(events.VideoNamed, payload)
        return await self._videos.withdraw(socket.person, named.case_id, named.request_id)

    async def _join(self, socket: Socket, payload: Payload) -> CallJoined:
        asked = _as(events.VideoJoin, payload)
        if not socket.joins.take(self._clock.now_ms()):
            raise TooFast
        joined = await self._videos.join(socket.person, asked.case_id, _devices(asked.devices))
        await self._pages.joined(socket, joined.call.call_id, leg_name(socket.person))
        return joined


class StillHandlers:
    """The commands of requests for a still picture, which each side has its own of."""

    def __init__(self, stills: Stills) -> None:
        self._stills = stills

    def of_taxpayers(self) -> Mapping[Command, Handler]:
        return {events.STILL_CONSENT: self._consent, events.STILL_REFUSE: self._refuse}

    def of_officers(self) -> Mapping[Command, Handler]:
        return {events.STILL_ASK: self._ask, events.STILL_WITHDRAW: self._withdraw}

    async def _ask(self, socket: Socket, payload: Payload) -> StillView:
        asked = _as(events.StillAsked, payload)
        return await self._stills.ask(_officer(socket), asked.case_id, asked.request_id, asked.subject)

    async def _withdraw(self, socket: Socket, payload: Payload) -> StillView:
        named = _as(events.StillNamed, payload)
        return await self._stills.withdraw(_officer(socket), named.case_id, named.request_id)

    async def _consent(self, socket: Socket, payload: Payload) -> StillView:
        named = _as(events.StillNamed, payload)
        return await self._stills.consent(_taxpayer(socket), named.case_id, named.request_id)

    async def _refuse(self, socket: Socket, payload: Payload) -> StillView:
        named = _as(events.StillNamed, payload)
        return await self._stills.refuse(_taxpayer(socket), named.case_id, named.request_id)


def _devices(chosen: events.DevicesChosen) -> Devices:
    return Devices(chosen.microphone, chosen.camera, chosen.facing, chosen.screen)


class TaxpayerHandlers:
    """The commands of a taxpayer's page."""

    def __init__(self, counter: Counter, pages: Pages, following: Following) -> None:
        self._counter = counter
        self._pages = pages
        self._following = following

    def table(self) -> Mapping[Command, Handler]:
        return {
            events.TICKET_WATCH: self._watch,
            events.TICKET_CONFIRM: self._confirm,
            events.TICKET_REACTIVATE: self._reactivate,
            events.TICKET_CANCEL: self._cancel,
        }

    async def _watch(self, socket: Socket, payload: Payload) -> TicketView:
        ticket_id = _as(events.TicketNamed, payload).ticket_id
        try:
            view = await self._counter.watch(_taxpayer(socket), ticket_id)
            if not await self._pages.watch(socket, view):
                # Once more, now that changes are pushed: one between the two would have been missed.
                view = await self._counter.watch(_taxpayer(socket), ticket_id)
                self._pages.watched(view)
        except HallFrozen:
            await self._following.tell_frozen(socket)
            raise
        await self._following.tell_mood(socket, view.hall.hall_id)
        return view

    async def _confirm(self, socket: Socket, payload: Payload) -> TicketView:
        asked = _as(events.TicketCallNamed, payload)
        return await self._counter.confirm(_taxpayer(socket), asked.ticket_id, asked.call_number)

    async def _reactivate(self, socket: Socket, payload: Payload) -> TicketView:
        return await self._counter.reactivate(_taxpayer(socket), _as(events.TicketNamed, payload).ticket_id)

    async def _cancel(self, socket: Socket, payload: Payload) -> TicketView:
        return await self._counter.cancel(_taxpayer(socket), _as(events.TicketNamed, payload).ticket_id)


class OfficerHandlers:
    """The commands of an officer's console. All but those of the hall answer with the desk, and show it to
    the officer's other pages.
    """

    def __init__(self, desk: Desk, serving: Serving, opening: Opening, pages: Pages) -> None:
        self._desk = desk
        self._serving = serving
        self._opening = opening
        self._pages = pages

    def table(self) -> Mapping[Command, Handler]:
        return {
            events.DESK_WATCH: self._watch,
            events.BOARD_WATCH: self._board,
            events.DESK_SIGN_ON: self._sign_on,
            events.DESK_SIGN_OFF: self._sign_off,
            events.DESK_STATE: self._state,
            events.QUEUE_CALL_NEXT: self._call_next,
            events.QUEUE_CALL_ONE: self._call_one,
            events.QUEUE_RECALL: self._recall,
            events.QUEUE_ARRIVED: self._arrived,
            events.QUEUE_ABANDON: self._abandon,
            events.QUEUE_FINISH: self._finish,
            events.QUEUE_REQUEUE: self._requeue,
            events.QUEUE_TRANSFER: self._transfer,
            events.QUEUE_HOLD: self._hold,
            events.QUEUE_RESUME: self._resume,
            events.CALL_OPEN: self._open_call,
            events.HALL_CLOSE: self._close_hall,
            events.HALL_OPEN: self._open_hall,
        }

    async def _watch(self, socket: Socket, _payload: Payload) -> DeskView:
        return await self._desk.opened(_officer(socket))

    async def _board(self, socket: Socket, _payload: Payload) -> BoardView:
        return await self._desk.board(_officer(socket))

    async def _sign_on(self, socket: Socket, payload: Payload) -> DeskView:
        asked = _as(events.SignOn, payload)
        view = await self._desk.sign_on(_officer(socket), asked.line_ids, asked.counter)
        return await self._shown(socket, view)

    async def _sign_off(self, socket: Socket, _payload: Payload) -> DeskView:
        return await self._shown(socket, await self._desk.sign_off(_officer(socket)))

    async def _state(self, socket: Socket, payload: Payload) -> DeskView:
        chosen = _as(events.DeskStateChosen, payload)
        view = await self._desk.choose_state(
            _officer(socket), chosen.state, chosen.reason, chosen.reason_text
        )
        return await self._shown(socket, view)

    async def _shown(self, socket: Socket, view: DeskView) -> DeskView:
        """What is not in the journal reaches the officer's other pages from here."""
        await self._pages.desk_changed(_officer(socket), view)
        return view

    async def _call_next(self, socket: Socket, payload: Payload) -> DeskView:
        return await self._serving.call_next(_officer(socket), _as(events.CallNext, payload).request_id)

    async def _call_one(self, socket: Socket, payload: Payload) -> DeskView:
        asked = _as(events.CallOne, payload)
        return await self._serving.call_one(_officer(socket), asked.ticket_id, asked.request_id)

    async def _recall(self, socket: Socket, payload: Payload) -> DeskView:
        asked = _as(events.TicketCallNamed, payload)
        return await self._serving.recall(_officer(socket), asked.ticket_id, asked.call_number)

    async def _arrived(self, socket: Socket, payload: Payload) -> DeskView:
        asked = _as(events.TicketCallNamed, payload)
        return await self._serving.arrived(_officer(socket), asked.ticket_id, asked.call_number)

    async def _abandon(self, socket: Socket, payload: Payload) -> DeskView:
        asked = _as(events.TicketCallNamed, payload)
        return await self._serving.abandon(_officer(socket), asked.ticket_id, asked.call_number)

    async def _finish(self, socket: Socket, payload: Payload) -> DeskView:
        asked = _as(events.FinishTicket, payload)
        view = await self._serving.finish(
            _officer(socket), asked.ticket_id, asked.call_number, asked.outcome, asked.remark
        )
        return await self._shown(socket, view)  # the wrap-up is not in the journal

    async def _open_call(self, socket: Socket, payload: Payload) -> DeskView:
        return await self._serving.open_call(_officer(socket), _as(events.TicketNamed, payload).ticket_id)

    async def _requeue(self, socket: Socket, payload: Payload) -> DeskView:
        asked = _as(events.TicketCallNamed, payload)
        return await self._serving.requeue(_officer(socket), asked.ticket_id, asked.call_number)

    async def _transfer(self, socket: Socket, payload: Payload) -> DeskView:
        asked = _as(events.TransferTicket, payload)
        wanted = Transfer(asked.ticket_id, asked.call_number, asked.request_id, asked.line_id, asked.note)
        return await self._serving.transfer(_officer(socket), wanted)

    async def _hold(self, socket: Socket, payload: Payload) -> DeskView:
        asked = _as(events.PutAside, payload)
        return await self._serving.hold(
            _officer(socket), asked.ticket_id, asked.call_number, asked.request_id
        )

    async def _resume(self, socket: Socket, payload: Payload) -> DeskView:
        asked = _as(events.PutAside, payload)
        return await self._serving.resume(
            _officer(socket), asked.ticket_id, asked.call_number, asked.request_id
        )

    async def _close_hall(self, socket: Socket, _payload: Payload) -> Done:
        await self._opening.close(_officer(socket))
        return Done()

    async def _open_hall(self, socket: Socket, _payload: Payload) -> Done:
        await self._opening.open(_officer(socket))
        return Done()
