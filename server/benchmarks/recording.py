"""What the queue's client sends for an operation, read off the wire.

So the limit is measured with the very commands of the product, however its client makes them.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import hiredis

from server.benchmarks.errors import BenchFailed
from server.benchmarks.opened import opened
from server.benchmarks.operations import POLICY, Lot, Operation, fresh_lot
from server.benchmarks.ours import all_operations

READ_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Recorded:
    """One command as the client sent it, with the ids that it was sent with."""

    wire: bytes
    ids: tuple[bytes, bytes, bytes]
    """Ticket, officer, request."""

    def packed(self, ticket: str, officer: str, request: str) -> bytes:
        """The same command for others, ready to be sent. Ids have to be as long as those recorded."""
        changed = self.wire
        for old, new in zip(self.ids, (ticket, officer, request), strict=True):
            changed = changed.replace(old, new.encode())
        return changed

    def arguments(self, ticket: str, officer: str, request: str) -> tuple[str, ...]:
        """The same, as a program takes it. Ids have to be as long as those recorded."""
        return tuple(
            part.decode() for part in _read(hiredis.Reader(), self.packed(ticket, officer, request))[0]
        )


async def record(url: str, socket: str) -> Mapping[Operation, Recorded]:
    """The commands of all operations; the server at `url` (unix `socket`) knows their scripts from then on.

    Leaves a ticket behind. Raises BenchFailed where an operation was not exactly one command.
    """
    seen: list[tuple[bytes, ...]] = []
    with tempfile.TemporaryDirectory(prefix="shuitong-tap-") as folder:
        path = Path(folder) / "s"
        # The first time, the scripts may be sent as text: what comes after that is what is repeated.
        async with opened(url, POLICY) as known:
            await all_operations(known.queue, fresh_lot(1), concurrency=1)
        lot = fresh_lot(1)
        async with _tap(path, socket, seen), opened(f"unix://{path}", POLICY) as tapped:
            await all_operations(tapped.queue, lot, concurrency=1)
    return _by_operation(seen, lot)


def _by_operation(seen: list[tuple[bytes, ...]], lot: Lot) -> dict[Operation, Recorded]:
    """The operations were made in their order, one command each; others name none of the ids."""
    ids = (lot.tickets[0].encode(), lot.officers[0].encode(), lot.requests[0].encode())
    ours = [command for command in seen if any(one in part for part in command for one in ids)]
    if len(ours) != len(Operation):
        raise BenchFailed(f"{len(Operation)} operations were {len(ours)} commands")
    return {
        operation: Recorded(_packed(command), ids) for operation, command in zip(Operation, ours, strict=True)
    }


def _packed(command: tuple[bytes, ...]) -> bytes:
    parts: tuple[Any, ...] = command
    packed: bytes = hiredis.pack_command(parts)
    return packed


def _read(reader: hiredis.Reader, chunk: bytes) -> list[tuple[bytes, ...]]:
    """The commands that end in this chunk: they are written like answers that are arrays of strings."""
    reader.feed(chunk)
    commands: list[tuple[bytes, ...]] = []
    while (command := reader.gets()) is not False:
        commands.append(tuple(command))
    return commands


@asynccontextmanager
async def _tap(path: Path, socket: str, seen: list[tuple[bytes, ...]]) -> AsyncIterator[None]:
    """A door at `path` that passes everything on to `socket` and keeps the commands."""

    async def upward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        commands = hiredis.Reader()
        while chunk := await reader.read(READ_BYTES):
            seen.extend(_read(commands, chunk))
            writer.write(chunk)
        writer.close()

    async def downward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(READ_BYTES):
            writer.write(chunk)
        writer.close()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_unix_connection(socket)
        async with asyncio.TaskGroup() as group:
            group.create_task(upward(reader, server_writer))
            group.create_task(downward(server_reader, writer))

    server = await asyncio.start_unix_server(pass_on, path)
    try:
        yield
    finally:
        server.close()
