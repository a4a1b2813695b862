"""python-socketio with bounds: on connections, on what waits for one that does not read, on what one sends.

It also writes one frame to many connections, without what python-socketio does for each: a task, a queue, a
timer.

By itself python-socketio 5.18 (engine.io 4.15) keeps whatever is sent to a page that does not read, keeps
connections that never sign in, collects up to ten thousand million binary attachments of one message, and
logs a trace for each message that is none. The names with an underscore are its own; both are pinned.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import socketio
from aiohttp import web
from engineio.async_drivers import aiohttp as aiohttp_driver
from socketio import packet

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EngineBounds:
    """Of one process.

    ``connections_max``: open at once, signed in or not; ``nameless_s``: how long one may be in no namespace;
    ``connects_max``: how often one may ask to get into a namespace; ``waiting_max``: messages that wait for
    one that does not read, after which it is dropped (a page connects again and asks anew);
    ``attachments_max``: binary parts of a message, each as large as a message may be (no event has any).
    ``unread_max_bytes``: with more than that in the connection's buffer a frame is left out;
    ``left_out_max``: after so many left out one after the other the connection is dropped.
    """

    connections_max: int
    nameless_s: float = 30.0
    connects_max: int = 10
    waiting_max: int = 500
    attachments_max: int = 4
    unread_max_bytes: int = 65_536
    left_out_max: int = 20


@dataclass(slots=True)
class _Connection:
    since_s: float
    connects: int = 0


class Written(Enum):
    """What came of a frame for one connection."""

    DONE = auto()
    LEFT_OUT = auto()
    """It does not read."""
    NOT_PLAIN = auto()
    """It is no WebSocket (yet): the frame has to go as a message."""
    STUCK = auto()
    """It was left out so often that it has to be cut off."""
    GONE = auto()


class _Channel(aiohttp_driver.WebSocket):  # type: ignore[misc]  # engine.io has no types
    """A WebSocket that can be cut off."""

    def __init__(
        self, handler: Callable[[Any], Awaitable[None]], server: Any, channels: dict[str, "_Channel"]
    ) -> None:
        super().__init__(handler, server)
        self._socket: Any = handler.__self__  # type: ignore[attr-defined]  # a method of the engine's socket
        self._channels = channels
        self._transport: asyncio.Transport | None = None
        self.left_out = 0

    async def __call__(self, environ: dict[str, Any]) -> Any:
        request: web.Request = environ["aiohttp.request"]
        self._transport = request.transport
        self.environ = environ
        self._sock = web.WebSocketResponse(max_msg_size=self.server.max_http_buffer_size, compress=False)
        self._channels[self._socket.sid] = self
        try:
            await self._sock.prepare(request)
            await self.handler(self)
        finally:
            del self._channels[self._socket.sid]
        return self._sock

    def write(self, frame: bytes, bounds: EngineBounds) -> Written:
        """Write a whole frame behind what was written before; at once or not at all.

        aiohttp writes each of its own frames in one go too, so that none comes to lie inside another.
        """
        socket, transport = self._socket, self._transport
        if (
            socket.closed
            or socket.closing
            or self._sock.closed
            or transport is None
            or transport.is_closing()
        ):
            return Written.GONE
        if not socket.upgraded or socket.upgrading:
            return Written.NOT_PLAIN
        if transport.get_write_buffer_size() > bounds.unread_max_bytes:
            self.left_out += 1
            return Written.LEFT_OUT if self.left_out <= bounds.left_out_max else Written.STUCK
        self.left_out = 0
        transport.write(frame)
        return Written.DONE

    @property
    def unread_bytes(self) -> int:
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def cut(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class BoundedServer(socketio.AsyncServer):  # type: ignore[misc]  # python-socketio has no types
    """Drops a connection that goes over a bound; its namespaces hear of that as of any disconnect."""

    def __init__(self, bounds: EngineBounds, **options: Any) -> None:
        super().__init__(async_mode="aiohttp", **options)
        self._bounds = bounds
        self._connections: dict[str, _Connection] = {}
        self._channels: dict[str, _Channel] = {}
        self._is_ending = False
        self.eio._async = {
            **self.eio._async,
            "websocket": lambda handler, server: _Channel(handler, server, self._channels),
        }

    def is_open(self, sid: str, namespace: str) -> bool:
        """Whether the connection behind it is still there: one that ends while its ``connect`` is handled is
        told to nobody, and has to be refused then, or it stays in the books for ever.
        """
        return self.manager.eio_sid_from_sid(sid, namespace) in self.eio.sockets

    def write(self, sid: str, namespace: str, frame: bytes) -> Written:
        """Write a frame to the connection of a socket, past all that waits for it as messages.

        Plain, so that one of thousands costs little more than its system call.
        """
        eio_sid = self.manager.eio_sid_from_sid(sid, namespace)
        if eio_sid is None:
            return Written.GONE
        channel = self._channels.get(eio_sid)
        if channel is None:
            return Written.NOT_PLAIN if eio_sid in self.eio.sockets else Written.GONE
        return channel.write(frame, self._bounds)

    async def cut_stuck(self, sid: str, namespace: str) -> None:
        """End the connection of a socket that does not read."""
        eio_sid = self.manager.eio_sid_from_sid(sid, namespace)
        if eio_sid is not None:
            log.info("a page that does not read is cut off")
            await self.cut(eio_sid)

    def is_behind(self, sid: str, namespace: str) -> bool:
        """Whether a frame to the socket would be left out now."""
        channel = self._channels.get(self.manager.eio_sid_from_sid(sid, namespace) or "")
        return channel is not None and channel.unread_bytes > self._bounds.unread_max_bytes

    async def cut(self, eio_sid: str) -> None:
        """End a connection without waiting for its page; what waited for it is forgotten."""
        socket = self.eio.sockets.pop(eio_sid, None)
        if socket is not None:
            while not socket.queue.empty():
                socket.queue.get_nowait()
                socket.queue.task_done()
            socket.queue.put_nowait(None)
            await socket.close(wait=False, abort=True)
        if (channel := self._channels.get(eio_sid)) is not None:
            channel.cut()

    async def cut_nameless(self) -> None:
        """End the connections that are in no namespace for too long."""
        until_s = asyncio.get_running_loop().time() - self._bounds.nameless_s
        for eio_sid, connection in list(self._connections.items()):
            if connection.since_s <= until_s and not self._is_named(eio_sid):
                await self.cut(eio_sid)

    def _is_named(self, eio_sid: str) -> bool:
        return any(self.manager.sid_from_eio_sid(eio_sid, name) for name in self.manager.get_namespaces())

    async def shutdown(self) -> None:
        """Cut everything, and let nobody in any more. Nothing waits for pages, which could hold the end up.
        Safe to repeat.
        """
        self._is_ending = True
        for eio_sid in list(self._connections):
            await self.cut(eio_sid)
        if self.eio.service_task_handle is not None:
            await super().shutdown()

    async def _send_eio_packet(self, eio_sid: str, eio_pkt: Any) -> None:
        socket = self.eio.sockets.get(eio_sid)
        if socket is not None and socket.queue.qsize() >= self._bounds.waiting_max:
            log.info("a page that does not read is cut off")
            await self.cut(eio_sid)
            return
        await super()._send_eio_packet(eio_sid, eio_pkt)

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> bool | None:
        if self._is_ending or len(self.eio.sockets) > self._bounds.connections_max:
            return False
        self._connections[eio_sid] = _Connection(asyncio.get_running_loop().time())
        await super()._handle_eio_connect(eio_sid, environ)
        return None

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        self._connections.pop(eio_sid, None)
        await super()._handle_eio_disconnect(eio_sid, reason)

    async def _handle_eio_message(self, eio_sid: str, data: str | bytes) -> None:
        if not self._is_taken(eio_sid, data):
            await self.cut(eio_sid)
            return
        await super()._handle_eio_message(eio_sid, data)

    def _is_taken(self, eio_sid: str, data: str | bytes) -> bool:
        """Whether python-socketio can make something of it that we have a use for."""
        connection = self._connections.get(eio_sid)
        if connection is None:
            return False  # cut off, and its reader has not noticed yet
        if eio_sid in self._binary_packet:
            return isinstance(data, bytes)
        try:
            read = self.packet_class(encoded_packet=data)
        except (ValueError, TypeError, IndexError):
            return False
        if read.packet_type == packet.CONNECT:
            connection.connects += 1
            return connection.connects <= self._bounds.connects_max
        if read.packet_type == packet.BINARY_EVENT:
            return read.attachment_count <= self._bounds.attachments_max and self._is_event(eio_sid, read)
        return read.packet_type == packet.DISCONNECT or (
            read.packet_type == packet.EVENT and self._is_event(eio_sid, read)
        )

    def _is_event(self, eio_sid: str, read: Any) -> bool:
        is_named = self.manager.sid_from_eio_sid(eio_sid, read.namespace or "/") is not None
        return is_named and isinstance(read.data, list) and bool(read.data) and isinstance(read.data[0], str)
