"""What the queue's client sends for an operation, read off the wire.

So the limit is measured with the very commands of the product, however its client makes them.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import hiredis

from server.benchmarks.errors import BenchFailed
from server.benchmarks.opened import opened
from server.benchmarks.operations import POLICY, Lot, Operation, fresh_lot
from server.benchmarks.ours import all_operations, sign_on

READ_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Recorded:
    """One command as the client sent it, with the ids that it was sent with."""

    wire: bytes
    ids: tuple[bytes, bytes, bytes]
    """Ticket, officer, request."""
    width: int
    """How many arguments an item of it has: they come last."""

    def packed(self, ticket: str, officer: str, request: str) -> bytes:
        """The same command for others, ready to be sent. Ids have to be as long as those recorded."""
        changed = self.wire
        for old, new in zip(self.ids, (ticket, officer, request), strict=True):
            changed = changed.replace(old, new.encode())
        return changed

    def packed_many(self, items: Sequence[tuple[str, str, str]]) -> bytes:
        """The same steps for several in one command, as the client sends those of one turn of its loop."""
        [words] = _read(hiredis.Reader(), self.wire)
        common, item = words[: -self.width], words[-self.width :]
        return _packed((*common, *(word for ids in items for word in self._of(item, ids))))

    def _of(self, item: Sequence[bytes], ids: tuple[str, str, str]) -> Iterator[bytes]:
        others = {old: new.encode() for old, new in zip(self.ids, ids, strict=True)}
        return (others.get(word, word) for word in item)

    def arguments(self, ticket: str, officer: str, request: str) -> tuple[str, ...]:
        """The same, as a program takes it. Ids have to be as long as those recorded."""
        return tuple(
            part.decode() for part in _read(hiredis.Reader(), self.packed(ticket, officer, request))[0]
        )


async def record(url: str, socket: str) -> Mapping[Operation, Recorded]:
    """The commands of all operations; the server at `url` (unix `socket`) knows their scripts from then on.

    Leaves tickets behind. Raises BenchFailed where an operation, or two of them at once, were not exactly one
    command.
    """
    seen: list[tuple[bytes, ...]] = []
    together: list[tuple[bytes, ...]] = []
    with tempfile.TemporaryDirectory(prefix="shuitong-tap-") as folder:
        path = Path(folder) / "s"
        # The first time, the scripts may be sent as text: what comes after that is what is repeated.
        async with opened(url, POLICY) as known:
            await all_operations(known.queue, fresh_lot(1), concurrency=1)
        lot, three = fresh_lot(1), fresh_lot(3)
        async with _tap(path, socket, seen), opened(f"unix://{path}", POLICY) as tapped:
            await all_operations(tapped.queue, lot, concurrency=1)
        async with _tap(path, socket, together), opened(f"unix://{path}", POLICY) as tapped:
            await sign_on(tapped.queue, three.officers)  # which opens the connection
            await all_operations(tapped.queue, three, concurrency=3)
    # The first of three goes alone, since nothing is on its way; the others go together.
    single, double = _of_operations(seen, lot, 1), _of_operations(together, three, 2)[1::2]
    ids = (lot.tickets[0].encode(), lot.officers[0].encode(), lot.requests[0].encode())
    return {
        operation: Recorded(_packed(one), ids, width=len(two) - len(one))
        for operation, one, two in zip(Operation, single, double, strict=True)
    }


def _of_operations(seen: list[tuple[bytes, ...]], lot: Lot, each: int) -> list[tuple[bytes, ...]]:
    """The operations were made in their order, one command each; others are no functions of steps."""
    ids = {one.encode() for one in (*lot.tickets, *lot.officers, *lot.requests)}
    ours = [command for command in seen if not ids.isdisjoint(command) and not command[1].endswith(b"_beat")]
    if len(ours) != each * len(Operation):
        raise BenchFailed(f"{len(Operation)} operations were {len(ours)} commands")
    return ours


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
