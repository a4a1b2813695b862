"""The operations by the tool redis-benchmark, where it can make each call a new one.

It puts random digits in place of ``__rand_int__``, other ones at each place. That does for issue (any id),
position (an id of those there are) and call (any officer), not for confirm and finish, where ticket and
officer belong together and each may come once.
"""

import asyncio
import csv
import shutil
from collections.abc import Sequence
from typing import Final

from server.benchmarks.errors import BenchFailed, BenchUnprepared
from server.benchmarks.operations import Operation
from server.benchmarks.recording import Recorded
from server.benchmarks.replay import Shape

DOES: Final[Sequence[Operation]] = (Operation.POSITION, Operation.ISSUE, Operation.CALL)
"""What it can do, in the order in which each finds what it needs."""
PROGRAMS: Final = ("valkey-benchmark", "redis-benchmark")
PLACEHOLDER: Final = "__rand_int__"
"""As long as the digits that come in its place."""
ANY_MAX: Final = 2**31 - 1
"""Most different numbers that it makes."""
TIMEOUT_S: Final = 60.0
ISSUED_PREFIX: Final = "f" * 20
LINED_UP_PREFIX: Final = "e" * 20


def find_program() -> str:
    """Raises BenchUnprepared."""
    for name in PROGRAMS:
        if (found := shutil.which(name)) is not None:
            return found
    raise BenchUnprepared(
        "redis-benchmark is missing: please install it (Debian and Ubuntu: redis-tools; elsewhere it comes "
        "with Redis or Valkey), then start again"
    )


async def version(program: str) -> str:
    """As the program says it."""
    return (await _run([program, "--version"])).strip()


def lined_up_ids(count: int) -> tuple[str, ...]:
    """The ids of tickets among which `position` draws."""
    return tuple(f"{LINED_UP_PREFIX}{number:012d}" for number in range(count))


async def rate(
    program: str, socket: str, operation: Operation, recorded: Recorded, count: int, shape: Shape
) -> float:
    """Operations a second. `position` draws among `lined_up_ids(count)`, which have to be there.

    Raises BenchFailed.
    """
    drawn = LINED_UP_PREFIX if operation is Operation.POSITION else ISSUED_PREFIX
    # Officers and requests are any, too; each of the three places gets digits of its own.
    arguments = recorded.arguments(
        drawn + PLACEHOLDER, ISSUED_PREFIX + PLACEHOLDER, ISSUED_PREFIX + PLACEHOLDER
    )
    among = count if operation is Operation.POSITION else ANY_MAX
    tool = [program, "-s", socket, "-n", str(count), "-r", str(among), "--csv"]
    tool += ["-c", str(shape.connections), "-P", str(shape.depth)]
    return read_rate(await _run([*tool, *arguments]))


def read_rate(written: str) -> float:
    """The requests a second of the tool's table with one row. Raises BenchFailed."""
    rows = [row for row in csv.reader(written.splitlines()) if row]
    try:
        names, values = rows[-2], rows[-1]
        # From the end: the command stands in the first column, unquoted as it is.
        return float(values[names.index("rps") - len(names)])
    except (IndexError, ValueError):
        raise BenchFailed(f"redis-benchmark said: {written[-500:]}") from None


async def _run(command: Sequence[str]) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(TIMEOUT_S):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise BenchFailed(f"{command[0]} took longer than {TIMEOUT_S} s") from None
    if process.returncode != 0:
        raise BenchFailed(f"{command[0]} ended with {process.returncode}: {output[-500:].decode()}")
    return output.decode()
