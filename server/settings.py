"""Every setting of the server: name, unit, default, meaning. docs/SETTINGS.md is made from this file.

Pure but for the look at the files that settings name: reading the environment and the settings file is the
task of ``configuration.py``.
"""

import base64
import binascii
import ipaddress
import os
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
    StringConstraints,
    model_validator,
)

from cases.faces.reader import is_installed
from cases.files.s3_address import S3Address
from cases.outbox.signature import secret_bytes
from cases.records_address import RecordsAddress
from queueing import addresses
from server import tracing

KEY_BYTES = 32
WORKERS_BY_THEMSELVES = 16


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


def _database_url(value: SecretStr) -> SecretStr:
    RecordsAddress.parse(value.get_secret_value())
    return value


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


def _files_url(value: str) -> str:
    S3Address.parse(value)
    return value


def _webhook_secret(value: SecretStr) -> SecretStr:
    secret_bytes(value.get_secret_value())
    return value


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a time zone of the IANA database, such as Asia/Shanghai") from None
    return value


Address = Annotated[str, AfterValidator(_address)]
Key = Annotated[SecretStr, AfterValidator(_key)]
TurnUrl = Annotated[
    str,
    StringConstraints(
        pattern=r"^turns?:([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?(\?transport=(udp|tcp))?$"
    ),
]


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


class Operations(_Group):
    """Operating"""

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least weight of what is logged. Personal data is logged at no level."
    )
    log_format: Literal["text", "json"] = Field(
        "text",
        description="json: an object a line, with the ids of request, ticket, hall, call and case that it is "
        "about.",
    )
    metrics_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="TCP port at which this process tells Prometheus its metrics (`GET /metrics`, "
        "[OPERATIONS.md](OPERATIONS.md)); 0: any free one; none: they are not told.",
    )
    metrics_host: Address = Field(
        "127.0.0.1",
        description="Address of that port. One that other machines reach needs metrics_token.",
    )
    metrics_token: Annotated[SecretStr, Field(min_length=16)] | None = Field(
        None,
        description="What whoever asks for metrics has to have, as `Authorization: Bearer …`; 16 characters "
        "at least. none: anybody who reaches the port.",
    )
    tracing_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s?#@]+$",
        description="Collector of traces: OpenTelemetry's OTLP over HTTP, such as "
        "http://127.0.0.1:4318/v1/traces; needs the extra `tracing`. none: nothing is traced.",
    )
    tracing_share: float = Field(
        0.05, gt=0, le=1, description="Share of requests and commands that are traced, with tracing_url."
    )
    stop_notice_ms: int = Field(
        0,
        ge=0,
        le=600_000,
        description="How long a server that is told to end says so at `/readyz` and serves on, so that a "
        "load balancer that asks there sends people elsewhere.",
    )


class Storage(_Group):
    """Where the state is kept"""

    data_dir: Path = Field(
        Path(".shuitong"),
        description="Folder of the records, the embedded Redis server and the demo's keys; one server at a "
        "time.",
    )
    catalogue_dir: DirectoryPath | None = Field(
        None,
        description="Folder of the guidance catalogue's files; none: those that belong to this version. An "
        "administrator has them read anew without a restart.",
    )
    redis_url: Annotated[SecretStr, AfterValidator(_redis_url)] | None = Field(
        None,
        description="Redis or Valkey for the queue: `redis://host:port/db` or `unix:///path` is one server, "
        "`redis+sentinel://host:port,host:port/master` asks Sentinels, `redis+cluster://host:port,host:port` "
        "is a cluster; `rediss…` is TLS, `user:password@` comes before the host. none: an embedded server "
        "with its files in data_dir.",
    )
    database_url: Annotated[SecretStr, AfterValidator(_database_url)] | None = Field(
        None,
        description="Database of the records: `postgresql://user:password@host:port/database`, with "
        "`?sslmode=verify-full&sslrootcert=file` over a network, or `sqlite+aiosqlite:///path` "
        "([RECORDS.md](RECORDS.md)). none: SQLite in data_dir.",
    )
    database_connections_max: int = Field(
        5, ge=2, le=100, description="Connections of one server process to the database."
    )
    database_wait_ms: int = Field(
        15_000,
        ge=100,
        le=120_000,
        description="Longest wait for a free connection and for the turn to write, within a server process; "
        "past it a request is answered that the records do not answer.",
    )
    database_lock_ms: int = Field(
        5_000, ge=100, le=60_000, description="Longest wait for another server process that writes."
    )
    database_command_lock_ms: int = Field(
        60_000,
        ge=100,
        le=600_000,
        description="The same of a command such as `shuitong backup`, which may run beside a busy server.",
    )
    database_statement_ms: int = Field(
        15_000,
        ge=100,
        le=600_000,
        description="Longest time of a statement in PostgreSQL, and of a transaction between two of them.",
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
    files_url: Annotated[str, AfterValidator(_files_url)] | None = Field(
        None,
        description="S3-compatible storage of pictures and PDF: `s3://bucket/prefix?endpoint=https://…&"
        "region=…`, without an endpoint AWS' own; none: the folder `files` in data_dir.",
    )
    files_access_key_id: SecretStr | None = Field(
        None,
        description="Key id for that storage; with files_secret_access_key. none: what the machine's own "
        "role gives.",
    )
    files_secret_access_key: SecretStr | None = Field(
        None, description="Secret key for that storage; with files_access_key_id."
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
    password_memory_kib: int = Field(
        65_536,
        ge=1_024,
        le=4_194_304,
        description="Memory that hashing an officer's password takes (Argon2id, three passes), so that "
        "guessing from stolen records is slow; OWASP asks for 19,456 or more. Counts for passwords set from "
        "then on.",
    )
    second_factor: Literal["off", "optional", "required"] = Field(
        default_factory=lambda given: "optional" if given.get("demo") else "required",
        description="Codes of an authenticator app (TOTP) as an officer's second factor. optional: who has "
        "set one up is asked for it; required: every officer sets one up at the next log-in; off: none is "
        "asked for.",
        json_schema_extra={"default_text": "`optional` with demo, else `required`"},
    )
    face_check: Literal["none", "development", "offline"] = Field(
        default_factory=lambda given: "development" if given.get("demo") else "none",
        description="The face step of a taxpayer's log-in. development: a labelled stand-in that takes "
        "everybody, only with demo. offline: pictures are compared with one that an officer took; needs the "
        "extra `face`.",
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


def cores() -> int:
    """What this process may run on, WORKERS_BY_THEMSELVES at most."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(count, WORKERS_BY_THEMSELVES)


class Media(_Group):
    """Calls"""

    media_workers: Annotated[int, Field(ge=0, le=64)] | Literal["elsewhere"] = Field(
        default_factory=cores,
        description="Processes that carry calls, started with the server and started again when they end; "
        "0: the server carries them itself, so that whatever keeps it busy stalls them too; `elsewhere`: "
        "none but those of `shuitong media-worker`, here or on other machines, which take part in any case.",
        json_schema_extra={"default_text": "one a core, 16 at most"},
    )
    media_host: Address | None = Field(None, description="Address that media arrive at; none: that of host.")
    media_port: int = Field(
        20_500,
        ge=0,
        le=65535,
        description="UDP port of all media; with several media_workers the first of as many in a row; 0: any "
        "free ones.",
    )
    media_announced: Annotated[tuple[Address, ...], BeforeValidator(_comma_separated)] = Field(
        (),
        description="Addresses at which browsers reach the media port, such as the public one behind NAT; "
        "none: that of media_host, or this machine's own where that stands for every address.",
    )
    media_calls_max: int = Field(500, ge=1, description="Calls carried at a time, by each media worker.")
    media_probes_max: int = Field(
        50, ge=1, description="Pages that try their way to the media port at a time, before a call."
    )
    media_connect_ms: int = Field(
        60_000,
        ge=1_000,
        description="How long a call may take until both sides are connected for the first time.",
    )
    media_silent_ms: int = Field(7_000, ge=1_000, description="A side not heard of for this long is gone.")
    media_quality_ms: int = Field(
        3_000, ge=500, description="Over how long a connection's quality is measured each time."
    )
    media_grace_ms: int = Field(30_000, ge=0, description="How long a call waits for a side that is gone.")
    media_turn_urls: Annotated[tuple[TurnUrl, ...], BeforeValidator(_comma_separated)] = Field(
        (),
        max_length=8,
        description="TURN servers for pages that UDP does not get through to, such as "
        "turns:turn.example.org:443?transport=tcp; none: calls need UDP. With media_turn_secret.",
    )
    media_turn_secret: Annotated[SecretStr, Field(min_length=16)] | None = Field(
        None,
        description="What their time-limited credentials are signed with: coturn's static-auth-secret, 16 "
        "characters at least; with media_turn_urls.",
    )
    media_turn_ttl_ms: int = Field(
        43_200_000,
        ge=600_000,
        le=86_400_000,
        description="How long such a credential is good; a call that lasts longer gets another one.",
    )
    media_worker_lease_ms: int = Field(
        2_500,
        ge=200,
        le=60_000,
        description="A media worker that does not say for this long that it is there is gone; its calls go "
        "on at another one. Longer: a call stands still for longer; shorter: a machine that stutters loses "
        "its calls to others.",
    )
    media_worker_look_ms: int = Field(
        250, ge=10, le=10_000, description="How often a server looks for media workers that are gone."
    )
    media_worker_answer_ms: int = Field(
        2_000,
        ge=100,
        le=60_000,
        description="Longest wait for a media worker's answer to a command; it is repeated twice.",
    )
    media_worker_backlog_max: int = Field(
        1_000, ge=1, le=100_000, description="Commands that may wait for one media worker; more are refused."
    )
    media_worker_drain_ms: int = Field(
        300_000,
        ge=1,
        le=86_400_000,
        description="How long a media worker that is told to end (SIGTERM) waits for its calls to end; it "
        "takes no more meanwhile, and what is left then goes on at another one.",
    )
    media_worker_restarts_max: int = Field(
        8,
        ge=0,
        le=1_000,
        description="How often in a row a media worker of the server's own is started again; one that ran "
        "for a minute counts anew.",
    )
    video_request_ms: int = Field(
        45_000,
        ge=1_000,
        le=600_000,
        description="How long a request for video in a conversation waits for its answer.",
    )
    video_requests_per_minute: int = Field(
        3, ge=1, le=60, description="Requests for video that one person may make in a minute."
    )
    still_request_ms: int = Field(
        120_000,
        ge=5_000,
        le=600_000,
        description="How long an officer's request for a still picture waits for the taxpayer's answer.",
    )
    still_requests_per_call: int = Field(
        20, ge=1, le=200, description="Still pictures that an officer may ask for in one call."
    )


class Notifications(_Group):
    """Notifications"""

    webhook_url: str | None = Field(
        None,
        pattern=r"^(https://[^/\s?#@]+|http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?)(/[^\s#]*)?$",
        description="Where every notification is sent, to be passed on as SMS, mail or a WeChat message "
        "(WEBHOOK.md): https, or http on this machine; none: notifications are in the app alone. With "
        "webhook_secret.",
    )
    webhook_secret: Annotated[SecretStr, AfterValidator(_webhook_secret)] | None = Field(
        None,
        description="What calls of the webhook are signed with: `whsec_` and base64 of 24 to 64 bytes; with "
        "webhook_url.",
    )


class Booking(_Group):
    """Booking"""

    booking_hold_ms: int = Field(
        300_000, ge=10_000, le=3_600_000, description="How long a place is kept while the captcha is typed."
    )
    booking_open_max: int = Field(3, ge=1, le=50, description="Open bookings that a taxpayer may have.")
    booking_horizon_days: int = Field(30, ge=0, le=365, description="How many days ahead can be booked.")
    booking_lead_ms: int = Field(
        1_800_000, ge=0, le=604_800_000, description="Least time until the slot that is booked."
    )
    booking_window_ms: int = Field(
        1_800_000,
        ge=0,
        le=86_400_000,
        description="How long before the slot its ticket can be taken; until the slot's end.",
    )
    booking_reminder_ms: int = Field(
        1_800_000,
        ge=0,
        le=604_800_000,
        description="How long before that time the taxpayer is reminded of it, of visits and of cases.",
    )
    captcha_check: Literal["picture", "development"] = Field(
        "picture",
        description="development: every captcha has the answer 23456, for load tests, only with demo.",
    )
    captcha_ttl_ms: int = Field(
        180_000, ge=10_000, le=3_600_000, description="How long a captcha can be answered, once."
    )
    captcha_window_ms: int = Field(
        900_000, ge=10_000, le=86_400_000, description="The time over which captchas are counted."
    )
    captcha_per_person: int = Field(
        20, ge=1, le=10_000, description="Captchas of a taxpayer in that time, after which they have to wait."
    )
    captcha_per_address: int = Field(
        300,
        ge=1,
        le=1_000_000,
        description="Captchas for one network address in that time, after which it has to wait.",
    )


class Casework(_Group):
    """Casework"""

    case_resubmit_days: int = Field(
        3, ge=1, le=365, description="Working days of the hall for handing in again what was rejected."
    )
    case_edit_days: int = Field(
        5, ge=1, le=365, description="Working days for another version of forms that an officer asked for."
    )
    case_promised_days: int = Field(
        1, ge=1, le=365, description="Working days in which the back office promises to be done."
    )
    case_payment_days: int = Field(3, ge=1, le=365, description="Working days for a payment.")
    case_rebook_days: int = Field(
        10, ge=1, le=365, description="Working days that a case without its cancelled booking stays open."
    )
    case_review_lease_ms: int = Field(
        600_000,
        ge=10_000,
        le=86_400_000,
        description="How long an officer has a case to review for themselves.",
    )
    case_drafts_max: int = Field(20, ge=1, le=1_000, description="Drafts that a taxpayer may have.")


class Reports(_Group):
    """The wall and reports"""

    report_target_ms: int = Field(
        900_000,
        ge=5_000,
        le=86_400_000,
        description="Whoever waited no longer than this was called in time: the target of the service level.",
    )
    report_days_max: int = Field(
        31,
        ge=1,
        le=366,
        description="Days of one report, and of a supervisor's look into the audit trail.",
    )
    wall_fresh_ms: int = Field(
        500,
        ge=0,
        le=10_000,
        description="So long one look at a hall serves everybody who asks for its wall.",
    )


class Retention(_Group):
    """How long things are kept"""

    retention_case_days: int = Field(
        1_095,
        ge=0,
        le=36_500,
        description="Days after which a closed case, and a closed ticket on paper, loses what is personal; "
        "0: never. Topic, hall, times and outcomes stay.",
    )
    retention_draft_days: int = Field(
        90, ge=0, le=36_500, description="Days after its last change that a draft is deleted; 0: never."
    )
    retention_booking_days: int = Field(
        730, ge=0, le=36_500, description="Days after its slot that a booking is deleted; 0: never."
    )
    retention_inbox_days: int = Field(
        365, ge=0, le=36_500, description="Days that a notification stays in the inbox; 0: for good."
    )
    retention_session_days: int = Field(
        30, ge=0, le=36_500, description="Days after its end that a session is deleted; 0: never."
    )
    retention_guess_days: int = Field(
        30, ge=0, le=36_500, description="Days that counts of failed log-ins are kept; 0: for good."
    )
    retention_captcha_days: int = Field(
        7, ge=0, le=36_500, description="Days that lapsed captchas are kept; 0: for good."
    )
    retention_request_days: int = Field(
        30,
        ge=0,
        le=36_500,
        description="Days that a repeated request (Idempotency-Key) is known as such; 0: for good.",
    )
    retention_taxpayer_days: int = Field(
        1_095,
        ge=0,
        le=36_500,
        description="Days after the last log-in, booking and ticket that an account without a case that has "
        "details loses name and number, and cannot be used again; 0: never.",
    )
    retention_every_s: int = Field(
        3_600, ge=1, le=604_800, description="How often it is looked for what is over."
    )
    retention_from_hour: int = Field(
        1, ge=0, le=23, description="Hour of the day (hall_time_zone) from which on that is done."
    )
    retention_until_hour: int = Field(
        5, ge=0, le=23, description="Hour at which that ends; the same as the first: at any hour."
    )


# Bases from the last to the first, because pydantic checks their fields in that order: `demo` decides
# defaults.
class Settings(
    Retention, Reports, Notifications, Casework, Booking, Media, Queue, Sessions, Storage, Operations, Web
):
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
        if (self.files_access_key_id is None) != (self.files_secret_access_key is None):
            problems.append(("files_access_key_id", "and files_secret_access_key are given together"))
        if self.session_absolute_s < self.session_idle_s:
            problems.append(("session_absolute_s", "must not be shorter than session_idle_s"))
        if self.queue_recall_spacing_ms >= self.queue_confirm_ms:
            problems.append(("queue_recall_spacing_ms", "must be less than queue_confirm_ms"))
        if self.face_check == "offline" and not is_installed():
            problems.append(("face_check", "offline needs the extra: pip install 'shuitong[face]'"))
        problems += self._halves()
        if isinstance(self.media_workers, int) and self.media_port + self.media_workers - 1 > 65_535:
            problems.append(("media_port", "and one more for each of media_workers end at 65535"))
        if self.captcha_ttl_ms > self.captcha_window_ms:
            problems.append(("captcha_ttl_ms", "must not be longer than captcha_window_ms"))
        if not self.demo:
            problems += self._missing_in_production()
        return problems

    def _halves(self) -> list[tuple[str, str]]:
        """Settings that say something only together."""
        problems = []
        if self.tracing_url is not None and not tracing.is_installed():
            problems.append(("tracing_url", "needs the extra: pip install 'shuitong[tracing]'"))
        if self.metrics_token is None and not ipaddress.ip_address(self.metrics_host).is_loopback:
            problems.append(("metrics_token", "is needed where other machines reach metrics_host"))
        for pair in (("webhook_url", "webhook_secret"), ("media_turn_urls", "media_turn_secret")):
            given = [name for name in pair if getattr(self, name) not in (None, ())]
            if len(given) == 1:
                missing = pair[0] if given[0] == pair[1] else pair[1]
                problems.append((missing, f"is needed with {given[0]}"))
        return problems

    def _missing_in_production(self) -> list[tuple[str, str]]:
        problems: list[tuple[str, str]] = []
        if not self.identity_keys:
            problems.append(("identity_keys", "is needed without demo; `shuitong new-key` makes one"))
        if self.index_key is None:
            problems.append(("index_key", "is needed without demo; `shuitong new-key` makes one"))
        if self.face_check == "development":
            problems.append(("face_check", "development is only for demo"))
        if self.captcha_check == "development":
            problems.append(("captcha_check", "development is only for demo"))
        return problems


class MediaNode(Media):
    """What a machine that only carries calls needs of them: no keys, no records, no pages."""

    host: str = Field("127.0.0.1", min_length=1)
    redis_url: Annotated[SecretStr, AfterValidator(_redis_url)]
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"


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


GROUPS: tuple[type[BaseModel], ...] = (
    Web,
    Operations,
    Storage,
    Sessions,
    Queue,
    Media,
    Booking,
    Casework,
    Notifications,
    Reports,
    Retention,
)
