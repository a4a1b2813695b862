"""The event queue: newest wins, bounded, one consumer."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from rtc.call import Call, CallTimes, CallView, EndReason, LegName
from rtc.events import EventQueue
from rtc.service import CallChanged, MediaEvent, Offer, OfferChanged


def view(call_id: str, *, ended: bool = False) -> CallView:
    call = Call(call_id, CallTimes(1, 1), 0)
    return (call.ended(EndReason.CLOSED, 1) if ended else call).view()


def offer(revision: int, leg: LegName = LegName.OFFICER) -> OfferChanged:
    return OfferChanged(Offer("a", leg, 1, revision, "", 1))


async def everything(queue: EventQueue) -> list[MediaEvent]:
    queue.close()
    return [event async for event in queue]


async def test_the_newest_of_a_kind_takes_the_place_of_the_older() -> None:
    queue = EventQueue(waiting_max=10)
    for event in (CallChanged(view("a")), offer(1), CallChanged(view("b")), offer(2)):
        queue.put(event)
    queue.put(CallChanged(view("a", ended=True)))
    queue.put(offer(1, LegName.TAXPAYER))
    assert await everything(queue) == [
        CallChanged(view("a", ended=True)),
        offer(2),
        CallChanged(view("b")),
        offer(1, LegName.TAXPAYER),
    ]


async def test_it_is_bounded_and_counts_what_it_drops() -> None:
    queue = EventQueue(waiting_max=2)
    for call_id in "abc":
        queue.put(CallChanged(view(call_id)))
    assert queue.dropped == 1
    assert await everything(queue) == [CallChanged(view("b")), CallChanged(view("c"))]


async def test_a_waiting_consumer_is_woken_and_a_cancelled_one_loses_nothing() -> None:
    queue = EventQueue(waiting_max=10)
    iterator = aiter(queue)
    waiting = asyncio.ensure_future(anext(iterator))
    await asyncio.sleep(0)
    queue.put(CallChanged(view("a")))
    assert await waiting == CallChanged(view("a"))
    cancelled = asyncio.ensure_future(anext(iterator))
    await asyncio.sleep(0)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    queue.put(CallChanged(view("b")))
    assert await everything(queue) == [CallChanged(view("b"))]


async def test_there_is_one_consumer() -> None:
    queue = EventQueue(waiting_max=10)
    queue.put(CallChanged(view("a")))
    first: AsyncIterator[MediaEvent] = aiter(queue)
    await anext(first)
    with pytest.raises(RuntimeError):
        await anext(aiter(queue))
    queue.close()
    with pytest.raises(StopAsyncIteration):
        await anext(first)
