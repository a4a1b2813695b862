"""Ports, TURN and the certificate, as somebody outside would find them."""

import asyncio
import fcntl
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from aioice.turn import create_turn_endpoint
from cryptography import x509

from cases.clock import SystemClock
from rtc.errors import MediaUnavailable
from rtc.sockets import media_socket
from server.building import turn_servers
from server.doctor.findings import Finding, fail, ok, warn
from server.errors import ServerError
from server.media import relay_settings
from server.settings import Settings

SOON: Final = timedelta(days=14)
ANSWER_S: Final = 8.0
TURN_PORTS: Final = {"turn": 3478, "turns": 5349}


async def look_at_ports(settings: Settings) -> list[Finding]:
    """Free, or taken by the server that runs on this data folder."""
    runs = is_running(settings.data_dir)
    wanted = [("port", settings.host, settings.port)]
    if settings.metrics_port is not None:
        wanted.append(("metrics_port", settings.metrics_host, settings.metrics_port))
    found = [await _tcp(*one, runs=runs) for one in wanted if one[2]]
    if isinstance(settings.media_workers, int) and settings.media_port:
        found += list(_udp(settings, runs))
    return found


def is_running(data_dir: Path) -> bool:
    """Whether a server has the data folder."""
    try:
        with (data_dir / "shuitong.lock").open("r", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    except OSError:
        return False
    return False


async def _tcp(setting: str, host: str, port: int, *, runs: bool) -> Finding:
    shown = f"{port}/tcp"
    try:
        server = await asyncio.start_server(lambda _reader, writer: writer.close(), host, port)
    except OSError as error:
        if runs:
            return ok("ports", "port_ours", port=shown)
        return fail("ports", "port_taken", port=shown, problem=error.strerror or str(error), setting=setting)
    server.close()
    return ok("ports", "port_free", port=shown)


def _udp(settings: Settings, runs: bool) -> Iterator[Finding]:
    first = relay_settings(settings)
    for number in range(max(1, int(settings.media_workers))):
        port = first.port + number
        shown = f"{port}/udp"
        try:
            media_socket(replace(first, port=port)).close()
        except (MediaUnavailable, ServerError) as error:
            if runs:
                yield ok("ports", "port_ours", port=shown)
            else:
                yield fail("ports", "port_taken", port=shown, problem=str(error), setting="media_port")
        else:
            yield ok("ports", "port_free", port=shown)


async def look_at_turn(settings: Settings) -> list[Finding]:
    """A real allocation at each, with credentials as calls get them."""
    if not settings.media_turn_urls:
        return [ok("turn", "turn_none")]
    return list(await asyncio.gather(*(_allocated(settings, url) for url in settings.media_turn_urls)))


async def _allocated(settings: Settings, url: str) -> Finding:
    (granted,) = turn_servers(settings).grant("doctor", SystemClock().now_ms())
    scheme, _, rest = url.partition(":")
    address, _, query = rest.partition("?")
    parts = urlsplit(f"//{address}")
    host, port = parts.hostname or "", parts.port or TURN_PORTS[scheme]
    secure = scheme == "turns"
    try:
        async with asyncio.timeout(ANSWER_S):
            transport, _ = await create_turn_endpoint(
                asyncio.DatagramProtocol,
                (host, port),
                granted.username,
                granted.credential,
                ssl=_context(host) if secure else None,
                transport="tcp" if secure or "transport=tcp" in query else "udp",
            )
    except Exception as error:  # noqa: BLE001 aioice raises its own, and what lies below it
        return fail("turn", "turn_away", url=url, problem=_said(error))
    transport.close()
    return ok("turn", "turn_fine", url=url)


def _context(host: str) -> ssl.SSLContext:
    """As browsers check it, with what this machine trusts (SSL_CERT_FILE)."""
    context = ssl.create_default_context()
    context.check_hostname = bool(host)
    return context


def _said(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer in {ANSWER_S:.0f} s"
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return str(error) or type(error).__name__


async def look_at_certificate(settings: Settings) -> list[Finding]:
    if settings.tls_cert is not None:
        content = await asyncio.to_thread(settings.tls_cert.read_bytes)
        return judge_certificate(content, settings.public_url, datetime.now(UTC))
    if (settings.public_url or "").startswith("https://"):
        return [await _by_proxy(str(settings.public_url))]
    return [warn("certificate", "tls_none")]


def judge_certificate(pem: bytes, public_url: str | None, now: datetime) -> list[Finding]:
    """The first of the chain: its time, and its names against that of ``public_url``."""
    found = x509.load_pem_x509_certificate(pem)
    names = _names(found)
    since, until = found.not_valid_before_utc, found.not_valid_after_utc
    shown = f"{until:%Y-%m-%d}"
    told = [ok("certificate", "tls_fine", name=", ".join(names) or "?", until=shown)]
    if now < since:
        told = [fail("certificate", "tls_early", since=f"{since:%Y-%m-%d}")]
    elif now >= until:
        told = [fail("certificate", "tls_over", until=shown)]
    elif until - now < SOON:
        told = [warn("certificate", "tls_soon", until=shown)]
    host = urlsplit(public_url).hostname if public_url is not None else None
    if host is not None and not any(_is_for(name, host) for name in names):
        told.append(fail("certificate", "tls_name", name=host, names=", ".join(names) or "-"))
    return told


def _names(certificate: x509.Certificate) -> list[str]:
    """Those that browsers look at: alternative names, never the common one."""
    with suppress(x509.ExtensionNotFound):
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        addresses = [str(one) for one in names.get_values_for_type(x509.IPAddress)]
        return [*names.get_values_for_type(x509.DNSName), *addresses]
    return []


def _is_for(name: str, host: str) -> bool:
    name, host = name.lower(), host.lower()
    if name.startswith("*."):
        return host.partition(".")[2] == name[2:]
    return name == host


async def _by_proxy(url: str) -> Finding:
    timeout = aiohttp.ClientTimeout(total=ANSWER_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=False) as session,
            session.get(f"{url}/healthz", allow_redirects=False) as answer,
        ):
            await answer.read()
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return warn("certificate", "tls_proxy", url=url, problem=_said(error))
    return ok("certificate", "tls_fine", name=url, until="…")
