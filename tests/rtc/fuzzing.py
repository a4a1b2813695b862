"""Mutated datagrams against a real relay over real UDP: calls run meanwhile and must not notice.

`python -m tests.rtc.fuzzing --datagrams 1000000` (`./run fuzz`) does many; the suite does some thousands.
"""

import argparse
import asyncio
import random
import socket
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pylibsrtp
from aioice import stun

from rtc.call import CallState, LegName
from rtc.libraries import HANDSHAKE_QUEUE_MAX
from rtc.packets import PacketMalformed
from rtc.relay import MediaRelay
from rtc.route import RTCP_SENDERS_MAX
from rtc.settings import RelaySettings
from tests.rtc.peer import Peer
from tests.rtc.waiting import wait_until

NO_LIMIT = 10**9
"""Else the limits would keep most checks from the parser."""
SOURCES_MAX = 3
"""Those that a leg declared may always send RTCP."""
LONGEST_BYTES = 1_300
"""What pylibsrtp still encrypts, with its trailer."""
TURN = 50
"""Datagrams after which the relay gets its turn."""
LOOK_EVERY = 5_000
CALLS = ("call-1", "call-2", "call-3")
STRANGERS = 8
EDGES = (0, 1, 2, 3, 4, 7, 8, 16, 20, 63, 64, 127, 128, 191, 192, 200, 206, 223, 254, 255)
CLIENT_HELLO = bytes.fromhex(
    "16fefd0000000000000000003601000036000000000000002afefd" + "5a" * 32 + "000000021301" + "0100" + "0000"
)


def mutate(rng: random.Random, data: bytes) -> bytes:
    """Some of: flipped bits, edge values, lengths that lie, cut off, lengthened, parts twice or elsewhere."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        choice = rng.randrange(8)
        at = rng.randrange(len(out) + 1)
        if choice == 0 and out:
            out[at % len(out)] ^= 1 << rng.randrange(8)
        elif choice == 1 and out:
            out[at % len(out)] = rng.choice(EDGES)
        elif choice == 2 and len(out) >= 4:
            # Most length fields are 16 bits in the first words.
            place = 2 * rng.randrange(min(len(out), 40) // 2)
            out[place : place + 2] = struct.pack("!H", rng.choice((0, 1, 3, 4, 0x7FFF, 0xFFFF, len(out))))
        elif choice == 3:
            del out[at:]
        elif choice == 4:
            out[at:at] = rng.randbytes(rng.choice((1, 2, 4, 16, 400)))
        elif choice == 5:
            end = min(len(out), at + rng.randrange(1, 40))
            out += out[at:end] * rng.randrange(1, 4)
        elif choice == 6 and out:
            end = min(len(out), at + rng.randrange(1, 20))
            out[at:end] = rng.randbytes(end - at)
        else:
            end = min(len(out), at + rng.randrange(1, 40))
            part = out[at:end]
            del out[at:end]
            place = rng.randrange(len(out) + 1)
            out[place:place] = part
    return bytes(out[:1_600])


def rtcp_seeds(own: int, theirs: int) -> list[bytes]:
    """One of each kind that is rewritten."""
    block = struct.pack("!IIIIII", theirs, 0, 1, 2, 3, 4)
    return [
        struct.pack("!BBHIIIIII", 0x81, 200, 12, own, 1, 2, 3, 4, 5) + block,
        struct.pack("!BBHI", 0x81, 201, 7, own) + block,
        struct.pack("!BBHI", 0x81, 202, 3, own) + b"\x01\x04name\x00\x00",
        struct.pack("!BBHI", 0x81, 203, 1, own),
        struct.pack("!BBHI", 0x80, 204, 2, own) + b"name",
        struct.pack("!BBHIIHH", 0x81, 205, 3, own, theirs, 77, 0),
        struct.pack("!BBHIIHHI", 0x8F, 205, 4, own, theirs, 1, 1, 7),
        struct.pack("!BBHII", 0x81, 206, 2, own, theirs),
        struct.pack("!BBHIIII", 0x84, 206, 4, own, 0, theirs, 1 << 24),
        struct.pack("!BBHII", 0x8F, 206, 5, own, 0) + b"REMB" + struct.pack("!II", 1 << 24, theirs),
        struct.pack("!BBHI", 0x80, 207, 1, own),
    ]


@dataclass
class Report:
    """What was sent and what broke. `faults` must be empty."""

    seed: int
    sent: int = 0
    looks: int = 0
    received: int = 0
    drops: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


class Hardened(Peer):
    """One that may be sent what another's end made of nonsense: the relay passes on what is authentic."""

    def take(self, data: bytes) -> None:
        try:
            super().take(data)
        except (pylibsrtp.Error, PacketMalformed):
            return


class Fuzzing:
    """Three calls. Datagrams are made with the keys of the second; they come from strangers and from the
    addresses of the second and the third, as if those had been forged. What the second's own keys do to its
    own streams is its affair; all else has to go on.
    """

    def __init__(self, seed: int) -> None:
        self.report = Report(seed)
        self._rng = random.Random(seed)
        self._relay = MediaRelay(
            RelaySettings(
                checks_per_source=NO_LIMIT,
                checks_of_strangers=NO_LIMIT,
                handshakes_per_source=NO_LIMIT,
                silent_ms=60_000,
            )
        )
        self._peers: list[Peer] = []
        self._strangers: list[socket.socket] = []
        self._kinds: list[Callable[[], bytes]] = []
        self._marks = 0

    async def run(self, datagrams: int, say: Callable[[str], None] = lambda _line: None) -> Report:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._fault)
        await self._relay.start()
        try:
            for call_id in CALLS:
                await self._relay.open_call(call_id)
                kind = Hardened if call_id == "call-2" else Peer
                pair = [kind(self._relay, call_id, leg) for leg in LegName]
                self._peers += pair
                await asyncio.gather(*(peer.connect() for peer in pair))
            self._make_strangers()
            self._kinds = self._sources()
            await self._look(say)
            tasks = len(asyncio.all_tasks())
            for number in range(1, datagrams + 1):
                self._send_one()
                if number % TURN == 0:
                    await asyncio.sleep(0)
                if number % LOOK_EVERY == 0 or number == datagrams:
                    await self._look(say)
                    self._expect(len(asyncio.all_tasks()) == tasks, "the number of tasks changed")
            counters = await self._relay.counters()
            self.report.received = counters["received"]
            self.report.drops = {name: count for name, count in counters.items() if "dropped" in name}
        finally:
            for stranger in self._strangers:
                stranger.close()
            await self._relay.stop()
            for peer in self._peers:
                await peer.close()
            loop.set_exception_handler(None)
        return self.report

    def _make_strangers(self) -> None:
        for _ in range(STRANGERS):
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            udp.setblocking(False)
            udp.connect(("127.0.0.1", self._relay.port))
            self._strangers.append(udp)

    def _sources(self) -> list[Callable[[], bytes]]:
        """Each makes a datagram that is right but for what is done to it here."""
        rng, attacker, victim = self._rng, self._peers[2], self._peers[0]
        sequence = iter(range(5_000, 2**40))

        def rtp() -> bytes:
            head = struct.pack("!BBHII", 0x80, 111, next(sequence) & 0xFFFF, 1, attacker.audio_ssrc)
            return head + rng.randbytes(40)

        def rtcp() -> bytes:
            parts = rng.choices(rtcp_seeds(attacker.audio_ssrc, attacker.video_ssrc), k=rng.randrange(1, 4))
            return b"".join(parts)

        def protected(packet: bytes, *, control: bool) -> bytes:
            session = attacker.send_session
            try:
                return bytes(session.protect_rtcp(packet) if control else session.protect(packet))
            except pylibsrtp.Error:
                # What is no packet is not encrypted: then it goes as it is.
                return packet

        def response() -> bytes:
            message = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, rng.randbytes(12))
            message.add_message_integrity(rng.choice((attacker, victim)).pwd.encode())
            return bytes(message)

        checks = [attacker.check() for _ in range(16)]
        stolen = [victim.check() for _ in range(4)]
        return [
            lambda: mutate(rng, rng.choice(checks)),
            lambda: mutate(rng, rng.choice(stolen)),
            lambda: mutate(rng, response()),
            lambda: mutate(rng, CLIENT_HELLO),
            lambda: bytes([rng.randrange(20, 26)]) + b"\xfe\xfd" + rng.randbytes(rng.randrange(80)),
            lambda: mutate(rng, protected(rtp(), control=False)),
            lambda: mutate(rng, protected(rtcp(), control=True)),
            # Authentic, so that what is inside is looked at.
            lambda: protected(mutate(rng, rtp())[:LONGEST_BYTES], control=False),
            lambda: protected(mutate(rng, rtcp())[:LONGEST_BYTES], control=True),
            lambda: rng.randbytes(rng.randrange(120)),
        ]

    def _send_one(self) -> None:
        rng = self._rng
        data = rng.choice(self._kinds)()
        try:
            if rng.random() < 0.5:
                rng.choice(self._strangers).send(data)
            else:
                rng.choice(self._peers[2:]).send(data)
        except OSError:
            return
        self.report.sent += 1

    async def _look(self, say: Callable[[str], None]) -> None:
        """Both calls still run, and nothing was kept."""
        self.report.looks += 1
        self._marks += 1
        relay = self._relay
        for one, other in ((0, 1), (4, 5)):
            await self._flows(self._peers[one], self._peers[other])
            await self._flows(self._peers[other], self._peers[one])
        for call_id in CALLS:
            view = await relay.view(call_id)
            self._expect(view.state is CallState.RUNNING, f"{call_id} is {view.state}")
        counters = await relay.counters()
        self._expect(counters["addresses"] == 6, f"{counters['addresses']} addresses")
        self._expect(counters["candidates"] <= 6, f"{counters['candidates']} candidates")
        self._expect(counters["calls"] == 3, f"{counters['calls']} calls")
        for endpoint, _ in relay._port._endpoints.values():
            route: Any = endpoint.route
            self._expect(len(route.rtcp_senders) <= RTCP_SENDERS_MAX + SOURCES_MAX, "many senders of RTCP")
            self._expect(len(route.names) <= SOURCES_MAX, "many sources")
            self._expect(endpoint._dtls._channel._received.qsize() <= HANDSHAKE_QUEUE_MAX, "a long queue")  # type: ignore[attr-defined]
        for peer in self._peers:
            peer.rtp.clear()
            peer.rtcp.clear()
            peer.stun_responses.clear()
            peer.checks_received.clear()
        say(f"{self.report.sent:,} sent, {counters['received']:,} taken, {len(self.report.faults)} faults")

    async def _flows(self, sender: Peer, receiver: Peer) -> None:
        mark = b"mark %d" % self._marks

        def heard() -> bool:
            if receiver.heard(mark) is None:
                sender.send_rtp(96, sender.video_ssrc, mark)
            return receiver.heard(mark) is not None

        try:
            await wait_until(heard, "media")
        except AssertionError:
            self._expect(False, f"no media from {sender.call_id} {sender.leg}")

    def _expect(self, holds: bool, fault: str) -> None:
        if not holds:
            self.report.faults.append(f"after {self.report.sent}: {fault}")

    def _fault(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.report.faults.append(
            f"after {self.report.sent}: {context.get('message')}: {context.get('exception')!r}"
        )


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="./run fuzz", description="Mutated datagrams against the media relay."
    )
    parser.add_argument("--datagrams", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    report = asyncio.run(Fuzzing(arguments.seed).run(arguments.datagrams, print))
    for fault in report.faults:
        print(f"FAULT {fault}")  # noqa: T201
    print(f"seed {report.seed}: {report.sent:,} sent, {report.received:,} taken, {report.drops}")  # noqa: T201
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
