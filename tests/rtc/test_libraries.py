"""The private names that rtc/libraries.py uses. When one fails after an upgrade, mend that module first."""

import asyncio
import inspect
import re
import struct
from importlib.metadata import version
from pathlib import Path

import pylibsrtp
import pytest
from aioice import stun
from aiortc import rtcdtlstransport
from aiortc.rtcdtlstransport import RTCDtlsTransport
from hypothesis import given
from hypothesis import strategies as st
from pylibsrtp import _binding

from rtc import libraries
from rtc.libraries import (
    HANDSHAKE_QUEUE_MAX,
    SRTP_OK,
    BindingRequest,
    BindingResponse,
    DtlsServer,
    HandshakeChannel,
    HandshakeFailed,
    PacketArena,
    StunMalformed,
    binding_request,
    generate_certificate,
    read_stun,
    sha256_fingerprint,
    srtp_protect,
    srtp_unprotect,
)

KEY = bytes(range(28))


@pytest.mark.parametrize(
    ("library", "pinned"), [("aiortc", "1.16.0"), ("aioice", "0.13.0"), ("pylibsrtp", "1.0.0")]
)
def test_the_pinned_versions_are_installed(library: str, pinned: str) -> None:
    assert version(library) == pinned, (
        f"{library} changed: check every name in rtc/libraries.py, then this test"
    )


def test_aiortc_still_has_what_we_reach_into() -> None:
    source = inspect.getsource(RTCDtlsTransport)
    for name in (
        "_set_role",
        "_srtp_profiles",
        "_rx_srtp",
        "_tx_srtp",
        "self.transport._recv()",
        "self.transport._send(",
        "await self._do_handshake()",
        'self.emit("statechange")',
    ):
        assert name in source, f"aiortc.RTCDtlsTransport lost {name}: rtc/libraries.py DtlsServer uses it"
    for name in ("SRTP_AEAD_AES_128_GCM", "SRTP_AES128_CM_SHA1_80"):
        assert hasattr(rtcdtlstransport, name), f"aiortc.rtcdtlstransport lost {name}"


def test_no_other_module_reaches_into_the_libraries() -> None:
    """`rtc/libraries.py` alone uses private names of aiortc and pylibsrtp."""
    private = re.compile(r"_binding|_rx_srtp|_tx_srtp|_srtp_profiles|_set_role|_srtp\[0\]")
    root = Path(libraries.__file__).parent.parent
    files = [file for package in ("rtc", "server", "cases") for file in (root / package).rglob("*.py")]
    found = [file.name for file in files if private.search(file.read_text(encoding="utf-8"))]
    assert found == ["libraries.py"]


def test_libsrtp_still_has_the_calls_that_work_in_place() -> None:
    for name in ("srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp"):
        signature = str(_binding.ffi.typeof(getattr(_binding.lib, name)))
        assert signature == "<ctype 'srtp_err_status_t(*)(struct srtp_ctx_t_ *, void *, int *)'>", (
            f"pylibsrtp's {name} changed: rtc/libraries.py and rtc/path.py call it in place"
        )
    session = pylibsrtp.Session()
    assert str(_binding.ffi.typeof(session._srtp)) == "<ctype 'struct srtp_ctx_t_ * *'>", (
        "pylibsrtp.Session._srtp is no longer the pointer to the srtp_t"
    )


def test_libsrtp_works_in_place_on_our_buffer() -> None:
    def session(direction: int) -> pylibsrtp.Session:
        return pylibsrtp.Session(
            pylibsrtp.Policy(
                key=KEY,
                ssrc_type=direction,
                srtp_profile=pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
            )
        )

    sender, receiver = (
        session(pylibsrtp.Policy.SSRC_ANY_OUTBOUND),
        session(pylibsrtp.Policy.SSRC_ANY_INBOUND),
    )
    packet = struct.pack("!BBHII", 0x80, 111, 1, 2, 0x01020304) + b"hello"
    buffer = PacketArena(1)
    buffer.view[: len(packet)] = packet
    buffer.lengths[0] = len(packet)
    assert srtp_protect(sender._srtp[0], buffer.data[0], buffer.sizes[0]) == SRTP_OK
    assert buffer.lengths[0] == len(packet) + 16
    assert bytes(buffer.view[12:17]) != b"hello"
    assert srtp_unprotect(receiver._srtp[0], buffer.data[0], buffer.sizes[0]) == SRTP_OK
    assert bytes(buffer.view[: buffer.lengths[0]]) == packet
    assert buffer.words[2].to_bytes(4, "little") == packet[8:12] or buffer.words[2] == 0x01020304


def test_aioice_stun_still_reads_and_signs() -> None:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = "ours:theirs"
    message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(b"secret")
    request = read_stun(bytes(message))
    assert isinstance(request, BindingRequest), "aioice.stun.parse_message lost USERNAME"
    assert (request.username, request.nominates) == ("ours:theirs", True)
    assert request.is_authentic("secret")
    assert not request.is_authentic("other")
    response = stun.parse_message(request.response("192.0.2.1", 4000, "secret"))
    assert response.attributes["XOR-MAPPED-ADDRESS"] == ("192.0.2.1", 4000)
    assert response.check_message_integrity(b"secret")
    assert response.transaction_id == message.transaction_id


def test_our_own_check_is_answered_as_others_answer() -> None:
    number = bytes(range(12))
    check = stun.parse_message(binding_request(number, "theirs:ours", "their secret"))
    assert check.check_message_integrity(b"their secret")
    assert (check.transaction_id, check.attributes["USERNAME"]) == (number, "theirs:ours")
    assert "ICE-CONTROLLED" in check.attributes
    assert "USE-CANDIDATE" not in check.attributes
    message = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, number)
    assert read_stun(bytes(message)) is None
    message.add_message_integrity(b"their secret")
    response = read_stun(bytes(message))
    assert isinstance(response, BindingResponse)
    assert response.transaction_id == number
    assert response.is_authentic("their secret")
    assert not response.is_authentic("secret")


@given(st.binary(max_size=100))
def test_only_stun_malformed_escapes_from_any_bytes(data: bytes) -> None:
    try:
        assert read_stun(data) is None
    except StunMalformed:
        return


ATTRIBUTE = st.builds(
    lambda kind, body: struct.pack("!HH", kind, len(body)) + body + bytes(-len(body) % 4),
    st.sampled_from(sorted(stun.ATTRIBUTES_BY_TYPE)),
    st.binary(max_size=24),
)


@given(st.lists(ATTRIBUTE, max_size=4), st.sampled_from([0x0001, 0x0011, 0x0101, 0x0111, 0x0003, 0x0FFF]))
def test_only_stun_malformed_escapes_from_any_attributes(attributes: list[bytes], kind: int) -> None:
    body = b"".join(attributes)
    data = struct.pack("!HHI12s", kind, len(body), 0x2112A442, bytes(12)) + body
    try:
        request = read_stun(data)
    except StunMalformed:
        return
    assert request is None or not request.is_authentic("secret")


async def test_the_channel_is_bounded_and_wakes_its_reader_at_the_end() -> None:
    sent: list[bytes] = []
    channel = HandshakeChannel(sent.append)
    assert all(channel.feed(b"x") for _ in range(HANDSHAKE_QUEUE_MAX))
    assert not channel.feed(b"one too many")
    assert await channel._recv() == b"x"
    await channel._send(b"out")
    assert sent == [b"out"]
    channel.close()
    assert not channel.feed(b"late")
    with pytest.raises(ConnectionError):
        await channel._recv()
    waiting_channel = HandshakeChannel(sent.append)
    waiting = asyncio.create_task(waiting_channel._recv())
    await asyncio.sleep(0)
    waiting_channel.close()
    with pytest.raises(ConnectionError):
        await waiting


async def test_garbage_for_a_handshake_fails_it() -> None:
    server = DtlsServer(generate_certificate(), lambda _data: None, lambda: None)
    fingerprint = sha256_fingerprint(generate_certificate())
    establishing = asyncio.create_task(server.establish(fingerprint))
    # A fatal alert: the peer gives up.
    server.feed(bytes.fromhex("15feff00000000000000000002") + b"\x02\x28")
    server._channel.close()
    with pytest.raises(HandshakeFailed):
        await establishing
    await server.close()
