"""The relays that are measured, each in a process of its own on one core, and how two peers meet there."""

import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import aiohttp

from loadtests.errors import NotConnected
from loadtests.media.peer import SyntheticPeer, read_remote
from server.benchmarks.errors import BenchFailed

OURS: Final = "ours"
NAIVE: Final = "naive"
START_S: Final = 20.0
REQUEST_S: Final = 30.0
LINE_BYTES_MAX: Final = 256 * 1024


class Relay(Protocol):
    """A relay under measurement."""

    name: str

    async def join(self, call: str, first: SyntheticPeer, second: SyntheticPeer) -> None:
        """Connect both ends of a call with one another. Raises BenchFailed."""

    def cpu_ns(self) -> int:
        """Processor time of its process so far, all threads."""

    def memory_bytes(self) -> int: ...


async def connect(peer: SyntheticPeer, sdp: str) -> None:
    """To whom that SDP is of. Raises BenchFailed."""
    try:
        await peer.connect(read_remote(sdp))
    except NotConnected as error:
        raise BenchFailed(str(error)) from error


@dataclass(slots=True)
class OfProcess:
    """What the system says of a process."""

    pid: int

    def cpu_ns(self) -> int:
        # clock_getcpuclockid(3): the processor time of another process, in ns.
        return time.clock_gettime_ns(((~self.pid) << 3) | 2)

    def memory_bytes(self) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024


class Program(OfProcess):
    """A program of ours that is asked by lines of JSON."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        super().__init__(process.pid)
        self.name = name
        self._process = process
        self._turn = asyncio.Lock()

    async def ask(self, request: Mapping[str, Any]) -> Any:
        async with self._turn, asyncio.timeout(REQUEST_S):
            assert self._process.stdin is not None  # noqa: S101
            assert self._process.stdout is not None  # noqa: S101
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            line = await self._process.stdout.readline()
        if not line:
            raise BenchFailed(f"the relay {self.name} ended")
        return json.loads(line)


class Ours(Program):
    """`MediaRelay` alone, as the product runs it (uvloop)."""

    async def join(self, call: str, first: SyntheticPeer, second: SyntheticPeer) -> None:
        for leg, peer in (("taxpayer", first), ("officer", second)):
            offer = await self.ask({"do": "join", "call": call, "leg": leg})
            sdp = peer.description()
            await self.ask({"do": "answer", "call": call, "leg": leg, "offer": offer, "sdp": sdp})
            await connect(peer, offer["sdp"])


@asynccontextmanager
async def ours(host: str, core: int | None, name: str = OURS, **settings: Any) -> AsyncIterator[Ours]:
    """`settings`: of RelaySettings."""
    process = await _start("server.benchmarks.relay_server", json.dumps({"host": host, **settings}), core)
    try:
        relay = Ours(name, process)
        await relay.ask({"do": "counters"})
        yield relay
    finally:
        await _end(process)


class Naive(Program):
    """Connections of aiortc that get one another's tracks."""

    async def join(self, call: str, first: SyntheticPeer, second: SyntheticPeer) -> None:
        offers = [first.description(), second.description()]
        to_first, to_second = await self.ask({"do": "join", "call": call, "offers": offers})
        await asyncio.gather(connect(first, to_first), connect(second, to_second))
        await self.ask({"do": "connected", "call": call})


@asynccontextmanager
async def naive(host: str, core: int | None) -> AsyncIterator[Naive]:
    process = await _start("server.benchmarks.relay_naive", host, core)
    try:
        yield Naive(NAIVE, process)
    finally:
        await _end(process)


async def _start(module: str, argument: str, core: int | None) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        argument,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LINE_BYTES_MAX,
        preexec_fn=_pinned(core),
    )


def janus_program() -> str | None:
    return shutil.which("janus")


class Janus(OfProcess):
    """Janus with its videocall plugin, over its HTTP interface."""

    def __init__(self, pid: int, http: aiohttp.ClientSession, url: str) -> None:
        super().__init__(pid)
        self.name = "janus"
        self._http = http
        self._url = url
        self._session = ""
        self._events: dict[int, asyncio.Queue[dict[str, Any]]] = {}
        self._polling: asyncio.Task[None] | None = None

    async def open(self) -> None:
        async with asyncio.timeout(START_S):
            while True:
                try:
                    answer = await self._post("", {"janus": "create"})
                    break
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.1)
        self._session = f"/{answer['data']['id']}"
        self._polling = asyncio.create_task(self._poll())

    async def close(self) -> None:
        if self._polling is not None:
            self._polling.cancel()
            await asyncio.wait([self._polling])

    async def join(self, call: str, first: SyntheticPeer, second: SyntheticPeer) -> None:
        caller, callee = await self._register(f"{call}-1"), await self._register(f"{call}-2")
        await self._message(
            caller, {"request": "call", "username": f"{call}-2"}, ("offer", first.description())
        )
        coming = await self._event(callee, "incomingcall")
        await self._message(callee, {"request": "accept"}, ("answer", second.description()))
        accepted = await self._event(caller, "accepted")
        await asyncio.gather(
            connect(first, accepted["jsep"]["sdp"]),
            connect(second, coming["jsep"]["sdp"]),
        )

    async def _register(self, user: str) -> int:
        attach = {"janus": "attach", "plugin": "janus.plugin.videocall"}
        handle = int((await self._post(self._session, attach))["data"]["id"])
        self._events[handle] = asyncio.Queue()
        await self._message(handle, {"request": "register", "username": user})
        await self._event(handle, "registered")
        return handle

    async def _message(
        self, handle: int, body: Mapping[str, str], sdp: tuple[str, str] | None = None
    ) -> None:
        message: dict[str, Any] = {"janus": "message", "body": body}
        if sdp is not None:
            message["jsep"] = {"type": sdp[0], "sdp": sdp[1], "trickle": False}
        await self._post(f"{self._session}/{handle}", message)

    async def _event(self, handle: int, name: str) -> dict[str, Any]:
        async with asyncio.timeout(REQUEST_S):
            while True:
                event = await self._events[handle].get()
                told = event.get("plugindata", {}).get("data", {})
                if "error" in told:
                    raise BenchFailed(f"janus: {told['error']}")
                if told.get("result", {}).get("event") == name:
                    return event

    async def _post(self, path: str, message: Mapping[str, Any]) -> dict[str, Any]:
        body = {**message, "transaction": os.urandom(6).hex()}
        async with self._http.post(f"{self._url}{path}", json=body) as response:
            answer: dict[str, Any] = await response.json(content_type=None)
        if answer.get("janus") == "error":
            raise BenchFailed(f"janus: {answer['error']}")
        return answer

    async def _poll(self) -> None:
        while True:
            async with self._http.get(f"{self._url}{self._session}?maxev=20") as response:
                events = await response.json(content_type=None)
            for event in events if isinstance(events, list) else [events]:
                queue = self._events.get(event.get("sender", 0))
                if queue is not None:
                    queue.put_nowait(event)


@asynccontextmanager
async def janus(host: str, core: int | None) -> AsyncIterator[Janus]:
    """With ICE-lite as ours, only the plugin and the transport that are needed, and almost no log."""
    program = janus_program()
    if program is None:
        raise BenchFailed("janus is not installed")
    port = _free_port(host)
    with tempfile.TemporaryDirectory(prefix="shuitong-janus-") as name:
        folder = Path(name)
        _configure(folder, host, port)
        process = await asyncio.create_subprocess_exec(
            program, "-F", str(folder), "-C", str(folder / "janus.jcfg"),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, preexec_fn=_pinned(core),
        )  # fmt: skip
        try:
            async with aiohttp.ClientSession() as http:
                relay = Janus(process.pid, http, f"http://{host}:{port}/janus")
                await relay.open()
                try:
                    yield relay
                finally:
                    await relay.close()
        finally:
            await _end(process)


def _configure(folder: Path, host: str, port: int) -> None:
    """The installed configuration's folders, and our own choice of everything else."""
    library = next(Path("/usr/lib").glob("*/janus"), Path("/usr/lib/janus"))
    (folder / "none").mkdir()
    (folder / "janus.jcfg").write_text(
        f"""general: {{
    configs_folder = "{folder}"
    plugins_folder = "{library}/plugins"
    transports_folder = "{library}/transports"
    events_folder = "{folder}/none"
    loggers_folder = "{folder}/none"
    debug_level = 1
    session_timeout = 0
}}
certificates: {{}}
media: {{ rtp_port_range = "21000-22000" }}
nat: {{ ice_lite = true
    ice_enforce_list = "{host}"
}}
plugins: {{ disable = "{_others(library / "plugins", "videocall")}" }}
transports: {{ disable = "{_others(library / "transports", "http")}" }}
""",
        encoding="utf-8",
    )
    (folder / "janus.transport.http.jcfg").write_text(
        f"""general: {{ json = "compact"
    base_path = "/janus"
    http = true
    port = {port}
    ip = "{host}"
    https = false
}}
admin: {{ admin_http = false }}
""",
        encoding="utf-8",
    )


def _others(folder: Path, wanted: str) -> str:
    return ",".join(sorted(file.name for file in folder.glob("libjanus_*.so") if wanted not in file.name))


def _free_port(host: str) -> int:
    import socket

    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _pinned(core: int | None) -> Callable[[], None] | None:
    """Keeps a process to one core from its first thread on."""
    return None if core is None else lambda: os.sched_setaffinity(0, {core})


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
