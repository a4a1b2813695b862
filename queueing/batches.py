"""Steps of one kind and hall that are asked for in one turn of the loop: one call, an answer for each.

Redis spends more on beginning a function, and on each command in it, than on the step itself. The functions
of steps (queueing/lua) take any number of items, and make them in their order, as if each came alone.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from hiredis import ReplyError

from queueing.errors import QueueUnavailable, WireBroken
from queueing.functions import Argument, Failure, FunctionRunner, Reply
from queueing.wire import Wire

ITEMS_MAX: Final = 64
"""Of one call: bounds how long Redis is busy with it, which is below a millisecond."""
WAITING_MAX: Final = 20_000
"""Items whose batch is repeated, as it could not be sent at once or failed; then further ones are refused."""


class Turn:
    """What was asked for in this turn of the loop, for one FunctionRunner; belongs to its event loop."""

    def __init__(self, runner: FunctionRunner) -> None:
        self.runner = runner
        self.waiting = 0
        """Items of batches that are repeated."""
        self._batches: list[_Batch] = []
        self._waits_for_end = False
        self._repeats: set[asyncio.Task[None]] = set()

    def begin(self, kind: "StepFunction", key: str) -> "_Batch":
        """A batch that is sent at the end of this turn, or when it is full."""
        loop = asyncio.get_running_loop()
        if not self._waits_for_end:
            self._waits_for_end = True
            loop.call_soon(self._send_all)
        batch = _Batch(self, kind, key, loop)
        self._batches.append(batch)
        return batch

    def repeat(self, batch: "_Batch", failure: Failure | None, wire: Wire | None) -> None:
        """See it through in a task of its own."""
        task = asyncio.create_task(batch.repeat(failure, wire), name="queue-repeat")
        self._repeats.add(task)
        self.waiting += len(batch.items)

        def ended(task: asyncio.Task[None]) -> None:
            self._repeats.discard(task)
            self.waiting -= len(batch.items)
            given_up = QueueUnavailable("the step was given up")
            if (error := given_up if task.cancelled() else task.exception()) is not None:
                batch.fail(error)

        task.add_done_callback(ended)

    def send(self, batch: "_Batch") -> None:
        """Send one at once, since it is full: Redis is at work on it while the others are asked for."""
        self._batches.remove(batch)
        wire = self._hand_over(batch)
        if wire is not None:
            wire.flush()

    def _send_all(self) -> None:
        self._waits_for_end = False
        batches, self._batches = self._batches, []
        # Those of one server in one write.
        for wire in dict.fromkeys(self._hand_over(batch) for batch in batches):
            if wire is not None:
                wire.flush()

    @staticmethod
    def _hand_over(batch: "_Batch") -> Wire | None:
        try:
            return batch.send()
        except (TypeError, ValueError) as error:
            # An argument that cannot be sent: nobody else may wait for ever because of it.
            batch.fail(error)
            return None


class StepFunction:
    """The function of a step, with the arguments that are the same for all its items."""

    def __init__(self, turn: Turn, name: str, *common: Argument) -> None:
        self.name = name
        self.common = common
        self._turn = turn
        self._open: dict[str, _Batch] = {}

    def ask(self, key: str, seen: int, *item: Argument) -> asyncio.Future[Reply]:
        """Make the step for this item in the hall of `key`; `seen` as in `FunctionRunner.run`.

        The future has the item's answer, or fails as `FunctionRunner.run` raises. An item whose future is
        cancelled may still be made. Raises QueueUnavailable while too many wait already.
        """
        turn = self._turn
        if turn.waiting >= WAITING_MAX:
            raise QueueUnavailable("too many wait for Redis")
        batch = self._open.get(key)
        if batch is None:
            wire = turn.runner.ready(key)
            # To an idle connection at once: there is nothing to wait for, and others of this turn follow.
            full = 1 if wire is not None and wire.idle else ITEMS_MAX
            batch = self._open[key] = turn.begin(self, key)
        else:
            full = ITEMS_MAX
        future = batch.add(seen, item)
        if len(batch.futures) == full:
            turn.send(batch)
        return future

    def close(self, batch: "_Batch") -> None:
        """It takes no more items."""
        if self._open.get(batch.key) is batch:
            del self._open[batch.key]


class _Batch:
    """Items that go together; what a Wire gives the answer to (`wire.Asker`)."""

    __slots__ = ("_kind", "_loop", "_turn", "_wire", "futures", "items", "key", "seen")

    def __init__(self, turn: Turn, kind: StepFunction, key: str, loop: asyncio.AbstractEventLoop) -> None:
        self._turn, self._kind, self._loop = turn, kind, loop
        self._wire: Wire | None = None
        self.key = key
        self.seen = 0
        self.items: list[tuple[Argument, ...]] = []
        self.futures: list[asyncio.Future[Reply]] = []

    def add(self, seen: int, item: tuple[Argument, ...]) -> asyncio.Future[Reply]:
        if seen > self.seen:
            self.seen = seen
        future: asyncio.Future[Reply] = self._loop.create_future()
        self.items.append(item)
        self.futures.append(future)
        return future

    def send(self) -> Wire | None:
        """Hand it to the connection, which is to be flushed then; None when it has to wait for one."""
        self._kind.close(self)
        runner = self._turn.runner
        wire = self._wire = runner.ready(self.key)
        if wire is None:
            self._turn.repeat(self, None, None)
        else:
            wire.post(runner.command(self._kind.name, self.key, self._arguments()), self)
        return wire

    async def repeat(self, failure: Failure | None, wire: Wire | None) -> None:
        """Until it is answered. Raises as `FunctionRunner.run`."""
        runner, kind = self._turn.runner, self._kind
        try:
            reply = await runner.insist(kind.name, self.key, self._arguments(), failure, wire)
        except ReplyError:
            if len(self.items) == 1:
                raise
            # A mistake in the function, before it wrote anything: one item's must not be the others'.
            replies = await asyncio.gather(
                *(runner.run(kind.name, self.key, self.seen, *kind.common, *item) for item in self.items),
                return_exceptions=True,
            )
            for future, reply_or_error in zip(self.futures, replies, strict=True):
                if isinstance(reply_or_error, BaseException):
                    _fail(future, reply_or_error)
                else:
                    _give([future], reply_or_error)
        else:
            _give(self.futures, reply)

    def fail(self, error: BaseException) -> None:
        """Nobody gets an answer any more."""
        for future in self.futures:
            _fail(future, error)

    def _arguments(self) -> list[Argument]:
        arguments: list[Argument] = [self.seen, *self._kind.common]
        for item in self.items:
            arguments += item
        return arguments

    # What the wire calls.

    def done(self) -> bool:
        """It wants its answer, whoever of those who asked still waits."""
        return False

    def set_result(self, reply: Any) -> None:
        if reply.__class__ is ReplyError:
            self._turn.repeat(self, reply, self._wire)
        else:
            _give(self.futures, reply)

    def set_exception(self, error: WireBroken) -> None:
        self._turn.repeat(self, error, self._wire)


def _give(futures: Sequence[asyncio.Future[Reply]], reply: Reply) -> None:
    """Each its own answer; all the same one where the function answered for the hall."""
    if reply and reply[0].__class__ is list:
        for future, answer in zip(futures, reply, strict=True):
            if not future.done():
                future.set_result(answer)
    else:
        for future in futures:
            if not future.done():
                future.set_result(reply)


def _fail(future: asyncio.Future[Reply], error: BaseException) -> None:
    if not future.done():
        # Each its own, since they are raised in several places.
        own = type(error)(*error.args)
        own.__cause__ = error
        future.set_exception(own)
