"""Every setting of the server: name, unit, default, meaning. docs/SETTINGS.md is made from this file.

Pure but for the look at the files that settings name: reading the environment and the settings file is the
task of ``configuration.py``.
"""

import base64
import binascii
import ipaddress
import ssl
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    DirectoryPath,
    Field,
    FilePath,
    SecretStr,
    model_validator,
)

from queueing import addresses

DATABASE_SCHEMES = ("sqlite+aiosqlite://",)
KEY_BYTES = 32


def _comma_separated(value: object) -> object:
    """The environment has no lists: there one is written with commas."""
    return (
        tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value
    )


def _address(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        # Said anew: the original message repeats what was given.
        raise ValueError("must be an IP address, not a name") from None


def _key(value: SecretStr) -> SecretStr:
    try:
        key = base64.b64decode(value.get_secret_value(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError("must be a key of 32 bytes in URL-safe base64, as `shuitong new-key` makes")
    return value


def _redis_url(value: SecretStr) -> SecretStr:
    address = addresses.parse(value.get_secret_value())
    if address.access.tls is not None:
        address.access.tls.context()
    return value


def _begins_with(schemes: tuple[str, ...]) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(schemes):
            raise ValueError(f"must begin with {' or '.join(schemes)}")
        return value

    return AfterValidator(check)


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a time zone of the IANA database, such as Asia/Shanghai") from None
    return value


Address = Annotated[str, AfterValidator(_address)]
Key = Annotated[SecretStr, AfterValidator(_key)]


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Web(_Group):
    """HTTP and sockets"""

    demo: bool = Field(
        False,
        description="A demo hall, catalogue and accounts with known passwords, and keys made by themselves. "
        "Never with real taxpayers.",
    )
    host: str = Field(
        "127.0.0.1", min_length=1, description="Address or name that the web server listens on."
    )
    port: int = Field(8080, ge=0, le=65535, description="TCP port of the web server; 0: any free one.")
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^/\s?#@]+$",
        description="Where browsers reach the server, such as https://tax.example.cn, when a proxy stands "
        "before it. Pages from elsewhere are refused.",
    )
    proxies: int = Field(
        0,
        ge=0,
        le=10,
        description="How many proxies stand before the server, each adding who asked it to X-Forwarded-For. "
        "Failed log-ins are counted by that address; with 0 the header is not read.",
    )
    tls_cert: FilePath | None = Field(
        None,
        description="PEM file of the certificate chain; with tls_key. Phones give the camera only over "
        "https.",
    )
    tls_key: FilePath | None = Field(None, description="PEM file of the private key; with tls_cert.")
    static_dir: DirectoryPath | None = Field(
        None, description="Folder of the built web client; none: the one that belongs to this version."
    )
    request_body_max_bytes: int = Field(65_536, ge=1_024, description="A larger HTTP request is refused.")
    socket_payload_max_bytes: int = Field(32_768, ge=1_024, description="A larger socket message is refused.")
    sockets_max: int = Field(10_000, ge=1, description="Sockets open at a time; further ones are refused.")
    push_rate_hz: float = Field(
        4.0, gt=0, le=50, description="How often a line's changes are sent to those who wait in it, at most."
    )
    push_near_places: int = Field(
        100, ge=1, description="Pages nearest to the front of a big line, which hear of it at that rate."
    )
    push_far_interval_ms: int = Field(
        2_000, ge=100, le=60_000, description="How often the other pages of a big line hear of it, at most."
    )
    push_far_from: int = Field(
        1_000, ge=1, description="Pages that wait in one line from which on it is a big one."
    )
    socket_unread_max_bytes: int = Field(
        65_536,
        ge=1_024,
        description="A page with more than that unread is left out of counts until it reads; after 20 times "
        "it is cut off.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least weight of what is logged. Personal data is logged at no level."
    )


class Storage(_Group):
    """Where the state is kept"""

    data_dir: Path = Field(
        Path(".shuitong"),
        description="Folder of the records, the embedded Redis server and the demo's keys; one server at a "
        "time.",
    )
    redis_url: Annotated[SecretStr, AfterValidator(_redis_url)] | None = Field(
        None,
        description="Redis or Valkey for the queue: `redis://host:port/db` or `unix:///path` is one server, "
        "`redis+sentinel://host:port,host:port/master` asks Sentinels, `redis+cluster://host:port,host:port` "
        "is a cluster; `rediss…` is TLS, `user:password@` comes before the host. none: an embedded server "
        "with its files in data_dir.",
    )
    database_url: Annotated[SecretStr, _begins_with(DATABASE_SCHEMES)] | None = Field(
        None, description="Database of the records (SQLAlchemy URL); none: SQLite in data_dir."
    )
    identity_keys: Annotated[tuple[Key, ...], BeforeValidator(_comma_separated)] = Field(
        (),
        description="Keys for the identity numbers in the records. The first one encrypts, all of them "
        "decrypt: put a new one in front to change it. Needed without demo.",
    )
    index_key: Key | None = Field(
        None,
        description="Key of the index by which an identity number is found again. Cannot be changed later. "
        "Needed without demo.",
    )
    hall_time_zone: Annotated[str, AfterValidator(_time_zone)] = Field(
        "Asia/Shanghai",
        description="Time zone of the halls: of ticket numbers that begin anew each day, and of pages.",
    )


class Sessions(_Group):
    """Logging in"""

    session_idle_s: int = Field(1_800, ge=60, description="A session unused for this long ends.")
    session_absolute_s: int = Field(43_200, ge=60, description="A session ends this long after the log-in.")
    login_window_s: int = Field(900, ge=1, description="The time over which failed log-ins are counted.")
    login_failures_per_account: int = Field(
        5, ge=1, description="Failed log-ins to one account in that time, after which it has to wait."
    )
    login_failures_per_address: int = Field(
        50,
        ge=1,
        description="Failed log-ins from one network address in that time, after which it has to wait.",
    )
    face_check: Literal["none", "development"] = Field(
        default_factory=lambda given: "development" if given.get("demo") else "none",
        description="The face step of a taxpayer's log-in. development: a labelled stand-in that takes "
        "everybody, only with demo.",
        json_schema_extra={"default_text": "`development` with demo, else `none`"},
    )


class Queue(_Group):
    """The queue"""

    queue_confirm_ms: int = Field(
        60_000, ge=1_000, description="Time to confirm a call; abandoned afterwards."
    )
    queue_activation_ms: int = Field(600_000, ge=1_000, description="Time to reactivate an abandoned ticket.")
    queue_reactivations_max: int = Field(2, ge=0, description="How often one ticket may be reactivated.")
    queue_reactivate_after: int = Field(2, ge=0, description="People who stay ahead of a reactivated ticket.")
    queue_recall_spacing_ms: int = Field(
        5_000, ge=0, description="Least time between two calls of one ticket."
    )
    queue_lease_ms: int = Field(
        60_000,
        ge=1_000,
        le=3_600_000,
        description="An officer whose console is not heard of for this long is away: the tickets in hand and "
        "on hold go back to the front of their lines.",
    )
    queue_hold_ms: int = Field(
        900_000,
        ge=1_000,
        le=86_400_000,
        description="Longest time on hold; a ticket goes back to its line then.",
    )
    queue_holds_max: int = Field(3, ge=1, le=20, description="Tickets that an officer may have on hold.")
    desk_wrap_up_ms: int = Field(
        60_000,
        ge=0,
        le=3_600_000,
        description="How long a desk stays in wrap-up after a finished ticket, unless the officer ends it; "
        "0: not at all.",
    )
    queue_line_capacity: int = Field(20_000, ge=1, description="Tickets that may wait in one line.")
    queue_poll_max_ms: int = Field(
        250, ge=10, le=1_000, description="Longest time between two looks at the deadlines that are due."
    )


class Media(_Group):
    """Calls"""

    media_host: Address | None = Field(None, description="Address that media arrive at; none: that of host.")
    media_port: int = Field(20_500, ge=0, le=65535, description="UDP port of all media; 0: any free one.")
    media_announced: Annotated[tuple[Address, ...], BeforeValidator(_comma_separated)] = Field(
        (),
        description="Addresses at which browsers reach the media port, such as the public one behind NAT; "
        "none: that of media_host, or this machine's own where that stands for every address.",
    )
    media_calls_max: int = Field(500, ge=1, description="Calls carried at a time.")
    media_connect_ms: int = Field(
        60_000,
        ge=1_000,
        description="How long a call may take until both sides are connected for the first time.",
    )
    media_silent_ms: int = Field(7_000, ge=1_000, description="A side not heard of for this long is gone.")
    media_grace_ms: int = Field(30_000, ge=0, description="How long a call waits for a side that is gone.")


# Bases from the last to the first, because pydantic checks their fields in that order: `demo` decides
# defaults.
class Settings(Media, Queue, Sessions, Storage, Web):
    """All settings, checked. Raises ``pydantic.ValidationError``; never repeats a value in it."""

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        # One line a problem, each beginning with the setting's name: configuration.py takes them apart.
        if problems := self._contradictions():
            raise ValueError("\n".join(f"{name}: {problem}" for name, problem in problems))
        return self

    def _contradictions(self) -> list[tuple[str, str]]:
        problems: list[tuple[str, str]] = []
        if self.tls_cert is not None and self.tls_key is not None:
            problems += _tls_problems(self.tls_cert, self.tls_key)
        elif self.tls_cert is not None or self.tls_key is not None:
            missing, given = ("tls_key", "tls_cert") if self.tls_key is None else ("tls_cert", "tls_key")
            problems.append((missing, f"is needed with {given}"))
        if self.session_absolute_s < self.session_idle_s:
            problems.append(("session_absolute_s", "must not be shorter than session_idle_s"))
        if self.queue_recall_spacing_ms >= self.queue_confirm_ms:
            problems.append(("queue_recall_spacing_ms", "must be less than queue_confirm_ms"))
        if not self.demo:
            problems += self._missing_in_production()
        return problems

    def _missing_in_production(self) -> list[tuple[str, str]]:
        problems: list[tuple[str, str]] = []
        if not self.identity_keys:
            problems.append(("identity_keys", "is needed without demo; `shuitong new-key` makes one"))
        if self.index_key is None:
            problems.append(("index_key", "is needed without demo; `shuitong new-key` makes one"))
        if self.face_check == "development":
            problems.append(("face_check", "development is only for demo"))
        return problems


def _tls_problems(certificate: Path, key: Path) -> list[tuple[str, str]]:
    try:
        # An empty password: a key that is locked is refused instead of asked for at the keyboard.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:
        reason = error.reason if isinstance(error, ssl.SSLError) else None
        return [
            ("tls_cert", f"cannot be used with tls_key ({reason or 'not two PEM files that can be read'})")
        ]
    return []


GROUPS: tuple[type[BaseModel], ...] = (Web, Storage, Sessions, Queue, Media)
