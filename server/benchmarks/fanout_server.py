"""Run as a program: the server of the fan-out benchmark, which can tell counts in three ways.

Arguments: the data folder and the Redis server's address. A line of standard input chooses the way:
``shared`` (the product's), ``emit`` (python-socketio's to a room), ``none`` (nothing is told: what is left is
everything else); it is answered by the same line. Ends with its input.
"""

import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import orjson

from queueing.connection import connect
from server import app, load_server
from server.garbage import collect_seldom
from server.loops import new_loop
from server.settings import Settings
from signaling.emitting import Emitter
from signaling.server import SocketServer
from signaling.sockets import Socket

NEVER_MS: Final = 3_600_000
FEW: Final = 100


def settings(folder: Path) -> Settings:
    """Nothing ends by itself during a run."""
    return load_server.settings(folder, confirm_ms=NEVER_MS, activation_ms=NEVER_MS)


class Through:
    """The product's emitter but for what goes to many."""

    def __init__(self, sockets: SocketServer) -> None:
        self._sockets = sockets

    async def emit(self, event: str, content: Any, *, room: str, namespace: str) -> None:
        await self._sockets.emit(event, content, room=room, namespace=namespace)

    async def enter(self, socket: Socket, room: str) -> None:
        await self._sockets.enter(socket, room)

    async def leave(self, socket: Socket, room: str) -> None:
        await self._sockets.leave(socket, room)

    def is_behind(self, sid: str, namespace: str) -> bool:
        return self._sockets.is_behind(sid, namespace)

    async def spread(
        self, _event: str, _content: object, *, sids: Iterable[str], namespace: str
    ) -> list[str]:
        return []


class ByRoom(Through):
    """The same to the same pages by ``emit(room=…)``; who is in the room is kept up to date."""

    def __init__(self, sockets: SocketServer) -> None:
        super().__init__(sockets)
        self._rooms: dict[str, set[str]] = {}

    async def spread(self, event: str, content: object, *, sids: Iterable[str], namespace: str) -> list[str]:
        wanted = set(sids)
        room = "near" if len(wanted) <= FEW else "others"
        before = self._rooms.get(room, set())
        io = self._sockets.library
        for sid in wanted - before:
            await io.enter_room(sid, room, namespace=namespace)
        for sid in before - wanted:
            await io.leave_room(sid, room, namespace=namespace)
        self._rooms[room] = wanted
        await io.emit(event, orjson.loads(orjson.dumps(content)), room=room, namespace=namespace)
        return []


async def run(folder: Path, redis_url: str) -> None:
    async with connect(redis_url) as redis, app.running(settings(folder), redis) as server:
        product = server.product
        ways: dict[str, Emitter] = {
            "shared": product.sockets,
            "emit": ByRoom(product.sockets),
            "none": Through(product.sockets),
        }
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        collect_seldom()  # as a server that serves does
        _say(str(server.port))
        while line := await reader.readline():
            way = line.decode().strip()
            product.counts.emitter = ways[way]
            _say(way)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(run(Path(sys.argv[1]), sys.argv[2]))
