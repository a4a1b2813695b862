"""The worker's side: does what servers ask, tells them what happens, says that it is there.

The calls themselves need neither Redis nor a server: while those are away, media go on, and what happened
meanwhile is told afterwards.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from rtc.call import CallView, EndReason
from rtc.errors import CallUnknown, MediaError, MediaUnavailable, MediaUnreachable, MessageInvalid
from rtc.service import CallChanged, MediaEvent
from rtc.workers.bounds import WorkerBounds
from rtc.workers.ending import cancelled
from rtc.workers.messages import CHANGES, Engine, Request, encode_answer, encode_event, read_request
from rtc.workers.placement import CPU_STEP, WorkerInfo
from rtc.workers.registry import Client, Own, Registry

RETRY_S: Final = 0.1
"""Between attempts to reach Redis; its client makes pauses of its own."""

logger = logging.getLogger(__name__)


class MediaWorker:
    """One engine, driven over Redis. `start`, then `drain` and `leave` or neither, then `stop`.

    The engine is the caller's: started before, stopped after.
    """

    def __init__(
        self, engine: Engine, redis: Client, bounds: WorkerBounds, worker_id: str, info: WorkerInfo
    ) -> None:
        """`worker_id`: one that no other worker had, also no earlier one of this place."""
        self.worker_id = worker_id
        self._engine = engine
        self._registry = Registry(redis, bounds)
        self._bounds = bounds
        self._info = info
        self._placements: dict[str, int] = {}
        self._answered: OrderedDict[str, bytes] = OrderedDict()
        self._load = _CpuShare()
        self._tasks: list[asyncio.Task[None]] = []
        self._leaving = False
        self.refused = 0
        """Messages that could not be read."""

    async def start(self) -> None:
        """Registered, and at work. Raises MediaUnreachable."""
        await self._renew()
        loop = asyncio.get_running_loop()
        for work in (self._renew_for_ever, self._obey_for_ever, self._tell_for_ever):
            task = loop.create_task(work(), name=f"media worker {work.__name__}")
            task.add_done_callback(_report_failure)
            self._tasks.append(task)

    async def broken(self) -> None:
        """Returns when part of its work ended by itself, which is a fault: for whoever ends the process."""
        await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

    async def drain(self) -> int:
        """Take no further calls, and wait until those that are here ended, for `drain_ms` at most; how many
        are left. Cancelling it is safe.
        """
        self._info = replace(self._info, draining=True)
        try:
            await self._renew()
        except MediaUnreachable:
            logger.info("nobody could be told that this worker takes no more calls; renewing tells them")
        return await self._emptied(self._bounds.drain_ms)

    async def leave(self) -> int:
        """Tell the servers that this worker goes, and carry its calls until they took them over, for
        `leave_ms` at most; how many are left.
        """
        try:
            await self.say_goodbye()
        except MediaUnreachable:
            logger.warning("the servers could not be told that this worker goes; its lease ends by itself")
        return await self._emptied(self._bounds.leave_ms, self._reconcile)

    async def say_goodbye(self) -> None:
        """Its lease is over, and it is not renewed. Raises MediaUnreachable."""
        self._leaving = True
        await self._registry.gone(self.worker_id)

    async def stop(self) -> None:
        """Its work ends; the engine goes on. Idempotent."""
        tasks, self._tasks = self._tasks, []
        await cancelled(tasks)

    async def _emptied(self, wait_ms: int, look: Callable[[], Awaitable[None]] | None = None) -> int:
        loop = asyncio.get_running_loop()
        until = loop.time() + wait_ms / 1000
        while (left := len(self._engine.call_ids())) and loop.time() < until:
            if look is not None:
                try:
                    await look()
                except MediaUnreachable:
                    logger.debug("Redis is away")
            await asyncio.sleep(RETRY_S)
        return left

    # --- saying that it is there

    async def _renew_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._bounds.renew_ms / 1000)
            if self._leaving:
                continue
            try:
                await self._renew()
            except MediaUnreachable as error:
                logger.warning("the lease could not be renewed: %s", error)

    async def _renew(self) -> None:
        # In steps, so that Redis has little to write down of a worker with little to do.
        info = replace(self._info, cpu=round(self._load.lately() / CPU_STEP) * CPU_STEP)
        if not await self._registry.renew(self.worker_id, info):
            await self._reconcile()

    async def _reconcile(self) -> None:
        """The lease had ended: calls that were set up elsewhere meanwhile are dropped here."""
        for call_id in self._engine.call_ids():
            own = self._own(call_id)
            if own is not None and not await self._registry.claim(self.worker_id, own):
                self._drop(call_id)

    def _drop(self, call_id: str) -> None:
        logger.warning("another worker carries the call", extra={"call_id": call_id})
        self._placements.pop(call_id, None)
        self._engine.drop(call_id)

    def _own(self, call_id: str) -> Own | None:
        """What is to be remembered of the call; None for one that is not here (any more)."""
        placement = self._placements.get(call_id)
        if placement is None:
            return None
        try:
            memory = self._engine.memory(call_id)
        except CallUnknown:
            del self._placements[call_id]
            return None
        # An end because the relay stops is none of the call's: it goes on elsewhere.
        return None if memory.view.end_reason is EndReason.SHUTDOWN else Own(call_id, placement, memory)

    # --- doing what is asked

    async def _obey_for_ever(self) -> None:
        while True:
            try:
                messages = await self._registry.requests(self.worker_id)
                for message in messages:
                    await self._obey(message)
            except MediaUnreachable as error:
                # What was taken and is not answered is asked for again, under the same id.
                logger.warning("commands wait for Redis: %s", error)
                await asyncio.sleep(RETRY_S)

    async def _obey(self, message: bytes) -> None:
        try:
            request = read_request(message, self._bounds.message_max_bytes)
        except MessageInvalid as error:
            self.refused += 1
            logger.warning("a command was refused: %s", error)
            return
        answer = self._answered.get(request.request_id)
        own = None
        if answer is None:
            answer, refused = await self._do(request)
            if isinstance(refused, CallUnknown):
                # It may be given to this worker yet: asked again, the answer is another one.
                await self._registry.answer(request.client_id, answer)
                return
            self._remember(request.request_id, answer)
        if request.command in CHANGES and request.arguments:
            own = self._own(str(request.arguments[0]))
        if not await self._registry.answer(request.client_id, answer, self.worker_id, own) and own:
            self._drop(own.call_id)

    async def _do(self, request: Request) -> tuple[bytes, MediaError | None]:
        method = getattr(self._engine, request.command)
        try:
            result = await method(*request.arguments)
            answer = encode_answer(request.request_id, result)
        except MediaError as error:
            return encode_answer(request.request_id, error=error), error
        except Exception:
            # A fault in one command must not end the calls of all.
            logger.exception("%s failed", request.command)
            failed = MediaUnavailable("the worker failed")
            return encode_answer(request.request_id, error=failed), failed
        if request.command == "carry_on":
            call_id = str(request.arguments[0])
            self._placements[call_id] = max(request.placement, self._placements.get(call_id, 0))
        return answer, None

    def _remember(self, request_id: str, answer: bytes) -> None:
        self._answered[request_id] = answer
        while len(self._answered) > self._bounds.answers_kept:
            self._answered.popitem(last=False)

    # --- telling what happens

    async def _tell_for_ever(self) -> None:
        async for event in self._engine.events():
            try:
                await self._tell(event)
            except MessageInvalid:
                logger.exception("an event was not told")

    async def _tell(self, event: MediaEvent) -> None:
        """Until Redis takes it; what happens meanwhile waits in the engine, the newest of each kind."""
        call_id = event.view.call_id if isinstance(event, CallChanged) else event.offer.call_id
        message, away = encode_event(event), False
        while (own := self._own(call_id)) is not None:
            try:
                is_ours = await self._registry.publish(self.worker_id, own, message)
            except MediaUnreachable as error:
                if not away:
                    logger.warning("events wait for Redis: %s", error)
                away = True
                await asyncio.sleep(RETRY_S)
                continue
            if not is_ours:
                self._drop(call_id)
            elif _has_ended(event):
                self._placements.pop(call_id, None)
            return


def _has_ended(event: MediaEvent) -> bool:
    view: CallView | None = event.view if isinstance(event, CallChanged) else None
    return view is not None and view.ended_at_ms is not None


class _CpuShare:
    """What this process used of one core since it was asked last, 0 to 1; the mean of the last two times."""

    def __init__(self) -> None:
        self._at_s = time.monotonic()
        self._used_s = time.process_time()
        self._share = 0.0

    def lately(self) -> float:
        now_s, used_s = time.monotonic(), time.process_time()
        if now_s - self._at_s >= 0.1:
            share = min(1.0, (used_s - self._used_s) / (now_s - self._at_s))
            self._share = round((self._share + share) / 2, 3)
            self._at_s, self._used_s = now_s, used_s
        return self._share


def _report_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        logger.critical("%s ended", task.get_name(), exc_info=task.exception())
