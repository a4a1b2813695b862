"""The UDP socket of the media port, as large as the system lets it be."""

import ipaddress
import socket
import sys

from rtc.libraries import Address
from rtc.settings import RelaySettings

# Linux, <asm-generic/socket.h>: like SO_SNDBUF and SO_RCVBUF, beyond net.core.[rw]mem_max for who may do so.
_SO_SNDBUFFORCE = 32
_SO_RCVBUFFORCE = 33


def bound_socket(settings: RelaySettings) -> socket.socket:
    """Bound and non-blocking. Raises OSError."""
    host = ipaddress.ip_address(settings.host)
    udp = socket.socket(socket.AF_INET6 if host.version == 6 else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        udp.setblocking(False)
        _enlarge(udp, _SO_RCVBUFFORCE, socket.SO_RCVBUF, settings.receive_buffer_bytes)
        _enlarge(udp, _SO_SNDBUFFORCE, socket.SO_SNDBUF, settings.send_buffer_bytes)
        if host.version == 6:
            # `::` takes IPv4 as well, as mapped addresses.
            udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        udp.bind((settings.host, settings.port))
    except OSError:
        udp.close()
        raise
    return udp


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


def peer_address(address: Address) -> tuple[str, int]:
    """The peer's address as it knows it itself: IPv4 that came over an IPv6 socket is IPv4 again."""
    host, port = str(address[0]), int(address[1])
    parsed = ipaddress.ip_address(host)
    if parsed.version == 6 and parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped), port
    return host.partition("%")[0], port
