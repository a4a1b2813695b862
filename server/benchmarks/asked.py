"""A program that is asked by lines of JSON on its standard input, and answers each by a line."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any


async def answer_lines(answer: Callable[[dict[str, Any]], Awaitable[Any]]) -> None:
    """One after another, until the input ends. Raises what the answer raises."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        sys.stdout.write(json.dumps(await answer(json.loads(line))) + "\n")
        sys.stdout.flush()
