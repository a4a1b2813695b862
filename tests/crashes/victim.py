"""A whole server in a process of its own, forked from one that has everything imported, to be killed."""

import asyncio
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any, Final

from cases.clock import SystemClock
from queueing.connection import connect
from server.app import running
from server.loops import new_loop
from server.settings import Settings
from tests.crashes.points import Points
from tests.forks import context
from tests.product import MovableClock

START_S: Final = 60.0
END_S: Final = 20.0


def serve(settings: Settings, redis_url: str, ahead_ms: int, control: Connection) -> None:
    """Run in the child: serve until it is killed or told to stop."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(_serve(settings, redis_url, ahead_ms, control))


async def _serve(settings: Settings, redis_url: str, ahead_ms: int, control: Connection) -> None:
    points, clock, stop = Points(), MovableClock(), asyncio.Event()
    clock.ahead_ms = ahead_ms

    def obey() -> None:
        command, number = control.recv()
        answer: Any = None
        match command:
            case "arm":
                points.arm(number)
            case "disarm":
                answer = points.disarm()
            case "ahead":
                clock.ahead_ms = number
            case _:
                stop.set()
        control.send(answer)

    points.watch()
    async with connect(redis_url) as link, running(settings, link, clock) as server:
        asyncio.get_running_loop().add_reader(control.fileno(), obey)
        control.send(server.port)
        await stop.wait()


class Victim:
    """The server as the test has it: it can be killed at a moment, and started again on the same records."""

    def __init__(self, settings: Settings, redis_url: str) -> None:
        self._forks = context()
        self._settings = settings
        self._redis_url = redis_url
        self._process: ForkServerProcess | None = None
        self._control: Connection | None = None
        self.ahead_ms = 0
        self.url = ""

    def now_ms(self) -> int:
        """The server's time."""
        return SystemClock().now_ms() + self.ahead_ms

    async def start(self) -> None:
        """Returns once it serves."""
        self._control, theirs = self._forks.Pipe()
        self._process = self._forks.Process(
            target=serve, args=(self._settings, self._redis_url, self.ahead_ms, theirs), daemon=True
        )
        self._process.start()
        theirs.close()
        port = await self._receive(START_S)
        self.url = f"http://127.0.0.1:{port}"

    async def _receive(self, within_s: float) -> Any:
        """Raises EOFError where it died."""
        control = self._control
        assert control is not None
        if not await asyncio.to_thread(control.poll, within_s):
            raise TimeoutError("the server says nothing")
        return control.recv()

    async def _tell(self, command: str, number: int = 0) -> Any:
        assert self._control is not None
        self._control.send((command, number))
        return await self._receive(END_S)

    async def arm(self, number: int) -> None:
        """Let it kill itself at that moment."""
        await self._tell("arm", number)

    async def disarm(self) -> list[str]:
        """The moments that it passed. Raises EOFError or OSError where it died of one."""
        passed: list[str] = await self._tell("disarm")
        return passed

    async def go_on(self, by_ms: int) -> None:
        """Put its clock forward."""
        self.ahead_ms += by_ms
        await self._tell("ahead", self.ahead_ms)

    @property
    def is_dead(self) -> bool:
        return self._process is None or not self._process.is_alive()

    async def stop(self) -> None:
        """End it in peace, where it lives."""
        if not self.is_dead:
            await self._tell("stop")
        process, self._process = self._process, None
        if process is not None:
            await asyncio.to_thread(process.join, END_S)
            assert process.exitcode is not None, "it does not end"
