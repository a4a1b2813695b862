"""The UDP socket of the media port, as large as the system lets it be."""

import ipaddress
import socket
import struct
import sys

from rtc.errors import MediaUnavailable
from rtc.settings import RelaySettings

# Linux, <asm-generic/socket.h>: like SO_SNDBUF and SO_RCVBUF, beyond net.core.[rw]mem_max for who may do so.
_SO_SNDBUFFORCE = 32
_SO_RCVBUFFORCE = 33
# Numbers of a socket's memory (<linux/sock_diag.h>); the last is that of datagrams thrown away.
_SO_MEMINFO = 55
_MEMINFO = struct.Struct("=9I")


def media_socket(settings: RelaySettings) -> socket.socket:
    """`bound_socket`, with the port's name in what is raised. Raises MediaUnavailable."""
    try:
        return bound_socket(settings)
    except OSError as error:
        raise MediaUnavailable(f"cannot bind UDP {settings.host}:{settings.port}: {error}") from error


def bound_socket(settings: RelaySettings) -> socket.socket:
    """Bound and non-blocking. Raises OSError."""
    host = ipaddress.ip_address(settings.host)
    udp = socket.socket(socket.AF_INET6 if host.version == 6 else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        udp.setblocking(False)
        enlarge_receive(udp, settings.receive_buffer_bytes)
        _enlarge(udp, _SO_SNDBUFFORCE, socket.SO_SNDBUF, settings.send_buffer_bytes)
        if host.version == 6:
            # `::` takes IPv4 as well, as mapped addresses.
            udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        udp.bind((settings.host, settings.port))
    except OSError:
        udp.close()
        raise
    return udp


def enlarge_receive(udp: socket.socket, size_bytes: int) -> None:
    _enlarge(udp, _SO_RCVBUFFORCE, socket.SO_RCVBUF, size_bytes)


def _enlarge(udp: socket.socket, forced: int, ordinary: int, size_bytes: int) -> None:
    """A stall of 50 ms at 15,000 packets/s is 800 kB: the usual limit of 208 kB loses most of it."""
    if sys.platform == "linux":
        try:
            udp.setsockopt(socket.SOL_SOCKET, forced, size_bytes)
        except PermissionError:
            # Without CAP_NET_ADMIN the system's limit holds; `counters()` shows what was given.
            pass
        else:
            return
    udp.setsockopt(socket.SOL_SOCKET, ordinary, size_bytes)


def receive_overflows(udp: socket.socket) -> int:
    """Datagrams that the system threw away because nobody took them in time; 0 where it does not tell."""
    if sys.platform != "linux":
        return 0
    try:
        counts = udp.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
    except OSError:
        # Systems that only look like Linux do not have it.
        return 0
    return int(_MEMINFO.unpack(counts)[-1]) if len(counts) == _MEMINFO.size else 0


def peer_address(address: tuple[object, ...]) -> tuple[str, int]:
    """The peer's address as it knows it itself: IPv4 that came over an IPv6 socket is IPv4 again."""
    host, port = str(address[0]), int(str(address[1]))
    parsed = ipaddress.ip_address(host)
    if parsed.version == 6 and parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped), port
    return host.partition("%")[0], port
