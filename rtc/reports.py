"""Sender and receiver reports (RFC 3550, section 6.4), read from copies of RTCP. Pure."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from rtc.packets import RECEIVER_REPORT, SENDER_REPORT, part_end

_BLOCK = struct.Struct("!IIIIII")
_SENDER_BYTES = 28
_RECEIVER_BYTES = 8


@dataclass(frozen=True, slots=True)
class Block:
    """What the one who reports received of one source."""

    ssrc: int
    lost: int
    """Since the beginning; less than nothing where packets came twice."""
    highest: int
    """The highest sequence number, with how often the numbers began anew."""
    jitter: int
    """In units of the source's clock."""
    report: int
    """The middle 32 bits of the NTP time of the last report of that source; 0: none came."""
    delay: int
    """Since then, in 1/65536 s."""


@dataclass(frozen=True, slots=True)
class Report:
    """`sent`: of a sender's report, the middle 32 bits of its NTP time, by which a block tells of it."""

    sent: int | None
    blocks: tuple[Block, ...]


def read_reports(data: bytes) -> Iterator[Report]:
    """The reports of a compound packet; other parts are passed over. Raises PacketMalformed."""
    position = 0
    while position < len(data):
        end = part_end(data, position, len(data))
        kind, count = data[position + 1], data[position] & 0x1F
        if kind in (SENDER_REPORT, RECEIVER_REPORT):
            is_sender = kind == SENDER_REPORT
            first = position + (_SENDER_BYTES if is_sender else _RECEIVER_BYTES)
            sent = int.from_bytes(data[position + 10 : position + 14]) if is_sender else None
            starts = range(first, min(end, first + count * _BLOCK.size) - _BLOCK.size + 1, _BLOCK.size)
            yield Report(sent, tuple([_block(data, start) for start in starts]))
        position = end


def _block(data: bytes, start: int) -> Block:
    ssrc, losses, highest, jitter, report, delay = _BLOCK.unpack_from(data, start)
    lost = losses & 0xFFFFFF
    return Block(ssrc, lost - (1 << 24) if lost & 0x800000 else lost, highest, jitter, report, delay)
