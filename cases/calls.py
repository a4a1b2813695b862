"""Video calls of cases: who may join, what both sides see, and what is kept of them.

A call is between a case's taxpayer and one officer. Where the case's ticket is served, the call is the
ticket's too: it begins when the taxpayer confirms, and ends when the ticket leaves the officer's hand.
Otherwise it was asked for in the conversation (``cases.videos``), and ends with the case at the latest.
"""

import logging
from dataclasses import dataclass, replace
from typing import Protocol

from cases.access import Officer, Person, TicketParties, Whose, leg_in_call, leg_of, whose_case
from cases.callbook import Callbook, CallRecord, TicketCall
from cases.casebook import Casebook
from cases.clock import Clock
from cases.errors import CaseUnknown, CaseworkError, NoOpenCall
from cases.halls import Halls
from cases.probes import is_probe
from cases.turn import TurnServers
from cases.views.calls import CallJoined, CallOffer, CallView
from queueing.errors import QueueError, TicketUnknown
from queueing.service import Queue
from queueing.states import TicketState
from queueing.ticket import Ticket
from rtc.call import CallState, Devices, EndReason, LegName
from rtc.call import CallView as MediaView
from rtc.errors import CallEnded, CallUnknown, MediaError, OfferStale
from rtc.quality import Figures
from rtc.service import CallChanged, MediaService, Offer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CallParties:
    """Between whom a call is."""

    taxpayer_id: str
    officer_id: str


class CallPages(Protocol):
    """The pages of both sides, as calls tell them what changed."""

    async def call_changed(self, view: CallView, parties: CallParties) -> None:
        """Something visible of the call changed, or it ended."""

    async def offer_changed(self, leg: LegName, offer: CallOffer) -> None:
        """That side has to apply a new offer on its connection."""


def shown_offer(offer: Offer) -> CallOffer:
    return CallOffer(offer.call_id, offer.generation, offer.revision, offer.sdp)


class Calls:
    """The use cases of a call. Methods raise NoOpenCall, Forbidden, CaseUnknown, TicketUnknown and media
    errors.
    """

    def __init__(
        self,
        callbook: Callbook,
        casebook: Casebook,
        halls: Halls,
        queue: Queue,
        media: MediaService,
        clock: Clock,
        turn: TurnServers,
    ) -> None:
        self._callbook = callbook
        self._casebook = casebook
        self._halls = halls
        self._queue = queue
        self._media = media
        self._clock = clock
        self._turn = turn

    async def open_again(self, officer: Officer, ticket: Ticket) -> CallRecord:
        """Another call after one was hung up (the ticket is still being served); an open one is given
        back.
        """
        if ticket.state is not TicketState.SERVING or ticket.officer_id != officer.officer_id:
            raise NoOpenCall("the ticket is not being served by this officer")
        if self._halls.is_on_site(ticket.line_id):
            raise NoOpenCall("its taxpayer is at the counter")
        open_call = await self._callbook.open_call_of(ticket.ticket_id)
        if open_call is not None and await self._media_view(open_call) is not None:
            return open_call
        return await self._open(ticket, again=True)

    async def _open(self, ticket: Ticket, *, again: bool) -> CallRecord:
        if ticket.officer_id is None:
            raise NoOpenCall("nobody serves this ticket")
        opened = await self._callbook.open(
            TicketCall(ticket.ticket_id, ticket.call_number),
            officer_id=ticket.officer_id,
            now_ms=self._clock.now_ms(),
            again=again,
        )
        if opened.ended is not None:
            await self._end(opened.ended)
        if opened.record.ended_at_ms is None:
            await self._media.open_call(opened.record.call_id)
        return opened.record

    async def open_view(self, ticket: Ticket) -> CallView | None:
        """The ticket's open call as both sides see it; none where there is none.

        Somebody at a counter has none. The call that a confirmation begins is opened by the first look: the
        server may die before.
        """
        if ticket.state is not TicketState.SERVING or self._halls.is_on_site(ticket.line_id):
            return None
        record = await self._callbook.open_call_of(ticket.ticket_id)
        if record is None and not await self._callbook.last_ordinal(
            TicketCall(ticket.ticket_id, ticket.call_number)
        ):
            try:
                record = await self._open(ticket, again=False)
            except CaseUnknown:
                # A ticket that the records do not know (any more): nobody could join.
                return None
        if record is None:
            return None
        view = await self._media_view(record)
        return self._shown(record, view) if view is not None else None

    async def served_ticket(self, hall_id: str, ticket_id: str | None) -> Ticket | None:
        """The case's ticket while an officer serves it over video; its call is open then, unless it was hung
        up. Raises QueueUnavailable.
        """
        if ticket_id is None:
            return None
        try:
            ticket = await self._queue.ticket(hall_id, ticket_id)
        except TicketUnknown:
            return None
        if ticket.state is not TicketState.SERVING or self._halls.is_on_site(ticket.line_id):
            return None
        await self.open_view(ticket)
        return ticket

    async def begin(self, call_id: str) -> None:
        """Carry a call that was just written down; one that cannot be carried ends. Raises MediaError."""
        try:
            await self._media.open_call(call_id)
        except MediaError:
            await self._callbook.end(call_id, self._clock.now_ms(), EndReason.CLOSED)
            raise

    async def of_case(self, case_id: str) -> tuple[CallRecord, CallView] | None:
        """The case's open call, if there is one."""
        record = await self._callbook.open_call_of_case(case_id)
        return await self._with_view(record) if record is not None else None

    async def of_person(self, person: Person, *, limit: int) -> list[tuple[CallRecord, CallView]]:
        """The person's open calls, the latest first."""
        found = await self._callbook.open_calls_with(
            taxpayer_id=None if isinstance(person, Officer) else person.taxpayer_id,
            officer_id=person.officer_id if isinstance(person, Officer) else None,
            limit=limit,
        )
        calls = [await self._with_view(record) for record in found]
        return [call for call in calls if call is not None]

    async def _with_view(self, record: CallRecord) -> tuple[CallRecord, CallView] | None:
        view = await self._media_view(record)
        return (record, self._shown(record, view)) if view is not None else None

    async def _media_view(self, record: CallRecord) -> MediaView | None:
        """The relay's view of an open call; a relay that began anew is given the call again."""
        try:
            view = await self._media.view(record.call_id)
        except CallUnknown:
            view = await self._media.open_call(record.call_id)
        except CallEnded:
            return None
        if view.state is CallState.ENDED:
            await self._callbook.keep(view)
            return None
        return view

    def _shown(self, record: CallRecord, view: MediaView) -> CallView:
        return CallView(
            call_id=view.call_id,
            case_id=record.case.case_id,
            ticket_id=record.ticket_id,
            state=view.state,
            at_ms=self._clock.now_ms(),
            created_at_ms=record.opened_at_ms,
            connected_at_ms=record.connected_at_ms or view.connected_at_ms,
            ended_at_ms=view.ended_at_ms,
            end_reason=view.end_reason,
            grace_until_ms=view.grace_until_ms,
            legs=view.legs,
        )

    async def join(self, person: Person, ticket_id: str, devices: Devices) -> CallJoined:
        """A page's way into the ticket's open call: a new connection with its offer."""
        case = await self._casebook.of_ticket(ticket_id)
        ticket = await self._queue.ticket(case.hall_id, ticket_id)
        leg = leg_in_call(person, TicketParties(case.taxpayer_id, case.hall_id, ticket.officer_id))
        open_call = await self.open_view(ticket)
        if open_call is None:
            raise NoOpenCall("no call is open")
        return await self._join(open_call, leg, devices)

    async def join_case(self, person: Person, case_id: str, devices: Devices) -> CallJoined:
        """The same, into the open call of a case that the person may see, be its ticket served or not."""
        record = await self._callbook.open_call_of_case(case_id)
        if record is None:
            raise NoOpenCall("no call is open")
        leg = leg_of(person, _whose(record), record.officer_id)
        found = await self._with_view(record)
        if found is None:
            raise NoOpenCall("it just ended")
        return await self._join(found[1], leg, devices)

    async def _join(self, call: CallView, leg: LegName, devices: Devices) -> CallJoined:
        offer = await self._media.join(call.call_id, leg, devices)
        view = await self._media.view(call.call_id)
        return self._joined(replace(call, state=view.state, legs=view.legs), shown_offer(offer))

    def _joined(self, call: CallView, offer: CallOffer) -> CallJoined:
        return CallJoined(call, offer, self._turn.grant(call.call_id, self._clock.now_ms()))

    async def resume_leg(self, person: Person, call_id: str, generation: int) -> CallJoined:
        """A page whose socket was away goes on with the connection it has: the call, and the newest offer.

        Of a call that ended meanwhile it is told how, with an empty offer; of one that went on elsewhere, the
        offer of the connection that takes the place of its own. Raises OfferStale where another page has the
        side by now.
        """
        record, leg = await self._leg(person, call_id)
        try:
            offer = await self._media.current_offer(call_id, leg)
        except CallEnded:
            return await self._ended_meanwhile(record, generation)
        if not offer.joined <= generation <= offer.generation:
            raise OfferStale("another page carries this side")
        return self._joined(self._shown(record, await self._media.view(call_id)), shown_offer(offer))

    async def restart_leg(self, person: Person, call_id: str, generation: int, revision: int) -> CallJoined:
        """The same for a page whose network changed: the offer has new ICE credentials for its connection.

        `revision`: what the page applied last, so that a repeat is the same restart.
        """
        record, leg = await self._leg(person, call_id)
        try:
            offer = await self._media.restart(call_id, leg, generation, revision)
        except CallEnded:
            return await self._ended_meanwhile(record, generation)
        return self._joined(self._shown(record, await self._media.view(call_id)), shown_offer(offer))

    async def _ended_meanwhile(self, record: CallRecord, generation: int) -> CallJoined:
        view = await self._media.view(record.call_id)
        return CallJoined(self._shown(record, view), CallOffer(record.call_id, generation, 0, ""), ())

    async def answer(self, person: Person, call_id: str, generation: int, revision: int, sdp: str) -> None:
        """A page's answer to the offer of that generation and revision."""
        _, leg = await self._leg(person, call_id)
        await self._media.answer(call_id, leg, generation, revision, sdp)

    async def set_devices(self, person: Person, call_id: str, devices: Devices) -> CallView:
        """What the page sends now: microphone, camera, facing (S27)."""
        record, leg = await self._leg(person, call_id)
        return self._shown(record, await self._media.set_devices(call_id, leg, devices))

    async def report_quality(self, person: Person, call_id: str, measured: Figures) -> None:
        """What the page measured of its own connection."""
        _, leg = await self._leg(person, call_id)
        await self._media.set_quality(call_id, leg, measured)

    async def hang_up(self, person: Person, call_id: str) -> CallView:
        """End the call for both (S27); the ticket stays with its officer. Safe to repeat."""
        record, leg = await self._leg(person, call_id)
        view = await self._media.hang_up(call_id, leg)
        await self._callbook.keep(view)
        return self._shown(record, view)

    async def _leg(self, person: Person, call_id: str) -> tuple[CallRecord, LegName]:
        record = await self._callbook.one(call_id)
        return record, leg_of(person, _whose(record), record.officer_id)

    async def close_of_ticket(self, ticket_id: str) -> None:
        """The ticket ended, waits again or was put on hold: its call is over. Safe to repeat, also late: the
        call of a ticket that is being served again stays. Raises QueueUnavailable.
        """
        record = await self._callbook.open_call_of(ticket_id)
        if record is not None and not await self._is_served(record):
            await self._end(record)

    async def close_of_case(self, call_id: str) -> None:
        """A case closed: the call that was asked for in it is over. Safe to repeat; the call of an open case
        stays.
        """
        record = await self._callbook.one(call_id)
        if record.case.is_open:
            return
        await self._end(record)

    async def _end(self, record: CallRecord) -> None:
        try:
            view = await self._media.close_call(record.call_id, EndReason.CLOSED)
        except CallUnknown:
            await self._callbook.end(record.call_id, self._clock.now_ms(), EndReason.CLOSED)
        else:
            await self._callbook.keep(view)

    async def reopen(self) -> None:
        """After a start: calls of served tickets and open cases are open again and wait for their pages; the
        others end. One that nobody carries just now is opened by whoever looks at it.
        """
        for record in await self._callbook.open_calls():
            try:
                if await self._goes_on(record):
                    await self._media.open_call(record.call_id)
                else:
                    await self._end(record)
            except CallEnded:
                # It ended while no server was there to write it down.
                await self._media_view(record)
            except MediaError as error:
                log.warning("a call waits: %s", error.code, extra={"call_id": record.call_id})

    async def _goes_on(self, record: CallRecord) -> bool:
        if record.ticket is None:
            return record.case.is_open
        return await self._is_served(record)

    async def _is_served(self, record: CallRecord) -> bool:
        if record.ticket is None:
            return False
        try:
            ticket = await self._queue.ticket(record.case.hall_id, record.ticket.ticket_id)
        except TicketUnknown:
            return False
        return ticket.state is TicketState.SERVING and ticket.call_number == record.ticket.call_number

    async def follow(self, pages: CallPages) -> None:
        """Keep and show what the relay tells; ends when the relay stopped, or by cancellation."""
        async for happened in self._media.events():
            if is_probe(happened.call_id):
                continue
            try:
                if isinstance(happened, CallChanged):
                    await self._changed(happened, pages)
                else:
                    await pages.offer_changed(happened.offer.leg, shown_offer(happened.offer))
            except (CaseworkError, MediaError, QueueError) as error:
                # The next event of the call shows the newest state; its end is found by whoever looks.
                log.warning("a call's change was not shown: %s", error.code)

    async def _changed(self, changed: CallChanged, pages: CallPages) -> None:
        view = changed.view
        if view.end_reason is EndReason.SHUTDOWN:
            # Not an end of the call: the next start opens it again.
            return
        await self._callbook.keep(view)
        await self._callbook.keep_quality(view.call_id, changed.quality)
        record = await self._callbook.one(view.call_id)
        parties = CallParties(record.case.taxpayer_id, record.officer_id)
        await pages.call_changed(self._shown(record, view), parties)


def _whose(record: CallRecord) -> Whose:
    """A ticket's call is seen by who sees the ticket, any other by who sees the conversation."""
    case = record.case
    if record.ticket is not None:
        return Whose(case.taxpayer_id, case.hall_id)
    return whose_case(case.taxpayer_id, case.hall_id, is_consult=case.is_consult)
