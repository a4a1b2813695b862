"""Packets on the media port: which protocol they are, and the SSRCs in them. Pure, in place.

Sources: RFC 7983 (which protocol), RFC 5761 (RTP or RTCP), RFC 3550 (headers, SR, RR, SDES, BYE, APP),
RFC 4585 (NACK, PLI), RFC 5104 (FIR), RFC 3611 (XR), draft-alvestrand-rmcat-remb (REMB),
draft-holmer-rmcat-transport-wide-cc-extensions-01.

Only SSRCs are rewritten; a field that the mapping does not know stays as it is. All parsers raise
`PacketMalformed` and nothing else.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

DATAGRAM_MAX_BYTES = 1500
RTP_HEADER_BYTES = 12
RTCP_HEADER_BYTES = 4
RTCP_SSRC_WITH_HEADER_BYTES = 8
FEEDBACK_BYTES = 12

SENDER_REPORT = 200
RECEIVER_REPORT = 201
SOURCE_DESCRIPTION = 202
GOODBYE = 203
TRANSPORT_FEEDBACK = 205
PAYLOAD_FEEDBACK = 206

PICTURE_LOSS = 1
FULL_INTRA_REQUEST = 4
APPLICATION_FEEDBACK = 15
REMB_MARK = b"REMB"

RELAY_SSRC = 1
"""Sender of the RTCP that the relay itself makes (the SSRC that browsers use when they send no media)."""

_U16 = struct.Struct("!H")
_U32 = struct.Struct("!I")


class PacketMalformed(ValueError):
    """The packet is not what its first bytes say."""


class PacketKind(Enum):
    STUN = "stun"
    DTLS = "dtls"
    MEDIA = "media"
    UNKNOWN = "unknown"


def kind_of(first_byte: int) -> PacketKind:
    """RFC 7983, section 7. ZRTP and TURN channels are not for this port."""
    if 128 <= first_byte <= 191:
        return PacketKind.MEDIA
    if first_byte <= 3:
        return PacketKind.STUN
    if 20 <= first_byte <= 63:
        return PacketKind.DTLS
    return PacketKind.UNKNOWN


def is_rtcp(second_byte: int) -> bool:
    """Of two protocols in the media range, RTCP has a packet type of 192 to 223 (RFC 5761, section 4)."""
    return 192 <= second_byte <= 223


@dataclass(frozen=True, slots=True)
class RtpHeader:
    payload_type: int
    marker: bool
    sequence_number: int
    timestamp: int
    ssrc: int
    header_bytes: int
    """Fixed header, CSRCs and extension: where the payload begins."""


def read_rtp(data: bytes | memoryview) -> RtpHeader:
    """Read the header of an RTP packet (RFC 3550, section 5.1). Raises PacketMalformed."""
    if len(data) < RTP_HEADER_BYTES:
        raise PacketMalformed(f"RTP of {len(data)} bytes")
    if data[0] >> 6 != 2:
        raise PacketMalformed(f"RTP version {data[0] >> 6}")
    header_bytes = RTP_HEADER_BYTES + 4 * (data[0] & 0x0F)
    if data[0] & 0x10:
        if len(data) < header_bytes + 4:
            raise PacketMalformed("RTP extension cut off")
        header_bytes += 4 + 4 * int(_U16.unpack_from(data, header_bytes + 2)[0])
    if len(data) < header_bytes:
        raise PacketMalformed("RTP header cut off")
    return RtpHeader(
        payload_type=data[1] & 0x7F,
        marker=bool(data[1] & 0x80),
        sequence_number=_U16.unpack_from(data, 2)[0],
        timestamp=_U32.unpack_from(data, 4)[0],
        ssrc=_U32.unpack_from(data, 8)[0],
        header_bytes=header_bytes,
    )


def rewrite_rtp(data: bytearray | memoryview, ssrc: int) -> None:
    """Give the RTP packet another SSRC. Raises PacketMalformed."""
    if len(data) < RTP_HEADER_BYTES:
        raise PacketMalformed(f"RTP of {len(data)} bytes")
    _U32.pack_into(data, 8, ssrc)


@dataclass(frozen=True, slots=True)
class SsrcMapping:
    """Names of sources when RTCP passes from one leg to the other.

    `own`: what the sending leg calls its own sources, to what the other was told they are called.
    `theirs`: what the sending leg was told that the other's sources are called, to what the other calls them.
    """

    own: Mapping[int, int]
    theirs: Mapping[int, int]


def rewrite_rtcp(
    data: bytearray | memoryview, length: int, mapping: SsrcMapping, keyframe_allowed: Callable[[], bool]
) -> int:
    """Rewrite the SSRCs of a compound (or reduced-size) RTCP packet in place.

    `keyframe_allowed` is asked for every PLI and FIR; where it says no, that part is taken out and those
    behind it move up. Returns the new length in bytes, 0 when nothing is left.
    Raises PacketMalformed; the data may then be half rewritten and must not be sent.
    """
    if length < RTCP_HEADER_BYTES or length > len(data):
        raise PacketMalformed(f"RTCP of {length} bytes")
    position = 0
    while position < length:
        end = part_end(data, position, length)
        if _is_keyframe_request(data, position) and not keyframe_allowed():
            data[position : length - (end - position)] = bytes(data[end:length])
            length -= end - position
            continue
        _rewrite_part(data, position, end, mapping)
        position = end
    return length


def picture_loss(media_ssrc: int) -> bytes:
    """A keyframe request of the relay's own: an empty RR and a PLI (compound, so that all take it)."""
    report = struct.pack("!BBHI", 0x80, RECEIVER_REPORT, 1, RELAY_SSRC)
    return report + struct.pack(
        "!BBHII", 0x80 | PICTURE_LOSS, PAYLOAD_FEEDBACK, 2, RELAY_SSRC, media_ssrc & 0xFFFFFFFF
    )


def part_end(data: bytes | bytearray | memoryview, position: int, length: int) -> int:
    """Where the part of a compound packet that begins there ends. Raises PacketMalformed."""
    if length - position < RTCP_HEADER_BYTES:
        raise PacketMalformed("RTCP header cut off")
    if data[position] >> 6 != 2:
        raise PacketMalformed(f"RTCP version {data[position] >> 6}")
    end = position + 4 + 4 * int(_U16.unpack_from(data, position + 2)[0])
    if end > length:
        raise PacketMalformed("RTCP part cut off")
    return end


def _is_keyframe_request(data: bytearray | memoryview, position: int) -> bool:
    return data[position + 1] == PAYLOAD_FEEDBACK and data[position] & 0x1F in (
        PICTURE_LOSS,
        FULL_INTRA_REQUEST,
    )


def _rewrite_part(data: bytearray | memoryview, position: int, end: int, mapping: SsrcMapping) -> None:
    count = data[position] & 0x1F
    kind = data[position + 1]
    if kind == SENDER_REPORT:
        _rewrite(data, position + 4, end, mapping.own)
        _rewrite_blocks(data, position + 28, end, count, 24, mapping.theirs)
    elif kind == RECEIVER_REPORT:
        _rewrite(data, position + 4, end, mapping.own)
        _rewrite_blocks(data, position + 8, end, count, 24, mapping.theirs)
    elif kind == SOURCE_DESCRIPTION:
        _rewrite_descriptions(data, position + 4, end, count, mapping.own)
    elif kind == GOODBYE:
        _rewrite_blocks(data, position + 4, end, count, 4, mapping.own)
    elif kind in (TRANSPORT_FEEDBACK, PAYLOAD_FEEDBACK):
        _rewrite(data, position + 4, end, mapping.own)
        _rewrite(data, position + 8, end, mapping.theirs)
        if kind == PAYLOAD_FEEDBACK:
            _rewrite_payload_feedback(data, position, end, count, mapping.theirs)
    elif end - position >= RTCP_SSRC_WITH_HEADER_BYTES:
        _rewrite(data, position + 4, end, mapping.own)


def _rewrite(data: bytearray | memoryview, offset: int, end: int, names: Mapping[int, int]) -> None:
    if offset + 4 > end:
        raise PacketMalformed("RTCP ends before an SSRC")
    ssrc = names.get(_U32.unpack_from(data, offset)[0])
    if ssrc is not None:
        _U32.pack_into(data, offset, ssrc)


def _rewrite_blocks(
    data: bytearray | memoryview,
    offset: int,
    end: int,
    count: int,
    block_bytes: int,
    names: Mapping[int, int],
) -> None:
    """`count` blocks of fixed size that begin with an SSRC."""
    if offset + count * block_bytes > end:
        raise PacketMalformed("RTCP has fewer blocks than it says")
    for block in range(offset, offset + count * block_bytes, block_bytes):
        _rewrite(data, block, end, names)


def _rewrite_descriptions(
    data: bytearray | memoryview, offset: int, end: int, count: int, names: Mapping[int, int]
) -> None:
    """SDES: chunks of an SSRC and items up to a null, padded to 32 bits (RFC 3550, section 6.5)."""
    for _ in range(count):
        _rewrite(data, offset, end, names)
        offset += 4
        while offset < end and data[offset] != 0:
            if offset + 2 > end:
                raise PacketMalformed("SDES item cut off")
            offset += 2 + data[offset + 1]
        if offset >= end:
            raise PacketMalformed("SDES chunk cut off")
        offset += 4 - offset % 4


def _rewrite_payload_feedback(
    data: bytearray | memoryview, position: int, end: int, kind: int, names: Mapping[int, int]
) -> None:
    control = position + FEEDBACK_BYTES
    if kind == FULL_INTRA_REQUEST:
        for entry in range(control, end - 7, 8):
            _rewrite(data, entry, end, names)
    elif (
        kind == APPLICATION_FEEDBACK
        and bytes(data[control : control + 4]) == REMB_MARK
        and control + 8 <= end
    ):
        _rewrite_blocks(data, control + 8, end, data[control + 4], 4, names)
