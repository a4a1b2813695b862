"""A coturn of the tests' own on loopback: TCP and TLS to it, UDP from it to the media port."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from tests.browser.server_process import free_port
from tests.tls import write_tls_pair

SECRET: Final = "only-the-tests-and-their-coturn"
START_TIMEOUT_S: Final = 20.0
PLAIN: Final = ("-n", "--use-auth-secret", "--no-udp", "--no-cli", "--no-dtls")


class TurnServer:
    def __init__(self, port: int, tls_port: int, certificate: Path) -> None:
        self.tcp_url = f"turn:127.0.0.1:{port}?transport=tcp"
        self.tls_url = f"turns:127.0.0.1:{tls_port}?transport=tcp"
        self.certificate = certificate


@contextlib.asynccontextmanager
async def running_turn_server(folder: Path, configuration: Path | None = None) -> AsyncIterator[TurnServer]:
    """Raises LookupError where coturn is not installed.

    ``configuration``: that file, with what belongs to this place; none: what it has is given here.
    """
    program = shutil.which("turnserver")
    if program is None:
        raise LookupError("coturn is needed: ./run test installs it")
    certificate, key = write_tls_pair(folder, "localhost", names=("localhost", "127.0.0.1"))
    port, tls_port = free_port(), free_port()
    with (folder / "coturn.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            program,
            *(("-c", str(configuration), "--allowed-peer-ip=127.0.0.1") if configuration else PLAIN),
            *(f"--static-auth-secret={SECRET}", "--realm=shuitong.test", "--allow-loopback-peers"),
            *("--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1"),
            *(f"--listening-port={port}", f"--tls-listening-port={tls_port}"),
            *(f"--cert={certificate}", f"--pkey={key}", f"--pidfile={folder / 'coturn.pid'}"),
            *(f"--userdb={folder / 'coturn.db'}", "--log-file=stdout", "--simple-log"),
            stdout=log,
            stderr=log,
            cwd=folder,
        )
        try:
            for needed in (port, tls_port):
                await _until_open(process, needed, folder / "coturn.log")
            yield TurnServer(port, tls_port, certificate)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _until_open(process: asyncio.subprocess.Process, port: int, log: Path) -> None:
    async with asyncio.timeout(START_TIMEOUT_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                if process.returncode is not None:
                    raise RuntimeError(_written(log)) from None
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


def _written(log: Path) -> str:
    return log.read_text(encoding="utf-8")
