"""One connection to one Redis server, for many callers at once.

A client of its own, since the scripts are the product's hot path: what several callers send in one turn of
the loop goes out in one write, and the answers, which come in the order of the commands, end one future each.
Nothing else is made for a command: no task, no timer, no lock.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol, cast

from hiredis import ProtocolError, Reader, ReplyError, pack_command

from queueing.addresses import Access, Place, Tcp
from queueing.errors import QueueUnavailable, WireBroken, WireRefused

IN_FLIGHT_MAX: Final = 4_096
"""Commands without an answer; further callers wait. Bounds how long one answer waits for the others."""
IN_FLIGHT_LOW: Final = IN_FLIGHT_MAX // 2
OUT_BYTES_MAX: Final = 4 * 1024 * 1024
"""Bytes that wait to be sent, of this turn and of those before; further callers wait."""
CALLERS_WAITING_MAX: Final = 20_000
"""Callers that wait for room; further ones are refused."""
REPLY_BYTES_MAX: Final = 16 * 1024 * 1024
"""Of one answer; a longer one breaks the connection."""
CONNECT_TIMEOUT_S: Final = 5.0
ANSWER_LOOK_S: Final = 2.5
"""How often the connection looks for what was not answered: a command waits for one to two of these."""
REFUSING_WORDS: Final = frozenset({"WRONGPASS", "NOAUTH", "NOPERM", "ERR"})
"""Errors at the log-in that come again however often it is tried."""

packed: Final[Callable[[tuple[str | int | bytes, ...]], bytes]] = pack_command  # type: ignore[assignment]
"""The words of a command as they are sent."""


class Asker(Protocol):
    """Who gets an answer: a future, or what is like one."""

    def done(self) -> bool:
        """Whether the answer is not wanted any more."""

    def set_result(self, result: Any, /) -> None:
        """The answer; an error reply is a value too (ReplyError)."""

    def set_exception(self, error: WireBroken, /) -> None:
        """There will be none."""


class Wire(asyncio.Protocol):
    """An open connection. Belongs to one event loop; made by `open_wire`.

    What is sent is answered in order. A caller that is cancelled leaves its command sent and its answer
    unread; the others' are not disturbed.
    """

    __slots__ = (
        "_answered",
        "_call_soon",
        "_create_future",
        "_due",
        "_feed",
        "_gets",
        "_has_data",
        "_look",
        "_look_s",
        "_loop",
        "_out",
        "_out_bytes",
        "_paused",
        "_retired",
        "_room",
        "_transport",
        "_unfinished_bytes",
        "_waiting",
        "lost",
        "place",
        "ready",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, place: Place, answer_look_s: float) -> None:
        reader = Reader(protocolError=ProtocolError, replyError=ReplyError)
        self._feed, self._gets, self._has_data = reader.feed, reader.gets, reader.has_data
        self._loop, self._call_soon, self._create_future = loop, loop.call_soon, loop.create_future
        self._transport: asyncio.WriteTransport | None = None
        self._waiting: deque[Asker] = deque()
        self._out: list[bytes] = []
        self._out_bytes = 0
        self._unfinished_bytes = 0
        self._paused = self._retired = False
        self._room: deque[asyncio.Future[None]] = deque()
        self._answered = self._due = 0
        self._look_s = answer_look_s
        self._look: asyncio.TimerHandle | None = None
        self.place = place
        self.ready = False
        """Whether `send` may be called now."""
        self.lost = False
        """Whether it takes no commands any more."""

    @property
    def idle(self) -> bool:
        """Whether nothing is on its way."""
        return not self._waiting

    def send(self, command: bytes) -> asyncio.Future[Any]:
        """Send one packed command; only while `ready`.

        The future ends with the answer, an error reply as a value (ReplyError), or fails with WireBroken.
        """
        if not self._out:
            self._call_soon(self.flush)
        future = self._create_future()
        self.post(command, future)
        return future

    def post(self, command: bytes, asker: Asker) -> None:
        """Take one packed command, only while `ready`; it goes out with the next `flush`."""
        out, waiting = self._out, self._waiting
        out.append(command)
        self._out_bytes += len(command)
        waiting.append(asker)
        if len(waiting) >= IN_FLIGHT_MAX or self._out_bytes >= OUT_BYTES_MAX:
            self.ready = False

    def flush(self) -> None:
        """Write what was taken since the last time."""
        out, transport = self._out, self._transport
        if not out or transport is None:
            return
        self._out, self._out_bytes = [], 0
        transport.write(out[0] if len(out) == 1 else b"".join(out))
        if not self.ready:
            self._settle()

    async def call(self, command: bytes) -> Any:
        """Send when there is room, and wait for the answer, which may be a ReplyError.

        Raises WireBroken, QueueUnavailable as `room` does.
        """
        await self.room()
        return await self.send(command)

    async def room(self) -> None:
        """Wait until `ready`. Raises WireBroken when the connection is lost meanwhile, QueueUnavailable when
        too many wait already.
        """
        while not self.ready:
            if self.lost:
                raise WireBroken("the connection is gone")
            if len(self._room) >= CALLERS_WAITING_MAX:
                raise QueueUnavailable("too many wait for Redis")
            turn = self._loop.create_future()
            self._room.append(turn)
            await turn

    def retire(self) -> None:
        """Take no further commands, and close once those in flight are answered."""
        self.ready, self.lost, self._retired = False, True, True
        self._let_in()
        if not self._waiting:
            self.close("retired")

    def close(self, reason: str) -> None:
        """Close now: what is in flight fails with `reason`."""
        if self._transport is not None:
            self._transport.abort()
        self._end(reason)

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)
        self._transport.set_write_buffer_limits(high=OUT_BYTES_MAX)
        self._look = self._loop.call_later(self._look_s, self._look_for_answers)
        self.ready = True

    def data_received(self, data: bytes) -> None:
        waiting, gets = self._waiting, self._gets
        before = len(waiting)
        try:
            self._feed(data)
            while waiting:
                reply = gets()
                if reply is False:
                    break
                asker = waiting.popleft()
                if not asker.done():
                    asker.set_result(reply)
        except ProtocolError:
            self.close("the server does not speak the protocol")
            return
        answered = before - len(waiting)
        self._answered += answered
        self._unfinished_bytes = 0 if answered else self._unfinished_bytes + len(data)
        if self._unfinished_bytes > REPLY_BYTES_MAX:
            self.close("an answer is too long")
        elif not waiting and self._has_data():
            self.close("an answer that nobody asked for")
        elif not self.ready or self._room:
            self._settle()

    def pause_writing(self) -> None:
        self._paused = True
        self.ready = False

    def resume_writing(self) -> None:
        self._paused = False
        self._settle()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end("closed by the server" if exc is None else type(exc).__name__)

    def _settle(self) -> None:
        """Take commands again if there is room, and let in who waits for that."""
        if self._retired:
            if not self._waiting:
                self.close("retired")
        elif not self.lost and not self._paused and len(self._waiting) <= IN_FLIGHT_LOW:
            self.ready = self._out_bytes < OUT_BYTES_MAX
            self._let_in()

    def _let_in(self) -> None:
        free = CALLERS_WAITING_MAX if self.lost else IN_FLIGHT_MAX - len(self._waiting)
        while self._room and free > 0:
            turn = self._room.popleft()
            if not turn.done():
                turn.set_result(None)
                free -= 1

    def _look_for_answers(self) -> None:
        if self._answered < self._due:
            self.close("no answer in time")
            return
        self._due = self._answered + len(self._waiting)
        self._look = self._loop.call_later(self._look_s, self._look_for_answers)

    def _end(self, reason: str) -> None:
        self.ready, self.lost = False, True
        if self._look is not None:
            self._look.cancel()
        self._out.clear()
        while self._waiting:
            asker = self._waiting.popleft()
            if not asker.done():
                asker.set_exception(WireBroken(reason))
        self._let_in()


async def open_wire(
    place: Place,
    access: Access,
    tls: ssl.SSLContext | None = None,
    *,
    masters_only: bool = False,
    answer_look_s: float = ANSWER_LOOK_S,
) -> Wire:
    """Connect and log in; `tls` is the context of `access`, made once for all connections. With
    `masters_only` the server is also asked whether it is a master.

    Raises WireBroken when that fails or takes longer than CONNECT_TIMEOUT_S, WireRefused when the server
    does not let us in. Cancelling closes what was opened.
    """
    loop = asyncio.get_running_loop()
    wire = Wire(loop, place, answer_look_s)
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            if isinstance(place, Tcp):
                await loop.create_connection(lambda: wire, place.host, place.port, ssl=tls)
            else:
                await loop.create_unix_connection(lambda: wire, place.path)
            await _log_in(wire, access)
            if masters_only:
                await _check_role(wire)
    except (OSError, UnicodeError) as error:
        # UnicodeError: what a host's name is refused with.
        wire.close("not opened")
        raise WireBroken(type(error).__name__) from error
    except BaseException:
        wire.close("not opened")
        raise
    return wire


async def _log_in(wire: Wire, access: Access) -> None:
    if access.password is not None or access.username is not None:
        names = () if access.username is None else (access.username,)
        _check_in(await wire.call(packed(("AUTH", *names, access.password or ""))))
    if access.db:
        _check_in(await wire.call(packed(("SELECT", access.db))))
    # A server that wants a log-in says so to anything; and one that still loads is not there yet.
    _check_in(await wire.call(packed(("PING",))))


async def _check_role(wire: Wire) -> None:
    role = await wire.call(packed(("ROLE",)))
    if not isinstance(role, list) or role[0] != b"master":
        raise WireBroken("the server is not the master")


def _check_in(reply: object) -> None:
    if isinstance(reply, ReplyError):
        # The first word alone: the rest may repeat what was sent.
        word = str(reply).partition(" ")[0]
        if word not in REFUSING_WORDS or "max number of clients" in str(reply):
            raise WireBroken(word)
        raise WireRefused(f"Redis does not let us in: {word}")
