"""The media service as servers have it: the calls are carried by media workers.

Every server process may ask for every call, since where it is stands in Redis. Each looks for workers that
are gone; of those who see it, one moves a call.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final, TypeVar

from rtc.call import CallView, Devices, EndReason, LegName
from rtc.errors import (
    CallEnded,
    CallFull,
    CallUnknown,
    MediaBusy,
    MediaError,
    MediaNoAnswer,
    MediaNoWorker,
    MediaUnavailable,
    MediaUnreachable,
    MessageInvalid,
)
from rtc.events import EventQueue
from rtc.quality import Figures
from rtc.service import CallChanged, CallMemory, CallStatistics, MediaEvent, Offer
from rtc.workers.bounds import WorkerBounds
from rtc.workers.ending import cancelled
from rtc.workers.keys import is_identifier
from rtc.workers.messages import Answer, Request, encode_request, read_answer, read_event, result_of
from rtc.workers.placement import Worker, least_loaded
from rtc.workers.registry import Census, Client, Entry, Found, Registry

ATTEMPTS: Final = 3
"""Of one command, where a worker gives no answer or is gone."""
RETRY_S: Final = 0.1
GIVE_THE_LAST_VIEW: Final = frozenset({"view", "hang_up", "close_call"})
"""Commands that an ended call answers with its last view."""

T = TypeVar("T")

logger = logging.getLogger(__name__)


class MediaWorkers:
    """Implements `rtc.service.MediaService`. Lives on one event loop, between `start` and `stop`."""

    def __init__(self, redis: Client, bounds: WorkerBounds) -> None:
        """`redis` stays the caller's to close."""
        self._registry = Registry(redis, bounds)
        self._bounds = bounds
        self._client_id = secrets.token_hex(16)
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self._events = EventQueue(bounds.waiting_events_max)
        self._tasks: list[asyncio.Task[None]] = []
        self._stopped = False
        self._looking = asyncio.Lock()
        self._look_now = asyncio.Event()
        self._trusted_since_s: float | None = None
        self._census = Census(0, (), 0.0)
        self.moved = 0
        """Calls that this process put on another worker because theirs was gone."""

    async def start(self) -> None:
        """Begin to hear and to look; Redis and workers may come later. Raises MediaUnavailable when it was
        started before.
        """
        if self._tasks or self._stopped:
            raise MediaUnavailable("started once")
        loop = asyncio.get_running_loop()
        for work in (self._hear_answers, self._hear_events, self._look_for_ever):
            task = loop.create_task(work(), name=f"media workers {work.__name__}")
            task.add_done_callback(_report_failure)
            self._tasks.append(task)

    async def stop(self) -> None:
        """Leave the calls to their workers. Idempotent."""
        self._stopped = True
        tasks, self._tasks = self._tasks, []
        await cancelled(tasks)
        for waiting in self._waiting.values():
            waiting.cancel()
        self._events.close()

    async def workers(self) -> tuple[Worker, ...]:
        """Those that are there now. Raises MediaUnreachable."""
        census = await self._registry.census()
        return tuple(worker for worker in census.workers if worker.is_there(census.now_ms))

    async def gone(self, worker_id: str) -> None:
        """Somebody saw that worker's end: its calls are set up elsewhere at once. Raises MediaUnreachable."""
        await self._registry.gone(worker_id)
        self._look_now.set()

    async def vouch(self, worker_id: str) -> None:
        """Somebody sees that worker's process alive: that it is late with its lease only means that the
        machine is busy. Raises MediaUnreachable.
        """
        await self._registry.vouch(worker_id)

    async def gone_with(self, owner: str) -> None:
        """Whoever started these workers begins anew: those of before are gone. Raises MediaUnreachable."""
        for worker in (await self._registry.census()).workers:
            if worker.info.owner == owner:
                await self._registry.gone(worker.worker_id)

    # --- the service

    async def open_call(self, call_id: str) -> CallView:
        self._named(call_id)
        for _ in range(ATTEMPTS):
            entry = await self._placed(call_id)
            if entry.found is Found.ENDED:
                raise CallEnded(call_id)
            try:
                return await self._carry(call_id, entry)
            except CallFull:
                await self._registry.unplace(call_id, entry)
                raise
            except MediaNoAnswer:
                await self._look()
        raise MediaNoAnswer(f"no worker took the call {call_id}")

    async def join(self, call_id: str, leg: LegName, devices: Devices) -> Offer:
        offer: Offer = await self._command("join", call_id, leg, devices)
        return offer

    async def answer(self, call_id: str, leg: LegName, generation: int, revision: int, sdp: str) -> None:
        await self._command("answer", call_id, leg, generation, revision, sdp)

    async def current_offer(self, call_id: str, leg: LegName) -> Offer:
        offer: Offer = await self._command("current_offer", call_id, leg)
        return offer

    async def restart(self, call_id: str, leg: LegName, generation: int, revision: int) -> Offer:
        offer: Offer = await self._command("restart", call_id, leg, generation, revision)
        return offer

    async def set_devices(self, call_id: str, leg: LegName, devices: Devices) -> CallView:
        return await self._view("set_devices", call_id, leg, devices)

    async def set_quality(self, call_id: str, leg: LegName, measured: Figures) -> CallView:
        return await self._view("set_quality", call_id, leg, measured)

    async def leave(self, call_id: str, leg: LegName) -> CallView:
        return await self._view("leave", call_id, leg)

    async def hang_up(self, call_id: str, by: LegName) -> CallView:
        return await self._view("hang_up", call_id, by)

    async def close_call(self, call_id: str, reason: EndReason = EndReason.CLOSED) -> CallView:
        return await self._view("close_call", call_id, reason)

    async def view(self, call_id: str) -> CallView:
        return await self._view("view", call_id)

    async def statistics(self, call_id: str) -> CallStatistics:
        statistics: CallStatistics = await self._command("statistics", call_id)
        return statistics

    def events(self) -> AsyncIterator[MediaEvent]:
        return aiter(self._events)

    async def counters(self) -> Mapping[str, int]:
        """The sums of all workers' counters, of those that answer."""
        total: dict[str, int] = {"events_dropped": self._events.dropped}
        for _, counted in await self.counters_of_each():
            for name, count in (counted or {}).items():
                total[name] = total.get(name, 0) + count
        return total

    async def counters_of_each(self) -> list[tuple[Worker, Mapping[str, int] | None]]:
        """The workers that are there, each with its own counters; None where it does not answer.

        Raises MediaUnreachable.
        """
        workers = await self.workers()
        return list(zip(workers, await asyncio.gather(*map(self._counters_of, workers)), strict=True))

    async def _counters_of(self, worker: Worker) -> Mapping[str, int] | None:
        try:
            counted: Mapping[str, int] = await self._ask_worker(worker.worker_id, "counters")
        except (MediaNoAnswer, MediaBusy):
            return None
        return counted

    async def _view(self, command: str, call_id: str, *arguments: Any) -> CallView:
        view: CallView = await self._command(command, call_id, *arguments)
        return view

    # --- commands

    def _named(self, call_id: str) -> None:
        if self._stopped or not self._tasks:
            raise MediaUnavailable("not running")
        if not is_identifier(call_id):
            raise CallUnknown("not an id")

    async def _command(self, command: str, call_id: str, *arguments: Any) -> Any:
        self._named(call_id)
        request = self._request(command, call_id, *arguments)
        found = Found.UNKNOWN
        for _ in range(ATTEMPTS):
            with self._expected(request.request_id) as answered:
                found, memory = await self._registry.ask(call_id, encode_request(request))
                if found is Found.UNKNOWN:
                    raise CallUnknown(call_id)
                if found is Found.ENDED:
                    return _of_ended(command, call_id, memory)
                if found is Found.BUSY:
                    raise MediaBusy(command)
                answer = await self._answered(answered) if found is Found.SENT else None
            if answer is None:
                # The same again: a worker that did it gives the same answer.
                await self._look()
                if found is Found.DEAD:
                    # Redis may have forgotten everything: whoever lives says so with the next renewal.
                    await asyncio.sleep(self._bounds.renew_ms / 1000)
            elif answer.error == CallUnknown.code:
                await self._give_again(call_id)
            else:
                return result_of(command, answer)
        raise MediaNoWorker(command) if found is Found.DEAD else MediaNoAnswer(command)

    async def _give_again(self, call_id: str) -> None:
        """The worker was meant to have the call, and whoever was to tell it died before."""
        entry = await self._registry.entry(call_id)
        if entry.found is Found.PLACED:
            await self._carry(call_id, entry)

    async def _placed(self, call_id: str) -> Entry:
        """Raises CallFull, MediaNoWorker."""
        census = await self._registry.census()
        chosen = least_loaded(census.workers, census.now_ms)
        entry = await self._registry.place(call_id, chosen.worker_id if chosen is not None else "")
        if entry.found is Found.NOWHERE:
            takers = [worker for worker in census.workers if worker.takes_calls(census.now_ms)]
            raise CallFull(f"{len(takers)} workers") if takers else MediaNoWorker("none is there")
        return entry

    async def _carry(self, call_id: str, entry: Entry) -> CallView:
        """Raises MediaNoAnswer, and what the worker refuses."""
        view: CallView = await self._ask_worker(
            entry.worker_id, "carry_on", call_id, entry.memory, placement=entry.placement
        )
        return view

    async def _ask_worker(self, worker_id: str, command: str, *arguments: Any, placement: int = 0) -> Any:
        request = self._request(command, *arguments, placement=placement)
        with self._expected(request.request_id) as answered:
            found = await self._registry.ask_worker(worker_id, encode_request(request))
            if found is Found.BUSY:
                raise MediaBusy(command)
            answer = await self._answered(answered) if found is Found.SENT else None
        if answer is None:
            raise MediaNoAnswer(command)
        return result_of(command, answer)

    def _request(self, command: str, *arguments: Any, placement: int = 0) -> Request:
        return Request(secrets.token_hex(16), self._client_id, command, arguments, placement)

    def _expected(self, request_id: str) -> "_Expected":
        return _Expected(self._waiting, request_id)

    async def _answered(self, answered: "asyncio.Future[Answer]") -> Answer | None:
        """None: not in time."""
        done, _ = await asyncio.wait([answered], timeout=self._bounds.answer_ms / 1000)
        if not done:
            return None
        if answered.cancelled():
            raise MediaUnavailable("stopped")
        return answered.result()

    # --- hearing

    async def _hear_answers(self) -> None:
        while True:
            try:
                messages = await self._registry.answers(self._client_id)
            except MediaUnreachable:
                await asyncio.sleep(RETRY_S)
                continue
            for message in messages:
                try:
                    answer = read_answer(message, self._bounds.message_max_bytes)
                except MessageInvalid as error:
                    logger.warning("an answer was refused: %s", error)
                    continue
                waiting = self._waiting.get(answer.request_id)
                if waiting is not None and not waiting.done():
                    waiting.set_result(answer)

    async def _hear_events(self) -> None:
        newest = await self._reached(self._registry.newest_event)
        cursor, number = (newest.cursor, newest.number) if newest is not None else (b"0-0", 0)
        while True:
            fresh = await self._reached(partial(self._registry.events_after, cursor))
            for event in fresh:
                cursor = event.cursor
                self._take_event(event.event)
                if event.number > 0 and event.number != number + 1:
                    logger.warning("events were missed: every call is looked at anew")
                    await self._reached(self._look_at_all)
                number = event.number or number

    def _take_event(self, message: bytes) -> None:
        try:
            self._events.put(read_event(message, self._bounds.message_max_bytes))
        except MessageInvalid as error:
            logger.warning("an event was refused: %s", error)

    async def _look_at_all(self) -> None:
        for worker in (await self._registry.census()).workers:
            for memory in (await self._registry.calls(worker.worker_id)).values():
                if memory is not None:
                    self._events.put(CallChanged(memory.view))

    async def _reached(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Until Redis answers."""
        while True:
            try:
                return await ask()
            except MediaUnreachable:
                await asyncio.sleep(RETRY_S)

    # --- looking for workers that are gone

    async def _look_for_ever(self) -> None:
        away = False
        while True:
            try:
                await self._look()
            except MediaUnreachable as error:
                if not away:
                    logger.warning("media workers are out of sight: %s", error)
                away = True
            else:
                away = False
            self._look_now.clear()
            try:
                async with asyncio.timeout(self._bounds.look_ms / 1000):
                    await self._look_now.wait()
            except TimeoutError:
                continue

    async def _look(self) -> None:
        """Move the calls of workers that are gone. Raises MediaUnreachable."""
        async with self._looking:
            try:
                census = await self._registry.census()
            except MediaUnreachable:
                self._trusted_since_s = None
                raise
            trusted = self._trusts(census)
            for worker in census.workers:
                if not worker.is_there(census.now_ms) and (trusted or worker.lease_until_ms == 0):
                    await self._move_all(worker, census)

    def _trusts(self, census: Census) -> bool:
        """Whether an ended lease means a dead worker: Redis has to have answered for as long as a lease,
        since while it is away no worker can renew its own.
        """
        now_s = asyncio.get_running_loop().time()
        if self._trusted_since_s is None or census.took_ms > self._bounds.lease_ms / 2:
            self._trusted_since_s = now_s
        return (now_s - self._trusted_since_s) * 1000 >= self._bounds.lease_ms

    async def _move_all(self, dead: Worker, census: Census) -> None:
        calls = await self._registry.calls(dead.worker_id)
        if calls:
            logger.warning(
                "a media worker is gone: its calls go on elsewhere",
                extra={"worker_id": dead.worker_id, "calls": len(calls)},
            )
        turns = asyncio.Semaphore(self._bounds.moves_at_a_time)
        outcomes = await asyncio.gather(
            *(self._move(call_id, dead, turns) for call_id in calls), return_exceptions=True
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        await self._registry.forget(dead.worker_id)

    async def _move(self, call_id: str, dead: Worker, turns: asyncio.Semaphore) -> None:
        async with turns:
            census = await self._registry.census()
            to = least_loaded(census.workers, census.now_ms)
            if to is None:
                # Looked at again in a moment, and by whoever asks for the call.
                return
            entry = await self._registry.move(call_id, dead.worker_id, to.worker_id)
            if entry.found is not Found.PLACED:
                return
            self.moved += 1
            try:
                await self._carry(call_id, entry)
            except MediaError as error:
                # Given again to the worker by the first who asks for the call.
                logger.warning("a call is not set up yet: %s", error.code, extra={"call_id": call_id})


class _Expected:
    """An answer that is waited for within the block."""

    def __init__(self, waiting: "dict[str, asyncio.Future[Answer]]", request_id: str) -> None:
        self._waiting = waiting
        self._request_id = request_id

    def __enter__(self) -> "asyncio.Future[Answer]":
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[self._request_id] = answered
        return answered

    def __exit__(self, *_raised: object) -> None:
        del self._waiting[self._request_id]


def _of_ended(command: str, call_id: str, memory: CallMemory | None) -> CallView:
    if command not in GIVE_THE_LAST_VIEW or memory is None:
        raise CallEnded(call_id)
    return memory.view


def _report_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        logger.critical("%s ended", task.get_name(), exc_info=task.exception())
