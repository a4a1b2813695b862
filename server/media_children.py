"""The media workers that a server starts for itself: one socket each, started again when they end."""

import asyncio
import contextlib
import hashlib
import logging
import os
import secrets
import socket
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from pydantic import SecretStr

from rtc.errors import MediaUnavailable, MediaUnreachable
from rtc.sockets import media_socket
from rtc.workers.client import MediaWorkers
from server.addresses import media_host
from server.configuration import PREFIX
from server.ending import cancelled
from server.media import relay_settings, worker_bounds
from server.settings import MediaNode, Settings

START_S: Final = 30.0
"""How long the first of them may take until it is at work."""
LOOK_S: Final = 0.05
RESTART_FIRST_S: Final = 0.1
RESTART_MOST_S: Final = 5.0
FORGIVEN_S: Final = 60.0
"""One that ran for so long counts as healthy again."""
STOP_S: Final = 5.0

log = logging.getLogger(__name__)


class MediaChildren:
    """`start` and `at_work` once, `stop` at the end. A task of `tasks` fails when none of them stays at work.

    The sockets are bound here and inherited, so that a port is the same after a restart, and one that is
    taken is said at the start. A worker ends with this process, however that ends: it hears it at its input.
    """

    def __init__(self, settings: Settings, redis_url: str, count: int, workers: MediaWorkers) -> None:
        """`redis_url`: where the workers find the Redis of `workers`."""
        self._settings = settings
        self._redis_url = redis_url
        self._count = count
        self._workers = workers
        self._owner = _owner(settings)
        self._sockets: list[socket.socket] = []
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._given_up = 0
        self._began = False
        self._vouching = worker_bounds(settings).renew_ms / 1000
        self.tasks: Sequence[asyncio.Task[None]] = ()

    async def start(self) -> None:
        """Bind the ports and begin. Raises MediaUnavailable for a port that is taken, MediaUnreachable."""
        used = relay_settings(self._settings)
        try:
            for number in range(self._count):
                port = used.port + number if used.port else 0
                self._sockets.append(media_socket(replace(used, port=port)))
            await self._workers.gone_with(self._owner)
            self.tasks = [
                asyncio.create_task(self._vouch(), name="media workers' leases"),
                *(
                    asyncio.create_task(self._keep(udp), name=f"media worker {number}")
                    for number, udp in enumerate(self._sockets)
                ),
            ]
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """All at once; their calls end here, and go on where other workers are. Idempotent."""
        await cancelled(self.tasks)
        for process in self._processes.values():
            if self._began and process.stdin is not None:
                # As when this process dies: it says goodbye, and ends.
                process.stdin.close()
            else:
                # It carries nothing yet, and would be asked in the midst of its start.
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
        for process in self._processes.values():
            try:
                await asyncio.wait_for(process.wait(), STOP_S)
            except TimeoutError:
                log.warning("a media worker does not end by itself: killed")
                process.kill()
                await process.wait()
        self._processes.clear()
        for udp in self._sockets:
            udp.close()
        self._sockets.clear()

    async def at_work(self) -> None:
        """Returns once all of them are, or after START_S some. Raises MediaUnavailable where none are,
        MediaUnreachable.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + START_S
        while True:
            there = {worker.worker_id for worker in await self._workers.workers()}
            if len(there & self._processes.keys()) == self._count:
                self._began = True
                return
            if any(task.done() for task in self.tasks) or loop.time() > until:
                break
            await asyncio.sleep(LOOK_S)
        if not there & self._processes.keys():
            raise MediaUnavailable("the media workers do not begin")
        self._began = True
        log.warning("not all media workers are at work")

    async def _keep(self, udp: socket.socket) -> None:
        """One worker on that socket, for ever. Raises MediaUnavailable when all were given up."""
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            began_s, worker_id = loop.time(), secrets.token_hex(16)
            status = await self._one(worker_id, udp)
            await self._seen_gone(worker_id)
            failures = 1 if loop.time() - began_s > FORGIVEN_S else failures + 1
            if failures > self._settings.media_worker_restarts_max:
                break
            log.error("a media worker ended with status %s: starting it again", status)
            if failures > 1:
                await asyncio.sleep(min(RESTART_MOST_S, RESTART_FIRST_S * 2.0 ** (failures - 1)))
        log.critical("a media worker ended %d times in a row: given up", failures)
        self._given_up += 1
        if self._given_up == self._count:
            raise MediaUnavailable("no media worker stays at work")
        await asyncio.Event().wait()

    async def _one(self, worker_id: str, udp: socket.socket) -> int:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "server.cli", "media-worker"),
            *("--worker-id", worker_id, "--owner", self._owner, "--socket", str(udp.fileno())),
            env=self._environment(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            pass_fds=(udp.fileno(),),
            # Ctrl-C in a terminal is for the server, which then ends them.
            start_new_session=True,
        )
        self._processes[worker_id] = process
        status = await process.wait()
        del self._processes[worker_id]
        return status

    async def _vouch(self) -> None:
        """What runs is alive, also where this machine lets it wait for its turn."""
        while True:
            await asyncio.sleep(self._vouching)
            try:
                for worker_id in tuple(self._processes):
                    await self._workers.vouch(worker_id)
            except MediaUnreachable as error:
                log.debug("the leases of media workers were not looked at: %s", error)

    async def _seen_gone(self, worker_id: str) -> None:
        try:
            await self._workers.gone(worker_id)
        except MediaUnreachable as error:
            log.warning("a media worker's end could not be told: %s", error)

    def _environment(self) -> dict[str, str]:
        """The server's own, but of the settings only those that a worker needs: no keys, no passwords of
        others.
        """
        settings = self._settings
        found = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        found[f"{PREFIX}REDIS_URL"] = self._redis_url
        for name in MediaNode.model_fields:
            value = getattr(settings, name)
            if value is None or value == () or isinstance(value, SecretStr) or name == "media_workers":
                continue
            text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
            found[f"{PREFIX}{name.upper()}"] = text
        found.pop(f"{PREFIX}MEDIA_TURN_URLS", None)
        found[f"{PREFIX}MEDIA_HOST"] = media_host(settings)
        return found


def _owner(settings: Settings) -> str:
    """The same for every start on this data folder, which one server has at a time."""
    place = f"{socket.gethostname()}:{settings.data_dir.absolute()}"
    return hashlib.sha256(place.encode()).hexdigest()[:32]
