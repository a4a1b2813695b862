"""Datagrams one by one and many at once: the same comes in and goes out, over IPv4 and IPv6."""

import itertools
import socket
import sys

import pytest

from rtc.datagrams import BATCH_SLOTS, Batched, Datagrams, OneByOne, can_batch, datagrams_of
from rtc.libraries import PACKET_BUFFER_BYTES
from rtc.settings import RelaySettings
from tests.rtc.house import House, flows_both_ways, open_house
from tests.rtc.waiting import wait_until

WAYS = [OneByOne, *([Batched] if can_batch() else [])]
HOSTS = ["127.0.0.1", "::1"]


class Wire:
    """A socket of ours in one of the ways, and a plain one that talks with it."""

    def __init__(self, way: type[OneByOne] | type[Batched], host: str) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.ours = socket.socket(family, socket.SOCK_DGRAM)
        self.ours.setblocking(False)
        self.ours.bind((host, 0))
        self.other = socket.socket(family, socket.SOCK_DGRAM)
        self.other.settimeout(5)
        self.other.bind((host, 0))
        self.other.connect(self.ours.getsockname())
        self.datagrams: Datagrams = way(self.ours)

    def close(self) -> None:
        self.ours.close()
        self.other.close()

    async def taken(self) -> int:
        count = 0

        def came() -> bool:
            nonlocal count
            count = self.datagrams.receive()
            return count > 0

        await wait_until(came, "a datagram")
        return count

    def sent_back(self, slot: int, target: object) -> None:
        self.row(0, slot, target)
        assert self.datagrams.send(1) == ()

    def row(self, number: int, slot: int, target: object) -> None:
        self.datagrams.out_bases[number] = self.datagrams.bases[slot]
        self.datagrams.out_lengths[number] = self.datagrams.arena.lengths[slot]
        self.datagrams.out_targets[number] = target


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("way", WAYS)
async def test_what_came_is_sent_back(way: type[OneByOne], host: str) -> None:
    wire = Wire(way, host)
    for payload in (b"", b"hello", bytes(range(250)) * 6):
        wire.other.send(payload)
        assert await wire.taken() == 1
        arena, sender = wire.datagrams.arena, wire.datagrams.senders[0]
        assert bytes(arena.view[: arena.lengths[0]]) == payload
        assert wire.datagrams.socket_address(sender)[:2] == wire.other.getsockname()[:2]
        destination = wire.datagrams.destination(sender)
        wire.sent_back(0, destination.target)
        assert wire.other.recv(4096) == payload
    assert wire.datagrams.receive() == 0
    wire.close()


@pytest.mark.parametrize("way", WAYS)
async def test_one_too_large_for_its_room_is_longer_than_any_packet(way: type[OneByOne]) -> None:
    wire = Wire(way, "127.0.0.1")
    wire.other.send(bytes(9_000))
    assert await wire.taken() == 1
    assert wire.datagrams.arena.lengths[0] == PACKET_BUFFER_BYTES
    wire.close()


if can_batch():

    class TestMany:
        @pytest.mark.parametrize("host", HOSTS)
        async def test_many_at_once_keep_their_order(self, host: str) -> None:
            wire = Wire(Batched, host)
            for number in range(BATCH_SLOTS):
                wire.other.send(bytes([number]) * (number + 1))
            taken, target = 0, None
            while taken < BATCH_SLOTS:
                count = await wire.taken()
                target = wire.datagrams.destination(wire.datagrams.senders[0])
                assert {wire.datagrams.senders[slot] for slot in range(count)} == {wire.datagrams.senders[0]}
                # Backwards, so that rows and slots differ.
                for row in range(count):
                    wire.row(row, count - 1 - row, target.target)
                assert wire.datagrams.send(count) == ()
                back = [wire.other.recv(4096) for _ in range(count)]
                assert back == [bytes([n]) * (n + 1) for n in reversed(range(taken, taken + count))]
                taken += count
            wire.close()

        async def test_those_behind_one_that_cannot_be_sent_go_on(self) -> None:
            wire = Wire(Batched, "127.0.0.1")
            for number in range(3):
                wire.other.send(bytes([number]))
            waiting = await wire.taken()
            while waiting < 3:
                waiting += await wire.taken()
            good = wire.datagrams.destination(wire.datagrams.senders[0])
            # Port 0 of an address is nowhere.
            nowhere = wire.datagrams.destination(
                int.from_bytes(b"\x02\x00\x00\x00\x7f\x00\x00\x01", "little")
            )
            for row, target in enumerate((good, nowhere, good)):
                wire.row(row, 0, target.target)
            assert wire.datagrams.send(3) == [(1, False)]
            assert len([wire.other.recv(4096) for _ in range(2)]) == 2
            wire.close()

        async def test_runs_arrive_as_the_datagrams_that_they_were(self) -> None:
            """Two targets, and sizes as a frame's packets have: one message a run, cut again on the way."""
            wire, second = Wire(Batched, "127.0.0.1"), Wire(Batched, "127.0.0.1")
            second.other.connect(wire.ours.getsockname())
            second.other.send(b"here I am")
            await wire.taken()
            target = wire.datagrams.destination(wire.datagrams.senders[0])
            wire.other.send(b"here I am")
            await wire.taken()
            first = wire.datagrams.destination(wire.datagrams.senders[0])
            arena = wire.datagrams.arena
            plan = [
                *[(first, size) for size in (1_000, 1_000, 1_000, 400, 401, 401, 12, 100)],
                *[(target, size) for size in (900, 900, 50, 900)],
                *[(first, 7)] * (BATCH_SLOTS - 12),
            ]
            for row, (destination, size) in enumerate(plan):
                arena.view[row * PACKET_BUFFER_BYTES : row * PACKET_BUFFER_BYTES + size] = bytes([row]) * size
                arena.lengths[row] = size
                wire.row(row, row, destination.target)
            assert wire.datagrams.send(len(plan)) == ()
            for receiver, destination in ((wire.other, first), (second.other, target)):
                expected = [bytes([row]) * size for row, (to, size) in enumerate(plan) if to is destination]
                assert [receiver.recv(4096) for _ in expected] == expected
            wire.close()
            second.close()

        async def test_a_run_that_cannot_be_sent_fails_alone(self) -> None:
            wire = Wire(Batched, "127.0.0.1")
            wire.other.send(b"x")
            await wire.taken()
            good = wire.datagrams.destination(wire.datagrams.senders[0])
            nowhere = wire.datagrams.destination(
                int.from_bytes(b"\x02\x00\x00\x00\x7f\x00\x00\x01", "little")
            )
            for row, target in enumerate((good, good, nowhere, nowhere, good)):
                wire.row(row, 0, target.target)
            assert wire.datagrams.send(5) == [(2, False), (3, False)]
            assert [wire.other.recv(4096) for _ in range(3)] == [b"x"] * 3
            wire.close()

        async def test_the_batched_way_is_taken_when_it_is_wanted(self) -> None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                assert isinstance(datagrams_of(udp, batched=True), Batched)
                assert isinstance(datagrams_of(udp, batched=False), OneByOne)


def test_a_system_without_the_calls_goes_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        assert isinstance(datagrams_of(udp, batched=True), OneByOne)


@pytest.mark.parametrize(
    "settings",
    [
        RelaySettings(batched=False, tick_ms=20),
        RelaySettings(host="::1", tick_ms=20),
        RelaySettings(host="::", announced=("127.0.0.1",), tick_ms=20),
        RelaySettings(host="::1", batched=False, tick_ms=20),
    ],
    ids=["one by one", "IPv6", "IPv4 on an IPv6 socket", "IPv6 one by one"],
)
async def test_media_flow_whichever_way(settings: RelaySettings) -> None:
    async for house in open_house(settings):
        await flows_both_ways(*await house.both())


async def test_media_flow_while_the_clock_wakes_the_port(house: House) -> None:
    taxpayer, officer = await house.both()
    port = house.relay._port
    numbers = itertools.count()

    def busy() -> bool:
        for _ in range(40):
            taxpayer.send_rtp(111, taxpayer.audio_ssrc, b"%d" % next(numbers))
        return port._wakes.by_clock

    await wait_until(busy, "looking by the clock")
    await flows_both_ways(taxpayer, officer)
    await wait_until(lambda: not port._wakes.by_clock, "looking at each datagram again")
    await flows_both_ways(taxpayer, officer, b" again")
