"""nginx of the tests' own on loopback, with deploy/nginx as it stands."""

import asyncio
import contextlib
import os
import shutil
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp

from tests.browser.server_process import free_port
from tests.tls import write_tls_pair

TEMPLATE: Final = Path(__file__).parents[1] / "deploy" / "nginx" / "shuitong.conf.template"
NAME: Final = "127.0.0.1"
START_TIMEOUT_S: Final = 20.0
AROUND: Final = """
{user}
daemon off;
pid {folder}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/shuitong.conf;
}}
"""


@dataclass(frozen=True, slots=True)
class Proxy:
    url: str
    plain_url: str
    """Without TLS."""
    certificate: Path


@contextlib.asynccontextmanager
async def running_nginx(folder: Path, port: int, upstream: Sequence[int]) -> AsyncIterator[Proxy]:
    """At that port for TLS, before servers at those ports. Raises LookupError where it is not installed."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        raise LookupError("nginx is needed: ./run test installs it")
    certificate, key = write_tls_pair(folder, "nginx", names=(NAME,))
    plain = free_port()
    given = {
        "SHUITONG_NAME": NAME,
        "SHUITONG_TLS_PORT": f"127.0.0.1:{port}",
        "SHUITONG_HTTP_PORT": f"127.0.0.1:{plain}",
        "SHUITONG_CERT": str(certificate),
        "SHUITONG_KEY": str(key),
        "SHUITONG_UPSTREAM": " ".join(
            f"server 127.0.0.1:{one} max_fails=1 fail_timeout=2s;" for one in upstream
        ),
    }
    written = TEMPLATE.read_text("utf-8")
    for name, value in given.items():
        written = written.replace(f"${{{name}}}", value)
    (folder / "shuitong.conf").write_text(written, "utf-8")
    around = AROUND.format(folder=folder, user="user root;" if os.geteuid() == 0 else "")
    (folder / "nginx.conf").write_text(around, "utf-8")
    log = folder / "nginx.log"
    process = await asyncio.create_subprocess_exec(
        program,
        *("-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(log)),
        stderr=asyncio.subprocess.DEVNULL,
    )
    proxy = Proxy(f"https://{NAME}:{port}", f"http://{NAME}:{plain}", certificate)
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            while not await _answers(proxy):
                assert process.returncode is None, log.read_text("utf-8")
                await asyncio.sleep(0.05)
        yield proxy
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _answers(proxy: Proxy) -> bool:
    trusted = ssl.create_default_context(cafile=str(proxy.certificate))
    async with aiohttp.ClientSession() as session:
        try:
            async with session.get(f"{proxy.url}/healthz", ssl=trusted) as answer:
                return answer.status == 200
        except aiohttp.ClientConnectionError:
            return False
