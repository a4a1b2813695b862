"""Packets: kinds, headers, SSRC rewriting; only `PacketMalformed` escapes."""

import struct

import pytest
from aiortc.rtp import (
    AnyRtcpPacket,
    RtcpByePacket,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
    RtpPacket,
    pack_remb_fci,
    unpack_remb_fci,
)
from hypothesis import given
from hypothesis import strategies as st

from rtc.packets import (
    PacketKind,
    PacketMalformed,
    SsrcMapping,
    is_rtcp,
    kind_of,
    picture_loss,
    read_rtp,
    rewrite_rtcp,
    rewrite_rtp,
)

OWN, OWN_NEW = 0x11111111, 0xAAAAAAAA
THEIRS, THEIRS_NEW = 0x22222222, 0xBBBBBBBB
OTHER = 0x33333333
MAPPING = SsrcMapping(own={OWN: OWN_NEW}, theirs={THEIRS: THEIRS_NEW})


def rewritten(packet: bytes, *, keyframes: bool = True) -> bytes:
    data = bytearray(packet)
    length = rewrite_rtcp(data, len(data), MAPPING, lambda: keyframes)
    return bytes(data[:length])


def block(ssrc: int) -> RtcpReceiverInfo:
    return RtcpReceiverInfo(
        ssrc=ssrc, fraction_lost=1, packets_lost=2, highest_sequence=3, jitter=4, lsr=5, dlsr=6
    )


SENDER_INFO = RtcpSenderInfo(ntp_timestamp=1, rtp_timestamp=2, packet_count=3, octet_count=4)


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        (0, PacketKind.STUN),
        (3, PacketKind.STUN),
        (4, PacketKind.UNKNOWN),
        (19, PacketKind.UNKNOWN),
        (20, PacketKind.DTLS),
        (63, PacketKind.DTLS),
        (64, PacketKind.UNKNOWN),
        (127, PacketKind.UNKNOWN),
        (128, PacketKind.MEDIA),
        (191, PacketKind.MEDIA),
        (192, PacketKind.UNKNOWN),
        (255, PacketKind.UNKNOWN),
    ],
)
def test_kinds_at_their_edges(first: int, kind: PacketKind) -> None:
    assert kind_of(first) is kind


@pytest.mark.parametrize(
    ("second", "rtcp"), [(191, False), (192, True), (223, True), (224, False), (111, False)]
)
def test_rtcp_is_told_from_rtp(second: int, rtcp: bool) -> None:
    assert is_rtcp(second) is rtcp


def test_an_rtp_header_is_read() -> None:
    packet = RtpPacket(
        payload_type=96, marker=1, sequence_number=65535, timestamp=7, ssrc=OWN, payload=b"xyz"
    )
    packet.csrc = [1, 2]
    data = packet.serialize()
    header = read_rtp(data)
    assert (header.payload_type, header.marker, header.sequence_number) == (96, True, 65535)
    assert (header.timestamp, header.ssrc, data[header.header_bytes :]) == (7, OWN, b"xyz")


def test_an_rtp_extension_is_skipped() -> None:
    data = struct.pack("!BBHIIHHI", 0x90, 111, 1, 2, 3, 0xBEDE, 1, 0) + b"opus"
    assert data[read_rtp(data).header_bytes :] == b"opus"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80" * 11,
        b"\x00" * 12,
        struct.pack("!BBHII", 0x81, 96, 1, 2, 3),
        struct.pack("!BBHII", 0x90, 96, 1, 2, 3),
        struct.pack("!BBHIIHH", 0x90, 96, 1, 2, 3, 0xBEDE, 1),
    ],
)
def test_a_cut_rtp_header_is_malformed(data: bytes) -> None:
    with pytest.raises(PacketMalformed):
        read_rtp(data)


def test_an_rtp_ssrc_is_rewritten_and_nothing_else() -> None:
    data = bytearray(RtpPacket(payload_type=111, sequence_number=5, ssrc=OWN, payload=b"abc").serialize())
    expected = RtpPacket(payload_type=111, sequence_number=5, ssrc=OWN_NEW, payload=b"abc").serialize()
    rewrite_rtp(data, OWN_NEW)
    assert bytes(data) == expected
    with pytest.raises(PacketMalformed):
        rewrite_rtp(bytearray(11), 1)


def test_all_names_in_a_compound_are_rewritten() -> None:
    def compound(own: int, theirs: int) -> bytes:
        parts: list[AnyRtcpPacket] = [
            RtcpSrPacket(ssrc=own, sender_info=SENDER_INFO, reports=[block(theirs), block(OTHER)]),
            RtcpRrPacket(ssrc=own, reports=[block(theirs)]),
            RtcpRtpfbPacket(fmt=1, ssrc=own, media_ssrc=theirs, lost=[1, 2]),
            RtcpPsfbPacket(fmt=1, ssrc=own, media_ssrc=theirs),
            RtcpPsfbPacket(fmt=4, ssrc=own, media_ssrc=0, fci=struct.pack("!II", theirs, 1 << 24)),
            RtcpPsfbPacket(fmt=15, ssrc=own, media_ssrc=0, fci=pack_remb_fci(1_000_000, [theirs, OTHER])),
            RtcpByePacket(sources=[own, OTHER]),
        ]
        transport_cc = struct.pack("!BBHIIHHI", 0x8F, 205, 4, own, theirs, 1, 1, 0)
        application = struct.pack("!BBHI4s", 0x80, 204, 2, own, b"name")
        # Chunks of all three paddings (RFC 3550, section 6.5).
        names = b"".join(
            (
                struct.pack("!I", own) + b"\x01\x04name\x00\x00",
                struct.pack("!I", OTHER) + b"\x01\x03abc\x02\x00\x00",
                struct.pack("!I", own) + b"\x00\x00\x00\x00",
                struct.pack("!I", own) + b"\x01\x02ab" + b"\x00\x00\x00\x00",
            )
        )
        description = struct.pack("!BBH", 0x84, 202, len(names) // 4) + names
        return b"".join(bytes(part) for part in parts) + description + transport_cc + application

    assert rewritten(compound(OWN, THEIRS)) == compound(OWN_NEW, THEIRS_NEW)
    assert rewritten(compound(OTHER, OTHER)) == compound(OTHER, OTHER)


def test_remb_keeps_its_bitrate() -> None:
    packet = RtcpPsfbPacket(fmt=15, ssrc=OWN, media_ssrc=0, fci=pack_remb_fci(2_500_000, [THEIRS]))
    (after,) = RtcpPacket.parse(rewritten(bytes(packet)))
    assert isinstance(after, RtcpPsfbPacket)
    assert unpack_remb_fci(after.fci) == (2_500_000, [THEIRS_NEW])


def test_a_goodbye_with_a_reason_passes() -> None:
    reason = struct.pack("!BBHI", 0x81, 203, 3, OWN) + b"\x05leave\x00\x00"
    assert rewritten(reason) == struct.pack("!BBHI", 0x81, 203, 3, OWN_NEW) + b"\x05leave\x00\x00"


def test_refused_keyframe_requests_are_taken_out() -> None:
    report = bytes(RtcpRrPacket(ssrc=OWN, reports=[]))
    pli = bytes(RtcpPsfbPacket(fmt=1, ssrc=OWN, media_ssrc=THEIRS))
    fir = bytes(RtcpPsfbPacket(fmt=4, ssrc=OWN, media_ssrc=0, fci=struct.pack("!II", THEIRS, 0)))
    nack = bytes(RtcpRtpfbPacket(fmt=1, ssrc=OWN, media_ssrc=THEIRS, lost=[9]))
    expected = bytes(RtcpRrPacket(ssrc=OWN_NEW, reports=[])) + bytes(
        RtcpRtpfbPacket(fmt=1, ssrc=OWN_NEW, media_ssrc=THEIRS_NEW, lost=[9])
    )
    assert rewritten(report + pli + nack + fir, keyframes=False) == expected
    assert rewritten(pli + fir, keyframes=False) == b""


def test_our_own_keyframe_request_is_what_a_browser_reads() -> None:
    report, pli = RtcpPacket.parse(picture_loss(THEIRS))
    assert isinstance(report, RtcpRrPacket)
    assert isinstance(pli, RtcpPsfbPacket)
    assert (pli.fmt, pli.media_ssrc, pli.ssrc) == (1, THEIRS, 1)


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\xc9\x00",
        struct.pack("!BBH", 0x00, 201, 0),
        struct.pack("!BBH", 0x80, 201, 1),
        struct.pack("!BBHI", 0x81, 201, 1, OWN),
        struct.pack("!BBHI", 0x80, 200, 1, OWN),
        struct.pack("!BBHI", 0x80, 205, 1, OWN),
        struct.pack("!BBHI", 0x82, 203, 1, OWN),
        struct.pack("!BBH", 0x81, 202, 0),
        struct.pack("!BBHI", 0x81, 202, 1, OWN),
        struct.pack("!BBHI4s", 0x81, 202, 2, OWN, b"\x01\xffab"),
        struct.pack("!BBHII4sI", 0x8F, 206, 4, OWN, 0, b"REMB", 2 << 24),
        struct.pack("!BBHI", 0x80, 201, 1, OWN) + b"\x80",
    ],
)
def test_cut_rtcp_is_malformed(data: bytes) -> None:
    with pytest.raises(PacketMalformed):
        rewritten(data)


@given(st.binary(max_size=200))
def test_nothing_else_escapes_from_any_bytes(data: bytes) -> None:
    for parse in (lambda: rewritten(data), lambda: read_rtp(data)):
        try:
            parse()
        except PacketMalformed:
            continue


RTCP_PART = st.builds(
    lambda count, kind, body: struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body,
    st.integers(0, 31),
    st.integers(192, 223),
    st.lists(st.sampled_from([OWN, THEIRS, OTHER, 0, 0x01020000, 0x52454D42]), max_size=14).map(
        lambda words: struct.pack(f"!{len(words)}I", *words)
    ),
)


@given(st.lists(RTCP_PART, min_size=1, max_size=4), st.booleans())
def test_rewriting_keeps_the_form(parts: list[bytes], keyframes: bool) -> None:
    data = b"".join(parts)
    try:
        after = rewritten(data, keyframes=keyframes)
    except PacketMalformed:
        return
    assert len(after) % 4 == 0
    assert len(after) <= len(data)
    if keyframes:
        assert len(after) == len(data)
