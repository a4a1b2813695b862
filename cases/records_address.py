"""Where the records are: the address in the settings, taken apart. Pure but for the certificate file that it
names.
"""

import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sqlalchemy import URL

SQLITE: Final = "sqlite+aiosqlite"
POSTGRESQL: Final = ("postgresql+asyncpg", "postgresql", "postgres")
SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
CHECKED_MODES: Final = ("verify-ca", "verify-full")


@dataclass(frozen=True, slots=True)
class RecordsAddress:
    """``url`` as SQLAlchemy takes it; ``connect`` for its driver. Neither is to be shown: they hold the
    password. ``shown`` is the address without it.
    """

    url: "URL"
    shown: str
    connect: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_postgresql(self) -> bool:
        return self.url.get_backend_name() == "postgresql"

    @classmethod
    def parse(cls, written: str) -> "RecordsAddress":
        """``sqlite+aiosqlite:///path`` or ``postgresql://user:password@host:port/database``, the latter with
        ``sslmode`` and ``sslrootcert`` as libpq has them, and ``host=/folder`` for a socket of this machine.

        Raises ValueError, which repeats nothing of the address.
        """
        # A third of the start of a command that reads the settings alone; most name no address.
        from sqlalchemy import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            url = make_url(written)
        except (ArgumentError, ValueError):
            raise ValueError("is no address of a database") from None
        if url.drivername == SQLITE:
            if not url.database or url.database == ":memory:":
                raise ValueError("must name a file: sqlite+aiosqlite:///path")
            return cls(url, url.render_as_string(hide_password=True))
        if url.drivername not in POSTGRESQL:
            raise ValueError(f"must begin with {SQLITE}:// or {POSTGRESQL[1]}://")
        return _postgresql(url)


def _postgresql(url: "URL") -> RecordsAddress:
    query = dict(url.query)
    unknown = query.keys() - {"host", "sslmode", "sslrootcert"}
    if unknown or not all(isinstance(value, str) for value in query.values()):
        raise ValueError("knows the parameters sslmode, sslrootcert and host alone, once each")
    if not url.database or not url.username:
        raise ValueError("must name a user and a database: postgresql://user:password@host/database")
    if not url.host and not query.get("host"):
        raise ValueError("must name a host")
    mode, root = query.pop("sslmode", None), query.pop("sslrootcert", None)
    bare = url.set(drivername=POSTGRESQL[0], query=query)
    place = query.get("host") or f"{url.host}:{url.port or 5432}"
    return RecordsAddress(bare, f"postgresql://{place}/{url.database}", _tls(mode, root))


def _tls(mode: Any, root: Any) -> dict[str, Any]:
    if mode is None:
        if root is not None:
            raise ValueError("sslrootcert is needed for sslmode=verify-ca or verify-full alone")
        return {}
    if mode not in SSL_MODES:
        raise ValueError(f"sslmode must be one of {', '.join(SSL_MODES)}")
    if mode not in CHECKED_MODES:
        return {"ssl": mode}
    try:
        context = ssl.create_default_context(cafile=None if root in (None, "system") else root)
    except OSError:
        raise ValueError("sslrootcert is no PEM file that can be read") from None
    context.check_hostname = mode == "verify-full"
    return {"ssl": context}
