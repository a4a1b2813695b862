"""Sends commands that are packed beforehand and counts the answers: what the server can do at most."""

import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import hiredis

from server.benchmarks.errors import BenchFailed

READ_BYTES: Final = 256 * 1024
ANSWER_TIMEOUT_S: Final = 30.0
AHEAD: Final = 2
"""Batches of a connection that are on their way, so that the server finds the next one when it is ready."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How many connections, and how many commands each sends in one go."""

    connections: int
    depth: int

    def __str__(self) -> str:
        return f"-c {self.connections} -P {self.depth}"


ONE_BY_ONE: Final = Shape(1, 1)


def replay(path: str, commands: Sequence[bytes], shape: Shape) -> float:
    """Commands a second at the unix socket `path`. Raises BenchFailed for an answer that is an error."""
    doors = [_Door(path) for _ in range(shape.connections)]
    try:
        if shape == ONE_BY_ONE:
            return _one_by_one(doors[0], commands)
        return _in_batches(doors, commands, shape.depth)
    finally:
        for door in doors:
            door.close()


class _Door:
    """One blocking connection."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(ANSWER_TIMEOUT_S)
        self._socket.connect(path)
        self._reader = hiredis.Reader()
        self.send = self._socket.sendall

    def take(self, count: int) -> None:
        """Read so many answers."""
        gets, feed, receive = self._reader.gets, self._reader.feed, self._socket.recv
        while count:
            answer = gets()
            if answer is False:
                chunk = receive(READ_BYTES)
                if not chunk:
                    raise BenchFailed("the server closed the connection")
                feed(chunk)
            elif isinstance(answer, Exception):
                raise BenchFailed(f"the server answered: {answer}")
            else:
                count -= 1

    def close(self) -> None:
        self._socket.close()


def _one_by_one(door: _Door, commands: Sequence[bytes]) -> float:
    started = time.perf_counter()
    for command in commands:
        door.send(command)
        door.take(1)
    return len(commands) / (time.perf_counter() - started)


def _in_batches(doors: Sequence[_Door], commands: Sequence[bytes], depth: int) -> float:
    starts = range(0, len(commands), depth)
    batches = [
        (
            doors[turn % len(doors)],
            b"".join(commands[start : start + depth]),
            min(depth, len(commands) - start),
        )
        for turn, start in enumerate(starts)
    ]
    ahead = AHEAD * len(doors)
    started = time.perf_counter()
    for door, packed, _ in batches[:ahead]:
        door.send(packed)
    for turn, (door, _, count) in enumerate(batches):
        door.take(count)
        if turn + ahead < len(batches):
            # The same connection's: turns go round.
            following, packed, _ = batches[turn + ahead]
            following.send(packed)
    return len(commands) / (time.perf_counter() - started)
