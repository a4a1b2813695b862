"""A network between browsers and the media port that a test can spoil: UDP passed on by this process."""

import asyncio
import random
import socket
from typing import Any, Final

Address = tuple[str, int]
SEED: Final = 1


class _Upstream(asyncio.DatagramProtocol):
    """One browser address' way to the server."""

    def __init__(self, network: "BadNetwork", client: Address) -> None:
        self._network = network
        self._client = client

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self._network.down(data, self._client)


class BadNetwork(asyncio.DatagramProtocol):
    """Listens at `host`, with the port number of the server, which is at 127.0.0.1 there: announce `host`."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.loss = 0.0
        self.delay_ms = 0
        self.is_down = False
        self.dropped = 0
        self.passed = 0
        self._gone: set[Address] = set()
        self._upstreams: dict[Address, asyncio.Future[asyncio.DatagramTransport]] = {}
        self._down: asyncio.DatagramTransport | None = None
        self._port = 0
        self._chance = random.Random(SEED)

    async def open(self, port: int) -> None:
        self._port = port
        loop = asyncio.get_running_loop()
        self._down, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(self.host, port))
        bound = self._down.get_extra_info("socket")
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)

    def close(self) -> None:
        if self._down is not None:
            self._down.close()
        for upstream in self._upstreams.values():
            if upstream.done() and not upstream.cancelled():
                upstream.result().close()

    def leave_addresses(self) -> None:
        """From now on nothing passes from or to the browsers' addresses of now: only from new ones."""
        self._gone |= set(self._upstreams)

    @property
    def addresses(self) -> int:
        """From how many addresses browsers came so far."""
        return len(self._upstreams)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        client = (str(addr[0]), addr[1])
        if self._passes(client):
            self._later(self._up, data, client)

    def down(self, data: bytes, client: Address) -> None:
        """From the server to that browser address."""
        if self._passes(client):
            self._later(self._to_client, data, client)

    def _passes(self, client: Address) -> bool:
        if self.is_down or client in self._gone or self._chance.random() < self.loss:
            self.dropped += 1
            return False
        self.passed += 1
        return True

    def _later(self, send: Any, data: bytes, client: Address) -> None:
        if self.delay_ms:
            asyncio.get_running_loop().call_later(self.delay_ms / 1000, send, data, client)
        else:
            send(data, client)

    def _to_client(self, data: bytes, client: Address) -> None:
        if self._down is not None and not self._down.is_closing():
            self._down.sendto(data, client)

    def _up(self, data: bytes, client: Address) -> None:
        upstream = self._upstreams.get(client)
        if upstream is None:
            upstream = asyncio.ensure_future(self._connect(client))
            self._upstreams[client] = upstream
        if upstream.done():
            upstream.result().sendto(data)
        else:
            upstream.add_done_callback(lambda opened: opened.result().sendto(data))

    async def _connect(self, client: Address) -> asyncio.DatagramTransport:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Upstream(self, client), remote_addr=("127.0.0.1", self._port)
        )
        return transport
