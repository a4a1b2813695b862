"""The two servers that are compared, each a process of its own: the product, and bare handlers that run the
statements which the product was seen to run, on the same records.

    python -m server.benchmarks.api_server product|bare FOLDER REDIS_URL
"""

import asyncio
import pickle
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import orjson
from aiohttp import web

from cases.sealing import new_id
from queueing.connection import connect
from server import app
from server.benchmarks.api_recording import STATEMENTS, Following, Fresh, Transaction, Variable
from server.garbage import collect_seldom
from server.loops import new_loop
from server.records import records
from server.settings import Settings

DAY_S: Final = 86_400


def settings(folder: Path) -> Settings:
    """Of both, and of who records."""
    return Settings(
        demo=True,
        data_dir=folder,
        port=0,
        media_port=0,
        media_workers=0,
        session_idle_s=DAY_S,
        session_absolute_s=DAY_S,
    )


class Bare:
    """Handlers with nothing but the statements: no session, no checks, no views, no headers."""

    def __init__(self, folder: Path) -> None:
        self._database = records(settings(folder))
        self._recorded: dict[str, list[Transaction]] = pickle.loads((folder / STATEMENTS).read_bytes())

    def application(self) -> web.Application:
        application = web.Application()
        for name, transactions in self._recorded.items():
            application.router.add_post(f"/{name}", self._handler(transactions))
        return application

    def _handler(self, transactions: list[Transaction]) -> Any:
        async def handle(request: web.Request) -> web.Response:
            said = orjson.loads(await request.read())
            fresh: dict[int, str] = {}

            rows: list[Any] = []

            def real(value: Any) -> Any:
                if isinstance(value, Variable):
                    return said[value.name]
                if isinstance(value, Fresh):
                    return fresh.setdefault(value.number, new_id())
                if isinstance(value, Following):
                    return next(row["sequence"] for row in reversed(rows) if "sequence" in row) + 1
                return value

            for one in transactions:
                opening = self._database.writing if one.writes else self._database.reading
                async with opening() as connection:
                    for statement, parameters in one.statements:
                        done = await connection.exec_driver_sql(statement, tuple(map(real, parameters)))
                        if done.returns_rows:
                            rows += [dict(row._mapping) for row in done]
            return web.Response(body=orjson.dumps(rows, default=bytes.hex), content_type="application/json")

        return handle


async def run(kind: str, folder: Path, redis_url: str) -> None:
    """Until standard input is closed; says its port first."""
    async with AsyncExitStack() as ends:
        if kind == "product":
            link = await ends.enter_async_context(connect(redis_url))
            port = (await ends.enter_async_context(app.running(settings(folder), link))).port
        else:
            runner = web.AppRunner(Bare(folder).application(), access_log=None)
            await runner.setup()
            ends.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            port = runner.addresses[0][1]
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        collect_seldom()
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        await reader.read()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_loop) as loop_runner:
        loop_runner.run(run(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
