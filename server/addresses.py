"""Which addresses the media port has, and which of them the offers name."""

import ipaddress
import socket

from server.errors import ConfigurationError
from server.settings import MediaNode, Settings

# Documentation addresses (RFC 5737, RFC 3849): asked only which of our addresses leads outside; nothing is
# sent.
_OUTSIDE = {4: ("192.0.2.1", socket.AF_INET), 6: ("2001:db8::1", socket.AF_INET6)}
_LOOPBACK = {4: "127.0.0.1", 6: "::1"}


def media_host(settings: Settings | MediaNode) -> str:
    """The IP address to receive media at: its own setting, else that of the web server.

    Raises ``ConfigurationError`` when ``host`` is a name that leads nowhere.
    """
    if settings.media_host is not None:
        return settings.media_host
    try:
        found = socket.getaddrinfo(settings.host, None, type=socket.SOCK_DGRAM)
    except OSError:
        raise ConfigurationError(("SHUITONG_HOST: is a name without an address",)) from None
    # IPv4 first: a name such as localhost often has both, and the relay listens at one.
    return str(min(found, key=lambda entry: entry[0] != socket.AF_INET)[4][0])


def announced_addresses(settings: Settings | MediaNode) -> tuple[str, ...]:
    """What the offers name: the setting, else the media host, or, where that is every address, our own: of
    `::`, where IPv4 arrives as well, one of each family that leads outside.
    """
    if settings.media_announced:
        return settings.media_announced
    address = ipaddress.ip_address(media_host(settings))
    if not address.is_unspecified:
        return (str(address),)
    own = [own_address(version) for version in ((6, 4) if address.version == 6 else (4,))]
    outside = [found for found in own if not ipaddress.ip_address(found).is_loopback]
    return tuple(outside or own)


def own_address(version: int) -> str:
    """The address of this machine that leads outside; that of the loopback where none does."""
    outside, family = _OUTSIDE[version]
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((outside, 9))
        except OSError:
            return _LOOPBACK[version]
        return str(probe.getsockname()[0])
