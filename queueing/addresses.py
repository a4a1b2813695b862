"""The address of Redis as it stands in a setting: one server, Sentinels, or a cluster. Pure."""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote

from queueing.errors import RedisAddressInvalid

SCHEMES: Final = (
    "redis://",
    "rediss://",
    "unix://",
    "redis+sentinel://",
    "rediss+sentinel://",
    "redis+cluster://",
    "rediss+cluster://",
)
SERVER_PORT: Final = 6379
SENTINEL_PORT: Final = 26379
PORT_MAX: Final = 65_535
SERVERS_MAX: Final = 64
"""Servers named in one address; a cluster tells the rest of its own."""

_URL: Final = re.compile(
    r"(?P<scheme>[a-z+]+://)(?:(?P<user>[^:/?#]*)(?::(?P<password>[^/?#]*))?@)?"
    r"(?P<servers>[^@/?#]*)(?P<path>/[^?#]*)?(?:\?(?P<options>[^#]*))?"
)
_SERVER: Final = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[^\s:\[\]]+))(?::(?P<port>[0-9]{1,5}))?")
_TLS_OPTIONS: Final = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs", "ssl_check_hostname")
_SENTINEL_OPTIONS: Final = ("sentinel_username", "sentinel_password")


@dataclass(frozen=True, slots=True)
class Tcp:
    """A server on the network."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class UnixSocket:
    """A server on this machine."""

    path: str


Place = Tcp | UnixSocket


@dataclass(frozen=True, slots=True)
class Tls:
    """How a server's certificate is checked, and what is shown to it; the names are those of redis-py."""

    ca_certs: str | None = None
    certfile: str | None = None
    keyfile: str | None = None
    cert_reqs: str = "required"
    check_hostname: bool = True

    def context(self) -> ssl.SSLContext:
        """Raises RedisAddressInvalid for files that cannot be used."""
        try:
            context = ssl.create_default_context(cafile=self.ca_certs)
            if self.certfile is not None:
                context.load_cert_chain(self.certfile, self.keyfile, password="")
        except (OSError, ValueError):
            raise RedisAddressInvalid("names files for TLS that cannot be used") from None
        context.check_hostname = self.check_hostname and self.cert_reqs != "none"
        context.verify_mode = ssl.CERT_NONE if self.cert_reqs == "none" else ssl.CERT_REQUIRED
        return context


@dataclass(frozen=True, slots=True)
class Access:
    """What a connection says and shows before its first command."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    db: int = 0
    tls: Tls | None = None


@dataclass(frozen=True, slots=True)
class OneServer:
    """``redis://``, ``rediss://``, ``unix://``."""

    place: Place
    access: Access


@dataclass(frozen=True, slots=True)
class BySentinels:
    """``redis+sentinel://``: the Sentinels say which server is the master of that name."""

    sentinels: tuple[Tcp, ...]
    sentinel_access: Access
    master: str
    access: Access


@dataclass(frozen=True, slots=True)
class InCluster:
    """``redis+cluster://``: any of these says which node has a key."""

    nodes: tuple[Tcp, ...]
    access: Access


Address = OneServer | BySentinels | InCluster


def parse(url: str) -> Address:
    """Raises RedisAddressInvalid, whose message never repeats a part of the address."""
    found = _URL.fullmatch(url)
    if found is None or found["scheme"] not in SCHEMES:
        raise RedisAddressInvalid(f"must begin with {' or '.join(SCHEMES)}, and name a server")
    scheme, path = found["scheme"], unquote(found["path"] or "")
    options = _options(found["options"] or "", scheme)
    access = Access(
        unquote(found["user"]) if found["user"] else None,
        unquote(found["password"]) if found["password"] else None,
        tls=_tls(options) if scheme.startswith("rediss") else None,
    )
    if scheme.endswith("+cluster://"):
        if path.strip("/") or "db" in options:
            raise RedisAddressInvalid("must not name a db: a cluster has only db 0")
        return InCluster(_servers(found["servers"], SERVER_PORT), access)
    if scheme.endswith("+sentinel://"):
        master = path.strip("/")
        if not master:
            raise RedisAddressInvalid("must name the master, as in redis+sentinel://host:26379/<master name>")
        asked = Access(options.get("sentinel_username"), options.get("sentinel_password"), tls=access.tls)
        return BySentinels(
            _servers(found["servers"], SENTINEL_PORT), asked, master, _in_db(access, options.get("db"))
        )
    if scheme == "unix://":
        return _at_socket(found["servers"], path, _in_db(access, options.get("db")))
    places = _servers(found["servers"], SERVER_PORT)
    if len(places) > 1:
        raise RedisAddressInvalid("names several servers: redis+sentinel:// and redis+cluster:// do that")
    return OneServer(places[0], _in_db(access, options.get("db", path.strip("/") or None)))


def _at_socket(servers: str, path: str, access: Access) -> OneServer:
    if servers or len(path) <= 1:
        raise RedisAddressInvalid("must name the socket's whole path, as in unix:///run/redis.sock")
    return OneServer(UnixSocket(path), access)


def _options(text: str, scheme: str) -> Mapping[str, str]:
    known = ["db"]
    if scheme.startswith("rediss"):
        known += _TLS_OPTIONS
    if scheme.endswith("+sentinel://"):
        known += _SENTINEL_OPTIONS
    options = dict(parse_qsl(text, keep_blank_values=True))
    if not options.keys() <= set(known):
        raise RedisAddressInvalid(f"has an option that is none of {', '.join(known)}")
    return options


def _in_db(access: Access, db: str | None) -> Access:
    if db is None:
        return access
    if not (db.isascii() and db.isdigit()):
        raise RedisAddressInvalid("has a db that is not a number")
    return Access(access.username, access.password, int(db), access.tls)


def _tls(options: Mapping[str, str]) -> Tls:
    requires, checks = options.get("ssl_cert_reqs", "required"), options.get("ssl_check_hostname", "true")
    if requires not in {"required", "none"}:
        raise RedisAddressInvalid("has an ssl_cert_reqs that is neither required nor none")
    if checks not in {"true", "false"}:
        raise RedisAddressInvalid("has an ssl_check_hostname that is neither true nor false")
    files = [options.get(name) for name in ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")]
    if any(file is not None and not Path(file).is_file() for file in files):
        raise RedisAddressInvalid("names files for TLS that are not there")
    return Tls(files[0], files[1], files[2], requires, checks == "true")


def _servers(text: str, port: int) -> tuple[Tcp, ...]:
    found = [_SERVER.fullmatch(one) for one in text.split(",")]
    servers = tuple(
        Tcp(unquote(one["v6"] or one["name"]), int(one["port"] or port)) for one in found if one is not None
    )
    if len(servers) != len(found) or not 1 <= len(servers) <= SERVERS_MAX:
        raise RedisAddressInvalid("must name its servers as host:port, with commas between")
    if not all(0 < server.port <= PORT_MAX for server in servers):
        raise RedisAddressInvalid(f"has a port that is not in 1..{PORT_MAX}")
    return servers
