"""What comes from nobody we know changes nothing, is counted, and gets no more back than it sent."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
from aioice import stun

from rtc.call import CallState, LegName
from rtc.consent import CHECK_EVERY_MS, EXPIRES_MS
from rtc.relay import MediaRelay, steady_wall_clock
from rtc.settings import RelaySettings
from tests.rtc.peer import DEVICES, Peer, field
from tests.rtc.waiting import wait_until

CALL = "call-1"


class Stranger:
    """A socket that belongs to no leg."""

    def __init__(self, port: int) -> None:
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.setblocking(False)
        self._udp.connect(("127.0.0.1", port))

    def send(self, data: bytes) -> None:
        self._udp.send(data)

    def received(self) -> list[bytes]:
        found = []
        while True:
            try:
                found.append(self._udp.recv(4096))
            except BlockingIOError:
                return found

    def close(self) -> None:
        self._udp.close()


@dataclass
class Scene:
    relay: MediaRelay
    taxpayer: Peer
    officer: Peer
    stranger: Stranger

    async def counted(self, name: str, send: Callable[[], None]) -> None:
        """Send until the counter moves (loopback may drop under load)."""
        before = (await self.relay.counters())[name]

        def moved() -> bool:
            send()
            return self.relay._port.counters()[name] > before

        await wait_until(moved, name)

    async def still_flows(self, mark: bytes) -> None:
        for sender, receiver in ((self.taxpayer, self.officer), (self.officer, self.taxpayer)):

            def heard(sender: Peer = sender, receiver: Peer = receiver) -> bool:
                if receiver.heard(mark) is None:
                    sender.send_rtp(111, sender.audio_ssrc, mark)
                return receiver.heard(mark) is not None

            await wait_until(heard, "media between the two")
        assert (await self.relay.view(CALL)).state is CallState.RUNNING


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    relay = MediaRelay(RelaySettings(tick_ms=20))
    await relay.start()
    await relay.open_call(CALL)
    taxpayer, officer = Peer(relay, CALL, LegName.TAXPAYER), Peer(relay, CALL, LegName.OFFICER)
    await asyncio.gather(taxpayer.connect(), officer.connect())
    scene = Scene(relay, taxpayer, officer, Stranger(relay.port))
    await scene.still_flows(b"before")
    yield scene
    scene.stranger.close()
    await relay.stop()
    await taxpayer.close()
    await officer.close()


@pytest.mark.parametrize(
    ("counter", "data"),
    [
        ("dropped_empty", b""),
        ("dropped_oversized", b"\x80" * 1501),
        ("dropped_oversized", b"\x16" * 9000),
        ("dropped_malformed", b"\x40hello"),
        ("dropped_malformed", b"\x80short"),
        ("dropped_malformed", b"\xff" * 300),
        ("dropped_malformed", bytes(19)),
        ("dropped_malformed", b"\x00\x01\x00\x08\x21\x12\xa4\x42" + bytes(12)),
        ("dropped_stun_unexpected", b"\x00\x01\x00\x00\x21\x12\xa4\x42" + bytes(12)),
        ("dropped_stun_unexpected", b"\x01\x01\x00\x00\x21\x12\xa4\x42" + bytes(12)),
        ("dropped_unknown_source", b"\x80\x6f" + bytes(100)),
        ("dropped_unknown_source", b"\x80\xc9" + bytes(100)),
        ("dropped_unknown_source", b"\x16\xfe\xff" + bytes(100)),
    ],
)
async def test_garbage_of_a_stranger_is_counted(scene: Scene, counter: str, data: bytes) -> None:
    await scene.counted(counter, lambda: scene.stranger.send(data))
    await scene.still_flows(b"after")
    assert scene.stranger.received() == []


async def test_unauthenticated_checks_get_no_answer(scene: Scene) -> None:
    wrong = [
        scene.taxpayer.check(pwd="not the password at all"),
        scene.taxpayer.check(ufrag="nobodyhasthis"),
        scene.taxpayer.check(pwd=field(scene.officer.current.sdp, "ice-pwd")),
    ]
    scene.taxpayer.ufrag, ufrag = "another", scene.taxpayer.ufrag
    wrong.append(scene.taxpayer.check())
    scene.taxpayer.ufrag = ufrag
    for data in wrong:
        await scene.counted("dropped_stun_unauthenticated", lambda data=data: scene.stranger.send(data))  # type: ignore[misc]
    await scene.still_flows(b"after")
    assert scene.stranger.received() == []


async def test_an_overheard_check_cannot_move_a_leg(scene: Scene) -> None:
    overheard = scene.taxpayer.check()
    answered = len(scene.taxpayer.stun_responses)
    scene.taxpayer.send(overheard)
    await wait_until(lambda: len(scene.taxpayer.stun_responses) > answered, "the true one's answer")
    await scene.counted("dropped_stun_unauthenticated", lambda: scene.stranger.send(overheard))
    await scene.still_flows(b"after")
    assert scene.stranger.received() == []


async def test_a_check_without_nomination_moves_nothing(scene: Scene) -> None:
    responses: list[bytes] = []

    def answered() -> bool:
        scene.stranger.send(scene.taxpayer.check(nominates=False))
        responses.extend(scene.stranger.received())
        return bool(responses)

    await wait_until(answered, "an answer to an authentic check")
    await scene.still_flows(b"after")
    assert all(len(data) <= len(scene.taxpayer.check()) for data in responses)


async def test_a_leg_cannot_take_the_address_of_another(scene: Scene) -> None:
    """The officer is authentic, but says to be where the taxpayer is."""
    await scene.counted("dropped_address_taken", lambda: scene.taxpayer.send(scene.officer.check()))
    await scene.still_flows(b"after")


async def test_a_leg_moves_with_its_own_authentic_nomination(scene: Scene) -> None:
    """A phone that changes its network: same connection, another address."""
    await scene.taxpayer.fall_silent()
    old = scene.taxpayer.address
    assert scene.taxpayer._udp is not None
    scene.taxpayer._udp.close()
    await scene.taxpayer.open(("127.0.0.1", scene.relay.port))
    assert scene.taxpayer.address != old
    answered = len(scene.taxpayer.stun_responses)

    def moved() -> bool:
        scene.taxpayer.send(scene.taxpayer.check())
        return len(scene.taxpayer.stun_responses) > answered

    await wait_until(moved, "an answer at the new address")
    await scene.still_flows(b"after")


async def test_garbage_from_a_leg_itself(scene: Scene) -> None:
    authentic = scene.taxpayer.send_rtp(111, scene.taxpayer.audio_ssrc, b"once")
    await wait_until(lambda: scene.officer.heard(b"once") is not None, "the packet")
    forged = bytearray(authentic)
    forged[-1] ^= 1
    forged[3] = (forged[3] + 1) % 256
    await scene.counted("dropped_srtp_auth", lambda: scene.taxpayer.send(bytes(forged)))
    await scene.counted("dropped_srtp_replay", lambda: scene.taxpayer.send(authentic))
    await scene.counted("dropped_malformed", lambda: scene.taxpayer.send_rtcp(b"\x82\xcb\x00\x01" + bytes(4)))
    for data in (
        b"",
        b"\x16" * 100,
        b"\x80\xc8" + bytes(6),
        b"\x80\xc8" + bytes(20),
        b"\x9f\x60" + b"\xff" * 40,
    ):
        scene.taxpayer.send(data)
    assert [header for header, body in scene.officer.rtp if body == b"once"] != []
    await scene.still_flows(b"after")


async def test_many_senders_of_rtcp_are_bounded(scene: Scene) -> None:
    senders = iter(range(5000, 100_000))

    def send() -> None:
        scene.taxpayer.send_rtcp(b"\x80\xc9\x00\x01" + next(senders).to_bytes(4, "big"))

    await scene.counted("dropped_ssrc_unknown", send)
    await scene.still_flows(b"after")


async def test_ten_thousand_random_datagrams(scene: Scene) -> None:
    rng = random.Random(7)
    first_bytes = (0, 1, 20, 22, 63, 64, 128, 144, 191, 200)
    before = (await scene.relay.counters())["received"]
    for number in range(10_000):
        data = bytes([rng.choice(first_bytes)]) + rng.randbytes(rng.randrange(0, 300))
        sender = scene.stranger if number % 2 else scene.taxpayer
        try:
            sender.send(data)
        except BlockingIOError:
            await asyncio.sleep(0)
        if number % 100 == 0:
            await asyncio.sleep(0)
    await scene.still_flows(b"after")
    assert (await scene.relay.counters())["received"] > before + 1000
    assert scene.stranger.received() == []


async def test_a_handshake_before_its_connection_is_bounded(scene: Scene) -> None:
    """Authentic address, answer still under way: DTLS waits, at most so much of it."""
    await scene.relay.open_call("call-2")
    early = Peer(scene.relay, "call-2", LegName.OFFICER)
    await early.join()

    def checked() -> bool:
        early.send(early.check())
        return bool(early.stun_responses)

    await wait_until(checked, "an answered check")
    await scene.counted("dropped_handshake_full", lambda: early.send(b"\x16" * 100))
    await scene.counted("dropped_unknown_source", lambda: early.send(b"\x80\x6f" + bytes(100)))
    await early.close()


async def test_a_leg_is_not_moved_to_one_that_does_not_answer(scene: Scene) -> None:
    """The taxpayer, who knows the password, forges the address of a stranger: no media go there."""
    received: list[bytes] = []

    def asked() -> bool:
        scene.stranger.send(scene.taxpayer.check())
        received.extend(scene.stranger.received())
        # A candidate until the taxpayer's own next check comes from where they are, which may be any time.
        return len(received) >= 4 and scene.relay._port.counters()["candidates"] == 1

    await wait_until(asked, "answers and checks")
    await scene.still_flows(b"after")
    received.extend(scene.stranger.received())
    assert {data[:2] for data in received} == {b"\x00\x01", b"\x01\x01"}
    # Answers without the number of a check that went there change nothing either.
    forged = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE)
    forged.add_message_integrity(scene.taxpayer.pwd.encode())
    await scene.counted("dropped_stun_unauthenticated", lambda: scene.stranger.send(bytes(forged)))
    overheard = stun.parse_message(next(data for data in received if data[:2] == b"\x00\x01"))
    answer = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, overheard.transaction_id)
    answer.add_message_integrity(scene.officer.pwd.encode())
    for sender in (scene.stranger, scene.taxpayer):
        await scene.counted(
            "dropped_stun_unauthenticated",
            lambda sender=sender: sender.send(bytes(answer)),  # type: ignore[misc]
        )
    await scene.still_flows(b"at last")


async def test_media_stop_when_consent_is_not_renewed() -> None:
    """The page's password still makes checks, but nobody answers ours where they come from."""
    passed_ms = 0
    wall_clock = steady_wall_clock()
    relay = MediaRelay(RelaySettings(tick_ms=20, grace_ms=600_000), lambda: wall_clock() + passed_ms)
    await relay.start()
    await relay.open_call(CALL)
    taxpayer, officer = Peer(relay, CALL, LegName.TAXPAYER), Peer(relay, CALL, LegName.OFFICER)
    await asyncio.gather(taxpayer.connect(), officer.connect())
    consent = relay._port._endpoints[field(officer.current.sdp, "ice-ufrag")][0].consent
    taxpayer.consents = False
    while passed_ms <= EXPIRES_MS:
        before_ms = consent.until_ms
        passed_ms += CHECK_EVERY_MS * 2
        await wait_until(lambda before_ms=before_ms: consent.until_ms > before_ms, "renewed")  # type: ignore[misc]
    await wait_until(lambda: relay._port.counters()["dropped_consent_expired"] == 1, "the end of consent")
    assert relay._port.counters()["addresses"] == 1
    lost = relay._port.counters()["dropped_not_connected"]

    def dropped() -> bool:
        officer.send_rtp(111, officer.audio_ssrc, b"to nobody")
        return relay._port.counters()["dropped_not_connected"] > lost

    await wait_until(dropped, "media that go nowhere")
    assert taxpayer.heard(b"to nobody") is None
    taxpayer.consents = True

    def heard() -> bool:
        officer.send_rtp(111, officer.audio_ssrc, b"again")
        return taxpayer.heard(b"again") is not None

    await wait_until(heard, "media where they are wanted again")
    await relay.stop()
    await taxpayer.close()
    await officer.close()


async def test_a_stranger_who_squats_an_address_does_not_keep_its_owner_out(scene: Scene) -> None:
    await scene.relay.open_call("call-2")
    late = Peer(scene.relay, "call-2", LegName.OFFICER)
    await late.join()

    # Authentic, from the address of the one who comes, but he knows nothing of it and does not answer.
    def squats() -> bool:
        # The taxpayer's own checks, from where they are, take its place again.
        late.send(scene.taxpayer.check())
        return scene.relay._port.counters()["candidates"] == 1

    await wait_until(squats, "the squatter")
    await late.answer()
    shaking = asyncio.create_task(late.shake_hands())
    for _ in range(20):
        late.send(scene.taxpayer.check())
        await asyncio.sleep(0)
    await shaking
    await scene.still_flows(b"after")
    await late.close()


async def test_what_the_system_threw_away_is_counted(scene: Scene) -> None:
    """Nobody reads while this goes on: the loop has no turn."""
    given = scene.relay._port.counters()["receive_buffer_bytes"]
    for _ in range(given // 1_000):
        scene.stranger.send(bytes([0x80]) * 1_200)
    await scene.still_flows(b"after")
    counters = scene.relay._port.counters()
    assert counters["receive_overflows"] > 0
    assert counters["dropped_unknown_source"] > 0


async def test_handshakes_of_one_source_are_limited(scene: Scene) -> None:
    """Forged to come from a leg, long after its handshake."""

    def flood() -> None:
        for _ in range(20):
            scene.taxpayer.send(b"\x16\xfe\xfd" + bytes(60))

    await scene.counted("dropped_handshake_limited", flood)
    await scene.still_flows(b"after")


async def test_checks_of_one_source_are_limited(scene: Scene) -> None:
    wrong = scene.taxpayer.check(pwd="not the password at all")
    await scene.counted("dropped_stun_limited", lambda: scene.stranger.send(wrong))
    await scene.still_flows(b"after")


async def test_an_address_of_the_silent_is_free_again() -> None:
    relay = MediaRelay(RelaySettings(tick_ms=20, silent_ms=200))
    await relay.start()
    await relay.open_call(CALL)
    taxpayer, officer = Peer(relay, CALL, LegName.TAXPAYER), Peer(relay, CALL, LegName.OFFICER)
    await taxpayer.connect()
    await taxpayer.fall_silent()
    loop = asyncio.get_running_loop()
    until = loop.time() + 10
    while (await relay.view(CALL)).leg(LegName.TAXPAYER).state != "silent":
        assert loop.time() < until
        await asyncio.sleep(0.01)
    officer.offer = await relay.join(CALL, LegName.OFFICER, DEVICES)
    answered = len(taxpayer.stun_responses)

    def moved() -> bool:
        taxpayer.send(officer.check())
        return len(taxpayer.stun_responses) > answered

    await wait_until(moved, "the officer where the taxpayer was")
    await relay.stop()
    await taxpayer.close()
