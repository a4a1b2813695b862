"""Video calls of tickets: who may join, what both sides see, and what is kept of them."""

import logging
from dataclasses import replace
from typing import Protocol

from cases.access import Officer, Person, TicketParties, leg_in_call
from cases.callbook import Callbook, CallRecord
from cases.casebook import Casebook
from cases.clock import Clock
from cases.errors import CaseworkError, NoOpenCall
from cases.views import CallJoined, CallOffer, CallView
from queueing.errors import QueueError, TicketUnknown
from queueing.service import Queue
from queueing.states import TicketState
from queueing.ticket import Ticket
from rtc.call import CallState, Devices, EndReason, LegName, Quality
from rtc.call import CallView as MediaView
from rtc.errors import CallEnded, CallUnknown, MediaError, OfferStale
from rtc.service import CallChanged, MediaService, Offer

log = logging.getLogger(__name__)


class CallPages(Protocol):
    """The pages of both sides, as calls tell them what changed."""

    async def call_changed(self, view: CallView, officer_id: str) -> None:
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
        self, callbook: Callbook, casebook: Casebook, queue: Queue, media: MediaService, clock: Clock
    ) -> None:
        self._callbook = callbook
        self._casebook = casebook
        self._queue = queue
        self._media = media
        self._clock = clock

    async def open_again(self, officer: Officer, ticket: Ticket) -> CallRecord:
        """Another call after one was hung up (the ticket is still being served); an open one is given
        back.
        """
        if ticket.state is not TicketState.SERVING or ticket.officer_id != officer.officer_id:
            raise NoOpenCall("the ticket is not being served by this officer")
        open_call = await self._callbook.open_call_of(ticket.ticket_id)
        if open_call is not None and await self._media_view(open_call) is not None:
            return open_call
        return await self._open(ticket, again=True)

    async def _open(self, ticket: Ticket, *, again: bool) -> CallRecord:
        if ticket.officer_id is None:
            raise NoOpenCall("nobody serves this ticket")
        record = await self._callbook.open(
            ticket.ticket_id,
            call_number=ticket.call_number,
            officer_id=ticket.officer_id,
            now_ms=self._clock.now_ms(),
            again=again,
        )
        if record.ended_at_ms is None:
            await self._media.open_call(record.call_id)
        return record

    async def open_view(self, ticket: Ticket) -> CallView | None:
        """The ticket's open call as both sides see it; none where there is none.

        The call that a confirmation begins is opened by the first look: the server may die before.
        """
        if ticket.state is not TicketState.SERVING:
            return None
        record = await self._callbook.open_call_of(ticket.ticket_id)
        if record is None and not await self._callbook.last_ordinal(ticket.ticket_id, ticket.call_number):
            record = await self._open(ticket, again=False)
        if record is None:
            return None
        view = await self._media_view(record)
        return self._shown(record, view) if view is not None else None

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
        offer = await self._media.join(open_call.call_id, leg, devices)
        view = await self._media.view(open_call.call_id)
        return CallJoined(replace(open_call, state=view.state, legs=view.legs), shown_offer(offer))

    async def resume_leg(self, person: Person, call_id: str, generation: int) -> CallJoined:
        """A page whose socket was away goes on with the connection it has: the call, and the newest offer.

        Raises OfferStale where the side has another connection by now.
        """
        record, leg = await self._leg(person, call_id)
        offer = await self._media.current_offer(call_id, leg)
        if offer.generation != generation:
            raise OfferStale("another connection carries this side")
        return CallJoined(self._shown(record, await self._media.view(call_id)), shown_offer(offer))

    async def answer(self, person: Person, call_id: str, generation: int, revision: int, sdp: str) -> None:
        """A page's answer to the offer of that generation and revision."""
        _, leg = await self._leg(person, call_id)
        await self._media.answer(call_id, leg, generation, revision, sdp)

    async def set_devices(self, person: Person, call_id: str, devices: Devices) -> CallView:
        """What the page sends now: microphone, camera, facing (S27)."""
        record, leg = await self._leg(person, call_id)
        return self._shown(record, await self._media.set_devices(call_id, leg, devices))

    async def report_quality(self, person: Person, call_id: str, quality: Quality) -> None:
        """What the page measured of its own connection."""
        _, leg = await self._leg(person, call_id)
        await self._media.set_quality(call_id, leg, quality)

    async def hang_up(self, person: Person, call_id: str) -> CallView:
        """End the call for both (S27); the ticket stays with its officer. Safe to repeat."""
        record, leg = await self._leg(person, call_id)
        view = await self._media.hang_up(call_id, leg)
        await self._callbook.keep(view)
        return self._shown(record, view)

    async def _leg(self, person: Person, call_id: str) -> tuple[CallRecord, LegName]:
        record = await self._callbook.one(call_id)
        case = await self._casebook.of_ticket(record.ticket_id)
        return record, leg_in_call(person, TicketParties(case.taxpayer_id, case.hall_id, record.officer_id))

    async def close_of_ticket(self, ticket_id: str) -> None:
        """The ticket ended, waits again or was put on hold: its call is over. Safe to repeat, also late: the
        call of a ticket that is being served again stays. Raises QueueUnavailable.
        """
        record = await self._callbook.open_call_of(ticket_id)
        if record is not None and not await self._is_served(record):
            await self._end(record)

    async def _end(self, record: CallRecord) -> None:
        try:
            view = await self._media.close_call(record.call_id, EndReason.CLOSED)
        except CallUnknown:
            await self._callbook.end(record.call_id, self._clock.now_ms(), EndReason.CLOSED)
        else:
            await self._callbook.keep(view)

    async def reopen(self) -> None:
        """After a start: calls of served tickets are open again and wait for their pages; the others end."""
        for record in await self._callbook.open_calls():
            if await self._is_served(record):
                await self._media.open_call(record.call_id)
            else:
                await self._end(record)

    async def _is_served(self, record: CallRecord) -> bool:
        case = await self._casebook.of_ticket(record.ticket_id)
        try:
            ticket = await self._queue.ticket(case.hall_id, record.ticket_id)
        except TicketUnknown:
            return False
        return ticket.state is TicketState.SERVING and ticket.call_number == record.call_number

    async def follow(self, pages: CallPages) -> None:
        """Keep and show what the relay tells; ends when the relay stopped, or by cancellation."""
        async for happened in self._media.events():
            try:
                if isinstance(happened, CallChanged):
                    await self._changed(happened.view, pages)
                else:
                    await pages.offer_changed(happened.offer.leg, shown_offer(happened.offer))
            except (CaseworkError, MediaError, QueueError) as error:
                # The next event of the call shows the newest state; its end is found by whoever looks.
                log.warning("a call's change was not shown: %s", error.code)

    async def _changed(self, view: MediaView, pages: CallPages) -> None:
        if view.end_reason is EndReason.SHUTDOWN:
            # Not an end of the call: the next start opens it again.
            return
        await self._callbook.keep(view)
        record = await self._callbook.one(view.call_id)
        await pages.call_changed(self._shown(record, view), record.officer_id)
