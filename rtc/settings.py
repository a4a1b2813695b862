"""What a relay is built with."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """Every bound of the relay. Times in milliseconds.

    `announced`: the addresses (IP literals, no names) written into the offers as host candidates; each must
    lead to `host`:`port`. Empty: `host` itself, which must then not be a wildcard.
    """

    host: str = "127.0.0.1"
    port: int = 0
    """UDP port; 0 lets the system choose."""
    announced: tuple[str, ...] = ()
    grace_ms: int = 30_000
    """How long a running call waits for a leg that is missing."""
    connect_ms: int = 60_000
    """How long a call may take from its opening until both legs are connected for the first time."""
    silent_ms: int = 7_000
    """A connected leg of which nothing authenticated came for this long is silent."""
    handshake_ms: int = 15_000
    """How long a DTLS handshake may take once it started; the leg is absent afterwards."""
    keyframe_interval_ms: int = 1_000
    """A sender is asked for a keyframe at most once in this time."""
    quality_ms: int = 3_000
    """Over how long the quality of a connection is measured each time."""
    calls_max: int = 500
    ended_kept: int = 1_000
    """How many ended calls are remembered (their last view, and that their id is used)."""
    events_max: int = 4_096
    """Waiting events for a consumer that does not read; the oldest are dropped and counted beyond it."""
    receive_buffer_bytes: int = 4 * 1024 * 1024
    send_buffer_bytes: int = 4 * 1024 * 1024
    tick_ms: int = 200
    """How often silence, deadlines and waiting keyframe requests are looked at."""
    batch_max: int = 256
    """Datagrams handled in one wake-up of the event loop, so that other work has its turn."""
    batched: bool = True
    """Many datagrams with one call where the system has such calls; else one by one."""
    checks_per_source: int = 50
    """Connectivity checks looked at in a second from one address; a browser sends at most about 20."""
    checks_of_strangers: int = 2_000
    """The same from all addresses together where no connection is yet."""
    handshakes_per_source: int = 200
    """DTLS datagrams looked at in a second from one address; a handshake is some ten of them."""

    def __post_init__(self) -> None:
        """Raises ValueError, with the setting's name, for a number out of its range."""
        for setting in fields(self):
            value = getattr(self, setting.name)
            if type(value) is int and value < (0 if setting.name == "port" else 1):
                raise ValueError(f"{setting.name} is {value}")
        if self.port > 65_535:
            raise ValueError(f"port is {self.port}")
